/*
 * rears_ask.c - the front's side of rears.h: tickets and questions.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base64url.h"
#include "rear/clock.h"
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

static void ask(struct rears *, const struct asked *, struct waiting *);
static void wait_all(struct gathering *);
static void told(void *, const struct frame *);
static void copy(char *, size_t, const struct frame *, enum frame_tag);
static void copy_challenge(struct said *, const struct frame *);
static const struct till_key *find_seal(void *, const char *);
static int add_key(void *, const struct till_key *, enum seal_state);

static struct till_error err;

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

struct till_voucher *
rears_voucher(struct rears *s, const char *token)
{
	char *jwks = strdup("{\"keys\":["), *json;
	struct till_voucher *voucher;
	struct till_keyset *set;
	size_t size;

	assert_int_equal(rear_key_each(s->rear, add_key, &jwks), 0);
	size = strlen(jwks) + 3;
	json = malloc(size);
	assert_non_null(json);
	(void)snprintf(json, size, "%s]}", jwks);
	assert_int_equal(till_keyset_from_json(json, strlen(json), &set, &err),
	    0);
	if (till_voucher_open(token, strlen(token), find_seal, set, &voucher,
		&err) == -1)
		fail_msg("till_voucher_open: %s", err.text);
	till_keyset_free(set);
	free(json);
	free(jwks);
	return voucher;
}

struct asked
rears_pay(const char *token, const char *cid, const char *password)
{
	return (struct asked){ .action = ACTION_PAY,
		.ticket = token,
		.channel = "api",
		.customer = cid,
		.password = password };
}

struct asked
rears_browse(enum order_action action, const char *token,
    const char *conversation)
{
	/* Often the answer's own, which the next one overwrites. */
	static char kept[129];

	if (conversation != NULL && conversation != kept)
		(void)snprintf(kept, sizeof(kept), "%s", conversation);
	return (struct asked){ .action = action,
		.ticket = token,
		.conversation = conversation == NULL ? NULL : kept,
		.channel = conversation == NULL ? "browser" : NULL };
}

void
rears_is_refusal(struct rears *s, const struct said *refused,
    enum till_reason reason)
{
	struct till_voucher *voucher = rears_voucher(s, refused->voucher);

	assert_int_equal(voucher->type, TILL_VOUCHER_REFUSAL);
	assert_int_equal(voucher->reason, reason);
	assert_int_equal(voucher->txn, 0);
	till_voucher_free(voucher);
}

/* The keys are the rear's own, straight from its folder of keys. */
static const struct till_key *
find_seal(void *arg, const char *kid)
{
	struct till_keyset *set = arg;

	return till_keyset_find(set, kid);
}

static int
add_key(void *arg, const struct till_key *key, enum seal_state state)
{
	char **jwks = arg, *jwk, *joined;
	size_t size;

	(void)state;
	assert_int_equal(till_key_jwk(key, &jwk, &err), 0);
	size = strlen(*jwks) + strlen(jwk) + 2;
	joined = malloc(size);
	assert_non_null(joined);
	(void)snprintf(joined, size, "%s%s%s", *jwks,
	    strcmp(*jwks, "{\"keys\":[") == 0 ? "" : ",", jwk);
	free(jwk);
	free(*jwks);
	*jwks = joined;
	return 0;
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
	frame_text(&writer, TAG_ADDRESS, asked->address);
	frame_text(&writer, TAG_DEVICE, asked->device);
	if (asked->want_session)
		frame_number(&writer, TAG_WANT_SESSION, 1);
	if (asked->fresh)
		frame_number(&writer, TAG_FRESH, 1);
	if (asked->enrol)
		frame_number(&writer, TAG_ENROL, 1);
	if (asked->unasked)
		frame_number(&writer, TAG_UNASKED, 1);
	if (asked->password != NULL) {
		frame_text(&writer, TAG_REPLY_ID,
		    asked->prompt == NULL ? "password" : asked->prompt);
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
		said->time_s = frame_get_number(frame, TAG_TIME_S, 0);
		said->retry_after_s =
		    frame_get_number(frame, TAG_RETRY_AFTER_S, 0);
		copy(said->reason, sizeof(said->reason), frame, TAG_REASON);
		copy(said->code, sizeof(said->code), frame, TAG_CODE);
		copy(said->text, sizeof(said->text), frame, TAG_TEXT);
		copy(said->conversation, sizeof(said->conversation), frame,
		    TAG_CONVERSATION);
		copy(said->session, sizeof(said->session), frame, TAG_SESSION);
		copy(said->device, sizeof(said->device), frame, TAG_DEVICE);
		copy(said->customer, sizeof(said->customer), frame,
		    TAG_CUSTOMER);
		copy(said->balance, sizeof(said->balance), frame, TAG_BALANCE);
		copy(said->via, sizeof(said->via), frame, TAG_PAID_FROM);
		copy(said->allowance, sizeof(said->allowance), frame,
		    TAG_ALLOWANCE);
		said->unasked = frame_get_number(frame, TAG_UNASKED, 0) == 1;
		copy(said->prompt, sizeof(said->prompt), frame, TAG_PROMPT_ID);
		copy(said->voucher, sizeof(said->voucher), frame, TAG_VOUCHER);
		copy_challenge(said, frame);
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

void
rears_wait_end(struct rears *rears, const char *conversation,
    struct said *said_r)
{
	struct asked asked = rears_browse(ACTION_VIEW, NULL, conversation);
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;

	do {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
		rears_ask(rears, &asked, said_r);
	} while (said_r->status == STATUS_PENDING);
}

void
rears_wait_state(struct rears *rears, const char *jti, enum order_state state)
{
	const int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (rears_order(rears, jti).state != state) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

size_t
rears_bank_calls(const struct rears *rears, enum till_verb verb)
{
	char path[256], line[1024], prefix[32];
	size_t n = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/bank", rears->dir);
	(void)snprintf(prefix, sizeof(prefix), "call %d ", (int)verb);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		n += strncmp(line, prefix, strlen(prefix)) == 0;
	if (file != NULL)
		(void)fclose(file);
	return n;
}

static void
copy_challenge(struct said *said, const struct frame *frame)
{
	const struct frame_field *field;
	bool passkey = false;
	size_t i;

	for (i = 0; i < frame->fields_len; i++) {
		field = &frame->fields[i];
		if (field->tag == TAG_PROMPT_ID)
			passkey =
			    strcmp((const char *)field->data, "passkey") == 0;
		if (passkey && field->tag == TAG_PROMPT_CHALLENGE &&
		    BASE64URL_SIZE(field->len) <= sizeof(said->challenge))
			(void)base64url_encode(field->data, field->len,
			    said->challenge);
	}
}
