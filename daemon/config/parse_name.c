/*
 * parse_name.c - from names to what they stand for.
 *
 * A rule may stand above the module or list that it names, and in another
 * file.  So names are looked up when everything is read; then a word that
 * is not found can be compared with all that there are.
 */
#include <string.h>

#include <till/ticket.h>

#include "config/parse.h"

static int add(struct parser *, const struct token *, struct pending *);
static void resolve_instance(struct parser *, const struct pending *);
static void resolve_list(struct parser *, const struct pending *);
static void check_members(struct parser *, const struct pending *,
    const struct conf_list *);

int
pending_instance(struct parser *parser, const struct token *name,
    const struct conf_instance **instance_r)
{
	struct pending pending = { .instance_r = instance_r };

	return add(parser, name, &pending);
}

int
pending_list(struct parser *parser, const struct token *name,
    struct guard *guard)
{
	struct pending pending = { .guard = guard };

	return add(parser, name, &pending);
}

void
pending_forget(struct parser *parser, const struct conf_instance **instance)
{
	struct pending *pending;

	for (pending = parser->pending; pending != NULL;
	     pending = pending->next)
		if (pending->instance_r == instance)
			pending->instance_r = &parser->nobody;
}

void
resolve(struct parser *parser)
{
	const struct pending *pending;

	for (pending = parser->pending; pending != NULL;
	     pending = pending->next) {
		if (pending->guard != NULL)
			resolve_list(parser, pending);
		else
			resolve_instance(parser, pending);
	}
}

static int
add(struct parser *parser, const struct token *name, struct pending *pending)
{
	struct pending *kept;

	pending->name = name->text;
	pending->place = name->place;
	kept = arena_copy(parser->arena, pending, sizeof(*pending));
	if (kept == NULL)
		return out_of_memory(parser);
	*parser->pending_end = kept;
	parser->pending_end = &kept->next;
	return 0;
}

static void
resolve_instance(struct parser *parser, const struct pending *pending)
{
	const struct conf *conf = parser->conf;
	const char *names[CONF_INSTANCES_MAX + 1] = { NULL };
	size_t i;

	for (i = 0; i < conf->instances_len; i++) {
		names[i] = conf->instances[i].name;
		if (strcmp(names[i], pending->name) != 0)
			continue;
		*pending->instance_r = &conf->instances[i];
		return;
	}
	diag_error(parser->diag, &pending->place,
	    "unknown module instance '%s'", pending->name);
	if (conf->instances_len > 0)
		diag_suggest(parser->diag, pending->name, names);
	else
		diag_note(parser->diag, "define it: module %s MODULE",
		    pending->name);
}

static void
resolve_list(struct parser *parser, const struct pending *pending)
{
	const struct conf *conf = parser->conf;
	const char *names[CONF_LISTS_MAX + 1] = { NULL };
	size_t i;

	for (i = 0; i < conf->lists_len; i++) {
		names[i] = conf->lists[i].name;
		if (strcmp(names[i], pending->name) != 0)
			continue;
		pending->guard->list = &conf->lists[i];
		check_members(parser, pending, &conf->lists[i]);
		return;
	}
	diag_error(parser->diag, &pending->place, "unknown list '%s'",
	    pending->name);
	if (conf->lists_len > 0)
		diag_suggest(parser->diag, pending->name, names);
	else
		diag_note(parser->diag, "define it: list %s MEMBER ...",
		    pending->name);
}

/* Ids and currencies cannot be mistaken for each other: one is written
 * in small letters, the other in capitals. */
static void
check_members(struct parser *parser, const struct pending *pending,
    const struct conf_list *list)
{
	const bool currencies = pending->guard->op == GUARD_CURRENCY_IN;
	size_t i;

	for (i = 0; i < list->members_len; i++) {
		if (currencies == !till_id_ok(list->members[i]))
			continue;
		diag_error(parser->diag, &pending->place,
		    "list '%s' has '%s', which is no %s", list->name,
		    list->members[i], currencies ? "currency" : "id");
		return;
	}
}
