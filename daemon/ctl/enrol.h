/*
 * enrol.h - an enrolment from its inside, for the files of it; call.h has
 * what commands see.
 */
#ifndef CTL_ENROL_H
#define CTL_ENROL_H

#include <stdbool.h>

#include "ctl/call.h"
#include "module/context.h"
#include "module/instance.h"
#include "stack/generation.h"

#define ENROL_LABEL_MAX 129
#define ENROL_ROUNDS_MAX 4 /* calls of the module in one enrolment */

/* A credential that the module has put or removed. */
struct kept {
	bool removed;
	char id[TILL_JTI_MAX];
	char label[ENROL_LABEL_MAX];
	uint32_t secret;
	unsigned char *data; /* secure memory */
	size_t len;
};

struct enrolment {
	struct call *call; /* at work on it */
	const char *module; /* that must be, or NULL */
	bool arguments; /* answer, rather than the secret */
	bool of_merchant; /* whose id the customer's is */
	enum till_enrol what;
	bool asks_more; /* than there are answers to */
	char instance[CONF_NAME_MAX];
	struct kept found; /* what credential_get gave last */
	const char *wanted; /* by credential_get; NULL: nothing */
	struct kept kept[TILL_CREDENTIALS_MAX];
	size_t kept_len;
};

/* enrol_keep.c: services for a context whose owner is a struct enrolment.
 * The ledger is read; what is put and removed is in kept. */
extern const struct context_ops enrol_services;
void enrol_kept_clear(struct kept *); /* wipes */

/*
 * Answer all open prompts of an instance: by the call's secret, or by the
 * arguments of the prompts' ids.  EX_OK, or why not; *asks_more_r is set
 * where it asks for another kind of thing.
 */
int enrol_answer(struct call *, const char *instance, bool arguments,
    struct till_context *, bool *asks_more_r);

/* What the module tells beside its GRANT is the call's to tell. */
int enrol_told(struct call *, const struct till_context *);

/* The order that a module sees in an enrolment; cid must outlive it. */
struct till_order enrol_order(const char *cid, const char *channel);

#endif
