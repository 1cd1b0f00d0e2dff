/*
 * diag_source.h - the texts behind findings; for diag_print.c only.
 */
#ifndef CONFIG_DIAG_SOURCE_H
#define CONFIG_DIAG_SOURCE_H

#include "config/diag.h"

struct source {
	struct source *next;
	char *file;
	char *text; /* NULL: not known */
	size_t len;
	unsigned int number; /* in the order of their coming */
};

/* NULL: no such file. */
const struct source *diag_find_source(const struct diag *, const char *file);

#endif
