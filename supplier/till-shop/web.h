/*
 * web.h - one request as the handlers see it.
 */
#ifndef WEB_H
#define WEB_H

#include "pages.h"
#include "shop.h"

#define FIELDS_MAX 8 /* of one form */

/* A plain name: the shop may be on loopback http. */
#define COOKIE_VISITOR "shop"

struct MHD_Connection;
struct MHD_Response;
struct MHD_PostProcessor;

struct field {
	char name[32];
	char value[SHOP_FIELD_MAX];
};

struct request {
	struct shop *shop;
	struct visitor visitor;
	bool is_get, is_post;
	char path[TILL_TEXT_MAX];

	/* The answer: a page, a file or another address. */
	unsigned int status;
	struct html page;
	int fd; /* of a file to send, or -1 */
	const char *type; /* NULL: a page */
	char location[TILL_URL_MAX];
	char refresh[TILL_TOKEN_MAX];
	/* What the browser is to remember; -1, NULL: nothing new. */
	int choose; /* the payment server where the visitor has an account */
	const struct language *say;

	/* web.c's own. */
	struct MHD_Connection *connection;
	struct MHD_PostProcessor *form;
	char *token; /* of an event, or NULL */
	struct field fields[FIELDS_MAX];
	size_t fields_len, body;
};

/* A field of the form, or of the query of a GET; "" if it is not there. */
const char *request_field(const struct request *, const char *name);

/* The payment server that the browser remembers; their number if it is none
 * of them. */
size_t request_chosen(const struct request *);

/* Choose the language of the answer, before it is made. */
void reply_language(struct request *);
/* The answer with its headers, or NULL. */
struct MHD_Response *reply_new(struct request *);

/* 303 to the address that the three make together. */
void answer_redirect(struct request *, const char *before, const char *id,
    const char *after);

#endif
