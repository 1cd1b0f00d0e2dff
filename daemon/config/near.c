/*
 * near.c - the word that was probably meant.
 *
 * Nearness is the number of insertions, deletions, replacements and swaps
 * of neighbours between two words (optimal string alignment).
 */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "config/near.h"

static unsigned int distance(const char *a, const char *b);
static unsigned int least(unsigned int, unsigned int);

const char *
nearest(const char *written, const char *const *words)
{
	unsigned int d, best = UINT_MAX;
	size_t len = strlen(written);
	const char *near = NULL;

	if (len == 0 || len > NEAR_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		if (strlen(*words) > NEAR_MAX)
			continue;
		d = distance(written, *words);
		/* A beginning stands for its word: "req", "sun". */
		if (len >= 3 && strncmp(written, *words, len) == 0)
			d = 1;
		/* What has nothing in common is not near. */
		if (d < best && d < len && d <= (len + 3) / 4) {
			best = d;
			near = *words;
		}
	}
	return near;
}

/* Upper and lower case count as the same letter. */
static unsigned int
distance(const char *a, const char *b)
{
	unsigned int rows[3][NEAR_MAX + 1];
	unsigned int *before, *last = rows[0], *row = rows[1], *spare = rows[2];
	size_t len = strlen(b), i, j;
	int p, q, p0 = 0;

	for (j = 0; j <= len; j++)
		last[j] = (unsigned int)j;
	before = last;
	for (i = 1; a[i - 1] != '\0'; i++) {
		p = tolower((unsigned char)a[i - 1]);
		row[0] = (unsigned int)i;
		for (j = 1; j <= len; j++) {
			q = tolower((unsigned char)b[j - 1]);
			row[j] = least(last[j] + 1, row[j - 1] + 1);
			row[j] = least(row[j], last[j - 1] + (p != q));
			if (i > 1 && j > 1 && q == p0 &&
			    p == tolower((unsigned char)b[j - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		p0 = p;
		before = last;
		last = row;
		row = spare;
		spare = before;
	}
	return last[len];
}

static unsigned int
least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}
