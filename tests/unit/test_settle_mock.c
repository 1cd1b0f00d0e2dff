/*
 * test_settle_mock.c - the mock's bank keeps the contract of a bank:
 * the same key has the same outcome, also after a kill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "module/result.h"
#include "support/owner.h"

#define PATIENCE_S 20

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;
static struct till_outcome outcome;
static char journal[512], journal_setting[600];

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(journal, sizeof(journal), "%s/bank.%ld",
	    tmp != NULL ? tmp : "/tmp", (long)getpid());
	(void)unlink(journal);
	(void)snprintf(journal_setting, sizeof(journal_setting), "journal=%s",
	    journal);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(journal);
	return 0;
}

static void
open_bank(const char *a, const char *b, const char *c)
{
	const char *const settings[] = { a, b, c, NULL };

	owner_init(&owner);
	it = module_must_open(loader, "settle_mock", settings);
	ctx = owner_context(&owner, "it", TILL_SETTLE);
}

static void
close_bank(void)
{
	context_free(ctx);
	instance_close(it);
}

static struct till_settlement
asked(enum till_verb verb, unsigned char key, const char *original)
{
	struct till_settlement s = { .size = sizeof(s),
		.verb = verb,
		.key = { key },
		.digest = { key, (unsigned char)verb },
		.attempt = 1,
		.amount = { 5000000, "EUR" },
		.payer = "alice",
		.payee = "press-1",
		.original = original,
		.reason = "" };

	if (verb == TILL_QUERY)
		s.digest[1] = TILL_CHARGE;
	return s;
}

static enum till_result
settle(enum till_verb verb, unsigned char key, const char *original)
{
	const struct till_settlement s = asked(verb, key, original);

	return instance_settle(it, ctx, &s, &outcome, NULL);
}

static void
test_same_key_same_outcome(void **state)
{
	struct till_settlement s = asked(TILL_CHARGE, 1, "");

	(void)state;
	open_bank(NULL, NULL, NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_COMMITTED);
	assert_string_equal(outcome.reference, "mock-1");
	assert_int_equal(outcome.postings_len, 2);
	assert_string_equal(outcome.postings[0].account, "bank:clearing");
	assert_int_equal(outcome.postings[0].micro, -5000000);
	assert_string_equal(outcome.postings[1].account, "till:press-1");
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_COMMITTED);
	assert_string_equal(outcome.reference, "mock-1");
	ASSERT_RESULT(settle(TILL_CHARGE, 2, ""), TILL_COMMITTED);
	assert_string_equal(outcome.reference, "mock-2");
	s.digest[5] = 1;
	ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, NULL), TILL_ERROR);
	assert_string_equal(outcome.code, "digest");
	close_bank();
}

static void
test_query_knows_what_came(void **state)
{
	(void)state;
	open_bank("script=alice:declined", "account=fees", NULL);
	ASSERT_RESULT(settle(TILL_QUERY, 1, ""), TILL_NOT_FOUND);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_DECLINED);
	assert_string_equal(outcome.code, "funds");
	assert_int_equal(outcome.postings_len, 0);
	ASSERT_RESULT(settle(TILL_QUERY, 1, ""), TILL_DECLINED);
	close_bank();
}

static void
test_holds_end_once(void **state)
{
	char reference[TILL_REF_MAX];

	(void)state;
	open_bank(NULL, NULL, NULL);
	ASSERT_RESULT(settle(TILL_HOLD, 1, ""), TILL_HELD);
	assert_int_equal(outcome.postings_len, 0);
	ASSERT_RESULT(settle(TILL_COMMIT, 2, "mock-7"), TILL_DECLINED);
	ASSERT_RESULT(settle(TILL_COMMIT, 3, "mock-1"), TILL_COMMITTED);
	ASSERT_RESULT(settle(TILL_RELEASE, 4, "mock-1"), TILL_DECLINED);
	assert_string_equal(outcome.code, "ended");
	ASSERT_RESULT(settle(TILL_COMMIT, 3, "mock-1"), TILL_COMMITTED);
	ASSERT_RESULT(settle(TILL_HOLD, 5, ""), TILL_HELD);
	(void)snprintf(reference, sizeof(reference), "%s", outcome.reference);
	ASSERT_RESULT(settle(TILL_RELEASE, 6, reference), TILL_RELEASED);
	close_bank();
}

static void
test_reversal_goes_back_once(void **state)
{
	struct till_settlement more = asked(TILL_REVERSE, 9, "mock-1");

	(void)state;
	open_bank(NULL, NULL, NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_COMMITTED);
	more.amount.micro++;
	ASSERT_RESULT(instance_settle(it, ctx, &more, &outcome, NULL),
	    TILL_DECLINED);
	assert_string_equal(outcome.code, "amount");
	ASSERT_RESULT(settle(TILL_REVERSE, 2, "mock-1"), TILL_REVERSED);
	assert_int_equal(outcome.postings[1].micro, -5000000);
	assert_int_equal(outcome.postings[1].condition, TILL_IF_COVERED);
	ASSERT_RESULT(settle(TILL_REVERSE, 3, "mock-1"), TILL_DECLINED);
	ASSERT_RESULT(settle(TILL_REVERSE, 2, "mock-1"), TILL_REVERSED);
	close_bank();
}

static void
test_lost_calls_and_lost_answers(void **state)
{
	(void)state;
	open_bank("fail-before=1", "fail-after=1", NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_UNKNOWN);
	ASSERT_RESULT(settle(TILL_QUERY, 1, ""), TILL_NOT_FOUND);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_UNKNOWN);
	ASSERT_RESULT(settle(TILL_QUERY, 1, ""), TILL_COMMITTED);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_COMMITTED);
	assert_string_equal(outcome.reference, "mock-1");
	close_bank();
}

static void
test_bank_remembers_across_restarts(void **state)
{
	FILE *file;

	(void)state;
	open_bank(journal_setting, NULL, NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_COMMITTED);
	ASSERT_RESULT(settle(TILL_REVERSE, 2, "mock-1"), TILL_REVERSED);
	close_bank();
	/* A kill may cut the last line short. */
	file = fopen(journal, "a");
	assert_non_null(file);
	assert_true(fputs("done 0000", file) >= 0);
	(void)fclose(file);

	open_bank(journal_setting, "answer=declined", NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_COMMITTED);
	assert_string_equal(outcome.reference, "mock-1");
	assert_int_equal(outcome.moved.micro, 5000000);
	ASSERT_RESULT(settle(TILL_QUERY, 2, ""), TILL_REVERSED);
	close_bank();
	open_bank(journal_setting, NULL, NULL);
	ASSERT_RESULT(settle(TILL_REVERSE, 3, "mock-1"), TILL_DECLINED);
	assert_string_equal(outcome.code, "ended");
	close_bank();
}

