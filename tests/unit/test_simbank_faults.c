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
#include "support/banker.h"
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
	banker_start(text);
}

static struct banker *
signed_on(void)
{
	struct banker *banker = banker_connect(&banker_plain);

	banker_sign_on(banker);
	return banker;
}

static void
buy(struct banker *banker, const char *changes)
{
	banker_make(&request, "0200", PURCHASE);
	banker_edit(&request, changes);
	banker_send(banker, &request);
}

static void
has(const char *text)
{
	const char *dump = banker_ctl("dump");

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
		fail_msg("%s:\n%s", faults[i].action, banker_log());
	if (faults[i].code == NULL)
		assert_false(answer.has[39]);
	else
		assert_true(iso_is(&answer, 39, faults[i].code));
}

static void
check_fault(struct banker *banker, size_t i)
{
	if (faults[i].comes == COMES_LATE)
		assert_false(banker_receive(banker, &answer, NEVER));
	switch (faults[i].comes) {
	case COMES_LATE:
	case COMES_RIGHT:
	case COMES_OTHER:
		assert_true(banker_receive(banker, &answer, SOON));
		check_answer(i);
		break;
	case COMES_TWICE:
		assert_true(banker_receive(banker, &answer, SOON));
		assert_true(banker_receive(banker, &answer, SOON));
		check_answer(i);
		break;
	case COMES_NOTHING:
		assert_false(banker_receive(banker, &answer, NEVER));
		assert_false(banker_is_over(banker, 0));
		break;
	case COMES_END:
		assert_true(banker_is_over(banker, SOON));
		break;
	}
}

static void
test_faults(void **state)
{
	char rule[128], balance[64];
	struct banker *banker;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(faults); i++) {
		(void)snprintf(rule, sizeof(rule),
		    "when mti=0200 card=" CARD " amount=1..12300 currency=978 "
		    "nth=1 chance=1/1 do %s",
		    faults[i].action);
		start(rule, "");
		banker = signed_on();
		buy(banker, "");
		check_fault(banker, i);
		(void)snprintf(balance, sizeof(balance), "\"balance\":%s,",
		    faults[i].balance);
		has(balance);
		banker_close(banker);
		/* The next one, and other messages, go as usual. */
		banker = signed_on();
		buy(banker, "11=000009 4=000000000100");
		assert_true(banker_receive(banker, &answer, SOON));
		assert_true(iso_is(&answer, 39, "00"));
		banker_close(banker);
		banker_end();
	}
}

/* Booked and dropped: the repeat has the answer. */
static void
test_repeat_after_drop(void **state)
{
	struct banker *banker;

	(void)state;
	start("when mti=0200 do drop", "");
	banker = signed_on();
	buy(banker, "");
	assert_false(banker_receive(banker, &answer, NEVER));
	request.mti[3] = '1';
	banker_exchange(banker, &request, &answer);
	assert_string_equal(answer.mti, "0210");
	assert_true(iso_is(&answer, 39, "00"));
	has("\"balance\":87700,");
	banker_close(banker);
	banker_end();
}

/* A late answer whose connection is gone takes another, if the bank roams. */
static void
test_roams(void **state)
{
	struct banker *first, *second;

	(void)state;
	start("when mti=0200 do delay=500", "--roams");
	first = signed_on();
	second = signed_on();
	buy(first, "");
	while (strstr(banker_ctl("stats"), "\"under_way\":1") == NULL)
		;
	banker_close(first);
	assert_true(banker_receive(second, &answer, SOON));
	assert_true(profile_answers(&request, &answer));
	banker_close(second);
	banker_end();
}

/* What is on its way when the connection ends arrives all the same. */
static void
test_arrives_after_the_end(void **state)
{
	struct banker *banker;

	(void)state;
	start("when mti=0200 do arrive=500", "");
	banker = signed_on();
	buy(banker, "");
	while (strstr(banker_ctl("stats"), "\"under_way\":1") == NULL)
		;
	banker_close(banker);
	while (strstr(banker_ctl("dump"), "\"balance\":87700,") == NULL)
		;
	banker_end();
}

/* What is held comes when it is let go, and other answers before it. */
static void
test_hold(void **state)
{
	struct banker *banker;

	(void)state;
	start("when mti=0200 amount=12300 do hold", "");
	banker = signed_on();
	buy(banker, "");
	assert_false(banker_receive(banker, &answer, NEVER));
	has("\"balance\":87700,");
	buy(banker, "11=000009 4=000000000100");
	assert_true(banker_receive(banker, &answer, SOON));
	assert_true(iso_is(&answer, 11, "000009"));
	assert_string_equal(banker_ctl("rules"),
	    "{\"rule\":1,\"seen\":1,\"done\":1}\n");
	assert_string_equal(banker_ctl("release"), "{\"released\":1}\n");
	assert_true(banker_receive(banker, &answer, SOON));
	assert_true(iso_is(&answer, 11, "000003"));
	assert_true(iso_is(&answer, 39, "00"));
	assert_string_equal(banker_ctl("release"), "{\"released\":0}\n");
	banker_close(banker);
	banker_end();
}

