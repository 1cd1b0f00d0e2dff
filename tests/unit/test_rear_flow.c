/*
 * test_rear_flow.c - orders through a whole rear unit, over its socket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rear/clock.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define MANY 100
#define SAME 64

static struct rears rears;
static struct said said, again, many[MANY];
static struct till_error err;

static int
setup(void **state)
{
	(void)state;
	rears_begin(&rears, rears_usual);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static struct asked
pay(const char *token, const char *cid, const char *password)
{
	return (struct asked){ .action = ACTION_PAY,
		.ticket = token,
		.channel = "api",
		.customer = cid,
		.password = password };
}

static struct asked
browse(enum order_action action, const char *token, const char *conversation)
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

static struct till_voucher *
open_voucher(const char *token)
{
	char *jwks = strdup("{\"keys\":["), *json;
	struct till_voucher *voucher;
	struct till_keyset *set;
	size_t size;

	assert_int_equal(rear_key_each(rears.rear, add_key, &jwks), 0);
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

static void
is_refusal(const struct said *s, enum till_reason reason)
{
	struct till_voucher *voucher = open_voucher(s->voucher);

	assert_int_equal(voucher->type, TILL_VOUCHER_REFUSAL);
	assert_int_equal(voucher->reason, reason);
	assert_int_equal(voucher->txn, 0);
	till_voucher_free(voucher);
}

static void
a_purchase_is_debited_once_and_gets_a_voucher_that_passes(void **state)
{
	struct till_ticket ticket = rears_ticket("p1", EURO(1) / 20);
	char *token = rears_sign(&rears, &ticket);
	struct asked asked = pay(token, "alice", REARS_PASSWORD);
	struct till_voucher *voucher;

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.via, "wallet");
	assert_string_equal(said.session, "");
	voucher = open_voucher(said.voucher);
	assert_int_equal(till_voucher_check(voucher, &ticket, REARS_ISSUER,
			     wall_s(), &err),
	    0);
	assert_int_equal(voucher->txn, rears_serial(&rears));
	assert_int_equal(voucher->amr_len, 1);
	assert_string_equal(voucher->amr[0], "pwd");
	assert_non_null(voucher->sub);
	assert_null(strstr(voucher->sub, "alice"));
	assert_null(voucher->cid);
	assert_int_equal(strlen(voucher->chk), 43);
	till_voucher_free(voucher);
	assert_int_equal(rears_balance(&rears, "wallet:alice"),
	    EURO(50) - EURO(1) / 20);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(1) / 20);
	/* The same order again: the same answer, and no second debit. */
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_string_equal(again.voucher, said.voucher);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(1) / 20);
	free(token);
}

static void
the_pages_way_asks_who_then_the_password_then_pays(void **state)
{
	char *token = rears_token(&rears, "b1", EURO(3));
	struct asked asked = browse(ACTION_VIEW, token, NULL);
	char conversation[129];

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.customer, "");
	assert_string_equal(said.prompt, "password");
	memcpy(conversation, said.conversation, sizeof(conversation));
	asked = browse(ACTION_PAY, NULL, conversation);
	asked.customer = "alice";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.customer, "alice");
	/* A wrong one is asked for again, with a word about it. */
	asked.password = "wrong";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_int_equal(said.prompts, 2);
	asked.password = REARS_PASSWORD;
	asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.balance, "47.00");
	assert_int_equal(strlen(said.session), 43);
	/* Looking again in the same conversation gives the voucher again. */
	asked = browse(ACTION_VIEW, NULL, conversation);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_string_equal(again.voucher, said.voucher);
	free(token);
}

