/*
 * call.c - arguments and answers of the control commands.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "ctl/call.h"
#include "rear/herald.h"

static int check_arg(struct call *, const struct arg *, const json_t *);
static const char *form_of(enum arg_type);
static bool text_ok(const struct arg *, const char *);
static int status_of(enum ledger_result);

int
call_check(struct call *call, const struct command *command)
{
	const struct arg *arg;
	const char *name;
	json_t *value;

	json_object_foreach(call->args, name, value)
	{
		for (arg = command->args; arg->name != NULL; arg++)
			if (strcmp(arg->name, name) == 0)
				break;
		if (arg->name == NULL)
			return call_fail(call, EX_USAGE,
			    "%s has no argument '%.40s'", command->name, name);
		if (check_arg(call, arg, value) != EX_OK)
			return EX_USAGE;
	}
	for (arg = command->args; arg->name != NULL; arg++)
		if (arg->required &&
		    json_object_get(call->args, arg->name) == NULL)
			return call_fail(call, EX_USAGE, "%s needs '%s'",
			    command->name, arg->name);
	return EX_OK;
}

const char *
call_text(const struct call *call, const char *name)
{
	return json_string_value(json_object_get(call->args, name));
}

int64_t
call_number(const struct call *call, const char *name, int64_t fallback)
{
	const json_t *value = json_object_get(call->args, name);

	return value == NULL ? fallback : json_integer_value(value);
}

bool
call_flag(const struct call *call, const char *name)
{
	return json_is_true(json_object_get(call->args, name));
}

int
call_money(struct call *call, const char *name, struct till_money *money)
{
	const char *text = call_text(call, name);
	struct till_error err;

	if (text == NULL)
		return call_fail(call, EX_USAGE, "'%s' is missing", name);
	if (till_money_parse_with_currency(text, money, &err) == -1)
		return call_fail(call, EX_USAGE, "%s: %.150s", name, err.text);
	return EX_OK;
}

int64_t
call_time_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
call_fail(struct call *call, int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(call->err.text, sizeof(call->err.text), fmt, ap);
	va_end(ap);
	return status;
}

int
call_apply(struct call *call, struct ledger_request *request)
{
	enum ledger_result result;

	result = ledger_apply(rear_ledger(call->rear), request);
	if (result == LEDGER_DONE || result == LEDGER_REPEAT)
		return EX_OK;
	return call_fail(call, status_of(result), "%.230s",
	    request->err.text[0] != '\0' ? request->err.text
					 : ledger_result_name(result));
}

int
call_record(struct call *call, const char *fmt, ...)
{
	struct ledger_request request = { .op = LEDGER_BOOK,
		.kind = ENTRY_ADMIN,
		.actor = call->actor };
	char note[LEDGER_NOTE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(note, sizeof(note), fmt, ap);
	va_end(ap);
	request.note = note;
	return call_apply(call, &request);
}

void
call_alert(struct call *call, const char *cid,
    const struct enrolment *enrolment, const char *text)
{
	if (call->session != NULL)
		herald_alarm(call->rear, "auth.alert", cid,
		    serve_enrol_instance(enrolment), text);
}

void
doc_text(json_t *object, const char *key, const char *text)
{
	(void)json_object_set_new(object, key, json_string(text));
}

void
doc_if(json_t *object, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		doc_text(object, key, text);
}

void
doc_number(json_t *object, const char *key, uint64_t number)
{
	(void)json_object_set_new(object, key,
	    json_integer((json_int_t)number));
}

void
doc_flag(json_t *object, const char *key, bool flag)
{
	(void)json_object_set_new(object, key, json_boolean(flag));
}

void
doc_money(json_t *object, const char *key, const struct till_money *money)
{
	char amount[TILL_MONEY_MAX], text[TILL_MONEY_MAX + TILL_CURRENCY_MAX];

	(void)snprintf(text, sizeof(text), "%s %s",
	    till_money_print(money, amount), money->currency);
	doc_text(object, key, text);
}

void
doc_time_ms(json_t *object, const char *key, int64_t time_ms)
{
	time_t seconds = (time_t)(time_ms / 1000);
	char text[CALL_TIME_MAX];
	struct tm tm;
	size_t len;

	if (gmtime_r(&seconds, &tm) == NULL)
		return;
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text + len, sizeof(text) - len, ".%03dZ",
	    (int)(time_ms % 1000));
	doc_text(object, key, text);
}

void
doc_hash(json_t *object, const char *key, const unsigned char *hash, size_t len)
{
	char text[2 * LEDGER_HASH_SIZE + 1];
	size_t i;

	for (i = 0; i < len && 2 * i + 2 < sizeof(text); i++)
		(void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
	doc_text(object, key, text);
}

void
call_list_begin(struct call *call, struct call_list *list, const char *key)
{
	int64_t limit = call_number(call, "limit", CALL_LIST_DEFAULT);

	list->octets = 0;
	list->max =
	    limit < 1 || limit > CALL_LIST_MAX ? CALL_LIST_MAX : (size_t)limit;
	list->items = json_array();
	/* The reply owns it; this pointer is borrowed. */
	(void)json_object_set_new(call->reply, key, list->items);
}

