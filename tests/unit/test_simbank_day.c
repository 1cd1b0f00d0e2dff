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
	struct peer *peer;
	char stan[7];
	size_t len;

	(void)state;
	buyer_bank("", "--repeat-ms 100");
	peer = buyer_signed_on();
	buyer_pays(peer, "", "00");
	(void)peer_ctl("issuer-reversal " BUYER_KEY);
	assert_true(peer_receive(peer, &buyer_request, BUYER_SOON));
	assert_string_equal(buyer_request.mti, "0422");
	assert_true(iso_is(&buyer_request, 90,
	    "020000000311221232000000012345600000000000"));
	buyer_has("\"balance\":100000,");
	buyer_has("\"state\":\"returned\"");
	memcpy(stan, iso_get(&buyer_request, 11, &len), 6);
	stan[6] = '\0';
	/* Again, until it is answered. */
	assert_true(peer_receive(peer, &buyer_request, BUYER_SOON));
	assert_string_equal(buyer_request.mti, "0423");
	assert_true(iso_is(&buyer_request, 11, stan));
	buyer_answer = buyer_request;
	memcpy(buyer_answer.mti, "0432", 5);
	peer_edit(&buyer_answer, "39=00");
	peer_send(peer, &buyer_answer);
	(void)peer_ctl("cutover 1123");
	do
		assert_true(peer_receive(peer, &buyer_request, BUYER_SOON));
	while (buyer_request.mti[1] != '8');
	assert_true(iso_is(&buyer_request, 70, "201"));
	assert_true(iso_is(&buyer_request, 15, "1123"));
	buyer_answer = buyer_request;
	memcpy(buyer_answer.mti, "0810", 5);
	peer_edit(&buyer_answer, "39=00");
	peer_send(peer, &buyer_answer);
	buyer_pays(peer, "11=000040", "00");
	assert_true(iso_is(&buyer_answer, 15, "1123"));
	assert_non_null(strstr(peer_ctl("stats"), "\"own_waiting\":0"));
	assert_non_null(strstr(peer_ctl("stats"), "\"own_answered\":2"));
	assert_non_null(
	    strstr(peer_ask("issuer-reversal " BUYER_KEY), "error no "));
	peer_close(peer);
	peer_end();
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
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	buyer_pays(peer, "", "00");
	buyer_reverses(peer, "0420", "", "00");
	buyer_pays(peer, "11=000005", "00");
	buyer_pays(peer, "11=000006 3=200000 4=000000000500", "00");
	buyer_pays(peer, "2=" BUYER_POOR " -14 11=000010", "51");
	peer_make(&buyer_request, "0500", good);
	peer_exchange(peer, &buyer_request, &buyer_answer);
	if (profile_check(&buyer_answer, PROFILE_FROM_BANK, &err) == -1)
		fail_msg("%s", err.text);
	assert_true(iso_is(&buyer_answer, 66, "1"));
	peer_edit(&buyer_request, "11=000051 88=0000000000024601");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 66, "2"));
	assert_true(iso_is(&buyer_answer, 88, "0000000000024600"));
	peer_edit(&buyer_request, "11=000052 15=1121");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 66, "2"));
	assert_true(iso_is(&buyer_answer, 76, "0000000000"));
	assert_string_equal(peer_ctl("totals 1122 978"),
	    "[{\"count\":1,\"sum\":500},{\"count\":0,\"sum\":0},"
	    "{\"count\":2,\"sum\":24600},{\"count\":1,\"sum\":12300}]\n");
	peer_close(peer);
	peer_end();
}

/* Of a day on which more was given back than taken, DE97 is a credit. */
static void
test_net_credit(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	buyer_pays(peer, "3=200000 4=000000000500", "00");
	peer_make(&buyer_request, "0500",
	    "7=1122200000 11=000050 15=1122 50=978 "
	    "74=0000000001 75=0000000000 76=0000000000 77=0000000000 "
	    "86=0000000000000500 87=0000000000000000 88=0000000000000000 "
	    "89=0000000000000000 97=C0000000000000500");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 66, "1"));
	peer_edit(&buyer_request, "97=D0000000000000500 11=000051");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 66, "2"));
	peer_close(peer);
	peer_end();
}

static void
test_survives(void **state)
{
	struct peer *peer;
	char options[256];

	(void)state;
	(void)snprintf(options, sizeof(options), "--journal %s",
	    scratch_path("journal"));
	buyer_bank("", options);
	peer = buyer_signed_on();
	buyer_pays(peer, "", "00");
	buyer_pays(peer, "11=000007", "00");
	buyer_reverses(peer, "0420", "11=000009", "00");
	peer_close(peer);
	peer_kill();
	buyer_bank("", options);
	peer = buyer_signed_on();
	buyer_has("\"balance\":87700,\"reserved\":0");
	buyer_pays(peer, "", "00");
	buyer_pays(peer, "11=000007", "00");
	buyer_has("\"balance\":87700,\"reserved\":0");
	buyer_reverses(peer, "0420", "11=000010", "94");
	peer_close(peer);
	peer_end();
	/* Whole numbers are in neither the journal nor the log. */
	scratch_read("journal", options, sizeof(options));
	assert_null(strstr(options, BUYER_CARD));
	assert_null(strstr(peer_log(), BUYER_CARD));
	assert_non_null(strstr(peer_log(), "400000******7899"));
	assert_non_null(strstr(peer_log(), "till --> bank 0200"));
	assert_non_null(strstr(peer_log(), "till <-- bank 0210"));
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
