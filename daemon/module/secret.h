/*
 * secret.h - a secret kept in a file.
 */
#ifndef MODULE_SECRET_H
#define MODULE_SECRET_H

#include <till/error.h>

#define SECRET_MAX 4096 /* octets of one secret */

/*
 * Read a secret: from a regular file that is root's or ours, which
 * nobody else may read or write (mode 0400 or 0600), in folders that
 * others cannot change.  One newline at the end is cut; an empty secret
 * or one with a NUL in it is refused.  *secret_r lies in secure memory,
 * NUL terminated.  The path is absolute.
 */
int secret_read(const char *path, char **secret_r, struct till_error *err);
void secret_free(char *secret); /* wipes; NULL is fine */

#endif
