/*
 * test_simbank_random.c - many purchases at a simulated bank that loses,
 * delays and doubles: who reverses until it is acknowledged, and again on
 * every late approval, ends with the bank's own books.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/buyer.h"
#include "support/scratch.h"

#define PURCHASES 400
#define MESSAGES 4000 /* trace numbers, those of reversals among them */
#define AT_ONCE 32 /* purchases that wait for their answers */
#define ANSWER_MS 300 /* how long an answer is waited for */
/* Between a reversal and its repeat; twice as long each time, up to so
 * often, so that a slow bank keeps up. */
#define PAUSE_MS 40
#define DOUBLINGS 8
#define QUIET_MS 150 /* nothing is under way any more */

static const char rules[] = "seed 11\n"
			    "when mti=0200 chance=3% do lose\n"
			    "when mti=0200 chance=3% do drop\n"
			    "when mti=0200 chance=5% do arrive=400..900\n"
			    "when mti=0200 chance=5% do delay=400..900\n"
			    "when mti=0200 chance=3% do twice=10..200\n"
			    "when mti=0200 chance=2% do answer=51\n"
			    "when mti=0200 chance=2% do answer=08\n"
			    "when mti=0200 chance=2% do no-code\n"
			    "when mti=042x chance=20% do lose\n"
			    "when mti=042x chance=10% do drop\n"
			    "when mti=042x chance=5% do answer=91\n";

enum state { WAITS = 1, APPROVED, REFUSED };

static struct purchase {
	enum state state;
	int64_t until_ms; /* of its answer, or until the next reversal */
	unsigned int reversal; /* its trace number; 0: none is open */
	unsigned int repeats;
} purchases[PURCHASES];

static unsigned int purchase_of[MESSAGES], stans, bought;
static unsigned int late_approvals, reversals;

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned int
next_stan(unsigned int purchase)
{
	assert_in_range(stans, 1, MESSAGES - 1);
	purchase_of[stans] = purchase;
	return stans++;
}

/* A reversal of its own number, so that no answer to an older one counts
 * for it. */
static void
give_up(unsigned int i)
{
	purchases[i].state = REFUSED;
	purchases[i].reversal = next_stan(i);
	purchases[i].repeats = 0;
	purchases[i].until_ms = 0;
	reversals++;
}

static void
buy(struct banker *bank, unsigned int i)
{
	char changes[64];

	(void)snprintf(changes, sizeof(changes), "4=%012u 11=%06u", 100 + i,
	    i + 1);
	purchase_of[i + 1] = i;
	banker_make(&buyer_request, "0200", BUYER_PURCHASE);
	banker_edit(&buyer_request, changes);
	banker_send(bank, &buyer_request);
	purchases[i].state = WAITS;
	purchases[i].until_ms = now_ms() + ANSWER_MS;
}

/* A purchase has the number of its place, and one; those behind are of
 * reversals. */
static void
reverse(struct banker *bank, unsigned int i)
{
	char changes[128];

	(void)snprintf(changes, sizeof(changes),
	    "-14 4=%012u 11=%06u 90=0200%06u11221232000000012345600000000000",
	    100 + i, purchases[i].reversal, i + 1);
	banker_make(&buyer_request, purchases[i].repeats > 0 ? "0421" : "0420",
	    BUYER_PURCHASE);
	banker_edit(&buyer_request, changes);
	banker_send(bank, &buyer_request);
	purchases[i].until_ms = now_ms() +
	    ((int64_t)PAUSE_MS
		<< (purchases[i].repeats < DOUBLINGS ? purchases[i].repeats
						     : DOUBLINGS));
	purchases[i].repeats++;
}

