/*
 * rears.c - a rear unit in a folder of its own.
 */
#include <sys/stat.h>

#include <crypt.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rear/clock.h"
#include "rear/unit.h"
#include "request.h"
#include "support/ledgers.h"
#include "support/rears.h"

/* A batch of questions and what came of them. */
struct gathering {
	pthread_mutex_t lock;
	pthread_cond_t all;
	size_t left;
};

struct waiting {
	struct gathering *gathering;
	struct said *said;
	char *state;
};

static void make_people_of(struct rears *);
static void put_customer(struct ledger *, const char *, enum ledger_status);
static void put_password(struct ledger *, const char *);
static void put_merchant(struct ledger *, const char *,
    const struct till_key *);
static void ask(struct rears *, const struct asked *, struct waiting *);
static void wait_all(struct gathering *);
static void told(void *, const struct frame *);
static void copy(char *, size_t, const struct frame *, enum frame_tag);
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
	const char *tmp = getenv("TMPDIR"), *build = getenv("TILL_BUILD");
	static char modules[256], keys[256];

	memset(s, 0, sizeof(*s));
	(void)snprintf(s->dir, sizeof(s->dir), "%s/rear.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->conf, sizeof(s->conf), "%s/till.conf", s->dir);
	(void)snprintf(s->state, sizeof(s->state), "%s/state", s->dir);
	(void)snprintf(s->link, sizeof(s->link), "%s/link", s->dir);
	assert_int_equal(mkdir(s->state, 0700), 0);
	(void)snprintf(modules, sizeof(modules), "%s/modules",
	    build == NULL ? "." : build);
	(void)snprintf(keys, sizeof(keys), "%s/ledger", s->state);
	assert_int_equal(mkdir(keys, 0700), 0);
	s->options = (struct rear_options){
		.conf_path = s->conf,
		.state_dir = s->state,
		.link_path = s->link,
		.modules = { .dirs = { modules },
		    .dirs_len = 1,
		    .allow_mock = true },
		.front_uid = geteuid(),
		.admin_gid = (gid_t)-1,
		.ready_fd = -1,
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
	int fd = open(s->conf, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, instances, strlen(instances)),
	    strlen(instances));
	assert_int_equal(write(fd, stacks, strlen(stacks)), strlen(stacks));
	assert_int_equal(close(fd), 0);
}

