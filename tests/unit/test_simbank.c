/*
 * test_simbank.c - the simulated bank over TCP: payments, its books, and what
 * it does when a reversal overtakes its original.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/buyer.h"
#include "support/scratch.h"

#define NEVER 150 /* ms: patience with what must not come */

static void
test_approves_if_covered(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	buyer_pays(peer, "", "00");
	assert_true(buyer_answer.has[38]);
	assert_true(iso_is(&buyer_answer, 15, "1122"));
	buyer_has(
	    "\"account\":1,\"name\":\"400000******7899\",\"currency\":\"978\","
	    "\"balance\":87700,\"reserved\":0");
	buyer_has("\"key\":\"" BUYER_KEY "\"");
	buyer_has("\"state\":\"charged\"");
	buyer_pays(peer, "2=" BUYER_POOR " -14 11=000010", "51");
	buyer_pays(peer, "11=000011 14=2911", "54");
	buyer_pays(peer, "11=000012 49=840", "14");
	buyer_pays(peer, "11=000013 2=4000001234567873", "14");
	buyer_pays(peer, "11=000014 4=000000000000", "13");
	buyer_has("\"balance\":87700,");
	peer_close(peer);
	peer_end();
}

static void
test_one_key_one_charge(void **state)
{
	struct iso_message first;
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	buyer_pays(peer, "", "00");
	first = buyer_answer;
	buyer_request.mti[3] = '1';
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_true(iso_same(&first, &buyer_answer, 38));
	assert_true(iso_is(&buyer_answer, 39, "00"));
	buyer_pays(peer, "", "00");
	assert_true(iso_same(&first, &buyer_answer, 38));
	buyer_has("\"balance\":87700,");
	/* The same key for something else. */
	buyer_pays(peer, "4=000000012400", "94");
	buyer_has("\"balance\":87700,");
	peer_close(peer);
	peer_end();
}

static void
test_refunds(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	buyer_pays(peer, "3=200000 4=000000000500", "00");
	buyer_has("\"balance\":100500,");
	buyer_has("\"state\":\"refunded\"");
	buyer_reverses(peer, "0420", "3=200000 4=000000000500", "00");
	buyer_has("\"balance\":100000,");
	peer_close(peer);
	peer_end();
}

static void
test_reservations(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	peer_make(&buyer_request, "0100", BUYER_PURCHASE);
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_string_equal(buyer_answer.mti, "0110");
	assert_true(iso_is(&buyer_answer, 39, "00"));
	buyer_has("\"balance\":100000,\"reserved\":12300");
	/* What is reserved is nobody else's. */
	buyer_pays(peer, "4=000000090000 11=000009 37=610512000009", "51");
	/* Found by its reference, and charged with less. */
	peer_make(&buyer_request, "0220", BUYER_PURCHASE);
	peer_edit(&buyer_request, "11=000010 4=000000012000 39=00");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_string_equal(buyer_answer.mti, "0230");
	assert_true(iso_is(&buyer_answer, 39, "00"));
	buyer_has("\"balance\":88000,\"reserved\":0");
	buyer_has("\"state\":\"completed\"");
	buyer_request.mti[3] = '1';
	peer_exchange(peer, &buyer_request, &buyer_answer);
	buyer_has("\"balance\":88000,\"reserved\":0");
	/* A reservation is given back by a reversal, by DE90. */
	peer_make(&buyer_request, "0100", BUYER_PURCHASE);
	peer_edit(&buyer_request, "11=000020 37=610512000020");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	buyer_has("\"balance\":88000,\"reserved\":12300");
	buyer_reverses(peer, "0400",
	    "11=000021 90=010000002011221232000000012345600000000000", "00");
	buyer_has("\"balance\":88000,\"reserved\":0");
	peer_close(peer);
	peer_end();
}

static void
test_reverses_once(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	buyer_pays(peer, "", "00");
	buyer_reverses(peer, "0420", "", "00");
	buyer_has("\"balance\":100000,");
	buyer_has("\"state\":\"reversed\"");
	buyer_reverses(peer, "0421", "", "00");
	buyer_reverses(peer, "0420", "11=000005", "94");
	/* DE90 may name a repeat. */
	buyer_reverses(peer, "0420",
	    "11=000006 90=020100000311221232000000012345600000000000", "94");
	buyer_has("\"balance\":100000,");
	/* A repeat of what is reversed gets its old answer, and no money
	 * moves. */
	buyer_pays(peer, "", "00");
	buyer_has("\"balance\":100000,");
	/* A part of another. */
	buyer_pays(peer, "11=000030", "00");
	buyer_reverses(peer, "0420",
	    "11=000031 90=020000003011221232000000012345600000000000 "
	    "95=000000010000000000000000000000000000000000",
	    "00");
	buyer_has("\"balance\":90000,");
	peer_close(peer);
	peer_end();
}

