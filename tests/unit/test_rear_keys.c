/*
 * test_rear_keys.c - seal keys and their rotation, the installation's
 * secret, merchants by their keys.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "rear/keyfile.h"
#include "rear/keys.h"
#include "rear/merchants.h"
#include "rear/mint.h"
#include "rear/rear.h"

static char dir[128], folder[160];
static struct till_error err;

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/keys.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(folder, sizeof(folder), "%s/keys", dir);
	assert_int_equal(keys_create(dir, TILL_ALG_ES256, &err), 0);
	return 0;
}

static int
teardown(void **state)
{
	char path[512];
	struct dirent *entry;
	DIR *d = opendir(folder);

	(void)state;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder,
		    entry->d_name);
		(void)unlink(path);
	}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(folder);
	(void)rmdir(dir);
	return 0;
}

static bool
has(const struct keyring *ring, const char *kid)
{
	struct till_keyset *set;
	bool found;

	assert_int_equal(till_keyset_from_json(ring->jwks, strlen(ring->jwks),
			     &set, &err),
	    0);
	found = till_keyset_find(set, kid) != NULL;
	till_keyset_free(set);
	return found;
}

static void
keys_are_made_once_and_closed_to_others(void **state)
{
	char path[200];
	struct stat st;

	(void)state;
	assert_int_equal(keys_create(dir, TILL_ALG_ES256, &err), -1);
	(void)snprintf(path, sizeof(path), "%s/current.pem", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	(void)snprintf(path, sizeof(path), "%s/secret", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	assert_int_equal(st.st_size, 32);
}

static void
a_rotation_makes_next_current_and_keeps_the_past(void **state)
{
	char kids[16][TILL_KID_MAX];
	struct keyring *ring;
	struct keys *keys;
	size_t i;

	(void)state;
	assert_int_equal(keys_open(dir, &keys, &err), 0);
	for (i = 0; i < 11; i++) {
		ring = keys_ring(keys);
		memcpy(kids[i], till_key_id(ring->current), TILL_KID_MAX);
		memcpy(kids[i + 1], till_key_id(ring->next), TILL_KID_MAX);
		assert_true(has(ring, kids[i]));
		assert_true(has(ring, kids[i + 1]));
		assert_int_equal(keys_rotate(keys, &err), 0);
		/* What was taken before stays as it was. */
		assert_string_equal(till_key_id(ring->current), kids[i]);
		keyring_unref(ring);
		ring = keys_ring(keys);
		assert_string_equal(till_key_id(ring->current), kids[i + 1]);
		assert_true(has(ring, kids[i]));
		keyring_unref(ring);
	}
	ring = keys_ring(keys);
	assert_int_equal(ring->past_len, KEYS_PAST_MAX);
	assert_string_equal(till_key_id(ring->past[0]), kids[10]);
	assert_false(has(ring, kids[0]));
	keyring_unref(ring);
	keys_free(keys);
	assert_int_equal(keys_open(dir, &keys, &err), 0);
	ring = keys_ring(keys);
	assert_string_equal(till_key_id(ring->current), kids[11]);
	assert_string_equal(till_key_id(ring->past[0]), kids[10]);
	keyring_unref(ring);
	keys_free(keys);
}

/* As a crash between two of its steps leaves it. */
static void
a_rotation_that_was_cut_short_leaves_a_whole_set(void **state)
{
	char current[TILL_KID_MAX], next[TILL_KID_MAX];
	struct keyring *ring;
	struct keys *keys;

	(void)state;
	assert_int_equal(keys_open(dir, &keys, &err), 0);
	ring = keys_ring(keys);
	memcpy(current, till_key_id(ring->current), TILL_KID_MAX);
	memcpy(next, till_key_id(ring->next), TILL_KID_MAX);
	keyring_unref(ring);
	keys_free(keys);

	assert_int_equal(keyfile_link(folder, "current.pem", "past-1.pem",
			     &err),
	    0);
	assert_int_equal(keys_open(dir, &keys, &err), 0);
	ring = keys_ring(keys);
	assert_string_equal(till_key_id(ring->current), current);
	assert_int_equal(ring->past_len, 0);
	keyring_unref(ring);
	keys_free(keys);

	assert_int_equal(keyfile_rename(folder, "next.pem", "current.pem",
			     &err),
	    0);
	assert_int_equal(keys_open(dir, &keys, &err), 0);
	ring = keys_ring(keys);
	assert_string_equal(till_key_id(ring->current), next);
	assert_int_equal(ring->past_len, 1);
	assert_string_equal(till_key_id(ring->past[0]), current);
	assert_string_not_equal(till_key_id(ring->next), next);
	keyring_unref(ring);
	keys_free(keys);
}

static void
without_the_key_or_with_one_that_others_read_nothing_opens(void **state)
{
	struct keys *keys = NULL;
	char path[200];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/current.pem", folder);
	assert_int_equal(chmod(path, 0440), 0);
	assert_int_equal(keys_open(dir, &keys, &err), -1);
	assert_non_null(strstr(err.text, "closed to others"));
	assert_int_equal(keyfile_remove(folder, "current.pem", &err), 0);
	assert_int_equal(keys_open(dir, &keys, &err), -1);
	assert_non_null(strstr(err.text, "current.pem"));
}

