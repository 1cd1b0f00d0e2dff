/*
 * buyer.c - one customer's payments and their reversals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "settle_bank/profile.h"
#include "support/buyer.h"
#include "support/scratch.h"

/* What a reversal changes in its purchase. */
#define REVERSAL "-14 11=000004 90=020000000311221232000000012345600000000000"

struct iso_message buyer_request, buyer_answer;

void
buyer_bank(const char *rules, const char *options)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "account " BUYER_CARD " 978 100000 expiry=2912\n"
	    "account " BUYER_POOR " 978 100\n"
	    "%s",
	    rules);
	scratch_write("script", 0600, text);
	(void)snprintf(text, sizeof(text), "--script %s --date 1122 %s",
	    scratch_path("script"), options);
	banker_start(text);
}

struct banker *
buyer_signed_on(void)
{
	struct banker *banker = banker_connect(&banker_plain);

	banker_sign_on(banker);
	return banker;
}

void
buyer_pays(struct banker *banker, const char *changes, const char *code)
{
	banker_make(&buyer_request, "0200", BUYER_PURCHASE);
	banker_edit(&buyer_request, changes);
	banker_exchange(banker, &buyer_request, &buyer_answer);
	buyer_is_answered(code);
}

void
buyer_reverses(struct banker *banker, const char *mti, const char *changes,
    const char *code)
{
	struct till_error err;

	banker_make(&buyer_request, mti, BUYER_PURCHASE);
	banker_edit(&buyer_request, REVERSAL);
	banker_edit(&buyer_request, changes);
	if (profile_check(&buyer_request, PROFILE_TO_BANK, &err) == -1)
		fail_msg("%s", err.text);
	banker_exchange(banker, &buyer_request, &buyer_answer);
	buyer_is_answered(code);
}

void
buyer_is_answered(const char *code)
{
	struct till_error err;

	if (!iso_is(&buyer_answer, 39, code))
		fail_msg("not %s:\n%s", code, banker_log());
	if (profile_check(&buyer_answer, PROFILE_FROM_BANK, &err) == -1 ||
	    profile_echoes(&buyer_request, &buyer_answer, &err) == -1)
		fail_msg("%s", err.text);
	assert_true(profile_answers(&buyer_request, &buyer_answer));
}

void
buyer_has(const char *text)
{
	const char *dump = banker_ctl("dump");

	if (strstr(dump, text) == NULL)
		fail_msg("no %s in\n%s", text, dump);
}
