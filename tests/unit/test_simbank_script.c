/*
 * test_simbank_script.c - when the simulated bank's rules have their turn,
 * and scripts that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/banker.h"
#include "support/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CARD "4000001234567899"
#define SOON 20000 /* ms: patience with what must come */

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

static void
test_turns(void **state)
{
	/* Which of eight are refused, and how. */
	static const char *const codes[] = { "00", "05", "05", "61", "00", "61",
		"00", "61" };
	char stan[16];
	struct banker *banker;
	size_t i;

	(void)state;
	start("when mti=0200 nth=2..3 do answer=05\n"
	      "when mti=02xx every=2 do answer=61\n",
	    "");
	/* The second rule sees what the first leaves: 1, 4, 5, 6, 7, 8. */
	banker = signed_on();
	for (i = 0; i < COUNT(codes); i++) {
		(void)snprintf(stan, sizeof(stan), "11=%06zu", 100 + i);
		buy(banker, stan);
		assert_true(banker_receive(banker, &answer, SOON));
		if (!iso_is(&answer, 39, codes[i]))
			fail_msg("%zu:\n%s", i, banker_log());
	}
	banker_close(banker);
	banker_end();
}

/* The same seed makes the same choices; about a half of them. */
static void
test_chances(void **state)
{
	char seen[2][65] = { "", "" };
	unsigned int run, i, refused = 0;
	struct banker *banker;
	char stan[16];

	(void)state;
	for (run = 0; run < 2; run++) {
		start("seed 42\nwhen mti=0200 chance=50% do answer=05", "");
		banker = signed_on();
		for (i = 0; i < 64; i++) {
			(void)snprintf(stan, sizeof(stan), "11=%06u", i);
			buy(banker, stan);
			assert_true(banker_receive(banker, &answer, SOON));
			seen[run][i] = iso_is(&answer, 39, "05") ? 'x' : '.';
			refused += seen[run][i] == 'x' ? 1 : 0;
		}
		banker_close(banker);
		banker_end();
	}
	assert_string_equal(seen[0], seen[1]);
	assert_in_range(refused, 32, 96);
}

/* Scripts that are refused, and where. */
static const struct {
	const char *text, *why;
} mistakes[] = {
	{ "acount 1 978 1", ":1:1: unknown statement; " },
	{ "\n\naccount 4000 97 1", ":3:14: 3 digits are wanted" },
	{ "account 4000 978 1 2912", ":1:20: wanted: expiry=YYMM" },
	{ "account 4000 978", ":1:1: wanted: account NAME " },
	{ "account 40-00 978 1", ":1:9: a card or account has " },
	{ "when mti=0200", ":1:1: wanted: when MATCH... do ACTION..." },
	{ "when mti=0200 do", ":1:1: wanted: when MATCH... do ACTION..." },
	{ "when mti=020 do drop", ":1:10: four digits, or x " },
	{ "when mti=0200 do dorp", ":1:18: unknown word in a rule" },
	{ "when mti do drop", ":1:6: a value is missing" },
	{ "when mti=0200 do drop=1", ":1:18: this word has no value" },
	{ "when amount=9..1 do drop", ":1:13: the first number is the " },
	{ "when amount=1.. do drop", ":1:13: a number is wanted" },
	{ "when amount=1234567890123 do drop", ":1:13: at most 9999999999" },
	{ "when chance=0% do drop", ":1:13: a chance is above 0 " },
	{ "when chance=3/2 do drop", ":1:13: a chance is above 0 " },
	{ "when chance=2 do drop", ":1:13: a chance is 2% or 2/1000" },
	{ "when mti=0200 do answer=5", ":1:25: an answer code is two " },
	{ "when mti=0200 do wrong=all", ":1:24: unknown value" },
	{ "when mti=0200 do close=now", ":1:24: unknown value" },
	{ "seed x", ":1:6: a number is wanted" },
};

static void
test_mistakes(void **state)
{
	char command[SCRATCH_PATH_MAX + 16];
	const char *said;
	size_t i;

	(void)state;
	start("", "");
	(void)snprintf(command, sizeof(command), "script %s",
	    scratch_path("other"));
	for (i = 0; i < COUNT(mistakes); i++) {
		scratch_write("other", 0600, mistakes[i].text);
		said = banker_ask(command);
		if (strncmp(said, "error ", 6) != 0 ||
		    strstr(said, mistakes[i].why) == NULL)
			fail_msg("%s: %s", mistakes[i].text, said);
	}
	scratch_write("other", 0600, "account 411111 840 5\n");
	(void)banker_ctl(command);
	has("\"name\":\"**1111\",\"currency\":\"840\",\"balance\":5,");
	assert_non_null(strstr(banker_ask("dumb"), "error unknown command"));
	assert_non_null(strstr(banker_ask("mode x"), "error a bank remembers"));
	banker_end();
}

int
main(void)
{
#define EACH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)
	const struct CMUnitTest tests[] = {
		EACH(test_turns),
		EACH(test_chances),
		EACH(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
