/*
 * refunds.c - what was given back of each sale.
 *
 * A line that says what is asked for is on disk before it is asked for, so
 * that it is never asked for under two ids.  The file is locked while it is
 * read on and appended to; a line that a crash has torn ends the file and is
 * cut off by the next one who appends.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shop.h"

#define LINE_OCTETS 512

struct refunds {
	char path[SHOP_PATH_MAX + 16];
	pthread_mutex_t lock;
	int fd;
	off_t end; /* of what was read */
	struct shop_refund *list;
	size_t len, size;
};

static int read_on(struct refunds *, struct till_error *);
static int read_line(struct refunds *, const char *, size_t,
    struct till_error *);
static int append(struct refunds *, const struct shop_refund *,
    struct till_error *);
static int write_line(struct refunds *, const char *, size_t,
    struct till_error *);
static struct shop_refund *find(struct refunds *, const char *, const char *);
static int set(struct refunds *, const struct shop_refund *,
    struct till_error *);
static bool is_new(const struct shop_refund *, const struct shop_refund *);

static const char *const names[] = { "none", "asked", "pending", "done",
	"returned", "refused" };

int
refunds_open(const struct catalogue *catalogue, struct refunds **refunds_r,
    struct till_error *err)
{
	struct refunds *refunds = calloc(1, sizeof(*refunds));
	int r;

	if (refunds == NULL)
		return till_fail(err, "out of memory");
	(void)pthread_mutex_init(&refunds->lock, NULL);
	(void)snprintf(refunds->path, sizeof(refunds->path), "%s.refunds",
	    catalogue->sales_path);
	refunds->fd = open(refunds->path,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	r = refunds->fd == -1
	    ? till_fail(err, "%s: %s", refunds->path, strerror(errno))
	    : read_on(refunds, err);
	if (r == -1) {
		refunds_close(refunds);
		return -1;
	}
	*refunds_r = refunds;
	return 0;
}

void
refunds_close(struct refunds *refunds)
{
	if (refunds == NULL)
		return;
	if (refunds->fd != -1)
		(void)close(refunds->fd);
	(void)pthread_mutex_destroy(&refunds->lock);
	free(refunds->list);
	free(refunds);
}

int
refunds_put(struct refunds *refunds, const struct shop_refund *refund,
    struct till_error *err)
{
	const struct shop_refund *known;
	int r = -1;

	(void)pthread_mutex_lock(&refunds->lock);
	if (flock(refunds->fd, LOCK_EX) == -1) {
		till_fail(err, "%s: %s", refunds->path, strerror(errno));
	} else {
		r = read_on(refunds, err);
		known = find(refunds, refund->sale, refund->id);
		if (r == 0 && (known == NULL || is_new(known, refund)))
			r = append(refunds, refund, err);
		(void)flock(refunds->fd, LOCK_UN);
	}
	(void)pthread_mutex_unlock(&refunds->lock);
	return r;
}

int64_t
refunds_sum(struct refunds *refunds, const char *sale, bool all)
{
	const struct shop_refund *refund;
	struct till_error err;
	int64_t sum = 0;
	size_t i;

	(void)pthread_mutex_lock(&refunds->lock);
	/* What cannot be read now was there before. */
	if (read_on(refunds, &err) == -1)
		(void)fprintf(stderr, "till-shop: %s\n", err.text);
	for (i = 0; i < refunds->len; i++) {
		refund = &refunds->list[i];
		if (strcmp(refund->sale, sale) == 0 &&
		    (refund->state == SHOP_REFUND_DONE ||
			refund->state == SHOP_REFUND_PENDING ||
			(all && refund->state == SHOP_REFUND_ASKED)))
			sum += refund->micro;
	}
	(void)pthread_mutex_unlock(&refunds->lock);
	return sum;
}

bool
refunds_all_back(struct refunds *refunds, const struct sale *sale)
{
	const int64_t back = refunds_sum(refunds, sale->id, false);

	return back > 0 && back >= sale->total_micro;
}

bool
refunds_unanswered(struct refunds *refunds, const char *sale,
    struct shop_refund *refund_r)
{
	bool found = false;
	size_t i;

	(void)pthread_mutex_lock(&refunds->lock);
	for (i = 0; i < refunds->len && !found; i++) {
		found = strcmp(refunds->list[i].sale, sale) == 0 &&
		    refunds->list[i].state == SHOP_REFUND_ASKED;
		if (found)
			*refund_r = refunds->list[i];
	}
	(void)pthread_mutex_unlock(&refunds->lock);
	return found;
}

const char *
shop_refund_state_name(enum shop_refund_state state)
{
	return names[state];
}

/* The lines behind those that are known; a last one without its end may
 * still be written. */
static int
read_on(struct refunds *refunds, struct till_error *err)
{
	char buf[LINE_OCTETS], *end;
	ssize_t n;
	int r = 0;

	while (r == 0) {
		n = pread(refunds->fd, buf, sizeof(buf), refunds->end);
		if (n == -1)
			return till_fail(err, "%s: %s", refunds->path,
			    strerror(errno));
		end = n == 0 ? NULL : memchr(buf, '\n', (size_t)n);
		if (end == NULL && n == (ssize_t)sizeof(buf))
			return till_fail(err, "%s: a line is too long",
			    refunds->path);
		if (end == NULL)
			return 0;
		r = read_line(refunds, buf, (size_t)(end - buf), err);
		if (r == 0)
			refunds->end += end - buf + 1;
	}
	return r;
}

static int
read_line(struct refunds *refunds, const char *line, size_t len,
    struct till_error *err)
{
	struct shop_refund refund = { .state = SHOP_REFUND_NONE };
	json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *sale, *id, *state;
	json_int_t micro, time_s;
	size_t i;
	int r = -1;

