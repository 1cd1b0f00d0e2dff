/*
 * tzif.h - how far a zone's clocks are from UTC, and when.
 *
 * A zone is made of the octets of a TZif file (RFC 8536).  It is
 * immutable; any number of threads may use it.
 */
#ifndef TZIF_H
#define TZIF_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#define ZONE_FILE_MAX 65536 /* octets of one TZif file */

struct zone;

/* Read a zone from the octets of a TZif file. */
int zone_parse(const unsigned char *data, size_t len, struct zone **zone_r,
    struct till_error *err);
/* The zone that needs no file. */
int zone_utc(struct zone **zone_r, struct till_error *err);
void zone_free(struct zone *); /* NULL is fine */

/* Seconds east of UTC at a time (seconds since 1970 UTC). */
int32_t zone_offset(const struct zone *, int64_t time_s);

#endif
