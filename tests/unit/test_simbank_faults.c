/*
 * test_simbank_faults.c - the simulated bank fails as its script says, on
 * every kind of link, and with TLS.
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
#include "support/certificate.h"
#include "support/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CARD "4000001234567899"
#define SOON 20000 /* ms: patience with what must come */
#define NEVER 150 /* ms: patience with what must not come */

#define PURCHASE                                                               \
	"2=" CARD " 3=000000 4=000000012300 7=1122123200 11=000003 "           \
	"12=143200 13=1122 14=2912 18=5192 22=810 25=59 32=12345 "             \
	"37=610512000003 41=PAYSRV01 42=MERCHANT0000001 "                      \
	"43=GAZETTE_EN_LIGNE_______PARIS__________FR 49=978"

static struct iso_message request, answer;

static void
start(const char *rules, const char *options)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "account " CARD " 978 100000 # euro\n\n%s\n", rules);
	scratch_write("script", 0600, text);
	(void)snprintf(text, sizeof(text), "--script %s %s",
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
buy(struct peer *peer, const char *changes)
{
	peer_make(&request, "0200", PURCHASE);
	peer_edit(&request, changes);
	peer_send(peer, &request);
}

static void
has(const char *text)
{
	const char *dump = peer_ctl("dump");

	if (strstr(dump, text) == NULL)
		fail_msg("no %s in\n%s", text, dump);
}

enum comes {
	COMES_RIGHT = 1, /* an answer that is one */
	COMES_LATE, /* so is it, but not at once */
	COMES_TWICE,
	COMES_OTHER, /* one that finds no request, or brings not back what
			it must */
	COMES_NOTHING,
	COMES_END /* of the connection, or what is no message */
};

static const struct {
	const char *action;
	enum comes comes;
	const char *code; /* NULL: none */
	const char *balance;
} faults[] = {
	{ "answer=51", COMES_RIGHT, "51", "100000" },
	{ "answer=91", COMES_RIGHT, "91", "100000" },
	{ "answer=08", COMES_RIGHT, "08", "87700" },
	{ "no-code", COMES_RIGHT, NULL, "87700" },
	{ "delay=400", COMES_LATE, "00", "87700" },
	{ "arrive=400..450", COMES_LATE, "00", "87700" },
	{ "arrive=200 delay=200", COMES_LATE, "00", "87700" },
	{ "twice=10..20", COMES_TWICE, "00", "87700" },
	{ "delay=400 twice=1 answer=51", COMES_TWICE, "51", "100000" },
	{ "partial=10000", COMES_OTHER, "10", "90000" },
	{ "wrong=stan", COMES_OTHER, "00", "87700" },
	{ "wrong=amount", COMES_OTHER, "00", "87700" },
	{ "wrong=currency", COMES_OTHER, "00", "87700" },
	{ "wrong=rrn", COMES_OTHER, "00", "87700" },
	{ "wrong=type", COMES_OTHER, "00", "87700" },
	{ "drop", COMES_NOTHING, NULL, "87700" },
	{ "lose", COMES_NOTHING, NULL, "100000" },
	{ "close=before", COMES_END, NULL, "100000" },
	{ "close=after", COMES_END, NULL, "87700" },
	{ "garbage=frame", COMES_END, NULL, "87700" },
	{ "garbage=stream", COMES_END, NULL, "87700" },
};

static void
check_answer(size_t i)
{
	struct till_error err;
	const bool is_one = profile_answers(&request, &answer) &&
	    profile_echoes(&request, &answer, &err) == 0;

	if (is_one == (faults[i].comes == COMES_OTHER))
		fail_msg("%s:\n%s", faults[i].action, peer_log());
	if (faults[i].code == NULL)
		assert_false(answer.has[39]);
	else
		assert_true(iso_is(&answer, 39, faults[i].code));
}

static void
check_fault(struct peer *peer, size_t i)
{
	if (faults[i].comes == COMES_LATE)
		assert_false(peer_receive(peer, &answer, NEVER));
	switch (faults[i].comes) {
	case COMES_LATE:
	case COMES_RIGHT:
	case COMES_OTHER:
		assert_true(peer_receive(peer, &answer, SOON));
		check_answer(i);
		break;
	case COMES_TWICE:
		assert_true(peer_receive(peer, &answer, SOON));
		assert_true(peer_receive(peer, &answer, SOON));
		check_answer(i);
		break;
	case COMES_NOTHING:
		assert_false(peer_receive(peer, &answer, NEVER));
		assert_false(peer_is_over(peer, 0));
		break;
	case COMES_END:
		assert_true(peer_is_over(peer, SOON));
		break;
	}
}

static void
test_faults(void **state)
{
	char rule[128], balance[64];
	struct peer *peer;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(faults); i++) {
		(void)snprintf(rule, sizeof(rule),
		    "when mti=0200 card=" CARD " amount=1..12300 currency=978 "
		    "nth=1 chance=1/1 do %s",
		    faults[i].action);
		start(rule, "");
		peer = signed_on();
		buy(peer, "");
		check_fault(peer, i);
		(void)snprintf(balance, sizeof(balance), "\"balance\":%s,",
		    faults[i].balance);
		has(balance);
		peer_close(peer);
		/* The next one, and other messages, go as usual. */
		peer = signed_on();
		buy(peer, "11=000009 4=000000000100");
		assert_true(peer_receive(peer, &answer, SOON));
		assert_true(iso_is(&answer, 39, "00"));
		peer_close(peer);
		peer_end();
	}
}

