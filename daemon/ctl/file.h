/*
 * file.h - texts that tillctl reads: files, passwords.
 */
#ifndef CTL_FILE_H
#define CTL_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define PASSWORD_MAX 1024 /* octets; a module may take fewer */

/* Read a whole text of fewer than size octets, without NULs; "-" is
 * standard input. */
int file_read_text(const char *path, char *text, size_t size,
    struct till_error *err);

/*
 * Read a password or number (one line, its newline cut) from a descriptor,
 * or from the terminal without echo, twice if it cannot be checked
 * otherwise.  password is secure memory of PASSWORD_MAX + 1 octets.
 */
int password_from_fd(int fd, char *password, struct till_error *err);
int password_from_terminal(const char *prompt, bool twice, char *password,
    struct till_error *err);

#endif