static void
a_session_pays_without_a_password_until_it_ends(void **state)
{
	char session[129], *first = rears_token(&rears, "s1", EURO(1)),
			   *second = rears_token(&rears, "s2", EURO(1)),
			   *third = rears_token(&rears, "s3", EURO(1));
	struct asked asked = { .action = ACTION_PAY,
		.ticket = first,
		.channel = "api" };

	(void)state;
	rears_sign_in(&rears, "alice", "s0", session);
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_string_equal(said.customer, "alice");
	/* Bob's order is none that alice's session can pay. */
	asked.ticket = second;
	asked.customer = "bob";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_int_equal(rears_balance(&rears, "wallet:bob"), EURO(50));
	asked.customer = NULL;
	rear_customer_changed(rears.rear, "alice");
	asked.ticket = third;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	free(first);
	free(second);
	free(third);
}

static void
a_program_without_funds_is_refused_for_good_a_browser_for_now(void **state)
{
	char *token = rears_token(&rears, "f1", EURO(51));
	struct asked asked = pay(token, "alice", REARS_PASSWORD);

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.reason, "funds");
	is_refusal(&said, TILL_REASON_FUNDS);
	assert_int_equal(rears_order(&rears, "f1").state, ORDER_REFUSED);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_REFUSED);
	assert_string_equal(again.reason, "funds");
	free(token);

	token = rears_token(&rears, "f2", EURO(51));
	asked = pay(token, "bob", REARS_PASSWORD);
	asked.channel = "browser";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_DECLINED);
	assert_string_equal(said.code, "funds");
	assert_int_equal(rears_order(&rears, "f2").state, ORDER_NONE);
	assert_int_equal(top_up(rear_ledger(rears.rear), "bob", EURO(10), NULL,
			     NULL),
	    LEDGER_DONE);
	asked = browse(ACTION_PAY, NULL, said.conversation);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	free(token);
}

static void
unknown_and_suspended_customers_fare_as_wrong_passwords(void **state)
{
	static const char *const names[] = { "nobody", "alice", "carol" };
	char jti[16], *token;
	struct asked asked;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		(void)snprintf(jti, sizeof(jti), "u%zu", i);
		token = rears_token(&rears, jti, EURO(1));
		asked = pay(token, names[i], "wrong");
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_PROMPTS);
		assert_int_equal(said.prompts, 2);
		asked = browse(ACTION_PAY, NULL, said.conversation);
		asked.password = "wrong";
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_PROMPTS);
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_REFUSED);
		assert_string_equal(said.reason, "auth");
		assert_string_equal(said.code, "auth");
		is_refusal(&said, TILL_REASON_AUTH);
		free(token);
	}
	/* The right one does not help who is suspended. */
	token = rears_token(&rears, "u9", EURO(1));
	asked = pay(token, "carol", REARS_PASSWORD);
	(void)usleep(20000);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "auth");
	assert_int_equal(rears_balance(&rears, "wallet:carol"), EURO(50));
	free(token);
}

static void
sixty_four_confirmations_of_one_ticket_are_one_payment(void **state)
{
	char session[129], *token = rears_token(&rears, "same", EURO(2));
	struct asked asked[SAME];
	uint64_t serial;
	size_t i;

	(void)state;
	rears_sign_in(&rears, "alice", "same0", session);
	serial = rears_serial(&rears);
	for (i = 0; i < SAME; i++)
		asked[i] = (struct asked){ .action = ACTION_PAY,
			.ticket = token,
			.channel = "api",
			.session = session };
	rears_ask_all(&rears, asked, many, SAME);
	for (i = 0; i < SAME; i++) {
		assert_int_equal(many[i].status, STATUS_PAID);
		assert_string_equal(many[i].voucher, many[0].voucher);
		assert_int_equal(many[i].txn, serial + 1);
	}
	assert_int_equal(rears_serial(&rears), serial + 1);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(2) + 10000);
	free(token);
}

