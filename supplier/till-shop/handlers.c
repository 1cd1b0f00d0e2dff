/*
 * handlers.c - the addresses of the shop.
 *
 *	GET  /				the catalogue
 *	POST /customer			who the visitor says to be: discount
 *	POST /buy/ARTICLE		a single purchase
 *	GET  /basket			POST /basket/add, /remove, /buy
 *	GET  /order/ID			one sale, whatever its state
 *	POST /order/ID/delivery		who gets the goods
 *	POST /order/ID/pay		make the ticket; 303 to ...
 *	GET  /order/ID/go		... the way to the payment server
 *	GET  /return?voucher=		back from there
 *	GET  /order/ID/file/ARTICLE	what was bought, once it is paid
 *	GET  /order/ID/collection	or the document to collect it with
 *	POST /till-events		from payment servers; see web.c
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "handlers.h"

#define ORDER_PREFIX "/order/"

static void handle_get(struct request *);
static void handle_post(struct request *);
static void post_customer(struct request *);
static void post_buy(struct request *, const char *article);
static void post_basket(struct request *, const char *what);
static void basket_change(struct visitor *, const char *article, bool add);
static void handle_order(struct request *);
static void order_get(struct request *, const struct sale *, const char *what);
static void order_post(struct request *, const struct sale *, const char *what);
static void order_pay(struct request *, const struct sale *);
static void order_go(struct request *, const struct sale *);
static void order_down(struct request *, const char *id, size_t server);
static bool has_ended(const struct sale *);
static void not_ticketed(struct request *, const struct sale *,
    const struct till_error *);
static bool is_delivered(const struct request *, const struct sale *);
static void order_file(struct request *, const struct sale *,
    const char *article);
static void get_return(struct request *);
static void failed(struct request *, unsigned int status, enum word text,
    const char *order, const struct till_error *);
static void complain(const struct request *, const struct till_error *);
static void problem(struct request *, unsigned int status, enum word title,
    enum word text, const char *order);

void
handle(struct request *request)
{
	if (strncmp(request->path, ORDER_PREFIX, strlen(ORDER_PREFIX)) == 0)
		handle_order(request);
	else if (request->is_post)
		handle_post(request);
	else
		handle_get(request);
}

static void
handle_get(struct request *request)
{
	const char *path = request->path;
	const char *const *part;

	if (strcmp(path, "/") == 0)
		page_catalogue(&request->page, request->shop,
		    &request->visitor);
	else if (strcmp(path, "/basket") == 0)
		page_basket(&request->page, request->shop, &request->visitor);
	else if (strcmp(path, "/return") == 0)
		get_return(request);
	else if (strcmp(path, "/style.css") == 0) {
		for (part = page_style(); *part != NULL; part++)
			html_raw(&request->page, *part);
		request->type = "text/css";
	} else if (strcmp(path, "/icon.svg") == 0) {
		html_raw(&request->page, page_icon());
		request->type = "image/svg+xml";
	} else
		request->status = 404;
}

static void
handle_post(struct request *request)
{
	const char *path = request->path;

	if (strcmp(path, "/customer") == 0)
		post_customer(request);
	else if (strncmp(path, "/buy/", 5) == 0)
		post_buy(request, path + 5);
	else if (strncmp(path, "/basket/", 8) == 0)
		post_basket(request, path + 8);
	else
		request->status = 404;
}

static void
post_customer(struct request *request)
{
	const char *customer = request_field(request, "customer");

	if (customer[0] != '\0' && !till_id_ok(customer)) {
		problem(request, 400, W_CUSTOMER_NUMBER, W_CUSTOMER_BAD, NULL);
		return;
	}
	(void)snprintf(request->visitor.customer,
	    sizeof(request->visitor.customer), "%s", customer);
	sessions_put(request->shop->sessions, &request->visitor);
	answer_redirect(request, "/", "", "");
}

static void
post_buy(struct request *request, const char *article)
{
	struct sale_line line = { .qty = 1 };
	struct till_error err;
	char id[SHOP_ID_MAX];

	if (catalogue_article(request->shop->catalogue, article) == NULL) {
		problem(request, 404, W_NOT_FOUND, W_NO_ARTICLE, NULL);
		return;
	}
	(void)snprintf(line.article, sizeof(line.article), "%s", article);
	if (checkout_begin(request->shop, &request->visitor, &line, 1, false,
		id, &err) == -1)
		failed(request, 500, W_NOT_ORDERED, NULL, &err);
	else
		answer_redirect(request, "/order/", id, "");
}

static void
post_basket(struct request *request, const char *what)
{
	const char *article = request_field(request, "article");
	struct visitor *v = &request->visitor;
	struct till_error err;
	char id[SHOP_ID_MAX];

	if (strcmp(what, "buy") == 0) {
		if (checkout_begin(request->shop, v, v->basket, v->basket_len,
			true, id, &err) == -1) {
			failed(request, 400, W_NOT_ORDERED, NULL, &err);
			return;
		}
		v->basket_len = 0;
		sessions_put(request->shop->sessions, v);
		answer_redirect(request, "/order/", id, "");
		return;
	}
	if (catalogue_article(request->shop->catalogue, article) == NULL ||
	    (strcmp(what, "add") != 0 && strcmp(what, "remove") != 0)) {
		problem(request, 404, W_NOT_FOUND, W_NO_ARTICLE, NULL);
		return;
	}
	basket_change(v, article, strcmp(what, "add") == 0);
	sessions_put(request->shop->sessions, v);
	answer_redirect(request, "/basket", "", "");
}

static void
basket_change(struct visitor *v, const char *article, bool add)
{
	size_t i;

	for (i = 0; i < v->basket_len; i++)
		if (strcmp(v->basket[i].article, article) == 0)
			break;
	if (!add) {
		if (i < v->basket_len)
			v->basket[i] = v->basket[--v->basket_len];
		return;
	}
	if (i == SHOP_LINES_MAX)
		return; /* full: a ticket has no room for more */
	if (i == v->basket_len) {
		v->basket[i] = (struct sale_line){ .qty = 0 };
		(void)snprintf(v->basket[i].article,
		    sizeof(v->basket[i].article), "%s", article);
		v->basket_len++;
	}
	if (v->basket[i].qty < TILL_QTY_MAX)
		v->basket[i].qty++;
}

