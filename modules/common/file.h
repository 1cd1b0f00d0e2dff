/*
 * file.h - a small text file that a setting names.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stddef.h>

#include <till/error.h>

/*
 * Read all of it: a file that safe_file approves, smaller than max octets
 * and without a NUL.  *text_r is freed by the caller.
 */
int file_read(const char *path, size_t max, char **text_r,
    struct till_error *err);

/* Cut "#" and what follows it, and blanks on both ends; in place. */
char *file_trim(char *line);

#endif