static void
confirmations_in_one_conversation_take_their_turns(void **state)
{
	char session[129], *token = rears_token(&rears, "turns", EURO(2));
	struct asked asked[SAME], first = browse(ACTION_VIEW, token, NULL);
	uint64_t serial;
	size_t i;

	(void)state;
	rears_sign_in(&rears, "alice", "turns0", session);
	serial = rears_serial(&rears);
	first.session = session;
	rears_ask(&rears, &first, &said);
	assert_int_equal(said.status, STATUS_READY);
	for (i = 0; i < SAME; i++) {
		asked[i] = browse(ACTION_PAY, NULL, said.conversation);
		asked[i].session = session;
	}
	rears_ask_all(&rears, asked, many, SAME);
	for (i = 0; i < SAME; i++) {
		assert_int_equal(many[i].status, STATUS_PAID);
		assert_string_equal(many[i].voucher, many[0].voucher);
	}
	assert_int_equal(rears_serial(&rears), serial + 1);
	free(token);
}

static void
a_hundred_payments_on_a_wallet_of_fifty_pay_fifty(void **state)
{
	char session[129], jti[16], *token[MANY];
	struct asked asked[MANY];
	size_t i, paid = 0;

	(void)state;
	rears_sign_in(&rears, "alice", "race", session);
	assert_int_equal(top_up(rear_ledger(rears.rear), "alice", 10000, NULL,
			     NULL),
	    LEDGER_DONE);
	for (i = 0; i < MANY; i++) {
		(void)snprintf(jti, sizeof(jti), "race-%zu", i);
		token[i] = rears_token(&rears, jti, EURO(1));
		asked[i] = (struct asked){ .action = ACTION_PAY,
			.ticket = token[i],
			.channel = "api",
			.session = session };
	}
	rears_ask_all(&rears, asked, many, MANY);
	for (i = 0; i < MANY; i++) {
		free(token[i]);
		if (many[i].status == STATUS_PAID) {
			paid++;
			continue;
		}
		assert_int_equal(many[i].status, STATUS_REFUSED);
		assert_string_equal(many[i].reason, "funds");
	}
	assert_int_equal(paid, 50);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), 0);
}

static void
identity_is_shown_without_money(void **state)
{
	struct till_ticket ticket = rears_ticket("id1", 0);
	char *token = rears_sign(&rears, &ticket);
	struct asked asked = pay(token, "alice", REARS_PASSWORD);
	struct till_voucher *voucher;

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	voucher = open_voucher(said.voucher);
	assert_int_equal(voucher->type, TILL_VOUCHER_IDENTITY);
	assert_null(voucher->via);
	assert_int_equal(till_voucher_check(voucher, &ticket, REARS_ISSUER,
			     wall_s(), &err),
	    0);
	till_voucher_free(voucher);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
}

static void
the_same_id_for_another_content_is_a_conflict(void **state)
{
	char *token = rears_token(&rears, "c1", EURO(1)),
	     *other = rears_token(&rears, "c1", EURO(2));
	struct asked asked = pay(token, "alice", REARS_PASSWORD);

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	asked.ticket = other;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_CONFLICT);
	assert_string_equal(said.voucher, "");
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(49));
	free(token);
	free(other);
}

static void
another_customer_gets_no_voucher_of_a_paid_order(void **state)
{
	char *token = rears_token(&rears, "o1", EURO(1));
	struct asked asked = pay(token, "alice", REARS_PASSWORD);

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	asked = pay(token, "bob", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_REFUSED);
	assert_string_equal(said.code, "already-paid");
	assert_string_equal(said.voucher, "");
	asked = browse(ACTION_VIEW, token, NULL);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.voucher, "");
	/* Nor does a cancellation undo it, or a wrong password end it. */
	asked = browse(ACTION_CANCEL, token, NULL);
	rears_ask(&rears, &asked, &said);
	assert_int_not_equal(said.status, STATUS_CANCELLED);
	assert_int_equal(rears_order(&rears, "o1").state, ORDER_PAID);
	free(token);
}

static void
a_cancelled_order_stays_cancelled(void **state)
{
	char *token = rears_token(&rears, "x1", EURO(1));
	struct asked asked = browse(ACTION_VIEW, token, NULL);

	(void)state;
	rears_ask(&rears, &asked, &said);
	asked = browse(ACTION_CANCEL, NULL, said.conversation);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_CANCELLED);
	is_refusal(&said, TILL_REASON_CANCELLED);
	asked = pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_CANCELLED);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
	free(token);
}

