/*
 * sha256.c - one digest at a time, over OpenSSL's EVP.
 */
#include <openssl/evp.h>

#include "sha256.h"

int
sha256(const void *data, size_t len, unsigned char out[SHA256_SIZE])
{
	if (EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) != 1)
		return -1;
	return 0;
}
