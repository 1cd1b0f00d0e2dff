/*
 * A shop delivers for the right voucher, once, and for no other.
 *
 * The payment server is played here: right vouchers, and wrong ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "till-shop/shop.h"

#define ISSUER "https://pay.example"

static const char catalogue_text[] =
    "{\"merchant\":\"press-1\",\"name\":\"Example Press\","
    "\"url\":\"http://127.0.0.1:8081\",\"listen\":\"127.0.0.1:0\","
    "\"currency\":\"EUR\",\"key\":\"shop.pem\",\"sales\":\"sales.jsonl\","
    "\"identity_above\":\"20.00\","
    "\"servers\":[{\"issuer\":\"" ISSUER "\",\"name\":\"Pay\","
    "\"keys\":\"jwks.json\"},{\"issuer\":\"https://other.example\","
    "\"name\":\"Other\",\"keys\":\"other.json\"}],"
    "\"customers\":[{\"id\":\"reader-7\",\"discount\":\"10\"}],"
    "\"articles\":["
    "{\"id\":\"news\",\"title\":\"News\",\"price\":\"0.05\",\"vat\":\"5.5\","
    "\"file\":\"news.txt\",\"type\":\"text/plain\"},"
    "{\"id\":\"book\",\"title\":\"Book\",\"price\":\"12.00\",\"vat\":\"5.5\","
    "\"place\":\"1 Main Street\"}]}";

struct fixture {
	char dir[256];
	struct shop shop;
	struct till_key *server, *other;
	struct visitor visitor;
};

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The catalogue with the two servers the other way round. */
static void
write_swapped(const char *dir, const char *text, const char *first,
    const char *second)
{
	const char *end = strstr(second, "}]") + 1;
	char swapped[sizeof(catalogue_text) + 1];

	(void)snprintf(swapped, sizeof(swapped), "%.*s%.*s,%.*s%s",
	    (int)(first - text), text, (int)(end - second - 1), second + 1,
	    (int)(second - first), first, end);
	write_file(dir, "shop.json", swapped);
}

static void
write_keys(const char *dir, const char *name, const struct till_key *key)
{
	char text[TILL_JWK_MAX + 32], *json;
	struct till_error err;

	assert_int_equal(till_key_jwk(key, &json, &err), 0);
	(void)snprintf(text, sizeof(text), "{\"keys\":[%s]}", json);
	write_file(dir, name, text);
	free(json);
}

