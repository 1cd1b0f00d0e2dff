/*
 * authenticator.c - authenticator data and attestation objects.
 */
#include <string.h>

#include "auth_smartcard/authenticator.h"
#include "sha256.h"

#define HEAD (SHA256_SIZE + 1 + 4) /* hash, flags, count */
#define AAGUID 16
#define ATTESTED (AAGUID + 2) /* up to the credential's id */
#define MEMBERS 3 /* of an attestation object */

static int head(const unsigned char *, size_t, struct authenticator_data *,
    struct till_error *);
static int end(const struct authenticator_data *, struct cbor *,
    struct till_error *);
static size_t member(struct cbor *);

int
authenticator_read(const unsigned char *data, size_t len,
    struct authenticator_data *data_r, struct till_error *err)
{
	struct cbor rest;

	if (head(data, len, data_r, err) == -1)
		return -1;
	if ((data_r->flags & FLAG_ATTESTED) != 0)
		return till_fail(err,
		    "the authenticator data has a key where none belongs");
	rest = cbor_of(data + HEAD, len - HEAD);
	return end(data_r, &rest, err);
}

int
authenticator_read_new(const unsigned char *data, size_t len,
    struct authenticator_data *data_r, struct key *key_r,
    struct till_error *err)
{
	const unsigned char *at;
	struct cbor rest;

	if (head(data, len, data_r, err) == -1)
		return -1;
	if ((data_r->flags & FLAG_ATTESTED) == 0 || len < HEAD + ATTESTED)
		return till_fail(err, "the authenticator data has no key");
	at = data + HEAD;
	data_r->id = at + ATTESTED;
	data_r->id_len = (size_t)at[AAGUID] << 8 | at[AAGUID + 1];
	if (data_r->id_len == 0 || data_r->id_len > PASSKEY_ID_MAX ||
	    data_r->id_len > len - HEAD - ATTESTED)
		return till_fail(err,
		    "the credential's id has not 1 to %d octets",
		    PASSKEY_ID_MAX);
	rest = cbor_of(data_r->id + data_r->id_len,
	    len - HEAD - ATTESTED - data_r->id_len);
	if (key_from_cose(&rest, key_r, err) == -1)
		return -1;
	if (end(data_r, &rest, err) == 0)
		return 0;
	key_clear(key_r);
	return -1;
}

int
attestation_read(const unsigned char *object, size_t len,
    const unsigned char **data_r, size_t *len_r, struct till_error *err)
{
	struct cbor cbor = cbor_of(object, len);
	unsigned int seen = 0;
	size_t i, which, text_len;

	*data_r = NULL;
	*len_r = 0;
	if (cbor_map(&cbor) != MEMBERS)
		return till_fail(err, "the attestation object is none");
	for (i = 0; i < MEMBERS; i++) {
		which = member(&cbor);
		if ((seen & 1U << which) != 0)
			cbor.failed = true;
		seen |= 1U << which;
		if (which == 0)
			(void)cbor_text(&cbor, &text_len);
		else if (which == 1)
			cbor_skip(&cbor);
		else
			*data_r = cbor_bytes(&cbor, len_r);
	}
	if (cbor.failed || cbor.left > 0 || *data_r == NULL)
		return till_fail(err, "the attestation object is none");
	return 0;
}

static int
head(const unsigned char *data, size_t len, struct authenticator_data *data_r,
    struct till_error *err)
{
	size_t i;

	memset(data_r, 0, sizeof(*data_r));
	if (len < HEAD)
		return till_fail(err, "the authenticator data is too short");
	data_r->rp_id_hash = data;
	data_r->flags = data[SHA256_SIZE];
	for (i = SHA256_SIZE + 1; i < HEAD; i++)
		data_r->count = data_r->count << 8 | data[i];
	/* 6.1.3: what cannot be backed up is not. */
	if ((data_r->flags & FLAG_BACKED_UP) != 0 &&
	    (data_r->flags & FLAG_BACKUP_ABLE) == 0)
		return till_fail(err,
		    "the authenticator data contradicts itself");
	return 0;
}

/* Extensions, whose content does not matter here; and nothing else. */
static int
end(const struct authenticator_data *data, struct cbor *rest,
    struct till_error *err)
{
	struct cbor map = *rest;

	if ((data->flags & FLAG_EXTENDED) != 0) {
		(void)cbor_map(&map); /* it must be one */
		rest->failed |= map.failed;
		cbor_skip(rest);
	}
	if (rest->failed || rest->left > 0)
		return till_fail(err,
		    "the authenticator data does not end where it should");
	return 0;
}

/* The name that comes: its number, or MEMBERS for none of ours. */
static size_t
member(struct cbor *cbor)
{
	static const char *const names[MEMBERS] = { "fmt", "attStmt",
		"authData" };
	const unsigned char *name;
	size_t len, i;

	name = cbor_text(cbor, &len);
	for (i = 0; i < MEMBERS; i++)
		if (name != NULL && len == strlen(names[i]) &&
		    memcmp(name, names[i], len) == 0)
			return i;
	cbor->failed = true;
	return MEMBERS;
}
