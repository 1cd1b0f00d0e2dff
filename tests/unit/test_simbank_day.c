/*
 * test_simbank_day.c - what the simulated bank does of its own accord, its
 * totals of a day, and its end by kill -9.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "settle_bank/profile.h"
#include "support/buyer.h"
#include "support/scratch.h"

static void
test_own_messages(void **state)
{
	struct banker *banker;
	char stan[7];
	size_t len;

	(void)state;
	buyer_bank("", "--repeat-ms 100");
	banker = buyer_signed_on();
	buyer_pays(banker, "", "00");
	(void)banker_ctl("issuer-reversal " BUYER_KEY);
	assert_true(banker_receive(banker, &buyer_request, BUYER_SOON));
	assert_string_equal(buyer_request.mti, "0422");
	assert_true(iso_is(&buyer_request, 90,
	    "020000000311221232000000012345600000000000"));
	buyer_has("\"balance\":100000,");
	buyer_has("\"state\":\"returned\"");
	memcpy(stan, iso_get(&buyer_request, 11, &len), 6);
	stan[6] = '\0';
	/* Again, until it is answered. */
	assert_true(banker_receive(banker, &buyer_request, BUYER_SOON));
	assert_string_equal(buyer_request.mti, "0423");
	assert_true(iso_is(&buyer_request, 11, stan));
	buyer_answer = buyer_request;
	memcpy(buyer_answer.mti, "0432", 5);
	banker_edit(&buyer_answer, "39=00");
	banker_send(banker, &buyer_answer);
	(void)banker_ctl("cutover 1123");
	do
		assert_true(banker_receive(banker, &buyer_request, BUYER_SOON));
	while (buyer_request.mti[1] != '8');
	assert_true(iso_is(&buyer_request, 70, "201"));
	assert_true(iso_is(&buyer_request, 15, "1123"));
	buyer_answer = buyer_request;
	memcpy(buyer_answer.mti, "0810", 5);
	banker_edit(&buyer_answer, "39=00");
	banker_send(banker, &buyer_answer);
	buyer_pays(banker, "11=000040", "00");
	assert_true(iso_is(&buyer_answer, 15, "1123"));
	assert_non_null(strstr(banker_ctl("stats"), "\"own_waiting\":0"));
	assert_non_null(strstr(banker_ctl("stats"), "\"own_answered\":2"));
	assert_non_null(
	    strstr(banker_ask("issuer-reversal " BUYER_KEY), "error no "));
	banker_close(banker);
	banker_end();
}

static void
test_totals(void **state)
{
	static const char good[] =
	    "7=1122200000 11=000050 15=1122 50=978 "
	    "74=0000000001 75=0000000000 76=0000000002 77=0000000001 "
	    "86=0000000000000500 87=0000000000000000 88=0000000000024600 "
	    "89=0000000000012300 97=D0000000000011800";
	struct till_error err;
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	buyer_pays(banker, "", "00");
	buyer_reverses(banker, "0420", "", "00");
	buyer_pays(banker, "11=000005", "00");
	buyer_pays(banker, "11=000006 3=200000 4=000000000500", "00");
	buyer_pays(banker, "2=" BUYER_POOR " -14 11=000010", "51");
	banker_make(&buyer_request, "0500", good);
	banker_exchange(banker, &buyer_request, &buyer_answer);
	if (profile_check(&buyer_answer, PROFILE_FROM_BANK, &err) == -1)
		fail_msg("%s", err.text);
	assert_true(iso_is(&buyer_answer, 66, "1"));
	banker_edit(&buyer_request, "11=000051 88=0000000000024601");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 66, "2"));
	assert_true(iso_is(&buyer_answer, 88, "0000000000024600"));
	banker_edit(&buyer_request, "11=000052 15=1121");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 66, "2"));
	assert_true(iso_is(&buyer_answer, 76, "0000000000"));
	assert_string_equal(banker_ctl("totals 1122 978"),
	    "[{\"count\":1,\"sum\":500},{\"count\":0,\"sum\":0},"
	    "{\"count\":2,\"sum\":24600},{\"count\":1,\"sum\":12300}]\n");
	banker_close(banker);
	banker_end();
}

/* Of a day on which more was given back than taken, DE97 is a credit. */
static void
test_net_credit(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	buyer_pays(banker, "3=200000 4=000000000500", "00");
	banker_make(&buyer_request, "0500",
	    "7=1122200000 11=000050 15=1122 50=978 "
	    "74=0000000001 75=0000000000 76=0000000000 77=0000000000 "
	    "86=0000000000000500 87=0000000000000000 88=0000000000000000 "
	    "89=0000000000000000 97=C0000000000000500");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 66, "1"));
	banker_edit(&buyer_request, "97=D0000000000000500 11=000051");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 66, "2"));
	banker_close(banker);
	banker_end();
}

static void
test_survives(void **state)
{
	struct banker *banker;
	char options[256];

	(void)state;
	(void)snprintf(options, sizeof(options), "--journal %s",
	    scratch_path("journal"));
	buyer_bank("", options);
	banker = buyer_signed_on();
	buyer_pays(banker, "", "00");
	buyer_pays(banker, "11=000007", "00");
	buyer_reverses(banker, "0420", "11=000009", "00");
	banker_close(banker);
	banker_kill();
	buyer_bank("", options);
	banker = buyer_signed_on();
	buyer_has("\"balance\":87700,\"reserved\":0");
	buyer_pays(banker, "", "00");
	buyer_pays(banker, "11=000007", "00");
	buyer_has("\"balance\":87700,\"reserved\":0");
	buyer_reverses(banker, "0420", "11=000010", "94");
	banker_close(banker);
	banker_end();
	/* Whole numbers are in neither the journal nor the log. */
	scratch_read("journal", options, sizeof(options));
	assert_null(strstr(options, BUYER_CARD));
	assert_null(strstr(banker_log(), BUYER_CARD));
	assert_non_null(strstr(banker_log(), "400000******7899"));
	assert_non_null(strstr(banker_log(), "till --> bank 0200"));
	assert_non_null(strstr(banker_log(), "till <-- bank 0210"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own_messages, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_totals, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_net_credit, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_survives, scratch_make,
		    scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
