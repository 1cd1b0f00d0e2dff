/*
 * late.c - hold what a module tells late against the rules of the ABI.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "module/host.h"
#include "module/late.h"

static bool kind_ok(const struct till_late *);
static bool amount_ok(const struct till_money *);
static bool id_ok(const char *);
static void copy_text(char *, size_t, const char *);

int
late_copy(struct late_copy *copy, const struct till_late *late)
{
	if (late == NULL || !HOST_REACHES(late, struct till_late, text) ||
	    !kind_ok(late) || !id_ok(late->id))
		return -1;
	memset(copy, 0, sizeof(*copy));
	copy->late.size = sizeof(copy->late);
	copy->late.kind = late->kind;
	memcpy(copy->late.key, late->key, sizeof(copy->late.key));
	if (late->kind != TILL_LATE_LINE)
		copy->late.amount = late->amount;
	copy_text(copy->id, sizeof(copy->id), late->id);
	copy_text(copy->code, sizeof(copy->code), late->code);
	copy_text(copy->text, sizeof(copy->text), late->text);
	copy->late.id = copy->id;
	copy->late.code = copy->code;
	copy->late.text = copy->text;
	return 0;
}

enum till_log_level
late_level(const char *code)
{
	static const struct {
		const char *name;
		enum till_log_level level;
	} levels[] = {
		{ "info", TILL_LOG_INFO },
		{ "warning", TILL_LOG_WARNING },
		{ "error", TILL_LOG_ERROR },
		{ "alarm", TILL_LOG_ERROR },
	};
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (code != NULL && strcmp(levels[i].name, code) == 0)
			return levels[i].level;
	return 0;
}

static bool
kind_ok(const struct till_late *late)
{
	switch (late->kind) {
	case TILL_LATE_MOVED:
	case TILL_LATE_TAKEN_BACK:
		return amount_ok(&late->amount);
	case TILL_LATE_LINE:
		return late_level(late->code) != 0;
	}
	return false;
}

static bool
amount_ok(const struct till_money *amount)
{
	return memchr(amount->currency, '\0', sizeof(amount->currency)) !=
	    NULL &&
	    amount->currency[0] != '\0' && amount->micro > 0 &&
	    amount->micro <= TILL_MICRO_LIMIT;
}

static bool
id_ok(const char *id)
{
	size_t i;

	if (id == NULL)
		return false;
	for (i = 0; id[i] != '\0'; i++) {
		if (i == TILL_REF_MAX - 1 || id[i] <= ' ' || id[i] > '~')
			return false;
	}
	return i > 0;
}

static void
copy_text(char *buf, size_t size, const char *text)
{
	char *at;

	(void)snprintf(buf, size, "%s", text == NULL ? "" : text);
	for (at = buf; *at != '\0'; at++) {
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = ' ';
	}
}
