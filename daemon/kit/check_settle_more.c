/*
 * check_settle_more.c - what a settle module owes: giving back, holding,
 * and remembering through a kill.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/check_settle.h"
#include "module/result.h"

#define POINTS_MAX 16 /* at which a charge is killed */
#define ASKED_MAX 3 /* times until an outcome has to be known */
#define EFFECTS_MAX (1024 * 1024) /* octets of the file with effects */

/* What a stage leaves in numbers. */
enum { EFFECTS_BEFORE = 0, POINT };

static void reverse(struct kit_case *);
static void reverse_unknown(struct kit_case *);
static void hold(struct kit_case *);
static void hold_ends_once(struct kit_case *);
static void restart(struct kit_drive *);
static void killed(struct kit_drive *);
static bool is_ledger(const struct kit_case *);
static void postings_back(struct kit_case *, const struct till_outcome *);
static int held(struct kit_case *, const char *key, char *reference);
static void charge_first(struct kit_case *);
static void charge_again(struct kit_case *);
static void charge_point(struct kit_case *);
static void look_after_kill(struct kit_case *);
static bool agree(struct kit_case *, enum till_result, const char *reference);
static uint64_t effects(const struct kit_case *);
static const struct script_step *effects_line(const struct kit_case *);

const struct kit_check kit_checks_settle_more[] = {
	{ .name = "settle-reverse",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_REVERSE,
	    .run = reverse,
	    .rule = "A charge is given back once, to whom it was taken from: "
		    "the same key again has the same outcome, another key "
		    "for the same original is declined." },
	{ .name = "settle-reverse-unknown",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_REVERSE,
	    .run = reverse_unknown,
	    .rule = "What was never charged is not given back, nor more than "
		    "was charged: that would be money out of nothing." },
	{ .name = "settle-hold",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_HOLD,
	    .run = hold,
	    .rule = "What is held can be committed or released, by the "
		    "reference of the hold, up to its amount, and moves "
		    "between payer and payee alone." },
	{ .name = "settle-hold-once",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_HOLD,
	    .run = hold_ends_once,
	    .rule = "A hold ends once: what is committed cannot be released "
		    "or committed again, what is released not committed." },
	{ .name = "settle-restart",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_IDEMPOTENT,
	    .drive = restart,
	    .rule = "The same key has the same outcome for ever, also in "
		    "another process: what was answered was written down "
		    "first." },
	{ .name = "settle-kill",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_IDEMPOTENT | TILL_CAP_QUERY,
	    .drive = killed,
	    .rule = "Whenever the process is killed between the intent and "
		    "the outcome, a query tells the truth afterwards and the "
		    "same key never moves money twice." },
	{ .name = NULL },
};

static void
reverse(struct kit_case *c)
{
	char reference[TILL_REF_MAX];
	struct till_outcome charge, outcome;

	if (kit_charged(c, "charge", reference) == -1)
		return;
	charge = c->session.outcome;
	if (kit_ask(c, TILL_REVERSE, "back", reference) != TILL_REVERSED) {
		kit_fail(c, "a charge cannot be reversed: %s, %s",
		    result_name(c->session.result), c->session.last->why.text);
		return;
	}
	outcome = c->session.outcome;
	kit_parties(c, TILL_REVERSE, "a reversal of 5.00 EUR");
	postings_back(c, &charge);
	(void)kit_ask(c, TILL_REVERSE, "back", reference);
	kit_as_before(c, "the same reversal again", TILL_REVERSED, &outcome);
	if (!is_ledger(c) &&
	    kit_ask(c, TILL_REVERSE, "back-2", reference) == TILL_REVERSED)
		kit_fail(c, "a charge is reversed twice, by two keys");
}

static void
reverse_unknown(struct kit_case *c)
{
	char reference[TILL_REF_MAX];

	if (is_ledger(c)) {
		kit_skip(c,
		    "what a LEDGER module gives back is for the "
		    "ledger to cover");
		return;
	}
	if (kit_ask(c, TILL_REVERSE, "back", "no-such-reference") ==
	    TILL_REVERSED)
		kit_fail(c, "what was never charged is given back");
	if (kit_charged(c, "charge", reference) == -1)
		return;
	c->session.order.amount.micro++;
	if (kit_ask(c, TILL_REVERSE, "more", reference) == TILL_REVERSED)
		kit_fail(c, "more than was charged is given back");
}

