/*
 * desks.c - see desks.h.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base64url.h"
#include "sha256.h"
#include "support/desks.h"

#define PATIENCE_MS 20000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;

static struct bank_process bank, second;
static struct bank_conf conf[2];
static size_t links_len;
static int64_t cutover_s;
static bool outlasts; /* the first bank's books */
static struct codes codes;
static struct desk *desk;
static char dir[512], bank_script[8192];
static struct till_order order = { .size = sizeof(order),
	.merchant_name = "Gazette en ligne" };

static void read_conf(const struct bank_process *, const char *lines,
    struct bank_conf *conf_r);

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

static bool takes = true;
static atomic_llong refused_micro;
static unsigned int alarms;
static struct desk_late lates[TILL_LATE_LINE + 1];

static int
take_late(struct till_instance *instance, const struct till_late *late)
{
	struct desk_late *to;
	int r;

	(void)instance;
	(void)pthread_mutex_lock(&lock);
	to = &lates[late->kind];
	to->times++;
	memcpy(to->key, late->key, sizeof(to->key));
	to->amount = late->amount;
	(void)snprintf(to->id, sizeof(to->id), "%s", late->id);
	(void)snprintf(to->code, sizeof(to->code), "%s", late->code);
	(void)snprintf(to->text, sizeof(to->text), "%s", late->text);
	if (late->kind == TILL_LATE_LINE && strcmp(late->code, "alarm") == 0)
		alarms++;
	r = takes && late->amount.micro != atomic_load(&refused_micro) ? 0 : -1;
	to->taken += r == 0;
	(void)pthread_cond_broadcast(&came);
	(void)pthread_mutex_unlock(&lock);
	return r;
}

static char log_text[65536];

static void
take_log(void *arg, enum till_log_level level, bool logged, const char *text)
{
	size_t len;

	(void)arg;
	(void)pthread_mutex_lock(&lock);
	len = strlen(log_text);
	(void)snprintf(log_text + len, sizeof(log_text) - len, "%d%s %s\n",
	    (int)level, logged ? "" : " later", text);
	(void)pthread_mutex_unlock(&lock);
}

/* Seconds between the test's clock and that of the machine. */
static atomic_llong clock_offset_s;

static int64_t
time_s(struct till_instance *instance)
{
	(void)instance;
	return (int64_t)time(NULL) + atomic_load(&clock_offset_s);
}

static const struct till_host host = { .size = sizeof(host),
	.complete = complete,
	.time_s = time_s,
	.late = take_late };

