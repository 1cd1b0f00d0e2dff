/*
 * parse_line.c - the lines of till.conf: modules and lists; rules, sets
 * and includes have files of their own.
 */
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "config/parse.h"
#include "config/value.h"

#define TIMEOUT_MAX_MS (10 * 60 * 1000)
#define RECYCLE_MAX 1000000000 /* calls of one host */
#define MODULE_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define KEY_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* A setting of every instance: store its value, or set *twice_r where one
 * is there.  -1: a finding has been made. */
typedef int core_fn(struct parser *, struct conf_instance *,
    const struct conf_setting *, bool *twice_r);

struct core_setting {
	const char *key;
	core_fn *take;
};

static int parse_line(struct parser *);
static int parse_module(struct parser *);
static int expect_name(struct parser *, const char *what, struct token *);
static void check_new(struct parser *, const struct token *, const char *what,
    const struct diag_place *before);
static bool check_module_name(struct parser *, const struct token *);
static int parse_settings(struct parser *, struct conf_instance *);
static int parse_setting(struct parser *, struct conf_setting *);
static int take_core_setting(struct parser *, struct conf_instance *,
    const struct conf_setting *);
static core_fn take_timeout, take_isolate, take_recycle;
static int parse_list(struct parser *);
static int parse_members(struct parser *, struct conf_list *);
static void check_member(struct parser *, const struct token *);
static int by_member(const void *, const void *);

static const char *const line_words[] = { "module", "list", "set", "include",
	"policy", "auth", "settle", "notify", NULL };

static const struct core_setting core_settings[] = {
	{ "timeout", take_timeout },
	{ "isolate", take_isolate },
	{ "recycle", take_recycle },
	{ NULL, NULL },
};

void
parse_lines(struct parser *parser)
{
	while (look(parser)->kind != TOKEN_END_OF_FILE) {
		if (look(parser)->kind != TOKEN_END_OF_LINE &&
		    parse_line(parser) == 0 && !token_is_end(look(parser)))
			(void)unexpected(parser, "the end of the line");
		lex_skip_line(parser->lexer);
	}
}

static int
parse_line(struct parser *parser)
{
	enum till_facility facility;
	struct token word;

	if (expect_word(parser, "the first word of a line", &word) == -1) {
		unread(parser, ALL_FACILITIES);
		return -1;
	}
	facility = conf_facility_from_name(word.text);
	if (facility != 0)
		return parse_rule(parser, facility, &word);
	if (strcmp(word.text, "module") == 0)
		return parse_module(parser);
	if (strcmp(word.text, "list") == 0)
		return parse_list(parser);
	if (strcmp(word.text, "set") == 0) {
		if (parse_set(parser) == 0)
			return 0;
		parser->conf->set_unread = true;
		return -1;
	}
	if (strcmp(word.text, "include") == 0) {
		if (parse_include(parser) == 0)
			return 0;
		/* Any line may have been in what was not read. */
		unread(parser, ALL_FACILITIES);
		return -1;
	}
	unknown(parser, &word, "word", line_words);
	/* It may have been a rule of any stack. */
	unread(parser, ALL_FACILITIES);
	return -1;
}

static int
parse_module(struct parser *parser)
{
	struct conf *conf = parser->conf;
	struct conf_instance instance = { 0 };
	struct token name, module;
	size_t i;
	int r;

	if (expect_name(parser, "the instance's name", &name) == -1)
		return -1;
	for (i = 0; i < conf->instances_len; i++)
		if (strcmp(conf->instances[i].name, name.text) == 0)
			check_new(parser, &name, "module",
			    &conf->instances[i].place);
	if (conf->instances_len == CONF_INSTANCES_MAX) {
		diag_error(parser->diag, &name.place, "more than %d modules",
		    CONF_INSTANCES_MAX);
		return -1;
	}
	if (look(parser)->kind != TOKEN_WORD)
		return unexpected(parser, "the module's name");
	module = *look(parser);
	advance(parser);
	if (!check_module_name(parser, &module))
		module.text = "";
	instance.name = name.text;
	instance.place = name.place;
	instance.module = module.text;
	instance.module_place = module.place;
	/* Known even if its settings are not: its rules are in order. */
	r = parse_settings(parser, &instance);
	conf->instances[conf->instances_len++] = instance;
	return r;
}

