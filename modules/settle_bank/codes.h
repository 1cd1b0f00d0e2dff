/*
 * codes.h - what an answer code (DE39) means for the customer.
 *
 * A network may give some of them another meaning; a file says so, one
 * "CODE=CLASS" a line.
 */
#ifndef SETTLE_BANK_CODES_H
#define SETTLE_BANK_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define CODES_FILE_MAX 65536
#define CODES_MAX 256 /* that a file may give another meaning */

/* Zero is no class; only the first one approves. */
enum code_class {
	CODE_NONE = 0,
	CODE_APPROVED,
	CODE_PARTIAL, /* of a part that nobody asked for, or with proof of
			 identity: refused, and undone */
	CODE_FUNDS,
	CODE_LIMIT,
	CODE_EXPIRED,
	CODE_CARD, /* this card is not known, or no longer good */
	CODE_NOT_PERMITTED,
	CODE_AMOUNT,
	CODE_UNAVAILABLE,
	CODE_DUPLICATE,
	CODE_TECHNICAL,
	CODE_REFUSED /* whatever else: the customer is not told more */
};

/* The meanings of one link; all zero: the standard's. */
struct codes {
	size_t len;
	struct {
		char code[3];
		enum code_class class;
	} list[CODES_MAX];
};

/* Read the file of a network's own meanings; the error names file and
 * line.  What approves cannot be added: nothing but 00 and 11 does. */
int codes_read(const char *path, struct codes *codes_r, struct till_error *err);
int codes_parse(const char *path, char *text, struct codes *codes_r,
    struct till_error *err);

/* A code that is not two letters or digits is CODE_TECHNICAL. */
enum code_class codes_class(const struct codes *, const char *code, size_t len);

/* Its word, as the file has it and as the customer's page is told:
 * "insufficient_funds". */
const char *code_class_name(enum code_class);

#endif
