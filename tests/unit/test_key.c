/*
 * test_key.c - keys are read strictly, named by thumbprint, and tell no
 * secrets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/key.h>

#include "seal.h"
#include "support/token.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 7515, A.3 and RFC 8037, A.2 and A.3. */
#define P256_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define P256_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define ED_X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED_KID "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

#define EC "\"kty\":\"EC\",\"crv\":\"P-256\""
#define OKP "\"kty\":\"OKP\",\"crv\":\"Ed25519\""
#define P256 EC ",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\""
#define ED OKP ",\"x\":\"" ED_X "\""

static struct till_error err;

static void
the_thumbprint_is_that_of_rfc_7638(void **state)
{
	static const char jwk[] = "{" ED "}";
	struct till_key *key = NULL;

	(void)state;
	assert_int_equal(till_key_from_jwk(jwk, strlen(jwk), &key, &err), 0);
	assert_string_equal(till_key_id(key), ED_KID);
	assert_int_equal(till_key_alg(key), TILL_ALG_ED25519);
	assert_false(till_key_is_private(key));
	till_key_free(key);
}

static void
a_signature_of_rfc_7515_holds(void **state)
{
	static const char jwk[] = "{" P256 "}";
	static const char text[] =
	    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODA"
	    "sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
	static const unsigned char seal[SEAL_SIZE] = { 14, 209, 33, 83, 121, 99,
		108, 72, 60, 47, 127, 21, 88, 7, 212, 2, 163, 178, 40, 3, 58,
		249, 124, 126, 23, 129, 154, 195, 22, 158, 166, 101, 197, 10, 7,
		211, 140, 60, 112, 229, 216, 241, 45, 175, 8, 74, 84, 128, 166,
		101, 144, 197, 242, 147, 80, 154, 143, 63, 127, 138, 131, 163,
		84, 213 };
	unsigned char digest[SHA256_SIZE];
	struct till_key *key = NULL;

	(void)state;
	assert_int_equal(till_key_from_jwk(jwk, strlen(jwk), &key, &err), 0);
	assert_int_equal(seal_digest(key, text, strlen(text), digest), 0);
	assert_int_equal(seal_verify(key, text, strlen(text), digest, seal), 0);
	digest[0] ^= 1;
	assert_int_equal(seal_verify(key, text, strlen(text), digest, seal),
	    -1);
	till_key_free(key);
}

/* R and S at the edges: zero, one, the order, and all ones. */
static void
an_ecdsa_signature_out_of_range_never_holds(void **state)
{
	static const char *const edges[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"00000000000000000000000000000000000000000000000000000000000000"
		"01",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325"
		"51",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325"
		"52",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ff",
	};
	struct till_key *key = test_key(TILL_ALG_ES256);
	unsigned char seal[SEAL_SIZE], good[SEAL_SIZE];
	unsigned char digest[SHA256_SIZE] = { 1 };
	char hex[3] = "";
	size_t i, j, n;

	(void)state;
	assert_int_equal(seal_sign(key, "", 0, digest, good), 0);
	assert_int_equal(seal_verify(key, "", 0, digest, good), 0);
	for (i = 0; i < LEN(edges) * LEN(edges); i++) {
		for (j = 0; j < SEAL_SIZE; j++) {
			n = j < 32 ? i / LEN(edges) : i % LEN(edges);
			memcpy(hex, edges[n] + j % 32 * 2, 2);
			seal[j] = (unsigned char)strtoul(hex, NULL, 16);
		}
		assert_int_equal(seal_verify(key, "", 0, digest, seal), -1);
		memcpy(seal, good, 32); /* with a good R */
		assert_int_equal(seal_verify(key, "", 0, digest, seal), -1);
	}
	till_key_free(key);
}

static void
a_private_key_survives_pem(void **state)
{
	static const enum till_alg algs[] = { TILL_ALG_ES256,
		TILL_ALG_ED25519 };
	unsigned char seal[SEAL_SIZE], digest[SHA256_SIZE] = { 7 };
	struct till_key *key, *back;
	char *pem;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(algs); i++) {
		key = test_key(algs[i]);
		assert_int_equal(till_key_pem(key, &pem, &err), 0);
		assert_ptr_equal(strstr(pem, "-----BEGIN PRIVATE KEY-----\n"),
		    pem);
		assert_int_equal(till_key_from_pem(pem, strlen(pem), &back,
				     &err),
		    0);
		assert_string_equal(till_key_id(key), till_key_id(back));
		assert_int_equal(till_key_alg(back), algs[i]);
		assert_true(till_key_is_private(back));
		assert_int_equal(seal_sign(back, "x", 1, digest, seal), 0);
		assert_int_equal(seal_verify(key, "x", 1, digest, seal), 0);
		till_key_pem_free(pem);
		till_key_free(key);
		till_key_free(back);
	}
	till_key_pem_free(NULL);
	till_key_free(NULL);
}

