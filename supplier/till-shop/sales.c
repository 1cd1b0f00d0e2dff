/*
 * sales.c - the sales register: which sale was ticketed, paid, delivered.
 *
 * One file of JSON lines.  The newest line of an id is the sale; a line
 * is synced before anybody acts on it.  Everything is also kept in
 * memory, which a small shop's register fits in.
 */
#define _GNU_SOURCE /* tdestroy */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sale.h"

#define SALES_LINE_MAX (TILL_TOKEN_MAX * 4) /* octets of one line */
#define SALES_MAX 1000000 /* sales of one register */

struct sales {
	int fd;
	bool look; /* nothing is written */
	off_t end; /* of the last whole line */
	pthread_mutex_t lock; /* over all below */
	pthread_mutex_t change; /* sales_lock */
	struct sale **list; /* oldest first */
	size_t len, size;
	void *by_id; /* tsearch trees of struct sale */
	void *by_identity;
	void *by_txn; /* paid ones only */
	void *by_session; /* the first of each visitor */
	const struct catalogue *catalogue;
};

static int open_file(const struct catalogue *, bool look, struct sales **,
    struct till_error *);
static int load(struct sales *, const char *path, struct till_error *);
static int load_line(struct sales *, const char *, size_t, struct till_error *);
static int remember(struct sales *, struct sale *, struct till_error *);
static int append(struct sales *, const char *, size_t, struct till_error *);
static int compare_id(const void *, const void *);
static int compare_identity(const void *, const void *);
static int compare_txn(const void *, const void *);
static int compare_session(const void *, const void *);
static int index_add(struct sales *, struct sale *, struct till_error *);
static void index_remove(struct sales *, struct sale *);
static void keep(void *);

int
sales_open(const struct catalogue *catalogue, struct sales **sales_r,
    struct till_error *err)
{
	return open_file(catalogue, false, sales_r, err);
}

int
sales_look(const struct catalogue *catalogue, struct sales **sales_r,
    struct till_error *err)
{
	return open_file(catalogue, true, sales_r, err);
}

void
sales_close(struct sales *s)
{
	size_t i;

	if (s == NULL)
		return;
	if (s->fd != -1)
		(void)close(s->fd);
	tdestroy(s->by_id, keep);
	tdestroy(s->by_identity, keep);
	tdestroy(s->by_txn, keep);
	tdestroy(s->by_session, keep);
	for (i = 0; i < s->len; i++)
		sale_free(s->list[i]);
	free(s->list);
	(void)pthread_mutex_destroy(&s->lock);
	(void)pthread_mutex_destroy(&s->change);
	free(s);
}

int
sales_put(struct sales *s, const struct sale *sale, struct till_error *err)
{
	struct sale *copy;
	json_t *json;
	char *line;
	int r = -1;

	copy = sale_copy(sale);
	json = sale_to_json(s->catalogue, sale);
	line = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (copy == NULL || line == NULL) {
		till_fail(err, "out of memory");
		goto out;
	}
	(void)pthread_mutex_lock(&s->lock);
	/* What could not be remembered must not be written either: it would
	 * be refused when it is read again. */
	r = s->len == SALES_MAX && tfind(copy, &s->by_id, compare_id) == NULL
	    ? till_fail(err, "the sales register is full")
	    : append(s, line, strlen(line), err);
	if (r == 0) {
		r = remember(s, copy, err);
		copy = NULL; /* the register has it, or it was freed */
	}
	(void)pthread_mutex_unlock(&s->lock);
out:
	free(line);
	sale_free(copy);
	return r;
}

struct sale *
sales_get(struct sales *s, const char *id)
{
	struct sale key = { 0 };
	struct sale *copy = NULL;
	void *found;

	(void)snprintf(key.id, sizeof(key.id), "%s", id);
	(void)pthread_mutex_lock(&s->lock);
	found = tfind(&key, &s->by_id, compare_id);
	if (found != NULL)
		copy = sale_copy(*(struct sale **)found);
	(void)pthread_mutex_unlock(&s->lock);
	return copy;
}

