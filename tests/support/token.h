/*
 * token.h - tokens for tests, right ones and wrong ones.
 */
#ifndef SUPPORT_TOKEN_H
#define SUPPORT_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include <till/key.h>
#include <till/ticket.h>
#include <till/voucher.h>

#define TEST_NOW 1795000100 /* within the life of the tickets below */
#define TEST_ISSUER "https://pay.example"
#define TEST_MERCHANT "shop"

/* A new key; the test fails if there is none. */
struct till_key *test_key(enum till_alg alg);

/* The public half of a key, as a server gets it. */
struct till_key *test_public(const struct till_key *key);

/* A ticket for one song at 0.05 EUR, and a paid voucher for it (whose th
 * is the ticket's). */
struct till_ticket test_ticket(void);
struct till_voucher test_voucher(const struct till_ticket *ticket);

/* Find in one key: arg is a struct till_key. */
const struct till_key *test_only_key(void *arg, const char *kid);

/*
 * A token of any header and any payload, with a signature that holds for
 * them.  Freed with free.
 */
char *test_token(const struct till_key *key, const void *header,
    size_t header_len, const void *payload, size_t payload_len);

/* As test_token, with texts and a right header of this typ. */
char *test_token_typ(const struct till_key *key, const char *typ,
    const char *payload);

/* base64url(HEADER).base64url(PAYLOAD). ; freed with free. */
char *test_unsigned(const void *header, size_t header_len, const void *payload,
    size_t payload_len);

#endif