static void
the_public_half_has_the_same_name_and_no_private_part(void **state)
{
	static const enum till_alg algs[] = { TILL_ALG_ES256,
		TILL_ALG_ED25519 };
	struct till_key *key, *public;
	char *text = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(algs); i++) {
		key = test_key(algs[i]);
		public = test_public(key);
		assert_string_equal(till_key_id(key), till_key_id(public));
		assert_int_equal(strlen(till_key_id(key)), TILL_KID_MAX - 1);
		assert_false(till_key_is_private(public));
		assert_int_equal(till_key_pem(public, &text, &err), -1);
		assert_non_null(strstr(err.text, "no private part"));
		assert_int_equal(till_key_jwk(key, &text, &err), 0);
		assert_null(strstr(text, "\"d\""));
		assert_non_null(strstr(text, till_key_id(key)));
		free(text);
		till_key_free(public);
		till_key_free(key);
	}
}

static const struct {
	const char *jwk, *why;
} jwks[] = {
	{ "{" P256 "}", NULL },
	{ "{" ED "}", NULL },
	{ "{" ED ",\"kid\":\"" ED_KID "\",\"alg\":\"Ed25519\",\"use\":\"sig\","
	  "\"more\":[{}]}",
	    NULL },
	{ " { " ED " } ", NULL },
	{ "{" ED ",\"kid\":\"1\"}", "kid is not its thumbprint" },
	{ "{" ED ",\"kid\":1}", "kid is no string" },
	{ "{" ED ",\"alg\":\"EdDSA\"}", "alg must be Ed25519" },
	{ "{" ED ",\"alg\":\"ES256\"}", "alg must be Ed25519" },
	{ "{" P256 ",\"alg\":\"ES384\"}", "alg must be ES256" },
	{ "{" P256 ",\"alg\":null}", "alg is no string" },
	{ "{" P256 ",\"use\":\"enc\"}", "use must be sig" },
	{ "{" P256 ",\"d\":\"AA\"}", "private part" },
	{ "{" ED ",\"d\":\"AA\"}", "private part" },
	{ "{\"kty\":\"oct\",\"k\":\"AA\"}", "private part" },
	{ "{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}", "neither" },
	{ "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" P256_X
	  "\",\"y\":\"" P256_Y "\"}",
	    "neither" },
	{ "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" P256_X "\",\"y\":"
	  "\"" P256_Y "\"}",
	    "neither" },
	{ "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" ED_X "\"}",
	    "neither" },
	{ "{}", "neither" },
	{ "{" EC ",\"x\":\"" P256_X "\"}", "y is not 32 octets" },
	{ "{" EC ",\"y\":\"" P256_Y "\"}", "x is not 32 octets" },
	{ "{" EC ",\"x\":\"AAAA\",\"y\":\"" P256_Y "\"}",
	    "x is not 32 octets" },
	{ "{" EC ",\"x\":\"" P256_X "=\",\"y\":\"" P256_Y "\"}",
	    "x is not 32 octets" },
	{ "{" EC ",\"x\":5,\"y\":\"" P256_Y "\"}", "x is not 32 octets" },
	{ "{" EC ",\"x\":\"" P256_Y "\",\"y\":\"" P256_X "\"}",
	    "not on its curve" },
	{ "{" EC ",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
	  "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "not on its curve" },
	{ "{" ED ",\"kty\":\"OKP\"}", "has a name twice" },
	{ "[" ED "]", "not JSON" },
	{ "[]", "is no JSON object" },
	{ "", "not JSON" },
	{ "{" ED "}x", "not JSON" },
	{ "{" ED ",\"a\":[[[[[[[[1]]]]]]]]}", "nested deeper" },
};

static void
a_jwk_is_taken_only_if_all_of_it_agrees(void **state)
{
	struct till_key *key;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < LEN(jwks); i++) {
		key = NULL;
		err.text[0] = '\0';
		r = till_key_from_jwk(jwks[i].jwk, strlen(jwks[i].jwk), &key,
		    &err);
		if ((r == 0) != (jwks[i].why == NULL) ||
		    (r == -1 && strstr(err.text, jwks[i].why) == NULL))
			fail_msg("%s: %s", jwks[i].jwk, err.text);
		assert_int_equal(r == 0, key != NULL);
		till_key_free(key);
	}
}

