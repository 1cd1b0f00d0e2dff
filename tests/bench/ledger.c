/*
 * ledger.c - payments of the ledger alone: durable, by number in flight.
 *
 *	tests/bench/ledger [-c CUSTOMERS] [-m MERCHANTS] [-s SECONDS]
 *	    [-t OCTETS-OF-TICKET] [-r READERS] [-f IN-FLIGHT]
 *
 * One thread keeps so many payments in flight; what it spends itself is
 * not counted as the ledger's.  The ledger is made below $TMPDIR, or
 * where it is run: the disk of that folder is what is measured, and beside
 * the payments how long it takes to make one block durable there.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/ledgers.h"

#define LATENCIES_MAX 1000000
#define FLIGHTS_MAX LEDGER_BATCH_MAX
#define READERS_MAX 16
#define SYNCS 200
#define PAGE 4096

struct settings {
	uint64_t customers, merchants, ticket;
	int64_t seconds;
	uint64_t readers, flight;
};

struct flight {
	struct deal deal;
	struct flight *next;
	int64_t began_us;
};

struct field {
	const struct settings *settings;
	struct ledger *ledger;
	char *ticket;
	bool hot;
	uint64_t order, seed; /* numbers of orders go on from run to run */
	pthread_mutex_t lock;
	pthread_cond_t landed;
	struct flight *first;
	int64_t *latency;
	size_t latency_len;
	_Atomic(bool) stop;
	_Atomic(uint64_t) reads;
};

static void usage(void);
static uint64_t number(const char *);
static void make_all(struct field *);
static void pay_in(struct field *, uint64_t);
static void measure(struct field *, size_t, bool);
static void take_off(struct field *, struct flight *);
static struct flight *wait_landed(struct field *);
static void land(struct ledger_request *, void *);
static void report(struct field *, size_t, int64_t, int64_t, uint64_t);
static void *reader_main(void *);
static void measure_sync(const char *);
static int64_t clock_us(clockid_t);
static int64_t now_us(void);
static int64_t ledger_cpu_us(void);
static uint64_t random_below(struct field *, uint64_t);
static int by_size(const void *, const void *);

int
main(int argc, char *argv[])
{
	static const size_t flights[] = { 1, 64, 256, 1024 };
	struct settings settings = { 20000, 1000, 800, 3, 0, 0 };
	struct field field = { .settings = &settings,
		.seed = 88172645463325252 };
	struct scratch scratch;
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "c:m:s:t:r:f:")) != -1) {
		switch (c) {
		case 'c':
			settings.customers = number(optarg);
			break;
		case 'm':
			settings.merchants = number(optarg);
			break;
		case 's':
			settings.seconds = (int64_t)number(optarg);
			break;
		case 't':
			settings.ticket = number(optarg);
			break;
		case 'r':
			settings.readers = number(optarg);
			break;
		case 'f':
			settings.flight = number(optarg);
			break;
		default:
			usage();
		}
	}
	if (settings.customers == 0 || settings.merchants == 0 ||
	    settings.ticket > TILL_TOKEN_MAX ||
	    settings.readers > READERS_MAX || settings.flight > FLIGHTS_MAX)
		usage();
	if (getenv("TMPDIR") == NULL)
		(void)setenv("TMPDIR", ".", 1);
	scratch_begin_sized(&scratch, (size_t)64 << 20);
	field.ledger = scratch.ledger;
	field.ticket = malloc(settings.ticket + 1);
	field.latency = malloc(LATENCIES_MAX * sizeof(*field.latency));
	if (field.ticket == NULL || field.latency == NULL)
		usage();
	memset(field.ticket, 'e', settings.ticket);
	field.ticket[settings.ticket] = '\0';
	pthread_mutex_init(&field.lock, NULL);
	pthread_cond_init(&field.landed, NULL);
	make_all(&field);
	printf("The ledger alone: %" PRIu64 " customers, %" PRIu64
	       " merchants, a ticket of %" PRIu64 " octets, %" PRIu64
	       " readers\n",
	    settings.customers, settings.merchants, settings.ticket,
	    settings.readers);
	measure_sync(scratch.dir);
	printf("%-34s %10s %10s %9s %9s %9s\n", "", "per second", "CPU us",
	    "p50 us", "p99 us", "per sync");
	for (i = 0; i < sizeof(flights) / sizeof(flights[0]); i++) {
		if (settings.flight != 0 && settings.flight != flights[i])
			continue;
		measure(&field, flights[i], false);
		measure(&field, flights[i], true);
	}
	scratch_end(&scratch);
	free(field.ticket);
	free(field.latency);
	return 0;
}

