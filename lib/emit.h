/*
 * emit.h - writing JSON into a buffer of fixed size.
 *
 * Members stand in the order in which they are written, without blanks.
 * What does not fit sets full and is dropped; the caller looks at full
 * once, at the end.  Strings must have passed till_text_ok, so that only
 * the quotation mark and the backslash need an escape.
 */
#ifndef EMIT_H
#define EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emit {
	char *buf;
	size_t size;
	size_t len;
	bool full;
};

/* name is NULL for elements of a list, and for the outermost object. */
void emit_open(struct emit *out, const char *name, char bracket);
void emit_close(struct emit *out, char bracket);
void emit_text(struct emit *out, const char *name, const char *text);
void emit_int(struct emit *out, const char *name, int64_t number);

/* The same, but nothing at all if text is NULL. */
void emit_text_opt(struct emit *out, const char *name, const char *text);

#endif
