/*
 * stan.c - see stan.h.
 *
 * A block is reserved by a new file that takes the old one's place, so
 * that a crash leaves the one or the other whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "settle_bank/durable.h"
#include "settle_bank/stan.h"

#define TEXT_MAX 16

static int reserve(struct stan *, struct till_error *);

int
stan_open(struct stan *stan, const char *path, struct till_error *err)
{
	char text[TEXT_MAX + 1], *end;
	unsigned char chance[3];
	size_t len;
	unsigned long number;

	stan->path = path;
	stan->next = stan->reserved = 1;
	switch (durable_read(path, text, TEXT_MAX, &len, err)) {
	case 0:
		break;
	case 1:
		if (RAND_bytes(chance, sizeof(chance)) != 1)
			return till_fail(err, "no random numbers");
		number = (unsigned long)chance[0] << 16 |
		    (unsigned long)chance[1] << 8 | chance[2];
		stan->next = stan->reserved =
		    1 + (unsigned int)(number % STAN_LAST);
		return 0;
	default:
		return -1;
	}
	text[len] = '\0';
	number = strtoul(text, &end, 10);
	if (len == 0 || text[0] < '0' || text[0] > '9' ||
	    strcmp(end, "\n") != 0 || number < 1 || number > STAN_LAST + 1)
		return till_fail(err, "%s is no file of trace numbers", path);
	stan->next = stan->reserved = (unsigned int)number;
	return 0;
}

int
stan_next(struct stan *stan, char text[STAN_LEN + 1], struct till_error *err)
{
	if (stan->next == stan->reserved && reserve(stan, err) == -1)
		return -1;
	(void)snprintf(text, STAN_LEN + 1, "%06u", stan->next % 1000000);
	stan->next++;
	return 0;
}

static int
reserve(struct stan *stan, struct till_error *err)
{
	unsigned int next = stan->next > STAN_LAST ? 1 : stan->next;
	unsigned int reserved = next + STAN_BLOCK;
	char text[TEXT_MAX];
	int len;

	if (reserved > STAN_LAST + 1)
		reserved = STAN_LAST + 1;
	len = snprintf(text, sizeof(text), "%u\n", reserved);
	if (durable_replace(stan->path, text, (size_t)len, err) == -1)
		return -1;
	stan->next = next;
	stan->reserved = reserved;
	return 0;
}
