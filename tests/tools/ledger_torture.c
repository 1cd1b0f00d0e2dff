/*
 * ledger_torture.c - kill a ledger again and again, and lose nothing.
 *
 *	ledger_torture [-r ROUNDS] [-s SEED]
 *
 * Each round a child opens the ledger and keeps a random mix of payments,
 * intents, cancellations, top-ups and repeats in flight; whatever is
 * answered as done it notes in a file, with one write each.  At a random
 * moment, be it during recovery, it is killed by SIGKILL.  Then the
 * ledger is opened here: all that was noted must be there as it was
 * noted, and ledger_verify must find nothing.  What is left open is
 * resolved, as the daemon does at its start.
 *
 * What an order is about follows from its number, so that whoever reads
 * the notes knows what to look for.
 */
#include <sys/wait.h>

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/ledgers.h"
#include "support/notes.h"
#include "support/numbered.h"

#define ROUNDS 20
#define ROUNDS_MAX 100000
#define RENEW 20 /* rounds with one ledger */
#define FLIGHTS 256
#define ORDERS_A_ROUND 1000000
#define RUN_MS_MAX 300

enum act { ACT_PAY, ACT_TOP_UP, ACT_CANCEL, ACT_BANK, ACT_LOSE, ACT_REPEAT };

struct flight {
	struct deal deal;
	struct flight *next;
	uint64_t order;
	enum act act;
	char book_id[32];
};

struct torture {
	struct scratch scratch;
	uint64_t seed, round, first_order;
	struct notes notes; /* of what was DONE; state 0: a top-up */
	uint64_t killed_early, done, checked, resolved;
	/* The child's. */
	pthread_mutex_t lock;
	pthread_cond_t landed;
	struct flight *first;
	uint64_t next_order, known;
};

static void give_up(struct torture *, const char *, ...)
    __attribute__((format(printf, 2, 3), noreturn));
static void begin(struct torture *);
static void end(struct torture *);
static void round_of(struct torture *);
static pid_t start_child(struct torture *, int *);
static void child(struct torture *, int) __attribute__((noreturn));
static void take_off(struct torture *, struct flight *);
static void prepare(struct torture *, struct flight *);
static enum act act_of(uint32_t);
static bool prepare_next(struct torture *, struct flight *);
static void land(struct ledger_request *, void *);
static void landed(struct torture *, struct flight *);
static void check_repeat(struct torture *, struct flight *);
static void note(struct torture *, const struct flight *);
static void check_notes(struct torture *);
static void check_note(struct torture *, const struct note *);
static bool may_become(enum order_state, enum order_state);
static int resolve(void *, const struct ledger_order *);
static void pause_ms(int64_t);
static uint64_t number(const char *);

int
main(int argc, char *argv[])
{
	static struct torture torture;
	uint64_t rounds = ROUNDS;
	int c;

	torture.seed = (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
	while ((c = getopt(argc, argv, "r:s:")) != -1) {
		if (c == 'r')
			rounds = number(optarg);
		else if (c == 's')
			torture.seed = number(optarg);
		else
			return 2;
	}
	if (rounds == 0 || rounds > ROUNDS_MAX)
		return 2;
	printf("seed %" PRIu64 "\n", torture.seed);
	(void)fflush(stdout);
	for (torture.round = 0; torture.round < rounds; torture.round++) {
		if (torture.round % RENEW == 0)
			begin(&torture);
		round_of(&torture);
		if (torture.round % RENEW == RENEW - 1 ||
		    torture.round == rounds - 1)
			end(&torture);
	}
	printf("%" PRIu64 " rounds (%" PRIu64 " killed before the first"
	       " answer), %" PRIu64 " answers noted, %" PRIu64
	       " looked up, %" PRIu64 " orders resolved: nothing lost,"
	       " nothing doubled\n",
	    rounds, torture.killed_early, torture.done, torture.checked,
	    torture.resolved);
	return 0;
}

static void
give_up(struct torture *torture, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr,
	    "VIOLATION with seed %" PRIu64 " in round %" PRIu64 ", ledger %s: ",
	    torture->seed, torture->round, torture->scratch.dir);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(1);
}

static void
begin(struct torture *torture)
{
	char path[512];

	scratch_begin(&torture->scratch);
	make_people(torture->scratch.ledger, EURO(100000));
	scratch_close(&torture->scratch);
	(void)snprintf(path, sizeof(path), "%s/notes", torture->scratch.dir);
	if (notes_open(&torture->notes, path) == -1)
		give_up(torture, "%s: %s", path, strerror(errno));
}

static void
end(struct torture *torture)
{
	notes_close(&torture->notes);
	scratch_end(&torture->scratch);
}

