/*
 * diag.h - what is wrong with a configuration, said all at once.
 *
 * Every finding has a place (file, line, column) and a width; printing
 * shows the line with a caret under the place.  A diag is used by one
 * thread.
 */
#ifndef DIAG_H
#define DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define DIAG_MAX 200 /* findings kept; more are counted */
#define DIAG_TEXT_MAX 512

enum diag_level { DIAG_ERROR = 1, DIAG_WARNING };

/* A place in a file; line 0 means the file as a whole.  file lives as
 * long as the diag or the conf that it came from. */
struct diag_place {
	const char *file;
	unsigned int line, col; /* from 1; col in octets */
	unsigned int width; /* octets to underline; 0 counts as 1 */
};

struct diag_finding {
	enum diag_level level;
	struct diag_place place;
	char text[DIAG_TEXT_MAX];
	char note[DIAG_TEXT_MAX]; /* "did you mean ...", or "" */
};

struct diag;

struct diag *diag_new(void); /* NULL: out of memory */
void diag_free(struct diag *);

/* Keep a copy of a file's text, so that findings can show its lines;
 * returns the diag's own copy of the name. */
const char *diag_source(struct diag *, const char *file, const char *text,
    size_t len);

void diag_error(struct diag *, const struct diag_place *, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_warning(struct diag *, const struct diag_place *, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/* Add a note to the newest finding. */
void diag_note(struct diag *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The note "did you mean 'x'? one of: a, b, c": the nearest of words
 * (ends with NULL) to what was written, by edit distance. */
void diag_suggest(struct diag *, const char *written, const char *const *words);

size_t diag_errors(const struct diag *);
size_t diag_warnings(const struct diag *);
size_t diag_size(const struct diag *);
/* It lives until the next finding. */
const struct diag_finding *diag_at(const struct diag *, size_t i);

/* Findings in the order of files and lines:
 * "FILE:LINE:COL: error: TEXT", the line, the caret, the note. */
void diag_print(const struct diag *, FILE *);
/* The same as a JSON array of objects: file, line, col, level, text, note. */
void diag_print_json(const struct diag *, FILE *);

#endif
