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
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	buyer_pays(banker, "", "00");
	assert_true(buyer_answer.has[38]);
	assert_true(iso_is(&buyer_answer, 15, "1122"));
	buyer_has(
	    "\"account\":1,\"name\":\"400000******7899\",\"currency\":\"978\","
	    "\"balance\":87700,\"reserved\":0");
	buyer_has("\"key\":\"" BUYER_KEY "\"");
	buyer_has("\"state\":\"charged\"");
	buyer_pays(banker, "2=" BUYER_POOR " -14 11=000010", "51");
	buyer_pays(banker, "11=000011 14=2911", "54");
	buyer_pays(banker, "11=000012 49=840", "14");
	buyer_pays(banker, "11=000013 2=4000001234567873", "14");
	buyer_pays(banker, "11=000014 4=000000000000", "13");
	buyer_has("\"balance\":87700,");
	banker_close(banker);
	banker_end();
}

static void
test_one_key_one_charge(void **state)
{
	struct iso_message first;
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	buyer_pays(banker, "", "00");
	first = buyer_answer;
	buyer_request.mti[3] = '1';
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_true(iso_same(&first, &buyer_answer, 38));
	assert_true(iso_is(&buyer_answer, 39, "00"));
	buyer_pays(banker, "", "00");
	assert_true(iso_same(&first, &buyer_answer, 38));
	buyer_has("\"balance\":87700,");
	/* The same key for something else. */
	buyer_pays(banker, "4=000000012400", "94");
	buyer_has("\"balance\":87700,");
	banker_close(banker);
	banker_end();
}

static void
test_refunds(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	buyer_pays(banker, "3=200000 4=000000000500", "00");
	buyer_has("\"balance\":100500,");
	buyer_has("\"state\":\"refunded\"");
	buyer_reverses(banker, "0420", "3=200000 4=000000000500", "00");
	buyer_has("\"balance\":100000,");
	banker_close(banker);
	banker_end();
}

static void
test_reservations(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	banker_make(&buyer_request, "0100", BUYER_PURCHASE);
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_string_equal(buyer_answer.mti, "0110");
	assert_true(iso_is(&buyer_answer, 39, "00"));
	buyer_has("\"balance\":100000,\"reserved\":12300");
	/* What is reserved is nobody else's. */
	buyer_pays(banker, "4=000000090000 11=000009 37=610512000009", "51");
	/* Found by its reference, and charged with less. */
	banker_make(&buyer_request, "0220", BUYER_PURCHASE);
	banker_edit(&buyer_request, "11=000010 4=000000012000 39=00");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_string_equal(buyer_answer.mti, "0230");
	assert_true(iso_is(&buyer_answer, 39, "00"));
	buyer_has("\"balance\":88000,\"reserved\":0");
	buyer_has("\"state\":\"completed\"");
	buyer_request.mti[3] = '1';
	banker_exchange(banker, &buyer_request, &buyer_answer);
	buyer_has("\"balance\":88000,\"reserved\":0");
	/* A reservation is given back by a reversal, by DE90. */
	banker_make(&buyer_request, "0100", BUYER_PURCHASE);
	banker_edit(&buyer_request, "11=000020 37=610512000020");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	buyer_has("\"balance\":88000,\"reserved\":12300");
	buyer_reverses(banker, "0400",
	    "11=000021 90=010000002011221232000000012345600000000000", "00");
	buyer_has("\"balance\":88000,\"reserved\":0");
	banker_close(banker);
	banker_end();
}

static void
test_reverses_once(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	buyer_pays(banker, "", "00");
	buyer_reverses(banker, "0420", "", "00");
	buyer_has("\"balance\":100000,");
	buyer_has("\"state\":\"reversed\"");
	buyer_reverses(banker, "0421", "", "00");
	buyer_reverses(banker, "0420", "11=000005", "94");
	/* DE90 may name a repeat. */
	buyer_reverses(banker, "0420",
	    "11=000006 90=020100000311221232000000012345600000000000", "94");
	buyer_has("\"balance\":100000,");
	/* A repeat of what is reversed gets its old answer, and no money
	 * moves. */
	buyer_pays(banker, "", "00");
	buyer_has("\"balance\":100000,");
	/* A part of another. */
	buyer_pays(banker, "11=000030", "00");
	buyer_reverses(banker, "0420",
	    "11=000031 90=020000003011221232000000012345600000000000 "
	    "95=000000010000000000000000000000000000000000",
	    "00");
	buyer_has("\"balance\":90000,");
	banker_close(banker);
	banker_end();
}

