/*
 * test_isolated_reload.c - conversations keep the configuration that they
 * began with, but not its module hosts: however many are open, so many
 * reloads are done, and each conversation ends as it began.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/spawner.h"
#include "module/result.h"
#include "rear/clock.h"
#include "rear/unit.h"
#include "support/isolation.h"
#include "support/rears.h"
#include "support/sabotage.h"
#include "support/scratch.h"

#define INSTANCES 8 /* isolated ones */
#define RELOADS 34

/* All of them together are more than there may be at one time. */
_Static_assert(INSTANCES *RELOADS > SPAWNER_HOSTS_MAX, "too few reloads");

static struct rears rears;
static struct said said;
static char conversations[RELOADS][129];

static const char conf[] = "module a saboteur\n"
			   "module b saboteur\n"
			   "module c saboteur\n"
			   "module d saboteur\n"
			   "module e saboteur\n"
			   "module f saboteur\n"
			   "module g saboteur\n"
			   "module purse settle_wallet isolate=process\n"
			   "policy veto caps\n"
			   "policy veto a\n"
			   "policy veto b\n"
			   "policy veto c\n"
			   "policy veto d\n"
			   "policy veto e\n"
			   "policy veto f\n"
			   "policy veto g\n"
			   "auth requisite pin\n"
			   "settle route purse when currency == EUR\n"
			   "settle refuse \"not handled\"\n";

static void
reload(void)
{
	struct diag *diag = diag_new();

	assert_non_null(diag);
	if (rear_reload(rears.rear, diag) == -1)
		fail_msg("%s",
		    diag_size(diag) > 0 ? diag_at(diag, 0)->text : "refused");
	diag_free(diag);
}

static void
open_conversation(int number)
{
	char jti[TILL_JTI_MAX], *token;
	struct asked asked;

	(void)snprintf(jti, sizeof(jti), "open-%d", number);
	token = rears_token(&rears, jti, 1000000);
	asked = rears_browse(ACTION_VIEW, token, NULL);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	(void)snprintf(conversations[number], sizeof(conversations[number]),
	    "%s", said.conversation);
	free(token);
}

static void
end_conversation(int number)
{
	struct asked asked =
	    rears_browse(ACTION_PAY, NULL, conversations[number]);

	asked.customer = "alice";
	asked.password = REARS_PASSWORD;
	rears_ask(&rears, &asked, &said);
	if (said.status != STATUS_PAID)
		fail_msg("%d: %s %s", number, said.code, said.text);
	assert_string_equal(said.via, "wallet");
}

static void
wait_hosts(size_t most)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (isolation_hosts() > most) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

static void
open_conversations_keep_no_hosts(void **state)
{
	int i;

	(void)state;
	rears_begin_hosted(&rears, conf);
	for (i = 0; i < RELOADS; i++) {
		open_conversation(i);
		reload();
	}
	wait_hosts(INSTANCES);
	/* Each has hosts again for as long as it asks them. */
	for (i = 0; i < RELOADS; i += 3)
		end_conversation(i);
	wait_hosts(INSTANCES);
	reload();
	wait_hosts(INSTANCES);
	rears_verify(&rears);
	rears_end(&rears);
}

/* What is to be completed keeps its host, and nothing else does. */
static void
a_retired_instance_has_hosts_while_they_are_needed(void **state)
{
	char journal[600];
	const char *const settings[] = { journal, "async=yes", "delay=300ms",
		NULL };
	struct sabotage *t = sabotage();
	struct ending ending;
	struct till_op *op;
	pid_t pid;
	int i;

	(void)state;
	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	sabotage_open("saboteur", settings, SABOTAGE_LONG_MS, TILL_SETTLE);
	t->owner.now_ms = sabotage_now_ms(); /* for the deadline */
	pid = isolation_pid(t->it);
	ASSERT_RESULT(sabotage_charge_later(1, &ending, &op), TILL_PENDING);
	host_retire(t->it);
	assert_int_equal(isolation_status(t->it).pending, 1);
	ASSERT_RESULT(sabotage_wait(&ending), TILL_COMMITTED);
	op_release(op);
	assert_true(scratch_is_gone(pid));
	for (i = 0; i < 3; i++) {
		ASSERT_RESULT(sabotage_settle(TILL_QUERY, 1), TILL_COMMITTED);
		wait_hosts(0);
	}
	assert_int_equal(isolation_status(t->it).started, 4);
	assert_int_equal(isolation_status(t->it).died, 0);
	assert_int_equal(isolation_status(t->it).late, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_retired_instance_has_hosts_while_they_are_needed,
		    sabotage_setup, sabotage_teardown),
		cmocka_unit_test(open_conversations_keep_no_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
