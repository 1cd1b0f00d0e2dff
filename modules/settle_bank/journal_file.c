/*
 * journal_file.c - the journal's file: read at the start, appended to, made
 * durable.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "settle_bank/durable.h"
#include "settle_bank/journal_priv.h"

static void remove_rest(const struct journal *);
static int find_whole(struct journal *, const char *, size_t, size_t *whole_r,
    struct till_error *);
static int take_lines(struct journal *, const char *, size_t,
    struct till_error *);
static size_t next_line(const char *, size_t, char[JOURNAL_LINE_MAX]);

int
journal_load(struct journal *journal, struct till_error *err)
{
	struct stat st;
	char *text;
	size_t whole = 0;
	int r;

	journal->fd = open(journal->path,
	    O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (journal->fd == -1 || fstat(journal->fd, &st) == -1)
		return till_fail(err, "%s cannot be opened for writing",
		    journal->path);
	remove_rest(journal);
	if (durable_folder(journal->path, err) == -1)
		return -1;
	if (st.st_size == 0)
		return 0;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
	    journal->fd, 0);
	if (text == MAP_FAILED)
		return till_fail(err, "%s cannot be read", journal->path);
	r = find_whole(journal, text, (size_t)st.st_size, &whole, err);
	if (r == 0)
		r = take_lines(journal, text, whole, err);
	(void)munmap(text, (size_t)st.st_size);
	journal->file_len = whole;
	if (r == 0 && ftruncate(journal->fd, (off_t)whole) == -1)
		r = till_fail(err, "%s cannot be shortened", journal->path);
	return r;
}

int
journal_append(struct journal *journal, const struct journal_entry *entry,
    bool is_new, struct till_error *err)
{
	size_t len;

	if (journal->failed || (is_new && journal->len == JOURNAL_ENTRIES_MAX))
		return till_fail(err, "the journal takes no more");
	/* Room for this line and that which ends all. */
	if (JOURNAL_PENDING_MAX - journal->pending_len < 2 * JOURNAL_LINE_MAX)
		return till_fail(err, "the journal waits to be written");
	len = journal_line_write(entry, is_new,
	    journal->pending + journal->pending_len);
	if (len == 0)
		return till_fail(err, "a line of the journal cannot be made");
	journal->pending_len += len;
	return 0;
}

int
journal_sync(struct journal *journal, struct till_error *err)
{
	size_t len;

	if (journal->failed)
		return till_fail(err, "%s could not be written before",
		    journal->path);
	if (journal->pending_len == 0)
		return 0;
	journal->failed = true; /* until all of it went well */
	len = journal_line_end(journal->batches + 1, journal->pending,
	    journal->pending_len, journal->pending + journal->pending_len);
	if (len == 0)
		return till_fail(err, "a line of the journal cannot be made");
	if (durable_write(journal->fd, journal->pending,
		journal->pending_len + len, journal->path, err) == -1)
		return -1;
	if (fdatasync(journal->fd) == -1)
		return till_fail(err, "%s cannot be made durable",
		    journal->path);
	journal->failed = false;
	journal->file_len += journal->pending_len + len;
	journal->batches++;
	journal->pending_len = 0;
	return 0;
}

/* A new file that was not put in place. */
static void
remove_rest(const struct journal *journal)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s.new", journal->path) <
	    (int)sizeof(path))
		(void)unlink(path);
}

/*
 * How much of the file is whole: up to the end of its last batch.  A
 * batch is written when the one before is durable; so behind a damaged
 * one there is none, or it was damaged later.
 */
static int
find_whole(struct journal *journal, const char *text, size_t len,
    size_t *whole_r, struct till_error *err)
{
	char line[JOURNAL_LINE_MAX];
	size_t at = 0, begin = 0, n;
	uint64_t number;
	bool fits;

	while ((n = next_line(text + at, len - at, line)) > 0) {
		if (journal_line_read_end(line, text + begin, at - begin,
			&number, &fits) == 0) {
			if (number > journal->batches + 1)
				return till_fail(err,
				    "%s is damaged before octet %zu",
				    journal->path, at);
			if (number == journal->batches + 1 && fits) {
				journal->batches++;
				begin = at + n;
			}
		}
		at += n;
	}
	*whole_r = begin;
	return 0;
}

static int
take_lines(struct journal *journal, const char *text, size_t len,
    struct till_error *err)
{
	struct journal_entry entry;
	char line[JOURNAL_LINE_MAX];
	size_t at, n;
	bool is_new;

	for (at = 0; at < len; at += n) {
		n = next_line(text + at, len - at, line);
		if (strncmp(line, "end ", 4) == 0 ||
		    journal_line_read_old(line, &journal->horizon_s) == 0)
			continue;
		if (n == 0 || journal_line_read(line, &entry, &is_new) == -1 ||
		    (journal_node_find(journal, entry.key) == NULL) != is_new)
			return till_fail(err,
			    "%s has a line at octet %zu that is none of ours",
			    journal->path, at);
		if (journal_take(journal, &entry, is_new, err) == -1)
			return -1;
	}
	return 0;
}

/* Copy a line, without its newline, which counts; one that is too long is
 * cut, and none is 0. */
static size_t
next_line(const char *text, size_t len, char line[JOURNAL_LINE_MAX])
{
	const char *end = len == 0 ? NULL : memchr(text, '\n', len);
	size_t n;

	if (end == NULL)
		return 0;
	n = (size_t)(end - text);
	if (n >= JOURNAL_LINE_MAX)
		n = JOURNAL_LINE_MAX - 1;
	memcpy(line, text, n);
	line[n] = '\0';
	return (size_t)(end - text) + 1;
}
