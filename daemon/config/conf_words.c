/*
 * conf_words.c - the closed sets of words: facilities and their controls.
 */
#include <string.h>

#include "config/parse.h"

const char *const conf_facility_words[] = { "policy", "auth", "settle",
	"notify", NULL };

static const char *const policy_words[] = { "required", "veto", "optional",
	NULL };
static const char *const auth_words[] = { "required", "requisite", "sufficient",
	"veto", "optional", NULL };
static const char *const settle_words[] = { "route", "fallback", "refuse",
	NULL };
static const char *const notify_words[] = { "must", "try", NULL };

const char *
conf_facility_name(enum till_facility facility)
{
	switch (facility) {
	case TILL_POLICY:
		return "policy";
	case TILL_AUTH:
		return "auth";
	case TILL_SETTLE:
		return "settle";
	case TILL_NOTIFY:
		return "notify";
	}
	return NULL;
}

const char *
conf_control_name(enum conf_control control)
{
	switch (control) {
	case CONTROL_NONE:
		return NULL;
	case CONTROL_REQUIRED:
		return "required";
	case CONTROL_REQUISITE:
		return "requisite";
	case CONTROL_SUFFICIENT:
		return "sufficient";
	case CONTROL_VETO:
		return "veto";
	case CONTROL_OPTIONAL:
		return "optional";
	case CONTROL_ROUTE:
		return "route";
	case CONTROL_FALLBACK:
		return "fallback";
	case CONTROL_REFUSE:
		return "refuse";
	case CONTROL_MUST:
		return "must";
	case CONTROL_TRY:
		return "try";
	}
	return NULL;
}

const char *
conf_target(const struct conf_rule *rule)
{
	if (rule->instance != NULL)
		return rule->instance->name;
	return rule->target == NULL ? "" : rule->target;
}

const char *const *
conf_control_words(enum till_facility facility)
{
	switch (facility) {
	case TILL_POLICY:
		return policy_words;
	case TILL_AUTH:
		return auth_words;
	case TILL_SETTLE:
		return settle_words;
	case TILL_NOTIFY:
		return notify_words;
	}
	return NULL;
}

enum till_facility
conf_facility_from_name(const char *name)
{
	static const enum till_facility facilities[] = { TILL_POLICY, TILL_AUTH,
		TILL_SETTLE, TILL_NOTIFY };
	size_t i;

	for (i = 0; conf_facility_words[i] != NULL; i++)
		if (strcmp(name, conf_facility_words[i]) == 0)
			return facilities[i];
	return (enum till_facility)0;
}

enum conf_control
conf_control_from_name(enum till_facility facility, const char *name)
{
	const char *const *word;
	unsigned int control;

	for (word = conf_control_words(facility); *word != NULL; word++)
		if (strcmp(name, *word) == 0)
			break;
	if (*word == NULL)
		return CONTROL_NONE;
	for (control = CONTROL_REQUIRED; control < CONTROL_TRY; control++)
		if (strcmp(name,
			conf_control_name((enum conf_control)control)) == 0)
			break;
	return (enum conf_control)control;
}
