/*
 * text.h - a text that grows while it is written: pages, JSON, metrics.
 *
 * A text that could not grow, or would exceed TEXT_MAX, is remembered as
 * failed and text_take says so; the calls between need no check.
 */
#ifndef FRONT_TEXT_H
#define FRONT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_MAX (1024 * 1024) /* octets of one text */

/* Begins as { 0 }. */
struct text {
	char *data; /* NUL terminated once something was written */
	size_t len, size;
	bool failed;
};

void text_octets(struct text *, const char *data, size_t len);
/* As it is; NULL adds nothing. */
void text_add(struct text *, const char *string);
void text_number(struct text *, uint64_t number);
/* A JSON string with its quotation marks (RFC 8259, section 7). */
void text_json(struct text *, const char *string);
/* For HTML, in text and in quoted attributes alike. */
void text_html(struct text *, const char *string);
/* Percent-encoded but for unreserved characters (RFC 3986, 2.3). */
void text_url(struct text *, const char *string);

/* What was written, NUL terminated; the caller frees it.  NULL if it
 * failed.  The text is empty afterwards. */
char *text_take(struct text *, size_t *len_r);
/* Wipes; the text is empty afterwards. */
void text_clear(struct text *);

#endif