struct sale *
sales_get_by_identity(struct sales *s, const char *jti)
{
	struct sale key = { 0 };
	struct sale *copy = NULL;
	void *found;

	(void)snprintf(key.identity_jti, sizeof(key.identity_jti), "%s", jti);
	(void)pthread_mutex_lock(&s->lock);
	found = tfind(&key, &s->by_identity, compare_identity);
	if (found != NULL)
		copy = sale_copy(*(struct sale **)found);
	(void)pthread_mutex_unlock(&s->lock);
	return copy;
}

bool
sales_txn_used(struct sales *s, size_t server, uint64_t txn, const char *id)
{
	struct sale key = { .server = server, .txn = txn };
	bool used = false;
	void *found;

	(void)pthread_mutex_lock(&s->lock);
	found = tfind(&key, &s->by_txn, compare_txn);
	if (found != NULL)
		used = strcmp((*(struct sale **)found)->id, id) != 0;
	(void)pthread_mutex_unlock(&s->lock);
	return used;
}

bool
sales_has_session(struct sales *s, const char *session)
{
	struct sale key = { .state = SALE_NONE };
	bool known;

	if (strlen(session) >= sizeof(key.session))
		return false;
	(void)snprintf(key.session, sizeof(key.session), "%s", session);
	(void)pthread_mutex_lock(&s->lock);
	known = tfind(&key, &s->by_session, compare_session) != NULL;
	(void)pthread_mutex_unlock(&s->lock);
	return known;
}

void
sales_each(struct sales *s, void (*each)(void *, const struct sale *),
    void *arg)
{
	size_t i;

	(void)pthread_mutex_lock(&s->lock);
	for (i = 0; i < s->len; i++)
		each(arg, s->list[i]);
	(void)pthread_mutex_unlock(&s->lock);
}

void
sales_lock(struct sales *s)
{
	(void)pthread_mutex_lock(&s->change);
}

void
sales_unlock(struct sales *s)
{
	(void)pthread_mutex_unlock(&s->change);
}

static int
open_file(const struct catalogue *catalogue, bool look, struct sales **sales_r,
    struct till_error *err)
{
	const int flags = look ? O_RDONLY : O_RDWR | O_CREAT;
	const char *path = catalogue->sales_path;
	struct sales *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return till_fail(err, "out of memory");
	s->catalogue = catalogue;
	s->look = look;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_mutex_init(&s->change, NULL);
	s->fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->fd == -1) {
		till_fail(err, "%s: %s", path, strerror(errno));
		goto bad;
	}
	if (!look && flock(s->fd, LOCK_EX | LOCK_NB) == -1) {
		till_fail(err, "%s: another till-shop has it open", path);
		goto bad;
	}
	if (load(s, path, err) == -1)
		goto bad;
	*sales_r = s;
	return 0;
bad:
	sales_close(s);
	return -1;
}

/*
 * Read all lines.  Only the last one can have been torn, by a crash in
 * the middle of a write that nobody acted on yet: it is cut off, or, where
 * somebody else may be writing it, passed over.
 */
static int
load(struct sales *s, const char *path, struct till_error *err)
{
	struct till_error why;
	unsigned long number = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *file;
	int fd, r = -1;

	fd = dup(s->fd);
	file = fd == -1 ? NULL : fdopen(fd, "r");
	if (file == NULL)
		return till_fail(err, "%s: %s", path, strerror(errno));
	for (;;) {
		n = getline(&line, &size, file);
		if (n == -1 || line[n - 1] != '\n')
			break;
		number++;
		if (load_line(s, line, (size_t)n, &why) == -1) {
			till_fail(err, "%s:%lu: %s", path, number, why.text);
			goto out;
		}
		s->end += n;
	}
	if (ferror(file) || (!s->look && ftruncate(s->fd, s->end) == -1)) {
		till_fail(err, "%s: %s", path, strerror(errno));
		goto out;
	}
	r = 0;
out:
	free(line);
	(void)fclose(file);
	return r;
}

static int
load_line(struct sales *s, const char *line, size_t len, struct till_error *err)
{
	json_error_t jerr;
	struct sale *sale;
	json_t *json;

	json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &jerr);
	if (json == NULL)
		return till_fail(err, "%s", jerr.text);
	sale = sale_from_json(s->catalogue, json);
	json_decref(json);
	if (sale == NULL)
		return till_fail(err, "not a sale");
	return remember(s, sale, err);
}

