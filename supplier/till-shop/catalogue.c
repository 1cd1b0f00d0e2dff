/*
 * catalogue.c - read the file that says what is sold, by whom, to whom.
 */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "shop.h"

#define PATIENCE_S 3 /* a visitor waits for it */
#define PERCENT_MICRO INT64_C(100000000) /* 100 % */

/* Where a member is: "articles[3].price". */
struct place {
	const char *list; /* or NULL */
	size_t at;
};

static int read_shop(struct catalogue *, json_t *, struct till_error *);
static int read_patience(struct catalogue *, json_t *, struct till_error *);
static int read_articles(struct catalogue *, json_t *, const char *dir,
    struct till_error *);
static int read_article(struct catalogue *, struct article *, json_t *,
    const char *dir, const struct place *, struct till_error *);
static int read_customers(struct catalogue *, json_t *, struct till_error *);
static int read_servers(struct catalogue *, json_t *, const char *dir,
    struct till_error *);
static int read_server(struct catalogue *, size_t, json_t *, const char *dir,
    const struct place *, struct till_error *);
static int get_text(json_t *, const struct place *, const char *key, char *,
    size_t, bool required, struct till_error *);
static int get_percent(json_t *, const struct place *, const char *key,
    int64_t *, struct till_error *);
static int get_path(json_t *, const struct place *, const char *key,
    const char *dir, char *, struct till_error *);
static int fail_at(const struct place *, const char *key, struct till_error *,
    const char *, ...) __attribute__((format(printf, 4, 5)));
static int64_t round_to_minor(const char *currency, int64_t micro);

int
catalogue_read(const char *path, struct catalogue **catalogue_r,
    struct till_error *err)
{
	char dir[SHOP_PATH_MAX];
	struct catalogue *c = NULL;
	json_error_t jerr;
	json_t *root = NULL;
	const char *slash;
	int r = -1;

	root = json_load_file(path, JSON_REJECT_DUPLICATES, &jerr);
	if (root == NULL)
		return till_fail(err, "%s:%d:%d: %s", path, jerr.line,
		    jerr.column, jerr.text);
	slash = strrchr(path, '/');
	(void)snprintf(dir, sizeof(dir), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path);
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		till_fail(err, "out of memory");
		goto out;
	}
	if (read_shop(c, root, err) == -1 ||
	    read_patience(c, root, err) == -1 ||
	    get_path(root, &(struct place){ NULL, 0 }, "key", dir, c->key_path,
		err) == -1 ||
	    get_path(root, &(struct place){ NULL, 0 }, "sales", dir,
		c->sales_path, err) == -1 ||
	    read_articles(c, json_object_get(root, "articles"), dir, err) ==
		-1 ||
	    read_customers(c, json_object_get(root, "customers"), err) == -1 ||
	    read_servers(c, root, dir, err) == -1)
		goto out;
	if (c->key_path[0] == '\0' || c->sales_path[0] == '\0') {
		till_fail(err, "\"key\" and \"sales\" must name files");
		goto out;
	}
	*catalogue_r = c;
	c = NULL;
	r = 0;
out:
	json_decref(root);
	catalogue_free(c);
	return r;
}

const struct article *
catalogue_article(const struct catalogue *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->articles_len; i++)
		if (strcmp(c->articles[i].id, id) == 0)
			return &c->articles[i];
	return NULL;
}

int64_t
catalogue_discount(const struct catalogue *c, const char *customer)
{
	size_t i;

	for (i = 0; i < c->customers_len; i++)
		if (strcmp(c->customers[i].id, customer) == 0)
			return c->customers[i].discount_micro;
	return 0;
}