static void
round_of(struct torture *torture)
{
	uint64_t random = numbered_random(torture->seed, torture->round, 15);
	struct till_error err;
	int fd, status;
	char ready;
	pid_t pid;

	torture->first_order = (torture->round + 1) * ORDERS_A_ROUND;
	pid = start_child(torture, &fd);
	/* Now and then while it still opens. */
	if (random % 8 == 0)
		pause_ms((int64_t)(random >> 8) % 30);
	else if (read(fd, &ready, 1) == 1)
		pause_ms((int64_t)(random >> 8) % RUN_MS_MAX);
	else
		give_up(torture, "the child did not begin");
	(void)kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
	    WTERMSIG(status) != SIGKILL)
		give_up(torture, "the child ended by itself (%x)",
		    (unsigned int)status);
	close(fd);

	scratch_open(&torture->scratch);
	check_notes(torture);
	verify_well(torture->scratch.ledger, NULL);
	if (ledger_intent_each(torture->scratch.ledger, resolve, torture,
		&err) != 0)
		give_up(torture, "%s", err.text);
	verify_well(torture->scratch.ledger, NULL);
	scratch_close(&torture->scratch);
}

static pid_t
start_child(struct torture *torture, int *fd_r)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds) == -1)
		give_up(torture, "pipe: %s", strerror(errno));
	(void)fflush(NULL);
	pid = fork();
	if (pid == -1)
		give_up(torture, "fork: %s", strerror(errno));
	if (pid == 0) {
		close(fds[0]);
		child(torture, fds[1]);
	}
	close(fds[1]);
	*fd_r = fds[0];
	return pid;
}

/* Until it is killed. */
static void
child(struct torture *torture, int fd)
{
	static struct flight flights[FLIGHTS];
	struct flight *flight, *next;
	bool ready = false;
	size_t i;

	pthread_mutex_init(&torture->lock, NULL);
	pthread_cond_init(&torture->landed, NULL);
	torture->next_order = torture->first_order;
	scratch_open(&torture->scratch);
	for (i = 0; i < FLIGHTS; i++) {
		prepare(torture, &flights[i]);
		take_off(torture, &flights[i]);
	}
	for (;;) {
		pthread_mutex_lock(&torture->lock);
		while (torture->first == NULL)
			pthread_cond_wait(&torture->landed, &torture->lock);
		flight = torture->first;
		torture->first = NULL;
		pthread_mutex_unlock(&torture->lock);
		for (; flight != NULL; flight = next) {
			next = flight->next;
			landed(torture, flight);
		}
		if (!ready && write(fd, "!", 1) != 1)
			_exit(3);
		ready = true;
	}
}

static void
take_off(struct torture *torture, struct flight *flight)
{
	flight->deal.request.done = land;
	flight->deal.request.arg = torture;
	ledger_submit(torture->scratch.ledger, &flight->deal.request);
}

static void
prepare(struct torture *torture, struct flight *flight)
{
	uint64_t number = torture->next_order++;
	struct deal *deal = &flight->deal;
	struct numbered n;

	numbered_order(&n, torture->seed, number);
	flight->act = act_of(n.dice);
	if (flight->act == ACT_REPEAT && torture->known > 0) {
		number = torture->known;
		numbered_order(&n, torture->seed, number);
	} else if (flight->act == ACT_REPEAT) {
		flight->act = ACT_PAY;
	}
	flight->order = number;
	switch (flight->act) {
	case ACT_PAY:
	case ACT_REPEAT:
		deal_pay(deal, n.mid, n.jti, n.cid, n.price);
		break;
	case ACT_TOP_UP:
		(void)snprintf(flight->book_id, sizeof(flight->book_id),
		    "book-%" PRIu64, number);
		deal_top_up(deal, n.cid, n.price, flight->book_id);
		break;
	case ACT_CANCEL:
		deal_end(deal, n.mid, n.jti, n.cid, n.price, ORDER_CANCELLED,
		    0);
		break;
	case ACT_BANK:
	case ACT_LOSE:
		deal_intent(deal, n.mid, n.jti, n.cid, n.price, n.key);
		break;
	}
}

static enum act
act_of(uint32_t dice)
{
	if (dice < 10)
		return ACT_REPEAT;
	if (dice < 20)
		return ACT_TOP_UP;
	if (dice < 27)
		return ACT_CANCEL;
	if (dice < 37)
		return ACT_BANK;
	return dice < 45 ? ACT_LOSE : ACT_PAY;
}

/* What comes after an intent; false if that was all. */
static bool
prepare_next(struct torture *torture, struct flight *flight)
{
	enum order_state state = flight->deal.order.state;
	struct numbered n;

	if (flight->act != ACT_BANK && flight->act != ACT_LOSE)
		return false;
	numbered_order(&n, torture->seed, flight->order);
	if (state == ORDER_INTENT && flight->act == ACT_LOSE)
		deal_end(&flight->deal, n.mid, n.jti, n.cid, n.price,
		    ORDER_UNKNOWN, n.key);
	else if (state == ORDER_UNKNOWN && flight->order % 2 == 0)
		deal_end(&flight->deal, n.mid, n.jti, n.cid, n.price,
		    ORDER_REFUSED, n.key);
	else if (state == ORDER_INTENT || state == ORDER_UNKNOWN)
		deal_bank(&flight->deal, n.mid, n.jti, n.cid, n.price, n.key);
	else
		return false;
	return true;
}

static void
land(struct ledger_request *request, void *arg)
{
	struct flight *flight = (struct flight *)request;
	struct torture *torture = arg;

	pthread_mutex_lock(&torture->lock);
	flight->next = torture->first;
	torture->first = flight;
	pthread_cond_signal(&torture->landed);
	pthread_mutex_unlock(&torture->lock);
}

