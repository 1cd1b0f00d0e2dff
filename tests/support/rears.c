/*
 * rears.c - a rear unit in a folder of its own.
 */
#include <sys/stat.h>

#include <crypt.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/spawner.h"
#include "rear/clock.h"
#include "rear/unit.h"
#include "support/ledgers.h"
#include "support/rears.h"

static void begin(struct rears *, const char *, bool);
static void make_people_of(struct rears *);
static void put_customer(struct ledger *, const char *, enum ledger_status);
static void put_password(struct ledger *, const char *);
static void put_merchant(struct ledger *, const char *,
    const struct till_key *);
static void remove_folder(const char *, const char *);
static void notice(void *, const struct frame *);

static struct till_error err;

static const char instances[] =
    "set cache 1MB\n"
    "set issuer " REARS_ISSUER "\n"
    "set workers 4\n"
    "module pin auth_password cost=1 max-tries=3 delay=1ms\n"
    "module caps policy_limits per-ticket=\"500.00 EUR\"\n"
    "module wallet settle_wallet\n";

const char *const rears_usual = "policy veto caps\n"
				"auth requisite pin\n"
				"settle route wallet when currency == EUR\n"
				"settle refuse \"not handled\"\n";

void
rears_begin(struct rears *s, const char *stacks)
{
	begin(s, stacks, false);
}

void
rears_begin_hosted(struct rears *s, const char *stacks)
{
	begin(s, stacks, true);
}

static void
begin(struct rears *s, const char *stacks, bool hosted)
{
	const char *tmp = getenv("TMPDIR"), *build = getenv("TILL_BUILD");
	static char modules[256], of_tests[256], keys[256];

	memset(s, 0, sizeof(*s));
	s->hosted = hosted;
	(void)snprintf(s->dir, sizeof(s->dir), "%s/rear.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->conf, sizeof(s->conf), "%s/till.conf", s->dir);
	(void)snprintf(s->state, sizeof(s->state), "%s/state", s->dir);
	(void)snprintf(s->link, sizeof(s->link), "%s/link", s->dir);
	assert_int_equal(mkdir(s->state, 0700), 0);
	(void)snprintf(modules, sizeof(modules), "%s/modules",
	    build == NULL ? "." : build);
	(void)snprintf(of_tests, sizeof(of_tests), "%s/tests/modules",
	    build == NULL ? "." : build);
	(void)snprintf(keys, sizeof(keys), "%s/ledger", s->state);
	assert_int_equal(mkdir(keys, 0700), 0);
	s->options = (struct rear_options){
		.conf_path = s->conf,
		.state_dir = s->state,
		.link_path = s->link,
		.modules = { .dirs = { modules, of_tests },
		    .dirs_len = 2,
		    .allow_mock = true },
		.front_uid = geteuid(),
		.admin_gid = (gid_t)-1,
		.ready_fd = -1,
		.hosts_fd = -1,
	};
	assert_int_equal(keys_create(s->state, TILL_ALG_ES256, &err), 0);
	assert_int_equal(till_key_generate(TILL_ALG_ES256, &s->key, &err), 0);
	assert_int_equal(till_key_generate(TILL_ALG_ED25519, &s->other, &err),
	    0);
	make_people_of(s);
	rears_configure(s, stacks);
	rears_start(s);
}

void
rears_configure(struct rears *s, const char *stacks)
{
	const char *at;
	int fd = open(s->conf, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, instances, strlen(instances)),
	    strlen(instances));
	for (at = strstr(stacks, "@DIR@"); at != NULL;
	     at = strstr(stacks, "@DIR@")) {
		(void)dprintf(fd, "%.*s%s", (int)(at - stacks), stacks, s->dir);
		stacks = at + strlen("@DIR@");
	}
	assert_int_equal(write(fd, stacks, strlen(stacks)), strlen(stacks));
	assert_int_equal(close(fd), 0);
}

void
rears_start(struct rears *s)
{
	struct link_client_options options = { .path = s->link,
		.notice = notice,
		.arg = s };
	int64_t until = clock_ms() + REARS_PATIENCE_MS;
	const char *build = getenv("TILL_BUILD");
	const struct spawner_user same = { .other = false };
	char program[256];

	s->options.hosts_fd = -1;
	(void)snprintf(program, sizeof(program), "%s/tilld",
	    build == NULL ? "." : build);
	if (s->hosted &&
	    spawner_start(program, &same, &s->options.hosts_fd, &err) == -1)
		fail_msg("spawner_start: %s", err.text);
	if (unit_start(&s->options, &s->rear, &err) == -1)
		fail_msg("unit_start: %s", err.text);
	assert_int_equal(link_client_start(&options, &s->client, &err), 0);
	while (!link_client_up(s->client)) {
		assert_true(clock_ms() < until);
		(void)usleep(1000);
	}
}

void
rears_stop(struct rears *s)
{
	link_client_stop(s->client);
	s->client = NULL;
	unit_stop(s->rear);
	s->rear = NULL;
}

