/*
 * pages.h - what people see.
 */
#ifndef FRONT_PAGES_H
#define FRONT_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>
#include <till/ticket.h>

#include "front/answer.h"
#include "front/catalogue.h"
#include "front/text.h"

struct front;
struct visit;
struct work;

#define PAGES_SCRIPTS 5

struct pages {
	struct catalogues *catalogues;
	char *style, *icon; /* style.css and icon.svg, NUL terminated */
	char *scripts[PAGES_SCRIPTS]; /* as named in pages.c */
};

/* Catalogues and style sheet are read from a folder, once. */
int pages_start(const char *dir, struct pages **pages_r,
    struct till_error *err);
void pages_stop(struct pages *); /* NULL is fine */

/* What a page is about, beside its words; see page.c. */
enum page_kind {
	PAGE_NONE = 0,
	PAGE_CONFIRM, /* Referrer-Policy: same-origin, for its form */
	PAGE_ACCOUNT, /* likewise; wider */
	PAGE_FORM, /* likewise, as narrow as others */
	PAGE_END
};

/* A page that is being written. */
struct page {
	struct work *work;
	const struct catalogue *words;
	struct text text;
	const char *title; /* key of the first part of the title */
	char amount[LOCALE_AMOUNT_MAX]; /* for the title, or "" */
	const char *title_prefix; /* key, or NULL */
	const char *help; /* key of what every page ends with */
	const char *query; /* of its address, for its other languages; or "" */
	const char *refresh; /* value of Refresh, or NULL */
	const char *cookie; /* value of Set-Cookie, or NULL */
	unsigned int status;
	enum page_kind kind;
};

/* page_language.c: the language of the answer, by the address, then the
 * ticket (or NULL), then the browser.  Reads the query into work->body,
 * the first time. */
void page_language(struct work *, const struct till_ticket *);

/* page.c: begin; set what is special; open; write; close, which sends. */
void page_begin(struct page *, struct work *, const char *title);
void page_open(struct page *); /* writes all up to <main> */
void page_close(struct page *); /* from </main> on, and sends it */

/* Words of the catalogue, as HTML; _with puts a value where {} is. */
void put_word(struct page *, const char *key);
void put_word_with(struct page *, const char *key, const char *value);
/* Text from outside: escaped, isolated (bdi), at most max characters. */
void put_foreign(struct page *, const char *text, size_t max);
void put(struct page *, const char *html); /* as it is */
/* An element with a word in it; name may have attributes behind it. */
void put_element(struct page *, const char *name, const char *key);

/* By the code and reason of an answer; the key of a text. */
const char *page_why(const struct page *, const struct answer *);
/* The address that a voucher or refusal goes to, or NULL: no memory, no
 * token.  The caller frees it. */
char *page_back(const struct till_ticket *, const struct answer *);

/* page_*.c: whole pages; each answers the request. */
void page_confirm(struct work *, const struct answer *answer,
    const struct answer *said, const char *csrf);
void page_receipt(struct work *, const struct answer *answer);
void page_ended(struct work *, const struct answer *answer);
void page_pending(struct work *);
/* One with a heading and a text; charged says which sentence ends it. */
enum page_charged {
	CHARGED_UNSAID = 0,
	CHARGED_NOT,
	CHARGED_PAID,
	CHARGED_HIDDEN /* that it is for the payer to know is said */
};
void page_message(struct work *, unsigned int status, const char *key,
    enum page_charged);
void page_try_again(struct work *);
void page_not_found(struct work *);
void page_front(struct work *);
void page_style(struct work *);
void page_icon(struct work *);
void page_script(struct work *); /* the one that the path names */

#endif
