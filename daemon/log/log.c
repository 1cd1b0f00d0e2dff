/*
 * log.c - one JSON line per event.
 *
 * A line is put together on the stack and written at once: logging takes
 * no lock and no memory, and works in a process that has neither left.
 * What does not fit is cut between two pairs, and the line says so.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log/log.h"
#include "utf8.h"

#define TAIL ",\"cut\":true}\n"

struct line {
	size_t len;
	bool full;
	char text[LOG_LINE_MAX];
};

static void put_head(struct line *, enum till_log_level, const char *);
static void put_pair(struct line *, const char *, const char *);
static void put_string(struct line *, const char *);
static void put(struct line *, const char *, size_t);
static bool shown_as_it_is(const unsigned char *, size_t);
static const char *level_name(enum till_log_level);

/* Who speaks: set once, before there are threads. */
static const char *log_unit = "till";
static bool log_all;

void
log_open(const char *unit)
{
	log_unit = unit;
}

void
log_debug(bool on)
{
	log_all = on;
}

void
log_line(enum till_log_level level, const char *event, ...)
{
	struct line line;
	const char *key;
	size_t whole;
	va_list ap;

	if (level == TILL_LOG_DEBUG && !log_all)
		return;
	put_head(&line, level, event);
	va_start(ap, event);
	for (key = va_arg(ap, const char *); key != NULL && !line.full;
	     key = va_arg(ap, const char *)) {
		whole = line.len;
		put_pair(&line, key, va_arg(ap, const char *));
		if (line.full)
			line.len = whole;
	}
	va_end(ap);
	if (line.full) {
		memcpy(line.text + line.len, TAIL, sizeof(TAIL) - 1);
		line.len += sizeof(TAIL) - 1;
	} else {
		memcpy(line.text + line.len, "}\n", 2);
		line.len += 2;
	}
	/* Nothing can be done about a log that cannot be written. */
	if (write(STDERR_FILENO, line.text, line.len) == -1)
		return;
}

const char *
log_number(int64_t number, char buf[LOG_NUMBER_MAX])
{
	(void)snprintf(buf, LOG_NUMBER_MAX, "%" PRId64, number);
	return buf;
}

static void
put_head(struct line *line, enum till_log_level level, const char *event)
{
	struct timespec now;
	char time_text[64];
	struct tm tm;
	size_t len;

	line->len = 0;
	line->full = false;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	len = strftime(time_text, sizeof(time_text), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(time_text + len, sizeof(time_text) - len, ".%03ldZ",
	    now.tv_nsec / 1000000);
	put(line, "{\"time\":", 8);
	put_string(line, time_text);
	put_pair(line, "level", level_name(level));
	put_pair(line, "unit", log_unit);
	put_pair(line, "event", event);
}

static void
put_pair(struct line *line, const char *key, const char *text)
{
	if (text == NULL)
		return;
	put(line, ",", 1);
	put_string(line, key);
	put(line, ":", 1);
	put_string(line, text);
}

static void
put_string(struct line *line, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t left = strlen(text), n;
	char escaped[8];

	put(line, "\"", 1);
	for (; left > 0 && !line->full; p += n, left -= n) {
		n = utf8_len(p, left);
		if (n > 0 && shown_as_it_is(p, n)) {
			put(line, (const char *)p, n);
			continue;
		}
		if (n == 1 || (n == 2 && p[0] == 0xc2))
			(void)snprintf(escaped, sizeof(escaped), "\\u%04x",
			    (unsigned int)p[n - 1]);
		else
			(void)snprintf(escaped, sizeof(escaped), "\\ufffd");
		put(line, escaped, strlen(escaped));
		n = n == 0 ? 1 : n;
	}
	put(line, "\"", 1);
}

/* The tail always fits. */
static void
put(struct line *line, const char *text, size_t len)
{
	if (line->full || len > sizeof(line->text) - sizeof(TAIL) - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

/* Controls, the two that JSON escapes, and the characters that turn the
 * direction of writing or break lines are not. */
static bool
shown_as_it_is(const unsigned char *p, size_t n)
{
	if (n == 1)
		return p[0] >= 0x20 && p[0] != 0x7f && p[0] != '"' &&
		    p[0] != '\\';
	if (n == 2)
		return p[0] != 0xc2 || p[1] >= 0xa0;
	if (n == 3 && p[0] == 0xe2)
		return !(p[1] == 0x80 && p[2] >= 0x8b && p[2] <= 0x8f) &&
		    !(p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) &&
		    !(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
	return true;
}

static const char *
level_name(enum till_log_level level)
{
	switch (level) {
	case TILL_LOG_DEBUG:
		return "debug";
	case TILL_LOG_INFO:
		return "info";
	case TILL_LOG_WARNING:
		return "warning";
	case TILL_LOG_ERROR:
		return "error";
	}
	return "error";
}
