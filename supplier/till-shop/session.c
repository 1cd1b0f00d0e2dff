/*
 * session.c - visitors: who they say to be, and their baskets.
 *
 * In memory and bounded; the visitor who was idle longest goes first.
 * Losing one loses a basket and nothing more: a visitor with a sale is
 * known by the sales register, also after a restart.  Who only looks
 * takes no seat, so that nobody can push the others out by looking.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "shop.h"

#define VISITORS_MAX 4096

struct seat {
	struct visitor visitor;
	uint64_t used; /* 0: free */
};

struct sessions {
	pthread_mutex_t lock;
	uint64_t clock;
	struct seat seats[VISITORS_MAX];
};

static struct seat *find(struct sessions *, const char *id);
static struct seat *oldest(struct sessions *);

struct sessions *
sessions_new(void)
{
	struct sessions *s;

	s = calloc(1, sizeof(*s));
	if (s != NULL)
		(void)pthread_mutex_init(&s->lock, NULL);
	return s;
}

void
sessions_free(struct sessions *s)
{
	if (s == NULL)
		return;
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

int
sessions_get(struct sessions *s, const char *id, bool has_sales,
    struct visitor *visitor_r, struct till_error *err)
{
	struct seat *seat = NULL;

	memset(visitor_r, 0, sizeof(*visitor_r));
	if (id != NULL) {
		(void)pthread_mutex_lock(&s->lock);
		seat = find(s, id);
		if (seat != NULL) {
			seat->used = ++s->clock;
			*visitor_r = seat->visitor;
		}
		(void)pthread_mutex_unlock(&s->lock);
	}
	if (seat != NULL)
		return 0;
	if (id == NULL || !has_sales)
		return shop_random_id(visitor_r->id, err);
	(void)snprintf(visitor_r->id, sizeof(visitor_r->id), "%s", id);
	return 0;
}

void
sessions_put(struct sessions *s, const struct visitor *visitor)
{
	struct seat *seat;

	(void)pthread_mutex_lock(&s->lock);
	seat = find(s, visitor->id);
	if (seat == NULL)
		seat = oldest(s);
	seat->visitor = *visitor;
	seat->used = ++s->clock;
	(void)pthread_mutex_unlock(&s->lock);
}

int64_t
shop_now(void)
{
	return (int64_t)time(NULL);
}

int
shop_random_id(char id[SHOP_ID_MAX], struct till_error *err)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";
	unsigned char random[SHOP_ID_MAX - 1];
	size_t i;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return till_fail(err, "no random numbers: %s", strerror(errno));
	/* Six bits a character, 131 in all: the first one is a letter, as
	 * a program that is given the id would take one that begins with "-"
	 * for an option. */
	for (i = 0; i < sizeof(random); i++)
		id[i] = alphabet[random[i] & (i == 0 ? 31 : 63)];
	id[i] = '\0';
	return 0;
}

static struct seat *
find(struct sessions *s, const char *id)
{
	size_t i;

	for (i = 0; i < VISITORS_MAX; i++)
		if (s->seats[i].used != 0 &&
		    strcmp(s->seats[i].visitor.id, id) == 0)
			return &s->seats[i];
	return NULL;
}

static struct seat *
oldest(struct sessions *s)
{
	struct seat *seat = &s->seats[0];
	size_t i;

	for (i = 1; i < VISITORS_MAX; i++)
		if (s->seats[i].used < seat->used)
			seat = &s->seats[i];
	return seat;
}
