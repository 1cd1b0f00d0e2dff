/*
 * arena.h - memory that is freed all at once.
 */
#ifndef CONFIG_ARENA_H
#define CONFIG_ARENA_H

#include <stddef.h>

#define ARENA_MAX ((size_t)512 * 1024 * 1024) /* octets of one arena */

struct arena;

struct arena *arena_new(void); /* NULL: out of memory */
void arena_free(struct arena *); /* NULL is fine */

/* Zeroed and aligned for any type; NULL: out of memory. */
void *arena_alloc(struct arena *, size_t size);
/* A copy of len octets with a NUL behind them. */
char *arena_string(struct arena *, const char *text, size_t len);
/* A copy of size octets. */
void *arena_copy(struct arena *, const void *data, size_t size);

#endif
