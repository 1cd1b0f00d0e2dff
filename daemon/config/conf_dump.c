/*
 * conf_dump.c - the effective configuration in canonical form.
 *
 * What it prints is read back as the same conf: a setting that was not
 * written appears with its built-in value, members of lists are sorted,
 * a guard has parentheses only where its meaning needs them.
 */
#include <stdlib.h>
#include <string.h>

#include "config/parse.h"
#include "config/printable.h"
#include "sha256.h"

#define LINE_WIDTH 78 /* a list is continued behind this column */

static void dump_sets(const struct conf *, FILE *);
static void dump_instance(const struct conf_instance *, FILE *);
static void dump_list(const struct conf_list *, FILE *);
static void dump_stack(const struct conf_stack *, bool origin, FILE *);
static void dump_on(unsigned int on, FILE *);
static void dump_guard(const struct guard *, FILE *);
static void dump_side(const struct guard *, bool parentheses, FILE *);
static void dump_atom(const struct guard *, FILE *);
static void dump_money(const struct guard *, FILE *);
static void dump_value(const char *, FILE *);
static void dump_quoted(const char *, FILE *);
static void dump_origin(const struct diag_place *, FILE *);

void
conf_dump(const struct conf *conf, FILE *out)
{
	size_t i;

	dump_sets(conf, out);
	(void)fputc('\n', out);
	for (i = 0; i < conf->instances_len; i++)
		dump_instance(&conf->instances[i], out);
	for (i = 0; i < conf->lists_len; i++)
		dump_list(&conf->lists[i], out);
	dump_stack(&conf->policy, true, out);
	dump_stack(&conf->auth, true, out);
	dump_stack(&conf->settle, true, out);
	dump_stack(&conf->notify, true, out);
}

int
conf_digest(const struct conf *conf, char digest_r[CONF_DIGEST_MAX])
{
	unsigned char sum[SHA256_SIZE];
	char *text = NULL;
	size_t len = 0, i;
	FILE *out;
	int r;

	out = open_memstream(&text, &len);
	if (out == NULL)
		return -1;
	dump_stack(&conf->policy, false, out);
	dump_stack(&conf->auth, false, out);
	dump_stack(&conf->settle, false, out);
	r = fclose(out) == 0 ? sha256(text, len, sum) : -1;
	free(text);
	for (i = 0; r == 0 && i < (CONF_DIGEST_MAX - 1) / 2; i++)
		(void)snprintf(digest_r + 2 * i, 3, "%02x", sum[i]);
	return r;
}

static void
dump_sets(const struct conf *conf, FILE *out)
{
	const struct conf_setting *set;
	const char *key, *help, *value;
	size_t i, j;

	for (i = 0;; i++) {
		key = conf_set_key(i, &help);
		if (key == NULL)
			break;
		set = NULL;
		for (j = 0; j < conf->sets_len; j++)
			if (strcmp(conf->sets[j].key, key) == 0)
				set = &conf->sets[j];
		value = conf_set(conf, key);
		/* Nothing is how some keys are when they are not set. */
		if (set == NULL && value[0] == '\0')
			continue;
		(void)fprintf(out, "set %s ", key);
		if (conf_set_has_words(key))
			(void)fputs(value, out);
		else
			dump_value(value, out);
		if (set == NULL)
			(void)fputs("  # built in\n", out);
		else
			dump_origin(&set->place, out);
	}
}

static void
dump_instance(const struct conf_instance *instance, FILE *out)
{
	size_t i;

	(void)fprintf(out, "module %s %s", instance->name, instance->module);
	for (i = 0; i < instance->settings_len; i++) {
		(void)fprintf(out, " %s=", instance->settings[i].key);
		dump_value(instance->settings[i].value, out);
	}
	dump_origin(&instance->place, out);
}

static void
dump_list(const struct conf_list *list, FILE *out)
{
	size_t i, column, len;

	(void)fprintf(out, "list %s", list->name);
	column = strlen("list ") + strlen(list->name);
	for (i = 0; i < list->members_len; i++) {
		len = strlen(list->members[i]) + 1;
		if (column + len > LINE_WIDTH) {
			(void)fputs(" \\\n   ", out);
			column = 3;
		}
		(void)fprintf(out, " %s", list->members[i]);
		column += len;
	}
	dump_origin(&list->place, out);
}

