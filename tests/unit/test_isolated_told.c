/*
 * test_isolated_told.c - what a module in a host tells late is heard by the
 * owner, and answered, one at a time; and what it reports comes back.
 * Whatever its host does meanwhile is its own harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "host/message.h"
#include "module/late.h"
#include "module/result.h"
#include "support/sabotage.h"
#include "support/scratch.h"

#define TOGETHER 8 /* threads of the module's */
#define MANY 100 /* told one after the other */
#define HEX_MAX 4096

/* The owner, who may take its time. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool holds;
	int answer;
	unsigned int refuses; /* so many first */
	unsigned int begun, ended;
	char instance[CONF_NAME_MAX];
	struct late_copy last;
} owner = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER };

static struct sabotage *t;
static char text[TILL_REPORT_MAX];
static struct till_error err;

static int
hear(void *arg, const char *instance, const struct till_late *late)
{
	int r;

	(void)arg;
	(void)pthread_mutex_lock(&owner.lock);
	owner.begun++;
	(void)snprintf(owner.instance, sizeof(owner.instance), "%s", instance);
	if (late_copy(&owner.last, late) == -1)
		abort();
	(void)pthread_cond_broadcast(&owner.changed);
	while (owner.holds)
		(void)pthread_cond_wait(&owner.changed, &owner.lock);
	r = owner.answer;
	if (owner.refuses > 0) {
		owner.refuses--;
		r = -1;
	}
	owner.ended++;
	(void)pthread_cond_broadcast(&owner.changed);
	(void)pthread_mutex_unlock(&owner.lock);
	return r;
}

static void
hold(bool holds)
{
	(void)pthread_mutex_lock(&owner.lock);
	owner.holds = holds;
	(void)pthread_cond_broadcast(&owner.changed);
	(void)pthread_mutex_unlock(&owner.lock);
}

/* So many have begun to be heard, in all. */
static void
wait_begun(unsigned int n)
{
	(void)pthread_mutex_lock(&owner.lock);
	while (owner.begun < n)
		(void)pthread_cond_wait(&owner.changed, &owner.lock);
	(void)pthread_mutex_unlock(&owner.lock);
}

static void
wait_ended(unsigned int n)
{
	(void)pthread_mutex_lock(&owner.lock);
	while (owner.ended < n)
		(void)pthread_cond_wait(&owner.changed, &owner.lock);
	(void)pthread_mutex_unlock(&owner.lock);
}

static int
setup(void **state)
{
	if (sabotage_setup(state) == -1)
		return -1;
	loader_free(t->loader);
	t->loader = isolation_loader_late(t->hosts, hear, NULL);
	owner.holds = false;
	owner.answer = 0;
	owner.refuses = owner.begun = owner.ended = 0;
	return 0;
}

static void
gossip(const char *first)
{
	const char *const settings[] = { first, NULL };

	sabotage_open("settle_gossip", settings, SABOTAGE_LONG_MS, TILL_SETTLE);
}

static void
reports(const char *word, const char *expected)
{
	if (instance_report(t->it, word, text, &err) == -1)
		fail_msg("%s: %s", word, err.text);
	assert_string_equal(text, expected);
}

static void
does_not_report(const char *word, const char *why)
{
	assert_int_equal(instance_report(t->it, word, text, &err), -1);
	assert_non_null(strstr(err.text, why));
}

static void
a_report_comes_back(void **state)
{
	size_t i;

	(void)state;
	gossip(NULL);
	assert_non_null(instance_module(t->it)->report);
	reports("status", "all is well\nit is\n");
	assert_int_equal(instance_report(t->it, "full", text, &err), 0);
	assert_int_equal(strlen(text), TILL_REPORT_MAX - 1);
	for (i = 0; text[i] != '\0'; i++)
		assert_int_equal(text[i], 'x');
	does_not_report("weather", "knows nothing of weather");
	does_not_report("mute", "does not say why");
	reports("status", "all is well\nit is\n");
	assert_int_equal(isolation_status(t->it).started, 1);
}

static void
who_has_none_reports_nothing(void **state)
{
	(void)state;
	sabotage_begin("begin", "crash", SABOTAGE_LONG_MS, TILL_POLICY);
	assert_null(instance_module(t->it)->report);
	does_not_report("status", "it has nothing to report");
}

