/*
 * piv_card.c - a PIV card in software, in the virtual reader of pcscd that
 * vsmartcard-vpcd is.
 *
 *	piv_card FOLDER PIN
 *
 * FOLDER has NN.key and NN.crt, both in PEM, for each slot NN (9a, 9c, 9d, 9e)
 * that is in use.  The port is printed that the reader is to connect to.  The
 * reader has a second slot, behind the next port, with a card that is no PIV
 * card.  Each command to the first is a line on standard error: instruction,
 * octets of data, status.
 *
 * The reader's protocol: two octets of length, the most significant first, then
 * a command for the card; one octet is for the reader itself.  The card answers
 * as NIST SP 800-73-4 says, part 2, in short commands (ISO 7816-4): its answers
 * come in parts of 256 octets, and what has more than 255 is sent in a chain.
 * The private keys need the PIN, and the one of slot 9c for each signature;
 *that of slot 9e needs none.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#define READERS 2
#define SLOTS 4
#define OBJECT_MAX 4096 /* octets of a certificate */
#define ANSWER_MAX (OBJECT_MAX + 64)
#define PART 256 /* octets of an answer at once */
#define CHAIN_MAX 1024 /* octets of a command's data */
#define MESSAGE_MAX 65535
#define TRIES 3
#define PIN_SIZE 8
#define PORT_TRIES 64 /* for two ports, one behind the other */

#define READER_ATR 4 /* others: power off, on, reset */

enum status {
	OK = 0x9000,
	MORE = 0x6100,
	NOT_VERIFIED = 0x6982,
	BLOCKED = 0x6983,
	NOT_NOW = 0x6985,
	WRONG_LENGTH = 0x6700,
	WRONG_PIN = 0x63c0,
	WRONG_DATA = 0x6a80,
	NOT_FOUND = 0x6a82,
	NO_REFERENCE = 0x6a88,
	NO_INSTRUCTION = 0x6d00
};

struct slot {
	EVP_PKEY *key;
	unsigned char der[OBJECT_MAX];
	size_t der_len;
};

struct card {
	struct slot slots[SLOTS];
	const char *pin;
	unsigned int tries;
	bool selected, verified, fresh; /* fresh: nothing came behind the PIN */
	unsigned char chain[CHAIN_MAX];
	size_t chain_len;
	unsigned char answer[ANSWER_MAX];
	size_t answer_len, answer_at;
};

static const unsigned char slot_ids[SLOTS] = { 0x9a, 0x9c, 0x9d, 0x9e };
/* The last octet of the object with a slot's certificate. */
static const unsigned char slot_objects[SLOTS] = { 0x05, 0x0a, 0x0b, 0x01 };

static void load(struct slot *, const char *, unsigned int);
static int listen_twice(int[READERS], uint16_t *);
static int listen_on(uint16_t, uint16_t *);
static void serve(struct card[READERS], const int[READERS]);
static void attend(struct card *, const struct pollfd *, struct pollfd *);
static int talk(struct card *, int);
static size_t reader_command(struct card *, unsigned char, unsigned char *);
static void power(struct card *);
static size_t command(struct card *, const unsigned char *, size_t,
    unsigned char *);
static enum status run(struct card *, const unsigned char *);
static enum status select_application(struct card *);
static enum status get_data(struct card *);
static enum status verify(struct card *, const unsigned char *);
static enum status authenticate(struct card *, const unsigned char *);
static enum status sign(struct card *, EVP_PKEY *, const unsigned char *,
    size_t);
static size_t put(unsigned char *, unsigned char, const unsigned char *,
    size_t);
static const unsigned char *find(const unsigned char *, size_t, unsigned char,
    size_t *);
static size_t reply(struct card *, enum status, size_t, unsigned char *);

int
main(int argc, char **argv)
{
	static struct card cards[READERS];
	uint16_t port;
	int fds[READERS];
	size_t i;

	if (argc != 3 || strlen(argv[2]) > PIN_SIZE) {
		fputs("usage: piv_card FOLDER PIN\n", stderr);
		return 2;
	}
	for (i = 0; i < SLOTS; i++)
		load(&cards[0].slots[i], argv[1], slot_ids[i]);
	cards[0].pin = argv[2];
	cards[0].tries = TRIES;
	if (listen_twice(fds, &port) == -1)
		return 1;
	printf("%u\n", (unsigned int)port);
	(void)fflush(stdout);
	serve(cards, fds);
	return 0;
}