static void
an_expired_ticket_is_refused_unless_it_was_paid(void **state)
{
	struct till_ticket ticket = rears_ticket("e1", EURO(1));
	struct asked asked;
	char *token;

	(void)state;
	ticket.iat -= 200;
	ticket.exp = ticket.iat + 100;
	token = rears_sign(&rears, &ticket);
	asked = pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_EXPIRED);
	is_refusal(&said, TILL_REASON_EXPIRED);
	free(token);

	ticket = rears_ticket("e2", EURO(1));
	ticket.exp = ticket.iat - TILL_CLOCK_SKEW + 2;
	ticket.iat = ticket.exp - 100;
	token = rears_sign(&rears, &ticket);
	asked = pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	while (wall_s() <= ticket.exp + TILL_CLOCK_SKEW)
		(void)usleep(50000);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_int_equal(again.txn, said.txn);
	free(token);
}

static void
what_is_no_ticket_of_ours_is_invalid(void **state)
{
	struct till_ticket ticket = rears_ticket("i1", EURO(1));
	struct asked asked;
	struct till_key *key;
	size_t at, len;
	char *token;

	(void)state;
	ticket.aud = "https://other.example";
	token = rears_sign(&rears, &ticket);
	asked = pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_INVALID);
	assert_string_equal(said.code, "audience");
	free(token);

	ticket = rears_ticket("i2", EURO(1));
	ticket.ret = "https://press.example/elsewhere";
	token = rears_sign(&rears, &ticket);
	asked = pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_string_equal(said.code, "return-url");
	free(token);

	ticket = rears_ticket("i3", EURO(1));
	ticket.iss = "press-2";
	token = rears_sign(&rears, &ticket);
	asked = pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_string_equal(said.code, "wrong-issuer");
	free(token);

	assert_int_equal(till_key_generate(TILL_ALG_ES256, &key, &err), 0);
	ticket = rears_ticket("i4", EURO(1));
	assert_int_equal(till_ticket_sign(&ticket, key, &token, &err), 0);
	asked = pay(token, "alice", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_string_equal(said.code, "unknown-key");
	till_key_free(key);
	free(token);

	/* Any octet changed; the last one of the signature has idle bits. */
	token = rears_token(&rears, "i5", EURO(1));
	len = strlen(token);
	for (at = 0; at < len - 1; at += 7) {
		token[at] ^= token[at] == 'A' ? 3 : 'A' ^ token[at];
		asked = pay(token, "alice", REARS_PASSWORD);
		rears_ask(&rears, &asked, &said);
		if (said.status == STATUS_PAID)
			fail_msg("octet %zu changed, and paid", at);
		free(token);
		token = rears_token(&rears, "i5", EURO(1));
	}
	free(token);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(50));
}

static void
a_ticket_for_a_customer_is_for_no_other(void **state)
{
	struct till_ticket ticket = rears_ticket("t1", EURO(1));
	struct till_voucher *voucher;
	struct asked asked;
	char session[129], *token;

	(void)state;
	ticket.cid = "alice";
	token = rears_sign(&rears, &ticket);
	asked = pay(token, "bob", REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_DECLINED);
	assert_string_equal(said.code, "other-customer");
	rears_sign_in(&rears, "bob", "t0", session);
	asked = pay(token, NULL, NULL);
	asked.session = session;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.customer, "alice");
	asked = pay(token, NULL, REARS_PASSWORD);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	voucher = open_voucher(said.voucher);
	assert_string_equal(voucher->cid, "alice");
	till_voucher_free(voucher);
	free(token);
}

static void
what_is_over_is_gone_and_what_makes_no_sense_invalid(void **state)
{
	struct asked asked = browse(ACTION_PAY, NULL, "no-such-conversation");

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_GONE);
	asked = (struct asked){ .action = ACTION_PAY, .channel = "api" };
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_INVALID);
	asked.action = (enum order_action)9;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_INVALID);
}