int64_t
catalogue_price(const struct catalogue *c, const struct article *article,
    int64_t discount_micro)
{
	struct till_money price = { .micro = article->price_micro };
	int64_t off;

	if (discount_micro == 0)
		return article->price_micro;
	memcpy(price.currency, c->currency, sizeof(price.currency));
	/* Both factors are at most 10^18 together: read_article bounds the
	 * price so that the product fits. */
	off = price.micro / 1000 * (discount_micro / 1000) /
	    (PERCENT_MICRO / TILL_MICRO);
	price.micro -= off;
	if (till_money_is_minor(
		&(struct till_money){ .micro = article->price_micro,
		    .currency = { c->currency[0], c->currency[1],
			c->currency[2] } }))
		price.micro = round_to_minor(c->currency, price.micro);
	return price.micro;
}

int64_t
vat_within(const char *currency, int64_t gross_micro, int64_t rate_micro)
{
	int64_t vat;

	/* gross * rate / (100 % + rate), in thousandths so that it fits. */
	vat = gross_micro / 1000 * (rate_micro / 1000) /
	    ((PERCENT_MICRO + rate_micro) / 1000) * 1000;
	return round_to_minor(currency, vat);
}

void
catalogue_free(struct catalogue *c)
{
	if (c == NULL)
		return;
	free(c->articles);
	free(c->customers);
	free(c);
}

static int
read_shop(struct catalogue *c, json_t *root, struct till_error *err)
{
	const struct place top = { NULL, 0 };
	char above[TILL_MONEY_MAX] = "";
	struct till_money money;

	if (get_text(root, &top, "name", c->name, sizeof(c->name), true, err) ==
		-1 ||
	    get_text(root, &top, "url", c->url, sizeof(c->url), false, err) ==
		-1 ||
	    get_text(root, &top, "listen", c->listen, sizeof(c->listen), true,
		err) == -1 ||
	    get_text(root, &top, "currency", c->currency, sizeof(c->currency),
		true, err) == -1 ||
	    get_text(root, &top, "identity_above", above, sizeof(above), false,
		err) == -1)
		return -1;
	if (c->url[0] != '\0' &&
	    (!till_url_ok(c->url) || c->url[strlen(c->url) - 1] == '/'))
		return fail_at(&top, "url", err,
		    "not an https address without a slash at its end");
	if (till_currency_exponent(c->currency) == -1)
		return fail_at(&top, "currency", err, "not a currency");
	c->identity_above_micro = -1;
	if (above[0] == '\0')
		return 0;
	if (till_money_parse(above, c->currency, &money, err) == -1)
		return -1;
	c->identity_above_micro = money.micro;
	return 0;
}

static int
read_patience(struct catalogue *c, json_t *root, struct till_error *err)
{
	json_t *patience = json_object_get(root, "patience");
	json_int_t s =
	    patience == NULL ? PATIENCE_S : json_integer_value(patience);

	if (s < 1 || s > SHOP_PATIENCE_MAX_S)
		return fail_at(&(struct place){ NULL, 0 }, "patience", err,
		    "must be a whole number of seconds, 1 to %d",
		    SHOP_PATIENCE_MAX_S);
	c->patience_s = (long)s;
	return 0;
}

static int
read_articles(struct catalogue *c, json_t *list, const char *dir,
    struct till_error *err)
{
	struct place place = { "articles", 0 };
	size_t n = json_array_size(list);

	if (n == 0 || n > SHOP_ARTICLES_MAX)
		return till_fail(err, "\"articles\" must be a list of 1 to %d",
		    SHOP_ARTICLES_MAX);
	c->articles = calloc(n, sizeof(c->articles[0]));
	if (c->articles == NULL)
		return till_fail(err, "out of memory");
	for (place.at = 0; place.at < n; place.at++) {
		if (read_article(c, &c->articles[place.at],
			json_array_get(list, place.at), dir, &place, err) == -1)
			return -1;
		if (catalogue_article(c, c->articles[place.at].id) != NULL)
			return fail_at(&place, "id", err, "'%s' is there twice",
			    c->articles[place.at].id);
		c->articles_len++;
	}
	return 0;
}

