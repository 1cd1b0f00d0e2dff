/*
 * secret.h - PINs, passwords and tokens: where they come from.
 *
 * They live in OpenSSL's secure heap and are wiped when they are freed.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>

#include <till/error.h>

#define SECRET_MAX 1024 /* octets, without NUL */

/* The first line of a file ("/dev/fd/3" is one, too), without its end.
 * Control characters are refused.  Freed with secret_free. */
int secret_from_file(const char *path, char **secret_r, struct till_error *);

/* One line from the terminal, which does not show it if it is hidden. */
int secret_from_terminal(const char *prompt, bool hidden, char **secret_r,
    struct till_error *);

void secret_free(char *); /* NULL is fine */

#endif
