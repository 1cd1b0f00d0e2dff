/*
 * piv.c - commands to a PIV card, and its answers.
 */
#include <openssl/crypto.h>

#include <string.h>

#include "piv.h"

#define DATA_MAX 255 /* octets of data in one command */
#define ANSWER_MAX (SIGNER_CERTIFICATE_MAX + 64) /* of a whole answer */
#define PARTS_MAX 64 /* answers that make one */
#define RSA_2048 256 /* octets */
#define INPUT_MAX (RSA_2048 + 16)

#define INS_VERIFY 0x20
#define INS_GENERAL_AUTHENTICATE 0x87
#define INS_SELECT 0xa4
#define INS_GET_RESPONSE 0xc0
#define INS_GET_DATA 0xcb
#define CHAINED 0x10 /* class: more of this command follows */

#define SW_OK 0x9000
#define SW_BLOCKED 0x6983
#define SW_NOT_FOUND 0x6a82
#define SW_NO_REFERENCE 0x6a88
#define SW_MORE 0x6100 /* and how much */
#define SW_WRONG_LE 0x6c00 /* and the right one */
#define SW_TRIES 0x63c0 /* and how many are left */

struct command {
	unsigned char ins, p1, p2;
	const unsigned char *data;
	size_t len;
};

struct answer {
	unsigned int sw;
	size_t len;
	unsigned char octets[ANSWER_MAX];
};

/* A part of an answer. */
struct part {
	const unsigned char *at;
	size_t len;
};

static int send(const struct piv_line *, const struct command *,
    struct answer *, struct till_error *);
static int send_one(const struct piv_line *, const unsigned char *, size_t,
    bool has_le, struct answer *, struct till_error *);
static int talk(const struct piv_line *, unsigned char *, size_t, bool has_le,
    struct answer *, struct till_error *);
static int add(struct answer *, const unsigned char *, size_t,
    struct till_error *);
static unsigned char object_of(unsigned char);
static int take_certificate(const struct answer *, unsigned char *, size_t *,
    struct till_error *);
static int member(struct part, unsigned int, struct part *);
static size_t length(const unsigned char *, size_t, size_t *);
static enum signer_end pin_end(unsigned int, int *, struct till_error *);
static size_t dynamic(enum pubkey_alg, const unsigned char *, unsigned char *);
static void pad(const unsigned char *, unsigned char *);

int
piv_select(const struct piv_line *line, struct till_error *err)
{
	static const unsigned char aid[] = { 0xa0, 0x00, 0x00, 0x03, 0x08, 0x00,
		0x00, 0x10, 0x00 };
	const struct command command = { INS_SELECT, 0x04, 0x00, aid,
		sizeof(aid) };
	struct answer answer;

	if (send(line, &command, &answer, err) == -1)
		return -1;
	if (answer.sw != SW_OK)
		return till_fail(err, "the card is no PIV card (%04x)",
		    answer.sw);
	return 0;
}

int
piv_certificate(const struct piv_line *line, unsigned char slot,
    unsigned char der_r[SIGNER_CERTIFICATE_MAX], size_t *len_r,
    struct till_error *err)
{
	const unsigned char tag[] = { 0x5c, 0x03, 0x5f, 0xc1, object_of(slot) };
	const struct command command = { INS_GET_DATA, 0x3f, 0xff, tag,
		sizeof(tag) };
	struct answer answer;

	if (send(line, &command, &answer, err) == -1)
		return -1;
	if (answer.sw == SW_NOT_FOUND || answer.sw == SW_NO_REFERENCE)
		return till_fail(err, "the card has no certificate in slot %x",
		    slot);
	if (answer.sw != SW_OK)
		return till_fail(err,
		    "the card does not show its certificate (%04x)", answer.sw);
	return take_certificate(&answer, der_r, len_r, err);
}

int
piv_tries(const struct piv_line *line, int *tries_r, struct till_error *err)
{
	const struct command command = { INS_VERIFY, 0x00, 0x80, NULL, 0 };
	struct answer answer;

	if (send(line, &command, &answer, err) == -1)
		return -1;
	*tries_r = SIGNER_TRIES_UNKNOWN;
	if ((answer.sw & 0xfff0) == SW_TRIES)
		*tries_r = (int)(answer.sw & 0x0f);
	if (answer.sw == SW_BLOCKED)
		*tries_r = 0;
	return 0;
}

bool
piv_pin_ok(const char *pin)
{
	const size_t len = strlen(pin);

	return len >= PIV_PIN_MIN && len <= PIV_PIN_MAX;
}

enum signer_end
piv_verify(const struct piv_line *line, const char *pin, int *tries_r,
    struct till_error *err)
{
	unsigned char padded[PIV_PIN_MAX];
	const struct command command = { INS_VERIFY, 0x00, 0x80, padded,
		sizeof(padded) };
	struct answer answer;
	int r;

