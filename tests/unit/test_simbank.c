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

#include "settle_bank/profile.h"
#include "support/bank_peer.h"
#include "support/scratch.h"

#define CARD "4000001234567899"
#define POOR "4000001234567881"
#define SOON 20000 /* ms: patience with what must come */
#define NEVER 150 /* ms: patience with what must not come */

#define PURCHASE                                                               \
	"2=" CARD " 3=000000 4=000000012300 7=1122123200 11=000003 "           \
	"12=143200 13=1122 14=2912 18=5192 22=810 25=59 32=123456 "            \
	"37=610512000003 41=PAYSRV01 42=MERCHANT0000001 "                      \
	"43=GAZETTE_EN_LIGNE_______PARIS__________FR 49=978"
/* The same payment's reversal. */
#define REVERSAL "-14 11=000004 90=020000000311221232000000012345600000000000"
#define KEY "0200000003112212320000000123456"

static const char accounts[] = "account " CARD " 978 100000 expiry=2912\n"
			       "account " POOR " 978 100\n";

static struct iso_message request, answer;

static void
start(const char *rules, const char *options)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s%s", accounts, rules);
	scratch_write("script", 0600, text);
	(void)snprintf(text, sizeof(text), "--script %s --date 1122 %s",
	    scratch_path("script"), options);
	peer_bank(text);
}

static struct peer *
signed_on(void)
{
	struct peer *peer = peer_connect(&peer_plain);

	peer_sign_on(peer);
	return peer;
}

static void
purchase(struct peer *peer, const char *changes, const char *code)
{
	struct till_error err;

	peer_make(&request, "0200", PURCHASE);
	peer_edit(&request, changes);
	peer_exchange(peer, &request, &answer);
	if (!iso_is(&answer, 39, code))
		fail_msg("not %s:\n%s", code, peer_log());
	if (profile_check(&answer, PROFILE_FROM_BANK, &err) == -1 ||
	    profile_echoes(&request, &answer, &err) == -1)
		fail_msg("%s", err.text);
	assert_true(profile_answers(&request, &answer));
}

static void
reverse(struct peer *peer, const char *mti, const char *changes,
    const char *code)
{
	struct till_error err;

	peer_make(&request, mti, PURCHASE);
	peer_edit(&request, REVERSAL);
	peer_edit(&request, changes);
	if (profile_check(&request, PROFILE_TO_BANK, &err) == -1)
		fail_msg("%s", err.text);
	peer_exchange(peer, &request, &answer);
	if (!iso_is(&answer, 39, code))
		fail_msg("not %s:\n%s", code, peer_log());
	if (profile_check(&answer, PROFILE_FROM_BANK, &err) == -1 ||
	    profile_echoes(&request, &answer, &err) == -1)
		fail_msg("%s", err.text);
}

static void
has(const char *text)
{
	const char *dump = peer_ctl("dump");

	if (strstr(dump, text) == NULL)
		fail_msg("no %s in\n%s", text, dump);
}

static void
test_approves_if_covered(void **state)
{
	struct peer *peer;

	(void)state;
	start("", "");
	peer = signed_on();
	purchase(peer, "", "00");
	assert_true(answer.has[38]);
	assert_true(iso_is(&answer, 15, "1122"));
	has("\"account\":1,\"name\":\"400000******7899\",\"currency\":\"978\","
	    "\"balance\":87700,\"reserved\":0");
	has("\"key\":\"" KEY "\"");
	has("\"state\":\"charged\"");
	purchase(peer, "2=" POOR " -14 11=000010", "51");
	purchase(peer, "11=000011 14=2911", "54");
	purchase(peer, "11=000012 49=840", "14");
	purchase(peer, "11=000013 2=4000001234567873", "14");
	purchase(peer, "11=000014 4=000000000000", "13");
	has("\"balance\":87700,");
	peer_close(peer);
	peer_end();
}

static void
test_one_key_one_charge(void **state)
{
	struct iso_message first;
	struct peer *peer;

	(void)state;
	start("", "");
	peer = signed_on();
	purchase(peer, "", "00");
	first = answer;
	request.mti[3] = '1';
	peer_exchange(peer, &request, &answer);
	assert_true(iso_same(&first, &answer, 38));
	assert_true(iso_is(&answer, 39, "00"));
	purchase(peer, "", "00");
	assert_true(iso_same(&first, &answer, 38));
	has("\"balance\":87700,");
	/* The same key for something else. */
	purchase(peer, "4=000000012400", "94");
	has("\"balance\":87700,");
	peer_close(peer);
	peer_end();
}

static void
test_refunds(void **state)
{
	struct peer *peer;

	(void)state;
	start("", "");
	peer = signed_on();
	purchase(peer, "3=200000 4=000000000500", "00");
	has("\"balance\":100500,");
	has("\"state\":\"refunded\"");
	reverse(peer, "0420", "3=200000 4=000000000500", "00");
	has("\"balance\":100000,");
	peer_close(peer);
	peer_end();
}

