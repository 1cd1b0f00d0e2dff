/*
 * verify.c - recompute everything from the register.
 *
 * One pass over the register, then one over the tables, while payments go
 * on; rows that those change meanwhile are looked at once more in the
 * end, with the writer held for that moment.
 */
#include <inttypes.h>
#include <string.h>

#include "ledger/verify.h"

#define PROGRESS_EVERY 1024

struct report {
	void (*progress)(void *arg, uint64_t done, uint64_t all);
	void *arg;
};

static int check_register(struct check *, uint64_t, const struct report *);
static int check_end(struct check *);
static int sum_node(void *, struct node *);

int
ledger_verify(struct ledger *ledger,
    void (*progress)(void *arg, uint64_t done, uint64_t all), void *arg,
    struct ledger_sums *sums_r, uint64_t *serial_r, struct till_error *err)
{
	struct report report = { progress, arg };
	struct check check = { .ledger = ledger, .err = err };
	int r;

	memset(sums_r, 0, sizeof(*sums_r));
	*serial_r = 0;
	if (map_init(&check.map) == -1)
		return till_fail(err, "out of memory");
	if (map_init(&check.refunds) == -1) {
		map_free(&check.map);
		return till_fail(err, "out of memory");
	}
	/* First: to read a damaged page through the cache is the end of the
	 * environment, and with it of the process. */
	r = check_pages(&check);
	if (r == 0)
		r = check_register(&check, ledger_serial(ledger), &report);
	if (r == 0)
		r = check_tables(&check);
	if (r == 0)
		r = check_events(&check);
	if (r == 0)
		r = check_reversals(&check);
	if (r == 0)
		r = check_end(&check);
	if (r == -1)
		*serial_r = check.serial;
	else
		sums_r->entries = check.serial;
	sums_r->orders = check.orders;
	sums_r->events = check.events;
	sums_r->waiting = check.waiting;
	if (map_each(&check.map, sum_node, sums_r) != 0 && r == 0)
		r = till_fail(err, "the accounts do not add up to zero");
	map_free(&check.map);
	map_free(&check.refunds);
	return r;
}

/* From the entry after check->serial up to last. */
static int
check_register(struct check *check, uint64_t last, const struct report *report)
{
	static const struct key all;
	struct till_bytes value;
	struct key key, first;
	struct scan *scan;
	int r = 0;

	key_serial(&first, check->serial + 1);
	if (scan_new(&scan, check->ledger, TABLE_REGISTER, &all, &first, false,
		check->err) == -1)
		return -1;
	while (r == 0 && check->serial < last) {
		check->serial++;
		r = scan_next(scan, &key, &value, check->err);
		if (r == 1)
			r = till_fail(check->err,
			    "entry %" PRIu64
			    " is missing: the newest is %" PRIu64,
			    check->serial, last);
		else if (r == -1)
			r = till_fail(check->err,
			    "entry %" PRIu64 " cannot be read: its page of the"
			    " register is damaged",
			    check->serial);
		else
			r = check_entry(check, &key, &value);
		if (report->progress != NULL &&
		    (check->serial % PROGRESS_EVERY == 0 ||
			check->serial == last))
			report->progress(report->arg, check->serial, last);
	}
	scan_free(scan);
	return r;
}

/* What was entered since, and the rows that it changed. */
static int
check_end(struct check *check)
{
	static const struct report silent;
	struct ledger *ledger = check->ledger;
	int r;

	pthread_mutex_lock(&ledger->gate);
	r = check_register(check, ledger_serial(ledger), &silent);
	if (r == 0 &&
	    memcmp(check->head, ledger->head, sizeof(check->head)) != 0)
		r = till_fail(check->err,
		    "the newest entry is not the one that was committed");
	if (r == 0)
		r = check_rest(check);
	if (r == 0)
		r = check_refunds(check);
	pthread_mutex_unlock(&ledger->gate);
	return r;
}

/* 1 if a sum does not fit. */
static int
sum_node(void *arg, struct node *node)
{
	struct ledger_sums *sums = arg;
	struct till_money *sum;
	size_t i;

	if (node_currency(node)[0] == '\0')
		return 0;
	sums->accounts++;
	for (i = 0; i < sums->sums_len; i++) {
		if (strcmp(sums->sums[i].currency, node_currency(node)) == 0)
			break;
	}
	if (i == sizeof(sums->sums) / sizeof(sums->sums[0]))
		return 0;
	sum = &sums->sums[i];
	if (i == sums->sums_len) {
		sums->sums_len++;
		memcpy(sum->currency, node_currency(node), TILL_CURRENCY_MAX);
	}
	return __builtin_add_overflow(sum->micro, node->micro, &sum->micro) ? 1
									    : 0;
}
