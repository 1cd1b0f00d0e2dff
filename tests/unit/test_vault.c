/*
 * test_vault.c - what is sealed opens for its owner only, under keys that
 * only the master key opens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vault/vault.h"

#define NOW INT64_C(1795000000)
#define CARD "card:4000001234567899:2912"

static unsigned char master[VAULT_MASTER_SIZE];
static unsigned char sealed[VAULT_PLAIN_MAX + VAULT_OVERHEAD];
static unsigned char plain[VAULT_PLAIN_MAX];
static size_t sealed_len, plain_len;
static struct till_error err;

static struct vault *
open_vault(const char *keys)
{
	struct vault *vault = NULL;

	if (vault_new(master, keys, &vault, &err) == -1)
		fail_msg("%s", err.text);
	return vault;
}

static struct vault *
new_vault(void)
{
	struct vault *vault;

	memset(master, 0x5a, sizeof(master));
	vault = open_vault("");
	assert_int_equal(vault_key_add(vault, NOW, &err), 0);
	return vault;
}

static struct vault *
again(struct vault *vault)
{
	static char text[VAULT_TEXT_MAX];

	assert_int_equal(vault_keys(vault, text, &err), 0);
	vault_free(vault);
	return open_vault(text);
}

static void
seal(const struct vault *vault)
{
	assert_int_equal(vault_seal(vault, "bank", "alice", CARD, strlen(CARD),
			     sealed, &sealed_len, &err),
	    0);
	assert_int_equal(sealed_len, strlen(CARD) + VAULT_OVERHEAD);
}

static int
unseal(const struct vault *vault, const char *purpose, const char *owner)
{
	const int r = vault_unseal(vault, purpose, owner, sealed, sealed_len,
	    plain, &plain_len, &err);

	if (r == 0) {
		assert_int_equal(plain_len, strlen(CARD));
		assert_memory_equal(plain, CARD, plain_len);
	}
	return r;
}

static void
test_owner(void **state)
{
	struct vault *vault = new_vault();

	(void)state;
	seal(vault);
	assert_int_equal(unseal(vault, "bank", "alice"), 0);
	assert_int_equal(unseal(vault, "bank", "bob"), -1);
	assert_string_equal(err.text, "it does not open");
	assert_int_equal(unseal(vault, "other", "alice"), -1);
	/* No two lists of parts are the same octets. */
	assert_int_equal(unseal(vault, "ban", "kalice"), -1);
	vault = again(vault);
	assert_int_equal(unseal(vault, "bank", "alice"), 0);
	vault_free(vault);
}

/* Any bit. */
static void
test_changed(void **state)
{
	struct vault *vault = new_vault();
	size_t i;

	(void)state;
	seal(vault);
	for (i = 0; i < 8 * sealed_len; i++) {
		sealed[i / 8] ^= (unsigned char)(1u << i % 8);
		assert_int_equal(unseal(vault, "bank", "alice"), -1);
		sealed[i / 8] ^= (unsigned char)(1u << i % 8);
	}
	for (; sealed_len > 0; sealed_len--) {
		if (sealed_len < strlen(CARD) + VAULT_OVERHEAD)
			assert_int_equal(unseal(vault, "bank", "alice"), -1);
	}
	vault_free(vault);
}

static void
test_keys(void **state)
{
	struct vault *vault = new_vault();
	struct vault_key first, second, none;

	(void)state;
	seal(vault);
	assert_true(vault_is_current(vault, sealed, sealed_len));
	assert_int_equal(vault_key_add(vault, NOW + 1, &err), 0);
	assert_true(vault_key_at(vault, 0, &first));
	assert_true(vault_key_at(vault, 1, &second));
	assert_false(vault_key_at(vault, 2, &none));
	assert_int_equal(first.state, VAULT_DECRYPT_ONLY);
	assert_int_equal(second.state, VAULT_ACTIVE);
	assert_int_equal(second.created_s, NOW + 1);
	assert_false(vault_is_current(vault, sealed, sealed_len));
	assert_int_equal(unseal(vault, "bank", "alice"), 0);
	assert_int_equal(vault_key_destroy(vault, second.id, &err), -1);
	assert_int_equal(vault_key_destroy(vault, "0011223344556677", &err),
	    -1);
	assert_int_equal(vault_key_destroy(vault, first.id, &err), 0);
	assert_int_equal(unseal(vault, "bank", "alice"), -1);
	assert_string_equal(err.text, "the key that sealed it is gone");
	vault = again(vault);
	assert_int_equal(unseal(vault, "bank", "alice"), -1);
	assert_true(vault_key_at(vault, 0, &first));
	assert_int_equal(first.state, VAULT_DESTROYED);
	seal(vault);
	assert_int_equal(unseal(vault, "bank", "alice"), 0);
	vault_free(vault);
}

