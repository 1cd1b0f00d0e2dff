/*
 * accounts.c - see accounts.h.
 */
#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rear/unit.h"
#include "support/accounts.h"

static void copy(char *, size_t, const struct frame *, enum frame_tag);
static void make_merchant(struct rears *, const char *);

static struct till_error err;

void
accounts_step(struct rears *rears, const char *conversation, const char *cid,
    const char *password, struct said *said_r)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, conversation);

	asked.customer = cid;
	asked.password = password;
	asked.want_session = password != NULL;
	rears_ask(rears, &asked, said_r);
}

void
accounts_sign_in(struct rears *rears, const char *cid, char session_r[129])
{
	struct said said;

	accounts_step(rears, NULL, cid, NULL, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	accounts_step(rears, said.conversation, NULL, REARS_PASSWORD, &said);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	assert_string_equal(said.customer, cid);
	assert_int_equal(strlen(said.session), 43);
	memcpy(session_r, said.session, sizeof(said.session));
}

void
accounts_ask(struct rears *rears, const char *session, const char *command,
    const char *args, struct told *told_r)
{
	accounts_ask_with(rears, session, command, args, NULL, told_r);
}

void
accounts_ask_with(struct rears *rears, const char *session, const char *command,
    const char *args, const char *secret, struct told *told_r)
{
	unsigned char *buf = malloc(FRAME_MAX);
	const struct frame_field *told;
	struct frame_writer writer;
	struct till_error why;
	struct frame frame;

	assert_non_null(buf);
	memset(told_r, 0, sizeof(*told_r));
	assert_int_equal(frame_writer_init(&writer, &why), 0);
	frame_begin(&writer, FRAME_ACCOUNT, 1);
	frame_text(&writer, TAG_SESSION, session);
	frame_text(&writer, TAG_COMMAND, command);
	frame_text(&writer, TAG_ARGS, args);
	if (secret != NULL)
		frame_octets(&writer, TAG_SECRET, secret, strlen(secret));
	assert_int_equal(frame_end(&writer, &why), 0);
	if (link_call(rears->link, &writer, REARS_PATIENCE_MS, buf, FRAME_MAX,
		&frame, &why) == -1)
		fail_msg("link_call: %s", why.text);
	frame_writer_free(&writer);
	assert_int_equal(frame.kind, FRAME_ACCOUNT_REPLY);
	told_r->exit = (unsigned int)frame_get_number(&frame, TAG_EXIT, 99);
	copy(told_r->code, sizeof(told_r->code), &frame, TAG_CODE);
	copy(told_r->json, sizeof(told_r->json), &frame, TAG_JSON);
	told = frame_get(&frame, TAG_SECRET);
	if (told != NULL && told->len < sizeof(told_r->secret))
		memcpy(told_r->secret, told->data, told->len);
	free(buf);
}

void
accounts_suspend(struct rears *rears, const char *cid, bool yes)
{
	struct ledger_customer customer;
	struct ledger_request request = { .op = LEDGER_CUSTOMER,
		.customer = &customer,
		.actor = "operator:test" };

	assert_int_equal(ledger_customer_get(rears->rear->ledger, cid,
			     &customer, &err),
	    0);
	customer.status = yes ? LEDGER_SUSPENDED : LEDGER_ACTIVE;
	assert_int_equal(ledger_apply(rears->rear->ledger, &request),
	    LEDGER_DONE);
}

void
accounts_merchant(struct rears *rears, const char *mid, const char *password)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	struct till_credential credential = { .size = sizeof(credential),
		.secret = 1,
		.id = "password",
		.label = "" };
	struct ledger_request request = { .op = LEDGER_CREDENTIAL,
		.instance = LEDGER_OF_MERCHANTS,
		.cid = mid,
		.credential = &credential,
		.actor = "operator:test" };
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];

	make_merchant(rears, mid);
	assert_non_null(data);
	assert_non_null(
	    crypt_gensalt_rn("$y$", 1, NULL, 0, salt, sizeof(salt)));
	assert_non_null(crypt_rn(password, salt, data, sizeof(*data)));
	credential.data.data = (const unsigned char *)data->output;
	credential.data.len = strlen(data->output);
	assert_int_equal(ledger_apply(rears->rear->ledger, &request),
	    LEDGER_DONE);
	free(data);
	rear_merchant_changed(rears->rear, mid);
}

void
accounts_merchant_suspend(struct rears *rears, const char *mid, bool yes)
{
	struct ledger_merchant *merchant = calloc(1, sizeof(*merchant));
	struct ledger_request request = { .op = LEDGER_MERCHANT,
		.merchant = merchant,
		.actor = "operator:test" };

	assert_non_null(merchant);
	assert_int_equal(ledger_merchant_get(rears->rear->ledger, mid, merchant,
			     &err),
	    0);
	merchant->status = yes ? LEDGER_SUSPENDED : LEDGER_ACTIVE;
	assert_int_equal(ledger_apply(rears->rear->ledger, &request),
	    LEDGER_DONE);
	free(merchant);
	rear_merchant_changed(rears->rear, mid);
}

void
accounts_merchant_step(struct rears *rears, const char *conversation,
    const char *mid, const char *password, struct said *said_r)
{
	struct asked asked =
	    rears_browse(ACTION_SIGN_IN_MERCHANT, NULL, conversation);

	asked.customer = mid;
	asked.password = password;
	asked.want_session = password != NULL;
	rears_ask(rears, &asked, said_r);
}

void
accounts_merchant_sign_in(struct rears *rears, const char *mid,
    const char *password, char session_r[129])
{
	struct said said;

	accounts_merchant_step(rears, NULL, mid, NULL, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	accounts_merchant_step(rears, said.conversation, NULL, password, &said);
	assert_int_equal(said.status, STATUS_SIGNED_IN);
	assert_string_equal(said.customer, mid);
	memcpy(session_r, said.session, sizeof(said.session));
}

static void
make_merchant(struct rears *rears, const char *mid)
{
	struct ledger_merchant *merchant = calloc(1, sizeof(*merchant));
	struct ledger_request request = { .op = LEDGER_MERCHANT,
		.merchant = merchant,
		.actor = "operator:test" };

	assert_non_null(merchant);
	if (ledger_merchant_get(rears->rear->ledger, mid, merchant, &err) ==
	    1) {
		memset(merchant, 0, sizeof(*merchant));
		merchant->status = LEDGER_ACTIVE;
		(void)snprintf(merchant->mid, sizeof(merchant->mid), "%s", mid);
		(void)snprintf(merchant->name, sizeof(merchant->name),
		    "A shop");
		assert_int_equal(ledger_apply(rears->rear->ledger, &request),
		    LEDGER_DONE);
	}
	free(merchant);
}

static void
copy(char *buf, size_t size, const struct frame *frame, enum frame_tag tag)
{
	const char *text = frame_get_text(frame, tag);

	(void)snprintf(buf, size, "%s", text == NULL ? "" : text);
}