static int
read_article(struct catalogue *c, struct article *a, json_t *o, const char *dir,
    const struct place *place, struct till_error *err)
{
	char price[TILL_MONEY_MAX];
	struct till_money money;

	if (get_text(o, place, "id", a->id, sizeof(a->id), true, err) == -1 ||
	    get_text(o, place, "title", a->title, sizeof(a->title), true,
		err) == -1 ||
	    get_text(o, place, "blurb", a->blurb, sizeof(a->blurb), false,
		err) == -1 ||
	    get_text(o, place, "type", a->type, sizeof(a->type), false, err) ==
		-1 ||
	    get_text(o, place, "price", price, sizeof(price), true, err) ==
		-1 ||
	    get_text(o, place, "place", a->place, sizeof(a->place), false,
		err) == -1 ||
	    get_path(o, place, "file", dir, a->file, err) == -1 ||
	    get_percent(o, place, "vat", &a->vat_micro, err) == -1)
		return -1;
	if (!till_jti_ok(a->id))
		return fail_at(place, "id", err,
		    "must be [A-Za-z0-9._-]{1,64}");
	if (till_money_parse(price, c->currency, &money, err) == -1)
		return -1;
	if (money.micro == 0 || money.micro > INT64_C(1000000) * TILL_MICRO)
		return fail_at(place, "price", err,
		    "must be above zero and at most a million");
	if ((a->file[0] == '\0') == (a->place[0] == '\0'))
		return fail_at(place, "file", err,
		    "an article has either a file or a place of collection");
	if (a->type[0] == '\0')
		(void)snprintf(a->type, sizeof(a->type),
		    "application/octet-stream");
	a->price_micro = money.micro;
	return 0;
}

static int
read_customers(struct catalogue *c, json_t *list, struct till_error *err)
{
	struct place place = { "customers", 0 };
	size_t n = json_array_size(list);
	struct shop_customer *customer;

	if (n == 0)
		return 0;
	if (n > SHOP_CUSTOMERS_MAX)
		return till_fail(err, "more than %d customers",
		    SHOP_CUSTOMERS_MAX);
	c->customers = calloc(n, sizeof(c->customers[0]));
	if (c->customers == NULL)
		return till_fail(err, "out of memory");
	for (place.at = 0; place.at < n; place.at++) {
		customer = &c->customers[place.at];
		if (get_text(json_array_get(list, place.at), &place, "id",
			customer->id, sizeof(customer->id), true, err) == -1 ||
		    get_percent(json_array_get(list, place.at), &place,
			"discount", &customer->discount_micro, err) == -1)
			return -1;
		c->customers_len++;
	}
	return 0;
}

/* The merchant's id stands once for all servers, or with each. */
static int
read_servers(struct catalogue *c, json_t *root, const char *dir,
    struct till_error *err)
{
	json_t *list = json_object_get(root, "servers");
	struct place top = { NULL, 0 }, place = { "servers", 0 };
	size_t n = json_array_size(list), i;
	char merchant[TILL_ID_MAX];

	if (get_text(root, &top, "merchant", merchant, sizeof(merchant), false,
		err) == -1)
		return -1;
	if (n == 0 || n > SHOP_SERVERS_MAX)
		return till_fail(err, "\"servers\" must be a list of 1 to %d",
		    SHOP_SERVERS_MAX);
	for (place.at = 0; place.at < n; place.at++) {
		memcpy(c->servers[place.at].merchant, merchant,
		    sizeof(merchant));
		if (read_server(c, place.at, json_array_get(list, place.at),
			dir, &place, err) == -1)
			return -1;
		for (i = 0; i < place.at; i++)
			if (strcmp(c->servers[i].issuer,
				c->servers[place.at].issuer) == 0)
				return fail_at(&place, "issuer", err,
				    "'%.160s' is there twice",
				    c->servers[i].issuer);
		c->servers_len++;
	}
	return 0;
}

