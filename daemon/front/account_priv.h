/*
 * account_priv.h - what the files account*.c and page_account*.c share.
 */
#ifndef FRONT_ACCOUNT_PRIV_H
#define FRONT_ACCOUNT_PRIV_H

#include <jansson.h>

#include "front/account.h"
#include "front/form.h"
#include "front/page_parts.h"
#include "front/sign_in.h"
#include "front/unit.h"

#define ACCOUNT_LATELY 5 /* lines of a statement on the first page */
#define ACCOUNT_PAGE 50 /* on a page of it */
#define ACCOUNT_PART 200 /* in one answer, of all of them */
#define ACCOUNT_PARTS_MAX 100 /* answers that make one file of a statement */
#define ACCOUNT_DATA_PARTS 16 /* that make one list, kept until it is shown */
#define ACCOUNT_ARGS_MAX 512
#define ACCOUNT_DATE_MAX 11 /* "2026-11-23", with its NUL */
#define ACCOUNT_AMOUNT_MAX 16 /* of an amount in the address, with its NUL */
#define ACCOUNT_TYPED_MAX 25 /* of one in a form, likewise */
#define ACCOUNT_ID_MAX 64 /* characters of an instance or a credential */

/* What a form of the page of security is for. */
struct account_deed {
	const char *what; /* "freeze", "revoke-key" and so on; NULL: nothing */
	const char *instance, *id; /* of a credential; else "" */
};

/* What a form of the page of allowances says; NULL: nothing. */
struct account_allow {
	const char *merchant, *currency;
	/* As typed, but with a point; "": it was no number. */
	char each[ACCOUNT_TYPED_MAX], day[ACCOUNT_TYPED_MAX];
	bool again; /* it was sent before a sign-in, and not done */
};

/* What is gathered by several questions for one page. */
struct account_job {
	json_t *shown; /* account.show, or NULL */
	json_t *more; /* account.security, or what a form needs; or NULL */
	void (*shown_then)(struct work *);
	/* What account_gather brings together, and how. */
	const char *command, *key;
	json_t *lines; /* or NULL */
	json_t *next; /* where more go on behind them, or NULL */
	unsigned int parts, parts_max;
	bool (*part)(struct work *, const json_t *); /* or NULL: into lines */
	unsigned int wanted; /* of merchant.c: lines on its page */
	void (*then)(struct work *);
	struct text csv; /* written as the parts come */
	char args[ACCOUNT_ARGS_MAX];
	/* What the address asks for, as it is shown again; "": nothing. */
	char since[ACCOUNT_DATE_MAX], until[ACCOUNT_DATE_MAX];
	int64_t since_ms, until_ms; /* 0: not bounded */
	/* Key: what is wrong with the address, or with a form; or NULL. */
	const char *why;
	/* Of a POST: what it is to do.  Of the page of security: what was to
	 * be done when a sign-in was asked for, and is not done yet. */
	struct account_deed deed;
	struct account_allow allow;
	char back[ACCOUNT_ARGS_MAX]; /* where a sign-in leads; "": see deed */
};

/* Begin: the session and the language.  -1: it was answered. */
int account_enter(struct work *);
/* args: a JSON object, which lives until then runs; NULL: none. */
void account_ask(struct work *, const char *command, const char *args,
    void (*then)(struct work *));
/* The same of what changes something, and may not be done twice: it is not
 * sent again when its answer is lost.  With a secret, which lives as long as
 * the request's body, or NULL. */
void account_change(struct work *, const char *command, const char *args,
    const struct body_member *secret, void (*then)(struct work *));
/* Into job->args: those of a list, of the job's times; from is taken over, and
 * may be NULL. */
void account_args(struct work *, json_t *from, unsigned int limit);
/* What makes a place in a statement one that we gave out; -1: no. */
int account_page_mac(struct work *, const char *page, char mac_r[CSRF_SIZE]);
/* account_gather.c: what a command lists under a key into job->lines, from a
 * place on (taken over; NULL: the beginning), out of at most so many answers;
 * job->next is where more is.  Then runs unless the request was answered. */
void account_gather(struct work *, const char *command, const char *key,
    json_t *from, unsigned int parts_max, void (*then)(struct work *));
/* The same, but each part's lines are given to part as they come, which may
 * say that it has enough: false. */
void account_each(struct work *, const char *command, const char *key,
    unsigned int parts_max, bool (*part)(struct work *, const json_t *lines),
    void (*then)(struct work *));
/* account.show into job->shown, with all credentials. */
void account_show_all(struct work *, void (*then)(struct work *));
/* Is this a serial number, as an address has it? */
bool account_serial_ok(const char *);
/* account_file.c: cells of CSV, for a text and (two) for an amount. */
void put_cell(struct text *, const char *);
void put_money_cells(struct text *, const char *);
/* account_file.c: a file to be saved; the text is taken over. */
void account_send(struct work *, const char *type, const char *name,
    struct text *);
