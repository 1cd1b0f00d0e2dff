/*
 * passkey.h - customers' passkeys: kept, asked for, and looked at.
 *
 * A prompt of format "webauthn" has a challenge, which binds the reply to
 * the payment, and data, a JSON object with what a page gives to
 * navigator.credentials.get or to a PaymentRequest:
 *
 *	"rpId"			the relying party's id
 *	"allowCredentials"	ids of the customer's passkeys; of a customer
 *				without one, or of nobody, others that stay
 *				the same for the same name
 *	"payment"		what the browser is to show: "payeeName",
 *				"total" of "currency" and "value", and
 *				"payeeOrigin", if there is one of https
 *
 * One of format "webauthn-create", in an enrolment, has the options of
 * navigator.credentials.create (PublicKeyCredentialCreationOptionsJSON).
 */
#ifndef SMARTCARD_PASSKEY_H
#define SMARTCARD_PASSKEY_H

#include "auth_smartcard/message.h"
#include "auth_smartcard/smartcard.h"
#include "auth_smartcard/webauthn.h"

#define PASSKEY_PROMPT "passkey" /* id of the prompts */
#define PASSKEY_FORMAT "webauthn"
#define PASSKEY_FORMAT_NEW "webauthn-create"
#define PASSKEY_TAG "till-passkey-1" /* see message.h */
#define PASSKEY_TAG_SIGN_IN "till-passkey-sign-in-1"
#define PASSKEY_PREFIX "passkey." /* of a credential's id */
#define PASSKEYS_MAX 8 /* of one customer */
#define PASSKEY_ID_TEXT BASE64URL_SIZE(PASSKEY_ID_MAX)

/* passkey_text.c: the record, and its id, which is of the SHA-256 of the
 * passkey's own; see smartcard.h. */
int passkey_read(const struct till_bytes *, struct webauthn_passkey *passkey_r,
    struct till_error *err);
int passkey_write(const struct webauthn_passkey *,
    char text_r[PASSKEY_TEXT_MAX]);
int passkey_name(const unsigned char *id, size_t len,
    char id_r[CERTIFICATE_ID_MAX]);
/* The passkey's id, in base64url, of a record; false: it is another. */
bool passkey_id_text(const struct till_bytes *, char text_r[PASSKEY_ID_TEXT]);

/* passkey_ask.c.  -1: the prompt could not be set. */
struct passkey_ids {
	char text[PASSKEYS_MAX][PASSKEY_ID_TEXT];
	size_t len;
};
void passkey_list(const struct till_host *, struct till_context *,
    struct passkey_ids *ids_r);
int passkey_ask(const struct till_host *, struct till_context *,
    const struct smartcard *, const unsigned char nonce[MESSAGE_NONCE]);
int passkey_ask_new(const struct till_host *, struct till_context *,
    const struct smartcard *, const unsigned char nonce[MESSAGE_NONCE]);

/* decoy.c: what nobody can tell from chance without the secret, always
 * the same for the same use and customer. */
int decoy_octets(const struct smartcard *, const char *use,
    const char *customer, unsigned char octets_r[SHA256_SIZE]);
/* Ids for a customer without any. */
int decoy_ids(const struct smartcard *, const char *customer,
    struct passkey_ids *ids_r);

/* passkey_auth.c: signed by a passkey of the customer's?  Its counter is
 * then kept; id_r is the credential's. */
int passkey_look(const struct till_host *, struct till_context *,
    const struct smartcard *, const struct till_reply *,
    const unsigned char nonce[MESSAGE_NONCE], char id_r[CERTIFICATE_ID_MAX],
    struct till_error *why);
/* The challenge for an order; -1 if it is none that can be signed. */
int passkey_challenge(const unsigned char nonce[MESSAGE_NONCE],
    const struct till_order *, unsigned char challenge_r[SHA256_SIZE]);
/* What the browser's dialog must show of an order. */
struct webauthn_payment passkey_payment(const struct till_order *);

#endif
