/*
 * piv.h - what is said to a PIV card (NIST SP 800-73-4, part 2).
 *
 * Commands go through a line, so that a card in a reader and one in a
 * test are spoken to by the same octets.  Command chaining (ISO 7816-4,
 * section 5.3.3) and GET RESPONSE are done here.
 */
#ifndef PIV_H
#define PIV_H

#include <stddef.h>

#include <till/error.h>

#include "signer.h"

#define PIV_COMMAND_MAX 261 /* octets of a short command */
#define PIV_REPLY_MAX 258 /* octets of an answer to one, with its status */
#define PIV_PIN_MIN 4 /* octets; SP 800-73 wants 6, some cards less */
#define PIV_PIN_MAX 8

struct piv_line {
	/* Send a command; *len_r octets of reply_r, at most
	 * PIV_REPLY_MAX.  -1: there is no card any more, or no answer. */
	int (*transmit)(void *arg, const unsigned char *command, size_t len,
	    unsigned char reply_r[PIV_REPLY_MAX], size_t *len_r,
	    struct till_error *);
	void *arg;
};

int piv_select(const struct piv_line *, struct till_error *);

/* The certificate of a slot (0x9a, 0x9c, 0x9d, 0x9e), in DER.  Fails for
 * a slot that has none, and for a compressed one. */
int piv_certificate(const struct piv_line *, unsigned char slot,
    unsigned char der_r[SIGNER_CERTIFICATE_MAX], size_t *len_r,
    struct till_error *);

/* How many wrong PINs the card yet takes, without trying one;
 * SIGNER_TRIES_UNKNOWN if it does not say. */
int piv_tries(const struct piv_line *, int *tries_r, struct till_error *);

/* Can this be a PIN?  What cannot be one is not tried. */
bool piv_pin_ok(const char *pin);

/* Try a PIN, once.  SIGNER_SIGNED: it was right. */
enum signer_end piv_verify(const struct piv_line *, const char *pin,
    int *tries_r, struct till_error *);

/* Sign a hash with the key of a slot. */
int piv_sign(const struct piv_line *, unsigned char slot, enum pubkey_alg,
    const unsigned char hash[PUBKEY_HASH], struct signature *,
    struct till_error *);

#endif