static int
expect_name(struct parser *parser, const char *what, struct token *token_r)
{
	if (expect_word(parser, what, token_r) == -1)
		return -1;
	if (till_id_ok(token_r->text))
		return 0;
	diag_error(parser->diag, &token_r->place,
	    "a name has 1 to %d of the characters a-z, 0-9 and '-'",
	    CONF_NAME_MAX - 1);
	return -1;
}

static void
check_new(struct parser *parser, const struct token *name, const char *what,
    const struct diag_place *before)
{
	diag_error(parser->diag, &name->place, "%s '%s' is already defined",
	    what, name->text);
	diag_note(parser->diag, "it is defined at %s:%u", before->file,
	    before->line);
}

static bool
check_module_name(struct parser *parser, const struct token *module)
{
	const size_t len = strlen(module->text);

	if (strchr(module->text, '/') != NULL) {
		diag_error(parser->diag, &module->place,
		    "a module is called by its name, never by a path");
		return false;
	}
	if (len < TILL_MODULE_NAME_MAX &&
	    strspn(module->text, MODULE_LETTERS) == len)
		return true;
	diag_error(parser->diag, &module->place,
	    "a module's name has 1 to %d of the characters a-z, 0-9 and '_'",
	    TILL_MODULE_NAME_MAX - 1);
	return false;
}

static int
parse_settings(struct parser *parser, struct conf_instance *instance)
{
	struct conf_setting *settings = parser->settings;
	size_t len = 0;

	while (!token_is_end(look(parser))) {
		if (len == CONF_SETTINGS_MAX) {
			diag_error(parser->diag, &look(parser)->place,
			    "more than %d settings", CONF_SETTINGS_MAX);
			return -1;
		}
		if (parse_setting(parser, &settings[len]) == -1)
			return -1;
		if (take_core_setting(parser, instance, &settings[len]) == -1)
			return -1;
		len++;
	}
	instance->settings =
	    arena_copy(parser->arena, settings, len * sizeof(*settings));
	if (instance->settings == NULL)
		return out_of_memory(parser);
	instance->settings_len = len;
	return 0;
}

static int
parse_setting(struct parser *parser, struct conf_setting *setting_r)
{
	struct token key, value;

	if (expect_word(parser, "a setting", &key) == -1)
		return -1;
	if (strspn(key.text, KEY_LETTERS) != strlen(key.text)) {
		diag_error(parser->diag, &key.place,
		    "a setting is named by the characters a-z, 0-9 and '-'");
		return -1;
	}
	if (!accept_mark(parser, "=")) {
		diag_error(parser->diag, &key.place,
		    "setting '%s' has no value: write %s=VALUE", key.text,
		    key.text);
		return -1;
	}
	if (expect_text(parser, "a value", &value) == -1)
		return -1;
	if (token_is(look(parser), TOKEN_MARK, "=")) {
		diag_error(parser->diag, &key.place,
		    "setting '%s' has no value", key.text);
		return -1;
	}
	setting_r->key = key.text;
	setting_r->value = value.text;
	setting_r->place = key.place;
	setting_r->value_place = value.place;
	/* The whole of KEY=VALUE, unless a line break is in between. */
	if (key.place.line == value.place.line)
		setting_r->place.width =
		    value.place.col + value.place.width - key.place.col;
	return 0;
}

/* What the core wants to know of every instance. */
static int
take_core_setting(struct parser *parser, struct conf_instance *instance,
    const struct conf_setting *setting)
{
	const struct core_setting *core = core_settings;
	bool twice;

	while (core->key != NULL && strcmp(core->key, setting->key) != 0)
		core++;
	if (core->key == NULL)
		return 0;
	if (core->take(parser, instance, setting, &twice) == 0 && twice)
		diag_error(parser->diag, &setting->place,
		    "setting '%s' is here twice", setting->key);
	return 0;
}