static void
test_remembers(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	buyer_reverses(peer, "0420", "", "00");
	buyer_has("\"state\":\"overtaken\"");
	buyer_pays(peer, "", "12");
	buyer_has("\"balance\":100000,");
	buyer_reverses(peer, "0421", "", "00");
	peer_close(peer);
	peer_end();
}

static void
test_reverses_the_late(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "--mode reverses");
	peer = buyer_signed_on();
	buyer_reverses(peer, "0420", "", "00");
	buyer_pays(peer, "", "00");
	buyer_has("\"balance\":100000,");
	buyer_reverses(peer, "0420", "11=000005", "94");
	peer_close(peer);
	peer_end();
}

static void
test_forgets(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "--mode forgets");
	peer = buyer_signed_on();
	buyer_reverses(peer, "0420", "", "25");
	buyer_pays(peer, "", "00");
	buyer_has("\"balance\":87700,");
	/* The repeat is a new chance. */
	buyer_reverses(peer, "0421", "", "00");
	buyer_has("\"balance\":100000,");
	peer_close(peer);
	peer_end();
}

/* By itself: the answer comes later than that to the reversal. */
static void
test_overtakes(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("when mti=0200 nth=1 do arrive=500\n", "--mode forgets");
	peer = buyer_signed_on();
	peer_make(&buyer_request, "0200", BUYER_PURCHASE);
	peer_send(peer, &buyer_request);
	buyer_reverses(peer, "0420", "", "25");
	assert_true(peer_receive(peer, &buyer_answer, BUYER_SOON));
	assert_string_equal(buyer_answer.mti, "0210");
	assert_true(iso_is(&buyer_answer, 39, "00"));
	buyer_has("\"balance\":87700,");
	peer_close(peer);
	peer_end();
}

static void
test_needs_sign_on(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("when network=301 nth=2 do lose\n"
		   "when network=001 nth=2 do answer=91\n",
	    "");
	peer = peer_connect(&peer_plain);
	buyer_pays(peer, "", "58");
	peer_sign_on(peer);
	buyer_pays(peer, "", "00");
	peer_make(&buyer_request, "0800", "7=1122120001 11=000002 70=301");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 39, "00"));
	peer_send(peer, &buyer_request);
	assert_false(peer_receive(peer, &buyer_answer, NEVER));
	peer_edit(&buyer_request, "70=001 11=000005");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 39, "91"));
	peer_edit(&buyer_request, "70=002 11=000006");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	buyer_pays(peer, "11=000007", "58");
	peer_make(&buyer_request, "0800", "7=1122120001 11=000008 70=777");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 39, "12"));
	peer_close(peer);
	peer_end();
}

/* DE90 names one of two; the answer to an advice has none. */
static void
test_completes_by_original(void **state)
{
	struct peer *peer;

	(void)state;
	buyer_bank("", "");
	peer = buyer_signed_on();
	peer_make(&buyer_request, "0100", BUYER_PURCHASE);
	peer_exchange(peer, &buyer_request, &buyer_answer);
	peer_edit(&buyer_request, "11=000004 4=000000000100");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	buyer_has("\"balance\":100000,\"reserved\":12400");
	peer_make(&buyer_request, "0220", BUYER_PURCHASE);
	peer_edit(&buyer_request,
	    "11=000010 39=00 90=010000000311221232000000012345600000000000");
	peer_exchange(peer, &buyer_request, &buyer_answer);
	buyer_is_answered("00");
	buyer_has("\"balance\":87700,\"reserved\":100");
	peer_close(peer);
	peer_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_approves_if_covered,
		    scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_one_key_one_charge,
		    scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_refunds, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_reservations, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_reverses_once,
		    scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_remembers, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_reverses_the_late,
		    scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_forgets, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_overtakes, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_needs_sign_on,
		    scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_completes_by_original,
		    scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