static void
handle_order(struct request *request)
{
	const char *rest = request->path + strlen(ORDER_PREFIX);
	const size_t len = strcspn(rest, "/");
	const char *what = rest + len + (rest[len] == '/');
	struct sale *sale = NULL;
	char id[SHOP_ID_MAX];

	if (len == SHOP_ID_MAX - 1) {
		memcpy(id, rest, len);
		id[len] = '\0';
		sale = sales_get(request->shop->sales, id);
	}
	/* Somebody else's order looks like none. */
	if (sale == NULL || strcmp(sale->session, request->visitor.id) != 0)
		problem(request, 404, W_NOT_FOUND, W_NO_ORDER, NULL);
	else if (request->is_post)
		order_post(request, sale, what);
	else
		order_get(request, sale, what);
	sale_free(sale);
}

static void
order_get(struct request *request, const struct sale *sale, const char *what)
{
	if (what[0] == '\0')
		page_order(&request->page, request->shop, sale,
		    request_chosen(request));
	else if (strcmp(what, "go") == 0)
		order_go(request, sale);
	else if (strncmp(what, "file/", 5) == 0)
		order_file(request, sale, what + 5);
	else if (strcmp(what, "collection") == 0 && sale->needs_delivery &&
	    is_delivered(request, sale))
		page_collection(&request->page, request->shop, sale);
	else
		request->status = 404;
}

static void
order_post(struct request *request, const struct sale *sale, const char *what)
{
	struct till_error err;

	if (strcmp(what, "pay") == 0)
		order_pay(request, sale);
	else if (strcmp(what, "delivery") != 0)
		request->status = 404;
	else if (sale->state != SALE_OPEN)
		problem(request, 400, W_NOT_POSSIBLE, W_ORDER_FIXED, sale->id);
	else if (checkout_delivery(request->shop, sale->id,
		     request_field(request, "recipient"),
		     request_field(request, "address"), &err) == -1)
		failed(request, 400, W_RECIPIENT_BAD, sale->id, &err);
	else
		answer_redirect(request, "/order/", sale->id, "");
}

/* Where the visitor has an account is asked once for an order, and not at all
 * where there is one payment server only. */
static void
order_pay(struct request *request, const struct sale *sale)
{
	const char *server = request_field(request, "server");
	const struct catalogue *c = request->shop->catalogue;
	const bool fixed =
	    sale->ticket != NULL || sale->identity_ticket != NULL;
	struct till_error err;
	size_t at;

	if (has_ended(sale)) {
		problem(request, 400, W_NOT_POSSIBLE, W_ORDER_ENDED, sale->id);
		return;
	}
	if (fixed)
		at = sale->server;
	else if (server[0] >= '0' && server[0] <= '9' && server[1] == '\0')
		at = (size_t)(server[0] - '0');
	else
		at = c->servers_len == 1 ? 0 : c->servers_len;
	if (at >= c->servers_len) {
		problem(request, 400, W_NOT_POSSIBLE,
		    fixed ? W_SERVER_GONE : W_CHOOSE_FIRST, sale->id);
		return;
	}
	if (!servers_is_up(request->shop->servers, at)) {
		order_down(request, sale->id, at);
		return;
	}
	if (checkout_ticket(request->shop, sale->id, at,
		request->page.language->tag, &err) == -1) {
		not_ticketed(request, sale, &err);
		return;
	}
	request->choose = (int)at;
	answer_redirect(request, "/order/", sale->id, "/go");
}

