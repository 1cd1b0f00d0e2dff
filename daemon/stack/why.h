/*
 * why.h - why a guard holds for a ticket, or does not.
 */
#ifndef STACK_WHY_H
#define STACK_WHY_H

#include <stddef.h>

#include "stack/guard.h"

#define WHY_MAX 512 /* octets of one reason, with its NUL */

/*
 * The atoms that made it so, each with what the ticket has: "amount >
 * 50.00 EUR: no, it is 42.00 EUR".  "" for NULL, which always holds.
 * Returns buf; what does not fit is cut.
 */
const char *why_guard(const struct guard *, const struct facts *,
    char buf[WHY_MAX]);

/* What the ticket has where the atom looks: "42.00 EUR", "sunday". */
void why_value(const struct guard *, const struct facts *, char *buf,
    size_t size);

#endif
