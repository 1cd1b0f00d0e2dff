/*
 * zone.h - the time of day somewhere, without the process' own zone.
 *
 * A zone is read from the system's tzdata (TZif, RFC 8536) once and is
 * immutable; any number of threads may use it.
 */
#ifndef CONFIG_ZONE_H
#define CONFIG_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/module.h>

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64 /* with its NUL */
#define ZONE_FILE_MAX 65536 /* octets of one TZif file */

struct zone;

/* Load a zone by its tzdata name ("Europe/Paris").  "UTC" needs no
 * tzdata. */
int zone_load(const char *name, struct zone **zone_r, struct till_error *err);
/* The same from the octets of a TZif file. */
int zone_parse(const unsigned char *data, size_t len, struct zone **zone_r,
    struct till_error *err);
void zone_free(struct zone *); /* NULL is fine */

/* Seconds east of UTC at a time (seconds since 1970 UTC). */
int32_t zone_offset(const struct zone *, int64_t time_s);

/* The first second, as a time, of the calendar hour, day, week (from
 * Monday) or month in this zone that time_s lies in. */
int64_t zone_window(const struct zone *, enum till_window, int64_t time_s);

#endif
