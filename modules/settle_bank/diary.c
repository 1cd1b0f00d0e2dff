/*
 * diary.c - a ring of lines.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "settle_bank/diary.h"

#define SHOWN 16 /* of them, at most */

struct diary {
	pthread_mutex_t lock;
	uint64_t added, logged; /* since the beginning */
	struct {
		int64_t time_s;
		enum till_log_level level;
		bool logged; /* by another way */
		char text[DIARY_LINE_MAX];
	} lines[DIARY_LINES];
};

struct diary *
diary_new(void)
{
	struct diary *diary = calloc(1, sizeof(*diary));

	if (diary != NULL)
		(void)pthread_mutex_init(&diary->lock, NULL);
	return diary;
}

void
diary_free(struct diary *diary)
{
	if (diary == NULL)
		return;
	(void)pthread_mutex_destroy(&diary->lock);
	free(diary);
}

void
diary_add(struct diary *diary, int64_t time_s, enum till_log_level level,
    bool logged, const char *text)
{
	size_t at;

	(void)pthread_mutex_lock(&diary->lock);
	at = diary->added++ % DIARY_LINES;
	diary->lines[at].time_s = time_s;
	diary->lines[at].level = level;
	diary->lines[at].logged = logged;
	(void)snprintf(diary->lines[at].text, DIARY_LINE_MAX, "%s", text);
	if (diary->added - diary->logged > DIARY_LINES)
		diary->logged = diary->added - DIARY_LINES;
	(void)pthread_mutex_unlock(&diary->lock);
}

void
diary_log(struct diary *diary, const struct till_host *host,
    struct till_context *ctx)
{
	size_t at;

	(void)pthread_mutex_lock(&diary->lock);
	for (; diary->logged < diary->added; diary->logged++) {
		at = diary->logged % DIARY_LINES;
		if (!diary->lines[at].logged)
			host->log(ctx, diary->lines[at].level, "%s",
			    diary->lines[at].text);
	}
	(void)pthread_mutex_unlock(&diary->lock);
}

size_t
diary_show(struct diary *diary, char *text, size_t len, size_t size)
{
	char when[sizeof("2026-11-22 12:00:00")];
	uint64_t i;
	struct tm utc;
	time_t time_s;
	size_t at;
	int n;

	(void)pthread_mutex_lock(&diary->lock);
	i = diary->added > SHOWN ? diary->added - SHOWN : 0;
	for (; i < diary->added; i++) {
		at = i % DIARY_LINES;
		time_s = (time_t)diary->lines[at].time_s;
		if (gmtime_r(&time_s, &utc) == NULL ||
		    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &utc) ==
			0)
			continue;
		n = snprintf(text + len, size - len, "%s  %s\n", when,
		    diary->lines[at].text);
		if (n < 0 || (size_t)n >= size - len) {
			text[len] = '\0';
			break;
		}
		len += (size_t)n;
	}
	(void)pthread_mutex_unlock(&diary->lock);
	return len;
}