static void
hear(const struct iso_message *answer)
{
	char digits[7] = "";
	unsigned int stan, i;
	size_t len;

	memcpy(digits, iso_get(answer, 11, &len), 6);
	stan = (unsigned int)strtoul(digits, NULL, 10);
	assert_in_range(stan, 1, stans - 1);
	i = purchase_of[stan];
	if (strcmp(answer->mti, "0430") == 0) {
		if (purchases[i].reversal == stan && !iso_is(answer, 39, "91"))
			purchases[i].reversal = 0;
	} else if (purchases[i].state != WAITS) {
		/* What is approved already may be said twice. */
		if (purchases[i].state == APPROVED || !iso_is(answer, 39, "00"))
			return;
		late_approvals++;
		give_up(i);
	} else if (iso_is(answer, 39, "00")) {
		purchases[i].state = APPROVED;
	} else if (iso_is(answer, 39, "51") || iso_is(answer, 39, "12")) {
		purchases[i].state = REFUSED;
	} else {
		give_up(i);
	}
}

/* False if nothing waits for anything. */
static bool
look_at_all(struct banker *bank)
{
	unsigned int i, waiting = 0;
	bool open = false;

	for (i = 0; i < bought; i++)
		waiting += purchases[i].state == WAITS ? 1 : 0;
	while (waiting < AT_ONCE && bought < PURCHASES) {
		buy(bank, bought++);
		waiting++;
	}
	for (i = 0; i < bought; i++) {
		open = open || purchases[i].state == WAITS ||
		    purchases[i].reversal != 0;
		if (purchases[i].until_ms > now_ms())
			continue;
		if (purchases[i].state == WAITS)
			give_up(i);
		if (purchases[i].reversal != 0)
			reverse(bank, i);
	}
	return open;
}

static bool
is_quiet(struct banker *bank)
{
	if (strstr(banker_ctl("stats"), "\"under_way\":0") == NULL)
		return false;
	if (!banker_receive(bank, &buyer_answer, QUIET_MS))
		return true;
	hear(&buyer_answer);
	return false;
}

/* Money is gone just from what was approved. */
static void
compare(void)
{
	const char *at = banker_ctl("dump");
	unsigned int i, approved = 0, seen = 0;
	char text[64];
	bool taken;

	for (at = strstr(at, "\"mti\":\"0200\""); at != NULL;
	     at = strstr(at + 1, "\"mti\":\"0200\"")) {
		i = (unsigned int)strtoul(strstr(at, "\"stan\":\"") + 8, NULL,
			10) -
		    1;
		assert_in_range(i, 0, PURCHASES - 1);
		(void)snprintf(text, sizeof(text), "\"left\":%u,", 100 + i);
		taken =
		    strncmp(strstr(at, "\"left\":"), text, strlen(text)) == 0;
		if (taken != (purchases[i].state == APPROVED))
			fail_msg("purchase %u: %.300s", i, at);
		seen++;
		approved += taken ? 1 : 0;
	}
	for (i = 0; i < PURCHASES; i++)
		approved -= purchases[i].state == APPROVED ? 1 : 0;
	assert_int_equal(approved, 0);
	assert_in_range(seen, PURCHASES / 2, PURCHASES);
}

static void
run(const char *mode)
{
	struct banker *bank;

	memset(purchases, 0, sizeof(purchases));
	bought = 0;
	stans = PURCHASES + 1; /* see reverse */
	late_approvals = reversals = 0;
	buyer_bank(rules, mode);
	bank = buyer_signed_on();
	do {
		while (look_at_all(bank)) {
			if (banker_receive(bank, &buyer_answer, 5))
				hear(&buyer_answer);
		}
	} while (!is_quiet(bank) || look_at_all(bank));
	compare();
	assert_true(reversals > 0 && late_approvals > 0);
	banker_close(bank);
	banker_end();
}

static void
test_remembers(void **state)
{
	(void)state;
	run("--mode remembers");
}

static void
test_reverses(void **state)
{
	(void)state;
	run("--mode reverses");
}

static void
test_forgets(void **state)
{
	(void)state;
	run("--mode forgets");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_remembers, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_reverses, scratch_make,
		    scratch_remove),
		cmocka_unit_test_setup_teardown(test_forgets, scratch_make,
		    scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
