/*
 * test_rear_guess.c - one network that tries many names, through a whole rear
 * unit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rear/tries.h"
#include "rear/unit.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define GUESSER "192.0.2.66"
#define NEIGHBOUR "192.0.2.7"
#define ELSEWHERE "198.51.100.7"

static struct rears rears;
static struct said said;

static int
setup(void **state)
{
	(void)state;
	rears_begin(&rears, rears_usual);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rears_end(&rears);
	return 0;
}

static void
guess(const char *cid, const char *address)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);

	asked.customer = cid;
	asked.password = "password1";
	asked.want_session = true;
	asked.address = address;
	rears_ask(&rears, &asked, &said);
}

/* The same password with made-up names, until the network is held up. */
static void
spray(void)
{
	char cid[16];
	unsigned int i;

	for (i = 0; i < TRIES_NETWORK_FREE; i++) {
		(void)snprintf(cid, sizeof(cid), "made-up-%u", i);
		guess(cid, GUESSER);
		assert_int_equal(said.status, STATUS_PROMPTS);
	}
}

static void
one_password_with_many_names_is_bounded_by_network(void **state)
{
	struct said unknown;

	(void)state;
	spray();
	guess("made-up-again", GUESSER);
	assert_int_equal(said.status, STATUS_BUSY);
	assert_in_range(said.retry_after_s, 1, 60);
	assert_string_equal(said.conversation, "");
	unknown = said;
	/* The same of a name that is known, and of its neighbours. */
	guess("alice", NEIGHBOUR);
	unknown.retry_after_s = said.retry_after_s;
	memcpy(unknown.customer, said.customer, sizeof(said.customer));
	assert_memory_equal(&said, &unknown, sizeof(said));
	guess("alice", ELSEWHERE);
	assert_int_equal(said.status, STATUS_PROMPTS);
}

static void
a_network_that_waits_is_let_in_in_its_turn(void **state)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	char network[TRIES_PLACE_MAX];

	(void)state;
	spray();
	guess("alice", GUESSER);
	assert_int_equal(said.status, STATUS_BUSY);
	/* Nothing was counted to her that was not looked at. */
	tries_network(GUESSER, network);
	assert_false(tries_known(rears.rear->tries, "pin", "alice", network));
	asked.customer = "bob";
	asked.address = GUESSER;
	asked.want_session = true;
	rears_ask(&rears, &asked, &said); /* to look is not to try */
	assert_int_equal(said.status, STATUS_PROMPTS);
}

static void
a_known_browser_is_not_held_up_in_a_network_that_is(void **state)
{
	char *token = rears_token(&rears, "b1", EURO(1));
	struct asked asked = rears_browse(ACTION_PAY, token, NULL);
	char device[65];

	(void)state;
	asked.customer = "alice";
	asked.password = REARS_PASSWORD;
	asked.address = NEIGHBOUR;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	memcpy(device, said.device, sizeof(device));
	assert_string_not_equal(device, "");
	free(token);
	spray();
	token = rears_token(&rears, "b2", EURO(1));
	asked.ticket = token;
	asked.address = GUESSER;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_BUSY);
	/* Not even the order has ended: it is paid with the name. */
	asked.device = device;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PAID);
	/* It is hers alone. */
	free(token);
	token = rears_token(&rears, "b3", EURO(1));
	asked.ticket = token;
	asked.customer = "bob";
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_BUSY);
	free(token);
}

/* Many more than may fail. */
static void
who_signs_in_rightly_holds_nobody_up(void **state)
{
	struct asked asked = rears_browse(ACTION_SIGN_IN, NULL, NULL);
	size_t i;

	(void)state;
	asked.password = REARS_PASSWORD;
	asked.want_session = true;
	for (i = 0; i < 4 * (size_t)TRIES_NETWORK_FREE; i++) {
		asked.customer = i % 2 == 0 ? "alice" : "bob";
		asked.address = NEIGHBOUR;
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_SIGNED_IN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    one_password_with_many_names_is_bounded_by_network, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_network_that_waits_is_let_in_in_its_turn, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_known_browser_is_not_held_up_in_a_network_that_is, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    who_signs_in_rightly_holds_nobody_up, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