	if (!piv_pin_ok(pin)) {
		till_error_set(err,
		    "a PIN has %d to %d characters; this one was not tried",
		    PIV_PIN_MIN, PIV_PIN_MAX);
		return SIGNER_FAILED;
	}
	memset(padded, 0xff, sizeof(padded));
	memcpy(padded, pin, strnlen(pin, sizeof(padded)));
	r = send(line, &command, &answer, err);
	OPENSSL_cleanse(padded, sizeof(padded));
	return r == -1 ? SIGNER_FAILED : pin_end(answer.sw, tries_r, err);
}

int
piv_sign(const struct piv_line *line, unsigned char slot, enum pubkey_alg alg,
    const unsigned char hash[PUBKEY_HASH], struct signature *signature,
    struct till_error *err)
{
	unsigned char input[INPUT_MAX];
	const struct command command = { INS_GENERAL_AUTHENTICATE,
		alg == PUBKEY_ES256 ? 0x11 : 0x07, slot, input,
		dynamic(alg, hash, input) };
	struct answer answer;
	struct part all, outer, inner;

	if (send(line, &command, &answer, err) == -1)
		return -1;
	all = (struct part){ answer.octets, answer.len };
	if (answer.sw != SW_OK || member(all, 0x7c, &outer) == -1 ||
	    member(outer, 0x82, &inner) == -1)
		return till_fail(err, "the card does not sign (%04x)",
		    answer.sw);
	if (alg == PUBKEY_ES256) {
		signature->len = PUBKEY_RAW;
		return pubkey_raw(inner.at, inner.len, signature->octets, err);
	}
	if (inner.len != RSA_2048)
		return till_fail(err, "the card gave no signature");
	memcpy(signature->octets, inner.at, inner.len);
	signature->len = inner.len;
	return 0;
}

/* A command, in as many parts as it needs, and its whole answer. */
static int
send(const struct piv_line *line, const struct command *command,
    struct answer *answer, struct till_error *err)
{
	unsigned char octets[PIV_COMMAND_MAX];
	size_t sent = 0, len, n;
	bool has_le;
	int r = 0;

	answer->len = 0;
	do {
		len = command->len - sent;
		if (len > DATA_MAX)
			len = DATA_MAX;
		octets[0] = sent + len < command->len ? CHAINED : 0;
		octets[1] = command->ins;
		octets[2] = command->p1;
		octets[3] = command->p2;
		octets[4] = (unsigned char)len;
		n = 4;
		if (len > 0) {
			memcpy(octets + 5, command->data + sent, len);
			n = 5 + len;
		}
		sent += len;
		has_le = sent == command->len && command->ins != INS_VERIFY;
		if (has_le)
			octets[n++] = 0; /* as much as there is */
		r = send_one(line, octets, n, has_le, answer, err);
		OPENSSL_cleanse(octets, sizeof(octets));
	} while (r == 0 && sent < command->len && answer->sw == SW_OK);
	return r;
}

/* One command, which may be a PIN's, with its whole answer. */
static int
send_one(const struct piv_line *line, const unsigned char *command, size_t len,
    bool has_le, struct answer *answer, struct till_error *err)
{
	unsigned char again[PIV_COMMAND_MAX];
	int r;

	if (len > sizeof(again))
		return till_fail(err, "the command is too long");
	memcpy(again, command, len);
	r = talk(line, again, len, has_le, answer, err);
	OPENSSL_cleanse(again, sizeof(again));
	return r;
}

/* What the card has more of is fetched; the command is overwritten.  Only
 * where its last octet is an Le can the card want another one. */
static int
talk(const struct piv_line *line, unsigned char *again, size_t len, bool has_le,
    struct answer *answer, struct till_error *err)
{
	unsigned char reply[PIV_REPLY_MAX];
	size_t n, parts;

	for (parts = 0; parts < PARTS_MAX; parts++) {
		if (line->transmit(line->arg, again, len, reply, &n, err) == -1)
			return -1;
		if (n < 2 || n > sizeof(reply))
			return till_fail(err, "the card gave no answer");
		answer->sw = (unsigned int)reply[n - 2] << 8 | reply[n - 1];
		if ((answer->sw & 0xff00) == SW_WRONG_LE && has_le) {
			again[len - 1] = reply[n - 1];
			continue;
		}
		if (add(answer, reply, n - 2, err) == -1)
			return -1;
		if ((answer->sw & 0xff00) != SW_MORE)
			return 0;
		memset(again, 0, PIV_COMMAND_MAX);
		again[1] = INS_GET_RESPONSE;
		again[4] = reply[n - 1];
		len = 5;
		has_le = true;
	}
	return till_fail(err, "the card's answer has no end");
}

