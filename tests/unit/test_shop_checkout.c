/*
 * A shop delivers for the right voucher, once, and for no other.
 *
 * The payment server is played here: right vouchers, and wrong ones.
 */
#include <sys/resource.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/shop_desk.h"

static void
the_right_voucher_pays_and_a_reload_pays_no_more(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	v = shop_desk_voucher(ticket);
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	v.txn = 43; /* a second payment of the same sale is never accepted */
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    -1);
	till_ticket_free(ticket);
}

static void
a_sale_is_still_paid_after_a_restart(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	char id[SHOP_ID_MAX];
	FILE *file;

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	v = shop_desk_voucher(ticket);
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	/* A crash in the middle of the next line. */
	file = fopen(f->shop.catalogue->sales_path, "a");
	assert_non_null(file);
	assert_true(fputs("{\"id\":\"torn", file) >= 0);
	assert_int_equal(fclose(file), 0);
	shop_desk_close(f);
	shop_desk_open(f);
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	till_ticket_free(ticket);
}

static void
a_visitor_with_a_sale_stays_known(void **state)
{
	struct sessions *sessions = sessions_new();
	struct shop_desk *f = *state;
	struct visitor visitor;
	struct till_error err;
	char id[SHOP_ID_MAX];

	assert_non_null(sessions);
	assert_false(sales_has_session(f->shop.sales, f->visitor.id));
	shop_desk_begin(f, "news", id);
	shop_desk_close(f);
	shop_desk_open(f);
	assert_true(sales_has_session(f->shop.sales, f->visitor.id));
	assert_int_equal(sessions_get(sessions, f->visitor.id, true, &visitor,
			     &err),
	    0);
	assert_string_equal(visitor.id, f->visitor.id);
	/* Nobody chooses an id that has no sales. */
	assert_int_equal(sessions_get(sessions, "visitor-9", false, &visitor,
			     &err),
	    0);
	assert_string_not_equal(visitor.id, "visitor-9");
	sessions_free(sessions);
}

static void
a_sale_remembers_its_server_by_name(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	/* The other server comes first from now on. */
	shop_desk_swap(f);
	shop_desk_close(f);
	shop_desk_open(f);
	v = shop_desk_voucher(ticket);
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	till_ticket_free(ticket);
}

static void
a_serial_number_pays_one_sale_only(void **state)
{
	struct till_ticket *one, *two;
	struct shop_desk *f = *state;
	struct till_voucher v;
	struct till_error err;
	char a[SHOP_ID_MAX], b[SHOP_ID_MAX];

	shop_desk_begin(f, "news", a);
	shop_desk_begin(f, "news", b);
	one = shop_desk_ticket(f, a);
	two = shop_desk_ticket(f, b);
	v = shop_desk_voucher(one);
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	v = shop_desk_voucher(two);
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    -1);
	assert_non_null(strstr(err.text, "used for another order"));
	assert_int_equal(shop_desk_state(f, b), SALE_TICKETED);
	till_ticket_free(one);
	till_ticket_free(two);
}

/* One wrong point each; expected is part of the text. */
static void
a_wrong_voucher_delivers_nothing(void **state)
{
	static const char wrong_th[] =
	    "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
	struct shop_desk *f = *state;
	const struct visitor stranger = { .id = "visitor-2" };
	struct till_ticket *ticket;
	struct till_voucher right, v;
	struct till_error err;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	right = shop_desk_voucher(ticket);

#define REFUSED(key, visitor)                                                  \
	do {                                                                   \
		assert_int_equal(shop_desk_return(f, &v, (key), (visitor),     \
				     &err),                                    \
		    -1);                                                       \
		assert_int_equal(shop_desk_state(f, id), SALE_TICKETED);       \
	} while (0)

	v = right;
	REFUSED(f->other, &f->visitor); /* another server's key */
	REFUSED(f->shop.key, &f->visitor); /* nobody's key */
	REFUSED(f->server, &stranger); /* another browser */
	v.iss = "https://other.example";
	REFUSED(f->server, &f->visitor);
	v = right;
	v.aud = "press-2";
	REFUSED(f->server, &f->visitor);
	v = right;
	v.iat -= 3600;
	v.exp -= 3600;
	REFUSED(f->server, &f->visitor);
	v = right;
	v.iat += 3600;
	v.exp += 3600;
	REFUSED(f->server, &f->visitor);
	v = right;
	v.tjti = "no-such-sale";
	REFUSED(f->server, &f->visitor);
	v = right;
	v.th = wrong_th;
	REFUSED(f->server, &f->visitor);
	v = right;
	v.oid = "book";
	REFUSED(f->server, &f->visitor);
	v = right;
	v.amount.micro -= 10000;
	REFUSED(f->server, &f->visitor);
	v = right;
	memcpy(v.amount.currency, "USD", 4);
	REFUSED(f->server, &f->visitor);
	v = right;
	v.type = TILL_VOUCHER_IDENTITY;
	v.kind = TILL_KIND_IDENTITY;
	v.amount.micro = 0;
	v.via = NULL;
	REFUSED(f->server, &f->visitor);
#undef REFUSED
	assert_int_equal(shop_desk_return(f, &right, f->server, &f->visitor,
			     &err),
	    0);
	till_ticket_free(ticket);
}

