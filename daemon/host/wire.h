/*
 * wire.h - numbers, octets and texts of a message between the rear unit
 * and a module host.
 *
 * Both ends are the same program on the same machine, so numbers have its
 * order of octets; yet what a host sends is believed no more than what a
 * module says: every read is bounded by the message, and a message that
 * ends too soon, or holds a text with a NUL within, is broken as a whole.
 * A struct is written with its length before it, so that members can be
 * appended: a reader takes those it knows, and reads zero or NULL where a
 * shorter struct has ended.
 */
#ifndef HOST_WIRE_H
#define HOST_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A writer that is full remembers it, and what it has is not sent. */
struct wire_writer {
	unsigned char *buf;
	size_t size, len;
	bool failed;
};

/* What is read points into the message. */
struct wire_reader {
	const unsigned char *at;
	size_t left;
	bool failed; /* of the message; numbers read as 0 from then on */
	bool part; /* of a struct, which may be shorter than we know it */
};

void wire_begin(struct wire_writer *, void *buf, size_t size);
void wire_put_u32(struct wire_writer *, uint32_t);
void wire_put_u64(struct wire_writer *, uint64_t);
void wire_put_i64(struct wire_writer *, int64_t);
void wire_put_bytes(struct wire_writer *, const void *, size_t len);
/* The length of octets that the sender takes from elsewhere; they must
 * be the last of the message. */
void wire_put_bytes_head(struct wire_writer *, size_t len);
void wire_put_text(struct wire_writer *, const char *); /* NULL is one */
/* A text in an array that may lack its NUL: then its last octet does not
 * count. */
void wire_put_array(struct wire_writer *, const char *, size_t size);
size_t wire_struct_begin(struct wire_writer *);
void wire_struct_end(struct wire_writer *, size_t begin);

void wire_read(struct wire_reader *, const void *data, size_t len);
uint32_t wire_get_u32(struct wire_reader *);
uint64_t wire_get_u64(struct wire_reader *);
int64_t wire_get_i64(struct wire_reader *);
const unsigned char *wire_get_bytes(struct wire_reader *, size_t *len_r);
/* Ends with a NUL in the message; NULL as it was put, or if failed. */
const char *wire_get_text(struct wire_reader *);
/* Exactly so many octets; zeroes if failed. */
void wire_get_fixed(struct wire_reader *, void *, size_t);
/* A text with its NUL in an array; too long a one fails. */
void wire_get_array(struct wire_reader *, char *, size_t size);
/* A reader of the struct that follows; its failures count here, too, by
 * wire_leave. */
void wire_enter(struct wire_reader *, struct wire_reader *inner_r);
void wire_leave(struct wire_reader *, const struct wire_reader *inner);
/* All was read, and nothing failed. */
bool wire_done(const struct wire_reader *);

#endif
