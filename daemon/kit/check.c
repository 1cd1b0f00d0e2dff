/*
 * check.c - what the checks of the conformance suite work with.
 */
#include <stdlib.h>
#include <string.h>

#include "kit/check.h"
#include "module/backend.h"
#include "module/result.h"

void
kit_fail(struct kit_case *c, const char *fmt, ...)
{
	va_list ap;

	if (c->shared->verdict == KIT_FAIL)
		return;
	c->shared->verdict = KIT_FAIL;
	c->shared->found = true;
	va_start(ap, fmt);
	(void)vsnprintf(c->shared->text, KIT_TEXT_MAX, fmt, ap);
	va_end(ap);
}

void
kit_skip(struct kit_case *c, const char *fmt, ...)
{
	va_list ap;

	if (c->shared->verdict != KIT_NONE)
		return;
	c->shared->verdict = KIT_SKIP;
	va_start(ap, fmt);
	(void)vsnprintf(c->shared->text, KIT_TEXT_MAX, fmt, ap);
	va_end(ap);
}

bool
kit_failed(const struct kit_case *c)
{
	return c->shared->verdict == KIT_FAIL;
}

int
kit_open(struct kit_case *c, bool check_only)
{
	return kit_open_with(c, check_only, NULL, NULL, NULL);
}

int
kit_open_with(struct kit_case *c, bool check_only, const char *key,
    const char *value, char why[DIAG_TEXT_MAX])
{
	struct conf_setting list[CONF_SETTINGS_MAX + 1];
	const struct diag_place place = { .file = "suite", .line = 1 };
	struct diag *diag = diag_new();
	size_t i, len = 0;
	int r;

	/* Another value takes the place of the script's own. */
	for (i = 0; i < c->settings.len; i++)
		if (key == NULL || strcmp(c->settings.list[i].key, key) != 0)
			list[len++] = c->settings.list[i];
	if (key != NULL)
		list[len++] = (struct conf_setting){ place, place, key, value };
	if (diag == NULL) {
		kit_fail(c, "out of memory");
		return -1;
	}
	r = kit_session_open(&c->session, c->target->name, list, len,
	    check_only, diag);
	if (r == -1 && why != NULL)
		(void)snprintf(why, DIAG_TEXT_MAX, "%s",
		    diag_size(diag) > 0 ? diag_at(diag, 0)->text : "");
	else if (r == -1)
		kit_fail(c, "the module does not open: %s%s",
		    diag_size(diag) > 0 ? diag_at(diag, 0)->text : "",
		    c->script == NULL ? " (settings are given in a script "
					"that begins with 'suite')"
				      : "");
	if (key == NULL) {
		c->shared->opened |= r == 0;
		c->shared->unopened |= r == -1;
	}
	diag_free(diag);
	return r;
}

bool
kit_is_set(const struct kit_case *c, const char *key)
{
	size_t i;

	for (i = 0; i < c->settings.len; i++)
		if (strcmp(c->settings.list[i].key, key) == 0)
			return true;
	return false;
}

enum till_result
kit_plain(struct kit_case *c, enum till_facility facility)
{
	const struct kit_charge charge = { .verb = TILL_CHARGE,
		.key = "plain" };
	const struct till_event event = {
		.size = sizeof(event),
		.attempt = 1,
		.type = "voucher.issued",
		.id = "event-1",
		.merchant = "press-1",
		.json =
		    "{\"type\":\"voucher.issued\",\"merchant\":\"press-1\"}",
		.sequence = 1,
		.token = "",
		.endpoint = "",
		.time_ms = kit_owner_time_s(c->session.owner) * 1000,
	};

	switch (facility) {
	case TILL_POLICY:
		return kit_policy(&c->session);
	case TILL_AUTH:
		return kit_auth(&c->session);
	case TILL_SETTLE:
		return kit_settle(&c->session, &charge);
	case TILL_NOTIFY:
		return kit_notify(&c->session, &event);
	}
	return TILL_ERROR;
}

void
kit_sound(struct kit_case *c, const char *what)
{
	const char *why;

	if (kit_breach(&c->session, &why))
		kit_fail(c, "%s: %s", what, why);
}

void
kit_says_why(struct kit_case *c, const char *what)
{
	const struct till_context *ctx = c->session.last;

	if (ctx != NULL && ctx->code[0] == '\0')
		kit_fail(c,
		    "%s: it answers %s without host->fail, so nobody "
		    "learns why",
		    what, result_name(c->session.result));
}

const char *
kit_given(const struct kit_case *c, enum script_verb verb, const char *id)
{
	const char *value;
	size_t i;

	for (i = 0; c->script != NULL && i < c->script->len; i++) {
		if (c->script->steps[i].verb != verb)
			continue;
		value = script_value(&c->script->steps[i], id);
		if (value != NULL)
			return value;
	}
	return NULL;
}
