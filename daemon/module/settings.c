/*
 * settings.c - a module's settings, from the words of till.conf to the
 * values in its instance.
 *
 * The store owns what the values point to, for as long as the instance
 * lives; contents of secret files lie in secure memory and are wiped.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "config/value.h"
#include "module/descriptor.h"
#include "module/secret.h"
#include "module/settings.h"

#define STRING_MAX 1024 /* octets of a string without a bound of its own */
#define DURATION_MAX 24 /* octets of a printed duration */

/* A block for each setting, and one for each word of a list. */
#define BLOCKS_MAX (DESCRIPTOR_SETTINGS_MAX + CONF_SETTINGS_MAX)

/* Blocks that values point to, and secrets. */
struct settings_store {
	void *blocks[BLOCKS_MAX];
	size_t blocks_len;
	char *secrets[DESCRIPTOR_SETTINGS_MAX];
	size_t secrets_len;
};

/* What is being worked on. */
struct job {
	const struct till_module *module;
	const struct conf_instance *conf;
	unsigned char *self;
	bool check_only;
	struct settings_store *store;
	struct diag *diag;
};

typedef int parse_fn(struct job *, const struct till_setting *,
    const char *text, void *value, struct till_error *);

static void unknown_ones(struct job *);
static const struct till_setting *find(const struct till_module *,
    const char *);
static void suggest_names(struct job *, const char *);
static void setting_apply(struct job *, const struct till_setting *);
static void list_apply(struct job *, const struct till_setting *);
static void missing(struct job *, const struct till_setting *);
static int one(struct job *, const struct till_setting *, const char *text,
    const struct diag_place *, void *value);
static parse_fn parse_bool, parse_enum, parse_int, parse_duration, parse_money,
    parse_string, parse_path, parse_secret;
static int word_of(const char *const *, const char *text, void *value,
    struct till_error *);
static bool unbounded(const struct till_setting *);
static const char *duration_print(int64_t, char buf[DURATION_MAX]);
static int keep_text(struct job *, const char *, void *value,
    struct till_error *);
static void *keep(struct job *, const void *, size_t, struct till_error *);

static parse_fn *const parsers[] = {
	[TILL_SET_BOOL] = parse_bool,
	[TILL_SET_INT] = parse_int,
	[TILL_SET_DURATION] = parse_duration,
	[TILL_SET_MONEY] = parse_money,
	[TILL_SET_STRING] = parse_string,
	[TILL_SET_SECRET_FILE] = parse_secret,
	[TILL_SET_PATH] = parse_path,
	[TILL_SET_ENUM] = parse_enum,
	[TILL_SET_LIST] = parse_string, /* of each word */
};

static const char *const no_yes[] = { "no", "yes", NULL };

int
settings_apply(const struct till_module *module,
    const struct conf_instance *conf, void *self, bool check_only,
    struct settings_store **store_r, struct diag *diag)
{
	struct job job = { module, conf, self, check_only, NULL, diag };
	const size_t errors = diag_errors(diag);
	const struct till_setting *setting;

	job.store = calloc(1, sizeof(*job.store));
	if (job.store == NULL) {
		diag_error(diag, &conf->place, "out of memory");
		return -1;
	}
	unknown_ones(&job);
	setting = module->settings;
	while (setting != NULL && setting->name != NULL)
		setting_apply(&job, setting++);
	if (diag_errors(diag) != errors) {
		settings_free(job.store);
		return -1;
	}
	*store_r = job.store;
	return 0;
}

void
settings_free(struct settings_store *store)
{
	size_t i;

	if (store == NULL)
		return;
	for (i = 0; i < store->blocks_len; i++)
		free(store->blocks[i]);
	for (i = 0; i < store->secrets_len; i++)
		secret_free(store->secrets[i]);
	free(store);
}

bool
setting_is_cores(const char *key)
{
	return strcmp(key, "isolate") == 0 || strcmp(key, "timeout") == 0 ||
	    strcmp(key, "recycle") == 0;
}

static void
unknown_ones(struct job *job)
{
	const struct conf_setting *written;
	size_t i;

	for (i = 0; i < job->conf->settings_len; i++) {
		written = &job->conf->settings[i];
		if (setting_is_cores(written->key) ||
		    find(job->module, written->key) != NULL)
			continue;
		diag_error(job->diag, &written->place, "%s has no setting '%s'",
		    job->module->name, written->key);
		suggest_names(job, written->key);
	}
}

static const struct till_setting *
find(const struct till_module *module, const char *name)
{
	const struct till_setting *setting = module->settings;

	while (setting != NULL && setting->name != NULL) {
		if (strcmp(setting->name, name) == 0)
			return setting;
		setting++;
	}
	return NULL;
}

