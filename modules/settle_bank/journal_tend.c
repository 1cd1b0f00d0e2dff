/*
 * journal_tend.c - what is old leaves the journal, and its file is rewritten
 * when much of it says nothing any more.
 *
 * The new file is whole on disk before it takes the place of the old one,
 * and nothing is appended in between: whenever this is cut off, one of the
 * two is there and says the same.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "settle_bank/durable.h"
#include "settle_bank/journal_priv.h"

#define LINE_TYPICAL 310 /* octets of an entry in a new file */
#define ROUNDS 4 /* a reversal of a refund of a payment, and one more */

/* A file being written. */
struct copy {
	const struct journal *journal;
	char path[PATH_MAX];
	int fd;
	size_t used; /* of the journal's buffer */
	size_t len;
	uint64_t batches;
	struct till_error *err;
};

static bool is_old(const struct journal *, const struct journal_entry *,
    int64_t now_s);
static bool is_open(const struct journal *, const struct journal_entry *);
static int undoes(void *, const struct journal_entry *);
static bool hold_together(struct journal *);
static bool is_wasteful(const struct journal *);
static int rewrite(struct journal *, struct till_error *);
static int write_one(void *, const struct journal_entry *);
static int write_batch(struct copy *);
static int put_in_place(struct journal *, struct copy *);

int
journal_tend(struct journal *journal, int64_t now_s, struct till_error *err)
{
	const int64_t since_s = now_s - journal->tended_s;

	if ((since_s >= 0 && since_s < JOURNAL_TEND_S) || journal->failed ||
	    journal->pending_len > 0)
		return 0;
	journal->tended_s = now_s;
	journal_let_go(journal, now_s);
	return is_wasteful(journal) ? rewrite(journal, err) : 0;
}

/* Of what was before a file that is new nothing can be said: there may have
 * been another one. */
int
journal_found(struct journal *journal, int64_t now_s, struct till_error *err)
{
	journal->horizon_s = now_s;
	return rewrite(journal, err);
}

/* What belongs together goes together: without what was given back of it a
 * payment could be given back once more. */
void
journal_let_go(struct journal *journal, int64_t now_s)
{
	struct journal_node *node, *newer;
	int i;

	/* Also if the clock was wrong, what has gone is gone. */
	if (journal->horizon_s < now_s - JOURNAL_KEEP_S)
		journal->horizon_s = now_s - JOURNAL_KEEP_S;
	for (node = journal->oldest; node != NULL; node = node->newer)
		node->stays = !is_old(journal, &node->entry, now_s);
	for (i = 0; i < ROUNDS && hold_together(journal); i++)
		;
	for (node = journal->oldest; node != NULL; node = newer) {
		newer = node->newer;
		if (!node->stays)
			journal_forget(journal, node);
	}
}

static bool
is_old(const struct journal *journal, const struct journal_entry *entry,
    int64_t now_s)
{
	if (entry->state == JOURNAL_LATE || entry->state == JOURNAL_TAKEN)
		return false;
	if (entry->time_s >= now_s - JOURNAL_KEEP_S)
		return false;
	return entry->time_s < now_s - JOURNAL_DOUBT_S ||
	    !is_open(journal, entry);
}

/* It may have come about, and no answer says that it was undone. */
static bool
is_open(const struct journal *journal, const struct journal_entry *entry)
{
	const bool undo = strncmp(entry->mti, "04", 2) == 0;

	if (entry->state != JOURNAL_SENT && entry->state != JOURNAL_SILENT &&
	    entry->state != JOURNAL_LATE_TOLD)
		return false;
	return journal_each_of(journal, undo ? entry->original : entry->key,
		   undoes, NULL) == 0;
}

static int
undoes(void *arg, const struct journal_entry *entry)
{
	(void)arg;
	return strncmp(entry->mti, "04", 2) == 0 &&
	    entry->state == JOURNAL_APPROVED;
}

/* False if nothing changes any more. */
static bool
hold_together(struct journal *journal)
{
	struct journal_node *node, *of;
	bool changed = false;

	for (node = journal->oldest; node != NULL; node = node->newer) {
		if (!journal_is_about(&node->entry))
			continue;
		of = journal_node_find(journal, node->entry.original);
		if (of == NULL || of->stays == node->stays)
			continue;
		of->stays = node->stays = true;
		changed = true;
	}
	return changed;
}

/* A quarter of it could be saved. */
static bool
is_wasteful(const struct journal *journal)
{
	const size_t needed = journal->len * LINE_TYPICAL;

	return journal->file_len >= JOURNAL_FILE_MIN &&
	    needed < journal->file_len - journal->file_len / 4;
}

static int
rewrite(struct journal *journal, struct till_error *err)
{
	struct copy copy = { .journal = journal, .err = err };

	if (snprintf(copy.path, sizeof(copy.path), "%s.new", journal->path) >=
	    (int)sizeof(copy.path))
		return till_fail(err, "%s: name too long", journal->path);
	copy.fd = open(copy.path,
	    O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (copy.fd == -1)
		return till_fail(err, "%s cannot be made", copy.path);
	copy.used = journal_line_old(journal->horizon_s, journal->pending);
	/* The last batch is empty: in front of one there is no damage that
	 * might be taken for the end that a crash leaves. */
	if (journal_each(journal, write_one, &copy) != 0 ||
	    write_batch(&copy) == -1 || write_batch(&copy) == -1)
		goto fail;
	if (fsync(copy.fd) == -1) {
		(void)till_fail(err, "%s cannot be made durable", copy.path);
		goto fail;
	}
	return put_in_place(journal, &copy);
fail:
	(void)close(copy.fd);
	(void)unlink(copy.path);
	return -1;
}

/* The buffer is free, as all is synced. */
static int
write_one(void *arg, const struct journal_entry *entry)
{
	struct copy *copy = arg;
	size_t len;

	if (JOURNAL_PENDING_MAX - copy->used < 2 * JOURNAL_LINE_MAX &&
	    write_batch(copy) == -1)
		return -1;
	len = journal_line_write(entry, true,
	    copy->journal->pending + copy->used);
	if (len == 0)
		return till_fail(copy->err,
		    "a line of the journal cannot be made");
	copy->used += len;
	return 0;
}

static int
write_batch(struct copy *copy)
{
	char *text = copy->journal->pending;
	size_t len;

	len = journal_line_end(copy->batches + 1, text, copy->used,
	    text + copy->used);
	if (len == 0)
		return till_fail(copy->err,
		    "a line of the journal cannot be made");
	len += copy->used;
	if (durable_write(copy->fd, text, len, copy->path, copy->err) == -1)
		return -1;
	copy->batches++;
	copy->len += len;
	copy->used = 0;
	return 0;
}

/* If it is not known whether the new name lasts, nothing may be sent by
 * what would be written there. */
static int
put_in_place(struct journal *journal, struct copy *copy)
{
	if (rename(copy->path, journal->path) == -1) {
		(void)close(copy->fd);
		(void)unlink(copy->path);
		return till_fail(copy->err, "%s cannot be renamed", copy->path);
	}
	(void)close(journal->fd);
	journal->fd = copy->fd;
	journal->file_len = copy->len;
	journal->batches = copy->batches;
	journal->failed = durable_folder(journal->path, copy->err) == -1;
	return journal->failed ? -1 : 0;
}