static void
usage(void)
{
	fprintf(stderr,
	    "usage: ledger [-c CUSTOMERS] [-m MERCHANTS]"
	    " [-s SECONDS] [-t OCTETS] [-r READERS]"
	    " [-f IN-FLIGHT]\n");
	exit(2);
}

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0')
		usage();
	return n;
}

static void
make_all(struct field *field)
{
	char id[TILL_ID_MAX];
	uint64_t i;

	for (i = 0; i < field->settings->merchants; i++) {
		(void)snprintf(id, sizeof(id), "merchant-%" PRIu64, i);
		make_merchant(field->ledger, id);
	}
	for (i = 0; i < field->settings->customers; i += FLIGHTS_MAX)
		pay_in(field, i);
}

/* Make customers, and give to each, many at a time. */
static void
pay_in(struct field *field, uint64_t first)
{
	static struct deal deals[FLIGHTS_MAX];
	static struct ledger_customer customers[FLIGHTS_MAX];
	uint64_t i, n = field->settings->customers - first;
	char id[TILL_ID_MAX];

	if (n > FLIGHTS_MAX)
		n = FLIGHTS_MAX;
	memset(deals, 0, sizeof(deals));
	memset(customers, 0, sizeof(customers));
	for (i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "customer-%" PRIu64, first + i);
		set_text(customers[i].cid, sizeof(customers[i].cid), id);
		customers[i].status = LEDGER_ACTIVE;
		deals[i].request.op = LEDGER_CUSTOMER;
		deals[i].request.customer = &customers[i];
	}
	submit_all(field->ledger, deals, n);
	for (i = 0; i < n; i++)
		deal_top_up(&deals[i], customers[i].cid, EURO(10000000), NULL);
	submit_all(field->ledger, deals, n);
}

static void
measure(struct field *field, size_t n, bool hot)
{
	static struct flight flights[FLIGHTS_MAX];
	pthread_t readers[READERS_MAX];
	struct ledger_health before, after;
	int64_t began, until, cpu;
	uint64_t i;

	field->hot = hot;
	field->latency_len = 0;
	field->stop = false;
	field->reads = 0;
	for (i = 0; i < field->settings->readers; i++)
		pthread_create(&readers[i], NULL, reader_main, field);
	ledger_health(field->ledger, &before);
	cpu = ledger_cpu_us();
	began = now_us();
	until = began + field->settings->seconds * 1000000;
	for (i = 0; i < n; i++)
		take_off(field, &flights[i]);
	for (i = n; i > 0;) {
		struct flight *landed = wait_landed(field), *next;
		int64_t now = now_us();

		for (; landed != NULL; landed = next) {
			next = landed->next;
			if (field->latency_len < LATENCIES_MAX)
				field->latency[field->latency_len++] =
				    now - landed->began_us;
			if (now < until)
				take_off(field, landed);
			else
				i--;
		}
	}
	began = now_us() - began;
	cpu = ledger_cpu_us() - cpu;
	ledger_health(field->ledger, &after);
	field->stop = true;
	for (i = 0; i < field->settings->readers; i++)
		pthread_join(readers[i], NULL);
	report(field, n, began, cpu, after.batches - before.batches);
}

static void
take_off(struct field *field, struct flight *flight)
{
	uint64_t merchant =
	    field->hot ? 0 : random_below(field, field->settings->merchants);
	char mid[TILL_ID_MAX], cid[TILL_ID_MAX], jti[TILL_JTI_MAX];

	(void)snprintf(mid, sizeof(mid), "merchant-%" PRIu64, merchant);
	(void)snprintf(cid, sizeof(cid), "customer-%" PRIu64,
	    random_below(field, field->settings->customers));
	(void)snprintf(jti, sizeof(jti), "%012" PRIu64, ++field->order);
	deal_pay(&flight->deal, mid, jti, cid, TILL_MICRO / 20);
	flight->deal.order.ticket = field->ticket;
	flight->deal.order.ticket_len = field->settings->ticket;
	flight->deal.request.done = land;
	flight->deal.request.arg = field;
	flight->began_us = now_us();
	ledger_submit(field->ledger, &flight->deal.request);
}

