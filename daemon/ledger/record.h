/*
 * record.h - how the ledger's records are laid down as octets.
 *
 * Every record begins with one octet, its version.  Numbers are little
 * endian of fixed width, signed ones in two's complement.  A text is its
 * length in 16 bits and that many octets without a NUL.  Money is a
 * signed 64 bit count of millionths and three octets of currency (three
 * zeros: none).  No struct is ever written as it lies in memory.
 *
 * Both sides remember the first failure, so that a record is written or
 * read in one go and checked once, at its end.
 */
#ifndef LEDGER_RECORD_H
#define LEDGER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/money.h>

/* No record is longer; a longer value is cut into several. */
#define RECORD_MAX 16384

struct record_out {
	unsigned char *data;
	size_t size, len;
	bool bad; /* something did not fit */
};

struct record_in {
	const unsigned char *data;
	size_t len, at;
	bool bad; /* too short, or a value that no writer writes */
};

void record_write(struct record_out *out, void *buf, size_t size,
    uint8_t version);
void record_put_u8(struct record_out *out, uint8_t n);
void record_put_u16(struct record_out *out, uint16_t n);
void record_put_u32(struct record_out *out, uint32_t n);
void record_put_u64(struct record_out *out, uint64_t n);
void record_put_i64(struct record_out *out, int64_t n);
void record_put_octets(struct record_out *out, const void *data, size_t len);
void record_put_text(struct record_out *out, const char *text);
void record_put_blob(struct record_out *out, const void *data, size_t len);
void record_put_money(struct record_out *out, const struct till_money *money);

/* Begin to read; a record of another version is bad. */
void record_read(struct record_in *in, const void *data, size_t len,
    uint8_t version);
uint8_t record_get_u8(struct record_in *in);
uint16_t record_get_u16(struct record_in *in);
uint32_t record_get_u32(struct record_in *in);
uint64_t record_get_u64(struct record_in *in);
int64_t record_get_i64(struct record_in *in);
/* An octet from low to high. */
unsigned int record_get_enum(struct record_in *in, unsigned int low,
    unsigned int high);
bool record_get_bool(struct record_in *in);
void record_get_octets(struct record_in *in, void *buf, size_t len);
/* A text that fits in size octets with its NUL; "" if it does not. */
void record_get_text(struct record_in *in, char *buf, size_t size);
/* Octets that stay where they are: valid as long as the record. */
const unsigned char *record_get_blob(struct record_in *in, size_t max,
    size_t *len_r);
void record_get_money(struct record_in *in, struct till_money *money);
/* True if all was well and nothing is left over. */
bool record_end(const struct record_in *in);

#endif
