/*
 * shop_desk.c - a shop in a scratch folder, and the payment server that
 * its visitors come back from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/shop_desk.h"

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
void
shop_desk_swap(const struct shop_desk *f)
{
	const char *text = catalogue_text;
	const char *first = strstr(text, "{\"issuer\":\"" ISSUER);
	const char *second = strstr(text, ",{\"issuer\":\"https://other");
	const char *end = strstr(second, "}]") + 1;
	char swapped[sizeof(catalogue_text)];
	size_t at = (size_t)(first - text), len = (size_t)(end - second - 1);

	/* The same octets in another order: it has the same length. */
	memcpy(swapped, text, sizeof(catalogue_text));
	memcpy(swapped + at, second + 1, len);
	swapped[at + len] = ',';
	memcpy(swapped + at + len + 1, first, (size_t)(second - first));
	write_file(f->dir, "shop.json", swapped);
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

void
shop_desk_open(struct shop_desk *f)
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
	assert_int_equal(events_open(f->shop.catalogue, &f->shop.events, &err),
	    0);
	if (refunds_open(f->shop.catalogue, &f->shop.refunds, &err) == -1)
		fail_msg("%s", err.text);
}

void
shop_desk_close(struct shop_desk *f)
{
	sales_close(f->shop.sales);
	servers_close(f->shop.servers);
	events_close(f->shop.events);
	refunds_close(f->shop.refunds);
	catalogue_free(f->shop.catalogue);
}

int
shop_desk_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct till_error err;
	struct shop_desk *f;

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
	shop_desk_open(f);
	*state = f;
	return 0;
}

int
shop_desk_teardown(void **state)
{
	static const char *const names[] = { "shop.json", "news.txt",
		"jwks.json", "other.json", "sales.jsonl",
		"sales.jsonl.refunds" };
	struct shop_desk *f = *state;
	char path[512];
	size_t i;

	shop_desk_close(f);
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
void
shop_desk_begin(struct shop_desk *f, const char *article, char id[SHOP_ID_MAX])
{
	struct sale_line line = { .qty = 1 };
	char url[TILL_URL_MAX + TILL_TOKEN_URL_MAX];
	struct till_error err;
	struct sale *sale;

	(void)snprintf(line.article, sizeof(line.article), "%s", article);
	assert_int_equal(checkout_begin(&f->shop, &f->visitor, &line, 1, false,
			     id, &err),
	    0);
	if (checkout_ticket(&f->shop, id, 0, "fr", &err) == -1)
		fail_msg("%s", err.text);
	sale = sales_get(f->shop.sales, id);
	assert_non_null(sale);
	assert_int_equal(checkout_go(&f->shop, sale, url, sizeof(url), &err),
	    0);
	sale_free(sale);
	assert_memory_equal(url, ISSUER "/pay?t=", strlen(ISSUER "/pay?t="));
}

const struct till_key *
shop_desk_key(void *key, const char *kid)
{
	(void)kid;
	return key;
}

/* What an honest server answers to the sale's ticket. */
struct till_voucher
shop_desk_voucher(const struct till_ticket *t)
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

struct till_ticket *
shop_desk_ticket(struct shop_desk *f, const char *id)
{
	struct till_ticket *ticket;
	struct till_error err;
	struct sale *sale;

	sale = sales_get(f->shop.sales, id);
	assert_non_null(sale);
	assert_int_equal(till_ticket_open(sale->ticket, strlen(sale->ticket),
			     shop_desk_key, f->shop.key, &ticket, &err),
	    0);
	sale_free(sale);
	return ticket;
}

int
shop_desk_return(struct shop_desk *f, const struct till_voucher *v,
    const struct till_key *key, const struct visitor *visitor,
    struct till_error *err)
{
	char id[SHOP_ID_MAX], *token;
	int r;

	if (till_voucher_sign(v, key, &token, err) == -1)
		fail_msg("%s", err->text);
	r = checkout_return(&f->shop, visitor, token, id, err) == VOUCHER_TAKEN
	    ? 0
	    : -1;
	free(token);
	return r;
}

enum sale_state
shop_desk_state(struct shop_desk *f, const char *id)
{
	struct sale *sale = sales_get(f->shop.sales, id);
	enum sale_state state = sale == NULL ? SALE_NONE : sale->state;

	sale_free(sale);
	return state;
}
