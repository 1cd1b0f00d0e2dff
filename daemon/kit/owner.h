/*
 * owner.h - what a server keeps for a module, in memory, for the tests of
 * its author: customers, credentials, failure counters, answers to
 * limits, the log and the alerts.
 *
 * It is one flat struct, so that it can lie in memory that outlives the
 * process in which the module runs, as a server's ledger outlives it.
 */
#ifndef KIT_OWNER_H
#define KIT_OWNER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/module.h>
#include <till/ticket.h>

#include "module/context.h"

#define KIT_OWNER_CUSTOMERS_MAX 16
#define KIT_OWNER_RECORDS_MAX 64
#define KIT_OWNER_LIMITS_MAX 16
#define KIT_OWNER_LOG_MAX (64 * 1024) /* octets; later lines are left out */

struct kit_owner_record {
	char customer[TILL_ID_MAX], id[TILL_JTI_MAX], label[TILL_TEXT_MAX];
	unsigned char data[TILL_CREDENTIAL_MAX];
	size_t len;
	uint32_t secret;
	int64_t created_ms;
};

struct kit_owner_customer {
	char id[TILL_ID_MAX];
	struct till_failures failures;
};

struct kit_owner_limit {
	char name[32];
	int answer; /* 0 fits in, 1 does not, -1 fails */
};

struct kit_owner {
	pthread_mutex_t lock; /* of this process: see kit_owner_adopt */
	struct kit_owner_customer customers[KIT_OWNER_CUSTOMERS_MAX];
	size_t customers_len;
	struct kit_owner_customer stranger; /* who was last asked for */
	struct kit_owner_record records[KIT_OWNER_RECORDS_MAX];
	size_t records_len;
	struct kit_owner_limit limits[KIT_OWNER_LIMITS_MAX];
	size_t limits_len;
	int limit; /* the answer to all others */
	bool broken; /* every service fails */
	char log[KIT_OWNER_LOG_MAX], alerts[KIT_OWNER_LOG_MAX];
	size_t log_len, alerts_len;
	unsigned int counted; /* calls of failed */
	int64_t shift_ms; /* of the clock that prompts are timed by */
	int64_t time_s; /* where the wall clock stands; 0: it goes */
};

extern const struct context_ops kit_owner_ops; /* owner is a struct kit_owner */

/* For loader_options.late; arg is a struct kit_owner.  A line of the log:
 * "late: moved ID CODE TEXT", or "late: taken-back ...". */
int kit_owner_late(void *arg, const char *instance, const struct till_late *);

/* alice and bob are customers. */
void kit_owner_init(struct kit_owner *);
/* At the start of each process that uses it: an earlier one may have been
 * killed while it held the lock. */
void kit_owner_adopt(struct kit_owner *);
/* -1: there is no room for one more, or the name is too long. */
int kit_owner_customer_add(struct kit_owner *, const char *id);
struct kit_owner_customer *kit_owner_customer(struct kit_owner *,
    const char *id);
int kit_owner_record_put(struct kit_owner *, const char *customer,
    const char *id, const void *data, size_t len, bool secret);
const struct kit_owner_record *kit_owner_record(const struct kit_owner *,
    const char *customer, const char *id);
/* The answer to the limit of this name from now on. */
int kit_owner_limit_set(struct kit_owner *, const char *name, int answer);
/* Of the wall clock, where it stands or as it goes. */
int64_t kit_owner_time_s(const struct kit_owner *);

#endif