void
desk_open_again(void)
{
	const struct desk_options options = { .host = &host,
		.links = conf,
		.links_len = links_len,
		.codes = &codes,
		.state_dir = dir,
		.cutover_s = cutover_s,
		.log = take_log };
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

void
desk_begin_test(const char *script, const char *lines)
{
	const struct desk_setup setup = { .script = script,
		.lines = lines,
		.cutover_s = -1 };

	desk_begin_with(&setup);
}

void
desk_begin_with(const struct desk_setup *setup)
{
	static const char *const none[] = { NULL };

	(void)snprintf(dir, sizeof(dir), "%s/desk-XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(dir));
	outlasts = setup->outlasts;
	(void)snprintf(bank_script, sizeof(bank_script), "%s", setup->script);
	bank.port = 0;
	desk_start_bank();
	read_conf(&bank, setup->lines, &conf[0]);
	links_len = 1;
	if (setup->second != NULL) {
		bank_begin(&second, 0, setup->second, none);
		read_conf(&second, setup->second_lines, &conf[1]);
		links_len = 2;
	}
	cutover_s = setup->cutover_s;
	atomic_store(&clock_offset_s, 0);
	if (setup->time_s != 0)
		desk_set_time(setup->time_s);
	takes = true;
	atomic_store(&refused_micro, -1);
	memset(lates, 0, sizeof(lates));
	alarms = 0;
	log_text[0] = '\0';
	desk_open_again();
	order.issued_s = time_s(NULL); /* not before the journal */
}

const char *
desk_folder(void)
{
	return dir;
}

void
desk_start_bank(void)
{
	static char books[sizeof(dir) + sizeof("/books")];
	static const char *const options[] = { "--journal", books, NULL };
	static const char *const none[] = { NULL };

	(void)snprintf(books, sizeof(books), "%s/books", dir);
	bank_begin(&bank, bank.port, bank_script, outlasts ? options : none);
}

void
desk_kill_bank(void)
{
	bank_end(&bank);
	bank.pid = 0;
}

static void
read_conf(const struct bank_process *of, const char *lines,
    struct bank_conf *conf_r)
{
	struct till_error err;
	char text[2048], all[2048];

	(void)snprintf(all, sizeof(all), "tls=no\n%s", lines);
	(void)snprintf(text, sizeof(text), "%s", bank_link_conf(of, all));
	if (bank_conf_parse("link", text, conf_r, &err) == -1)
		fail_msg("%s", err.text);
}

int
desk_end_test(void **state)
{
	static const char *const names[] = { "journal", "journal.new", "stan",
		"reconcile", "books" };
	char path[1024];
	size_t i;

	(void)state;
	desk_free(desk);
	desk = NULL;
	if (bank.pid != 0)
		bank_end(&bank);
	if (second.pid != 0)
		bank_end(&second);
	bank.pid = second.pid = 0;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
	return 0;
}

void
desk_set_time(int64_t seconds)
{
	atomic_store(&clock_offset_s, seconds - (int64_t)time(NULL));
}

struct till_settlement
desk_settlement(enum till_verb verb, unsigned int key, int64_t cents)
{
	struct till_settlement s = { .size = sizeof(s),
		.verb = verb,
		.attempt = 1,
		.amount = { cents * 10000, "EUR" },
		.payer = "alice",
		.payee = "press-1",
		.original = "",
		.reason = "" };
	static const char identity[] = "card:" DESK_CARD ":2912";
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

void
desk_hand_in(const struct till_settlement *s, struct answer *answer)
{
	struct till_error why;

	memset(answer, 0, sizeof(*answer));
	assert_int_equal(desk_take(desk, s, &order,
			     (struct till_op *)(void *)answer, &why),
	    TILL_PENDING);
}

void
desk_take_late(bool does)
{
	(void)pthread_mutex_lock(&lock);
	takes = does;
	(void)pthread_mutex_unlock(&lock);
}

void
desk_refuse_late(int64_t micro)
{
	atomic_store(&refused_micro, micro);
}

void
desk_await_late(enum till_late_kind kind, unsigned int times,
    struct desk_late *late)
{
	struct timespec until;
	int r = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	(void)pthread_mutex_lock(&lock);
	while (lates[kind].times < times && r == 0)
		r = pthread_cond_timedwait(&came, &lock, &until);
	*late = lates[kind];
	(void)pthread_mutex_unlock(&lock);
	assert_true(late->times >= times);
}

unsigned int
desk_alarms(void)
{
	unsigned int n;

	(void)pthread_mutex_lock(&lock);
	n = alarms;
	(void)pthread_mutex_unlock(&lock);
	return n;
}

struct desk *
desk_itself(void)
{
	return desk;
}

const char *
desk_log_text(void)
{
	static char copy[sizeof(log_text)];

	(void)pthread_mutex_lock(&lock);
	memcpy(copy, log_text, sizeof(copy));
	(void)pthread_mutex_unlock(&lock);
	return copy;
}

void
desk_await(struct answer *answer)
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

enum till_result
desk_ask(const struct till_settlement *s, struct answer *answer)
{
	desk_hand_in(s, answer);
	desk_await(answer);
	return answer->result;
}

enum till_result
desk_charge(unsigned int key, int64_t cents, struct answer *answer)
{
	const struct till_settlement s =
	    desk_settlement(TILL_CHARGE, key, cents);

	return desk_ask(&s, answer);
}

enum till_result
desk_query(unsigned int key, int64_t cents, struct answer *answer)
{
	const struct till_settlement s =
	    desk_settlement(TILL_QUERY, key, cents);

	return desk_ask(&s, answer);
}

enum till_result
desk_reverse(unsigned int key, unsigned int of, int64_t cents,
    struct answer *answer)
{
	const struct till_settlement s = desk_reversal(key, of, cents);

	return desk_ask(&s, answer);
}

/* Of a charge by its key, which the reversal names. */
struct till_settlement
desk_reversal(unsigned int key, unsigned int of, int64_t cents)
{
	static char names[16][BASE64URL_SIZE(TILL_KEY_SIZE)];
	static unsigned int used;
	const struct till_settlement original =
	    desk_settlement(TILL_CHARGE, of, cents);
	struct till_settlement s = desk_settlement(TILL_REVERSE, key, cents);
	char *name = names[used++ % 16];

	(void)base64url_encode(original.key, sizeof(original.key), name);
	s.original = name;
	s.reason = "timeout";
	return s;
}

/* How many keys of the bank's are in this state. */
unsigned int
desk_at_bank(const char *state)
{
	char want[64];

	(void)snprintf(want, sizeof(want), "\"state\":\"%s\"", state);
	return desk_at(&bank, want);
}

long
desk_balance(void)
{
	const char *at = strstr(bank_tell(&bank, "dump"), "\"balance\":");

	assert_non_null(at);
	return strtol(at + 10, NULL, 10);
}

void
desk_wait_up(void)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	struct till_error err;

	while (desk_health(desk, &err) == -1 && net_clock_ms() < end_ms)
		(void)poll(NULL, 0, 5);
}

void
desk_await_link(unsigned int link, const char *want)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	char text[TILL_REPORT_MAX], begin[32];
	const char *at;

	(void)snprintf(begin, sizeof(begin), "link %u ", link);
	for (;;) {
		desk_status(desk, text, sizeof(text));
		at = strstr(text, begin);
		assert_non_null(at);
		at += strlen(begin);
		at += strcspn(at, " ") + 1;
		if (strncmp(at, want, strlen(want)) == 0)
			return;
		if (net_clock_ms() > end_ms)
			fail_msg("link %u is not %s:\n%s", link, want, text);
		(void)poll(NULL, 0, 5);
	}
}

unsigned int
desk_at(struct bank_process *at_bank, const char *want)
{
	const char *at = bank_tell(at_bank, "dump");
	unsigned int n = 0;

	for (; (at = strstr(at, want)) != NULL; at++)
		n++;
	return n;
}

struct bank_process *
desk_bank(void)
{
	return &bank;
}

struct bank_process *
desk_second_bank(void)
{
	return &second;
}

void
desk_close(void)
{
	desk_free(desk);
	desk = NULL;
}

bool
desk_is_up(void)
{
	struct till_error err;

	return desk_health(desk, &err) == 0;
}