static void
open_shop(struct fixture *f)
{
	char path[512];
	struct till_error err;

	(void)snprintf(path, sizeof(path), "%s/shop.json", f->dir);
	if (catalogue_read(path, &f->shop.catalogue, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(sales_open(f->shop.catalogue, &f->shop.sales, &err),
	    0);
	assert_int_equal(servers_open(f->shop.catalogue, &f->shop.servers,
			     &err),
	    0);
}

static void
close_shop(struct fixture *f)
{
	sales_close(f->shop.sales);
	servers_close(f->shop.servers);
	catalogue_free(f->shop.catalogue);
}

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct till_error err;
	struct fixture *f;

	f = calloc(1, sizeof(*f));
	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "%s/shop.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(till_key_generate(TILL_ALG_ES256, &f->shop.key, &err),
	    0);
	assert_int_equal(till_key_generate(TILL_ALG_ED25519, &f->server, &err),
	    0);
	assert_int_equal(till_key_generate(TILL_ALG_ES256, &f->other, &err), 0);
	write_file(f->dir, "shop.json", catalogue_text);
	write_file(f->dir, "news.txt", "news\n");
	write_keys(f->dir, "jwks.json", f->server);
	write_keys(f->dir, "other.json", f->other);
	(void)snprintf(f->visitor.id, sizeof(f->visitor.id), "visitor-1");
	open_shop(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "shop.json", "news.txt",
		"jwks.json", "other.json", "sales.jsonl" };
	struct fixture *f = *state;
	char path[512];
	size_t i;

	close_shop(f);
	till_key_free(f->shop.key);
	till_key_free(f->server);
	till_key_free(f->other);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

/* Begin a sale of one article and get its ticket. */
static void
begin(struct fixture *f, const char *article, char id[SHOP_ID_MAX])
{
	struct sale_line line = { .qty = 1 };
	char url[TILL_URL_MAX + TILL_TOKEN_URL_MAX];
	struct till_error err;

	(void)snprintf(line.article, sizeof(line.article), "%s", article);
	assert_int_equal(checkout_begin(&f->shop, &f->visitor, &line, 1, false,
			     id, &err),
	    0);
	if (checkout_ticket(&f->shop, id, 0, url, sizeof(url), &err) == -1)
		fail_msg("%s", err.text);
	assert_memory_equal(url, ISSUER "/pay?t=", strlen(ISSUER "/pay?t="));
}

static const struct till_key *
find_shop_key(void *key, const char *kid)
{
	(void)kid;
	return key;
}

/* What an honest server answers to the sale's ticket. */
static struct till_voucher
right_voucher(const struct till_ticket *t)
{
	struct till_voucher v = { .type = TILL_VOUCHER_PAID };

	v.iss = t->aud;
	v.aud = t->iss;
	v.jti = "v-1";
	v.iat = shop_now();
	v.exp = v.iat + TILL_VOUCHER_LIFETIME;
	v.txn = 42;
	v.tjti = t->jti;
	v.th = t->th;
	v.oid = t->oid;
	v.kind = t->kind;
	v.amount = t->amount;
	v.sub = "pairwise-1";
	v.via = "wallet";
	v.amr[0] = "pwd";
	v.amr_len = 1;
	v.auth_time = v.iat;
	return v;
}

static struct till_ticket *
ticket_of(struct fixture *f, const char *id)
{
	struct till_ticket *ticket;
	struct till_error err;
	struct sale *sale;

	sale = sales_get(f->shop.sales, id);
	assert_non_null(sale);
	assert_int_equal(till_ticket_open(sale->ticket, strlen(sale->ticket),
			     find_shop_key, f->shop.key, &ticket, &err),
	    0);
	sale_free(sale);
	return ticket;
}

static int
come_back(struct fixture *f, const struct till_voucher *v,
    const struct till_key *key, const struct visitor *visitor,
    struct till_error *err)
{
	char id[SHOP_ID_MAX], *token;
	int r;

	if (till_voucher_sign(v, key, &token, err) == -1)
		fail_msg("%s", err->text);
	r = checkout_return(&f->shop, visitor, token, id, err);
	free(token);
	return r;
}

static enum sale_state
state_of(struct fixture *f, const char *id)
{
	struct sale *sale = sales_get(f->shop.sales, id);
	enum sale_state state = sale == NULL ? SALE_NONE : sale->state;

	sale_free(sale);
	return state;
}

static void
the_right_voucher_pays_and_a_reload_pays_no_more(void **state)
{
	struct fixture *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	char id[SHOP_ID_MAX];

	begin(f, "news", id);
	ticket = ticket_of(f, id);
	v = right_voucher(ticket);
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), 0);
	assert_int_equal(state_of(f, id), SALE_PAID);
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), 0);
	v.txn = 43; /* a second payment of the same sale is never accepted */
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), -1);
	till_ticket_free(ticket);
}

static void
a_sale_is_still_paid_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	char id[SHOP_ID_MAX];
	FILE *file;

	begin(f, "news", id);
	ticket = ticket_of(f, id);
	v = right_voucher(ticket);
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), 0);
	/* A crash in the middle of the next line. */
	file = fopen(f->shop.catalogue->sales_path, "a");
	assert_non_null(file);
	assert_true(fputs("{\"id\":\"torn", file) >= 0);
	assert_int_equal(fclose(file), 0);
	close_shop(f);
	open_shop(f);
	assert_int_equal(state_of(f, id), SALE_PAID);
	till_ticket_free(ticket);
}

static void
a_visitor_with_a_sale_stays_known(void **state)
{
	struct sessions *sessions = sessions_new();
	struct fixture *f = *state;
	struct visitor visitor;
	struct till_error err;
	char id[SHOP_ID_MAX];

	assert_non_null(sessions);
	assert_false(sales_has_session(f->shop.sales, f->visitor.id));
	begin(f, "news", id);
	close_shop(f);
	open_shop(f);
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
	struct fixture *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	char id[SHOP_ID_MAX], text[sizeof(catalogue_text)];
	char *first, *second;

	begin(f, "news", id);
	ticket = ticket_of(f, id);
	/* The other server comes first from now on. */
	memcpy(text, catalogue_text, sizeof(text));
	first = strstr(text, "{\"issuer\":\"" ISSUER);
	second = strstr(text, ",{\"issuer\":\"https://other");
	assert_non_null(first);
	assert_non_null(second);
	write_swapped(f->dir, text, first, second);
	close_shop(f);
	open_shop(f);
	v = right_voucher(ticket);
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), 0);
	till_ticket_free(ticket);
}

