/*
 * test_shop_events.c - what the payment server tells pays a sale whose
 * voucher never came, once, and nothing else does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/shop_desk.h"

static struct till_error err;

static struct till_notice
paid(const struct till_ticket *ticket, uint64_t seq)
{
	return (struct till_notice){ .iss = ticket->aud,
		.aud = ticket->iss,
		.jti = "e-1",
		.iat = ticket->iat,
		.seq = seq,
		.type = "voucher.issued",
		.tjti = ticket->jti,
		.th = ticket->th,
		.kind = ticket->kind,
		.amount = ticket->amount,
		.txn = 42,
		.via = "wallet",
		.sub = "visitor-sub" };
}

static enum event_taken
comes(struct shop_desk *f, const struct till_notice *notice,
    const struct till_key *key)
{
	enum event_taken taken;
	char *token = NULL;

	if (till_notice_sign(notice, key, &token, &err) == -1)
		fail_msg("%s", err.text);
	err.text[0] = '\0';
	taken = events_take(&f->shop, token, strlen(token), &err);
	free(token);
	return taken;
}

static void
a_sale_is_paid_though_no_voucher_came(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_notice notice;
	struct till_voucher v;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	notice = paid(ticket, 1);
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	assert_string_equal(err.text, "");
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	/* Again, after a restart, and with the voucher after all. */
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	shop_desk_close(f);
	shop_desk_open(f);
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	v = shop_desk_voucher(ticket);
	v.txn = 42;
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	/* A refusal comes too late. */
	notice.seq = 2;
	notice.type = "ticket.refused";
	notice.txn = 0;
	notice.reason = TILL_REASON_EXPIRED;
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	till_ticket_free(ticket);
}

static void
a_refusal_ends_a_sale(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_notice notice;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	notice = paid(ticket, 1);
	notice.type = "ticket.refused";
	notice.txn = 0;
	notice.reason = TILL_REASON_CANCELLED;
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	assert_int_equal(shop_desk_state(f, id), SALE_REFUSED);
	till_ticket_free(ticket);
}

static void
what_does_not_fit_pays_nothing(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_notice notice;
	char *token = NULL;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	notice = paid(ticket, 1);
	/* Not signed by a server of ours, or by another one of them. */
	assert_int_equal(comes(f, &notice, f->shop.key), EVENT_BAD);
	assert_int_equal(comes(f, &notice, f->other), EVENT_BAD);
	notice.iss = "https://other.example";
	assert_int_equal(comes(f, &notice, f->other), EVENT_TAKEN);
	notice = paid(ticket, 1);
	notice.aud = "press-2";
	assert_int_equal(comes(f, &notice, f->server), EVENT_NEVER);
	notice = paid(ticket, 1);
	notice.iss = "https://stranger.example";
	assert_int_equal(comes(f, &notice, f->server), EVENT_NEVER);
	notice = paid(ticket, 1);
	notice.iat = ticket->iat + 86400;
	assert_int_equal(comes(f, &notice, f->server), EVENT_BAD);
	notice = paid(ticket, 1);
	notice.amount.micro++;
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	notice = paid(ticket, 2);
	notice.th = "0123456789012345678901234567890123456789010";
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	notice = paid(ticket, 3);
	notice.tjti = "no-sale-of-ours";
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	notice = paid(ticket, 4);
	notice.type = "something.new";
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	notice.txn = 0;
	notice.reason = TILL_REASON_CANCELLED;
	notice.seq = 5;
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	notice.type = "settle.resolved";
	notice.txn = 42;
	notice.seq = 6;
	if (till_notice_sign(&notice, f->server, &token, &err) == 0)
		fail_msg("both paid and refused");
	assert_int_equal(shop_desk_state(f, id), SALE_TICKETED);
	notice.reason = TILL_REASON_NONE;
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	assert_int_equal(events_take(&f->shop, "", 0, &err), EVENT_BAD);
	till_ticket_free(ticket);
}

static void
one_payment_pays_one_sale(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *first, *second;
	struct till_notice notice;
	char a[SHOP_ID_MAX], b[SHOP_ID_MAX];

	shop_desk_begin(f, "news", a);
	shop_desk_begin(f, "news", b);
	first = shop_desk_ticket(f, a);
	second = shop_desk_ticket(f, b);
	notice = paid(first, 1);
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	notice = paid(second, 2);
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	assert_int_equal(shop_desk_state(f, a), SALE_PAID);
	assert_int_equal(shop_desk_state(f, b), SALE_TICKETED);
	till_ticket_free(first);
	till_ticket_free(second);
}

static void
a_gap_is_noticed_and_filled(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_notice notice;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	notice = paid(ticket, 1);
	notice.tjti = "another";
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	notice.seq = 4;
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	assert_non_null(strstr(err.text, "4 came after 1"));
	/* What was missing comes by a replay, and counts. */
	notice = paid(ticket, 3);
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	assert_string_equal(err.text, "");
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	shop_desk_close(f);
	shop_desk_open(f);
	notice.seq = 5;
	assert_int_equal(comes(f, &notice, f->server), EVENT_TAKEN);
	assert_string_equal(err.text, "");
	till_ticket_free(ticket);
}

#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, shop_desk_setup, shop_desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_sale_is_paid_though_no_voucher_came),
		CASE(a_refusal_ends_a_sale),
		CASE(what_does_not_fit_pays_nothing),
		CASE(one_payment_pays_one_sale),
		CASE(a_gap_is_noticed_and_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