static void
a_jwk_of_more_than_512_octets_is_refused(void **state)
{
	char jwk[TILL_JWK_MAX + 2];
	struct till_key *key = NULL;

	(void)state;
	memset(jwk, ' ', sizeof(jwk));
	memcpy(jwk, "{" ED "}", strlen("{" ED "}"));
	assert_int_equal(till_key_from_jwk(jwk, TILL_JWK_MAX + 1, &key, &err),
	    -1);
	assert_int_equal(till_key_from_jwk(jwk, TILL_JWK_MAX, &key, &err), 0);
	till_key_free(key);
}

/* Little endian, as they stand in a key. */
static const char *const weak_points[] = {
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	/* not reduced: p, p + 1, all ones */
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	/* y = 2 and y = 7: x would have no root */
	"0200000000000000000000000000000000000000000000000000000000000000",
	"0700000000000000000000000000000000000000000000000000000000000000",
};

static void
a_weak_or_impossible_ed25519_point_is_no_key(void **state)
{
	/* The base point, and y = 3, whose x has a root. */
	static const unsigned char base[SEAL_POINT] = { 0x58, 0x66, 0x66, 0x66,
		0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
		0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
		0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66 };
	static const unsigned char three[SEAL_POINT] = { 3 };
	unsigned char point[SEAL_POINT];
	char hex[3] = "";
	size_t i, j;

	(void)state;
	assert_true(ed25519_point_ok(base));
	assert_true(ed25519_point_ok(three));
	for (i = 0; i < LEN(weak_points); i++) {
		for (j = 0; j < SEAL_POINT; j++) {
			memcpy(hex, weak_points[i] + 2 * j, 2);
			point[j] = (unsigned char)strtoul(hex, NULL, 16);
		}
		if (ed25519_point_ok(point))
			fail_msg("%s is taken", weak_points[i]);
	}
}

