/*
 * test_framing.c - frames of a bank's link, cut anywhere by the network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "settle_bank/framing.h"
#include "support/vectors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FRAME_VECTORS_MIN 8

static struct framing_reader reader;

struct took {
	unsigned int messages, keepalives;
	struct framing_frame last;
	unsigned char message[FRAMING_MESSAGE_MAX]; /* of the last */
	bool bad;
	struct till_error err;
};

static void
take_all(struct took *took)
{
	struct framing_frame frame;

	for (;;) {
		switch (framing_next(&reader, &frame, &took->err)) {
		case FRAMING_MESSAGE:
			took->messages++;
			took->last = frame;
			memcpy(took->message, frame.message, frame.len);
			continue;
		case FRAMING_KEEPALIVE:
			took->keepalives++;
			continue;
		case FRAMING_BAD:
			took->bad = true;
			return;
		case FRAMING_MORE:
			return;
		}
	}
}

static void
feed(const unsigned char *octets, size_t len, struct took *took)
{
	size_t size;
	unsigned char *space = framing_space(&reader, &size);

	assert_true(len <= size);
	if (len > 0)
		memcpy(space, octets, len);
	framing_took(&reader, len);
	take_all(took);
}

/* What a frame vector must come to. */
static const struct {
	const char *id;
	unsigned int messages, keepalives;
	const char *why; /* NULL: well */
} wants[] = {
	{ "frame-ascii4", 1, 0, NULL },
	{ "frame-keepalive-then-echo", 1, 1, NULL },
	{ "frame-tpdu", 1, 0, NULL },
	{ "frame-two-in-one-segment", 2, 0, NULL },
	{ "frame-length-1", 0, 0, "a frame of 1 octets is shorter" },
	{ "frame-length-65535-cut", 0, 0, "a frame of 65535 octets" },
	{ "frame-length-counts-itself", 0, 0,
	    "the peer seems to count the length's own octets" },
	{ "frame-zero-forever", 0, FRAMING_KEEPALIVES_MAX,
	    "32 keep-alives came and nothing else" },
};

static void
compare(const struct vector *vector, struct took *took)
{
	size_t i;

	for (i = 0; i < COUNT(wants); i++) {
		if (strcmp(wants[i].id, vector->id) == 0)
			break;
	}
	if (i == COUNT(wants))
		fail_msg("%s is new", vector->id);
	assert_int_equal(took->messages, wants[i].messages);
	assert_int_equal(took->keepalives, wants[i].keepalives);
	if (wants[i].why == NULL) {
		assert_false(took->bad);
		return;
	}
	if (!took->bad)
		framing_stuck(&reader, &took->err);
	assert_non_null(strstr(took->err.text, wants[i].why));
}

static void
look(const struct vector *vector, void *arg)
{
	size_t *n = arg, at, i;
	struct framing framing;
	struct took took;

	if (strncmp(vector->encoding, "frame", 5) != 0)
		return;
	vector_framing(vector, &framing);
	for (at = 0; at <= vector->len; at++) {
		memset(&took, 0, sizeof(took));
		framing_begin(&reader, &framing);
		feed(vector->octets, at, &took);
		if (!took.bad)
			feed(vector->octets + at, vector->len - at, &took);
		compare(vector, &took);
	}
	memset(&took, 0, sizeof(took));
	framing_begin(&reader, &framing);
	for (i = 0; i < vector->len && !took.bad; i++)
		feed(vector->octets + i, 1, &took);
	compare(vector, &took);
	(*n)++;
}

static void
test_vectors(void **state)
{
	size_t n = 0;

	(void)state;
	(void)vectors_each(look, &n);
	assert_true(n >= FRAME_VECTORS_MIN);
}

/* The vector that no BE2 link can end is well on an inclusive one. */
static void
inclusive(const struct vector *vector, void *arg)
{
	struct framing framing;
	struct took took = { 0 };

	(void)arg;
	if (strcmp(vector->id, "frame-length-counts-itself") != 0)
		return;
	vector_framing(vector, &framing);
	framing.length = FRAMING_BE2_INCLUSIVE;
	framing_begin(&reader, &framing);
	feed(vector->octets, vector->len, &took);
	assert_int_equal(took.messages, 1);
	assert_int_equal(took.last.len, vector->len - 2);
}

static void
test_inclusive(void **state)
{
	(void)state;
	(void)vectors_each(inclusive, NULL);
}