static void
suggest_names(struct job *job, const char *written)
{
	const char *names[DESCRIPTOR_SETTINGS_MAX + 4];
	const struct till_setting *setting = job->module->settings;
	size_t n = 0;

	while (setting != NULL && setting->name != NULL &&
	    n < DESCRIPTOR_SETTINGS_MAX)
		names[n++] = (setting++)->name;
	names[n++] = "isolate";
	names[n++] = "timeout";
	names[n++] = "recycle";
	names[n] = NULL;
	diag_suggest(job->diag, written, names);
}

static void
setting_apply(struct job *job, const struct till_setting *setting)
{
	const struct conf_setting *written, *first = NULL;
	size_t i;

	if (setting->type == TILL_SET_LIST) {
		list_apply(job, setting);
		return;
	}
	for (i = 0; i < job->conf->settings_len; i++) {
		written = &job->conf->settings[i];
		if (strcmp(written->key, setting->name) != 0)
			continue;
		if (first != NULL) {
			diag_error(job->diag, &written->place,
			    "'%s' is set twice", setting->name);
			return;
		}
		first = written;
	}
	if (first != NULL)
		(void)one(job, setting, first->value, &first->value_place,
		    job->self + setting->offset);
	else if ((setting->flags & TILL_SETTING_REQUIRED) != 0)
		missing(job, setting);
	else if (setting->initial != NULL)
		(void)one(job, setting, setting->initial, NULL,
		    job->self + setting->offset);
}

/* Each line that has the key adds a word; the array ends with NULL. */
static void
list_apply(struct job *job, const struct till_setting *setting)
{
	const char *words[CONF_SETTINGS_MAX + 1] = { NULL };
	const struct conf_setting *written;
	struct till_error err;
	size_t i, n = 0;
	void *kept;

	for (i = 0; i < job->conf->settings_len && n < CONF_SETTINGS_MAX; i++) {
		written = &job->conf->settings[i];
		if (strcmp(written->key, setting->name) != 0)
			continue;
		if (one(job, setting, written->value, &written->value_place,
			&words[n++]) == -1)
			return;
	}
	if (n == 0 && (setting->flags & TILL_SETTING_REQUIRED) != 0) {
		missing(job, setting);
		return;
	}
	if (n == 0 && setting->initial != NULL &&
	    one(job, setting, setting->initial, NULL, &words[n++]) == -1)
		return;
	kept = keep(job, words, (n + 1) * sizeof(words[0]), &err);
	if (kept == NULL)
		diag_error(job->diag, &job->conf->place, "%s", err.text);
	else
		memcpy(job->self + setting->offset, &kept, sizeof(kept));
}

static void
missing(struct job *job, const struct till_setting *setting)
{
	diag_error(job->diag, &job->conf->place,
	    "'%s' lacks the setting %s=, which %s requires", job->conf->name,
	    setting->name, job->module->name);
	if (setting->help != NULL)
		diag_note(job->diag, "%s: %s", setting->name, setting->help);
}

/*
 * One value into its place.  place is NULL for the module's own initial
 * value: that one is wrong in the module, so the finding is where the
 * module is named.
 */
static int
one(struct job *job, const struct till_setting *setting, const char *text,
    const struct diag_place *place, void *value)
{
	struct till_error err;

	assert((size_t)setting->type < sizeof(parsers) / sizeof(parsers[0]));
	if (parsers[setting->type](job, setting, text, value, &err) == 0)
		return 0;
	if (place != NULL) {
		diag_error(job->diag, place, "%s: %s", setting->name, err.text);
		if (setting->type == TILL_SET_ENUM)
			diag_suggest(job->diag, text, setting->names);
		else if (setting->type == TILL_SET_BOOL)
			diag_suggest(job->diag, text, no_yes);
	} else {
		diag_error(job->diag, &job->conf->module_place,
		    "%s has an initial value for %s that is no good: %s",
		    job->module->name, setting->name, err.text);
	}
	return -1;
}

static int
parse_bool(struct job *job, const struct till_setting *setting,
    const char *text, void *value, struct till_error *err)
{
	(void)job;
	(void)setting;
	return word_of(no_yes, text, value, err);
}

static int
parse_enum(struct job *job, const struct till_setting *setting,
    const char *text, void *value, struct till_error *err)
{
	(void)job;
	return word_of(setting->names, text, value, err);
}

static int
word_of(const char *const *words, const char *text, void *value,
    struct till_error *err)
{
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) != 0)
			continue;
		memcpy(value, &i, sizeof(i));
		return 0;
	}
	return till_fail(err, "'%s' is not one of its words", text);
}