static void
order_go(struct request *request, const struct sale *sale)
{
	char url[TILL_URL_MAX + TILL_TOKEN_URL_MAX];
	struct till_error err;

	if (has_ended(sale) || checkout_token(sale) == NULL) {
		answer_redirect(request, "/order/", sale->id, "");
		return;
	}
	if (sale->server >= request->shop->catalogue->servers_len) {
		problem(request, 400, W_NOT_POSSIBLE, W_SERVER_GONE, sale->id);
		return;
	}
	if (checkout_go(request->shop, sale, url, sizeof(url), &err) == -1) {
		complain(request, &err);
		order_down(request, sale->id, sale->server);
		return;
	}
	(void)snprintf(request->refresh, sizeof(request->refresh), "0; url=%s",
	    url);
	page_go(&request->page, request->shop, sale, url);
}

/* As the order is now: it may have got its ticket, or its end, while the
 * server was waited for. */
static void
order_down(struct request *request, const char *id, size_t server)
{
	struct sale *sale = sales_get(request->shop->sales, id);

	if (sale == NULL)
		request->status = 500;
	else if (has_ended(sale))
		answer_redirect(request, "/order/", id, "");
	else {
		request->status = 503;
		page_down(&request->page, request->shop, sale, server);
	}
	sale_free(sale);
}

static bool
has_ended(const struct sale *sale)
{
	return sale->state != SALE_OPEN && sale->state != SALE_TICKETED;
}

static void
not_ticketed(struct request *request, const struct sale *sale,
    const struct till_error *err)
{
	enum word why = W_NOT_ORDERED;

	if (has_ended(sale))
		why = W_ORDER_ENDED;
	else if (sale->needs_delivery && sale->recipient[0] == '\0')
		why = W_RECIPIENT_BAD;
	failed(request, 400, why, sale->id, err);
}

/* As often as its visitor asks, until all of it is given back. */
static bool
is_delivered(const struct request *request, const struct sale *sale)
{
	return sale->state == SALE_PAID &&
	    !refunds_all_back(request->shop->refunds, sale);
}

static void
order_file(struct request *request, const struct sale *sale,
    const char *article)
{
	const struct article *a;
	size_t i;

	for (i = 0; i < sale->lines_len; i++)
		if (strcmp(sale->lines[i].article, article) == 0)
			break;
	a = catalogue_article(request->shop->catalogue, article);
	if (!is_delivered(request, sale) || i == sale->lines_len || a == NULL ||
	    a->file[0] == '\0') {
		problem(request, 403, W_NOT_POSSIBLE, W_FILE_UNPAID, sale->id);
		return;
	}
	request->fd = open(a->file, O_RDONLY | O_CLOEXEC);
	if (request->fd == -1) {
		problem(request, 500, W_NOT_POSSIBLE, W_FILE_MISSING, sale->id);
		return;
	}
	request->type = a->type;
}

static void
get_return(struct request *request)
{
	const char *voucher = request_field(request, "voucher");
	struct till_error err;
	char id[SHOP_ID_MAX];

	if (voucher[0] == '\0') {
		problem(request, 400, W_NO_VOUCHER_TITLE, W_NO_VOUCHER, NULL);
		return;
	}
	switch (checkout_return(request->shop, &request->visitor, voucher, id,
	    &err)) {
	case VOUCHER_TAKEN:
		answer_redirect(request, "/order/", id, "");
		return;
	case VOUCHER_LATER:
		problem(request, 503, W_VOUCHER_LATER_TITLE, W_VOUCHER_LATER,
		    NULL);
		break;
	case VOUCHER_BAD:
	case VOUCHER_NONE:
		problem(request, 403, W_VOUCHER_BAD_TITLE, W_VOUCHER_BAD, NULL);
		break;
	}
	shop_say("voucher: %s", err.text);
}

/* Visitors read what it means for them, the operator why. */
static void
failed(struct request *request, unsigned int status, enum word text,
    const char *order, const struct till_error *err)
{
	complain(request, err);
	problem(request, status, W_NOT_POSSIBLE, text, order);
}

static void
complain(const struct request *request, const struct till_error *err)
{
	shop_say("%s: %s", request->path, err->text);
}

static void
problem(struct request *request, unsigned int status, enum word title,
    enum word text, const char *order)
{
	request->status = status;
	page_message(&request->page, request->shop, title, text, order);
}