/* Take over sale: it replaces an older state of the same id. */
static int
remember(struct sales *s, struct sale *sale, struct till_error *err)
{
	struct sale **grown, *old;
	void *found;
	size_t size;

	found = tfind(sale, &s->by_id, compare_id);
	if (found != NULL) {
		old = *(struct sale **)found;
		index_remove(s, old);
		free(old->ticket);
		free(old->identity_ticket);
		free(old->voucher);
		*old = *sale; /* the pointers are old's now */
		free(sale);
		sale = old;
	} else {
		if (s->len == SALES_MAX) {
			sale_free(sale);
			return till_fail(err, "the sales register is full");
		}
		if (s->len == s->size) {
			size = s->size == 0 ? 64 : s->size * 2;
			grown = realloc(s->list, size * sizeof(*grown));
			if (grown == NULL)
				goto nomem;
			s->list = grown;
			s->size = size;
		}
		if (tsearch(sale, &s->by_session, compare_session) == NULL)
			goto nomem;
		if (tsearch(sale, &s->by_id, compare_id) == NULL) {
			if (*(struct sale **)tfind(sale, &s->by_session,
				compare_session) == sale)
				(void)tdelete(sale, &s->by_session,
				    compare_session);
			goto nomem;
		}
		s->list[s->len++] = sale;
	}
	return index_add(s, sale, err);
nomem:
	sale_free(sale);
	return till_fail(err, "out of memory");
}

static int
index_add(struct sales *s, struct sale *sale, struct till_error *err)
{
	if (sale->identity_jti[0] != '\0' &&
	    tsearch(sale, &s->by_identity, compare_identity) == NULL)
		return till_fail(err, "out of memory");
	if (sale->state == SALE_PAID &&
	    tsearch(sale, &s->by_txn, compare_txn) == NULL)
		return till_fail(err, "out of memory");
	return 0;
}

static void
index_remove(struct sales *s, struct sale *sale)
{
	if (sale->identity_jti[0] != '\0')
		(void)tdelete(sale, &s->by_identity, compare_identity);
	if (sale->state == SALE_PAID)
		(void)tdelete(sale, &s->by_txn, compare_txn);
}

/* Write one line and sync it; a part of a line is taken back. */
static int
append(struct sales *s, const char *line, size_t len, struct till_error *err)
{
	char buf[SALES_LINE_MAX];
	size_t done = 0;
	ssize_t n;

	if (len + 1 > sizeof(buf))
		return till_fail(err, "a sale of more than %zu octets",
		    sizeof(buf));
	memcpy(buf, line, len);
	buf[len++] = '\n';
	while (done < len) {
		n = pwrite(s->fd, buf + done, len - done, s->end + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			goto bad;
		done += (size_t)n;
	}
	if (fdatasync(s->fd) == -1) {
		/* What is on disk can no longer be known: stop here. */
		perror("till-shop: sales register");
		abort();
	}
	s->end += (off_t)len;
	return 0;
bad:
	till_fail(err, "the sales register cannot be written: %s",
	    strerror(errno));
	if (ftruncate(s->fd, s->end) == -1) {
		perror("till-shop: sales register");
		abort();
	}
	return -1;
}

static int
compare_id(const void *a, const void *b)
{
	return strcmp(((const struct sale *)a)->id,
	    ((const struct sale *)b)->id);
}

static int
compare_identity(const void *a, const void *b)
{
	return strcmp(((const struct sale *)a)->identity_jti,
	    ((const struct sale *)b)->identity_jti);
}

static int
compare_txn(const void *a, const void *b)
{
	const struct sale *x = a, *y = b;

	if (x->server != y->server)
		return x->server < y->server ? -1 : 1;
	return x->txn < y->txn ? -1 : x->txn > y->txn;
}

static int
compare_session(const void *a, const void *b)
{
	return strcmp(((const struct sale *)a)->session,
	    ((const struct sale *)b)->session);
}

/* The trees do not own the sales. */
static void
keep(void *sale)
{
	(void)sale;
}