static void
test_foreign_journal_is_refused(void **state)
{
	const char *const settings[] = { journal_setting, NULL };
	char why[DIAG_TEXT_MAX];
	FILE *file;

	(void)state;
	file = fopen(journal, "w");
	assert_non_null(file);
	assert_true(fputs("done this is no journal\n", file) >= 0);
	(void)fclose(file);
	assert_null(module_open(loader, "settle_mock", settings, why));
	assert_non_null(strstr(why, "is no journal of mine"));
}

static void
test_garbage_is_unknown(void **state)
{
	(void)state;
	open_bank("misbehave=garbage", "misbehave-when=after", NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_UNKNOWN);
	assert_int_equal(outcome.postings_len, 0);
	assert_true(strlen(outcome.reference) < sizeof(outcome.reference));
	ASSERT_RESULT(settle(TILL_QUERY, 1, ""), TILL_UNKNOWN);
	close_bank();
	open_bank("misbehave=foreign", "misbehave-at=1", NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 1, ""), TILL_UNKNOWN);
	ASSERT_RESULT(settle(TILL_QUERY, 1, ""), TILL_NOT_FOUND);
	close_bank();
}

/* What came of operations that were answered later. */
struct answers {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int committed, unknown;
};

static void
done(void *arg, enum till_result result, const struct till_outcome *o)
{
	struct answers *answers = arg;

	(void)pthread_mutex_lock(&answers->lock);
	answers->committed += result == TILL_COMMITTED && o->postings_len == 2;
	answers->unknown += result == TILL_UNKNOWN;
	(void)pthread_cond_signal(&answers->changed);
	(void)pthread_mutex_unlock(&answers->lock);
}