static void
hold(struct kit_case *c)
{
	char reference[TILL_REF_MAX];
	struct till_outcome outcome;

	if (held(c, "hold-1", reference) == -1)
		return;
	c->session.order.amount.micro++;
	if (kit_ask(c, TILL_COMMIT, "more", reference) == TILL_COMMITTED)
		kit_fail(c, "more than was held is committed");
	c->session.order.amount.micro--;
	if (kit_ask(c, TILL_COMMIT, "commit", reference) != TILL_COMMITTED)
		kit_fail(c, "what is held is not committed: %s",
		    result_name(c->session.result));
	kit_parties(c, TILL_COMMIT, "a commit of 5.00 EUR");
	outcome = c->session.outcome;
	(void)kit_ask(c, TILL_COMMIT, "commit", reference);
	kit_as_before(c, "the same commit again", TILL_COMMITTED, &outcome);
	if (held(c, "hold-2", reference) == -1)
		return;
	if (kit_ask(c, TILL_RELEASE, "release", reference) != TILL_RELEASED)
		kit_fail(c, "what is held is not released: %s",
		    result_name(c->session.result));
	kit_parties(c, TILL_RELEASE, "a release of 5.00 EUR");
	if (kit_ask(c, TILL_COMMIT, "none", "no-such-reference") ==
	    TILL_COMMITTED)
		kit_fail(c, "what was never held is committed");
}

static void
hold_ends_once(struct kit_case *c)
{
	char reference[TILL_REF_MAX];

	if (held(c, "hold-1", reference) == -1)
		return;
	(void)kit_ask(c, TILL_COMMIT, "commit", reference);
	if (kit_ask(c, TILL_COMMIT, "commit-2", reference) == TILL_COMMITTED)
		kit_fail(c, "a hold is committed twice, by two keys");
	if (kit_ask(c, TILL_RELEASE, "release", reference) == TILL_RELEASED)
		kit_fail(c, "what was committed is released");
	if (held(c, "hold-2", reference) == -1)
		return;
	(void)kit_ask(c, TILL_RELEASE, "release-2", reference);
	if (kit_ask(c, TILL_COMMIT, "commit-3", reference) == TILL_COMMITTED)
		kit_fail(c, "what was released is committed");
}

static void
restart(struct kit_drive *drive)
{
	struct kit_child_report report;

	if (kit_stage(drive, charge_first, true, false, 0, &report))
		(void)kit_stage(drive, charge_again, true, false, 0, &report);
}

/*
 * One charge shows how many system calls there are; then others, each
 * with a key of its own, are killed at points between the first of them
 * and the last.
 */
static void
killed(struct kit_drive *drive)
{
	struct kit_child_report report;
	unsigned int i, calls, points;

	if (!kit_stage(drive, charge_point, true, true, 0, &report))
		return;
	if (!report.traced) {
		kit_drive_skip(drive, "this system lets no process be traced");
		return;
	}
	calls = report.calls;
	points = calls < POINTS_MAX ? calls : POINTS_MAX;
	for (i = 0; i < points; i++) {
		drive->shared->numbers[POINT] = i + 1;
		if (!kit_stage(drive, charge_point, true, true,
			1 + i * calls / points, &report) ||
		    !kit_stage(drive, look_after_kill, true, false, 0, &report))
			break;
	}
}

static bool
is_ledger(const struct kit_case *c)
{
	return (c->target->note.caps & TILL_CAP_LEDGER) != 0;
}

/* Each account gets back what it gave. */
static void
postings_back(struct kit_case *c, const struct till_outcome *charge)
{
	const struct till_outcome *back = &c->session.outcome;
	int64_t sum;
	size_t i, k;

	for (i = 0; i < charge->postings_len; i++) {
		sum = charge->postings[i].micro;
		for (k = 0; k < back->postings_len; k++)
			if (strcmp(back->postings[k].account,
				charge->postings[i].account) == 0)
				sum += back->postings[k].micro;
		if (sum != 0)
			kit_fail(c,
			    "charge and reversal leave a difference in "
			    "the account %s",
			    charge->postings[i].account);
	}
}

static int
held(struct kit_case *c, const char *key, char *reference)
{
	if (kit_ask(c, TILL_HOLD, key, NULL) != TILL_HELD ||
	    c->session.outcome.reference[0] == '\0') {
		kit_fail(c,
		    "a hold of 5.00 EUR is answered %s, with the "
		    "reference '%s'",
		    result_name(c->session.result),
		    c->session.outcome.reference);
		return -1;
	}
	kit_parties(c, TILL_HOLD, "a hold of 5.00 EUR");
	(void)snprintf(reference, TILL_REF_MAX, "%s",
	    c->session.outcome.reference);
	return 0;
}

