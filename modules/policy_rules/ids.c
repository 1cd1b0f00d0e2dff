/*
 * ids.c - a set of ids, of which a part may be in a file.
 *
 * The file is looked at in every question, and read when it is another
 * one than before.  Where the new one is no good the old set stays: to
 * let everybody pass, or nobody, because of a slip of the pen would be
 * worse.
 */
#include <sys/stat.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "policy_rules/policy_rules.h"

typedef char id_text[TILL_ID_MAX];

/* By what a changed file is known. */
struct look {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed;
};

struct ids {
	const char *const *words; /* the setting's */
	const char *file; /* or NULL */
	pthread_mutex_t lock; /* of what follows */
	struct look seen; /* the file of the last attempt to read it */
	id_text *set; /* sorted */
	size_t len;
};

static int words_ok(const char *const *, struct till_error *);
static bool look_at(const char *, struct look *);
static bool same_look(const struct look *, const struct look *);
static int refresh(struct ids *, struct till_error *);
static int parse(struct ids *, char *text, struct till_error *);
static int by_text(const void *, const void *);

int
ids_open(const char *const *words, const char *file, struct ids **ids_r,
    struct till_error *err)
{
	struct ids *ids;

	*ids_r = NULL;
	if (words[0] == NULL && file == NULL)
		return 0;
	if (words_ok(words, err) == -1)
		return -1;
	ids = calloc(1, sizeof(*ids));
	if (ids == NULL || pthread_mutex_init(&ids->lock, NULL) != 0) {
		free(ids);
		return till_fail(err, "out of memory");
	}
	ids->words = words;
	ids->file = file;
	if (file != NULL) {
		(void)look_at(file, &ids->seen);
		if (refresh(ids, err) == -1) {
			ids_free(ids);
			return -1;
		}
	}
	*ids_r = ids;
	return 0;
}

void
ids_free(struct ids *ids)
{
	if (ids == NULL)
		return;
	(void)pthread_mutex_destroy(&ids->lock);
	free(ids->set);
	free(ids);
}

bool
ids_has(struct ids *ids, const char *id, const struct till_host *host,
    struct till_context *ctx)
{
	struct till_error err = { "" };
	struct look look;
	bool has = false;
	size_t i;

	for (i = 0; ids->words[i] != NULL; i++) {
		if (strcmp(ids->words[i], id) == 0)
			return true;
	}
	if (ids->file == NULL)
		return false;
	(void)look_at(ids->file, &look);
	(void)pthread_mutex_lock(&ids->lock);
	if (!same_look(&look, &ids->seen)) {
		ids->seen = look;
		(void)refresh(ids, &err);
	}
	if (ids->len > 0)
		has = bsearch(id, ids->set, ids->len, sizeof(ids->set[0]),
			  by_text) != NULL;
	(void)pthread_mutex_unlock(&ids->lock);
	if (err.text[0] != '\0')
		host->log(ctx, TILL_LOG_ERROR,
		    "a list stays as it was, for the file is no good: %s",
		    err.text);
	return has;
}

static int
words_ok(const char *const *words, struct till_error *err)
{
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		if (!till_id_ok(words[i]))
			return till_fail(err,
			    "'%.40s' is no id: an id is 1 to 32 of a-z, 0-9 "
			    "and '-'",
			    words[i]);
	}
	return 0;
}

/* A file that is not there looks like nothing. */
static bool
look_at(const char *file, struct look *look_r)
{
	struct stat st;

	memset(look_r, 0, sizeof(*look_r));
	if (stat(file, &st) == -1)
		return false;
	look_r->dev = st.st_dev;
	look_r->ino = st.st_ino;
	look_r->size = st.st_size;
	look_r->modified = st.st_mtim;
	look_r->changed = st.st_ctim;
	return true;
}

static bool
same_look(const struct look *a, const struct look *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->modified.tv_sec == b->modified.tv_sec &&
	    a->modified.tv_nsec == b->modified.tv_nsec &&
	    a->changed.tv_sec == b->changed.tv_sec &&
	    a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Take the set anew from its file; on an error it stays as it is. */
static int
refresh(struct ids *ids, struct till_error *err)
{
	char *text = NULL;
	int r;

	if (file_read(ids->file, IDS_FILE_MAX, &text, err) == -1)
		return -1;
	r = parse(ids, text, err);
	free(text);
	return r;
}

/* One id a line; "#" begins a comment, and empty lines are nothing. */
static int
parse(struct ids *ids, char *text, struct till_error *err)
{
	id_text *set, *fitting;
	unsigned int line = 0;
	char *rest = text, *word;
	size_t len = 0;

	set = calloc(IDS_MAX, sizeof(*set));
	if (set == NULL)
		return till_fail(err, "out of memory");
	while ((word = strsep(&rest, "\n")) != NULL) {
		line++;
		word = file_trim(word);
		if (word[0] == '\0')
			continue;
		if (!till_id_ok(word) || len == IDS_MAX) {
			free(set);
			return len == IDS_MAX
			    ? till_fail(err, "%s has more than %d ids",
				  ids->file, IDS_MAX)
			    : till_fail(err, "%.150s:%u: '%.40s' is no id",
				  ids->file, line, word);
		}
		(void)snprintf(set[len++], sizeof(*set), "%s", word);
	}
	qsort(set, len, sizeof(*set), by_text);
	free(ids->set);
	fitting = realloc(set, (len + 1) * sizeof(*set));
	ids->set = fitting != NULL ? fitting : set;
	ids->len = len;
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}
