/*
 * journal.c - the entries in memory, by key and by trace number.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settle_bank/durable.h"
#include "settle_bank/journal_line.h"

#define BUCKETS 65536
#define STAN_DIGITS 6
#define PENDING_MAX (1024 * JOURNAL_LINE_MAX) /* octets not synced yet */

struct node {
	struct node *next_key, *next_stan, *next_original;
	struct journal_entry entry;
};

struct journal {
	char *path;
	int fd;
	size_t len; /* entries */
	int64_t horizon_s;
	size_t counts[JOURNAL_STATES];
	struct node *by_key[BUCKETS], *by_stan[BUCKETS], *by_original[BUCKETS];
	char *pending;
	size_t pending_len;
	uint64_t batches; /* made durable since the file began */
	bool failed;
};

static int load(struct journal *, struct till_error *);
static int find_whole(struct journal *, const char *, size_t, size_t *whole_r,
    struct till_error *);
static int take_lines(struct journal *, const char *, size_t,
    struct till_error *);
static size_t next_line(const char *, size_t, char[JOURNAL_LINE_MAX]);
static int take(struct journal *, const struct journal_entry *, bool is_new,
    struct till_error *);
static void let_go(struct journal *, int64_t now_s);
static bool stays(const struct journal_entry *);
static void forget(struct journal *, struct node *);
static bool is_about(const struct journal_entry *);
static struct node *find(const struct journal *, const unsigned char *);
static size_t key_bucket(const unsigned char *);
static size_t stan_bucket(const char *);
static int append(struct journal *, const struct journal_entry *, bool is_new,
    struct till_error *);

int
journal_open(const char *path, int64_t now_s, struct journal **journal_r,
    struct till_error *err)
{
	struct journal *journal;

	journal = calloc(1, sizeof(*journal));
	if (journal == NULL)
		return till_fail(err, "out of memory");
	journal->fd = -1;
	journal->path = strdup(path);
	journal->pending = malloc(PENDING_MAX);
	if (journal->path == NULL || journal->pending == NULL) {
		journal_close(journal);
		return till_fail(err, "out of memory");
	}
	if (load(journal, err) == -1) {
		journal_close(journal);
		return -1;
	}
	let_go(journal, now_s);
	*journal_r = journal;
	return 0;
}

void
journal_close(struct journal *journal)
{
	struct node *node;
	size_t i;

	if (journal == NULL)
		return;
	for (i = 0; i < BUCKETS; i++) {
		while (journal->by_key[i] != NULL) {
			node = journal->by_key[i];
			journal->by_key[i] = node->next_key;
			free(node);
		}
	}
	if (journal->fd != -1)
		(void)close(journal->fd);
	free(journal->path);
	free(journal->pending);
	free(journal);
}

const struct journal_entry *
journal_find(const struct journal *journal,
    const unsigned char key[TILL_KEY_SIZE])
{
	const struct node *node = find(journal, key);

	return node == NULL ? NULL : &node->entry;
}

const struct journal_entry *
journal_find_sent(const struct journal *journal, const char *stan,
    const char *sent)
{
	const struct node *node = journal->by_stan[stan_bucket(stan)];

	for (; node != NULL; node = node->next_stan) {
		if (node->entry.verb != TILL_QUERY &&
		    strcmp(node->entry.stan, stan) == 0 &&
		    strcmp(node->entry.sent, sent) == 0)
			return &node->entry;
	}
	return NULL;
}

const struct journal_entry *
journal_find_reference(const struct journal *journal, const char *rrn)
{
	const size_t len = strlen(rrn);
	const struct node *node;

	if (len < STAN_DIGITS)
		return NULL;
	node = journal->by_stan[stan_bucket(rrn + len - STAN_DIGITS)];
	for (; node != NULL; node = node->next_stan) {
		if (strcmp(node->entry.rrn, rrn) == 0 &&
		    strcmp(node->entry.stan, rrn + len - STAN_DIGITS) == 0)
			return &node->entry;
	}
	return NULL;
}

size_t
journal_count(const struct journal *journal, enum journal_state state)
{
	return journal->counts[state];
}

int
journal_each_of(const struct journal *journal,
    const unsigned char original[TILL_KEY_SIZE],
    int (*each)(void *arg, const struct journal_entry *), void *arg)
{
	const struct node *node = journal->by_original[key_bucket(original)];
	int r = 0;

	for (; node != NULL && r == 0; node = node->next_original) {
		if (memcmp(node->entry.original, original, TILL_KEY_SIZE) == 0)
			r = each(arg, &node->entry);
	}
	return r;
}

int64_t
journal_horizon_s(const struct journal *journal)
{
	return journal->horizon_s;
}

int
journal_add(struct journal *journal, const struct journal_entry *entry,
    struct till_error *err)
{
	if (find(journal, entry->key) != NULL)
		return till_fail(err, "this key is in the journal already");
	if (append(journal, entry, true, err) == -1)
		return -1;
	if (take(journal, entry, true, err) == 0)
		return 0;
	journal->failed = true; /* the file has what memory has not */
	return -1;
}

