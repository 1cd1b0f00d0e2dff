/*
 * zone.h - the time of day somewhere, without the process' own zone.
 *
 * A zone is read from the system's tzdata once; see tzif.h.
 */
#ifndef CONFIG_ZONE_H
#define CONFIG_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/module.h>

#include "tzif.h"

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64 /* with its NUL */

/* Load a zone by its tzdata name ("Europe/Paris").  "UTC" needs no
 * tzdata. */
int zone_load(const char *name, struct zone **zone_r, struct till_error *err);

/* The first second, as a time, of the calendar hour, day, week (from
 * Monday) or month in this zone that time_s lies in. */
int64_t zone_window(const struct zone *, enum till_window, int64_t time_s);

#endif
