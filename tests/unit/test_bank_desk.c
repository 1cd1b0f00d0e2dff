/*
 * test_bank_desk.c - settlements over the simulated bank: each is charged
 * once or not at all, and what is not known can be undone.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base64url.h"
#include "settle_bank/desk.h"
#include "sha256.h"
#include "support/banks.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CARD "4000001234567899"
#define ACCOUNT "account " CARD " 978 1000000 expiry=2912\n"
#define PATIENCE_MS 20000

/* What a till_op is here: an answer to come. */
struct answer {
	bool has;
	unsigned int times;
	enum till_result result;
	struct till_outcome outcome;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;

static struct bank_process bank;
static struct bank_conf conf;
static struct codes codes;
static struct desk *desk;
static char dir[512];
static struct till_order order = { .size = sizeof(order),
	.merchant_name = "Gazette en ligne" };

static void
complete(struct till_op *op, enum till_result result,
    const struct till_outcome *outcome)
{
	struct answer *answer = (struct answer *)(void *)op;

	(void)pthread_mutex_lock(&lock);
	answer->has = true;
	answer->times++;
	answer->result = result;
	answer->outcome = *outcome;
	(void)pthread_cond_broadcast(&came);
	(void)pthread_mutex_unlock(&lock);
}

static int64_t
time_s(struct till_instance *instance)
{
	(void)instance;
	return (int64_t)time(NULL);
}

static const struct till_host host = { .size = sizeof(host),
	.complete = complete,
	.time_s = time_s };

static void
desk_begin_again(void)
{
	const struct desk_options options = { .host = &host,
		.links = &conf,
		.links_len = 1,
		.codes = &codes,
		.state_dir = dir };
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	struct till_error err;

	desk_free(desk);
	desk = desk_new(&options, &err);
	if (desk == NULL)
		fail_msg("%s", err.text);
	while (desk_health(desk, &err) == -1) {
		if (net_clock_ms() > end_ms)
			fail_msg("%s", err.text);
		(void)poll(NULL, 0, 5);
	}
}

static void
begin(const char *script, const char *lines)
{
	static const char *const none[] = { NULL };
	struct till_error err;
	char text[2048], all[2048];

	(void)snprintf(all, sizeof(all), "tls=no\n%s", lines);
	bank_begin(&bank, 0, script, none);
	(void)snprintf(text, sizeof(text), "%s", bank_link_conf(&bank, all));
	if (bank_conf_parse("link", text, &conf, &err) == -1)
		fail_msg("%s", err.text);
	(void)snprintf(dir, sizeof(dir), "%s/desk-XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(dir));
	order.issued_s = (int64_t)time(NULL);
	desk_begin_again();
}

static int
end(void **state)
{
	char path[1024];

	(void)state;
	desk_free(desk);
	desk = NULL;
	bank_end(&bank);
	(void)snprintf(path, sizeof(path), "%s/journal", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/stan", dir);
	(void)unlink(path);
	(void)rmdir(dir);
	return 0;
}

static struct till_settlement
make(enum till_verb verb, unsigned int key, int64_t cents)
{
	struct till_settlement s = { .size = sizeof(s),
		.verb = verb,
		.attempt = 1,
		.amount = { cents * 10000, "EUR" },
		.payer = "alice",
		.payee = "press-1",
		.original = "",
		.reason = "" };
	static const char identity[] = "card:" CARD ":2912";
	char text[64];

	(void)snprintf(text, sizeof(text), "key %u", key);
	assert_int_equal(sha256(text, strlen(text), s.key), 0);
	/* As the server has it: a query asks with the charge's. */
	(void)snprintf(text, sizeof(text), "digest %u %d %lld", key,
	    verb == TILL_QUERY ? (int)TILL_CHARGE : (int)verb,
	    (long long)cents);
	assert_int_equal(sha256(text, strlen(text), s.digest), 0);
	s.payer_bank.data = (const unsigned char *)identity;
	s.payer_bank.len = strlen(identity);
	return s;
}

static void
hand_in(const struct till_settlement *s, struct answer *answer)
{
	struct till_error why;

	memset(answer, 0, sizeof(*answer));
	assert_int_equal(desk_take(desk, s, &order,
			     (struct till_op *)(void *)answer, &why),
	    TILL_PENDING);
}

static void
await(struct answer *answer)
{
	struct timespec until;
	int r = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	(void)pthread_mutex_lock(&lock);
	while (!answer->has && r == 0)
		r = pthread_cond_timedwait(&came, &lock, &until);
	(void)pthread_mutex_unlock(&lock);
	assert_true(answer->has);
}

static enum till_result
ask(const struct till_settlement *s, struct answer *answer)
{
	hand_in(s, answer);
	await(answer);
	return answer->result;
}

static enum till_result
charge(unsigned int key, int64_t cents, struct answer *answer)
{
	const struct till_settlement s = make(TILL_CHARGE, key, cents);

	return ask(&s, answer);
}

static enum till_result
query(unsigned int key, int64_t cents, struct answer *answer)
{
	const struct till_settlement s = make(TILL_QUERY, key, cents);

	return ask(&s, answer);
}

/* Of a charge by its key, which the reversal names. */
static enum till_result
reverse(unsigned int key, unsigned int of, int64_t cents, struct answer *answer)
{
	const struct till_settlement original = make(TILL_CHARGE, of, cents);
	struct till_settlement s = make(TILL_REVERSE, key, cents);
	char name[BASE64URL_SIZE(TILL_KEY_SIZE)];

	(void)base64url_encode(original.key, sizeof(original.key), name);
	s.original = name;
	s.reason = "timeout";
	return ask(&s, answer);
}

/* How many keys of the bank's are in this state. */
static unsigned int
at_bank(const char *state)
{
	const char *at = bank_tell(&bank, "dump");
	char want[64];
	unsigned int n = 0;

	(void)snprintf(want, sizeof(want), "\"state\":\"%s\"", state);
	while ((at = strstr(at, want)) != NULL) {
		n++;
		at++;
	}
	return n;
}

static long
balance(void)
{
	const char *at = strstr(bank_tell(&bank, "dump"), "\"balance\":");

	assert_non_null(at);
	return strtol(at + 10, NULL, 10);
}

static void
test_charge(void **state)
{
	struct answer answer, again;
	struct till_settlement other;

	(void)state;
	begin(ACCOUNT, "");
	assert_int_equal(charge(1, 12300, &answer), TILL_COMMITTED);
	assert_int_equal(answer.outcome.moved.micro, 123000000);
	assert_string_equal(answer.outcome.moved.currency, "EUR");
	assert_int_equal(strlen(answer.outcome.reference), 12);
	assert_int_equal(balance(), 1000000 - 12300);

	/* The same key has the same outcome for ever, also after a start. */
	assert_int_equal(charge(1, 12300, &again), TILL_COMMITTED);
	assert_string_equal(again.outcome.reference, answer.outcome.reference);
	desk_begin_again();
	assert_int_equal(charge(1, 12300, &again), TILL_COMMITTED);
	assert_int_equal(query(1, 12300, &again), TILL_COMMITTED);
	other = make(TILL_CHARGE, 1, 12400);
	assert_int_equal(ask(&other, &again), TILL_ERROR);
	assert_int_equal(query(2, 12300, &again), TILL_NOT_FOUND);
	assert_int_equal(balance(), 1000000 - 12300);
}

static const struct {
	const char *rule;
	enum till_result result;
	const char *code;
} refusals[] = {
	{ "answer=51", TILL_DECLINED, "insufficient_funds" },
	{ "answer=61", TILL_DECLINED, "limit_exceeded" },
	{ "answer=54", TILL_DECLINED, "card_expired" },
	{ "answer=14", TILL_DECLINED, "card_invalid" },
	{ "answer=57", TILL_DECLINED, "not_permitted" },
	{ "answer=91", TILL_DECLINED, "bank_unavailable" },
	{ "answer=43", TILL_DECLINED, "card_refused" },
	{ "answer=30", TILL_DECLINED, "technical" },
	{ "answer=08", TILL_UNKNOWN, "partial" },
	{ "partial=100", TILL_UNKNOWN, "no-answer" },
	{ "answer=94", TILL_UNKNOWN, "duplicate" },
	{ "no-code", TILL_UNKNOWN, "no-answer" },
	{ "drop", TILL_UNKNOWN, "no-answer" },
	{ "lose", TILL_UNKNOWN, "no-answer" },
	{ "wrong=stan", TILL_UNKNOWN, "no-answer" },
	{ "wrong=amount", TILL_UNKNOWN, "no-answer" },
	{ "wrong=currency", TILL_UNKNOWN, "no-answer" },
	{ "wrong=rrn", TILL_UNKNOWN, "no-answer" },
	{ "wrong=type", TILL_UNKNOWN, "no-answer" },
	{ "garbage=frame", TILL_UNKNOWN, "no-answer" },
	{ "garbage=stream", TILL_UNKNOWN, "no-answer" },
	{ "close=before", TILL_UNKNOWN, "no-answer" },
	{ "close=after", TILL_UNKNOWN, "no-answer" },
	{ "delay=700", TILL_UNKNOWN, "no-answer" },
	{ "twice=20", TILL_COMMITTED, "" },
};

static void
wait_up(void)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	struct till_error err;

	while (desk_health(desk, &err) == -1 && net_clock_ms() < end_ms)
		(void)poll(NULL, 0, 5);
}

/* Each misbehaviour once: no approval that is none, and after a reversal
 * the customer has all his money. */
static void
test_refusals(void **state)
{
	char script[8192] = ACCOUNT;
	struct answer answer;
	enum till_result result;
	unsigned int i;
	size_t used;

	(void)state;
	for (i = 0; i < COUNT(refusals); i++) {
		used = strlen(script);
		(void)snprintf(script + used, sizeof(script) - used,
		    "when mti=0200 amount=%u do %s\n", 1000 + i,
		    refusals[i].rule);
	}
	begin(script, "response=300ms\n");
	for (i = 0; i < COUNT(refusals); i++) {
		wait_up();
		result = charge(i, 1000 + i, &answer);
		if (result != refusals[i].result ||
		    strcmp(answer.outcome.code, refusals[i].code) != 0)
			fail_msg("%s: %x %s %s", refusals[i].rule, result,
			    answer.outcome.code, answer.outcome.text);
		assert_int_equal(answer.times, 1);
	}
	(void)poll(NULL, 0, 600); /* late answers come */
	for (i = 0; i < COUNT(refusals); i++) {
		if (refusals[i].result != TILL_UNKNOWN)
			continue;
		wait_up();
		result = query(i, 1000 + i, &answer);
		assert_int_equal(result, TILL_UNKNOWN);
		result = reverse(1000 + i, i, 1000 + i, &answer);
		if (result != TILL_REVERSED)
			fail_msg("%s: %x %s", refusals[i].rule, result,
			    answer.outcome.text);
	}
	assert_int_equal(balance(), 1000000 - 1024);
}

static void
test_not_attempted(void **state)
{
	struct answer answer;
	struct till_settlement s;
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	struct till_error err;

	(void)state;
	begin(ACCOUNT, "");
	s = make(TILL_CHARGE, 1, 100);
	s.payer_bank.len = 0;
	assert_int_equal(ask(&s, &answer), TILL_NOT_ATTEMPTED);
	assert_string_equal(answer.outcome.code, "no-bank");
	s = make(TILL_CHARGE, 2, 100);
	s.amount.micro = 1;
	assert_int_equal(ask(&s, &answer), TILL_NOT_ATTEMPTED);
	assert_int_equal(reverse(4, 3, 100, &answer), TILL_REVERSED);
	(void)kill(bank.pid, SIGSTOP);
	(void)kill(bank.pid, SIGKILL);
	while (desk_health(desk, &err) == 0 && net_clock_ms() < end_ms)
		(void)poll(NULL, 0, 5);
	assert_int_equal(charge(5, 100, &answer), TILL_NOT_ATTEMPTED);
	assert_string_equal(answer.outcome.code, "bank_unavailable");
	assert_int_equal(query(5, 100, &answer), TILL_NOT_FOUND);
}

static void
test_refund(void **state)
{
	struct answer paid, answer;
	struct till_settlement s;

	(void)state;
	begin(ACCOUNT, "");
	assert_int_equal(charge(1, 5000, &paid), TILL_COMMITTED);
	s = make(TILL_REVERSE, 2, 1500);
	s.original = paid.outcome.reference;
	s.reason = "refund";
	assert_int_equal(ask(&s, &answer), TILL_REVERSED);
	assert_int_equal(at_bank("refunded"), 1);
	assert_int_equal(balance(), 1000000 - 5000 + 1500);
	assert_int_equal(ask(&s, &answer), TILL_REVERSED);
	assert_int_equal(balance(), 1000000 - 5000 + 1500);
}

/* 0100, then 0220; another 0100 is let go by 0420. */
static void
test_hold(void **state)
{
	struct answer held, answer;
	struct till_settlement s;

	(void)state;
	begin(ACCOUNT, "");
	s = make(TILL_HOLD, 1, 5000);
	assert_int_equal(ask(&s, &held), TILL_HELD);
	assert_int_equal(balance(), 1000000);
	s = make(TILL_COMMIT, 2, 5000);
	s.original = held.outcome.reference;
	assert_int_equal(ask(&s, &answer), TILL_COMMITTED);
	assert_int_equal(balance(), 1000000 - 5000);
	s = make(TILL_HOLD, 3, 700);
	assert_int_equal(ask(&s, &held), TILL_HELD);
	s = make(TILL_RELEASE, 4, 700);
	s.original = held.outcome.reference;
	assert_int_equal(ask(&s, &answer), TILL_RELEASED);
	assert_int_equal(at_bank("reserved"), 0);
	assert_int_equal(balance(), 1000000 - 5000);
}

/* 500 at one time, each answered after a second, over one connection. */
static void
test_many(void **state)
{
	static struct answer answers[500];
	struct till_settlement s;
	int64_t began_ms;
	unsigned int i;

	(void)state;
	begin(ACCOUNT "when mti=0200 do delay=1000\n", "");
	began_ms = net_clock_ms();
	for (i = 0; i < COUNT(answers); i++) {
		s = make(TILL_CHARGE, i, 100);
		hand_in(&s, &answers[i]);
	}
	for (i = 0; i < COUNT(answers); i++) {
		await(&answers[i]);
		assert_int_equal(answers[i].result, TILL_COMMITTED);
	}
	/* One after the other they would have taken 500 s. */
	assert_true(net_clock_ms() - began_ms < 15000);
	assert_int_equal(balance(), 1000000 - 500 * 100);
}

/* A second one with the same key gets the same answer, and is not sent. */
static void
test_side_by_side(void **state)
{
	struct answer answers[8];
	const struct till_settlement s = make(TILL_CHARGE, 1, 100);
	const struct till_settlement q = make(TILL_QUERY, 1, 100);
	unsigned int i;

	(void)state;
	begin(ACCOUNT "when mti=0200 do delay=200\n", "");
	for (i = 0; i < COUNT(answers); i++)
		hand_in(i % 2 == 0 ? &s : &q, &answers[i]);
	for (i = 0; i < COUNT(answers); i++) {
		await(&answers[i]);
		assert_int_equal(answers[i].result, TILL_COMMITTED);
	}
	assert_int_equal(balance(), 1000000 - 100);
}

/* Killed with payments under way: each is known, and can be undone. */
static void
test_killed(void **state)
{
	struct till_settlement s;
	struct answer answer;
	unsigned int i;
	pid_t child;
	int status;

	(void)state;
	begin(ACCOUNT "when mti=0200 do delay=60000\n", "");
	desk_free(desk);
	desk = NULL;
	child = fork();
	if (child == 0) {
		static struct answer answers[20];

		desk_begin_again();
		for (i = 0; i < COUNT(answers); i++) {
			s = make(TILL_CHARGE, i, 100);
			hand_in(&s, &answers[i]);
		}
		(void)poll(NULL, 0, -1);
		_exit(0);
	}
	while (balance() > 1000000 - 2000)
		(void)poll(NULL, 0, 5);
	(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	desk_begin_again();
	for (i = 0; i < 20; i++) {
		assert_int_equal(query(i, 100, &answer), TILL_UNKNOWN);
		assert_int_equal(charge(i, 100, &answer), TILL_UNKNOWN);
		assert_int_equal(reverse(100 + i, i, 100, &answer),
		    TILL_REVERSED);
	}
	assert_int_equal(balance(), 1000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_charge, end),
		cmocka_unit_test_teardown(test_refusals, end),
		cmocka_unit_test_teardown(test_not_attempted, end),
		cmocka_unit_test_teardown(test_refund, end),
		cmocka_unit_test_teardown(test_hold, end),
		cmocka_unit_test_teardown(test_many, end),
		cmocka_unit_test_teardown(test_side_by_side, end),
		cmocka_unit_test_teardown(test_killed, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