static int
take_timeout(struct parser *parser, struct conf_instance *instance,
    const struct conf_setting *setting, bool *twice_r)
{
	*twice_r = instance->timeout_ms > 0;
	if (*twice_r ||
	    (value_duration(setting->value, &instance->timeout_ms) != -1 &&
		instance->timeout_ms > 0 &&
		instance->timeout_ms <= TIMEOUT_MAX_MS))
		return 0;
	diag_error(parser->diag, &setting->value_place,
	    "timeout is a duration from 1ms to 10m, not '%s'", setting->value);
	return -1;
}

static int
take_isolate(struct parser *parser, struct conf_instance *instance,
    const struct conf_setting *setting, bool *twice_r)
{
	static const char *const isolations[] = { "process", "no", NULL };

	*twice_r = instance->isolate_set;
	if (*twice_r)
		return 0;
	instance->isolate_set = true;
	instance->isolate = strcmp(setting->value, "process") == 0;
	if (instance->isolate || strcmp(setting->value, "no") == 0)
		return 0;
	diag_error(parser->diag, &setting->value_place,
	    "unknown isolation '%s'", setting->value);
	diag_suggest(parser->diag, setting->value, isolations);
	return -1;
}

static int
take_recycle(struct parser *parser, struct conf_instance *instance,
    const struct conf_setting *setting, bool *twice_r)
{
	*twice_r = instance->recycle > 0;
	if (*twice_r ||
	    (value_number(setting->value, RECYCLE_MAX, &instance->recycle) ==
		    0 &&
		instance->recycle > 0))
		return 0;
	diag_error(parser->diag, &setting->value_place,
	    "recycle is a number of calls from 1 to %d, not '%s'", RECYCLE_MAX,
	    setting->value);
	return -1;
}

static int
parse_list(struct parser *parser)
{
	struct conf *conf = parser->conf;
	struct conf_list list = { 0 };
	struct token name;
	size_t i;
	int r;

	if (expect_name(parser, "the list's name", &name) == -1)
		return -1;
	for (i = 0; i < conf->lists_len; i++)
		if (strcmp(conf->lists[i].name, name.text) == 0)
			check_new(parser, &name, "list", &conf->lists[i].place);
	if (conf->lists_len == CONF_LISTS_MAX) {
		diag_error(parser->diag, &name.place, "more than %d lists",
		    CONF_LISTS_MAX);
		return -1;
	}
	list.name = name.text;
	list.place = name.place;
	r = parse_members(parser, &list);
	conf->lists[conf->lists_len++] = list;
	return r;
}

static int
parse_members(struct parser *parser, struct conf_list *list)
{
	size_t len = 0, i;
	struct token member;

	while (!token_is_end(look(parser))) {
		if (expect_text(parser, "a member of the list", &member) == -1)
			return -1;
		if (len == CONF_LIST_MAX) {
			diag_error(parser->diag, &member.place,
			    "more than %d members", CONF_LIST_MAX);
			return -1;
		}
		check_member(parser, &member);
		parser->members[len++] = member.text;
	}
	qsort(parser->members, len, sizeof(*parser->members), by_member);
	for (i = 1; i < len; i++)
		if (strcmp(parser->members[i - 1], parser->members[i]) == 0)
			diag_warning(parser->diag, &list->place,
			    "'%s' is in list '%s' twice", parser->members[i],
			    list->name);
	list->members = arena_copy(parser->arena, parser->members,
	    len * sizeof(*parser->members));
	if (list->members == NULL)
		return out_of_memory(parser);
	list->members_len = len;
	return 0;
}

static void
check_member(struct parser *parser, const struct token *member)
{
	if (till_id_ok(member->text) ||
	    till_currency_exponent(member->text) != -1)
		return;
	diag_error(parser->diag, &member->place,
	    "'%s' is neither an id (1 to %d of a-z, 0-9, '-') nor a currency",
	    member->text, TILL_ID_MAX - 1);
}

static int
by_member(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}
