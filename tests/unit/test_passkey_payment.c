/*
 * test_passkey_payment.c - what the browser's own dialog showed is what is
 * paid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/customer.h"

#define PAYEE "https://press.example"
#define SHOWN                                                                  \
	"\"rpId\":\"pay.example\",\"topOrigin\":\"" AUTHENTICATOR_ORIGIN       \
	"\",\"payeeName\":\"The Press\",\"payeeOrigin\":\"" PAYEE "\","        \
	"\"total\":{\"currency\":\"EUR\",\"value\":\"5.00\"}"

static enum till_result
pay_shown(const char *payment, const char *origin)
{
	char more[512];

	(void)snprintf(more, sizeof(more), ",\"payment\":{%s}", payment);
	customer_key.count++;
	return customer_pays(&customer_key,
	    (struct authenticator_wish){ .type = "payment.get",
		.origin = origin,
		.more = more });
}

static void
test_dialog_shows_the_payment(void **state)
{
	static const char *const odd[][2] = {
		{ "", "confirmed to others" },
		{ "\"rpId\":\"evil.example\"", "confirmed to others" },
		{ "\"rpId\":1,\"rp\":\"pay.example\"", "confirmed to others" },
		{ "\"rpId\":\"pay.example\"", "another origin" },
		{ "\"rpId\":\"pay.example\",\"topOrigin\":"
		  "\"https://evil.example\"",
		    "another origin" },
		{ "\"rpId\":\"pay.example\",\"topOrigin\":\"" PAYEE "\"",
		    "another origin" },
	};
	static const char *const changed[][3] = {
		{ "The Press", "The Thief", "payee's name" },
		{ "payeeName", "payeename", "payee's name" },
		{ PAYEE, "https://thief.example", "payee's origin" },
		{ "payeeOrigin", "payeeorigin", "payee's origin" },
		{ "5.00", "50.00", "another amount" },
		{ "5.00", "5.001", "another amount" },
		{ "5.00", "5,00", "another amount" },
		{ "EUR", "USD", "another amount" },
		{ "\"total\"", "\"sum\"", "another amount" },
	};
	char text[512];
	const char *at;
	size_t i;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_paid(pay_shown(SHOWN, NULL));
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		holder_refused(pay_shown(odd[i][0], NULL), odd[i][1]);
	for (i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		at = strstr(SHOWN, changed[i][0]);
		(void)snprintf(text, sizeof(text), "%.*s%s%s",
		    (int)(at - SHOWN), SHOWN, changed[i][1],
		    at + strlen(changed[i][0]));
		holder_refused(pay_shown(text, NULL), changed[i][2]);
	}
	/* What the page looks like and more is the browser's. */
	customer_paid(pay_shown(SHOWN ",\"instrument\":{\"displayName\":\"x\","
				      "\"icon\":\"y\"}",
	    NULL));
	/* Registering is no payment. */
	ASSERT_RESULT(customer_enrol(&customer_rsa,
			  (struct authenticator_wish){ .type = "payment.get",
			      .more = ",\"payment\":{" SHOWN "}" }),
	    TILL_DENY);
	holder_close();
}

/* From the payee's own page, and from nobody else's. */
static void
test_merchants_page_pays(void **state)
{
#define AT(origin)                                                             \
	"\"rpId\":\"pay.example\",\"topOrigin\":\"" origin                     \
	"\",\"payeeName\":\"The Press\",\"payeeOrigin\":\"" PAYEE "\","        \
	"\"total\":{\"currency\":\"EUR\",\"value\":\"5\"}"
	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_paid(pay_shown(AT(PAYEE), PAYEE));
	holder_refused(pay_shown(AT("https://evil.example"),
			   "https://evil.example"),
	    "another origin");
	holder_refused(pay_shown(AT(PAYEE), "https://evil.example"),
	    "another origin");
	holder.owner.order.merchant_origin = "";
	holder_refused(pay_shown(AT(PAYEE), PAYEE), "another origin");
	holder.owner.order.merchant_origin = NULL;
	holder_refused(pay_shown(AT(""), ""), "another origin");
	/* A host of before 1.2 does not say where the payee is. */
	holder.owner.order.merchant_origin = PAYEE;
	holder.owner.order.size = offsetof(struct till_order, merchant_origin);
	holder_refused(pay_shown(AT(PAYEE), PAYEE), "another origin");
	holder_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialog_shows_the_payment),
		cmocka_unit_test(test_merchants_page_pays),
	};

	return cmocka_run_group_tests(tests, holder_make, holder_free);
}