static const struct {
	const char *pem, *why;
} pems[] = {
	{ "", "no PEM" },
	{ "hello", "no PEM" },
	{ "-----BEGIN PRIVATE KEY-----\n", "no PEM" },
	{ "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	    "no key that can be read" },
	/* a P-256 key in the older form of SEC 1 */
	{ "-----BEGIN EC PRIVATE KEY-----\n"
	  "MHcCAQEEIIs0GQdbCm7NxdRaN65ylbKqi8ZjPG3EMTSwmvt1Mmo9oAoGCCqGSM49\n"
	  "-----END EC PRIVATE KEY-----\n",
	    "PKCS #8" },
	{ "-----BEGIN PUBLIC KEY-----\n"
	  "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
	  "-----END PUBLIC KEY-----\n",
	    "PKCS #8" },
	/* X25519, for agreement and not for signing (RFC 8410) */
	{ "-----BEGIN PRIVATE KEY-----\n"
	  "MC4CAQAwBQYDK2VuBCIEIHB20MpUUfLQN2SHLjS2EqAhrnS2Qg25sq5Bq3MU0SBa\n"
	  "-----END PRIVATE KEY-----\n",
	    "only P-256 and Ed25519" },
};

static void
what_is_no_key_of_ours_is_not_read_from_pem(void **state)
{
	struct till_key *key = NULL;
	char large[4097];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(pems); i++) {
		assert_int_equal(till_key_from_pem(pems[i].pem,
				     strlen(pems[i].pem), &key, &err),
		    -1);
		if (strstr(err.text, pems[i].why) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
	memset(large, 'A', sizeof(large));
	assert_int_equal(till_key_from_pem(large, sizeof(large), &key, &err),
	    -1);
	assert_null(key);
}

static void
an_algorithm_has_one_name(void **state)
{
	static const char *const none[] = { "", "none", "None", "EdDSA",
		"ed25519", "ED25519", "es256", "ES256 ", "ES256K", "ES384",
		"HS256", "RS256", "PS256" };
	size_t i;

	(void)state;
	assert_string_equal(till_alg_name(TILL_ALG_ES256), "ES256");
	assert_string_equal(till_alg_name(TILL_ALG_ED25519), "Ed25519");
	assert_null(till_alg_name(TILL_ALG_NONE));
	assert_int_equal(till_alg_from_name("ES256"), TILL_ALG_ES256);
	assert_int_equal(till_alg_from_name("Ed25519"), TILL_ALG_ED25519);
	for (i = 0; i < LEN(none); i++)
		assert_int_equal(till_alg_from_name(none[i]), TILL_ALG_NONE);
}

static void
a_key_of_no_algorithm_is_not_made(void **state)
{
	struct till_key *key = NULL;

	(void)state;
	assert_int_equal(till_key_generate(TILL_ALG_NONE, &key, &err), -1);
	assert_null(key);
}

static const struct {
	const char *set;
	size_t size;
	const char *why;
} sets[] = {
	{ "{\"keys\":[]}", 0, NULL },
	{ "{\"keys\":[{" P256 "},{" ED "}],\"more\":1}", 2, NULL },
	{ "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"},{" ED "}]}",
	    1, NULL },
	{ "{\"keys\":[{" P256 ",\"use\":\"enc\"},{" ED "}]}", 1, NULL },
	{ "{\"keys\":[1,{" ED "}]}", 1, NULL },
	{ "{}", 0, "no list of keys" },
	{ "{\"keys\":{" ED "}}", 0, "no list of keys" },
	{ "[]", 0, "is no JSON object" },
	{ "{\"keys\":[{" ED ",\"d\":\"AA\"}]}", 0, "private part" },
	{ "{\"keys\":[{" ED ",\"kid\":\"1\"}]}", 0, "thumbprint" },
	{ "{\"keys\":[{" ED "}],\"keys\":[]}", 0, "twice" },
	{ "{\"keys\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}", 0, NULL },
	{ "{\"keys\":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}", 0, "at most 16" },
};

static void
a_key_set_passes_over_keys_of_other_kinds(void **state)
{
	struct till_keyset *set;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < LEN(sets); i++) {
		set = NULL;
		r = till_keyset_from_json(sets[i].set, strlen(sets[i].set),
		    &set, &err);
		if ((r == 0) != (sets[i].why == NULL) ||
		    (r == -1 && strstr(err.text, sets[i].why) == NULL))
			fail_msg("%s: %s", sets[i].set, err.text);
		if (r == 0)
			assert_int_equal(till_keyset_size(set), sets[i].size);
		till_keyset_free(set);
	}
}

static void
a_key_is_found_by_its_name_only(void **state)
{
	static const char json[] = "{\"keys\":[{" P256 "},{" ED "}]}";
	struct till_keyset *set = NULL;
	const struct till_key *key;

	(void)state;
	assert_int_equal(till_keyset_from_json(json, strlen(json), &set, &err),
	    0);
	key = till_keyset_find(set, ED_KID);
	assert_non_null(key);
	assert_string_equal(till_key_id(key), ED_KID);
	assert_null(till_keyset_find(set, ""));
	assert_null(till_keyset_find(set, "kPrK"));
	till_keyset_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_thumbprint_is_that_of_rfc_7638),
		cmocka_unit_test(a_signature_of_rfc_7515_holds),
		cmocka_unit_test(an_ecdsa_signature_out_of_range_never_holds),
		cmocka_unit_test(a_private_key_survives_pem),
		cmocka_unit_test(
		    the_public_half_has_the_same_name_and_no_private_part),
		cmocka_unit_test(a_jwk_is_taken_only_if_all_of_it_agrees),
		cmocka_unit_test(a_jwk_of_more_than_512_octets_is_refused),
		cmocka_unit_test(a_weak_or_impossible_ed25519_point_is_no_key),
		cmocka_unit_test(what_is_no_key_of_ours_is_not_read_from_pem),
		cmocka_unit_test(an_algorithm_has_one_name),
		cmocka_unit_test(a_key_of_no_algorithm_is_not_made),
		cmocka_unit_test(a_key_set_passes_over_keys_of_other_kinds),
		cmocka_unit_test(a_key_is_found_by_its_name_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
