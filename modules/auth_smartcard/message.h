/*
 * message.h - what a card signs: the text that binds a signature to one
 * payment, or to one sign-in.
 *
 * Format "till-card-1".  The text is six fields, each followed by one
 * NUL, which none of them can hold:
 *
 *	"till-card-1"	the tag: a signature made for something else does
 *			not serve here, nor one of here elsewhere; of a
 *			passkey's, PASSKEY_TAG
 *	challenge	32 random octets of this conversation in base64url
 *			(43 characters), as the prompt has them
 *	ticket		th, the ticket's hash in base64url (43 characters)
 *	payee		the merchant's id: the ticket's iss
 *	amount		the price with all six decimals: "1.200000",
 *			"0.000500", "12.000000"
 *	currency	three capital letters; none where nothing is paid
 *
 * The SHA-256 of the text is what the signature algorithm signs: whoever
 * has a card that signs digests gives it those 32 octets, whoever signs
 * by a library gives that the text.
 *
 * The server sends the challenge alone.  A station makes the rest from the
 * ticket that it has and shows, so that it signs what its user saw: with
 * any other ticket, payee or amount the text is another one.
 *
 * A sign-in pays nobody nothing and has a format of its own,
 * "till-card-sign-in-1", of four such fields:
 *
 *	"till-card-sign-in-1"
 *	challenge	as above
 *	server		the payment server's issuer
 *	customer	whose account is to be opened
 *
 * The tags differ and come first, so a signature for the one is never one
 * for the other; those of passkeys do likewise.
 *
 * A passkey signs what its browser gives it, which is a challenge: that of
 * format "webauthn" is the SHA-256 of such a text, made by the server.
 */
#ifndef SMARTCARD_MESSAGE_H
#define SMARTCARD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <till/module.h>

#define MESSAGE_FORMAT "till-card-1"
#define MESSAGE_FORMAT_SIGN_IN "till-card-sign-in-1"
#define MESSAGE_TAG_MAX 24
#define MESSAGE_NONCE 32 /* octets of a challenge */
#define MESSAGE_MAX 1280 /* octets of the text */

/* Which of the two it is. */
bool message_is_sign_in(const struct till_order *);
const char *message_format(const struct till_order *);

/* Make the text for an order; tag has at most MESSAGE_TAG_MAX octets, and is
 * another one for a sign-in than for a payment.  Its length, or 0 if the order
 * is none that can be signed (a ticket's hash, an id, an amount or an issuer
 * beyond its bounds, a sign-in of nobody). */
size_t message_make(const char *tag, const unsigned char nonce[MESSAGE_NONCE],
    const struct till_order *, char text_r[MESSAGE_MAX]);

#endif
