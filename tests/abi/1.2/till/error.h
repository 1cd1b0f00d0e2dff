/*
 * till/error.h - how a failure travels.
 *
 * A function that can fail returns 0 or -1 and takes, as its last
 * parameter, a struct till_error that the caller owns.  The text is a
 * sentence fragment for a person: no newline, no function names, no
 * secrets.  Whoever decides what to do about the failure logs it, once.
 */
#ifndef TILL_ERROR_H
#define TILL_ERROR_H

#include <stdarg.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_ERROR_MAX 256 /* octets of one text, with its NUL */

struct till_error {
	char text[TILL_ERROR_MAX];
};

/* Record why something failed. */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static inline void
till_error_set(struct till_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

static inline int
till_failed(void)
{
	return -1;
}

/*
 * Record why something failed.  Always returns -1, so that a caller with
 * nothing to clean up can write "return till_fail(err, ...)".  A macro,
 * because a compiler does not look into a variadic function and would
 * not know the -1.
 */
#define till_fail(...) (till_error_set(__VA_ARGS__), till_failed())

#ifdef __cplusplus
}
#endif

#endif
