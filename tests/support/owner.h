/*
 * owner.h - what a module needs around it, kept in memory: for tests.
 *
 * An owner has customers with credentials and failure counters, answers
 * to limits, a log and a list of alerts.  open_module loads a module of
 * the build and configures it as a line of till.conf would.
 */
#ifndef SUPPORT_OWNER_H
#define SUPPORT_OWNER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/diag.h"
#include "module/context.h"
#include "module/instance.h"
#include "module/loader.h"

#define OWNER_RECORDS 32
#define OWNER_TEXT 8192

struct record {
	char instance[CONF_NAME_MAX], customer[TILL_ID_MAX], id[TILL_JTI_MAX];
	unsigned char data[TILL_CREDENTIAL_MAX];
	size_t len;
	unsigned int secret;
};

struct owner {
	const char *known[4]; /* customers that exist; ends with NULL */
	struct record records[OWNER_RECORDS];
	size_t records_len;
	struct record got; /* the last one: put replaces that, or fails */
	/* Of the order's customer, known or not, as with a server: all, and
	 * those from where he is. */
	struct till_failures failures, here;
	bool broken; /* every service fails */
	int limit; /* the answer to every limit but over */
	const char *over; /* the name of one that is passed */
	struct till_limit limits[CONTEXT_LIMITS_MAX];
	size_t limits_len;
	unsigned int looks, asks; /* limit_look, limit */
	char log[OWNER_TEXT]; /* a line for each */
	char alerts[OWNER_TEXT];
	size_t alerts_len;
	int64_t now_ms;
	struct till_order order; /* alice buys for 5.00 EUR at press-1 */
};

extern const struct context_ops owner_ops;

void owner_init(struct owner *);
/* A context of this owner's, its order set. */
struct till_context *owner_context(struct owner *, const char *instance,
    enum till_facility);

/* A line "module NAME MODULE KEY=VALUE ..."; settings ends with NULL.
 * Each setting is on a line of its own number, from 1. */
#define LINE_SETTINGS 16
struct line {
	struct conf_instance conf;
	struct conf_setting settings[LINE_SETTINGS];
	char text[LINE_SETTINGS][512];
};
void line_make(struct line *, const char *name, const char *module,
    const char *const *settings);

/* A loader for the build's modules and those of tests, mocks included. */
struct loader *build_loader(void);
/* The folder of the build. */
const char *build_dir(void);

/* Open an instance "it"; NULL with the first finding in why. */
struct instance *module_open(struct loader *, const char *module,
    const char *const *settings, char why[DIAG_TEXT_MAX]);

/* The same, and the test fails if it cannot be. */
struct instance *module_must_open(struct loader *, const char *module,
    const char *const *settings);

/* Reply, and the test fails if the reply is not taken. */
void reply(struct till_context *, const char *id, const char *text);

#define ASSERT_RESULT(got, want)                                               \
	assert_string_equal(result_name(got), result_name(want))

#endif