static void
a_word_that_is_too_long_is_not_sent(void **state)
{
	char *word = calloc(1, HOST_REQUEST_MAX + 1);

	(void)state;
	assert_non_null(word);
	memset(word, 'w', HOST_REQUEST_MAX);
	gossip(NULL);
	does_not_report(word, "too long");
	free(word);
	reports("status", "all is well\nit is\n");
	assert_int_equal(isolation_status(t->it).started, 1);
}

static void
a_report_has_a_deadline(void **state)
{
	struct host_status status;

	(void)state;
	gossip(NULL);
	does_not_report("hang", "does not answer");
	reports("status", "all is well\nit is\n");
	does_not_report("exit", "does not answer");
	reports("status", "all is well\nit is\n");
	status = isolation_status(t->it);
	assert_int_equal(status.late, 1);
	assert_int_equal(status.died, 1);
	assert_int_equal(status.started, 3);
}

static void
what_is_told_is_heard_and_answered(void **state)
{
	unsigned char key[TILL_KEY_SIZE];

	(void)state;
	gossip(NULL);
	memset(key, 7, sizeof(key));
	reports("tell 000007/1122143200", "0");
	assert_int_equal(owner.ended, 1);
	assert_string_equal(owner.instance, "it");
	assert_int_equal(owner.last.late.kind, TILL_LATE_MOVED);
	assert_memory_equal(owner.last.late.key, key, sizeof(key));
	assert_int_equal(owner.last.late.amount.micro, 5000000);
	assert_string_equal(owner.last.late.amount.currency, "EUR");
	assert_string_equal(owner.last.id, "000007/1122143200");
	assert_string_equal(owner.last.code, "00");
	assert_string_equal(owner.last.text, "approved too late");
	owner.answer = -1;
	reports("tell again", "-1");
	owner.answer = 5; /* nothing but 0 is known for good */
	reports("tell again", "-1");
	owner.answer = 0;
	reports("tell again", "0");
	assert_int_equal(owner.ended, 4);
	reports("tell two words", "-1");
	assert_int_equal(owner.ended, 4); /* malformed: not even sent */
	reports("together", "8");
	assert_int_equal(owner.ended, 4 + TOGETHER);
	assert_int_equal(isolation_status(t->it).started, 1);
}

/* From a thread of the module's, from its opening on. */
static void
it_needs_no_call(void **state)
{
	(void)state;
	owner.refuses = 3;
	gossip("first=from-open");
	wait_ended(4);
	assert_string_equal(owner.last.id, "from-open");
	sabotage_close();
	assert_int_equal(owner.ended, 4);
}

