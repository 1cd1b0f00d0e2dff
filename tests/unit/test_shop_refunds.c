/*
 * test_shop_refunds.c - what was given back of a sale is known for good,
 * whoever has written it, and is delivered no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/shop_desk.h"

#define CENT INT64_C(10000)

static struct till_error err;

static int
put(struct refunds *refunds, const char *sale, const char *id, int64_t micro,
    enum shop_refund_state state)
{
	struct shop_refund refund = { .micro = micro,
		.state = state,
		.time_s = 1 };

	(void)snprintf(refund.sale, sizeof(refund.sale), "%s", sale);
	(void)snprintf(refund.id, sizeof(refund.id), "%s", id);
	return refunds_put(refunds, &refund, &err);
}

static void
a_refund_goes_on_to_its_end_and_not_back(void **state)
{
	struct shop_desk *f = *state;
	struct refunds *refunds = f->shop.refunds;
	struct shop_refund open;

	assert_int_equal(put(refunds, "a", "r1", 3 * CENT, SHOP_REFUND_ASKED),
	    0);
	assert_int_equal(refunds_sum(refunds, "a", false), 0);
	assert_int_equal(refunds_sum(refunds, "a", true), 3 * CENT);
	assert_true(refunds_unanswered(refunds, "a", &open));
	assert_string_equal(open.id, "r1");
	assert_int_equal(open.micro, 3 * CENT);
	assert_false(refunds_unanswered(refunds, "b", &open));
	(void)put(refunds, "a", "r1", 3 * CENT, SHOP_REFUND_PENDING);
	assert_int_equal(refunds_sum(refunds, "a", false), 3 * CENT);
	(void)put(refunds, "a", "r1", 3 * CENT, SHOP_REFUND_ASKED);
	assert_false(refunds_unanswered(refunds, "a", &open));
	(void)put(refunds, "a", "r1", 3 * CENT, SHOP_REFUND_RETURNED);
	(void)put(refunds, "a", "r1", 3 * CENT, SHOP_REFUND_DONE);
	assert_int_equal(refunds_sum(refunds, "a", true), 0);
	/* What was refused may turn out to have been made. */
	(void)put(refunds, "a", "r2", CENT, SHOP_REFUND_REFUSED);
	assert_int_equal(refunds_sum(refunds, "a", true), 0);
	(void)put(refunds, "a", "r2", CENT, SHOP_REFUND_DONE);
	assert_int_equal(refunds_sum(refunds, "a", false), CENT);
	(void)put(refunds, "b", "r2", CENT, SHOP_REFUND_DONE);
	assert_int_equal(refunds_sum(refunds, "a", false), CENT);
}

/* As the shop that serves, and the operator's command beside it. */
static void
two_see_what_each_of_them_writes(void **state)
{
	struct shop_desk *f = *state;
	struct refunds *other;
	char path[SHOP_PATH_MAX + 16];
	FILE *file;

	assert_int_equal(refunds_open(f->shop.catalogue, &other, &err), 0);
	(void)put(other, "a", "r1", CENT, SHOP_REFUND_DONE);
	assert_int_equal(refunds_sum(f->shop.refunds, "a", false), CENT);
	(void)put(f->shop.refunds, "a", "r2", CENT, SHOP_REFUND_DONE);
	(void)put(other, "a", "r3", CENT, SHOP_REFUND_DONE);
	assert_int_equal(refunds_sum(other, "a", false), 3 * CENT);
	refunds_close(other);
	/* A crash in the middle of a line. */
	(void)snprintf(path, sizeof(path), "%s.refunds",
	    f->shop.catalogue->sales_path);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_true(fputs("{\"sale\":\"a\",\"refund\":\"to", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(refunds_sum(f->shop.refunds, "a", false), 3 * CENT);
	assert_int_equal(put(f->shop.refunds, "a", "r4", CENT,
			     SHOP_REFUND_DONE),
	    0);
	shop_desk_close(f);
	shop_desk_open(f);
	assert_int_equal(refunds_sum(f->shop.refunds, "a", false), 4 * CENT);
	/* And one that says nothing. */
	file = fopen(path, "a");
	assert_non_null(file);
	assert_true(fputs("{}\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(refunds_open(f->shop.catalogue, &other, &err), -1);
	assert_non_null(strstr(err.text, "not a refund"));
}

static struct till_notice
given_back(const struct till_ticket *ticket, const char *type, const char *id,
    int64_t micro)
{
	struct till_notice notice = { .iss = ticket->aud,
		.aud = ticket->iss,
		.jti = "event-1",
		.iat = shop_now(),
		.seq = 1,
		.type = type,
		.tjti = ticket->jti,
		.th = ticket->th,
		.kind = ticket->kind,
		.amount = ticket->amount,
		.txn = 43,
		.refund = id };

	notice.amount.micro = micro;
	return notice;
}

static void
what_an_event_says_is_given_back_is(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_notice notice;
	struct till_voucher v;
	struct sale *sale;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	v = shop_desk_voucher(ticket);
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	sale = sales_get(f->shop.sales, id);
	notice = given_back(ticket, "refund.made", "op-1", 2 * CENT);
	assert_int_equal(checkout_notice(&f->shop, 0, &notice, &err), 0);
	assert_int_equal(checkout_notice(&f->shop, 0, &notice, &err), 0);
	assert_int_equal(refunds_sum(f->shop.refunds, id, false), 2 * CENT);
	assert_false(refunds_all_back(f->shop.refunds, sale));
	/* More than the price, another server's, and one that failed. */
	notice = given_back(ticket, "refund.made", "op-2", 6 * CENT);
	assert_int_equal(checkout_notice(&f->shop, 0, &notice, &err), 0);
	notice = given_back(ticket, "refund.made", "op-2", 3 * CENT);
	assert_int_equal(checkout_notice(&f->shop, 1, &notice, &err), 0);
	notice = given_back(ticket, "refund.failed", "op-3", 3 * CENT);
	assert_int_equal(checkout_notice(&f->shop, 0, &notice, &err), 0);
	assert_int_equal(refunds_sum(f->shop.refunds, id, false), 2 * CENT);
	notice = given_back(ticket, "refund.made", "op-2", 3 * CENT);
	assert_int_equal(checkout_notice(&f->shop, 0, &notice, &err), 0);
	assert_true(refunds_all_back(f->shop.refunds, sale));
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	sale_free(sale);
	till_ticket_free(ticket);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_refund_goes_on_to_its_end_and_not_back, shop_desk_setup,
		    shop_desk_teardown),
		cmocka_unit_test_setup_teardown(
		    two_see_what_each_of_them_writes, shop_desk_setup,
		    shop_desk_teardown),
		cmocka_unit_test_setup_teardown(
		    what_an_event_says_is_given_back_is, shop_desk_setup,
		    shop_desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
