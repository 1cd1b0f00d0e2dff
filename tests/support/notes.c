/*
 * notes.c - notes of answers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/notes.h"

static uint32_t check_of(const struct note *);

int
notes_open(struct notes *notes, const char *path)
{
	notes->len = 0;
	notes->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return notes->fd == -1 ? -1 : 0;
}

void
notes_close(struct notes *notes)
{
	close(notes->fd);
	free(notes->notes);
	notes->notes = NULL;
	notes->len = notes->size = 0;
}

int
notes_add(struct notes *notes, uint64_t order, uint64_t serial, uint32_t state)
{
	struct note note = { order, serial, state, 0, 0 };

	_Static_assert(4096 % sizeof(note) == 0, "no note is on two pages");
	note.check = check_of(&note);
	return write(notes->fd, &note, sizeof(note)) == (ssize_t)sizeof(note)
	    ? 0
	    : -1;
}

int
notes_read(struct notes *notes)
{
	struct note note, *grown;
	ssize_t n;

	for (;;) {
		n = pread(notes->fd, &note, sizeof(note),
		    (off_t)(notes->len * sizeof(note)));
		if (n != (ssize_t)sizeof(note))
			return n == -1 ? -1 : 0;
		if (note.check != check_of(&note)) {
			errno = EBADMSG;
			return -1;
		}
		if (notes->len == notes->size) {
			notes->size = 2 * notes->size + 1024;
			grown =
			    realloc(notes->notes, notes->size * sizeof(*grown));
			if (grown == NULL)
				return -1;
			notes->notes = grown;
		}
		notes->notes[notes->len++] = note;
	}
}

static uint32_t
check_of(const struct note *note)
{
	uint64_t n = (note->order * 31 + note->serial) * 31 + note->state;

	return (uint32_t)((n + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}
