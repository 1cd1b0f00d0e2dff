/*
 * explain_args.h - the command line of "tillctl explain".
 */
#ifndef CTL_EXPLAIN_ARGS_H
#define CTL_EXPLAIN_ARGS_H

#include <stdio.h>

#include <till/ticket.h>

#include "ctl/local.h"
#include "ctl/sub.h"
#include "stack/explain.h"

struct explain_args {
	struct local local;
	char **argv;
	bool json;
	char socket[SUB_PATH_MAX];
	char order_merchant[TILL_ID_MAX]; /* --order; "": none */
	char order_jti[TILL_JTI_MAX];
	const char *amount, *currency, *merchant, *customer, *kind, *channel;
	const char *country; /* the merchant's */
	const char *at, *ticket_file, *strong_amount;
	int64_t strong_count; /* -1: none */
	const char *answers[EXPLAIN_ANSWERS_MAX];
	size_t answers_len;
	struct till_ticket *ticket;
	char token[TILL_TOKEN_MAX + 2];
	int64_t time_s; /* of the question */
};

/* -1 to go on, else the exit status. */
int explain_args_parse(struct explain_args *, int argc, char **argv);
void explain_usage(FILE *);

/* Fill in facts, order and answers; the generation must be there. */
int explain_args_fill(struct explain_args *, struct explain *,
    struct till_error *err);

/* "2026-11-22T10:00[:00][Z]": without Z in the conf's zone; or seconds
 * since 1970, as "@1795341600". */
int explain_time(const char *text, const struct zone *, int64_t *time_s_r,
    struct till_error *err);

/* explain_show.c */
void explain_show(const struct explain *);
int explain_show_json(const struct explain *);

#endif
