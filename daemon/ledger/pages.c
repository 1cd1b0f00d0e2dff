/*
 * pages.c - are the pages of the register's file what was written?
 *
 * Records are read through a cache, so what happened to the file behind
 * it is not seen there.  This reads the file itself: every page of
 * Berkeley DB 5.3 with DB_CHKSUM holds a checksum, the first one over its
 * used part only.
 *
 *	page 0: 512 octets, the checksum in the last 20 of them, of which
 *	    it takes 4; the rest of the page is zero
 *	others: checksum at 28, number of items at 20, type at 25, offsets
 *	    of the items from 32; an item is its length in 16 bits, a type
 *	    and its octets
 *
 * A page may be written at the very moment it is read here; then it is
 * read once more, with the writer held and everything on the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "ledger/verify.h"

#define META_SIZE 512
#define META_SUM_AT 492
#define PAGE_SUM_AT 28
#define PAGE_HEAD 32
#define PAGE_LEAF 5
#define TRIES 3 /* while others may write */

static int check_file(struct check *, int);
static bool page_ok(unsigned char *, uint64_t);
static int check_again(struct check *, int, uint64_t, unsigned char *);
static bool is_zero(const unsigned char *, size_t);
static uint32_t page_sum(const unsigned char *, size_t);
static uint64_t first_serial(const unsigned char *);
static uint16_t number_at(const unsigned char *, size_t);

int
check_pages(struct check *check)
{
	char path[PATH_MAX];
	int fd, n, r;

	n = snprintf(path, sizeof(path), "%s/%s.db", check->ledger->dir,
	    table_names[TABLE_REGISTER]);
	if (n < 0 || (size_t)n >= sizeof(path))
		return till_fail(check->err, "the name is too long");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return till_fail(check->err, "%s: %s", path, strerror(errno));
	r = check_file(check, fd);
	close(fd);
	return r;
}

static int
check_file(struct check *check, int fd)
{
	unsigned char page[LEDGER_PAGE_SIZE];
	uint64_t number;
	ssize_t n;
	int tries;

	for (number = 0;; number++) {
		for (tries = 0; tries < TRIES; tries++) {
			n = pread(fd, page, sizeof(page),
			    (off_t)(number * sizeof(page)));
			if (n == 0)
				return 0;
			if (n == -1)
				return till_fail(check->err,
				    "the register's file: %s", strerror(errno));
			if ((size_t)n == sizeof(page) && page_ok(page, number))
				break;
		}
		if (tries == TRIES &&
		    check_again(check, fd, number, page) == -1)
			return -1;
	}
}

static bool
page_ok(unsigned char *page, uint64_t number)
{
	size_t at = number == 0 ? META_SUM_AT : PAGE_SUM_AT;
	size_t size = number == 0 ? META_SIZE : LEDGER_PAGE_SIZE;
	uint32_t sum;

	/* Taken up into the file, but never written yet. */
	if (number != 0 && is_zero(page, size))
		return true;
	memcpy(&sum, page + at, sizeof(sum));
	memset(page + at, 0, sizeof(sum));
	if (page_sum(page, size) != sum)
		return false;
	memcpy(page + at, &sum, sizeof(sum));
	return is_zero(page + size, LEDGER_PAGE_SIZE - size);
}

static int
check_again(struct check *check, int fd, uint64_t number, unsigned char *page)
{
	struct ledger *ledger = check->ledger;
	ssize_t n = -1;
	int r;

	pthread_mutex_lock(&ledger->gate);
	r = ledger->env->memp_sync(ledger->env, NULL);
	if (r == 0)
		n = pread(fd, page, LEDGER_PAGE_SIZE,
		    (off_t)(number * LEDGER_PAGE_SIZE));
	pthread_mutex_unlock(&ledger->gate);
	if (r == 0 && n == LEDGER_PAGE_SIZE && page_ok(page, number))
		return 0;
	check->serial = number == 0 ? 0 : first_serial(page);
	if (check->serial > 0 && check->serial <= ledger_serial(ledger))
		return till_fail(check->err,
		    "entry %" PRIu64 " or one of those beside it is damaged:"
		    " page %" PRIu64 " of the register",
		    check->serial, number);
	check->serial = 0;
	return till_fail(check->err,
	    "page %" PRIu64 " of the register is damaged", number);
}

static bool
is_zero(const unsigned char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (data[i] != 0)
			return false;
	}
	return true;
}

/* The hash that Berkeley DB calls __ham_func4: h * 33 + octet. */
static uint32_t
page_sum(const unsigned char *data, size_t len)
{
	uint32_t h = 0;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h << 5) + h + data[i];
	return h;
}

/* The serial of the first entry on a page of entries; 0 if it is none. */
static uint64_t
first_serial(const unsigned char *page)
{
	uint16_t at = number_at(page, PAGE_HEAD);
	struct key key = { .len = 8 };
	uint64_t serial;

	if (page[25] != PAGE_LEAF || number_at(page, 20) == 0 ||
	    at < PAGE_HEAD || at > LEDGER_PAGE_SIZE - 11 ||
	    number_at(page, at) != 8)
		return 0;
	memcpy(key.data, page + at + 3, 8);
	return key_read_serial(&key, &serial) == 0 ? serial : 0;
}

static uint16_t
number_at(const unsigned char *page, size_t at)
{
	uint16_t n;

	memcpy(&n, page + at, sizeof(n));
	return n;
}
