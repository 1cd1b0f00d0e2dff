/*
 * sabotage.c - an instance in a module host, whose module may do harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>
#include <unistd.h>

#include "support/sabotage.h"
#include "support/scratch.h"

static void settlement_make(enum till_verb, unsigned char key);
static void ended(void *, enum till_result, const struct till_outcome *);

static struct sabotage self;

struct sabotage *
sabotage(void)
{
	return &self;
}

int
sabotage_setup(void **state)
{
	if (scratch_make(state) == -1)
		return -1;
	self.hosts = isolation_begin();
	self.loader = isolation_loader(self.hosts);
	owner_init(&self.owner);
	self.ctx = NULL;
	self.it = NULL;
	return 0;
}

void
sabotage_close(void)
{
	context_free(self.ctx);
	self.ctx = NULL;
	instance_close(self.it);
	self.it = NULL;
}

int
sabotage_teardown(void **state)
{
	sabotage_close();
	loader_free(self.loader);
	hosts_free(self.hosts);
	assert_int_equal(isolation_processes(), 0);
	return scratch_remove(state);
}

int64_t
sabotage_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
sabotage_open(const char *module, const char *const *settings,
    int64_t timeout_ms, enum till_facility facility)
{
	self.it =
	    isolation_must_open(self.loader, module, settings, timeout_ms, 0);
	owner_init(&self.owner);
	self.owner.known[0] = "alice";
	self.owner.now_ms = 1000;
	self.ctx = owner_context(&self.owner, "it", facility);
}

void
sabotage_begin(const char *at, const char *deed, int64_t timeout_ms,
    enum till_facility facility)
{
	char journal[600], arm[600], point[64], what[64];
	const char *const settings[] = { journal, arm, point, what, NULL };

	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	(void)snprintf(arm, sizeof(arm), "arm=%s", scratch_path("arm"));
	(void)snprintf(point, sizeof(point), "at=%s", at);
	(void)snprintf(what, sizeof(what), "deed=%s", deed);
	sabotage_open("saboteur", settings, timeout_ms, facility);
}

void
sabotage_arm(void)
{
	scratch_write("arm", 0600, "");
}

static void
settlement_make(enum till_verb verb, unsigned char key)
{
	memset(&self.settlement, 0, sizeof(self.settlement));
	self.settlement.size = sizeof(self.settlement);
	self.settlement.verb = verb;
	memset(self.settlement.key, key, sizeof(self.settlement.key));
	memset(self.settlement.digest, key, sizeof(self.settlement.digest));
	self.settlement.attempt = 1;
	self.settlement.amount = self.owner.order.amount;
	self.settlement.payer = "alice";
	self.settlement.payee = "press-1";
	self.settlement.original = "";
	self.settlement.reason = "";
}

enum till_result
sabotage_settle(enum till_verb verb, unsigned char key)
{
	settlement_make(verb, key);
	return instance_settle(self.it, self.ctx, &self.settlement,
	    &self.outcome, NULL);
}

static void
ended(void *arg, enum till_result result, const struct till_outcome *o)
{
	struct ending *ending = arg;

	(void)o;
	(void)pthread_mutex_lock(&ending->lock);
	ending->result = result;
	ending->times++;
	(void)pthread_mutex_unlock(&ending->lock);
}

enum till_result
sabotage_wait(struct ending *ending)
{
	int64_t until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	enum till_result result;
	int times = 0;

	while (times == 0) {
		assert_true(sabotage_now_ms() < until);
		(void)usleep(1000);
		(void)pthread_mutex_lock(&ending->lock);
		times = ending->times;
		result = ending->result;
		(void)pthread_mutex_unlock(&ending->lock);
	}
	assert_int_equal(times, 1);
	return result;
}

enum till_result
sabotage_charge_later(unsigned char key, struct ending *ending,
    struct till_op **op_r)
{
	memset(ending, 0, sizeof(*ending));
	(void)pthread_mutex_init(&ending->lock, NULL);
	*op_r = op_new(ended, ending);
	assert_non_null(*op_r);
	settlement_make(TILL_CHARGE, key);
	self.settlement.deadline_ms =
	    context_now_ms(self.ctx) + SABOTAGE_LONG_MS;
	return instance_settle(self.it, self.ctx, &self.settlement,
	    &self.outcome, *op_r);
}
