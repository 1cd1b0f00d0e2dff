/*
 * numbered.h - orders of which all follows from a seed and a number, so
 * that whoever reads a note of one knows what to look for.
 */
#ifndef NUMBERED_H
#define NUMBERED_H

#include <stdint.h>

#include "ledger/ledger.h"

#define NUMBERED_PEOPLE 10 /* as make_people makes */

struct numbered {
	char mid[TILL_ID_MAX], cid[TILL_ID_MAX], jti[TILL_JTI_MAX];
	int64_t price; /* millionths of a euro, up to five euros */
	unsigned char key; /* of its intent */
	uint32_t dice; /* 0..99 */
};

void numbered_order(struct numbered *order_r, uint64_t seed, uint64_t number);
/* A random number, again the same for the same three. */
uint64_t numbered_random(uint64_t seed, uint64_t number, uint64_t n);

#endif
