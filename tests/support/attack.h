/*
 * attack.h - the language of tests/tokens/attacks.txt: how a bad token is
 * described, and made.
 */
#ifndef SUPPORT_ATTACK_H
#define SUPPORT_ATTACK_H

#include <stddef.h>

#include <till/key.h>

#define ATTACK_TEXT_MAX 16384

/* Octets, in which NUL is one like any other. */
struct attack_text {
	size_t len;
	char data[ATTACK_TEXT_MAX];
};

struct attack_keys {
	struct till_key *es256, *ed25519, *other, *stranger;
};

/* One line of the table, taken apart. */
struct attack {
	char *name, *seal, *header, *payload, *token, *outcome;
};

/* Split line, which is changed; NULL if it has not six columns. */
struct attack *attack_split(char *line, struct attack *attack);

/* Make the token that is described.  Fails the program for a description
 * that makes no sense. */
void attack_make(const struct attack *attack, const struct attack_keys *keys,
    struct attack_text *token_r);

#endif