/* Booked and dropped: the repeat has the answer. */
static void
test_repeat_after_drop(void **state)
{
	struct peer *peer;

	(void)state;
	start("when mti=0200 do drop", "");
	peer = signed_on();
	buy(peer, "");
	assert_false(peer_receive(peer, &answer, NEVER));
	request.mti[3] = '1';
	peer_exchange(peer, &request, &answer);
	assert_string_equal(answer.mti, "0210");
	assert_true(iso_is(&answer, 39, "00"));
	has("\"balance\":87700,");
	peer_close(peer);
	peer_end();
}

/* A late answer whose connection is gone takes another, if the bank roams. */
static void
test_roams(void **state)
{
	struct peer *first, *second;

	(void)state;
	start("when mti=0200 do delay=500", "--roams");
	first = signed_on();
	second = signed_on();
	buy(first, "");
	while (strstr(peer_ctl("stats"), "\"under_way\":1") == NULL)
		;
	peer_close(first);
	assert_true(peer_receive(second, &answer, SOON));
	assert_true(profile_answers(&request, &answer));
	peer_close(second);
	peer_end();
}

/* What is on its way when the connection ends arrives all the same. */
static void
test_arrives_after_the_end(void **state)
{
	struct peer *peer;

	(void)state;
	start("when mti=0200 do arrive=500", "");
	peer = signed_on();
	buy(peer, "");
	while (strstr(peer_ctl("stats"), "\"under_way\":1") == NULL)
		;
	peer_close(peer);
	while (strstr(peer_ctl("dump"), "\"balance\":87700,") == NULL)
		;
	peer_end();
}

/* What is due first comes first, whatever was asked first. */
static void
test_due_order(void **state)
{
	static const char *const order[] = { "000003", "000001", "000005",
		"000002", "000004", "000006" };
	char changes[64];
	struct peer *peer;
	unsigned int i;

	(void)state;
	start("when amount=1 do delay=800\nwhen amount=2 do delay=1600\n"
	      "when amount=3 do delay=400\nwhen amount=4 do delay=2000\n"
	      "when amount=5 do delay=1200\nwhen amount=6 do delay=2400\n",
	    "");
	peer = signed_on();
	for (i = 1; i <= 6; i++) {
		(void)snprintf(changes, sizeof(changes), "11=%06u 4=%012u", i,
		    i);
		buy(peer, changes);
	}
	for (i = 0; i < COUNT(order); i++) {
		assert_true(peer_receive(peer, &answer, SOON));
		assert_true(iso_is(&answer, 11, order[i]));
	}
	peer_close(peer);
	peer_end();
}

static const struct {
	const char *options;
	struct iso_coding coding;
	struct framing framing;
} links[] = {
	{ "--length be2-inclusive --hex-bitmap",
	    { .hex_bitmap = true, .odd = ISO_ODD_RIGHT_0 },
	    { .length = FRAMING_BE2_INCLUSIVE } },
	{ "--length bcd2 --bcd --tpdu", { .bcd = true, .odd = ISO_ODD_RIGHT_0 },
	    { .length = FRAMING_BCD2, .tpdu = true } },
	{ "--length ascii4 --bcd --odd left-0 --header 12",
	    { .bcd = true, .odd = ISO_ODD_LEFT_0 },
	    { .length = FRAMING_ASCII4, .header = 12 } },
	{ "--length be4 --bcd --odd right-f --hex-bitmap --tpdu --header 3",
	    { .bcd = true, .hex_bitmap = true, .odd = ISO_ODD_RIGHT_F },
	    { .length = FRAMING_BE4, .tpdu = true, .header = 3 } },
};