void
rears_start(struct rears *s)
{
	struct link_client_options options = { .path = s->link,
		.notice = notice };
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

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

struct till_ticket
rears_ticket(const char *jti, int64_t micro)
{
	int64_t now_s = wall_s();

	return (struct till_ticket){
		.iss = REARS_MERCHANT,
		.aud = REARS_ISSUER,
		.jti = jti,
		.iat = now_s,
		.exp = now_s + 600,
		.kind = micro == 0 ? TILL_KIND_IDENTITY : TILL_KIND_SINGLE,
		.oid = "article-1",
		.desc = "An article",
		.amount = { micro, "EUR" },
		.ret = REARS_RET,
	};
}

char *
rears_sign(struct rears *s, struct till_ticket *ticket)
{
	char *token;

	if (till_ticket_sign(ticket, s->key, &token, &err) == -1)
		fail_msg("till_ticket_sign: %s", err.text);
	return token;
}

char *
rears_token(struct rears *s, const char *jti, int64_t micro)
{
	struct till_ticket ticket = rears_ticket(jti, micro);

	return rears_sign(s, &ticket);
}

void
rears_ask(struct rears *s, const struct asked *asked, struct said *said_r)
{
	rears_ask_all(s, asked, said_r, 1);
}

void
rears_ask_all(struct rears *s, const struct asked *asked, struct said *said_r,
    size_t n)
{
	struct gathering gathering = { .left = n };
	struct waiting *waiting = calloc(n, sizeof(*waiting));
	size_t i;

	assert_non_null(waiting);
	(void)pthread_mutex_init(&gathering.lock, NULL);
	(void)pthread_cond_init(&gathering.all, NULL);
	for (i = 0; i < n; i++) {
		memset(&said_r[i], 0, sizeof(said_r[i]));
		waiting[i].gathering = &gathering;
		waiting[i].said = &said_r[i];
		ask(s, &asked[i], &waiting[i]);
	}
	wait_all(&gathering);
	(void)pthread_cond_destroy(&gathering.all);
	(void)pthread_mutex_destroy(&gathering.lock);
	free(waiting);
}

void
rears_sign_in(struct rears *s, const char *cid, const char *jti,
    char session_r[129])
{
	char *token = rears_token(s, jti, 10000);
	struct asked asked = { .action = ACTION_PAY,
		.ticket = token,
		.channel = "api",
		.customer = cid,
		.password = REARS_PASSWORD,
		.want_session = true };
	struct said said;

	rears_ask(s, &asked, &said);
	free(token);
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(strlen(said.session), 43);
	memcpy(session_r, said.session, 129);
}

void
rears_status(struct rears *s, const char *jti, uint64_t txn,
    const struct till_key *key, const char *mid, const char *session,
    struct said *said_r, char state_r[33])
{
	struct till_request request = { .iat = wall_s(),
		.exp = wall_s() + 30,
		.aud = REARS_ISSUER,
		.htm = "GET" };
	struct gathering gathering = { .left = 1 };
	struct waiting waiting = { &gathering, said_r, state_r };
	struct frame_writer writer;
	char *token = NULL;

	memset(said_r, 0, sizeof(*said_r));
	(void)pthread_mutex_init(&gathering.lock, NULL);
	(void)pthread_cond_init(&gathering.all, NULL);
	if (txn != 0)
		(void)snprintf(request.htu, sizeof(request.htu),
		    "/v1/vouchers/%llu", (unsigned long long)txn);
	else
		(void)snprintf(request.htu, sizeof(request.htu),
		    "/v1/tickets/" REARS_MERCHANT "/%s", jti);
	set_text(request.iss, sizeof(request.iss), mid == NULL ? "" : mid);
	if (key != NULL && till_request_sign(&request, key, &token, &err) == -1)
		fail_msg("till_request_sign: %s", err.text);
	assert_int_equal(frame_writer_init(&writer, &err), 0);
	frame_begin(&writer, FRAME_STATUS, 1);
	if (txn != 0) {
		frame_number(&writer, TAG_TXN, txn);
	} else {
		frame_text(&writer, TAG_MERCHANT, REARS_MERCHANT);
		frame_text(&writer, TAG_JTI, jti);
	}
	frame_text(&writer, TAG_REQUEST_TOKEN, token);
	frame_text(&writer, TAG_SESSION, session);
	assert_int_equal(frame_end(&writer, &err), 0);
	assert_int_equal(link_client_send(s->client, &writer,
			     link_now_ms() + REARS_PATIENCE_MS, told, &waiting),
	    0);
	wait_all(&gathering);
	frame_writer_free(&writer);
	free(token);
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
	struct ledger *ledger;

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

static void
ask(struct rears *s, const struct asked *asked, struct waiting *waiting)
{
	struct frame_writer writer;

	assert_int_equal(frame_writer_init(&writer, &err), 0);
	frame_begin(&writer, FRAME_ORDER, 1);
	frame_number(&writer, TAG_ACTION, asked->action);
	frame_text(&writer, TAG_TICKET, asked->ticket);
	frame_text(&writer, TAG_CONVERSATION, asked->conversation);
	frame_text(&writer, TAG_CHANNEL, asked->channel);
	frame_text(&writer, TAG_CUSTOMER, asked->customer);
	frame_text(&writer, TAG_SESSION, asked->session);
	if (asked->want_session)
		frame_number(&writer, TAG_WANT_SESSION, 1);
	if (asked->password != NULL) {
		frame_text(&writer, TAG_REPLY_ID, "password");
		frame_octets(&writer, TAG_REPLY_DATA, asked->password,
		    strlen(asked->password));
	}
	if (frame_end(&writer, &err) == -1)
		fail_msg("frame_end: %s", err.text);
	assert_int_equal(link_client_send(s->client, &writer,
			     link_now_ms() + REARS_PATIENCE_MS, told, waiting),
	    0);
	frame_writer_free(&writer);
}

static void
wait_all(struct gathering *gathering)
{
	(void)pthread_mutex_lock(&gathering->lock);
	while (gathering->left > 0)
		(void)pthread_cond_wait(&gathering->all, &gathering->lock);
	(void)pthread_mutex_unlock(&gathering->lock);
}

/* On the client's thread. */
static void
told(void *arg, const struct frame *frame)
{
	struct waiting *waiting = arg;
	struct gathering *gathering = waiting->gathering;
	struct said *said = waiting->said;
	size_t i;

	if (frame != NULL) {
		said->status =
		    (enum order_status)frame_get_number(frame, TAG_STATUS, 0);
		said->txn = frame_get_number(frame, TAG_TXN, 0);
		said->retry_after_s =
		    frame_get_number(frame, TAG_RETRY_AFTER_S, 0);
		copy(said->reason, sizeof(said->reason), frame, TAG_REASON);
		copy(said->code, sizeof(said->code), frame, TAG_CODE);
		copy(said->text, sizeof(said->text), frame, TAG_TEXT);
		copy(said->conversation, sizeof(said->conversation), frame,
		    TAG_CONVERSATION);
		copy(said->session, sizeof(said->session), frame, TAG_SESSION);
		copy(said->customer, sizeof(said->customer), frame,
		    TAG_CUSTOMER);
		copy(said->balance, sizeof(said->balance), frame, TAG_BALANCE);
		copy(said->via, sizeof(said->via), frame, TAG_PAID_FROM);
		copy(said->prompt, sizeof(said->prompt), frame, TAG_PROMPT_ID);
		copy(said->voucher, sizeof(said->voucher), frame, TAG_VOUCHER);
		for (i = 0; i < frame->fields_len; i++)
			said->prompts += frame->fields[i].tag == TAG_PROMPT_ID;
		if (waiting->state != NULL)
			copy(waiting->state, 33, frame, TAG_STATE);
	}
	(void)pthread_mutex_lock(&gathering->lock);
	if (--gathering->left == 0)
		(void)pthread_cond_signal(&gathering->all);
	(void)pthread_mutex_unlock(&gathering->lock);
}

static void
copy(char *buf, size_t size, const struct frame *frame, enum frame_tag tag)
{
	const char *text = frame_get_text(frame, tag);

	(void)snprintf(buf, size, "%s", text == NULL ? "" : text);
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
	(void)arg;
	(void)frame;
}
