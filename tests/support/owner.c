/*
 * owner.c - the surroundings of a module under test, kept in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/owner.h"

static bool known(const struct owner *, const char *customer);
static struct record *find(struct owner *, const char *instance,
    const char *customer, const char *id);
static void describe(const struct record *, struct till_credential *);
static void add_line(char *text, const char *a, const char *b);

static int
list(void *arg, const char *instance, const char *customer,
    int (*each)(void *, const struct till_credential *), void *each_arg)
{
	struct till_credential credential;
	struct owner *owner = arg;
	size_t i;
	int r = 0;

	if (owner->broken || !known(owner, customer))
		return -1;
	for (i = 0; i < owner->records_len && r == 0; i++) {
		if (strcmp(owner->records[i].instance, instance) != 0 ||
		    strcmp(owner->records[i].customer, customer) != 0)
			continue;
		describe(&owner->records[i], &credential);
		r = each(each_arg, &credential);
	}
	return r;
}

static int
get(void *arg, const char *instance, const char *customer, const char *id,
    struct till_credential *credential_r)
{
	struct owner *owner = arg;
	const struct record *record = find(owner, instance, customer, id);

	memset(&owner->got, 0, sizeof(owner->got));
	if (owner->broken || record == NULL)
		return -1;
	owner->got = *record;
	describe(record, credential_r);
	return 0;
}

static int
put(void *arg, const char *instance, const char *customer,
    const struct till_credential *credential)
{
	struct owner *owner = arg;
	struct record *record = find(owner, instance, customer, credential->id);

	if (owner->broken || !known(owner, customer))
		return -1;
	if (strcmp(owner->got.instance, instance) == 0 &&
	    strcmp(owner->got.id, credential->id) == 0 &&
	    (record == NULL || record->len != owner->got.len ||
		memcmp(record->data, owner->got.data, record->len) != 0))
		return -1;
	memset(&owner->got, 0, sizeof(owner->got));
	if (record == NULL) {
		if (owner->records_len == OWNER_RECORDS)
			return -1;
		record = &owner->records[owner->records_len++];
	}
	(void)snprintf(record->instance, sizeof(record->instance), "%s",
	    instance);
	(void)snprintf(record->customer, sizeof(record->customer), "%s",
	    customer);
	(void)snprintf(record->id, sizeof(record->id), "%s", credential->id);
	memcpy(record->data, credential->data.data, credential->data.len);
	record->len = credential->data.len;
	record->secret = credential->secret;
	return 0;
}

static int
take_away(void *arg, const char *instance, const char *customer, const char *id)
{
	struct owner *owner = arg;
	struct record *record = find(owner, instance, customer, id);

	if (owner->broken || record == NULL)
		return -1;
	*record = owner->records[--owner->records_len];
	return 0;
}

static int
failures(void *arg, const char *instance, const char *customer,
    struct till_failures *failures_r)
{
	struct owner *owner = arg;

	(void)instance;
	(void)customer;
	if (owner->broken)
		return -1;
	*failures_r = owner->failures;
	return 0;
}

static int
failures_here(void *arg, const char *instance, const char *customer,
    struct till_failures *failures_r)
{
	struct owner *owner = arg;

	(void)instance;
	(void)customer;
	if (owner->broken)
		return -1;
	*failures_r = owner->here;
	return 0;
}

static int
failed(void *arg, const char *instance, const char *customer)
{
	struct owner *owner = arg;

	(void)instance;
	(void)customer;
	if (owner->broken)
		return -1;
	owner->failures.count++;
	owner->failures.last_ms = (int64_t)time(NULL) * 1000;
	owner->here.count++;
	owner->here.last_ms = owner->failures.last_ms;
	return 0;
}

static int
succeeded(void *arg, const char *instance, const char *customer)
{
	struct owner *owner = arg;

	(void)instance;
	if (owner->broken || !known(owner, customer))
		return -1;
	memset(&owner->failures, 0, sizeof(owner->failures));
	memset(&owner->here, 0, sizeof(owner->here));
	return 0;
}

static int
limit_look(void *arg, const char *instance, const struct till_limit *l)
{
	struct owner *owner = arg;

	(void)instance;
	owner->looks++;
	if (owner->broken)
		return -1;
	if (owner->over != NULL && strcmp(owner->over, l->name) == 0)
		return 1;
	return owner->limit;
}

static int
limit_keep(void *arg, const char *instance, const struct till_limit *l)
{
	struct owner *owner = arg;

	(void)instance;
	if (owner->broken)
		return -1;
	assert_true(owner->limits_len < CONTEXT_LIMITS_MAX);
	owner->limits[owner->limits_len++] = *l;
	return 0;
}

static int
limit(void *arg, const char *instance, const struct till_limit *l)
{
	struct owner *owner = arg;

	(void)instance;
	owner->asks++;
	if (limit_keep(arg, instance, l) == -1)
		return -1;
	owner->looks--;
	return limit_look(arg, instance, l);
}

static void
log_line(void *arg, const char *instance, enum till_log_level level,
    const char *text)
{
	struct owner *owner = arg;

	(void)level;
	add_line(owner->log, instance, text);
}

static void
alert(void *arg, const char *instance, const char *type, const char *text)
{
	struct owner *owner = arg;

	(void)instance;
	add_line(owner->alerts, type, text);
	owner->alerts_len++;
}

static int64_t
now_ms(void *arg)
{
	const struct owner *owner = arg;

	return owner->now_ms;
}

const struct context_ops owner_ops = {
	.credential_list = list,
	.credential_get = get,
	.credential_put = put,
	.credential_remove = take_away,
	.failures = failures,
	.failures_here = failures_here,
	.failed = failed,
	.succeeded = succeeded,
	.limit = limit,
	.limit_look = limit_look,
	.limit_keep = limit_keep,
	.log = log_line,
	.alert = alert,
	.now_ms = now_ms,
};

void
owner_init(struct owner *owner)
{
	memset(owner, 0, sizeof(*owner));
	owner->known[0] = "alice";
	owner->now_ms = 1000;
	owner->order = (struct till_order){
		.size = sizeof(struct till_order),
		.ticket = "0123456789012345678901234567890123456789012",
		.merchant = "press-1",
		.merchant_name = "The Press",
		.merchant_origin = "https://press.example",
		.merchant_country = "FR",
		.customer = "alice",
		.jti = "j1",
		.oid = "o1",
		.desc = "an article",
		.kind = "single",
		.channel = "browser",
		.lang = "en",
		.amount = { 5000000, "EUR" },
	};
}

struct till_context *
owner_context(struct owner *owner, const char *instance,
    enum till_facility facility)
{
	struct till_context *ctx;

	ctx = context_new(instance, facility, &owner_ops, owner);
	assert_non_null(ctx);
	ctx->order = &owner->order;
	return ctx;
}

void
line_make(struct line *line, const char *name, const char *module,
    const char *const *settings)
{
	unsigned int i;
	char *equals;

	memset(line, 0, sizeof(*line));
	line->conf.place = (struct diag_place){ "test.conf", 1, 8, 2 };
	line->conf.module_place = (struct diag_place){ "test.conf", 1, 12, 4 };
	line->conf.name = name;
	line->conf.module = module;
	line->conf.settings = line->settings;
	for (i = 0; settings != NULL && settings[i] != NULL; i++) {
		assert_true(i < LINE_SETTINGS);
		(void)snprintf(line->text[i], sizeof(line->text[i]), "%s",
		    settings[i]);
		equals = strchr(line->text[i], '=');
		assert_non_null(equals);
		*equals = '\0';
		line->settings[i].key = line->text[i];
		line->settings[i].value = equals + 1;
		line->settings[i].place =
		    (struct diag_place){ "test.conf", i + 1, 20, 3 };
		line->settings[i].value_place =
		    (struct diag_place){ "test.conf", i + 1, 30, 3 };
		if (strcmp(line->text[i], "isolate") == 0)
			line->conf.isolate_set = line->conf.isolate = true;
	}
	line->conf.settings_len = i;
}

const char *
build_dir(void)
{
	const char *dir = getenv("TILL_BUILD");

	return dir != NULL ? dir : ".";
}

struct loader *
build_loader(void)
{
	static char modules[512], tests[512];
	const struct loader_options options = {
		.dirs = { modules, tests },
		.dirs_len = 2,
		.allow_mock = true,
	};
	struct loader *loader;

	(void)snprintf(modules, sizeof(modules), "%s/modules", build_dir());
	(void)snprintf(tests, sizeof(tests), "%s/tests/modules", build_dir());
	loader = loader_new(&options);
	assert_non_null(loader);
	return loader;
}

struct instance *
module_open(struct loader *loader, const char *module,
    const char *const *settings, char why[DIAG_TEXT_MAX])
{
	struct instance *instance = NULL;
	struct diag *diag = diag_new();
	struct line line;

	assert_non_null(diag);
	why[0] = '\0';
	line_make(&line, "it", module, settings);
	if (instance_open(loader, &line.conf, false, &instance, diag) == -1) {
		assert_true(diag_size(diag) > 0);
		(void)snprintf(why, DIAG_TEXT_MAX, "%s",
		    diag_at(diag, 0)->text);
	} else {
		assert_int_equal(diag_size(diag), 0);
	}
	diag_free(diag);
	return instance;
}

struct instance *
module_must_open(struct loader *loader, const char *module,
    const char *const *settings)
{
	struct instance *instance;
	char why[DIAG_TEXT_MAX];

	instance = module_open(loader, module, settings, why);
	if (instance == NULL)
		fail_msg("%s: %s", module, why);
	return instance;
}

void
reply(struct till_context *ctx, const char *id, const char *text)
{
	struct till_error err;

	if (context_reply_put(ctx, id, text, strlen(text), "", &err) == -1)
		fail_msg("reply %s: %s", id, err.text);
}

static bool
known(const struct owner *owner, const char *customer)
{
	size_t i;

	for (i = 0; owner->known[i] != NULL; i++) {
		if (strcmp(owner->known[i], customer) == 0)
			return true;
	}
	return false;
}

static struct record *
find(struct owner *owner, const char *instance, const char *customer,
    const char *id)
{
	size_t i;

	for (i = 0; i < owner->records_len; i++) {
		if (strcmp(owner->records[i].instance, instance) == 0 &&
		    strcmp(owner->records[i].customer, customer) == 0 &&
		    strcmp(owner->records[i].id, id) == 0)
			return &owner->records[i];
	}
	return NULL;
}

static void
describe(const struct record *record, struct till_credential *credential)
{
	memset(credential, 0, sizeof(*credential));
	credential->size = sizeof(*credential);
	credential->id = record->id;
	credential->label = "";
	credential->secret = record->secret;
	credential->data.data = record->data;
	credential->data.len = record->len;
}

static void
add_line(char *text, const char *a, const char *b)
{
	const size_t len = strlen(text);

	(void)snprintf(text + len, OWNER_TEXT - len, "%s: %s\n", a, b);
}