static void
a_serial_number_pays_one_sale_only(void **state)
{
	struct till_ticket *one, *two;
	struct fixture *f = *state;
	struct till_voucher v;
	struct till_error err;
	char a[SHOP_ID_MAX], b[SHOP_ID_MAX];

	begin(f, "news", a);
	begin(f, "news", b);
	one = ticket_of(f, a);
	two = ticket_of(f, b);
	v = right_voucher(one);
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), 0);
	v = right_voucher(two);
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), -1);
	assert_non_null(strstr(err.text, "used for another order"));
	assert_int_equal(state_of(f, b), SALE_TICKETED);
	till_ticket_free(one);
	till_ticket_free(two);
}

/* One wrong point each; expected is part of the text. */
static void
a_wrong_voucher_delivers_nothing(void **state)
{
	static const char wrong_th[] =
	    "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
	struct fixture *f = *state;
	const struct visitor stranger = { .id = "visitor-2" };
	struct till_ticket *ticket;
	struct till_voucher right, v;
	struct till_error err;
	char id[SHOP_ID_MAX];

	begin(f, "news", id);
	ticket = ticket_of(f, id);
	right = right_voucher(ticket);

#define REFUSED(key, visitor)                                                  \
	do {                                                                   \
		assert_int_equal(come_back(f, &v, (key), (visitor), &err),     \
		    -1);                                                       \
		assert_int_equal(state_of(f, id), SALE_TICKETED);              \
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
	assert_int_equal(come_back(f, &right, f->server, &f->visitor, &err), 0);
	till_ticket_free(ticket);
}

static void
a_refusal_ends_an_unpaid_sale(void **state)
{
	struct fixture *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	char id[SHOP_ID_MAX];

	begin(f, "news", id);
	ticket = ticket_of(f, id);
	v = right_voucher(ticket);
	v.type = TILL_VOUCHER_REFUSAL;
	v.txn = 0;
	v.amount.micro = 0;
	v.via = NULL;
	v.reason = TILL_REASON_CANCELLED;
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), 0);
	assert_int_equal(state_of(f, id), SALE_REFUSED);
	till_ticket_free(ticket);
}

static void
a_customer_of_the_shop_pays_less(void **state)
{
	struct fixture *f = *state;
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
	char id[SHOP_ID_MAX], url[TILL_URL_MAX + TILL_TOKEN_URL_MAX];
	struct fixture *f = *state;
	struct till_ticket *ticket;
	struct till_voucher v;
	struct till_error err;
	struct sale *sale;

	assert_int_equal(checkout_begin(&f->shop, &f->visitor, &lines, 1, true,
			     id, &err),
	    0);
	/* Not before it is known who collects the goods. */
	assert_int_equal(checkout_ticket(&f->shop, id, 0, url, sizeof(url),
			     &err),
	    -1);
	assert_int_equal(checkout_delivery(&f->shop, id, "A. Reader",
			     "2 Side Street", &err),
	    0);
	assert_int_equal(checkout_ticket(&f->shop, id, 0, url, sizeof(url),
			     &err),
	    0);
	sale = sales_get(f->shop.sales, id);
	assert_non_null(sale->identity_ticket);
	assert_null(sale->ticket);
	assert_int_equal(till_ticket_open(sale->identity_ticket,
			     strlen(sale->identity_ticket), find_shop_key,
			     f->shop.key, &ticket, &err),
	    0);
	assert_int_equal(ticket->kind, TILL_KIND_IDENTITY);
	sale_free(sale);
	v = right_voucher(ticket);
	v.type = TILL_VOUCHER_IDENTITY;
	v.via = NULL;
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), 0);
	till_ticket_free(ticket);

	assert_int_equal(checkout_ticket(&f->shop, id, 0, url, sizeof(url),
			     &err),
	    0);
	ticket = ticket_of(f, id);
	assert_int_equal(ticket->kind, TILL_KIND_BASKET);
	v = right_voucher(ticket);
	v.txn = 44;
	v.sub = "somebody-else";
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), -1);
	v.sub = "pairwise-1";
	assert_int_equal(come_back(f, &v, f->server, &f->visitor, &err), 0);
	till_ticket_free(ticket);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(the_right_voucher_pays_and_a_reload_pays_no_more),
		TEST(a_sale_is_still_paid_after_a_restart),
		TEST(a_visitor_with_a_sale_stays_known),
		TEST(a_sale_remembers_its_server_by_name),
		TEST(a_serial_number_pays_one_sale_only),
		TEST(a_wrong_voucher_delivers_nothing),
		TEST(a_refusal_ends_an_unpaid_sale),
		TEST(a_customer_of_the_shop_pays_less),
		TEST(a_large_order_begins_with_an_identity),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