int
journal_change(struct journal *journal, const struct journal_entry *entry,
    struct till_error *err)
{
	if (find(journal, entry->key) == NULL)
		return till_fail(err, "this key is not in the journal");
	if (append(journal, entry, false, err) == -1)
		return -1;
	return take(journal, entry, false, err);
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
	journal->batches++;
	journal->pending_len = 0;
	return 0;
}

int
journal_each(const struct journal *journal,
    int (*each)(void *arg, const struct journal_entry *), void *arg)
{
	const struct node *node;
	size_t i;
	int r = 0;

	for (i = 0; i < BUCKETS && r == 0; i++) {
		for (node = journal->by_key[i]; node != NULL && r == 0;
		     node = node->next_key)
			r = each(arg, &node->entry);
	}
	return r;
}

static int
load(struct journal *journal, struct till_error *err)
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
	if (r == 0 && ftruncate(journal->fd, (off_t)whole) == -1)
		r = till_fail(err, "%s cannot be shortened", journal->path);
	return r;
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
		if (strncmp(line, "end ", 4) == 0)
			continue;
		if (n == 0 || journal_line_read(line, &entry, &is_new) == -1 ||
		    (find(journal, entry.key) == NULL) != is_new)
			return till_fail(err,
			    "%s has a line at octet %zu that is none of ours",
			    journal->path, at);
		if (take(journal, &entry, is_new, err) == -1)
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

static int
take(struct journal *journal, const struct journal_entry *entry, bool is_new,
    struct till_error *err)
{
	struct node *node, **bucket;

	if (!is_new) {
		node = find(journal, entry->key);
		journal->counts[node->entry.state]--;
		journal_line_change(&node->entry, entry);
		journal->counts[node->entry.state]++;
		return 0;
	}
	if (journal->len == JOURNAL_ENTRIES_MAX)
		return till_fail(err, "the journal is full");
	node = calloc(1, sizeof(*node));
	if (node == NULL)
		return till_fail(err, "out of memory");
	node->entry = *entry;
	bucket = &journal->by_key[key_bucket(entry->key)];
	node->next_key = *bucket;
	*bucket = node;
	bucket = &journal->by_stan[stan_bucket(entry->stan)];
	node->next_stan = *bucket;
	*bucket = node;
	if (is_about(entry)) {
		bucket = &journal->by_original[key_bucket(entry->original)];
		node->next_original = *bucket;
		*bucket = node;
	}
	journal->counts[entry->state]++;
	journal->len++;
	return 0;
}

static void
let_go(struct journal *journal, int64_t now_s)
{
	struct node **at, *node;
	size_t i;

	journal->horizon_s = now_s - JOURNAL_KEEP_S;
	for (i = 0; i < BUCKETS; i++) {
		for (at = &journal->by_key[i]; *at != NULL;) {
			node = *at;
			if (node->entry.time_s >= journal->horizon_s ||
			    stays(&node->entry)) {
				at = &node->next_key;
				continue;
			}
			*at = node->next_key;
			forget(journal, node);
		}
	}
}

/* What is not settled yet. */
static bool
stays(const struct journal_entry *entry)
{
	return entry->state == JOURNAL_SENT || entry->state == JOURNAL_LATE ||
	    entry->state == JOURNAL_TAKEN;
}

/* It is not in by_key any more. */
static void
forget(struct journal *journal, struct node *node)
{
	const struct journal_entry *entry = &node->entry;
	struct node **at = &journal->by_stan[stan_bucket(entry->stan)];

	while (*at != node)
		at = &(*at)->next_stan;
	*at = node->next_stan;
	if (is_about(entry)) {
		at = &journal->by_original[key_bucket(entry->original)];
		while (*at != node)
			at = &(*at)->next_original;
		*at = node->next_original;
	}
	journal->counts[entry->state]--;
	journal->len--;
	free(node);
}

static bool
is_about(const struct journal_entry *entry)
{
	static const unsigned char none[TILL_KEY_SIZE];

	return memcmp(entry->original, none, sizeof(none)) != 0;
}

static struct node *
find(const struct journal *journal, const unsigned char *key)
{
	struct node *node = journal->by_key[key_bucket(key)];

	while (node != NULL && memcmp(node->entry.key, key, TILL_KEY_SIZE) != 0)
		node = node->next_key;
	return node;
}

/* Keys are random octets. */
static size_t
key_bucket(const unsigned char *key)
{
	return (size_t)key[0] << 8 | key[1];
}

static size_t
stan_bucket(const char *stan)
{
	return strtoul(stan, NULL, 10) % BUCKETS;
}

static int
append(struct journal *journal, const struct journal_entry *entry, bool is_new,
    struct till_error *err)
{
	size_t len;

	if (journal->failed || (is_new && journal->len == JOURNAL_ENTRIES_MAX))
		return till_fail(err, "the journal takes no more");
	/* Room for this line and that which ends all. */
	if (PENDING_MAX - journal->pending_len < 2 * JOURNAL_LINE_MAX)
		return till_fail(err, "the journal waits to be written");
	len = journal_line_write(entry, is_new,
	    journal->pending + journal->pending_len);
	if (len == 0)
		return till_fail(err, "a line of the journal cannot be made");
	journal->pending_len += len;
	return 0;
}