static struct flight *
wait_landed(struct field *field)
{
	struct flight *first;

	pthread_mutex_lock(&field->lock);
	while (field->first == NULL)
		pthread_cond_wait(&field->landed, &field->lock);
	first = field->first;
	field->first = NULL;
	pthread_mutex_unlock(&field->lock);
	return first;
}

static void
land(struct ledger_request *request, void *arg)
{
	struct flight *flight = (struct flight *)request;
	struct field *field = arg;
	bool alone;

	if (request->result != LEDGER_DONE) {
		fprintf(stderr, "a payment is %s: %s\n",
		    ledger_result_name(request->result), request->err.text);
		exit(1);
	}
	pthread_mutex_lock(&field->lock);
	alone = field->first == NULL;
	flight->next = field->first;
	field->first = flight;
	pthread_mutex_unlock(&field->lock);
	if (alone)
		pthread_cond_signal(&field->landed);
}

static void
report(struct field *field, size_t n, int64_t wall, int64_t cpu,
    uint64_t batches)
{
	int64_t done = (int64_t)field->latency_len;
	char what[64];

	qsort(field->latency, field->latency_len, sizeof(*field->latency),
	    by_size);
	(void)snprintf(what, sizeof(what), "%zu in flight, %s", n,
	    field->hot ? "one merchant" : "all merchants");
	printf("%-34s %10" PRId64 " %8" PRId64 ".%" PRId64 " %9" PRId64
	       " %9" PRId64 " %9" PRIu64,
	    what, done * 1000000 / wall, cpu / done, cpu * 10 / done % 10,
	    field->latency[done / 2], field->latency[done * 99 / 100],
	    (uint64_t)done / (batches == 0 ? 1 : batches));
	if (field->settings->readers > 0)
		printf("   %" PRIu64 " reads/s",
		    field->reads * 1000000 / (uint64_t)wall);
	printf("\n");
	(void)fflush(stdout);
}

/* Looks at orders, balances and customers as workers do. */
static void *
reader_main(void *arg)
{
	struct field *field = arg;
	struct ledger_customer customer;
	struct ledger_account account;
	struct ledger_order order;
	struct till_error err;
	char cid[TILL_ID_MAX], wallet[TILL_ACCOUNT_MAX], jti[TILL_JTI_MAX];
	uint64_t i = 0;

	while (!field->stop) {
		i = i * 6364136223846793005u + 1442695040888963407u;
		(void)snprintf(cid, sizeof(cid), "customer-%" PRIu64,
		    (i >> 33) % field->settings->customers);
		(void)snprintf(wallet, sizeof(wallet), "wallet:%s", cid);
		(void)snprintf(jti, sizeof(jti), "%012" PRIu64,
		    (i >> 33) % 100000);
		if (ledger_customer_get(field->ledger, cid, &customer, &err) ==
			-1 ||
		    ledger_account_get(field->ledger, wallet, "EUR", &account,
			&err) == -1 ||
		    ledger_order_get(field->ledger, "merchant-0", jti, &order,
			&err) == -1) {
			fprintf(stderr, "reading: %s\n", err.text);
			exit(1);
		}
		ledger_order_clear(&order);
		atomic_fetch_add(&field->reads, 3);
	}
	return NULL;
}

/* What the disk takes to make one appended block durable. */
static void
measure_sync(const char *dir)
{
	static const char block[PAGE];
	int64_t took[SYNCS];
	char path[512];
	int fd, i;

	(void)snprintf(path, sizeof(path), "%s/sync", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	for (i = 0; fd != -1 && i < SYNCS; i++) {
		took[i] = now_us();
		if (write(fd, block, sizeof(block)) == -1 ||
		    fdatasync(fd) == -1)
			break;
		took[i] = now_us() - took[i];
	}
	if (fd == -1 || i < SYNCS)
		exit(1);
	close(fd);
	qsort(took, SYNCS, sizeof(took[0]), by_size);
	printf("One block made durable (fdatasync): p50 %" PRId64
	       " us, p99 %" PRId64 " us\n",
	    took[SYNCS / 2], took[SYNCS * 99 / 100]);
}

static int64_t
clock_us(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t
now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* What all threads but this one have used. */
static int64_t
ledger_cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID) -
	    clock_us(CLOCK_THREAD_CPUTIME_ID);
}

static uint64_t
random_below(struct field *field, uint64_t n)
{
	field->seed ^= field->seed << 13;
	field->seed ^= field->seed >> 7;
	field->seed ^= field->seed << 17;
	return field->seed % n;
}

static int
by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}
