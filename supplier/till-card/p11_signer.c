/*
 * p11_signer.c - a key of a PKCS #11 token as a signer.
 *
 * Before the PIN is given only certificates and public keys can be seen,
 * so the key is chosen among those; the private key is the one with the
 * same id.
 */
#include <openssl/crypto.h>

#include <stdlib.h>
#include <string.h>

#include "p11.h"
#include "shown.h"

struct held {
	struct p11 p11;
	unsigned char id[P11_ID_MAX];
	size_t id_len;
	CK_FLAGS flags; /* of the token */
};

/* Goes through keys; the key is emptied afterwards.  -1 ends it. */
struct visit {
	int (*each)(struct visit *, struct p11 *, const char *token,
	    CK_FLAGS flags, CK_SLOT_ID, struct p11_key *, struct till_error *);
	const struct signer_place *place;
	struct signer *signer;
	CK_SLOT_ID slot; /* of the key that was chosen */
	size_t chosen;
	FILE *out;
};

static int visit_all(struct visit *, struct p11 *, struct till_error *);
static int visit_token(struct visit *, struct p11 *, CK_SLOT_ID,
    struct till_error *);
static int visit_class(struct visit *, struct p11 *, CK_SLOT_ID, const char *,
    CK_FLAGS, CK_OBJECT_CLASS, struct till_error *);
static int choose(struct visit *, struct p11 *, const char *, CK_FLAGS,
    CK_SLOT_ID, struct p11_key *, struct till_error *);
static bool wanted(const struct signer_place *, const struct p11_key *);
static int show(struct visit *, struct p11 *, const char *, CK_FLAGS,
    CK_SLOT_ID, struct p11_key *, struct till_error *);
static void hexadecimal(const unsigned char *, size_t, char *);
static int chosen_one(const struct visit *, struct till_error *);
static void set_tries(struct signer *, CK_FLAGS);
static enum signer_end sign(struct signer *, const char *,
    const unsigned char *, struct signature *, struct till_error *);
static enum signer_end login(struct signer *, CK_USER_TYPE, const char *,
    struct till_error *);
static void look_again(struct signer *);
static enum signer_end sign_with(struct signer *, const char *,
    const unsigned char *, struct signature *, struct till_error *);
static int private_key(struct held *, CK_OBJECT_HANDLE *, struct till_error *);
static bool asks_always(struct held *, CK_OBJECT_HANDLE);
static void close_signer(struct signer *);

static const struct signer_way p11_way = {
	.sign = sign,
	.close = close_signer,
};

int
p11_open(const struct signer_place *place, struct signer *signer,
    struct till_error *err)
{
	struct visit visit = { .each = choose,
		.place = place,
		.signer = signer };
	struct held *held;

	held = calloc(1, sizeof(*held));
	if (held == NULL)
		return till_fail(err, "out of memory");
	signer->way = &p11_way;
	signer->self = held;
	if (p11_load(place->module, &held->p11, err) == -1 ||
	    visit_all(&visit, &held->p11, err) == -1 ||
	    chosen_one(&visit, err) == -1)
		return -1;
	set_tries(signer, held->flags);
	return p11_session(&held->p11, visit.slot, err);
}

int
p11_list(const struct signer_place *place, FILE *out, struct till_error *err)
{
	struct visit visit = { .each = show, .place = place, .out = out };
	struct p11 p11 = { .library = NULL };
	int r = -1;

	if (p11_load(place->module, &p11, err) == 0)
		r = visit_all(&visit, &p11, err);
	p11_unload(&p11);
	return r;
}