/* The owner may wait for its disk. */
static void
it_holds_up_no_completions(void **state)
{
	char journal[600];
	const char *const settings[] = { journal, "async=yes", NULL };
	const char *const first[] = { "first=slow", NULL };
	struct instance *other;
	struct ending ending;
	struct till_op *op;

	(void)state;
	hold(true);
	other = isolation_must_open(t->loader, "settle_gossip", first,
	    SABOTAGE_LONG_MS, 0);
	wait_begun(1);
	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	sabotage_open("saboteur", settings, SABOTAGE_LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(sabotage_charge_later(1, &ending, &op), TILL_PENDING);
	ASSERT_RESULT(sabotage_wait(&ending), TILL_COMMITTED);
	op_release(op);
	assert_int_equal(owner.ended, 0);
	hold(false);
	wait_ended(1);
	instance_close(other);
}

static void
a_host_may_die_before_the_answer(void **state)
{
	const int64_t until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	pid_t pid;

	(void)state;
	hold(true);
	gossip("first=mortal");
	wait_begun(1);
	pid = isolation_pid(t->it);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(scratch_is_gone(pid));
	hold(false);
	wait_ended(1);
	/* Its answer was lost, so that the next one tells it again.  Threads
	 * of a process that is gone may still end. */
	while (instance_report(t->it, "status", text, &err) == -1)
		assert_true(sabotage_now_ms() < until);
	wait_ended(2);
	assert_string_equal(owner.last.id, "mortal");
	assert_int_equal(isolation_status(t->it).died, 1);
}

static void *
let_go(void *arg)
{
	(void)arg;
	(void)usleep(50000);
	hold(false);
	return NULL;
}

/* Who closes the instance waits for the owner, not for ever. */
static void
it_may_be_closed_before_the_answer(void **state)
{
	pthread_t thread;

	(void)state;
	hold(true);
	gossip("first=closed");
	wait_begun(1);
	assert_int_equal(pthread_create(&thread, NULL, let_go, NULL), 0);
	sabotage_close();
	assert_true(owner.ended >= 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void
an_answer_that_is_late_is_not_the_next_one(void **state)
{
	(void)state;
	gossip(NULL);
	hold(true);
	reports("tell slow", "-1");
	assert_int_equal(owner.ended, 0);
	owner.refuses = 1;
	hold(false);
	reports("tell next", "0");
	assert_int_equal(owner.ended, 2);
	assert_string_equal(owner.last.id, "next");
	assert_int_equal(isolation_status(t->it).started, 1);
}

static void
who_tells_much_is_slowed_down(void **state)
{
	const int64_t since = sabotage_now_ms();

	(void)state;
	gossip(NULL);
	reports("many", "100");
	assert_int_equal(owner.ended, MANY);
	assert_true(sabotage_now_ms() - since >=
	    (MANY - HOSTS_LATE_BURST - 1) * HOSTS_LATE_PACE_MS);
}

static void
raw(const struct wire_writer *writer)
{
	char word[HEX_MAX] = "raw ";
	size_t i, len = strlen(word);

	assert_true(2 * writer->len + len < sizeof(word));
	for (i = 0; i < writer->len; i++)
		len += (size_t)snprintf(word + len, sizeof(word) - len, "%02x",
		    writer->buf[i]);
	(void)instance_report(t->it, word, text, &err);
}

static void
wait_garbled(uint64_t n)
{
	const int64_t until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;

	while (isolation_status(t->it).garbled < n) {
		assert_true(sabotage_now_ms() < until);
		(void)usleep(1000);
	}
}

static void
who_does_not_wait_for_the_answer_is_killed(void **state)
{
	const struct till_late late = { .size = sizeof(late),
		.kind = TILL_LATE_TAKEN_BACK,
		.amount = { 1, "EUR" },
		.id = "raw",
		.code = "",
		.text = "" };
	unsigned char buf[HOST_REQUEST_MAX];
	struct wire_writer writer;

	(void)state;
	gossip(NULL);
	message_begin(&writer, buf, sizeof(buf), MESSAGE_LATE);
	message_put_late(&writer, &late);
	hold(true);
	raw(&writer);
	wait_begun(1);
	raw(&writer);
	wait_garbled(1);
	hold(false);
	wait_ended(1);
	assert_int_equal(owner.last.late.kind, TILL_LATE_TAKEN_BACK);
	reports("tell after", "0");
	assert_int_equal(owner.ended, 2);
}

/* What the module's host would not have sent. */
static void
who_tells_what_cannot_be_is_killed(void **state)
{
	const struct till_late sound = { .size = sizeof(sound),
		.kind = TILL_LATE_MOVED,
		.amount = { 1, "EUR" },
		.id = "raw" };
	struct till_late bad[4];
	unsigned char buf[HOST_REQUEST_MAX];
	struct wire_writer writer;
	size_t i;

	(void)state;
	gossip(NULL);
	for (i = 0; i < 4; i++)
		bad[i] = sound;
	memset(&bad[0].kind, 9, sizeof(bad[0].kind));
	bad[1].amount.micro = -1;
	bad[2].id = NULL;
	for (i = 0; i < 4; i++) {
		message_begin(&writer, buf, sizeof(buf), MESSAGE_LATE);
		message_put_late(&writer, &bad[i]);
		if (i == 3)
			writer.len--; /* cut */
		raw(&writer);
		wait_garbled(i + 1);
		reports("tell after", "0");
	}
	assert_int_equal(owner.ended, 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, sabotage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_report_comes_back),
		TEST(who_has_none_reports_nothing),
		TEST(a_word_that_is_too_long_is_not_sent),
		TEST(a_report_has_a_deadline),
		TEST(what_is_told_is_heard_and_answered),
		TEST(it_needs_no_call),
		TEST(it_holds_up_no_completions),
		TEST(a_host_may_die_before_the_answer),
		TEST(it_may_be_closed_before_the_answer),
		TEST(an_answer_that_is_late_is_not_the_next_one),
		TEST(who_tells_much_is_slowed_down),
		TEST(who_does_not_wait_for_the_answer_is_killed),
		TEST(who_tells_what_cannot_be_is_killed),
	};

	t = sabotage();
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
