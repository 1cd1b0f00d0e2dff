/*
 * value.h - values as they are written in till.conf.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdint.h>

/* Digits only, no superfluous zero before them, at most max. */
int value_number(const char *text, int64_t max, int64_t *number_r);

/* A number with its unit: ms, s, m, h or d; in milliseconds. */
int value_duration(const char *text, int64_t *ms_r);

/* A number with its unit: KB, MB or GB, of 1024 each; in octets. */
int value_size(const char *text, int64_t *octets_r);

/* HH:MM from 00:00 to 24:00; in minutes. */
int value_time_of_day(const char *text, int64_t *minutes_r);

#endif
