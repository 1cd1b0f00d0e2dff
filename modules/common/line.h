/*
 * line.h - a request to a program, as one line of JSON.
 *
 * Requests hold what customers answer, so they are written by hand into
 * memory that is wiped, and never are a json_t.
 */
#ifndef COMMON_LINE_H
#define COMMON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/module.h>

struct line {
	char *data; /* "{...}", no NUL, no newline */
	size_t len, size;
	bool full; /* something did not fit and was left out */
};

/* Octets that a text or some octets of len need at most, name excluded:
 * controls and what is no UTF-8 take six each. */
#define LINE_TEXT_SIZE(len) (6 * (len) + 2)
#define LINE_OCTETS_SIZE(len) ((len)*4 / 3 + 6)

int line_init(struct line *, size_t size); /* -1: out of memory */
void line_free(struct line *); /* wipes */

/* name is NULL for the outermost object and for what is in a list. */
void line_open(struct line *, const char *name, char bracket);
void line_close(struct line *, char bracket);
/* What is not UTF-8 becomes U+FFFD. */
void line_text(struct line *, const char *name, const char *text);
void line_int(struct line *, const char *name, int64_t number);
void line_bool(struct line *, const char *name, bool truth);
/* As base64url without padding (RFC 4648, section 5). */
void line_octets(struct line *, const char *name, const void *data, size_t len);
/* Lower case hexadecimal. */
void line_hex(struct line *, const char *name, const unsigned char *data,
    size_t len);

/* {"text": ...} where the octets are UTF-8 without controls, else
 * {"base64": ...}: what a customer has replied. */
void line_reply(struct line *, const char *name, const struct till_reply *);

/* The purchase: {"ticket": ..., "merchant": ...}. */
void line_order(struct line *, const char *name, const struct till_order *);
#define LINE_ORDER_SIZE 16384 /* more than an order can need */

#endif