static void
what_the_secret_gives_is_its_own_and_always_the_same(void **state)
{
	const char *const parts[] = { "ab", "c", NULL };
	const char *const others[] = { "a", "bc", NULL };
	unsigned char one[MINT_SIZE], two[MINT_SIZE];
	char sub[MINT_SUB_MAX], same[MINT_SUB_MAX], other[MINT_SUB_MAX];
	struct mint *mint;

	(void)state;
	assert_int_equal(mint_open(dir, &mint, &err), 0);
	assert_int_equal(mint_mac(mint, "x", parts, one), 0);
	assert_int_equal(mint_mac(mint, "x", others, two), 0);
	assert_memory_not_equal(one, two, MINT_SIZE);
	assert_int_equal(mint_mac(mint, "y", parts, two), 0);
	assert_memory_not_equal(one, two, MINT_SIZE);
	assert_int_equal(mint_sub(mint, "press-1", "alice", sub), 0);
	assert_int_equal(mint_sub(mint, "press-2", "alice", other), 0);
	assert_string_not_equal(sub, other);
	mint_free(mint);
	assert_int_equal(mint_open(dir, &mint, &err), 0);
	assert_int_equal(mint_mac(mint, "x", parts, two), 0);
	assert_memory_equal(one, two, MINT_SIZE);
	assert_int_equal(mint_sub(mint, "press-1", "alice", same), 0);
	assert_string_equal(sub, same);
	mint_free(mint);
}

static void
put(struct merchants *merchants, const char *mid, const struct till_key *key,
    int64_t added_ms, bool active)
{
	struct ledger_merchant record = { .status = LEDGER_ACTIVE,
		.urls_len = 1,
		.keys_len = 1 };
	char *jwk;

	assert_int_equal(till_key_jwk(key, &jwk, &err), 0);
	(void)snprintf(record.mid, sizeof(record.mid), "%s", mid);
	(void)snprintf(record.name, sizeof(record.name), "The %s", mid);
	(void)snprintf(record.urls[0], sizeof(record.urls[0]),
	    "https://%s.example/back", mid);
	(void)snprintf(record.keys[0].kid, TILL_KID_MAX, "%s",
	    till_key_id(key));
	(void)snprintf(record.keys[0].jwk, TILL_JWK_MAX, "%s", jwk);
	record.keys[0].added_ms = added_ms;
	record.keys[0].active = active;
	assert_int_equal(merchants_put(merchants, &record, &err), 0);
	free(jwk);
}

static void
a_key_has_one_owner_and_follows_its_record(void **state)
{
	struct merchants *merchants = merchants_new();
	struct merchant *merchant;
	struct till_key *key, *next;
	bool active;

	(void)state;
	assert_int_equal(till_key_generate(TILL_ALG_ES256, &key, &err), 0);
	assert_int_equal(till_key_generate(TILL_ALG_ED25519, &next, &err), 0);
	assert_null(merchants_of_key(merchants, till_key_id(key)));
	put(merchants, "press-2", key, 20, true);
	put(merchants, "press-1", key, 10, true);
	put(merchants, "press-3", key, 30, true);
	merchant = merchants_of_key(merchants, till_key_id(key));
	assert_string_equal(merchant->mid, "press-1");
	assert_string_equal(merchant->name, "The press-1");
	assert_true(merchant_has_url(merchant, "https://press-1.example/back"));
	assert_false(
	    merchant_has_url(merchant, "https://press-1.example/back/"));
	assert_non_null(merchant_key(merchant, till_key_id(key), &active));
	assert_true(active);
	assert_null(merchant_key(merchant, till_key_id(next), &active));
	/* The record changes; who holds the old one still has it whole. */
	put(merchants, "press-1", next, 40, false);
	assert_string_equal(till_key_id(merchant_key(merchant, till_key_id(key),
				&active)),
	    till_key_id(key));
	merchant_unref(merchant);
	merchant = merchants_of_key(merchants, till_key_id(next));
	assert_string_equal(merchant->mid, "press-1");
	assert_non_null(merchant_key(merchant, till_key_id(next), &active));
	assert_false(active);
	merchant_unref(merchant);
	merchants_remove(merchants, "press-1");
	assert_null(merchants_of_key(merchants, till_key_id(next)));
	assert_null(merchants_get(merchants, "press-1"));
	merchants_free(merchants);
	till_key_free(key);
	till_key_free(next);
}

#define KEYS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		KEYS(keys_are_made_once_and_closed_to_others),
		KEYS(a_rotation_makes_next_current_and_keeps_the_past),
		KEYS(a_rotation_that_was_cut_short_leaves_a_whole_set),
		KEYS(
		    without_the_key_or_with_one_that_others_read_nothing_opens),
		KEYS(what_the_secret_gives_is_its_own_and_always_the_same),
		cmocka_unit_test(a_key_has_one_owner_and_follows_its_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
