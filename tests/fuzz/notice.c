/*
 * notice.c - any octets as the payload of a well signed token are an event
 * or are refused; one that is taken can be signed again and says the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <till/notice.h>

#include "support/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(struct till_key *, const char *);
static void sign_again(struct till_key *, const struct till_notice *);

/* RFC 8037, A.1. */
static const char pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct till_key *key; /* made once: it costs the most */
	struct till_error err;
	char *payload = malloc(size + 1), *token;

	assert(payload != NULL);
	if (key == NULL &&
	    till_key_from_pem(pem, strlen(pem), &key, &err) == -1)
		abort();
	if (size > 0)
		memcpy(payload, data, size);
	payload[size] = '\0';
	token = test_token_typ(key, "till-event+jwt", payload);
	look(key, token);
	free(token);
	free(payload);
	return 0;
}

static void
look(struct till_key *key, const char *token)
{
	struct till_notice *notice = NULL;
	struct till_error err;

	if (till_notice_open(token, strlen(token), test_only_key, key, &notice,
		&err) == 0)
		sign_again(key, notice);
	else
		assert(
		    notice == NULL && till_text_ok(err.text, TILL_ERROR_MAX));
	till_notice_free(notice);
}

/* Only the size may stand against it: two decimals are written where none
 * were read. */
static void
sign_again(struct till_key *key, const struct till_notice *notice)
{
	struct till_notice *again = NULL;
	struct till_error err;
	char *token = NULL;
	int r;

	if (till_notice_sign(notice, key, &token, &err) == -1) {
		assert(strstr(err.text, "octets") != NULL);
		return;
	}
	r = till_notice_open(token, strlen(token), test_only_key, key, &again,
	    &err);
	assert(r == 0);
	assert(strcmp(notice->type, again->type) == 0);
	assert(notice->seq == again->seq);
	assert(notice->txn == again->txn);
	assert(notice->reason == again->reason);
	assert(notice->amount.micro == again->amount.micro);
	till_notice_free(again);
	free(token);
}
