/*
 * clock.h - the two clocks: how long, and what time it is.
 */
#ifndef REAR_CLOCK_H
#define REAR_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds that never go back: for deadlines and ages. */
static inline int64_t
clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static inline int64_t
clock_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Milliseconds since 1970 UTC. */
static inline int64_t
wall_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static inline int64_t
wall_s(void)
{
	return wall_ms() / 1000;
}

#endif