/* What is due first comes first, whatever was asked first. */
static void
test_due_order(void **state)
{
	static const char *const order[] = { "000003", "000001", "000005",
		"000002", "000004", "000006" };
	char changes[64];
	struct banker *banker;
	unsigned int i;

	(void)state;
	start("when amount=1 do delay=800\nwhen amount=2 do delay=1600\n"
	      "when amount=3 do delay=400\nwhen amount=4 do delay=2000\n"
	      "when amount=5 do delay=1200\nwhen amount=6 do delay=2400\n",
	    "");
	banker = signed_on();
	for (i = 1; i <= 6; i++) {
		(void)snprintf(changes, sizeof(changes), "11=%06u 4=%012u", i,
		    i);
		buy(banker, changes);
	}
	for (i = 0; i < COUNT(order); i++) {
		assert_true(banker_receive(banker, &answer, SOON));
		assert_true(iso_is(&answer, 11, order[i]));
	}
	banker_close(banker);
	banker_end();
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
	struct banker_link link;
	struct banker *banker;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(links); i++) {
		link = banker_plain;
		link.coding = links[i].coding;
		link.framing = links[i].framing;
		start("", links[i].options);
		banker = banker_connect(&link);
		banker_sign_on(banker);
		buy(banker, "");
		assert_true(banker_receive(banker, &answer, SOON));
		assert_true(iso_is(&answer, 39, "00"));
		assert_true(iso_is(&answer, 32, "12345"));
		(void)banker_ctl("echo");
		assert_true(banker_receive(banker, &answer, SOON));
		assert_true(iso_is(&answer, 70, "301"));
		banker_close(banker);
		banker_end();
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
	struct banker *peers[200];
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
		    banker_receive(peers[i % COUNT(peers)], &answer, SOON));
		assert_true(iso_is(&answer, 39, "00"));
		n = (unsigned int)stan_of(&answer);
		assert_in_range(n, 0, MANY - 1);
		assert_int_equal(seen[n]++, 0);
	}
	has("\"balance\":60000,");
	for (i = 0; i < COUNT(peers); i++)
		banker_close(peers[i]);
	banker_end();
}

static void
test_no_message(void **state)
{
	struct banker *banker;

	(void)state;
	start("", "");
	banker = signed_on();
	banker_send_octets(banker, "\0\024hello hello hello he", 22);
	assert_true(banker_is_over(banker, SOON));
	banker_close(banker);
	banker = signed_on();
	buy(banker, "-4");
	assert_true(banker_receive(banker, &answer, SOON));
	assert_true(iso_is(&answer, 39, "30"));
	/* A keep-alive is nothing. */
	banker_send_octets(banker, "\0\0", 2);
	buy(banker, "");
	assert_true(banker_receive(banker, &answer, SOON));
	assert_true(iso_is(&answer, 39, "00"));
	(void)banker_ctl("close");
	assert_true(banker_is_over(banker, SOON));
	banker_close(banker);
	assert_non_null(strstr(banker_ctl("stats"), "\"refused\":2"));
	banker_end();
}

static void
test_tls(void **state)
{
	struct banker_link link = banker_plain;
	char options[512];
	struct banker *banker;

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
	banker = banker_connect(&link);
	assert_non_null(banker);
	banker_sign_on(banker);
	buy(banker, "");
	assert_true(banker_receive(banker, &answer, SOON));
	assert_true(iso_is(&answer, 39, "00"));
	banker_close(banker);
	/* A certificate by somebody else, and none. */
	link.certificate = scratch_path("other.pem");
	link.key = scratch_path("other.key");
	banker = banker_connect(&link);
	assert_true(banker == NULL || banker_is_over(banker, SOON));
	banker_close(banker);
	link.certificate = NULL;
	banker = banker_connect(&link);
	assert_true(banker == NULL || banker_is_over(banker, SOON));
	banker_close(banker);
	/* Without TLS nothing is answered. */
	banker = banker_connect(&banker_plain);
	buy(banker, "");
	assert_true(banker_is_over(banker, SOON));
	banker_close(banker);
	banker_end();
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
		EACH(test_hold),
		EACH(test_due_order),
		EACH(test_links),
		EACH(test_many_at_once),
		EACH(test_no_message),
		EACH(test_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