static int
parse_int(struct job *job, const struct till_setting *setting, const char *text,
    void *value, struct till_error *err)
{
	const bool negative = text[0] == '-';
	int64_t n;

	(void)job;
	if (value_number(text + negative, INT64_MAX, &n) == -1 ||
	    (negative && n == 0))
		return till_fail(err, "'%s' is not a whole number", text);
	if (negative)
		n = -n;
	if (unbounded(setting) || (n >= setting->low && n <= setting->high)) {
		memcpy(value, &n, sizeof(n));
		return 0;
	}
	return till_fail(err, "'%s' is not within %" PRId64 " and %" PRId64,
	    text, setting->low, setting->high);
}

static int
parse_duration(struct job *job, const struct till_setting *setting,
    const char *text, void *value, struct till_error *err)
{
	char low[DURATION_MAX], high[DURATION_MAX];
	int64_t ms;

	(void)job;
	if (value_duration(text, &ms) == -1)
		return till_fail(err,
		    "'%s' is not a duration such as 250ms, 15s, 5m, 2h or 1d",
		    text);
	if (unbounded(setting) || (ms >= setting->low && ms <= setting->high)) {
		memcpy(value, &ms, sizeof(ms));
		return 0;
	}
	return till_fail(err, "'%s' is not within %s and %s", text,
	    duration_print(setting->low, low),
	    duration_print(setting->high, high));
}

/* A module that leaves both bounds zero sets none. */
static bool
unbounded(const struct till_setting *setting)
{
	return setting->low == 0 && setting->high == 0;
}

/* In the largest unit that gives a whole number. */
static const char *
duration_print(int64_t ms, char buf[DURATION_MAX])
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" },
		{ 1000, "s" }, { 1, "ms" } };
	size_t i = 0;

	while (ms % units[i].ms != 0 || (ms == 0 && units[i].ms != 1000))
		i++;
	(void)snprintf(buf, DURATION_MAX, "%" PRId64 "%s", ms / units[i].ms,
	    units[i].name);
	return buf;
}

static int
parse_money(struct job *job, const struct till_setting *setting,
    const char *text, void *value, struct till_error *err)
{
	struct till_money money;

	(void)job;
	(void)setting;
	memset(&money, 0, sizeof(money));
	if (till_money_parse_with_currency(text, &money, err) == -1)
		return -1;
	memcpy(value, &money, sizeof(money));
	return 0;
}

static int
parse_string(struct job *job, const struct till_setting *setting,
    const char *text, void *value, struct till_error *err)
{
	const size_t max =
	    setting->high > 0 ? (size_t)setting->high : STRING_MAX;

	if (strlen(text) > max)
		return till_fail(err, "is longer than %zu octets", max);
	if (text[0] != '\0' && !till_text_ok(text, max))
		return till_fail(err,
		    "is not UTF-8 without control characters");
	return keep_text(job, text, value, err);
}

static int
parse_path(struct job *job, const struct till_setting *setting,
    const char *text, void *value, struct till_error *err)
{
	if (text[0] != '/')
		return till_fail(err, "'%s' is not an absolute path", text);
	return parse_string(job, setting, text, value, err);
}

static int
parse_secret(struct job *job, const struct till_setting *setting,
    const char *text, void *value, struct till_error *err)
{
	static const char *const withheld = "";
	struct settings_store *store = job->store;
	char *secret;

	(void)setting;
	assert(store->secrets_len < DESCRIPTOR_SETTINGS_MAX);
	if (secret_read(text, &secret, err) == -1)
		return -1;
	if (job->check_only) {
		secret_free(secret);
		memcpy(value, &withheld, sizeof(withheld));
		return 0;
	}
	store->secrets[store->secrets_len++] = secret;
	memcpy(value, &secret, sizeof(secret));
	return 0;
}

static int
keep_text(struct job *job, const char *text, void *value,
    struct till_error *err)
{
	const char *kept = keep(job, text, strlen(text) + 1, err);

	if (kept == NULL)
		return -1;
	memcpy(value, &kept, sizeof(kept));
	return 0;
}

/* A copy that lives as long as the store. */
static void *
keep(struct job *job, const void *data, size_t len, struct till_error *err)
{
	struct settings_store *store = job->store;
	void *copy;

	assert(store->blocks_len < BLOCKS_MAX);
	copy = malloc(len);
	if (copy == NULL) {
		till_fail(err, "out of memory");
		return NULL;
	}
	memcpy(copy, data, len);
	store->blocks[store->blocks_len++] = copy;
	return copy;
}