static void
test_master(void **state)
{
	struct vault *vault = new_vault(), *other = NULL;
	char text[VAULT_TEXT_MAX];
	unsigned char second[VAULT_MASTER_SIZE] = { 1 };

	(void)state;
	seal(vault);
	assert_int_equal(vault_keys(vault, text, &err), 0);
	assert_int_equal(vault_new(second, text, &other, &err), -1);
	assert_non_null(strstr(err.text, "the master key does not open"));
	vault_rewrap(vault, second);
	assert_int_equal(vault_keys(vault, text, &err), 0);
	assert_int_equal(vault_new(master, text, &other, &err), -1);
	assert_int_equal(vault_new(second, text, &other, &err), 0);
	assert_int_equal(unseal(other, "bank", "alice"), 0);
	vault_free(other);
	vault_free(vault);
}

/* The text of the keys: no octet of it can be another one. */
static void
test_text(void **state)
{
	struct vault *vault = new_vault(), *other;
	char text[VAULT_TEXT_MAX];
	size_t i;
	int opened = 0;

	(void)state;
	assert_int_equal(vault_key_add(vault, NOW, &err), 0);
	assert_int_equal(vault_keys(vault, text, &err), 0);
	assert_null(strstr(text, CARD));
	for (i = 0; text[i] != '\0'; i++) {
		/* Words between the lookup key's name and its octets are
		 * not looked at, as they say nothing. */
		const char was = text[i];

		text[i] ^= 1;
		other = NULL;
		if (vault_new(master, text, &other, &err) == 0)
			opened++;
		vault_free(other);
		text[i] = was;
	}
	assert_true(opened <= (int)strlen("active 0"));
	vault_free(vault);
}

static void
test_lookup(void **state)
{
	struct vault *vault = new_vault(), *stranger;
	unsigned char a[VAULT_MAC_SIZE], b[VAULT_MAC_SIZE];

	(void)state;
	assert_int_equal(vault_lookup(vault, "card", CARD, strlen(CARD), a), 0);
	vault = again(vault);
	assert_int_equal(vault_lookup(vault, "card", CARD, strlen(CARD), b), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(vault_lookup(vault, "iban", CARD, strlen(CARD), b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	stranger = new_vault();
	assert_int_equal(vault_lookup(stranger, "card", CARD, strlen(CARD), b),
	    0);
	assert_memory_not_equal(a, b, sizeof(a));
	vault_free(stranger);
	vault_free(vault);
}

static void
test_bounds(void **state)
{
	static unsigned char much[VAULT_PLAIN_MAX + 1];
	struct vault *vault;
	size_t i;

	(void)state;
	memset(master, 0, sizeof(master));
	vault = open_vault("");
	assert_int_equal(vault_seal(vault, "bank", "alice", "x", 1, sealed,
			     &sealed_len, &err),
	    -1);
	assert_string_equal(err.text, "the vault has no active key");
	for (i = 0; i < VAULT_KEYS_MAX; i++)
		assert_int_equal(vault_key_add(vault, NOW, &err), 0);
	assert_int_equal(vault_key_add(vault, NOW, &err), -1);
	vault = again(vault);
	assert_int_equal(vault_seal(vault, "bank", "alice", much, sizeof(much),
			     sealed, &sealed_len, &err),
	    -1);
	assert_int_equal(vault_seal(vault, "bank", "alice", much,
			     VAULT_PLAIN_MAX, sealed, &sealed_len, &err),
	    0);
	vault_free(vault);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_master),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
