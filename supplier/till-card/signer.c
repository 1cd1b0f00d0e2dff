/*
 * signer.c - cards, by PC/SC or by PKCS #11.
 */
#include <stdlib.h>
#include <string.h>

#include "signer.h"

int
signer_open(const struct signer_place *place, struct signer **signer_r,
    struct till_error *err)
{
	struct signer *signer;
	int r;

	signer = calloc(1, sizeof(*signer));
	if (signer == NULL)
		return till_fail(err, "out of memory");
	signer->tries = SIGNER_TRIES_UNKNOWN;
	r = place->module != NULL ? p11_open(place, signer, err)
				  : pcsc_open(place, signer, err);
	if (r == -1) {
		signer_close(signer);
		return -1;
	}
	*signer_r = signer;
	return 0;
}

void
signer_close(struct signer *signer)
{
	if (signer == NULL)
		return;
	if (signer->way != NULL)
		signer->way->close(signer);
	pubkey_clear(&signer->pub);
	free(signer);
}

/* A card that was changed meanwhile is found out here, and not by the
 * payment server, which would end the order. */
enum signer_end
signer_sign(struct signer *signer, const char *pin,
    const unsigned char hash[PUBKEY_HASH], struct signature *signature,
    struct till_error *err)
{
	enum signer_end end;

	end = signer->way->sign(signer, pin, hash, signature, err);
	if (end != SIGNER_SIGNED)
		return end;
	if (!pubkey_verify(&signer->pub, hash, signature->octets,
		signature->len)) {
		till_error_set(err,
		    "what the card signed is not of its own key");
		return SIGNER_FAILED;
	}
	return SIGNER_SIGNED;
}

int
signer_list(const struct signer_place *place, FILE *out, struct till_error *err)
{
	return place->module != NULL ? p11_list(place, out, err)
				     : pcsc_list(place, out, err);
}
