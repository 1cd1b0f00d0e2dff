/*
 * notes.h - what a process that will be killed has been answered, kept in
 * a file.  A note is one write within one page, so it is there wholly or not
 * at all: between two pages SIGKILL may end a write.
 */
#ifndef NOTES_H
#define NOTES_H

#include <stddef.h>
#include <stdint.h>

struct note {
	uint64_t order, serial;
	uint32_t state, check; /* check: the note is whole */
	uint64_t unused; /* a page holds a whole number of notes */
};

struct notes {
	int fd;
	struct note *notes;
	size_t len, size;
};

/* -1 with errno. */
int notes_open(struct notes *notes, const char *path);
void notes_close(struct notes *notes);
int notes_add(struct notes *notes, uint64_t order, uint64_t serial,
    uint32_t state);
/* Those that have come since. */
int notes_read(struct notes *notes);

#endif