static int
add(struct answer *answer, const unsigned char *octets, size_t len,
    struct till_error *err)
{
	if (len > sizeof(answer->octets) - answer->len)
		return till_fail(err, "the card's answer is too long");
	memcpy(answer->octets + answer->len, octets, len);
	answer->len += len;
	return 0;
}

/* The last octet of the data object with a slot's certificate (table 2
 * of part 1). */
static unsigned char
object_of(unsigned char slot)
{
	switch (slot) {
	case 0x9c:
		return 0x0a;
	case 0x9d:
		return 0x0b;
	case 0x9e:
		return 0x01;
	}
	return 0x05;
}

/* 53: 70 certificate, 71 whether it is compressed, FE. */
static int
take_certificate(const struct answer *answer, unsigned char *der, size_t *len_r,
    struct till_error *err)
{
	struct part all = { answer->octets, answer->len };
	struct part object, certificate, info;

	if (member(all, 0x53, &object) == -1 ||
	    member(object, 0x70, &certificate) == -1)
		return till_fail(err, "the card's certificate is damaged");
	if (member(object, 0x71, &info) == 0 && info.len > 0 &&
	    (info.at[0] & 0x01) != 0)
		return till_fail(err,
		    "the card's certificate is compressed, which is not read "
		    "here");
	if (certificate.len == 0 || certificate.len > SIGNER_CERTIFICATE_MAX)
		return till_fail(err,
		    "the card's certificate has more than %d octets",
		    SIGNER_CERTIFICATE_MAX);
	memcpy(der, certificate.at, certificate.len);
	*len_r = certificate.len;
	return 0;
}

/* The first member with this tag of one octet; -1 if there is none. */
static int
member(struct part of, unsigned int tag, struct part *part_r)
{
	size_t at = 0, head, len;

	while (at + 2 <= of.len) {
		head = length(of.at + at + 1, of.len - at - 1, &len);
		if (head == 0 || len > of.len - at - 1 - head)
			return -1;
		if (of.at[at] == tag) {
			*part_r = (struct part){ of.at + at + 1 + head, len };
			return 0;
		}
		at += 1 + head + len;
	}
	return -1;
}

/* A BER length of up to two octets more; how many it takes, 0 if none. */
static size_t
length(const unsigned char *at, size_t left, size_t *len_r)
{
	if (left >= 1 && at[0] < 0x80) {
		*len_r = at[0];
		return 1;
	}
	if (left >= 2 && at[0] == 0x81) {
		*len_r = at[1];
		return 2;
	}
	if (left >= 3 && at[0] == 0x82) {
		*len_r = (size_t)at[1] << 8 | at[2];
		return 3;
	}
	return 0;
}

static enum signer_end
pin_end(unsigned int sw, int *tries_r, struct till_error *err)
{
	if (sw == SW_OK) {
		/* All of them again; how many that are, it does not say. */
		*tries_r = SIGNER_TRIES_UNKNOWN;
		return SIGNER_SIGNED;
	}
	if (sw == SW_BLOCKED || sw == SW_TRIES) {
		*tries_r = 0;
		till_error_set(err, "the card's PIN is blocked");
		return SIGNER_BLOCKED;
	}
	if ((sw & 0xfff0) == SW_TRIES) {
		*tries_r = (int)(sw & 0x0f);
		till_error_set(err, "the PIN is wrong");
		return SIGNER_WRONG_PIN;
	}
	till_error_set(err, "the card does not take the PIN (%04x)", sw);
	return SIGNER_FAILED;
}

/* 7C: an empty 82, which asks for the answer, and 81, what is signed. */
static size_t
dynamic(enum pubkey_alg alg, const unsigned char *hash, unsigned char *input)
{
	static const unsigned char ec[] = { 0x7c, PUBKEY_HASH + 4, 0x82, 0x00,
		0x81, PUBKEY_HASH };
	static const unsigned char rsa[] = { 0x7c, 0x82, 0x01, 0x06, 0x82, 0x00,
		0x81, 0x82, 0x01, 0x00 };

	if (alg == PUBKEY_ES256) {
		memcpy(input, ec, sizeof(ec));
		memcpy(input + sizeof(ec), hash, PUBKEY_HASH);
		return sizeof(ec) + PUBKEY_HASH;
	}
	memcpy(input, rsa, sizeof(rsa));
	pad(hash, input + sizeof(rsa));
	return sizeof(rsa) + RSA_2048;
}

/* EMSA-PKCS1-v1_5 (RFC 8017, section 9.2): a card does RSA and no more. */
static void
pad(const unsigned char *hash, unsigned char *block)
{
	const size_t fill = RSA_2048 - PUBKEY_INFO - 3;

	block[0] = 0x00;
	block[1] = 0x01;
	memset(block + 2, 0xff, fill);
	block[2 + fill] = 0x00;
	pubkey_info(hash, block + 3 + fill);
}