static void
test_remembers(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	buyer_reverses(banker, "0420", "", "00");
	buyer_has("\"state\":\"overtaken\"");
	buyer_pays(banker, "", "12");
	buyer_has("\"balance\":100000,");
	buyer_reverses(banker, "0421", "", "00");
	banker_close(banker);
	banker_end();
}

static void
test_reverses_the_late(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("", "--mode reverses");
	banker = buyer_signed_on();
	buyer_reverses(banker, "0420", "", "00");
	buyer_pays(banker, "", "00");
	buyer_has("\"balance\":100000,");
	buyer_reverses(banker, "0420", "11=000005", "94");
	banker_close(banker);
	banker_end();
}

static void
test_forgets(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("", "--mode forgets");
	banker = buyer_signed_on();
	buyer_reverses(banker, "0420", "", "25");
	buyer_pays(banker, "", "00");
	buyer_has("\"balance\":87700,");
	/* The repeat is a new chance. */
	buyer_reverses(banker, "0421", "", "00");
	buyer_has("\"balance\":100000,");
	banker_close(banker);
	banker_end();
}

/* By itself: the answer comes later than that to the reversal. */
static void
test_overtakes(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("when mti=0200 nth=1 do arrive=500\n", "--mode forgets");
	banker = buyer_signed_on();
	banker_make(&buyer_request, "0200", BUYER_PURCHASE);
	banker_send(banker, &buyer_request);
	buyer_reverses(banker, "0420", "", "25");
	assert_true(banker_receive(banker, &buyer_answer, BUYER_SOON));
	assert_string_equal(buyer_answer.mti, "0210");
	assert_true(iso_is(&buyer_answer, 39, "00"));
	buyer_has("\"balance\":87700,");
	banker_close(banker);
	banker_end();
}

static void
test_needs_sign_on(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("when network=301 nth=2 do lose\n"
		   "when network=001 nth=2 do answer=91\n",
	    "");
	banker = banker_connect(&banker_plain);
	buyer_pays(banker, "", "58");
	banker_sign_on(banker);
	buyer_pays(banker, "", "00");
	banker_make(&buyer_request, "0800", "7=1122120001 11=000002 70=301");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 39, "00"));
	banker_send(banker, &buyer_request);
	assert_false(banker_receive(banker, &buyer_answer, NEVER));
	banker_edit(&buyer_request, "70=001 11=000005");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 39, "91"));
	banker_edit(&buyer_request, "70=002 11=000006");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	buyer_pays(banker, "11=000007", "58");
	banker_make(&buyer_request, "0800", "7=1122120001 11=000008 70=777");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	assert_true(iso_is(&buyer_answer, 39, "12"));
	banker_close(banker);
	banker_end();
}

/* DE90 names one of two; the answer to an advice has none. */
static void
test_completes_by_original(void **state)
{
	struct banker *banker;

	(void)state;
	buyer_bank("", "");
	banker = buyer_signed_on();
	banker_make(&buyer_request, "0100", BUYER_PURCHASE);
	banker_exchange(banker, &buyer_request, &buyer_answer);
	banker_edit(&buyer_request, "11=000004 4=000000000100");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	buyer_has("\"balance\":100000,\"reserved\":12400");
	banker_make(&buyer_request, "0220", BUYER_PURCHASE);
	banker_edit(&buyer_request,
	    "11=000010 39=00 90=010000000311221232000000012345600000000000");
	banker_exchange(banker, &buyer_request, &buyer_answer);
	buyer_is_answered("00");
	buyer_has("\"balance\":87700,\"reserved\":100");
	banker_close(banker);
	banker_end();
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
