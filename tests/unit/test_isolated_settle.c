/*
 * test_isolated_settle.c - whatever a settle module's process does, and
 * wherever in a settlement: no voucher without a payment that the bank has
 * committed, none committed twice, and the next payment is made.
 *
 * The bank is the saboteur's journal; the rear unit is a whole one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rear/clock.h"
#include "rear/unit.h"
#include "support/ledgers.h"
#include "support/rears.h"

#define LINE_SIZE 128
#define LINES_MAX 256

static struct rears rears;
static struct said said;
static char lines[LINES_MAX][LINE_SIZE];
static int64_t clearing; /* at the beginning */

static void
begin(const char *at, const char *deed, const char *more)
{
	char conf[1024];

	(void)snprintf(conf, sizeof(conf),
	    "module bank saboteur journal=@DIR@/bank arm=@DIR@/arm at=%s "
	    "deed=%s timeout=600ms %s\n"
	    "policy veto caps\n"
	    "auth requisite pin\n"
	    "settle route bank when currency == EUR\n"
	    "settle refuse \"not handled\"\n",
	    at, deed, more);
	rears_begin_hosted(&rears, conf);
	clearing = rears_balance(&rears, "bank:clearing");
}

static void
arm(void)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/arm", rears.dir);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fclose(file);
}

static bool
is_armed(void)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/arm", rears.dir);
	return access(path, F_OK) == 0;
}

/* Keys that the bank has committed, which must all be different. */
static size_t
committed(void)
{
	char path[256];
	size_t n = 0, i;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/bank", rears.dir);
	file = fopen(path, "re");
	while (file != NULL && n < LINES_MAX &&
	    fgets(lines[n], LINE_SIZE, file) != NULL) {
		if (lines[n][0] == '-')
			continue;
		for (i = 0; i < n; i++)
			assert_string_not_equal(lines[i], lines[n]);
		n++;
	}
	if (file != NULL)
		(void)fclose(file);
	return n;
}

/* Until the order is not in doubt any more: ask again as a merchant's
 * program does.  A ticket that is paid has the same end once more. */
static void
pay_to_the_end(const char *jti)
{
	char *token = rears_token(&rears, jti, EURO(1));
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);
	int64_t until = clock_ms() + REARS_PATIENCE_MS;
	uint64_t txn;

	rears_ask(&rears, &asked, &said);
	while (said.status == STATUS_PENDING || said.status == STATUS_BUSY) {
		assert_true(clock_ms() < until);
		(void)usleep(20000);
		rears_ask(&rears, &asked, &said);
	}
	if (said.status == STATUS_PAID) {
		assert_string_not_equal(said.voucher, "");
		txn = said.txn;
		rears_ask(&rears, &asked, &said);
		assert_int_equal(said.status, STATUS_PAID);
		assert_int_equal(said.txn, txn);
	}
	free(token);
}

/* What the ledger holds is what the bank has. */
static void
is_sound(const char *what, size_t paid)
{
	size_t made = committed();

	if (made != paid)
		fail_msg("%s: %zu are paid, the bank has %zu", what, paid,
		    made);
	assert_int_equal(rears_balance(&rears, "till:" REARS_MERCHANT),
	    EURO(paid));
	assert_int_equal(rears_balance(&rears, "bank:clearing"),
	    clearing - EURO(paid));
}

static void
harm_at(const char *at, const char *deed, const char *more)
{
	char what[64], jti[TILL_JTI_MAX];
	size_t paid = 0;
	int i;

	(void)snprintf(what, sizeof(what), "%s at %s", deed, at);
	begin(at, deed, more);
	for (i = 0; i < 2; i++) {
		arm();
		(void)snprintf(jti, sizeof(jti), "%d-harmed", i);
		pay_to_the_end(jti);
		assert_false(is_armed());
		if (said.status == STATUS_PAID)
			paid++;
		else if (said.status != STATUS_DECLINED &&
		    said.status != STATUS_REFUSED)
			fail_msg("%s: status %d", what, (int)said.status);
		is_sound(what, paid);
		(void)snprintf(jti, sizeof(jti), "%d-next", i);
		pay_to_the_end(jti);
		if (said.status != STATUS_PAID)
			fail_msg("%s: the next is not paid: %s %s", what,
			    said.code, said.text);
		paid++;
		is_sound(what, paid);
	}
	rears_verify(&rears);
	rears_end(&rears);
}

static const char *const deeds[] = { "crash", "hang", "exit", "garbage",
	"flood", "close-all", "print" };

#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

static void
harm_before_the_settlement_is_read(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DEEDS; i++)
		harm_at("begin", deeds[i], "");
}

static void
harm_before_the_money_moves(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DEEDS; i++)
		harm_at("before", deeds[i], "");
}

static void
harm_after_the_money_has_moved(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DEEDS; i++)
		harm_at("after", deeds[i], "");
}

static void
harm_before_a_pending_one_completes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < DEEDS; i++)
		harm_at("pending", deeds[i], "async=yes");
}

/* The answer of a charge is lost with its host; then the question what
 * became of it does harm, too. */
static void
harm_while_it_is_asked(void **state)
{
	char what[64];
	size_t i;

	(void)state;
	for (i = 0; i < DEEDS; i++) {
		(void)snprintf(what, sizeof(what), "%s at query", deeds[i]);
		begin("query", deeds[i], "lose=yes");
		arm();
		pay_to_the_end("asked");
		assert_false(is_armed());
		assert_int_equal(said.status, STATUS_PAID);
		is_sound(what, 1);
		pay_to_the_end("next");
		assert_int_equal(said.status, STATUS_PAID);
		is_sound(what, 2);
		rears_verify(&rears);
		rears_end(&rears);
	}
}

/* With its host alive and well: orders in both, one after the other. */
static void
a_reload_under_way_loses_nothing(void **state)
{
	struct diag *diag;
	char jti[TILL_JTI_MAX];
	int i;

	(void)state;
	begin("begin", "crash", "recycle=3 async=yes delay=1ms");
	for (i = 0; i < 12; i++) {
		(void)snprintf(jti, sizeof(jti), "r%d", i);
		pay_to_the_end(jti);
		assert_int_equal(said.status, STATUS_PAID);
		if (i % 4 != 3)
			continue;
		diag = diag_new();
		assert_non_null(diag);
		assert_int_equal(rear_reload(rears.rear, diag), 0);
		diag_free(diag);
	}
	is_sound("reload", 12);
	rears_verify(&rears);
	rears_end(&rears);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(harm_before_the_settlement_is_read),
		cmocka_unit_test(harm_before_the_money_moves),
		cmocka_unit_test(harm_after_the_money_has_moved),
		cmocka_unit_test(harm_before_a_pending_one_completes),
		cmocka_unit_test(harm_while_it_is_asked),
		cmocka_unit_test(a_reload_under_way_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