static void
landed(struct torture *torture, struct flight *flight)
{
	const struct ledger_request *request = &flight->deal.request;

	if (flight->act == ACT_REPEAT) {
		check_repeat(torture, flight);
	} else if (request->result == LEDGER_DONE) {
		note(torture, flight);
		if (flight->act == ACT_PAY)
			torture->known = flight->order;
		if (prepare_next(torture, flight)) {
			take_off(torture, flight);
			return;
		}
	} else if (request->result != LEDGER_DECLINED) {
		give_up(torture, "order %" PRIu64 " is %s: %s", flight->order,
		    ledger_result_name(request->result), request->err.text);
	}
	prepare(torture, flight);
	take_off(torture, flight);
}

/* What was paid is not paid once more. */
static void
check_repeat(struct torture *torture, struct flight *flight)
{
	if (flight->deal.request.result != LEDGER_REPEAT ||
	    flight->deal.order.state != ORDER_PAID ||
	    flight->deal.order.serial == 0)
		give_up(torture, "order %" PRIu64 ", asked again, is %s",
		    flight->order,
		    ledger_result_name(flight->deal.request.result));
}

static void
note(struct torture *torture, const struct flight *flight)
{
	uint32_t state = 0;

	if (flight->act != ACT_TOP_UP)
		state = (uint32_t)flight->deal.order.state;
	if (notes_add(&torture->notes, flight->order,
		flight->deal.request.serial_r, state) == -1)
		_exit(4);
}

static void
check_notes(struct torture *torture)
{
	const struct notes *notes = &torture->notes;
	size_t i, fresh = 0;

	if (notes_read(&torture->notes) == -1)
		give_up(torture, "the notes: %s", strerror(errno));
	for (i = 0; i < notes->len; i++) {
		check_note(torture, &notes->notes[i]);
		if (notes->notes[i].order >= torture->first_order)
			fresh++;
	}
	torture->done += fresh;
	if (fresh == 0)
		torture->killed_early++;
}

static void
check_note(struct torture *torture, const struct note *note)
{
	struct ledger *ledger = torture->scratch.ledger;
	struct entry entry = { .serial = 0 };
	struct ledger_order order;
	struct till_error err;
	struct numbered n;
	char book_id[32];

	torture->checked++;
	numbered_order(&n, torture->seed, note->order);
	if (note->serial != 0 &&
	    ledger_entry_get(ledger, note->serial, &entry, &err) != 0)
		give_up(torture, "entry %" PRIu64 " is lost", note->serial);
	if (note->state == 0) {
		(void)snprintf(book_id, sizeof(book_id), "book-%" PRIu64,
		    note->order);
		if (strcmp(entry.book_id, book_id) != 0)
			give_up(torture, "booking %s is lost", book_id);
		return;
	}
	if (ledger_order_get(ledger, n.mid, n.jti, &order, &err) != 0)
		give_up(torture, "order %s of %s is lost", n.jti, n.mid);
	if (!may_become((enum order_state)note->state, order.state))
		give_up(torture, "order %s of %s was %s and is %s", n.jti,
		    n.mid, order_state_name((enum order_state)note->state),
		    order_state_name(order.state));
	if (note->state == ORDER_PAID &&
	    (order.serial != note->serial || strcmp(entry.jti, n.jti) != 0 ||
		entry.amount.micro != n.price))
		give_up(torture, "order %s of %s is paid otherwise", n.jti,
		    n.mid);
	ledger_order_clear(&order);
}

static bool
may_become(enum order_state was, enum order_state is)
{
	if (was == is)
		return true;
	if (was == ORDER_INTENT)
		return is == ORDER_UNKNOWN || is == ORDER_PAID ||
		    is == ORDER_REFUSED;
	return was == ORDER_UNKNOWN &&
	    (is == ORDER_PAID || is == ORDER_REFUSED);
}

/* As the bank tells: every other one is paid. */
static int
resolve(void *arg, const struct ledger_order *order)
{
	struct torture *torture = arg;
	struct deal deal;
	uint64_t n = number(order->jti + strlen("t-"));

	if (n % 2 == 0)
		deal_end(&deal, order->merchant, order->jti, order->customer,
		    order->amount.micro, ORDER_REFUSED, order->key[0]);
	else
		deal_bank(&deal, order->merchant, order->jti, order->customer,
		    order->amount.micro, order->key[0]);
	if (ledger_apply(torture->scratch.ledger, &deal.request) != LEDGER_DONE)
		give_up(torture, "%s cannot be resolved: %s", order->jti,
		    deal.request.err.text);
	torture->resolved++;
	return 0;
}

static void
pause_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) == -1 && errno == EINTR)
		continue;
}

static uint64_t
number(const char *text)
{
	char *end_of;
	uint64_t n = strtoull(text, &end_of, 10);

	if (*text < '0' || *text > '9' || *end_of != '\0') {
		fprintf(stderr, "'%s' is no number\n", text);
		exit(2);
	}
	return n;
}
