/*
 * pcsc.c - a PIV card in a reader, by PC/SC.
 *
 * The card is shared with other programs, but each talk with it is one
 * transaction, so that nobody else is heard between the PIN and the
 * signature, nor uses what the PIN has opened: the card is reset behind
 * it.  No transaction lasts while a person is asked.
 */
#include <winscard.h>

#include <stdlib.h>
#include <string.h>

#include "piv.h"
#include "shown.h"

#define READERS_MAX 4096 /* octets of all names */

static const unsigned char slots[] = { 0x9a, 0x9c, 0x9d, 0x9e };

struct reader {
	SCARDCONTEXT context;
	bool has_context;
	SCARDHANDLE card;
	bool has_card;
	DWORD protocol;
	unsigned char slot;
};

static int start(struct reader *, char *names, struct till_error *);
static const char *pick(struct reader *, const char *names, const char *part,
    struct till_error *);
static int join(struct reader *, const char *name, struct till_error *);
static int begin(struct reader *, struct till_error *);
static void end(struct reader *, DWORD);
static void unjoin(struct reader *);
static void leave(struct reader *);
static int transmit(void *, const unsigned char *, size_t, unsigned char *,
    size_t *, struct till_error *);
static int learn(struct reader *, struct signer *, struct till_error *);
static int show_card(struct reader *, const char *name, FILE *,
    struct till_error *);
static void show_slot(const struct piv_line *, const char *, unsigned char,
    FILE *);
static enum signer_end sign(struct signer *, const char *,
    const unsigned char *, struct signature *, struct till_error *);
static enum signer_end sign_within(struct signer *, const char *,
    const unsigned char *, struct signature *, struct till_error *);
static int same_card(struct reader *, const struct signer *,
    struct till_error *);
static void close_signer(struct signer *);
static int failed(LONG, struct till_error *);

static const struct signer_way pcsc_way = {
	.sign = sign,
	.close = close_signer,
};

int
pcsc_open(const struct signer_place *place, struct signer *signer,
    struct till_error *err)
{
	char names[READERS_MAX];
	struct reader *reader;
	const char *name;
	int r;

	reader = calloc(1, sizeof(*reader));
	if (reader == NULL)
		return till_fail(err, "out of memory");
	signer->way = &pcsc_way;
	signer->self = reader;
	reader->slot = place->slot;
	if (start(reader, names, err) == -1)
		return -1;
	name = pick(reader, names, place->reader, err);
	if (name == NULL || join(reader, name, err) == -1 ||
	    begin(reader, err) == -1)
		return -1;
	(void)snprintf(signer->name, sizeof(signer->name), "%.160s, slot %x",
	    name, place->slot);
	r = learn(reader, signer, err);
	end(reader, SCARD_LEAVE_CARD);
	return r;
}

int
pcsc_list(const struct signer_place *place, FILE *out, struct till_error *err)
{
	struct reader reader = { .has_context = false };
	char names[READERS_MAX];
	const char *name;
	int r;

	r = start(&reader, names, err);
	for (name = names; r == 0 && *name != '\0'; name += strlen(name) + 1)
		if (place->reader == NULL ||
		    strstr(name, place->reader) != NULL)
			(void)show_card(&reader, name, out, err);
	leave(&reader);
	return r;
}

/* The readers' names, one behind the other, then an empty one. */
static int
start(struct reader *reader, char *names, struct till_error *err)
{
	DWORD len = READERS_MAX;
	LONG rv;

	rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL,
	    &reader->context);
	if (rv != SCARD_S_SUCCESS)
		return failed(rv, err);
	reader->has_context = true;
	rv = SCardListReaders(reader->context, NULL, names, &len);
	return rv == SCARD_S_SUCCESS ? 0 : failed(rv, err);
}

/* The only reader that has a card, among those with this in their names. */
static const char *
pick(struct reader *reader, const char *names, const char *part,
    struct till_error *err)
{
	SCARD_READERSTATE state = { .szReader = NULL };
	const char *name, *found = NULL;
	size_t readers = 0, cards = 0;

	for (name = names; *name != '\0'; name += strlen(name) + 1) {
		if (part != NULL && strstr(name, part) == NULL)
			continue;
		readers++;
		state.szReader = name;
		state.dwCurrentState = SCARD_STATE_UNAWARE;
		if (SCardGetStatusChange(reader->context, 0, &state, 1) !=
			SCARD_S_SUCCESS ||
		    (state.dwEventState & SCARD_STATE_PRESENT) == 0)
			continue;
		found = name;
		cards++;
	}
	if (cards == 1)
		return found;
	if (cards > 1)
		till_error_set(err,
		    "there are cards in %zu readers: choose by --reader",
		    cards);
	else
		till_error_set(err,
		    readers == 0 ? "there is no such card reader"
				 : "there is no card in the reader");
	return NULL;
}

static int
join(struct reader *reader, const char *name, struct till_error *err)
{
	LONG rv;

	rv = SCardConnect(reader->context, name, SCARD_SHARE_SHARED,
	    SCARD_PROTOCOL_T1, &reader->card, &reader->protocol);
	if (rv != SCARD_S_SUCCESS)
		return failed(rv, err);
	reader->has_card = true;
	return 0;
}

/* Somebody else's reset of the card is none of ours: join it again. */
static int
begin(struct reader *reader, struct till_error *err)
{
	LONG rv;

	rv = SCardBeginTransaction(reader->card);
	if (rv == SCARD_W_RESET_CARD) {
		rv = SCardReconnect(reader->card, SCARD_SHARE_SHARED,
		    SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD, &reader->protocol);
		if (rv == SCARD_S_SUCCESS)
			rv = SCardBeginTransaction(reader->card);
	}
	return rv == SCARD_S_SUCCESS ? 0 : failed(rv, err);
}

