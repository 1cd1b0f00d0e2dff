/*
 * policy_rules.h - the parts of policy_rules.
 *
 * Each part is made from its settings by an _open, which leaves NULL
 * where nothing is set, and asked by a _check, which has no opinion
 * then.  All of them may be asked by several threads at once.
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/module.h>
#include <till/ticket.h>

#define IDS_MAX 65536 /* ids in one file */
#define IDS_FILE_MAX (4 * 1024 * 1024) /* octets of one file */
#define LIMITS_MAX 8 /* limits of one instance */
#define HOURS_TEXT_MAX 200 /* octets of the windows, as they are told */

/* ids.c: a set of ids, from settings and from a file that is read again
 * when it has changed. */
struct ids;
int ids_open(const char *const *words, const char *file, struct ids **ids_r,
    struct till_error *err);
void ids_free(struct ids *); /* NULL is fine */
/* Whether id is in the set.  What is wrong with a changed file is
 * logged, once; then the set stays as it was. */
bool ids_has(struct ids *, const char *id, const struct till_host *,
    struct till_context *);

/* hours.c: when payments are taken. */
struct hours;
int hours_open(const char *const *windows, const char *zone,
    struct hours **hours_r, struct till_error *err);
void hours_free(struct hours *); /* NULL is fine */
enum till_result hours_check(const struct hours *, const struct till_host *,
    struct till_context *, int64_t time_s);

/* countries.c: where merchants are. */
int countries_ok(const char *const *codes, struct till_error *err);
enum till_result countries_check(const char *const *allow,
    const char *const *deny, const struct till_host *, struct till_context *,
    const char *country);

/* velocity.c: sums and numbers of payments over windows of time. */
struct velocity;
int velocity_open(const char *const *words, struct velocity **velocity_r,
    struct till_error *err);
void velocity_free(struct velocity *); /* NULL is fine */
enum till_result velocity_check(const struct velocity *,
    const struct till_host *, struct till_context *,
    const struct till_money *amount);

#endif
