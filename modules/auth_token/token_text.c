/*
 * token_text.c - a token as its holder has it: till_ID_SECRET.
 *
 * Both parts are lower case hexadecimal of a fixed length, so that there
 * is one way to write a token, a double click takes all of it, and who
 * looks for lost secrets in files finds it by its beginning.
 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "token.h"

#define PREFIX "till_"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define ID_LEN (TOKEN_ID_MAX - 1)
#define SECRET_AT (PREFIX_LEN + ID_LEN + 1)

static int digit(char);

int
token_make(char text[TOKEN_LEN + 1], char id[TOKEN_ID_MAX],
    unsigned char hash[TOKEN_HASH_SIZE])
{
	unsigned char secret[TOKEN_SECRET_SIZE], number[TOKEN_ID_SIZE];
	int r = -1;

	if (RAND_bytes(number, sizeof(number)) != 1 ||
	    RAND_priv_bytes(secret, sizeof(secret)) != 1 ||
	    token_hash(secret, hash) == -1)
		goto out;
	token_hex(number, sizeof(number), id);
	memcpy(text, PREFIX, PREFIX_LEN);
	memcpy(text + PREFIX_LEN, id, ID_LEN);
	text[SECRET_AT - 1] = '_';
	token_hex(secret, sizeof(secret), text + SECRET_AT);
	r = 0;
out:
	explicit_bzero(secret, sizeof(secret));
	return r;
}

bool
token_read(const unsigned char *data, size_t len, char id[TOKEN_ID_MAX],
    unsigned char secret[TOKEN_SECRET_SIZE])
{
	const char *text = (const char *)data;
	unsigned char number[TOKEN_ID_SIZE];

	memset(id, '0', ID_LEN);
	id[ID_LEN] = '\0';
	memset(secret, 0, TOKEN_SECRET_SIZE);
	if (len != TOKEN_LEN || memcmp(text, PREFIX, PREFIX_LEN) != 0 ||
	    text[SECRET_AT - 1] != '_' ||
	    !token_unhex(text + PREFIX_LEN, ID_LEN, number) ||
	    !token_unhex(text + SECRET_AT, len - SECRET_AT, secret)) {
		explicit_bzero(secret, TOKEN_SECRET_SIZE);
		return false;
	}
	memcpy(id, text + PREFIX_LEN, ID_LEN);
	return true;
}

/*
 * SHA-256 is enough for what is drawn from 2^256 secrets: a slow or salted
 * hash makes the guessing of passwords dear, which people choose; nobody
 * guesses these, however fast the hash.
 */
int
token_hash(const unsigned char secret[TOKEN_SECRET_SIZE],
    unsigned char hash[TOKEN_HASH_SIZE])
{
	return EVP_Digest(secret, TOKEN_SECRET_SIZE, hash, NULL, EVP_sha256(),
		   NULL) == 1
	    ? 0
	    : -1;
}

void
token_hex(const unsigned char *data, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		text[2 * i] = digits[data[i] >> 4];
		text[2 * i + 1] = digits[data[i] & 15];
	}
	text[2 * len] = '\0';
}

bool
token_unhex(const char *text, size_t len, unsigned char *data)
{
	int high, low;
	size_t i;

	for (i = 0; i + 1 < len; i += 2) {
		high = digit(text[i]);
		low = digit(text[i + 1]);
		if (high == -1 || low == -1)
			return false;
		data[i / 2] = (unsigned char)(high << 4 | low);
	}
	return len % 2 == 0;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