/* Come back with it while the register's disk is full. */
static enum voucher_taken
return_to_a_full_disk(struct shop_desk *f, const struct till_voucher *v,
    struct till_error *err)
{
	struct rlimit any, none;
	enum voucher_taken taken;
	char id[SHOP_ID_MAX], *token;

	if (till_voucher_sign(v, f->server, &token, err) == -1)
		fail_msg("%s", err->text);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &any), 0);
	none = any;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	taken = checkout_return(&f->shop, &f->visitor, token, id, err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &any), 0);
	free(token);
	return taken;
}

/* Whoever has paid is not told that his voucher is no good. */
static void
a_voucher_that_cannot_be_written_down_comes_again(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_voucher right, v;
	struct till_error err;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	right = v = shop_desk_voucher(ticket);
	v.type = TILL_VOUCHER_REFUSAL;
	v.txn = 0;
	v.amount.micro = 0;
	v.via = NULL;
	v.reason = TILL_REASON_CANCELLED;
	assert_int_equal(return_to_a_full_disk(f, &v, &err), VOUCHER_LATER);
	assert_non_null(strstr(err.text, "cannot be written"));
	assert_int_equal(shop_desk_state(f, id), SALE_TICKETED);
	assert_int_equal(return_to_a_full_disk(f, &right, &err), VOUCHER_LATER);
	assert_non_null(strstr(err.text, "cannot be written"));
	assert_int_equal(shop_desk_state(f, id), SALE_TICKETED);
	/* A wrong one is wrong all the same. */
	v = right;
	v.amount.micro -= 10000;
	assert_int_equal(return_to_a_full_disk(f, &v, &err), VOUCHER_BAD);
	assert_int_equal(shop_desk_return(f, &right, f->server, &f->visitor,
			     &err),
	    0);
	assert_int_equal(shop_desk_state(f, id), SALE_PAID);
	till_ticket_free(ticket);
}

static void
a_refusal_ends_an_unpaid_sale(void **state)
{
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	char id[SHOP_ID_MAX];

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	v = shop_desk_voucher(ticket);
	v.type = TILL_VOUCHER_REFUSAL;
	v.txn = 0;
	v.amount.micro = 0;
	v.via = NULL;
	v.reason = TILL_REASON_CANCELLED;
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	assert_int_equal(shop_desk_state(f, id), SALE_REFUSED);
	till_ticket_free(ticket);
}

static void
a_customer_of_the_shop_pays_less(void **state)
{
	struct shop_desk *f = *state;
	const struct catalogue *c = f->shop.catalogue;
	const struct article *book = catalogue_article(c, "book");

	assert_int_equal(catalogue_price(c, book,
			     catalogue_discount(c, "reader-7")),
	    10800000);
	assert_int_equal(catalogue_price(c, book,
			     catalogue_discount(c, "nobody")),
	    12000000);
	/* 12.00 with 5.5 % within: 0.63 */
	assert_int_equal(vat_within("EUR", 12000000, 5500000), 630000);
}

static void
a_large_order_begins_with_an_identity(void **state)
{
	struct sale_line lines = { .article = "book", .qty = 2 };
	char id[SHOP_ID_MAX];
	struct shop_desk *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	struct sale *sale;

	assert_int_equal(checkout_begin(&f->shop, &f->visitor, &lines, 1, true,
			     id, &err),
	    0);
	/* Not before it is known who collects the goods. */
	assert_int_equal(checkout_ticket(&f->shop, id, 0, "fr", &err), -1);
	assert_int_equal(checkout_delivery(&f->shop, id, "A. Reader",
			     "2 Side Street", &err),
	    0);
	assert_int_equal(checkout_ticket(&f->shop, id, 0, "fr", &err), 0);
	sale = sales_get(f->shop.sales, id);
	assert_non_null(sale->identity_ticket);
	assert_null(sale->ticket);
	assert_int_equal(till_ticket_open(sale->identity_ticket,
			     strlen(sale->identity_ticket), shop_desk_key,
			     f->shop.key, &ticket, &err),
	    0);
	assert_int_equal(ticket->kind, TILL_KIND_IDENTITY);
	sale_free(sale);
	v = shop_desk_voucher(ticket);
	v.type = TILL_VOUCHER_IDENTITY;
	v.via = NULL;
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	till_ticket_free(ticket);

	assert_int_equal(checkout_ticket(&f->shop, id, 0, "fr", &err), 0);
	ticket = shop_desk_ticket(f, id);
	assert_int_equal(ticket->kind, TILL_KIND_BASKET);
	v = shop_desk_voucher(ticket);
	v.txn = 44;
	v.sub = "somebody-else";
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    -1);
	v.sub = "pairwise-1";
	assert_int_equal(shop_desk_return(f, &v, f->server, &f->visitor, &err),
	    0);
	till_ticket_free(ticket);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, shop_desk_setup, shop_desk_teardown)
		TEST(the_right_voucher_pays_and_a_reload_pays_no_more),
		TEST(a_sale_is_still_paid_after_a_restart),
		TEST(a_visitor_with_a_sale_stays_known),
		TEST(a_sale_remembers_its_server_by_name),
		TEST(a_serial_number_pays_one_sale_only),
		TEST(a_wrong_voucher_delivers_nothing),
		TEST(a_voucher_that_cannot_be_written_down_comes_again),
		TEST(a_refusal_ends_an_unpaid_sale),
		TEST(a_customer_of_the_shop_pays_less),
		TEST(a_large_order_begins_with_an_identity),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