/* A slot without files stays empty. */
static void
load(struct slot *slot, const char *folder, unsigned int id)
{
	unsigned char *at = slot->der;
	X509 *certificate = NULL;
	char path[1024];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%02x.key", folder, id);
	file = fopen(path, "r");
	if (file == NULL)
		return;
	slot->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	(void)fclose(file);
	(void)snprintf(path, sizeof(path), "%s/%02x.crt", folder, id);
	file = fopen(path, "r");
	if (file != NULL) {
		certificate = PEM_read_X509(file, NULL, NULL, NULL);
		(void)fclose(file);
	}
	if (slot->key == NULL || certificate == NULL ||
	    i2d_X509(certificate, NULL) > OBJECT_MAX) {
		fprintf(stderr, "piv_card: %s: no key and certificate\n", path);
		exit(1);
	}
	slot->der_len = (size_t)i2d_X509(certificate, &at);
	X509_free(certificate);
}

static int
listen_twice(int fds[READERS], uint16_t *port_r)
{
	uint16_t next;
	int i;

	for (i = 0; i < PORT_TRIES; i++) {
		fds[0] = listen_on(0, port_r);
		if (fds[0] == -1)
			return -1;
		next = (uint16_t)(*port_r + 1);
		fds[1] = next == 0 ? -1 : listen_on(next, &next);
		if (fds[1] != -1)
			return 0;
		(void)close(fds[0]);
	}
	return -1;
}

static int
listen_on(uint16_t port, uint16_t *port_r)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, len) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) == -1) {
		(void)close(fd);
		return -1;
	}
	*port_r = ntohs(address.sin_port);
	return fd;
}

/* Until it is killed. */
static void
serve(struct card cards[READERS], const int fds[READERS])
{
	struct pollfd polls[2 * READERS] = { { fds[0], POLLIN, 0 },
		{ fds[1], POLLIN, 0 }, { -1, POLLIN, 0 }, { -1, POLLIN, 0 } };
	size_t i;

	while (poll(polls, 2 * READERS, -1) != -1 || errno == EINTR)
		for (i = 0; i < READERS; i++)
			attend(&cards[i], &polls[i], &polls[READERS + i]);
}

static void
attend(struct card *card, const struct pollfd *listener, struct pollfd *reader)
{
	if (reader->fd == -1 && listener->revents != 0) {
		reader->fd = accept(listener->fd, NULL, NULL);
		power(card);
	} else if (reader->fd != -1 && reader->revents != 0 &&
	    talk(card, reader->fd) == -1) {
		(void)close(reader->fd);
		reader->fd = -1;
	}
}