bool
call_list_add(struct call_list *list, json_t *item)
{
	size_t octets = json_dumpb(item, NULL, 0, JSON_COMPACT);

	if (json_array_size(list->items) == list->max ||
	    octets > CALL_LIST_OCTETS - list->octets) {
		json_decref(item);
		return false;
	}
	list->octets += octets;
	return json_array_append_new(list->items, item) == 0;
}

void
call_list_next(struct call *call, const char *from)
{
	doc_text(call->reply, "next", from);
}

static int
check_arg(struct call *call, const struct arg *arg, const json_t *value)
{
	struct till_money money;

	switch (arg->type) {
	case ARG_NUMBER:
		if (!json_is_integer(value) || json_integer_value(value) < 0)
			return call_fail(call, EX_USAGE, "'%s' is a number",
			    arg->name);
		return EX_OK;
	case ARG_FLAG:
		if (!json_is_boolean(value))
			return call_fail(call, EX_USAGE, "'%s' is a flag",
			    arg->name);
		return EX_OK;
	case ARG_ID:
	case ARG_JTI:
	case ARG_TEXT:
	case ARG_NAME:
	case ARG_URL:
	case ARG_JSON:
		if (!json_is_string(value) ||
		    !text_ok(arg, json_string_value(value)))
			return call_fail(call, EX_USAGE,
			    "'%s' is not well formed%s", arg->name,
			    form_of(arg->type));
		return EX_OK;
	case ARG_MONEY:
		if (!json_is_string(value))
			break;
		return call_money(call, arg->name, &money);
	case ARG_NONE:
		break;
	}
	return call_fail(call, EX_USAGE, "'%s' is not well formed", arg->name);
}

static const char *
form_of(enum arg_type type)
{
	if (type == ARG_ID)
		return ": an id has 1 to 32 of a-z, 0-9 and -";
	if (type == ARG_NAME)
		return ": a name has 1 to 128 octets, and no control or "
		       "invisible characters";
	return "";
}

static bool
text_ok(const struct arg *arg, const char *text)
{
	switch (arg->type) {
	case ARG_ID:
		return till_id_ok(text);
	case ARG_JTI:
		return till_jti_ok(text);
	case ARG_TEXT:
		return till_text_ok(text, LEDGER_NOTE_MAX - 1);
	case ARG_NAME:
		return till_text_ok(text, LEDGER_NAME_MAX - 1);
	case ARG_URL:
		return till_url_ok(text);
	case ARG_JSON:
		return text[0] != '\0';
	case ARG_NONE:
	case ARG_MONEY:
	case ARG_NUMBER:
	case ARG_FLAG:
		break;
	}
	return false;
}

static int
status_of(enum ledger_result result)
{
	switch (result) {
	case LEDGER_NONE:
	case LEDGER_INVALID:
		return EX_SOFTWARE;
	case LEDGER_DONE:
	case LEDGER_REPEAT:
		return EX_OK;
	case LEDGER_CONFLICT:
	case LEDGER_DECLINED:
	case LEDGER_LIMITED:
		return EX_DATAERR;
	case LEDGER_STALE:
	case LEDGER_ASK:
	case LEDGER_NO_ROOM:
	case LEDGER_BUSY:
		return EX_TEMPFAIL;
	}
	return EX_SOFTWARE;
}