static void
dump_stack(const struct conf_stack *stack, bool origin, FILE *out)
{
	const struct conf_rule *rule;
	size_t i;

	if (stack->len > 0)
		(void)fputc('\n', out);
	for (i = 0; i < stack->len; i++) {
		rule = &stack->rules[i];
		(void)fprintf(out, "%s %s ", conf_facility_name(rule->facility),
		    conf_control_name(rule->control));
		if (rule->instance == NULL)
			dump_quoted(rule->text, out);
		else
			(void)fputs(rule->instance->name, out);
		if (rule->when != NULL) {
			(void)fputs(" when ", out);
			dump_guard(rule->when, out);
		}
		dump_on(rule->on, out);
		if (origin)
			dump_origin(&rule->place, out);
		else
			(void)fputc('\n', out);
	}
}

static void
dump_on(unsigned int on, FILE *out)
{
	static const struct {
		unsigned int flag;
		const char *text;
	} actions[] = {
		{ CONF_ON_DECLINED_NEXT, "declined=next" },
		{ CONF_ON_NOT_ATTEMPTED_REFUSE, "not-attempted=refuse" },
	};
	const char *before = " on ";
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if ((on & actions[i].flag) == 0)
			continue;
		(void)fprintf(out, "%s%s", before, actions[i].text);
		before = ", ";
	}
}

void
conf_dump_guard(const struct guard *guard, FILE *out)
{
	dump_guard(guard, out);
}

static void
dump_guard(const struct guard *guard, FILE *out)
{
	const struct guard *left = guard->left, *right = guard->right;

	if (guard->op == GUARD_NOT) {
		(void)fputs("not ", out);
		dump_side(left, left->op == GUARD_AND || left->op == GUARD_OR,
		    out);
	} else if (guard->op == GUARD_AND) {
		dump_side(left, left->op == GUARD_OR, out);
		(void)fputs(" and ", out);
		dump_side(right,
		    right->op == GUARD_OR || right->op == GUARD_AND, out);
	} else if (guard->op == GUARD_OR) {
		dump_side(left, false, out);
		(void)fputs(" or ", out);
		dump_side(right, right->op == GUARD_OR, out);
	} else {
		dump_atom(guard, out);
	}
}

static void
dump_side(const struct guard *guard, bool parentheses, FILE *out)
{
	if (parentheses)
		(void)fputc('(', out);
	dump_guard(guard, out);
	if (parentheses)
		(void)fputc(')', out);
}

static void
dump_atom(const struct guard *guard, FILE *out)
{
	(void)fprintf(out, "%s ", conf_field_name(guard->op));
	if (guard->op == GUARD_HOUR_IN)
		(void)fprintf(out, "in %02d:%02d..%02d:%02d",
		    (int)(guard->from / 60), (int)(guard->from % 60),
		    (int)(guard->to / 60), (int)(guard->to % 60));
	else if (guard->list != NULL)
		(void)fprintf(out, "in %s", guard->list->name);
	else
		(void)fprintf(out, "%s ", conf_cmp_words[guard->cmp - CMP_LT]);
	switch (guard->op) {
	case GUARD_AMOUNT:
	case GUARD_STRONG_AMOUNT:
		dump_money(guard, out);
		break;
	case GUARD_CURRENCY:
	case GUARD_MERCHANT:
	case GUARD_CUSTOMER:
	case GUARD_WEEKDAY:
	case GUARD_KIND:
	case GUARD_CHANNEL:
		(void)fputs(guard->word, out);
		break;
	case GUARD_AUTH_LEVEL:
	case GUARD_STRONG_COUNT:
		(void)fprintf(out, "%lld", (long long)guard->number);
		break;
	case GUARD_CURRENCY_IN:
	case GUARD_MERCHANT_IN:
	case GUARD_CUSTOMER_IN:
	case GUARD_HOUR_IN:
	case GUARD_AND:
	case GUARD_OR:
	case GUARD_NOT:
		break;
	}
}

static void
dump_money(const struct guard *guard, FILE *out)
{
	char buf[TILL_MONEY_MAX];

	(void)fprintf(out, "%s %s", till_money_print(&guard->money, buf),
	    guard->money.currency);
}

/* Without quotes where they are not needed. */
static void
dump_value(const char *value, FILE *out)
{
	const char *plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "abcdefghijklmnopqrstuvwxyz0123456789._/:+@%-";

	if (value[0] != '\0' && strspn(value, plain) == strlen(value) &&
	    strstr(value, "..") == NULL)
		(void)fputs(value, out);
	else
		dump_quoted(value, out);
}

static void
dump_quoted(const char *text, FILE *out)
{
	(void)fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

/* The name of a file may hold anything but a slash. */
static void
dump_origin(const struct diag_place *place, FILE *out)
{
	char file[DIAG_TEXT_MAX];

	(void)snprintf(file, sizeof(file), "%s", place->file);
	printable(file);
	(void)fprintf(out, "  # %s:%u\n", file, place->line);
}