static void
test_reservations(void **state)
{
	struct peer *peer;

	(void)state;
	start("", "");
	peer = signed_on();
	peer_make(&request, "0100", PURCHASE);
	peer_exchange(peer, &request, &answer);
	assert_string_equal(answer.mti, "0110");
	assert_true(iso_is(&answer, 39, "00"));
	has("\"balance\":100000,\"reserved\":12300");
	/* What is reserved is nobody else's. */
	purchase(peer, "4=000000090000 11=000009 37=610512000009", "51");
	/* Found by its reference, and charged with less. */
	peer_make(&request, "0220", PURCHASE);
	peer_edit(&request, "11=000010 4=000000012000 39=00");
	peer_exchange(peer, &request, &answer);
	assert_string_equal(answer.mti, "0230");
	assert_true(iso_is(&answer, 39, "00"));
	has("\"balance\":88000,\"reserved\":0");
	has("\"state\":\"completed\"");
	request.mti[3] = '1';
	peer_exchange(peer, &request, &answer);
	has("\"balance\":88000,\"reserved\":0");
	/* A reservation is given back by a reversal, by DE90. */
	peer_make(&request, "0100", PURCHASE);
	peer_edit(&request, "11=000020 37=610512000020");
	peer_exchange(peer, &request, &answer);
	has("\"balance\":88000,\"reserved\":12300");
	reverse(peer, "0400",
	    "11=000021 90=010000002011221232000000012345600000000000", "00");
	has("\"balance\":88000,\"reserved\":0");
	peer_close(peer);
	peer_end();
}

static void
test_reverses_once(void **state)
{
	struct peer *peer;

	(void)state;
	start("", "");
	peer = signed_on();
	purchase(peer, "", "00");
	reverse(peer, "0420", "", "00");
	has("\"balance\":100000,");
	has("\"state\":\"reversed\"");
	reverse(peer, "0421", "", "00");
	reverse(peer, "0420", "11=000005", "94");
	has("\"balance\":100000,");
	/* A repeat of what is reversed gets its old answer, and no money
	 * moves. */
	purchase(peer, "", "00");
	has("\"balance\":100000,");
	/* A part of another. */
	purchase(peer, "11=000030", "00");
	reverse(peer, "0420",
	    "11=000031 90=020000003011221232000000012345600000000000 "
	    "95=000000010000000000000000000000000000000000",
	    "00");
	has("\"balance\":90000,");
	peer_close(peer);
	peer_end();
}

static void
test_remembers(void **state)
{
	struct peer *peer;

	(void)state;
	start("", "");
	peer = signed_on();
	reverse(peer, "0420", "", "00");
	has("\"state\":\"overtaken\"");
	purchase(peer, "", "12");
	has("\"balance\":100000,");
	reverse(peer, "0421", "", "00");
	peer_close(peer);
	peer_end();
}

static void
test_reverses_the_late(void **state)
{
	struct peer *peer;

	(void)state;
	start("", "--mode reverses");
	peer = signed_on();
	reverse(peer, "0420", "", "00");
	purchase(peer, "", "00");
	has("\"balance\":100000,");
	reverse(peer, "0420", "11=000005", "94");
	peer_close(peer);
	peer_end();
}

static void
test_forgets(void **state)
{
	struct peer *peer;

	(void)state;
	start("", "--mode forgets");
	peer = signed_on();
	reverse(peer, "0420", "", "25");
	purchase(peer, "", "00");
	has("\"balance\":87700,");
	/* The repeat is a new chance. */
	reverse(peer, "0421", "", "00");
	has("\"balance\":100000,");
	peer_close(peer);
	peer_end();
}

/* By itself: the answer comes later than that to the reversal. */
static void
test_overtakes(void **state)
{
	struct peer *peer;

	(void)state;
	start("when mti=0200 nth=1 do arrive=500\n", "--mode forgets");
	peer = signed_on();
	peer_make(&request, "0200", PURCHASE);
	peer_send(peer, &request);
	reverse(peer, "0420", "", "25");
	assert_true(peer_receive(peer, &answer, SOON));
	assert_string_equal(answer.mti, "0210");
	assert_true(iso_is(&answer, 39, "00"));
	has("\"balance\":87700,");
	peer_close(peer);
	peer_end();
}

static void
test_needs_sign_on(void **state)
{
	struct peer *peer;

	(void)state;
	start("when network=301 nth=2 do lose\n"
	      "when network=001 nth=2 do answer=91\n",
	    "");
	peer = peer_connect(&peer_plain);
	purchase(peer, "", "58");
	peer_sign_on(peer);
	purchase(peer, "", "00");
	peer_make(&request, "0800", "7=1122120001 11=000002 70=301");
	peer_exchange(peer, &request, &answer);
	assert_true(iso_is(&answer, 39, "00"));
	peer_send(peer, &request);
	assert_false(peer_receive(peer, &answer, NEVER));
	peer_edit(&request, "70=001 11=000005");
	peer_exchange(peer, &request, &answer);
	assert_true(iso_is(&answer, 39, "91"));
	peer_edit(&request, "70=002 11=000006");
	peer_exchange(peer, &request, &answer);
	purchase(peer, "11=000007", "58");
	peer_make(&request, "0800", "7=1122120001 11=000008 70=777");
	peer_exchange(peer, &request, &answer);
	assert_true(iso_is(&answer, 39, "12"));
	peer_close(peer);
	peer_end();
}