static void
test_links(void **state)
{
	struct peer_link link;
	struct peer *peer;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(links); i++) {
		link = peer_plain;
		link.coding = links[i].coding;
		link.framing = links[i].framing;
		start("", links[i].options);
		peer = peer_connect(&link);
		peer_sign_on(peer);
		buy(peer, "");
		assert_true(peer_receive(peer, &answer, SOON));
		assert_true(iso_is(&answer, 39, "00"));
		assert_true(iso_is(&answer, 32, "12345"));
		(void)peer_ctl("echo");
		assert_true(peer_receive(peer, &answer, SOON));
		assert_true(iso_is(&answer, 70, "301"));
		peer_close(peer);
		peer_end();
	}
}

static unsigned long
stan_of(const struct iso_message *message)
{
	char digits[7] = "";
	size_t len;

	memcpy(digits, iso_get(message, 11, &len), 6);
	return strtoul(digits, NULL, 10);
}

/* Many at once, each answered once, in any order. */
static void
test_many_at_once(void **state)
{
	enum { MANY = 400 };
	static unsigned int seen[MANY];
	struct peer *peers[200];
	char stan[64];
	unsigned int i, n;

	(void)state;
	start("when mti=0200 do delay=0..300", "");
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < COUNT(peers); i++)
		peers[i] = signed_on();
	for (i = 0; i < MANY; i++) {
		(void)snprintf(stan, sizeof(stan), "11=%06u 4=000000000100", i);
		buy(peers[i % COUNT(peers)], stan);
	}
	for (i = 0; i < MANY; i++) {
		assert_true(
		    peer_receive(peers[i % COUNT(peers)], &answer, SOON));
		assert_true(iso_is(&answer, 39, "00"));
		n = (unsigned int)stan_of(&answer);
		assert_in_range(n, 0, MANY - 1);
		assert_int_equal(seen[n]++, 0);
	}
	has("\"balance\":60000,");
	for (i = 0; i < COUNT(peers); i++)
		peer_close(peers[i]);
	peer_end();
}

static void
test_no_message(void **state)
{
	struct peer *peer;

	(void)state;
	start("", "");
	peer = signed_on();
	peer_send_octets(peer, "\0\024hello hello hello he", 22);
	assert_true(peer_is_over(peer, SOON));
	peer_close(peer);
	peer = signed_on();
	buy(peer, "-4");
	assert_true(peer_receive(peer, &answer, SOON));
	assert_true(iso_is(&answer, 39, "30"));
	/* A keep-alive is nothing. */
	peer_send_octets(peer, "\0\0", 2);
	buy(peer, "");
	assert_true(peer_receive(peer, &answer, SOON));
	assert_true(iso_is(&answer, 39, "00"));
	(void)peer_ctl("close");
	assert_true(peer_is_over(peer, SOON));
	peer_close(peer);
	assert_non_null(strstr(peer_ctl("stats"), "\"refused\":2"));
	peer_end();
}

static void
test_tls(void **state)
{
	struct peer_link link = peer_plain;
	char options[512];
	struct peer *peer;

	(void)state;
	certificate_make("bank");
	certificate_make("till");
	certificate_make("other");
	(void)snprintf(options, sizeof(options),
	    "--tls %s --tls-key %s --client-ca %s", scratch_path("bank.pem"),
	    scratch_path("bank.key"), scratch_path("till.pem"));
	start("", options);
	link.ca = scratch_path("bank.pem");
	link.certificate = scratch_path("till.pem");
	link.key = scratch_path("till.key");
	peer = peer_connect(&link);
	assert_non_null(peer);
	peer_sign_on(peer);
	buy(peer, "");
	assert_true(peer_receive(peer, &answer, SOON));
	assert_true(iso_is(&answer, 39, "00"));
	peer_close(peer);
	/* A certificate by somebody else, and none. */
	link.certificate = scratch_path("other.pem");
	link.key = scratch_path("other.key");
	peer = peer_connect(&link);
	assert_true(peer == NULL || peer_is_over(peer, SOON));
	peer_close(peer);
	link.certificate = NULL;
	peer = peer_connect(&link);
	assert_true(peer == NULL || peer_is_over(peer, SOON));
	peer_close(peer);
	/* Without TLS nothing is answered. */
	peer = peer_connect(&peer_plain);
	buy(peer, "");
	assert_true(peer_is_over(peer, SOON));
	peer_close(peer);
	peer_end();
}

int
main(void)
{
#define EACH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		EACH(test_faults),
		EACH(test_repeat_after_drop),
		EACH(test_roams),
		EACH(test_arrives_after_the_end),
		EACH(test_due_order),
		EACH(test_links),
		EACH(test_many_at_once),
		EACH(test_no_message),
		EACH(test_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
