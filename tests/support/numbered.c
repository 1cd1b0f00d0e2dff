/*
 * numbered.c - orders by their numbers.
 */
#include <inttypes.h>
#include <stdio.h>

#include "support/numbered.h"

static uint64_t mix(uint64_t);

void
numbered_order(struct numbered *order, uint64_t seed, uint64_t number)
{
	(void)snprintf(order->mid, sizeof(order->mid), "merchant-%u",
	    (unsigned int)(numbered_random(seed, number, 0) % NUMBERED_PEOPLE));
	(void)snprintf(order->cid, sizeof(order->cid), "customer-%u",
	    (unsigned int)(numbered_random(seed, number, 1) % NUMBERED_PEOPLE));
	(void)snprintf(order->jti, sizeof(order->jti), "t-%" PRIu64, number);
	order->price =
	    (int64_t)(1 + numbered_random(seed, number, 2) % (5 * TILL_MICRO));
	order->dice = (uint32_t)(numbered_random(seed, number, 3) % 100);
	order->key =
	    (unsigned char)(1 + numbered_random(seed, number, 4) % 255);
}

uint64_t
numbered_random(uint64_t seed, uint64_t number, uint64_t n)
{
	return mix(seed ^ mix(number * 16 + n));
}

static uint64_t
mix(uint64_t n)
{
	n ^= n >> 30;
	n *= UINT64_C(0xbf58476d1ce4e5b9);
	n ^= n >> 27;
	n *= UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}
