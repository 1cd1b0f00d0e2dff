/*
 * seal.c - what a ticket costs: sign and open, beside the bare signature.
 *
 *	tests/bench/seal [ROUNDS]
 *
 * One thread; of several rounds the best is told, so that whatever else
 * the machine does counts little.  For ES256 the bare numbers are those
 * of EVP_PKEY_sign and EVP_PKEY_verify over a ready digest, as openssl
 * speed takes them, for Ed25519 those over the token's octets.  What the
 * rest costs more is this library: base64url, the digest, JSON, the
 * rules and one block of memory.
 */
#include <openssl/evp.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <till/ticket.h>
#include <till/voucher.h>

#include "seal.h"

#define ROUNDS 20 /* of all operations, one after the other */
#define ROUND_MS 50 /* of one operation in one round */
#define BATCH 16 /* operations between two looks at the clock */

struct work {
	struct till_key *key;
	struct till_ticket ticket;
	struct till_voucher voucher;
	char *token;
	size_t len;
	unsigned char digest[SHA256_SIZE];
	unsigned char der[128];
	size_t der_len;
};

typedef int operation(struct work *);

static struct till_error err;

static const struct till_key *
only_key(void *arg, const char *kid)
{
	struct till_key *key = arg;

	return strcmp(kid, till_key_id(key)) == 0 ? key : NULL;
}

static int
ticket_sign(struct work *work)
{
	char *token = NULL;
	int r = till_ticket_sign(&work->ticket, work->key, &token, &err);

	free(token);
	return r;
}

static int
ticket_open(struct work *work)
{
	struct till_ticket *ticket = NULL;
	int r = till_ticket_open(work->token, work->len, only_key, work->key,
	    &ticket, &err);

	till_ticket_free(ticket);
	return r;
}

static int
voucher_sign(struct work *work)
{
	char *token = NULL;
	int r = till_voucher_sign(&work->voucher, work->key, &token, &err);

	free(token);
	return r;
}

static int
ticket_form(struct work *work)
{
	return till_ticket_form(work->token, work->len, &err);
}

static int
bare_sign(struct work *work)
{
	EVP_MD_CTX *ctx;
	int ok;

	work->der_len = sizeof(work->der);
	if (till_key_alg(work->key) == TILL_ALG_ES256) {
		ok = EVP_PKEY_sign(work->key->signer, work->der, &work->der_len,
		    work->digest, SHA256_SIZE);
		return ok == 1 ? 0 : -1;
	}
	ctx = EVP_MD_CTX_new();
	ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, work->key->pkey) == 1 &&
	    EVP_DigestSign(ctx, work->der, &work->der_len,
		(unsigned char *)work->token, work->len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok == 1 ? 0 : -1;
}

static int
bare_verify(struct work *work)
{
	EVP_MD_CTX *ctx;
	int ok;

	if (till_key_alg(work->key) == TILL_ALG_ES256) {
		ok = EVP_PKEY_verify(work->key->verifier, work->der,
		    work->der_len, work->digest, SHA256_SIZE);
		return ok == 1 ? 0 : -1;
	}
	ctx = EVP_MD_CTX_new();
	ok =
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, work->key->pkey) == 1 &&
	    EVP_DigestVerify(ctx, work->der, work->der_len,
		(unsigned char *)work->token, work->len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok == 1 ? 0 : -1;
}

/* What is measured, and with which row it is compared. */
static const struct {
	const char *name;
	operation *op;
	size_t bare;
} rows[] = {
	{ "bare sign", bare_sign, 0 },
	{ "sign ticket", ticket_sign, 0 },
	{ "sign voucher", voucher_sign, 0 },
	{ "bare verify", bare_verify, 3 },
	{ "open ticket", ticket_open, 3 },
	{ "form only", ticket_form, 3 },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int64_t
cpu_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Nanoseconds of CPU for one operation; exits if one fails. */
static int64_t
measure(operation *op, struct work *work)
{
	int64_t start = cpu_ns(), spent = 0, n = 0;
	int i;

	while (spent < INT64_C(1000000) * ROUND_MS) {
		for (i = 0; i < BATCH; i++) {
			if (op(work) == -1) {
				(void)fprintf(stderr, "seal: %s\n", err.text);
				exit(1);
			}
		}
		n += BATCH;
		spent = cpu_ns() - start;
	}
	return spent / n;
}

static void
print_row(const char *what, int64_t ns, int64_t bare_ns)
{
	(void)printf("  %-14s %7" PRId64 " /s  %4" PRId64 ".%01" PRId64 " us",
	    what, INT64_C(1000000000) / ns, ns / 1000, ns % 1000 / 100);
	(void)printf("  %" PRId64 ".%02" PRId64 " of the bare", ns / bare_ns,
	    ns * 100 / bare_ns % 100);
	(void)printf("\n");
}

static void
fill(struct work *work)
{
	work->ticket = (struct till_ticket){ .iss = "shop",
		.aud = "https://pay.example",
		.jti = "2026-000001",
		.iat = 1795000000,
		.exp = 1795000900,
		.kind = TILL_KIND_SINGLE,
		.oid = "song-17",
		.desc = "One song, to keep",
		.amount = { 50000, "EUR" },
		.ret = "https://shop.example/voucher",
		.cancel = "https://shop.example/cancel",
		.lang = "en" };
	work->voucher = (struct till_voucher){ .type = TILL_VOUCHER_PAID,
		.iss = "https://pay.example",
		.aud = "shop",
		.jti = "v-1",
		.iat = 1795000010,
		.exp = 1795000070,
		.txn = 4711,
		.tjti = "2026-000001",
		.th = work->ticket.th,
		.oid = "song-17",
		.kind = TILL_KIND_SINGLE,
		.amount = { 50000, "EUR" },
		.sub = "3qF0T2Yk0s8b9c1mJ7hVxg",
		.via = "wallet",
		.amr = { "pwd" },
		.amr_len = 1,
		.auth_time = 1795000005 };
}

static void
prepare(struct work *work, enum till_alg alg)
{
	fill(work);
	if (till_key_generate(alg, &work->key, &err) == -1 ||
	    till_ticket_sign(&work->ticket, work->key, &work->token, &err) ==
		-1)
		exit(1);
	work->len = strlen(work->token);
	if (bare_sign(work) == -1)
		exit(1);
}

static void
bench(enum till_alg alg, long rounds)
{
	int64_t best[ROWS], ns;
	struct work work = { 0 };
	size_t i;
	long n;

	prepare(&work, alg);
	(void)printf("%s, a ticket of %zu octets\n", till_alg_name(alg),
	    work.len);
	for (i = 0; i < ROWS; i++)
		best[i] = INT64_MAX;
	for (n = 0; n < rounds; n++) {
		for (i = 0; i < ROWS; i++) {
			ns = measure(rows[i].op, &work);
			if (ns < best[i])
				best[i] = ns;
		}
	}
	for (i = 0; i < ROWS; i++)
		print_row(rows[i].name, best[i], best[rows[i].bare]);
	free(work.token);
	till_key_free(work.key);
}

int
main(int argc, char **argv)
{
	long rounds = ROUNDS;

	if (argc > 1)
		rounds = strtol(argv[1], NULL, 10);
	bench(TILL_ALG_ES256, rounds);
	bench(TILL_ALG_ED25519, rounds);
	return 0;
}