	if (json_unpack(json, "{s:s,s:s,s:I,s:s,s:I}", "sale", &sale, "refund",
		&id, "amount", &micro, "state", &state, "time", &time_s) == 0 &&
	    strlen(sale) < sizeof(refund.sale) && till_jti_ok(id) &&
	    micro > 0) {
		(void)snprintf(refund.sale, sizeof(refund.sale), "%s", sale);
		(void)snprintf(refund.id, sizeof(refund.id), "%s", id);
		refund.micro = micro;
		refund.time_s = time_s;
		for (i = SHOP_REFUND_ASKED; i <= SHOP_REFUND_REFUSED; i++)
			if (strcmp(names[i], state) == 0)
				refund.state = (enum shop_refund_state)i;
	}
	if (refund.state == SHOP_REFUND_NONE)
		(void)till_fail(err, "%s: not a refund, at octet %lld",
		    refunds->path, (long long)refunds->end);
	else
		r = set(refunds, &refund, err);
	json_decref(json);
	return r;
}

static int
append(struct refunds *refunds, const struct shop_refund *refund,
    struct till_error *err)
{
	json_t *json = json_pack("{s:s,s:s,s:I,s:s,s:I}", "sale", refund->sale,
	    "refund", refund->id, "amount", (json_int_t)refund->micro, "state",
	    names[refund->state], "time", (json_int_t)refund->time_s);
	char buf[LINE_OCTETS];
	size_t len;

	len = json == NULL
	    ? 0
	    : json_dumpb(json, buf, sizeof(buf) - 1, JSON_COMPACT);
	json_decref(json);
	if (len == 0 || len >= sizeof(buf))
		return till_fail(err, "out of memory");
	buf[len++] = '\n';
	/* What could not be remembered must not be written either. */
	if (find(refunds, refund->sale, refund->id) == NULL &&
	    refunds->len == SHOP_REFUNDS_MAX)
		return till_fail(err, "%s: is full", refunds->path);
	if (write_line(refunds, buf, len, err) == -1)
		return -1;
	return set(refunds, refund, err);
}

/* In the place of what was torn. */
static int
write_line(struct refunds *refunds, const char *line, size_t len,
    struct till_error *err)
{
	size_t done = 0;
	ssize_t n = 0;

	if (ftruncate(refunds->fd, refunds->end) == -1)
		return till_fail(err, "%s: %s", refunds->path, strerror(errno));
	while (done < len) {
		n = pwrite(refunds->fd, line + done, len - done,
		    refunds->end + (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (done < len || fdatasync(refunds->fd) == -1) {
		(void)till_fail(err, "%s: %s", refunds->path, strerror(errno));
		if (ftruncate(refunds->fd, refunds->end) == -1) {
			perror("till-shop: refunds");
			abort();
		}
		return -1;
	}
	refunds->end += (off_t)len;
	return 0;
}

static struct shop_refund *
find(struct refunds *refunds, const char *sale, const char *id)
{
	size_t i;

	for (i = 0; i < refunds->len; i++)
		if (strcmp(refunds->list[i].sale, sale) == 0 &&
		    strcmp(refunds->list[i].id, id) == 0)
			return &refunds->list[i];
	return NULL;
}

static int
set(struct refunds *refunds, const struct shop_refund *refund,
    struct till_error *err)
{
	struct shop_refund *known = find(refunds, refund->sale, refund->id);
	struct shop_refund *grown;
	size_t size;

	if (known == NULL && refunds->len == SHOP_REFUNDS_MAX)
		return till_fail(err, "%s: is full", refunds->path);
	if (known == NULL && refunds->len == refunds->size) {
		size = refunds->size == 0 ? 16 : refunds->size * 2;
		grown = realloc(refunds->list, size * sizeof(*grown));
		if (grown == NULL)
			return till_fail(err, "out of memory");
		refunds->list = grown;
		refunds->size = size;
	}
	if (known == NULL)
		known = &refunds->list[refunds->len++];
	*known = *refund;
	return 0;
}

static bool
is_new(const struct shop_refund *known, const struct shop_refund *refund)
{
	switch (known->state) {
	case SHOP_REFUND_DONE:
	case SHOP_REFUND_RETURNED:
		return false;
	case SHOP_REFUND_PENDING:
		return refund->state == SHOP_REFUND_DONE ||
		    refund->state == SHOP_REFUND_RETURNED;
	case SHOP_REFUND_NONE:
	case SHOP_REFUND_ASKED:
	case SHOP_REFUND_REFUSED:
		break;
	}
	return refund->state != known->state;
}