static void
end(struct reader *reader, DWORD what)
{
	(void)SCardEndTransaction(reader->card, what);
}

static void
unjoin(struct reader *reader)
{
	if (reader->has_card)
		(void)SCardDisconnect(reader->card, SCARD_LEAVE_CARD);
	reader->has_card = false;
}

static void
leave(struct reader *reader)
{
	unjoin(reader);
	if (reader->has_context)
		(void)SCardReleaseContext(reader->context);
	reader->has_context = false;
}

static int
transmit(void *arg, const unsigned char *command, size_t len,
    unsigned char *reply, size_t *len_r, struct till_error *err)
{
	struct reader *reader = arg;
	DWORD n = PIV_REPLY_MAX;
	LONG rv;

	rv = SCardTransmit(reader->card, SCARD_PCI_T1, command, len, NULL,
	    reply, &n);
	if (rv != SCARD_S_SUCCESS)
		return failed(rv, err);
	*len_r = n;
	return 0;
}

static int
learn(struct reader *reader, struct signer *signer, struct till_error *err)
{
	const struct piv_line line = { transmit, reader };

	if (piv_select(&line, err) == -1 ||
	    piv_certificate(&line, reader->slot, signer->certificate,
		&signer->certificate_len, err) == -1 ||
	    pubkey_from_certificate(signer->certificate,
		signer->certificate_len, &signer->pub, err) == -1)
		return -1;
	if (signer->pub.alg == PUBKEY_RS256 &&
	    signer->pub.size != PUBKEY_RSA_MIN)
		return till_fail(err,
		    "the card's RSA key has not 2048 bits, as PIV wants");
	return piv_tries(&line, &signer->tries, err);
}

static int
show_card(struct reader *reader, const char *name, FILE *out,
    struct till_error *err)
{
	const struct piv_line line = { transmit, reader };
	size_t i;

	if (join(reader, name, err) == -1 || begin(reader, err) == -1) {
		(void)fprintf(out, "reader %s\t%s\n", name, err->text);
		unjoin(reader);
		return -1;
	}
	if (piv_select(&line, err) == -1)
		(void)fprintf(out, "reader %s\t%s\n", name, err->text);
	else
		for (i = 0; i < sizeof(slots); i++)
			show_slot(&line, name, slots[i], out);
	end(reader, SCARD_LEAVE_CARD);
	unjoin(reader);
	return 0;
}

static void
show_slot(const struct piv_line *line, const char *name, unsigned char slot,
    FILE *out)
{
	unsigned char der[SIGNER_CERTIFICATE_MAX];
	char subject[PUBKEY_SUBJECT_MAX], buf[SHOWN_MAX];
	struct till_error err;
	struct pubkey pub;
	size_t len;

	if (piv_certificate(line, slot, der, &len, &err) == -1 ||
	    pubkey_from_certificate(der, len, &pub, &err) == -1)
		return;
	pubkey_subject(der, len, subject);
	(void)fprintf(out, "reader %s\tslot %x\t%s\tkey %s\t%s\n", name, slot,
	    pubkey_alg_name(pub.alg), pub.kid,
	    shown(subject, "", SHOWN_MAX - 1, buf));
	pubkey_clear(&pub);
}

static enum signer_end
sign(struct signer *signer, const char *pin, const unsigned char *hash,
    struct signature *signature, struct till_error *err)
{
	struct reader *reader = signer->self;
	enum signer_end how;

	if (begin(reader, err) == -1)
		return SIGNER_FAILED;
	how = sign_within(signer, pin, hash, signature, err);
	end(reader, SCARD_RESET_CARD);
	return how;
}

static enum signer_end
sign_within(struct signer *signer, const char *pin, const unsigned char *hash,
    struct signature *signature, struct till_error *err)
{
	struct reader *reader = signer->self;
	const struct piv_line line = { transmit, reader };
	enum signer_end how;

	if (piv_select(&line, err) == -1 ||
	    same_card(reader, signer, err) == -1)
		return SIGNER_FAILED;
	how = piv_verify(&line, pin, &signer->tries, err);
	if (how != SIGNER_SIGNED)
		return how;
	return piv_sign(&line, reader->slot, signer->pub.alg, hash, signature,
		   err) == -1
	    ? SIGNER_FAILED
	    : SIGNER_SIGNED;
}

/* A PIN is for the card that was shown, not for one put in since. */
static int
same_card(struct reader *reader, const struct signer *signer,
    struct till_error *err)
{
	const struct piv_line line = { transmit, reader };
	unsigned char der[SIGNER_CERTIFICATE_MAX];
	size_t len;

	if (piv_certificate(&line, reader->slot, der, &len, err) == -1)
		return -1;
	if (len != signer->certificate_len ||
	    memcmp(der, signer->certificate, len) != 0)
		return till_fail(err, "this is another card than before");
	return 0;
}

static void
close_signer(struct signer *signer)
{
	struct reader *reader = signer->self;

	leave(reader);
	free(reader);
}

static int
failed(LONG rv, struct till_error *err)
{
	switch (rv) {
	case SCARD_W_REMOVED_CARD:
	case SCARD_E_NO_SMARTCARD:
		return till_fail(err, "there is no card in the reader");
	case SCARD_E_PROTO_MISMATCH:
		return till_fail(err, "the card does not speak T=1");
	case SCARD_E_NO_SERVICE:
		return till_fail(err,
		    "the service for card readers, pcscd, does not run");
	case SCARD_E_NO_READERS_AVAILABLE:
		return till_fail(err, "there is no card reader");
	}
	return till_fail(err, "the card reader: %.200s",
	    pcsc_stringify_error(rv));
}