void
rears_end(struct rears *s)
{
	rears_stop(s);
	till_key_free(s->key);
	till_key_free(s->other);
	remove_folder(s->state, "/ledger");
	remove_folder(s->state, "/keys");
	remove_folder(s->state, "");
	remove_folder(s->dir, "");
}

int64_t
rears_balance(struct rears *s, const char *account)
{
	return balance(rear_ledger(s->rear), account);
}

struct ledger_order
rears_order(struct rears *s, const char *jti)
{
	struct ledger_order order;
	int r;

	memset(&order, 0, sizeof(order));
	r = ledger_order_get(rear_ledger(s->rear), REARS_MERCHANT, jti, &order,
	    &err);
	assert_int_not_equal(r, -1);
	ledger_order_clear(&order);
	return order;
}

uint64_t
rears_serial(struct rears *s)
{
	return ledger_serial(rear_ledger(s->rear));
}

void
rears_verify(struct rears *s)
{
	struct ledger_sums sums;

	verify_well(rear_ledger(s->rear), &sums);
}

static void
make_people_of(struct rears *s)
{
	struct ledger_options options = { .cache_size = 1 << 20,
		.ballast = 1 << 20 };
	char dir[256];
	struct ledger *ledger = NULL;

	(void)snprintf(dir, sizeof(dir), "%s/ledger", s->state);
	options.dir = dir;
	if (ledger_create(&options, &err) == -1 ||
	    ledger_open(&options, &ledger, &err) == -1)
		fail_msg("the ledger: %s", err.text);
	put_customer(ledger, "alice", LEDGER_ACTIVE);
	put_customer(ledger, "bob", LEDGER_ACTIVE);
	put_customer(ledger, "carol", LEDGER_SUSPENDED);
	put_merchant(ledger, REARS_MERCHANT, s->key);
	put_merchant(ledger, "press-2", s->other);
	ledger_close(ledger);
}

static void
put_customer(struct ledger *ledger, const char *cid, enum ledger_status status)
{
	struct ledger_request request = { .op = LEDGER_CUSTOMER,
		.actor = "test" };
	struct ledger_customer customer = { .status = status };

	set_text(customer.cid, sizeof(customer.cid), cid);
	set_text(customer.name, sizeof(customer.name), cid);
	request.customer = &customer;
	if (ledger_apply(ledger, &request) != LEDGER_DONE)
		fail_msg("%s: %s", cid, request.err.text);
	put_password(ledger, cid);
	assert_int_equal(top_up(ledger, cid, EURO(50), NULL, NULL),
	    LEDGER_DONE);
}

static void
put_password(struct ledger *ledger, const char *cid)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	struct till_credential credential = { .size = sizeof(credential),
		.secret = 1,
		.id = "password",
		.label = "" };
	struct ledger_request request = { .op = LEDGER_CREDENTIAL,
		.instance = "pin",
		.cid = cid,
		.credential = &credential,
		.actor = "test" };
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];

	assert_non_null(data);
	assert_non_null(
	    crypt_gensalt_rn("$y$", 1, NULL, 0, salt, sizeof(salt)));
	assert_non_null(crypt_rn(REARS_PASSWORD, salt, data, sizeof(*data)));
	credential.data.data = (const unsigned char *)data->output;
	credential.data.len = strlen(data->output);
	if (ledger_apply(ledger, &request) != LEDGER_DONE)
		fail_msg("%s: %s", cid, request.err.text);
	free(data);
}

static void
put_merchant(struct ledger *ledger, const char *mid, const struct till_key *key)
{
	struct ledger_merchant *merchant = calloc(1, sizeof(*merchant));
	struct ledger_request request = { .op = LEDGER_MERCHANT,
		.merchant = merchant,
		.actor = "test" };
	char *jwk;

	assert_non_null(merchant);
	assert_int_equal(till_key_jwk(key, &jwk, &err), 0);
	merchant->status = LEDGER_ACTIVE;
	set_text(merchant->mid, sizeof(merchant->mid), mid);
	set_text(merchant->name, sizeof(merchant->name), "The Press");
	set_text(merchant->country, sizeof(merchant->country), "FR");
	set_text(merchant->urls[0], sizeof(merchant->urls[0]), REARS_RET);
	merchant->urls_len = 1;
	set_text(merchant->keys[0].kid, TILL_KID_MAX, till_key_id(key));
	set_text(merchant->keys[0].jwk, TILL_JWK_MAX, jwk);
	merchant->keys[0].active = true;
	merchant->keys_len = 1;
	if (ledger_apply(ledger, &request) != LEDGER_DONE)
		fail_msg("%s: %s", mid, request.err.text);
	free(jwk);
	free(merchant);
}

/* The files in a folder, and the folder. */
static void
remove_folder(const char *dir, const char *name)
{
	char folder[200], path[512];
	struct dirent *entry;
	DIR *d;

	(void)snprintf(folder, sizeof(folder), "%s%s", dir, name);
	d = opendir(folder);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		    entry->d_name);
		(void)unlink(path);
	}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(folder);
}

static void
notice(void *arg, const struct frame *frame)
{
	struct rears *s = arg;

	(void)frame;
	(void)atomic_fetch_add(&s->notices, 1);
}
