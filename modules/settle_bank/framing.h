/*
 * framing.h - where one message of a bank's link ends and the next begins.
 *
 * In front of a message: its length, perhaps a TPDU (ISO/IEC 7501's five
 * octets: 0x60, destination, source), perhaps a header of the network's,
 * which is skipped.  The length counts all that follows it.
 */
#ifndef SETTLE_BANK_FRAMING_H
#define SETTLE_BANK_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define FRAMING_MESSAGE_MAX 4096 /* octets behind the length */
#define FRAMING_PREFIX_MAX 4 /* octets of the length */
#define FRAMING_TPDU_LEN 5
#define FRAMING_HEADER_MAX 64
#define FRAMING_KEEPALIVES_MAX 32 /* one after the other, with nothing else */

enum framing_length {
	FRAMING_BE2 = 1, /* two octets, the higher first */
	FRAMING_BE2_INCLUSIVE, /* they count themselves too */
	FRAMING_BCD2, /* four packed digits */
	FRAMING_ASCII4, /* four digits */
	FRAMING_BE4 /* four octets, the highest first */
};

struct framing {
	enum framing_length length;
	bool tpdu;
	size_t header; /* octets before the message, at most HEADER_MAX */
	size_t message_min; /* iso_octets_min of the link's coding */
};

/*
 * Octets come in as the network cuts them.  One reader is one connection;
 * after FRAMING_BAD the connection is useless.
 */
struct framing_reader {
	const struct framing *framing;
	size_t len, taken;
	unsigned int keepalives; /* since the last message */
	unsigned char octets[FRAMING_PREFIX_MAX + FRAMING_MESSAGE_MAX];
};

enum framing_result {
	FRAMING_MORE = 1, /* the next one is not whole yet */
	FRAMING_MESSAGE,
	FRAMING_KEEPALIVE, /* a length of zero */
	FRAMING_BAD
};

/* What is framed; points into the reader, until the next call. */
struct framing_frame {
	const unsigned char *message;
	size_t len;
	unsigned char tpdu[FRAMING_TPDU_LEN]; /* as it came */
};

/* The framing must live as long as the reader. */
void framing_begin(struct framing_reader *, const struct framing *);
void framing_wipe(struct framing_reader *);

/* Where to put what comes, and how much: never zero after FRAMING_MORE.
 * framing_took says how much it was. */
unsigned char *framing_space(struct framing_reader *, size_t *size_r);
void framing_took(struct framing_reader *, size_t len);

/* The next frame; call until it is FRAMING_MORE.  *err with FRAMING_BAD. */
enum framing_result framing_next(struct framing_reader *,
    struct framing_frame *frame_r, struct till_error *err);

/* Nothing more came in time: what the reader waits for, and which setting
 * of the link may be why. */
void framing_stuck(const struct framing_reader *, struct till_error *why_r);

/*
 * Write a frame.  tpdu is that of what is answered, with destination and
 * source in the order of our own frames, or NULL for zeros; see
 * framing_tpdu_swap.  A message of no octets is a keep-alive.
 * -1: it does not fit.
 */
int framing_write(const struct framing *, const unsigned char *tpdu,
    const unsigned char *message, size_t len, unsigned char *octets,
    size_t size, size_t *len_r, struct till_error *err);
/* The TPDU of an answer: source and destination change places. */
void framing_tpdu_swap(unsigned char tpdu[FRAMING_TPDU_LEN]);

#endif
