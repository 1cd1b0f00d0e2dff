/*
 * key_numbers.c - RSA keys of the numbers that they are.
 */
#include "auth_smartcard/key.h"
#include "pkey.h"

static bool is_plain(const unsigned char *, size_t);

EVP_PKEY *
key_of_modulus(const unsigned char *n, size_t n_len, const unsigned char *e,
    size_t e_len)
{
	_Static_assert(KEY_RSA_BITS_MAX / 8 == PKEY_NUMBER_MAX,
	    "the same largest key");
	return is_plain(n, n_len) && is_plain(e, e_len)
	    ? pkey_of_modulus(n, n_len, e, e_len)
	    : NULL;
}

/* RFC 7518, 2, and RFC 8230, 4: without superfluous zeros in front. */
static bool
is_plain(const unsigned char *octets, size_t len)
{
	return len > 0 && octets[0] != 0;
}
