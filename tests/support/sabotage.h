/*
 * sabotage.h - an instance in a module host, whose module may do harm: for
 * tests.  A test program has one at a time.
 */
#ifndef SUPPORT_SABOTAGE_H
#define SUPPORT_SABOTAGE_H

#include <pthread.h>

#include "support/isolation.h"

#define SABOTAGE_PATIENCE_MS 20000
#define SABOTAGE_SHORT_MS 2000 /* deadline of calls that miss it */
#define SABOTAGE_LONG_MS 20000 /* of those that must not */

struct sabotage {
	struct hosts *hosts;
	struct loader *loader;
	struct owner owner;
	struct instance *it;
	struct till_context *ctx;
	struct till_settlement settlement;
	struct till_outcome outcome;
};

/* The end of a settlement that is pending. */
struct ending {
	pthread_mutex_t lock;
	enum till_result result;
	int times;
};

struct sabotage *sabotage(void);
/* Of cmocka: with a scratch folder, in which are "bank" and "arm". */
int sabotage_setup(void **state);
int sabotage_teardown(void **state); /* fails if processes are left */

/* The instance "it" and a context for it. */
void sabotage_open(const char *module, const char *const *settings,
    int64_t timeout_ms, enum till_facility);
/* The same of a saboteur, not armed yet. */
void sabotage_begin(const char *at, const char *deed, int64_t timeout_ms,
    enum till_facility);
void sabotage_close(void);
void sabotage_arm(void);

/* 5.00 EUR of alice's for press-1, under this key. */
enum till_result sabotage_settle(enum till_verb, unsigned char key);
enum till_result sabotage_charge_later(unsigned char key, struct ending *,
    struct till_op **op_r);
/* Its end, which comes once and before the patience is over. */
enum till_result sabotage_wait(struct ending *);

int64_t sabotage_now_ms(void);

#endif