static int
visit_all(struct visit *visit, struct p11 *p11, struct till_error *err)
{
	CK_SLOT_ID slots[P11_TOKENS_MAX];
	size_t i, n;

	if (p11_slots(p11, slots, &n, err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (visit_token(visit, p11, slots[i], err) == -1)
			return -1;
	return 0;
}

/* Certificates first: of a certificate and a public key with one id the
 * certificate is taken. */
static int
visit_token(struct visit *visit, struct p11 *p11, CK_SLOT_ID slot,
    struct till_error *err)
{
	char label[P11_LABEL_MAX + 1];
	CK_FLAGS flags;
	int r;

	if (p11_token(p11, slot, label, &flags, err) == -1)
		return -1;
	if ((flags & CKF_TOKEN_INITIALIZED) == 0 ||
	    (visit->place->token != NULL &&
		strcmp(visit->place->token, label) != 0))
		return 0;
	if (p11_session(p11, slot, err) == -1)
		return -1;
	r = visit_class(visit, p11, slot, label, flags, CKO_CERTIFICATE, err);
	if (r == 0)
		r = visit_class(visit, p11, slot, label, flags, CKO_PUBLIC_KEY,
		    err);
	p11_end_session(p11);
	return r;
}

static int
visit_class(struct visit *visit, struct p11 *p11, CK_SLOT_ID slot,
    const char *token, CK_FLAGS flags, CK_OBJECT_CLASS class,
    struct till_error *err)
{
	CK_OBJECT_HANDLE found[P11_OBJECTS_MAX];
	struct p11_key *key;
	size_t i, n;
	int r = 0;

	if (p11_find(p11, class, NULL, 0, found, &n, err) == -1)
		return -1;
	key = malloc(sizeof(*key));
	if (key == NULL)
		return till_fail(err, "out of memory");
	for (i = 0; i < n && r == 0; i++) {
		if (p11_key_read(p11, class, found[i], key) == 0)
			r = visit->each(visit, p11, token, flags, slot, key,
			    err);
		pubkey_clear(&key->pub);
	}
	free(key);
	return r;
}

/* The first of those that are the same key. */
static int
choose(struct visit *visit, struct p11 *p11, const char *token, CK_FLAGS flags,
    CK_SLOT_ID slot, struct p11_key *key, struct till_error *err)
{
	struct signer *signer = visit->signer;
	struct held *held = signer->self;

	(void)p11;
	(void)err;
	if (!wanted(visit->place, key))
		return 0;
	if (visit->chosen > 0) {
		if (visit->slot != slot ||
		    strcmp(signer->pub.kid, key->pub.kid) != 0)
			visit->chosen++;
		return 0;
	}
	visit->chosen = 1;
	visit->slot = slot;
	held->id_len = key->id_len;
	memcpy(held->id, key->id, key->id_len);
	held->flags = flags;
	signer->pub = key->pub;
	key->pub = (struct pubkey){ .key = NULL };
	signer->certificate_len = key->certificate_len;
	memcpy(signer->certificate, key->certificate, key->certificate_len);
	(void)snprintf(signer->name, sizeof(signer->name), "%s, key %s", token,
	    key->label);
	return 0;
}

static bool
wanted(const struct signer_place *place, const struct p11_key *key)
{
	char id[2 * P11_ID_MAX + 1];

	hexadecimal(key->id, key->id_len, id);
	return (place->label == NULL ||
		   strcmp(place->label, key->label) == 0) &&
	    (place->id == NULL || strcmp(place->id, id) == 0);
}

static int
show(struct visit *visit, struct p11 *p11, const char *token, CK_FLAGS flags,
    CK_SLOT_ID slot, struct p11_key *key, struct till_error *err)
{
	char id[2 * P11_ID_MAX + 1], shown_token[SHOWN_MAX], label[SHOWN_MAX];

	(void)p11;
	(void)flags;
	(void)slot;
	(void)err;
	hexadecimal(key->id, key->id_len, id);
	(void)fprintf(visit->out, "token %s\tid %s\tlabel %s\t%s\t%s\tkey %s\n",
	    shown(token, "?", P11_LABEL_MAX, shown_token), id,
	    shown(key->label, "", P11_LABEL_MAX, label),
	    key->certificate_len > 0 ? "certificate" : "public key",
	    pubkey_alg_name(key->pub.alg), key->pub.kid);
	return 0;
}

static void
hexadecimal(const unsigned char *octets, size_t len, char *text)
{
	size_t i;

	for (i = 0; i < len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", octets[i]);
	text[2 * len] = '\0';
}

static int
chosen_one(const struct visit *visit, struct till_error *err)
{
	if (visit->chosen == 0)
		return till_fail(err,
		    "no such key is on any token (till-card list shows what "
		    "there is)");
	if (visit->chosen > 1)
		return till_fail(err,
		    "there is more than one key: choose by --token-label, "
		    "--label or --id");
	return 0;
}

/* PKCS #11 counts no tries, it only warns. */
static void
set_tries(struct signer *signer, CK_FLAGS flags)
{
	signer->tries = SIGNER_TRIES_UNKNOWN;
	if ((flags & CKF_USER_PIN_FINAL_TRY) != 0)
		signer->tries = 1;
	if ((flags & CKF_USER_PIN_LOCKED) != 0)
		signer->tries = 0;
}

static enum signer_end
sign(struct signer *signer, const char *pin, const unsigned char *hash,
    struct signature *signature, struct till_error *err)
{
	struct held *held = signer->self;
	enum signer_end end;

	end = login(signer, CKU_USER, pin, err);
	if (end != SIGNER_SIGNED) {
		look_again(signer);
		return end;
	}
	end = sign_with(signer, pin, hash, signature, err);
	(void)held->p11.f->C_Logout(held->p11.session);
	return end;
}

/* SIGNER_SIGNED: the PIN was right. */
static enum signer_end
login(struct signer *signer, CK_USER_TYPE user, const char *pin,
    struct till_error *err)
{
	struct held *held = signer->self;
	unsigned char copy[SIGNER_PIN_MAX];
	const size_t len = strnlen(pin, sizeof(copy) + 1);
	CK_RV rv;

	if (len > sizeof(copy)) {
		till_error_set(err,
		    "a PIN has at most %d octets; this one was not tried",
		    SIGNER_PIN_MAX);
		return SIGNER_FAILED;
	}
	memcpy(copy, pin, len);
	rv = held->p11.f->C_Login(held->p11.session, user, copy, len);
	OPENSSL_cleanse(copy, sizeof(copy));
	if (rv == CKR_OK)
		return SIGNER_SIGNED;
	if (rv == CKR_PIN_LOCKED) {
		till_error_set(err, "the token's PIN is blocked");
		return SIGNER_BLOCKED;
	}
	if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE ||
	    rv == CKR_PIN_INVALID) {
		till_error_set(err, "the PIN is wrong");
		return SIGNER_WRONG_PIN;
	}
	if (rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_DEVICE_REMOVED)
		till_error_set(err, "the card was removed");
	else
		till_error_set(err, "the token takes no PIN (0x%lx)", rv);
	return SIGNER_FAILED;
}

/* What the token says of tries now that one more has failed. */
static void
look_again(struct signer *signer)
{
	struct held *held = signer->self;
	CK_SESSION_INFO info;
	CK_TOKEN_INFO token;

	if (held->p11.f->C_GetSessionInfo(held->p11.session, &info) == CKR_OK &&
	    held->p11.f->C_GetTokenInfo(info.slotID, &token) == CKR_OK)
		set_tries(signer, token.flags);
}

static enum signer_end
sign_with(struct signer *signer, const char *pin, const unsigned char *hash,
    struct signature *signature, struct till_error *err)
{
	struct held *held = signer->self;
	CK_FUNCTION_LIST *f = held->p11.f;
	const bool ec = signer->pub.alg == PUBKEY_ES256;
	CK_MECHANISM how = { ec ? CKM_ECDSA : CKM_RSA_PKCS, NULL, 0 };
	unsigned char input[PUBKEY_INFO];
	CK_ULONG len = sizeof(signature->octets);
	CK_OBJECT_HANDLE key;
	enum signer_end end;
	CK_RV rv;

	if (private_key(held, &key, err) == -1)
		return SIGNER_FAILED;
	if (ec)
		memcpy(input, hash, PUBKEY_HASH);
	else
		pubkey_info(hash, input);
	rv = f->C_SignInit(held->p11.session, &how, key);
	if (rv == CKR_OK && asks_always(held, key)) {
		end = login(signer, CKU_CONTEXT_SPECIFIC, pin, err);
		if (end != SIGNER_SIGNED)
			return end;
	}
	if (rv == CKR_OK)
		rv = f->C_Sign(held->p11.session, input,
		    ec ? PUBKEY_HASH : PUBKEY_INFO, signature->octets, &len);
	if (rv != CKR_OK) {
		till_error_set(err, "the token does not sign (0x%lx)", rv);
		return SIGNER_FAILED;
	}
	signature->len = len;
	return SIGNER_SIGNED;
}

static int
private_key(struct held *held, CK_OBJECT_HANDLE *key_r, struct till_error *err)
{
	CK_OBJECT_HANDLE found[P11_OBJECTS_MAX];
	size_t n;

	if (p11_find(&held->p11, CKO_PRIVATE_KEY, held->id, held->id_len, found,
		&n, err) == -1)
		return -1;
	if (n != 1)
		return till_fail(err,
		    n == 0 ? "the token has no private key of this id"
			   : "the token has more than one private key of "
			     "this id");
	*key_r = found[0];
	return 0;
}

/* A key that wants the PIN before each signature. */
static bool
asks_always(struct held *held, CK_OBJECT_HANDLE key)
{
	CK_BBOOL always = CK_FALSE;
	size_t len;

	return p11_attribute(&held->p11, key, CKA_ALWAYS_AUTHENTICATE, &always,
		   sizeof(always), &len) == 0 &&
	    always == CK_TRUE;
}

static void
close_signer(struct signer *signer)
{
	struct held *held = signer->self;

	p11_unload(&held->p11);
	free(held);
}
