/*
 * map.c - accounts as the register tells them, while it is verified.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/verify.h"

#define SLOTS_MIN 1024

static size_t hash_name(const char *, size_t);
static int map_grow(struct map *);

int
map_init(struct map *map)
{
	map->len = 0;
	map->slots_len = SLOTS_MIN;
	map->slots = calloc(map->slots_len, sizeof(struct node *));
	return map->slots == NULL ? -1 : 0;
}

void
map_free(struct map *map)
{
	struct node *node;
	size_t i;

	for (i = 0; map->slots != NULL && i < map->slots_len; i++) {
		while (map->slots[i] != NULL) {
			node = map->slots[i];
			map->slots[i] = node->next;
			free(node);
		}
	}
	free(map->slots);
	map->slots = NULL;
}

struct node *
map_node(struct map *map, const char *account, const char *currency)
{
	char name[TILL_ACCOUNT_MAX + TILL_JTI_MAX] = { 0 };
	size_t account_len = strlen(account), len, slot;
	struct node *node;

	len = account_len + strlen(currency) + 2;
	if (len > sizeof(name))
		return NULL;
	memcpy(name, account, account_len);
	memcpy(name + account_len + 1, currency, strlen(currency));
	slot = hash_name(name, len) & (map->slots_len - 1);
	for (node = map->slots[slot]; node != NULL; node = node->next) {
		if (node->len == len && memcmp(node->name, name, len) == 0)
			return node;
	}
	if (map->len == map->slots_len) {
		if (map_grow(map) == -1)
			return NULL;
		slot = hash_name(name, len) & (map->slots_len - 1);
	}
	node = malloc(sizeof(*node) + len);
	if (node == NULL)
		return NULL;
	memset(node, 0, sizeof(*node));
	node->len = len;
	memcpy(node->name, name, len);
	node->next = map->slots[slot];
	map->slots[slot] = node;
	map->len++;
	return node;
}

int
map_each(const struct map *map, int (*each)(void *arg, struct node *node),
    void *arg)
{
	struct node *node;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < map->slots_len; i++) {
		for (node = map->slots[i]; r == 0 && node != NULL;
		     node = node->next)
			r = each(arg, node);
	}
	return r;
}

const char *
node_currency(const struct node *node)
{
	return node->name + strlen(node->name) + 1;
}

static size_t
hash_name(const char *name, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

static int
map_grow(struct map *map)
{
	size_t slots_len = map->slots_len * 4, i, slot;
	struct node **slots, *node;

	slots = calloc(slots_len, sizeof(struct node *));
	if (slots == NULL)
		return -1;
	for (i = 0; i < map->slots_len; i++) {
		while (map->slots[i] != NULL) {
			node = map->slots[i];
			map->slots[i] = node->next;
			slot =
			    hash_name(node->name, node->len) & (slots_len - 1);
			node->next = slots[slot];
			slots[slot] = node;
		}
	}
	free(map->slots);
	map->slots = slots;
	map->slots_len = slots_len;
	return 0;
}
