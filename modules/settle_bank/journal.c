/*
 * journal.c - the entries in memory, by key and by trace number.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settle_bank/journal_priv.h"

#define STAN_DIGITS 6

static void put_in(struct journal *, struct journal_node *);
static void take_out(struct journal *, struct journal_node *);
static size_t key_bucket(const unsigned char *);
static size_t stan_bucket(const char *);

int
journal_open(const char *path, int64_t now_s, struct journal **journal_r,
    struct till_error *err)
{
	struct journal *journal;
	struct till_error why;

	journal = calloc(1, sizeof(*journal));
	if (journal == NULL)
		return till_fail(err, "out of memory");
	journal->fd = -1;
	journal->path = strdup(path);
	journal->pending = malloc(JOURNAL_PENDING_MAX);
	if (journal->path == NULL || journal->pending == NULL) {
		journal_close(journal);
		return till_fail(err, "out of memory");
	}
	if (journal_load(journal, err) == -1 ||
	    (journal->file_len == 0 &&
		journal_found(journal, now_s, err) == -1)) {
		journal_close(journal);
		return -1;
	}
	/* If its file cannot be rewritten now it is good as it is. */
	(void)journal_tend(journal, now_s, &why);
	*journal_r = journal;
	return 0;
}

void
journal_close(struct journal *journal)
{
	struct journal_node *node;

	if (journal == NULL)
		return;
	while (journal->oldest != NULL) {
		node = journal->oldest;
		journal->oldest = node->newer;
		free(node);
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
	const struct journal_node *node = journal_node_find(journal, key);

	return node == NULL ? NULL : &node->entry;
}

const struct journal_entry *
journal_find_sent(const struct journal *journal, const char *stan,
    const char *sent)
{
	const struct journal_node *node = journal->by_stan[stan_bucket(stan)];

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
	const struct journal_node *node;

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
	const struct journal_node *node =
	    journal->by_original[key_bucket(original)];
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
	if (journal_node_find(journal, entry->key) != NULL)
		return till_fail(err, "this key is in the journal already");
	if (journal_append(journal, entry, true, err) == -1)
		return -1;
	if (journal_take(journal, entry, true, err) == 0)
		return 0;
	journal->failed = true; /* the file has what memory has not */
	return -1;
}

int
journal_change(struct journal *journal, const struct journal_entry *entry,
    struct till_error *err)
{
	if (journal_node_find(journal, entry->key) == NULL)
		return till_fail(err, "this key is not in the journal");
	if (journal_append(journal, entry, false, err) == -1)
		return -1;
	return journal_take(journal, entry, false, err);
}

int
journal_each(const struct journal *journal,
    int (*each)(void *arg, const struct journal_entry *), void *arg)
{
	const struct journal_node *node;
	int r = 0;

	for (node = journal->oldest; node != NULL && r == 0; node = node->newer)
		r = each(arg, &node->entry);
	return r;
}

int
journal_take(struct journal *journal, const struct journal_entry *entry,
    bool is_new, struct till_error *err)
{
	struct journal_node *node;

	if (!is_new) {
		node = journal_node_find(journal, entry->key);
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
	put_in(journal, node);
	return 0;
}

void
journal_forget(struct journal *journal, struct journal_node *node)
{
	take_out(journal, node);
	free(node);
}

bool
journal_is_about(const struct journal_entry *entry)
{
	static const unsigned char none[TILL_KEY_SIZE];

	return memcmp(entry->original, none, sizeof(none)) != 0;
}

struct journal_node *
journal_node_find(const struct journal *journal, const unsigned char *key)
{
	struct journal_node *node = journal->by_key[key_bucket(key)];

	while (node != NULL && memcmp(node->entry.key, key, TILL_KEY_SIZE) != 0)
		node = node->next_key;
	return node;
}

static void
put_in(struct journal *journal, struct journal_node *node)
{
	const struct journal_entry *entry = &node->entry;
	struct journal_node **bucket;

	bucket = &journal->by_key[key_bucket(entry->key)];
	node->next_key = *bucket;
	*bucket = node;
	bucket = &journal->by_stan[stan_bucket(entry->stan)];
	node->next_stan = *bucket;
	*bucket = node;
	if (journal_is_about(entry)) {
		bucket = &journal->by_original[key_bucket(entry->original)];
		node->next_original = *bucket;
		*bucket = node;
	}
	node->older = journal->newest;
	if (node->older != NULL)
		node->older->newer = node;
	else
		journal->oldest = node;
	journal->newest = node;
	journal->counts[entry->state]++;
	journal->len++;
}

static void
take_out(struct journal *journal, struct journal_node *node)
{
	const struct journal_entry *entry = &node->entry;
	struct journal_node **at;

	for (at = &journal->by_key[key_bucket(entry->key)]; *at != node;)
		at = &(*at)->next_key;
	*at = node->next_key;
	for (at = &journal->by_stan[stan_bucket(entry->stan)]; *at != node;)
		at = &(*at)->next_stan;
	*at = node->next_stan;
	if (journal_is_about(entry)) {
		at = &journal->by_original[key_bucket(entry->original)];
		while (*at != node)
			at = &(*at)->next_original;
		*at = node->next_original;
	}
	*(node->older != NULL ? &node->older->newer : &journal->oldest) =
	    node->newer;
	*(node->newer != NULL ? &node->newer->older : &journal->newest) =
	    node->older;
	journal->counts[entry->state]--;
	journal->len--;
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
	return strtoul(stan, NULL, 10) % JOURNAL_BUCKETS;
}