static void
merchant_and_customer_may_ask_what_became_of_it(void **state)
{
	char session[129], other[129], word[33];
	char *token = rears_token(&rears, "q1", EURO(1));
	struct asked asked = pay(token, NULL, NULL);
	struct till_voucher *voucher;

	(void)state;
	rears_sign_in(&rears, "alice", "q0", session);
	rears_sign_in(&rears, "bob", "q00", other);
	rears_status(&rears, "q1", 0, rears.key, REARS_MERCHANT, NULL, &said,
	    word);
	assert_string_equal(word, "open");
	asked.session = session;
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	rears_status(&rears, "q1", 0, rears.key, REARS_MERCHANT, NULL, &said,
	    word);
	assert_string_equal(word, "paid");
	voucher = open_voucher(said.voucher);
	assert_int_equal(voucher->txn, again.txn);
	till_voucher_free(voucher);
	rears_status(&rears, NULL, again.txn, rears.key, REARS_MERCHANT, NULL,
	    &said, word);
	assert_string_equal(word, "paid");
	rears_status(&rears, "q1", 0, NULL, NULL, session, &said, word);
	assert_string_equal(word, "paid");
	/* Another merchant, another customer, a merchant's foreign key. */
	rears_status(&rears, "q1", 0, rears.other, "press-2", NULL, &said,
	    word);
	assert_string_equal(word, "");
	rears_status(&rears, "q1", 0, rears.other, REARS_MERCHANT, NULL, &said,
	    word);
	assert_string_equal(word, "");
	rears_status(&rears, "q1", 0, NULL, NULL, other, &said, word);
	assert_string_equal(word, "");
	assert_string_equal(said.code, "not-found");
	free(token);
}

static void
a_voucher_can_be_had_after_a_restart_and_a_rotation(void **state)
{
	char *token = rears_token(&rears, "r1", EURO(1));
	struct asked asked = pay(token, "alice", REARS_PASSWORD);
	struct till_voucher *voucher;

	(void)state;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	assert_int_equal(rear_key_rotate(rears.rear, &err), 0);
	voucher = open_voucher(said.voucher);
	till_voucher_free(voucher);
	rears_stop(&rears);
	rears_start(&rears);
	rears_ask(&rears, &asked, &again);
	assert_int_equal(again.status, STATUS_PAID);
	assert_int_equal(again.txn, said.txn);
	assert_string_not_equal(again.voucher, said.voucher);
	assert_int_equal(rears_balance(&rears, "wallet:alice"), EURO(49));
	free(token);
}

#define FLOW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(a_purchase_is_debited_once_and_gets_a_voucher_that_passes),
		FLOW(the_pages_way_asks_who_then_the_password_then_pays),
		FLOW(a_session_pays_without_a_password_until_it_ends),
		FLOW(
		    a_program_without_funds_is_refused_for_good_a_browser_for_now),
		FLOW(unknown_and_suspended_customers_fare_as_wrong_passwords),
		FLOW(sixty_four_confirmations_of_one_ticket_are_one_payment),
		FLOW(confirmations_in_one_conversation_take_their_turns),
		FLOW(a_hundred_payments_on_a_wallet_of_fifty_pay_fifty),
		FLOW(identity_is_shown_without_money),
		FLOW(the_same_id_for_another_content_is_a_conflict),
		FLOW(another_customer_gets_no_voucher_of_a_paid_order),
		FLOW(a_cancelled_order_stays_cancelled),
		FLOW(an_expired_ticket_is_refused_unless_it_was_paid),
		FLOW(what_is_no_ticket_of_ours_is_invalid),
		FLOW(a_ticket_for_a_customer_is_for_no_other),
		FLOW(what_is_over_is_gone_and_what_makes_no_sense_invalid),
		FLOW(merchant_and_customer_may_ask_what_became_of_it),
		FLOW(a_voucher_can_be_had_after_a_restart_and_a_rotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