static void
charge_first(struct kit_case *c)
{
	char reference[TILL_REF_MAX];

	(void)kit_charged(c, "kept", reference);
	c->shared->result = c->session.result;
	c->shared->outcome = c->session.outcome;
}

static void
charge_again(struct kit_case *c)
{
	if ((c->target->note.caps & TILL_CAP_QUERY) != 0) {
		(void)kit_ask(c, TILL_QUERY, "kept", NULL);
		kit_as_before(c, "a query after a restart", c->shared->result,
		    &c->shared->outcome);
	}
	(void)kit_ask(c, TILL_CHARGE, "kept", NULL);
	kit_as_before(c, "the same key after a restart", c->shared->result,
	    &c->shared->outcome);
}

/* The call that is traced, and may be killed. */
static void
charge_point(struct kit_case *c)
{
	struct kit_charge charge = { .verb = TILL_CHARGE };

	(void)snprintf(c->shared->key, sizeof(c->shared->key), "point-%u",
	    (unsigned int)c->shared->numbers[POINT]);
	charge.key = c->shared->key;
	c->shared->numbers[EFFECTS_BEFORE] = effects(c);
	kit_child_mark();
	(void)kit_settle(&c->session, &charge);
	kit_child_mark();
}

/* As the server does after a restart: it asks, and charges once more with
 * the same key if the answer is NOT_FOUND. */
static void
look_after_kill(struct kit_case *c)
{
	const char *key = c->shared->key;
	enum till_result result = TILL_UNKNOWN;
	char reference[TILL_REF_MAX];
	uint64_t moved;
	unsigned int i;

	for (i = 0; i < ASKED_MAX && result == TILL_UNKNOWN; i++)
		result = kit_ask(c, TILL_QUERY, key, NULL);
	if (result == TILL_UNKNOWN || result == TILL_ERROR) {
		kit_fail(c, "killed at point %u: queries are answered %s",
		    (unsigned int)c->shared->numbers[POINT],
		    result_name(result));
		return;
	}
	(void)snprintf(reference, sizeof(reference), "%s",
	    c->session.outcome.reference);
	(void)kit_ask(c, TILL_CHARGE, key, NULL);
	if (kit_definite(result) && result != TILL_NOT_FOUND &&
	    !agree(c, result, reference))
		return;
	result = c->session.result;
	(void)snprintf(reference, sizeof(reference), "%s",
	    c->session.outcome.reference);
	(void)kit_ask(c, TILL_CHARGE, key, NULL);
	if (!agree(c, result, reference))
		return;
	(void)kit_ask(c, TILL_QUERY, key, NULL);
	if (!agree(c, result, reference) || effects_line(c) == NULL)
		return;
	moved = effects(c) - c->shared->numbers[EFFECTS_BEFORE];
	if (moved > 1 || (moved == 0 && result == TILL_COMMITTED))
		kit_fail(c, "killed at point %u: the money moved %u times",
		    (unsigned int)c->shared->numbers[POINT],
		    (unsigned int)moved);
}

static bool
agree(struct kit_case *c, enum till_result result, const char *reference)
{
	if (c->session.result == result &&
	    strcmp(c->session.outcome.reference, reference) == 0)
		return true;
	kit_fail(c,
	    "killed at point %u: the same key is answered %s '%s', "
	    "then %s '%s'",
	    (unsigned int)c->shared->numbers[POINT], result_name(result),
	    reference, result_name(c->session.result),
	    c->session.outcome.reference);
	return false;
}

/* How often money has moved, by the file that the script names: the lines
 * of it that have the text. */
static uint64_t
effects(const struct kit_case *c)
{
	const struct script_step *line = effects_line(c);
	char path[PATH_MAX], *text, *at;
	uint64_t n = 0;
	ssize_t len;
	int fd;

	if (line == NULL ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", c->place.tmp,
		line->word) >= sizeof(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	text = calloc(1, EFFECTS_MAX + 1);
	len = text != NULL ? read(fd, text, EFFECTS_MAX) : 0;
	(void)close(fd);
	at = len > 0 ? strstr(text, line->name) : NULL;
	while (at != NULL) {
		n++;
		at = strchr(at, '\n');
		at = at != NULL ? strstr(at, line->name) : NULL;
	}
	free(text);
	return n;
}

static const struct script_step *
effects_line(const struct kit_case *c)
{
	size_t i;

	for (i = 0; c->script != NULL && i < c->script->len; i++)
		if (c->script->steps[i].verb == SCRIPT_EFFECTS)
			return &c->script->steps[i];
	return NULL;
}
