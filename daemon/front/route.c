/*
 * route.c - which function answers which path.
 */
#include <string.h>

#include "front/account.h"
#include "front/merchant.h"
#include "front/pages.h"
#include "front/pay.h"
#include "front/sign_in.h"
#include "front/unit.h"

#define READS (1u << HTTP_GET | 1u << HTTP_HEAD)
#define POSTS (1u << HTTP_POST)

struct entry {
	const char *path; /* "*" stands for one segment */
	unsigned int methods;
	bool page; /* a person gets the answer */
	void (*function)(struct work *);
};

static void dispatch(struct work *, const struct entry *, size_t);
static bool path_matches(struct work *, const char *, const char *);
static size_t copy_segment(struct work *, size_t, const char *);
static void not_allowed(struct work *, unsigned int);

static const struct entry entries[] = {
	{ "/v1/orders", POSTS, false, api_order },
	{ "/v1/orders/*", POSTS, false, api_order_step },
	{ "/t/*", READS, true, visit_show },
	{ "/t/*", POSTS, true, visit_step },
	{ "/t/*/done", READS, true, visit_done },
	{ "/pay", READS, true, visit_begin },
	{ "/sign-in", READS, true, sign_in_show },
	{ "/sign-in", POSTS, true, sign_in_step },
	{ "/account", READS, true, account_show },
	{ "/account", POSTS, true, account_do },
	{ "/account/statement", READS, true, account_statement },
	{ "/account/statement.csv", READS, true, account_csv },
	{ "/account/payments/*", READS, true, account_receipt },
	{ "/account/security", READS, true, account_security },
	{ "/account/top-up", READS, true, account_top_up },
	{ "/account/allowances", READS, true, account_allowances },
	{ "/account/allowances", POSTS, true, account_allow },
	{ "/account/data", READS, true, account_data },
	{ "/account/data.json", READS, true, account_data_file },
	{ "/merchant", READS, true, merchant_show },
	{ "/merchant", POSTS, true, merchant_do },
	{ "/merchant/sign-in", READS, true, sign_in_merchant_show },
	{ "/merchant/sign-in", POSTS, true, sign_in_merchant_step },
	{ "/merchant/sales", READS, true, merchant_sales },
	{ "/merchant/sales.csv", READS, true, merchant_csv },
	{ "/merchant/sales/*", READS, true, merchant_sale },
	{ "/merchant/sales/*/voucher", READS, true, merchant_voucher },
	{ "/merchant/payouts", READS, true, merchant_payouts },
	{ "/style.css", READS, true, page_style },
	{ "/icon.svg", READS, true, page_icon },
	{ "/allowance.js", READS, true, page_script },
	{ "/announce.js", READS, true, page_script },
	{ "/microphone.js", READS, true, page_script },
	{ "/passkey.js", READS, true, page_script },
	{ "/web-eid.js", READS, true, page_script },
	{ "/tickets", POSTS, false, api_ticket_push },
	{ "/v1/tickets", POSTS, false, api_ticket_push },
	{ "/v1/refunds", POSTS, false, api_refund },
	{ "/v1/tickets/*/*", READS, false, api_ticket },
	{ "/v1/vouchers/*", READS, false, api_voucher },
	{ "/.well-known/till.json", READS, false, api_well_known },
	{ "/.well-known/jwks.json", READS, false, api_jwks },
	{ "/", READS, true, page_front },
};

static const struct entry admin_entries[] = {
	{ "/livez", READS, false, admin_live },
	{ "/readyz", READS, false, admin_ready },
	{ "/metrics", READS, false, admin_metrics },
};

void
route(struct work *work)
{
	dispatch(work, entries, sizeof(entries) / sizeof(entries[0]));
}

void
route_admin(struct work *work)
{
	dispatch(work, admin_entries,
	    sizeof(admin_entries) / sizeof(admin_entries[0]));
}

static void
dispatch(struct work *work, const struct entry *table, size_t len)
{
	unsigned int method = 1u << http_method(work->http), methods = 0;
	const char *path = http_path(work->http);
	size_t i;

	for (i = 0; i < len; i++) {
		if (!path_matches(work, table[i].path, path))
			continue;
		if ((table[i].methods & method) != 0) {
			table[i].function(work);
			return;
		}
		methods |= table[i].methods;
	}
	if (methods != 0)
		not_allowed(work, methods);
	else if (strncmp(path, "/v1/", 4) == 0 || table == admin_entries)
		reply_problem(work, 404, "not-found", NULL, NULL);
	else
		page_not_found(work);
}

static bool
path_matches(struct work *work, const char *pattern, const char *path)
{
	size_t n, segments = 0;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '*') {
			if (*path++ != *pattern)
				return false;
			continue;
		}
		n = copy_segment(work, segments++, path);
		if (n == 0)
			return false;
		path += n;
	}
	return *path == '\0';
}

/* 0 if there is none, or if it is longer than any that we give out. */
static size_t
copy_segment(struct work *work, size_t i, const char *path)
{
	size_t n = strcspn(path, "/");

	if (n >= SEGMENT_SIZE || i >= SEGMENTS_MAX)
		return 0;
	memcpy(work->segments[i], path, n);
	work->segments[i][n] = '\0';
	return n;
}

static void
not_allowed(struct work *work, unsigned int methods)
{
	struct http_field fields[] = { { "Content-Type",
					   "application/problem+json" },
		{ "Cache-Control", "no-store" }, { "Allow", "GET, HEAD" },
		{ NULL, NULL } };
	struct text text = { 0 };

	if (methods == POSTS)
		fields[2].value = "POST";
	else if (methods != READS)
		fields[2].value = "GET, HEAD, POST";
	text_add(&text,
	    "{\"type\":\"urn:till:problem:method\","
	    "\"title\":\"Method Not Allowed\",\"status\":405}\n");
	reply_fields(work, 405, fields, &text);
}