/* One message of the reader's, and its answer. */
static int
talk(struct card *card, int fd)
{
	static unsigned char message[MESSAGE_MAX], answer[2 + PART + 2];
	unsigned char head[2];
	size_t len;

	if (recv(fd, head, sizeof(head), MSG_WAITALL) != sizeof(head))
		return -1;
	len = (size_t)head[0] << 8 | head[1];
	if (len == 0 || recv(fd, message, len, MSG_WAITALL) != (ssize_t)len)
		return -1;
	len = len == 1 ? reader_command(card, message[0], answer + 2)
		       : command(card, message, len, answer + 2);
	if (len == 0)
		return 0;
	answer[0] = (unsigned char)(len >> 8);
	answer[1] = (unsigned char)len;
	len += 2;
	return send(fd, answer, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

static size_t
reader_command(struct card *card, unsigned char what, unsigned char *answer)
{
	/* T=1, no historical octets. */
	static const unsigned char atr[] = { 0x3b, 0x80, 0x80, 0x01, 0x01 };

	if (what == READER_ATR) {
		memcpy(answer, atr, sizeof(atr));
		return sizeof(atr);
	}
	power(card);
	return 0;
}

/* What a card forgets without power; not how often the PIN was wrong. */
static void
power(struct card *card)
{
	card->selected = card->verified = card->fresh = false;
	card->chain_len = 0;
	card->answer_len = card->answer_at = 0;
}

static size_t
command(struct card *card, const unsigned char *octets, size_t len,
    unsigned char *answer)
{
	const bool has_data = len > 5;
	const size_t data = has_data ? octets[4] : 0;
	size_t le = PART;
	enum status status;

	if (len < 4 || (has_data && (len < 5 + data || len > 6 + data)) ||
	    data > CHAIN_MAX - card->chain_len)
		return reply(card, WRONG_LENGTH, 0, answer);
	memcpy(card->chain + card->chain_len, octets + 5, data);
	card->chain_len += data;
	if ((octets[0] & 0x10) != 0)
		return reply(card, OK, 0, answer);
	if (len == 5 || (has_data && len == 6 + data))
		le = octets[len - 1] == 0 ? PART : octets[len - 1];
	if (octets[1] == 0xc0) {
		status = card->answer_at < card->answer_len ? OK : NOT_NOW;
	} else {
		card->answer_len = card->answer_at = 0;
		status = run(card, octets);
	}
	if (card->pin != NULL)
		fprintf(stderr, "%02x %zu %04x\n", octets[1], card->chain_len,
		    (unsigned int)status);
	card->chain_len = 0;
	return reply(card, status, le, answer);
}

static enum status
run(struct card *card, const unsigned char *head)
{
	enum status status;

	if (head[1] == 0xa4)
		return head[2] == 0x04 ? select_application(card) : NOT_FOUND;
	if (!card->selected)
		return NO_INSTRUCTION;
	if (head[1] == 0x20)
		return verify(card, head);
	status = NO_INSTRUCTION;
	if (head[1] == 0xcb)
		status = get_data(card);
	else if (head[1] == 0x87)
		status = authenticate(card, head);
	card->fresh = false;
	return status;
}

static enum status
select_application(struct card *card)
{
	static const unsigned char aid[] = { 0xa0, 0x00, 0x00, 0x03, 0x08 };
	/* The application's property template, with what it must have. */
	static const unsigned char about[] = { 0x61, 0x11, 0x4f, 0x06, 0x00,
		0x00, 0x10, 0x00, 0x01, 0x00, 0x79, 0x07, 0x4f, 0x05, 0xa0,
		0x00, 0x00, 0x03, 0x08 };

	if (card->pin == NULL || card->chain_len < sizeof(aid) ||
	    memcmp(card->chain, aid, sizeof(aid)) != 0)
		return NOT_FOUND;
	card->selected = true;
	card->verified = card->fresh = false;
	memcpy(card->answer, about, sizeof(about));
	card->answer_len = sizeof(about);
	return OK;
}

/* 53: 70 certificate, 71 not compressed, FE. */
static enum status
get_data(struct card *card)
{
	static const unsigned char tag[] = { 0x5c, 0x03, 0x5f, 0xc1 };
	static const unsigned char end[] = { 0x71, 0x01, 0x00, 0xfe, 0x00 };
	unsigned char inner[ANSWER_MAX];
	const struct slot *slot;
	size_t i, len;

	if (card->chain_len != sizeof(tag) + 1 ||
	    memcmp(card->chain, tag, sizeof(tag)) != 0)
		return NOT_FOUND;
	for (i = 0; i < SLOTS; i++)
		if (slot_objects[i] == card->chain[sizeof(tag)])
			break;
	if (i == SLOTS || card->slots[i].key == NULL)
		return NOT_FOUND;
	slot = &card->slots[i];
	len = put(inner, 0x70, slot->der, slot->der_len);
	memcpy(inner + len, end, sizeof(end));
	card->answer_len = put(card->answer, 0x53, inner, len + sizeof(end));
	return OK;
}

static enum status
verify(struct card *card, const unsigned char *head)
{
	unsigned char right[PIN_SIZE];

	if (head[2] != 0x00 || head[3] != 0x80)
		return NO_REFERENCE;
	if (card->tries == 0)
		return BLOCKED;
	if (card->chain_len == 0)
		return card->verified ? OK : WRONG_PIN | card->tries;
	if (card->chain_len != PIN_SIZE)
		return WRONG_DATA;
	memset(right, 0xff, sizeof(right));
	memcpy(right, card->pin, strlen(card->pin));
	card->verified = card->fresh =
	    memcmp(right, card->chain, PIN_SIZE) == 0;
	card->tries = card->verified ? TRIES : card->tries - 1;
	if (card->verified)
		return OK;
	return card->tries == 0 ? BLOCKED : WRONG_PIN | card->tries;
}

static enum status
authenticate(struct card *card, const unsigned char *head)
{
	const unsigned char *outer, *input;
	size_t i, outer_len, len;
	EVP_PKEY *key;

	for (i = 0; i < SLOTS && slot_ids[i] != head[3]; i++)
		continue;
	key = i < SLOTS ? card->slots[i].key : NULL;
	if (key == NULL)
		return NO_REFERENCE;
	if (head[3] != 0x9e &&
	    (!card->verified || (head[3] == 0x9c && !card->fresh)))
		return NOT_VERIFIED;
	if (head[2] != (EVP_PKEY_is_a(key, "EC") == 1 ? 0x11 : 0x07))
		return WRONG_DATA;
	outer = find(card->chain, card->chain_len, 0x7c, &outer_len);
	input = outer != NULL ? find(outer, outer_len, 0x81, &len) : NULL;
	if (input == NULL || find(outer, outer_len, 0x82, &i) == NULL || i != 0)
		return WRONG_DATA;
	return sign(card, key, input, len);
}

/* As it is: 32 octets, or a block that was padded. */
static enum status
sign(struct card *card, EVP_PKEY *key, const unsigned char *input, size_t len)
{
	unsigned char signature[PART], inner[PART + 8];
	const bool is_rsa = EVP_PKEY_is_a(key, "RSA") == 1;
	size_t n = sizeof(signature);
	EVP_PKEY_CTX *ctx;
	bool made;

	if (len != (is_rsa ? (size_t)EVP_PKEY_get_size(key) : 32))
		return WRONG_DATA;
	ctx = EVP_PKEY_CTX_new(key, NULL);
	made = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
	    (!is_rsa ||
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1) &&
	    EVP_PKEY_sign(ctx, signature, &n, input, len) == 1;
	EVP_PKEY_CTX_free(ctx);
	if (!made)
		return WRONG_DATA;
	n = put(inner, 0x82, signature, n);
	card->answer_len = put(card->answer, 0x7c, inner, n);
	return OK;
}

static size_t
put(unsigned char *to, unsigned char tag, const unsigned char *value,
    size_t len)
{
	size_t n = 0;

	to[n++] = tag;
	if (len > 255)
		to[n++] = 0x82;
	else if (len > 127)
		to[n++] = 0x81;
	if (len > 255)
		to[n++] = (unsigned char)(len >> 8);
	to[n++] = (unsigned char)len;
	memcpy(to + n, value, len);
	return n + len;
}

/* The value with this tag; NULL if there is none.  Lengths have up to two
 * octets behind the first. */
static const unsigned char *
find(const unsigned char *in, size_t size, unsigned char tag, size_t *len_r)
{
	size_t at, head, len;

	for (at = 0; at + 2 <= size; at += head + len) {
		head = in[at + 1] == 0x82 ? 4 : in[at + 1] == 0x81 ? 3 : 2;
		if (head > size - at)
			return NULL;
		len = in[at + head - 1];
		if (head == 4)
			len |= (size_t)in[at + 2] << 8;
		if (len > size - at - head)
			return NULL;
		if (in[at] == tag) {
			*len_r = len;
			return in + at + head;
		}
	}
	return NULL;
}

/* The next part of the answer, and whether there is more. */
static size_t
reply(struct card *card, enum status status, size_t le, unsigned char *answer)
{
	unsigned int sw = status;
	size_t n = 0, left;

	if (status == OK) {
		n = card->answer_len - card->answer_at;
		n = n < le ? n : le;
		memcpy(answer, card->answer + card->answer_at, n);
		card->answer_at += n;
		left = card->answer_len - card->answer_at;
		if (left > 0)
			sw = MORE | (left > 255 ? 0 : (unsigned int)left);
	}
	answer[n] = (unsigned char)(sw >> 8);
	answer[n + 1] = (unsigned char)sw;
	return n + 2;
}