static unsigned int
wait_committed(struct answers *answers, unsigned int n)
{
	struct timespec until;
	unsigned int committed;
	int r = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	(void)pthread_mutex_lock(&answers->lock);
	while (answers->committed < n && r == 0)
		r = pthread_cond_timedwait(&answers->changed, &answers->lock,
		    &until);
	committed = answers->committed;
	(void)pthread_mutex_unlock(&answers->lock);
	return committed;
}

#define IN_FLIGHT 1000

static void
test_a_thousand_answers_come_later(void **state)
{
	static struct till_op *ops[IN_FLIGHT];
	static struct answers answers = { PTHREAD_MUTEX_INITIALIZER,
		PTHREAD_COND_INITIALIZER, 0, 0 };
	struct till_settlement s = asked(TILL_CHARGE, 0, "");
	int64_t began;
	size_t i;

	(void)state;
	open_bank("async=yes", "delay=500ms", "twice=yes");
	began = context_host()->now_ms(NULL);
	for (i = 0; i < IN_FLIGHT; i++) {
		ops[i] = op_new(done, &answers);
		assert_non_null(ops[i]);
		s.key[0] = (unsigned char)i;
		s.key[1] = (unsigned char)(i >> 8);
		ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, ops[i]),
		    TILL_PENDING);
	}
	assert_int_equal(wait_committed(&answers, IN_FLIGHT), IN_FLIGHT);
	assert_true(context_host()->now_ms(NULL) - began >= 500);
	for (i = 0; i < IN_FLIGHT; i++)
		op_release(ops[i]);
	/* The last of the second answers may still be on its way. */
	close_bank();
	assert_int_equal(answers.committed, IN_FLIGHT);
	assert_int_equal(answers.unknown, 0);
}

static void
test_deadline_comes_first(void **state)
{
	static struct answers answers = { PTHREAD_MUTEX_INITIALIZER,
		PTHREAD_COND_INITIALIZER, 0, 0 };
	struct till_settlement s = asked(TILL_CHARGE, 1, "");
	struct till_op *op = op_new(done, &answers);

	(void)state;
	open_bank("async=yes", "delay=1h", NULL);
	ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, op), TILL_PENDING);
	op_expire(op);
	assert_int_equal(answers.unknown, 1);
	ASSERT_RESULT(settle(TILL_QUERY, 1, ""), TILL_COMMITTED);
	op_release(op);
	close_bank();
	assert_int_equal(answers.committed, 0);
}

/* A second completion is refused, and said at the next call. */
static void
test_second_answer_is_logged(void **state)
{
	static struct answers answers = { PTHREAD_MUTEX_INITIALIZER,
		PTHREAD_COND_INITIALIZER, 0, 0 };
	struct till_settlement s = asked(TILL_CHARGE, 1, "");
	struct till_op *op = op_new(done, &answers);
	const struct timespec pause = { 0, 1000000 };
	int i;

	(void)state;
	open_bank("async=yes", "twice=yes", NULL);
	ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, op), TILL_PENDING);
	assert_int_equal(wait_committed(&answers, 1), 1);
	op_release(op);
	for (i = 0; i < PATIENCE_S * 1000 && owner.log[0] == '\0'; i++) {
		(void)nanosleep(&pause, NULL);
		(void)settle(TILL_QUERY, 1, "");
	}
	assert_non_null(
	    strstr(owner.log, "1 late or repeated completions were refused"));
	close_bank();
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_same_key_same_outcome),
		CASE(test_query_knows_what_came),
		CASE(test_holds_end_once),
		CASE(test_reversal_goes_back_once),
		CASE(test_lost_calls_and_lost_answers),
		CASE(test_bank_remembers_across_restarts),
		CASE(test_foreign_journal_is_refused),
		CASE(test_garbage_is_unknown),
		CASE(test_a_thousand_answers_come_later),
		CASE(test_deadline_comes_first),
		CASE(test_second_answer_is_logged),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