static int
read_server(struct catalogue *c, size_t at, json_t *o, const char *dir,
    const struct place *place, struct till_error *err)
{
	const char *keys = json_string_value(json_object_get(o, "keys"));
	char *merchant = c->servers[at].merchant;
	bool url = keys != NULL && strstr(keys, "://") != NULL;

	if (get_text(o, place, "issuer", c->servers[at].issuer,
		sizeof(c->servers[0].issuer), true, err) == -1 ||
	    get_text(o, place, "name", c->servers[at].name,
		sizeof(c->servers[0].name), true, err) == -1)
		return -1;
	if (!till_url_ok(c->servers[at].issuer))
		return fail_at(place, "issuer", err, "not an https address");
	if (json_object_get(o, "merchant") != NULL &&
	    get_text(o, place, "merchant", merchant, TILL_ID_MAX, true, err) ==
		-1)
		return -1;
	if (!till_id_ok(merchant))
		return fail_at(place, "merchant", err, "not a merchant id");
	if (!url)
		return get_path(o, place, "keys", dir, c->servers[at].keys_path,
		    err);
	if (get_text(o, place, "keys", c->servers[at].keys_url,
		sizeof(c->servers[0].keys_url), true, err) == -1)
		return -1;
	return till_url_ok(c->servers[at].keys_url)
	    ? 0
	    : fail_at(place, "keys", err,
		  "neither a file nor an https address");
}

static int
get_text(json_t *object, const struct place *place, const char *key, char *out,
    size_t size, bool required, struct till_error *err)
{
	json_t *value = json_object_get(object, key);

	out[0] = '\0';
	if (value == NULL && !required)
		return 0;
	if (!json_is_string(value))
		return fail_at(place, key, err, "must be a text");
	if (!till_text_ok(json_string_value(value), size - 1))
		return fail_at(place, key, err,
		    "must have 1 to %zu octets and no control characters",
		    size - 1);
	(void)snprintf(out, size, "%s", json_string_value(value));
	return 0;
}

/* A percentage is a text like "5.5", read as an amount is. */
static int
get_percent(json_t *object, const struct place *place, const char *key,
    int64_t *out, struct till_error *err)
{
	struct till_money percent;
	char text[TILL_MONEY_MAX];

	*out = 0;
	if (get_text(object, place, key, text, sizeof(text), false, err) == -1)
		return -1;
	if (text[0] == '\0')
		return 0;
	if (till_money_parse(text, "EUR", &percent, err) == -1 ||
	    percent.micro > PERCENT_MICRO)
		return fail_at(place, key, err,
		    "must be 0 to 100, like \"5.5\"");
	*out = percent.micro;
	return 0;
}

static int
get_path(json_t *object, const struct place *place, const char *key,
    const char *dir, char *out, struct till_error *err)
{
	char text[TILL_TEXT_MAX];
	int n;

	out[0] = '\0';
	if (get_text(object, place, key, text, sizeof(text), false, err) == -1)
		return -1;
	if (text[0] == '\0')
		return 0;
	if (text[0] == '/')
		n = snprintf(out, SHOP_PATH_MAX, "%s", text);
	else
		n = snprintf(out, SHOP_PATH_MAX, "%s/%s", dir, text);
	if (n < 0 || n >= SHOP_PATH_MAX)
		return fail_at(place, key, err, "the path is too long");
	return 0;
}

static int
fail_at(const struct place *place, const char *key, struct till_error *err,
    const char *fmt, ...)
{
	char why[TILL_ERROR_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (place->list == NULL)
		return till_fail(err, "\"%s\": %s", key, why);
	return till_fail(err, "%s[%zu].%s: %s", place->list, place->at, key,
	    why);
}

static int64_t
round_to_minor(const char *currency, int64_t micro)
{
	int exponent = till_currency_exponent(currency);
	int64_t unit = TILL_MICRO;

	for (; exponent > 0; exponent--)
		unit /= 10;
	return (micro + unit / 2) / unit * unit;
}
