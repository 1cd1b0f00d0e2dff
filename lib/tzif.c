/*
 * tzif.c - offsets from UTC by the octets of a TZif file.
 *
 * A TZif file (RFC 8536) is a table of moments at which the offset from
 * UTC changes, and for the time behind the last of them a rule in the
 * notation of POSIX' TZ variable.  The C library's own functions know one
 * zone for the whole process, which is why they are not used.
 */
#include <stdlib.h>
#include <string.h>

#include "tzif.h"
#include "zone_rule.h"

#define HEADER 44 /* octets of a TZif header */
#define TYPE 6 /* octets of one local time type */
#define TRANSITIONS_MAX 4096
#define OFFSET_MAX (26 * 3600) /* RFC 8536, section 3.2 */

struct transition {
	int64_t at; /* seconds since 1970 UTC */
	int32_t offset; /* from then on */
};

struct zone {
	int32_t first; /* the offset before all transitions */
	struct transition *transitions;
	size_t len;
	struct zone_rule rule; /* behind the last one */
	bool has_rule;
};

/* Octets that are still to be read. */
struct input {
	const unsigned char *data;
	size_t len;
};

/* The counts of a header, RFC 8536, section 3.1. */
struct counts {
	unsigned char version;
	uint32_t isutc, isstd, leap, time, type, chars;
};

static int read_zone(struct zone *, struct input *);
static int read_counts(struct input *, struct counts *);
static size_t block_size(const struct counts *, size_t time_size);
static int read_block(struct zone *, struct input *, const struct counts *,
    size_t time_size);
static int read_offset(const unsigned char *types, const struct counts *,
    unsigned int type, int32_t *offset_r);
static int read_footer(struct zone *, const struct input *);
static uint64_t number(const unsigned char *, size_t size);

int
zone_utc(struct zone **zone_r, struct till_error *err)
{
	*zone_r = calloc(1, sizeof(**zone_r));
	return *zone_r == NULL ? till_fail(err, "out of memory") : 0;
}

int
zone_parse(const unsigned char *data, size_t len, struct zone **zone_r,
    struct till_error *err)
{
	struct input input = { .data = data, .len = len };
	struct zone *zone;

	zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		return till_fail(err, "out of memory");
	if (read_zone(zone, &input) == -1) {
		zone_free(zone);
		return till_fail(err, "this is no time zone in TZif form");
	}
	*zone_r = zone;
	return 0;
}

void
zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	free(zone->transitions);
	free(zone);
}

int32_t
zone_offset(const struct zone *zone, int64_t time_s)
{
	size_t low = 0, high = zone->len, middle;

	if (zone->has_rule &&
	    (zone->len == 0 || time_s >= zone->transitions[zone->len - 1].at))
		return zone_rule_offset(&zone->rule, time_s);
	/* The last transition that is not later than time_s. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (zone->transitions[middle].at <= time_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? zone->first : zone->transitions[low - 1].offset;
}

/* From version 2 on a second block with times of 64 bits follows the
 * first one, and behind it the rule. */
static int
read_zone(struct zone *zone, struct input *input)
{
	struct counts counts;
	size_t size;

	if (read_counts(input, &counts) == -1)
		return -1;
	if (counts.version < '2')
		return read_block(zone, input, &counts, 4);
	size = block_size(&counts, 4);
	if (input->len < size)
		return -1;
	input->data += size;
	input->len -= size;
	if (read_counts(input, &counts) == -1 ||
	    read_block(zone, input, &counts, 8) == -1)
		return -1;
	return read_footer(zone, input);
}

static int
read_counts(struct input *input, struct counts *counts)
{
	const unsigned char *data = input->data;

	if (input->len < HEADER || memcmp(data, "TZif", 4) != 0)
		return -1;
	counts->version = data[4];
	counts->isutc = (uint32_t)number(data + 20, 4);
	counts->isstd = (uint32_t)number(data + 24, 4);
	counts->leap = (uint32_t)number(data + 28, 4);
	counts->time = (uint32_t)number(data + 32, 4);
	counts->type = (uint32_t)number(data + 36, 4);
	counts->chars = (uint32_t)number(data + 40, 4);
	input->data += HEADER;
	input->len -= HEADER;
	/* Zones that count leap seconds are not how anybody's clock goes. */
	if (counts->time > TRANSITIONS_MAX || counts->type == 0 ||
	    counts->type > 256 || counts->chars > 256 || counts->leap != 0 ||
	    counts->isutc > 256 || counts->isstd > 256)
		return -1;
	return 0;
}

static size_t
block_size(const struct counts *counts, size_t time_size)
{
	return counts->time * (time_size + 1) + counts->type * TYPE +
	    counts->chars + counts->isstd + counts->isutc;
}

static int
read_block(struct zone *zone, struct input *input, const struct counts *counts,
    size_t time_size)
{
	const unsigned char *times = input->data, *indexes, *types;
	struct transition *transition;
	size_t i;

	if (input->len < block_size(counts, time_size))
		return -1;
	indexes = times + counts->time * time_size;
	types = indexes + counts->time;
	zone->transitions =
	    calloc((size_t)counts->time + 1, sizeof(*zone->transitions));
	if (zone->transitions == NULL ||
	    read_offset(types, counts, 0, &zone->first) == -1)
		return -1;
	for (i = 0; i < counts->time; i++) {
		transition = &zone->transitions[i];
		transition->at = time_size == 4
		    ? (int32_t)number(times + i * 4, 4)
		    : (int64_t)number(times + i * 8, 8);
		if (i > 0 && transition->at <= transition[-1].at)
			return -1;
		if (read_offset(types, counts, indexes[i],
			&transition->offset) == -1)
			return -1;
	}
	zone->len = counts->time;
	input->data += block_size(counts, time_size);
	input->len -= block_size(counts, time_size);
	return 0;
}

static int
read_offset(const unsigned char *types, const struct counts *counts,
    unsigned int type, int32_t *offset_r)
{
	int32_t offset;

	if (type >= counts->type)
		return -1;
	offset = (int32_t)number(types + type * TYPE, 4);
	if (offset < -OFFSET_MAX || offset > OFFSET_MAX)
		return -1;
	*offset_r = offset;
	return 0;
}

static int
read_footer(struct zone *zone, const struct input *input)
{
	char text[ZONE_RULE_MAX];
	const unsigned char *end;
	size_t len;

	if (input->len < 2 || input->data[0] != '\n')
		return -1;
	end = memchr(input->data + 1, '\n', input->len - 1);
	if (end == NULL)
		return -1;
	len = (size_t)(end - input->data - 1);
	if (len == 0)
		return 0;
	if (len >= sizeof(text))
		return -1;
	memcpy(text, input->data + 1, len);
	text[len] = '\0';
	zone->has_rule = true;
	return zone_rule_parse(text, &zone->rule);
}

static uint64_t
number(const unsigned char *data, size_t size)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < size; i++)
		n = n << 8 | data[i];
	return n;
}