static void
test_own_messages(void **state)
{
	struct peer *peer;
	char stan[7];
	size_t len;

	(void)state;
	start("", "--repeat-ms 100");
	peer = signed_on();
	purchase(peer, "", "00");
	(void)peer_ctl("issuer-reversal " KEY);
	assert_true(peer_receive(peer, &request, SOON));
	assert_string_equal(request.mti, "0422");
	assert_true(
	    iso_is(&request, 90, "020000000311221232000000012345600000000000"));
	has("\"balance\":100000,");
	has("\"state\":\"returned\"");
	memcpy(stan, iso_get(&request, 11, &len), 6);
	stan[6] = '\0';
	/* Again, until it is answered. */
	assert_true(peer_receive(peer, &request, SOON));
	assert_string_equal(request.mti, "0423");
	assert_true(iso_is(&request, 11, stan));
	answer = request;
	memcpy(answer.mti, "0432", 5);
	peer_edit(&answer, "39=00");
	peer_send(peer, &answer);
	(void)peer_ctl("cutover 1123");
	do
		assert_true(peer_receive(peer, &request, SOON));
	while (request.mti[1] != '8');
	assert_true(iso_is(&request, 70, "201"));
	assert_true(iso_is(&request, 15, "1123"));
	answer = request;
	memcpy(answer.mti, "0810", 5);
	peer_edit(&answer, "39=00");
	peer_send(peer, &answer);
	purchase(peer, "11=000040", "00");
	assert_true(iso_is(&answer, 15, "1123"));
	assert_non_null(strstr(peer_ctl("stats"), "\"own_waiting\":0"));
	assert_non_null(strstr(peer_ctl("stats"), "\"own_answered\":2"));
	assert_non_null(strstr(peer_ask("issuer-reversal " KEY), "error no "));
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
	start("", "");
	peer = signed_on();
	purchase(peer, "", "00");
	reverse(peer, "0420", "", "00");
	purchase(peer, "11=000005", "00");
	purchase(peer, "11=000006 3=200000 4=000000000500", "00");
	purchase(peer, "2=" POOR " -14 11=000010", "51");
	peer_make(&request, "0500", good);
	peer_exchange(peer, &request, &answer);
	if (profile_check(&answer, PROFILE_FROM_BANK, &err) == -1)
		fail_msg("%s", err.text);
	assert_true(iso_is(&answer, 66, "1"));
	peer_edit(&request, "11=000051 88=0000000000024601");
	peer_exchange(peer, &request, &answer);
	assert_true(iso_is(&answer, 66, "2"));
	assert_true(iso_is(&answer, 88, "0000000000024600"));
	peer_edit(&request, "11=000052 15=1121");
	peer_exchange(peer, &request, &answer);
	assert_true(iso_is(&answer, 66, "2"));
	assert_true(iso_is(&answer, 76, "0000000000"));
	assert_string_equal(peer_ctl("totals 1122 978"),
	    "[{\"count\":1,\"sum\":500},{\"count\":0,\"sum\":0},"
	    "{\"count\":2,\"sum\":24600},{\"count\":1,\"sum\":12300}]\n");
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
	start("", options);
	peer = signed_on();
	purchase(peer, "", "00");
	purchase(peer, "11=000007", "00");
	reverse(peer, "0420", "11=000009", "00");
	peer_close(peer);
	peer_kill();
	start("", options);
	peer = signed_on();
	has("\"balance\":87700,\"reserved\":0");
	purchase(peer, "", "00");
	purchase(peer, "11=000007", "00");
	has("\"balance\":87700,\"reserved\":0");
	reverse(peer, "0420", "11=000010", "94");
	peer_close(peer);
	peer_end();
	/* Whole numbers are in neither the journal nor the log. */
	scratch_read("journal", options, sizeof(options));
	assert_null(strstr(options, CARD));
	assert_null(strstr(peer_log(), CARD));
	assert_non_null(strstr(peer_log(), "400000******7899"));
	assert_non_null(strstr(peer_log(), "till --> bank 0200"));
	assert_non_null(strstr(peer_log(), "till <-- bank 0210"));
}

static int
setup(void **state)
{
	return scratch_make(state);
}

static int
teardown(void **state)
{
	return scratch_remove(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_approves_if_covered, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_one_key_one_charge, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refunds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reservations, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_reverses_once, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_remembers, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_reverses_the_late, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_forgets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overtakes, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_needs_sign_on, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_own_messages, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_totals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_survives, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
