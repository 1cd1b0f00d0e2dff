/*
 * arena.c - memory that is freed all at once.
 *
 * A syntax tree is thousands of small pieces that live and die together,
 * so they are cut from chunks and nobody frees them one by one.
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"

#define CHUNK ((size_t)16 * 1024)

struct chunk {
	struct chunk *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk *chunks;
	size_t total;
};

static struct chunk *chunk_add(struct arena *, size_t size);

struct arena *
arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *arena)
{
	struct chunk *chunk;

	if (arena == NULL)
		return;
	while (arena->chunks != NULL) {
		chunk = arena->chunks;
		arena->chunks = chunk->next;
		free(chunk);
	}
	free(arena);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct chunk *chunk = arena->chunks;
	void *p;

	if (size > ARENA_MAX)
		return NULL;
	size = (size + align - 1) / align * align;
	if (chunk == NULL || size > chunk->size - chunk->used)
		chunk = chunk_add(arena, size);
	if (chunk == NULL)
		return NULL;
	p = chunk->data + chunk->used;
	chunk->used += size;
	return p;
}

char *
arena_string(struct arena *arena, const char *text, size_t len)
{
	char *copy;

	copy = arena_alloc(arena, len + 1);
	if (copy != NULL && len > 0)
		memcpy(copy, text, len);
	return copy;
}

void *
arena_copy(struct arena *arena, const void *data, size_t size)
{
	void *copy;

	copy = arena_alloc(arena, size);
	if (copy != NULL && size > 0)
		memcpy(copy, data, size);
	return copy;
}

static struct chunk *
chunk_add(struct arena *arena, size_t size)
{
	struct chunk *chunk;

	if (size < CHUNK)
		size = CHUNK;
	if (size > ARENA_MAX - arena->total)
		return NULL;
	chunk = calloc(1, sizeof(*chunk) + size);
	if (chunk == NULL)
		return NULL;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->total += size;
	return chunk;
}
