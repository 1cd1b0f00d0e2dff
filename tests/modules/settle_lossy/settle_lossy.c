/*
 * settle_lossy - a network that loses answers and reverses as its settings
 * say; for tests.
 *
 * Each call is a line of the journal: verb, key, original, reason, the
 * payer's bank identity.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <till/module.h>

#include "base64url.h"

#define KEY_TEXT_MAX 48
#define LINE_MAX_OCTETS 512
#define GATE_TICK_US 5000

/* Behind the pointer, as it changes. */
struct count {
	pthread_mutex_t lock;
	int64_t reversals;
};

struct lossy {
	const char *journal, *gate, *hold;
	int charge, query, reverse;
	int64_t unknowns;
	int late;
	struct till_instance *instance;
	struct count *count;
};

static int lossy_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void lossy_close(void *);
static enum till_result lossy_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static enum till_result undo(const struct till_host *, const struct lossy *,
    const struct till_settlement *);
static enum till_result held(const struct lossy *, enum till_result);
static void tell(const struct till_host *, const struct lossy *,
    const struct till_settlement *);
static void record(const struct lossy *, const struct till_settlement *);

static const char *const words[] = { "committed", "declined", "unknown", "lost",
	"not-found", "reversed", NULL };
static const enum till_result results[] = { TILL_COMMITTED, TILL_DECLINED,
	TILL_UNKNOWN, TILL_LOST, TILL_NOT_FOUND, TILL_REVERSED };
static const char *const lates[] = { "never", "moved", "taken-back", NULL };

static const struct till_setting settings[] = {
	{ "journal", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct lossy, journal), NULL, 0, 0, NULL, "of calls" },
	{ "charge", TILL_SET_ENUM, 0, offsetof(struct lossy, charge), "lost", 0,
	    0, words, "answer to CHARGE" },
	{ "query", TILL_SET_ENUM, 0, offsetof(struct lossy, query), "lost", 0,
	    0, words, "answer to QUERY" },
	{ "reverse", TILL_SET_ENUM, 0, offsetof(struct lossy, reverse),
	    "reversed", 0, 0, words, "answer to REVERSE" },
	{ "gate", TILL_SET_PATH, 0, offsetof(struct lossy, gate), NULL, 0, 0,
	    NULL, "REVERSE waits until this file is there" },
	{ "hold", TILL_SET_PATH, 0, offsetof(struct lossy, hold), NULL, 0, 0,
	    NULL,
	    "what is not UNKNOWN of CHARGE and QUERY waits for this file" },
	{ "unknowns", TILL_SET_INT, 0, offsetof(struct lossy, unknowns), "0", 0,
	    1000, NULL, "so many first reversals have no answer" },
	{ "late", TILL_SET_ENUM, 0, offsetof(struct lossy, late), "never", 0, 0,
	    lates, "what is told, twice, with the first answer" },
	TILL_SETTING_END
};

#define CAPS                                                                   \
	(TILL_CAP_THREADSAFE | TILL_CAP_REVERSE | TILL_CAP_QUERY |             \
	    TILL_CAP_IDEMPOTENT | TILL_CAP_BANK)

TILL_MODULE("settle_lossy", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_lossy", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct lossy),
	.open = lossy_open,
	.close = lossy_close,
	.settle = lossy_settle,
};

static int
lossy_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct lossy *lossy = self;

	(void)host;
	(void)check_only;
	lossy->instance = instance;
	lossy->count = calloc(1, sizeof(*lossy->count));
	if (lossy->count == NULL)
		return till_fail(err, "out of memory");
	(void)pthread_mutex_init(&lossy->count->lock, NULL);
	return 0;
}

static void
lossy_close(void *self)
{
	struct lossy *lossy = self;

	(void)pthread_mutex_destroy(&lossy->count->lock);
	free(lossy->count);
}

static enum till_result
lossy_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *settlement,
    struct till_outcome *outcome, struct till_op *op)
{
	const struct lossy *lossy = self;

	(void)ctx;
	(void)op;
	record(lossy, settlement);
	switch (settlement->verb) {
	case TILL_CHARGE:
		(void)snprintf(outcome->reference, sizeof(outcome->reference),
		    "632612000003");
		if (results[lossy->charge] == TILL_COMMITTED)
			tell(host, lossy, settlement);
		return held(lossy, results[lossy->charge]);
	case TILL_QUERY:
		return held(lossy, results[lossy->query]);
	case TILL_REVERSE:
		return undo(host, lossy, settlement);
	case TILL_HOLD:
	case TILL_COMMIT:
	case TILL_RELEASE:
		break;
	}
	return TILL_ERROR;
}

static enum till_result
undo(const struct till_host *host, const struct lossy *lossy,
    const struct till_settlement *settlement)
{
	int64_t n;

	while (lossy->gate != NULL && access(lossy->gate, F_OK) == -1)
		(void)usleep(GATE_TICK_US);
	(void)pthread_mutex_lock(&lossy->count->lock);
	n = ++lossy->count->reversals;
	(void)pthread_mutex_unlock(&lossy->count->lock);
	if (n <= lossy->unknowns)
		return TILL_UNKNOWN;
	if (n == lossy->unknowns + 1)
		tell(host, lossy, settlement);
	return results[lossy->reverse];
}

static enum till_result
held(const struct lossy *lossy, enum till_result result)
{
	while (result != TILL_UNKNOWN && lossy->hold != NULL &&
	    access(lossy->hold, F_OK) == -1)
		(void)usleep(GATE_TICK_US);
	return result;
}

static void
tell(const struct till_host *host, const struct lossy *lossy,
    const struct till_settlement *settlement)
{
	struct till_late late = {
		.size = sizeof(late),
		.kind = (enum till_late_kind)lossy->late,
		.amount = settlement->amount,
		.id = "000007/1122143200",
		.code = "00",
		.text = "too late",
	};
	size_t len;

	if (lossy->late == 0)
		return;
	memcpy(late.key, settlement->key, sizeof(late.key));
	if (settlement->verb == TILL_REVERSE &&
	    base64url_decode(settlement->original, strlen(settlement->original),
		late.key, sizeof(late.key), &len) == -1)
		return;
	(void)host->late(lossy->instance, &late);
	(void)host->late(lossy->instance, &late);
}

static void
record(const struct lossy *lossy, const struct till_settlement *settlement)
{
	char key[KEY_TEXT_MAX], line[LINE_MAX_OCTETS];
	int fd, n;

	(void)base64url_encode(settlement->key, sizeof(settlement->key), key);
	n = snprintf(line, sizeof(line), "%d %s %s %s %.*s\n",
	    (int)settlement->verb, key,
	    settlement->original[0] != '\0' ? settlement->original : "-",
	    settlement->reason[0] != '\0' ? settlement->reason : "-",
	    (int)settlement->payer_bank.len,
	    (const char *)settlement->payer_bank.data);
	fd = open(lossy->journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return;
	if (n < 0 || write(fd, line, (size_t)n) != n)
		abort();
	(void)close(fd);
}
