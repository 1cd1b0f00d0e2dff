/*
 * web.h - one request as the handlers see it.
 */
#ifndef WEB_H
#define WEB_H

#include "pages.h"
#include "shop.h"

#define FIELDS_MAX 8 /* of one form */

struct MHD_Connection;
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

	/* web.c's own. */
	struct MHD_Connection *connection;
	struct MHD_PostProcessor *form;
	char *token; /* of an event, or NULL */
	struct field fields[FIELDS_MAX];
	size_t fields_len, body;
};

/* A field of the form, or of the query of a GET; "" if it is not there. */
const char *request_field(const struct request *, const char *name);

/* 303 to the address that the three make together. */
void answer_redirect(struct request *, const char *before, const char *id,
    const char *after);

#endif