/* The answer's document, freed by the caller; NULL: it was none, and the
 * request was answered. */
json_t *account_doc(struct work *);
/* Sign in first; who comes back from there finds this page again, or what he
 * was about to do. */
void account_sign_in(struct work *, enum sign_in_kind);
/* account_enrol.c: by job->deed, the form for a new credential; and what was
 * filled in. */
void account_enrol_form(struct work *);
void account_enrol(struct work *);
/* account_deed.c: into job->deed, from a form; -1: it makes no sense. */
int account_deed_read(struct work *);
/* From the address, if it is one that account_deed_path has made. */
void account_deed_back(struct work *);
/* The address of the page of security that has this job->deed, or NULL: no
 * memory.  The caller frees it. */
char *account_deed_path(struct work *);
/* The button of the page of security that leads to a deed: itself, or that by
 * which its form was asked for. */
const char *account_deed_form(const char *what);
/* Is it this one? */
bool account_deed_is(const struct account_deed *, const char *what,
    const char *instance, const char *id);

/* The token of all forms of these pages; -1: it was answered. */
int account_csrf(struct work *, char csrf_r[CSRF_SIZE]);
/* 303 to a page of the account, in the language of this one. */
void account_redirect(struct work *, const char *path);

/* The text of a key, or "". */
const char *doc_get(const json_t *, const char *key);

/* account_top_up.c: euros as people write them ("12.5", "12,50"), in cents;
 * "" is 0.  -1: it is no amount that one can transfer. */
int account_cents(const char *text, int64_t *cents_r);
/* A number as people write it, with a point where they have a comma; of what
 * has a second one no amount is read.  -1: it is missing, too long for size
 * octets, or has something else in it than digits, a point or a comma. */
int account_typed(const char *text, char *number_r, size_t size);

/* account_time.c: the times of the address, into the job.  -1: job->why. */
int account_times(struct work *);

/* page_account*.c */
void page_account(struct work *, const json_t *statement);
void page_statement(struct work *, const json_t *statement); /* or job->why */
void page_payment(struct work *, const json_t *receipt);
void page_security(struct work *, const char *csrf);
/* What was to be changed may have been: its answer is lost. */
void page_unsure(struct work *);
/* how: what account.topup says; amount as it came, and in cents (0: none);
 * or job->why. */
void page_top_up(struct work *, const json_t *how, const char *amount,
    int64_t cents);
/* page_enrol.c: the form of job->deed, of what job->more says; what came of
 * one, with a secret to be told, or NULL. */
void page_enrol(struct work *);
void page_enrolled(struct work *, const struct frame_field *secret);
/* Of job->shown; job->allow fills in its form, job->why is what is wrong. */
void page_allowances(struct work *, const char *csrf);
void page_data(struct work *, const char *from); /* NULL: the newest */
/* The amount of a key ("1.20 EUR"); -1: there is none. */
int doc_money_get(const json_t *, const char *key, struct till_money *money_r);
/* The time of a key (RFC 3339) in seconds; 0: there is none. */
int64_t doc_time(const json_t *, const char *key);
/* Has the customer stopped all payments?  By job->shown; what the operator
 * suspends is on no page, as nobody signs in to it. */
bool account_frozen(const struct work *);
/* That it is so, if it is; and the way to where it ends. */
void put_frozen(struct page *, bool link);
/* A form that POSTs to /account, or a merchant's to /merchant, with its
 * token. */
void put_form_begin(struct page *, const char *csrf);
/* page_statement.c: the days of the address; what is wrong with them, if
 * anything is; a form that asks for others, of this page; and a query that has
 * the same, to go on with. */
void put_times_wrong(struct page *);
void put_times_form(struct page *, const char *path);
void put_times(struct text *, const struct account_job *);
/* The beginning of a button that does it.  Of what was to be done before a
 * sign-in came between, that it is not done yet.  about tells buttons of the
 * same word apart; "": it is the only one. */
void put_deed_button(struct page *, const struct account_deed *,
    const char *about);
void put_form_to(struct page *, const char *path, const char *csrf);
/* Rows of a table of a statement. */
void put_lines(struct page *, const json_t *lines);
/* "1.20 EUR", as a reader of the language writes it. */
void put_doc_money(struct page *, const char *amount);
/* Links to the other pages of the account; here is this one's path.  With what
 * says that the session is about to end. */
void put_account_links(struct page *, const char *here);
/* The address of a page of ours, with the language if it was said, and with
 * more ("a=b&c=d"). */
void put_account_path(struct page *, const char *path, const char *query);

#endif