static const struct {
	struct framing framing;
	const char *hex; /* in front of a message of 300 octets */
} fronts[] = {
	{ { .length = FRAMING_BE2 }, "012c" },
	{ { .length = FRAMING_BE2_INCLUSIVE }, "012e" },
	{ { .length = FRAMING_BCD2 }, "0300" },
	{ { .length = FRAMING_ASCII4 }, "30333030" },
	{ { .length = FRAMING_BE4 }, "0000012c" },
	{ { .length = FRAMING_BE2, .tpdu = true }, "01316000010002" },
	{ { .length = FRAMING_BE2, .header = 3 }, "012f000000" },
	{ { .length = FRAMING_BCD2, .tpdu = true, .header = 1 },
	    "0306600001000200" },
};

static void
test_write(void **state)
{
	static const unsigned char tpdu[] = { 0x60, 0, 1, 0, 2 };
	unsigned char message[300], octets[400], want[16];
	struct till_error err;
	struct took took;
	size_t i, len, front;

	(void)state;
	memset(message, 'x', sizeof(message));
	for (i = 0; i < COUNT(fronts); i++) {
		front = vector_hex(fronts[i].hex, want, sizeof(want));
		assert_int_equal(framing_write(&fronts[i].framing, tpdu,
				     message, sizeof(message), octets,
				     sizeof(octets), &len, &err),
		    0);
		assert_int_equal(len, front + sizeof(message));
		assert_memory_equal(octets, want, front);
		memset(&took, 0, sizeof(took));
		framing_begin(&reader, &fronts[i].framing);
		feed(octets, len, &took);
		assert_int_equal(took.messages, 1);
		assert_int_equal(took.last.len, sizeof(message));
		assert_memory_equal(took.message, message, sizeof(message));
		if (fronts[i].framing.tpdu)
			assert_memory_equal(took.last.tpdu, tpdu, sizeof(tpdu));
		assert_int_equal(framing_write(&fronts[i].framing, NULL, NULL,
				     0, octets, sizeof(octets), &len, &err),
		    0);
		feed(octets, len, &took);
		assert_int_equal(took.keepalives, 1);
	}
}

static void
test_bounds(void **state)
{
	static unsigned char message[FRAMING_MESSAGE_MAX + 1], octets[5000];
	static const struct framing framing = { .length = FRAMING_BE4,
		.tpdu = true };
	struct took took = { 0 };
	struct till_error err;
	size_t len;

	(void)state;
	assert_int_equal(framing_write(&framing, NULL, message,
			     FRAMING_MESSAGE_MAX - FRAMING_TPDU_LEN, octets,
			     sizeof(octets), &len, &err),
	    0);
	assert_int_equal(len, FRAMING_MESSAGE_MAX + 4);
	framing_begin(&reader, &framing);
	feed(octets, len, &took);
	assert_int_equal(took.messages, 1);
	assert_int_equal(framing_write(&framing, NULL, message,
			     FRAMING_MESSAGE_MAX - FRAMING_TPDU_LEN + 1, octets,
			     sizeof(octets), &len, &err),
	    -1);
	assert_int_equal(framing_write(&framing, NULL, message, 100, octets,
			     108, &len, &err),
	    -1);
}

static void
test_swap(void **state)
{
	unsigned char tpdu[] = { 0x60, 1, 2, 3, 4 };
	static const unsigned char want[] = { 0x60, 3, 4, 1, 2 };

	(void)state;
	framing_tpdu_swap(tpdu);
	assert_memory_equal(tpdu, want, sizeof(want));
}

static void
test_bad_lengths(void **state)
{
	static const struct {
		struct framing framing;
		const char *hex;
	} bad[] = {
		{ { .length = FRAMING_BCD2 }, "0a12" },
		{ { .length = FRAMING_ASCII4 }, "2b303130" },
		{ { .length = FRAMING_BE2_INCLUSIVE }, "0001" },
		{ { .length = FRAMING_BE4 }, "ffffffff" },
		{ { .length = FRAMING_BE2, .tpdu = true }, "0004" },
	};
	unsigned char octets[8];
	struct took took;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		memset(&took, 0, sizeof(took));
		framing_begin(&reader, &bad[i].framing);
		feed(octets, vector_hex(bad[i].hex, octets, sizeof(octets)),
		    &took);
		assert_true(took.bad);
		assert_non_null(strstr(took.err.text, "length="));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_inclusive),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_bad_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
