/*
 * test_iso8583.c - messages of ISO 8583:1987 against those of others, and
 * what must be refused, with its reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "settle_bank/iso8583.h"
#include "settle_bank/profile.h"
#include "support/vectors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define VECTORS_MIN 88 /* the file must not shrink unseen */
#define CARD "4000001234567899"

struct tally {
	size_t accepted, refused;
};

/* Where in the message, and which element; of what is refused. */
static const struct {
	const char *id, *text;
} reasons[] = {
	{ "bad-amount-letter-O",
	    "octet 36: DE4 (amount) has digits only, "
	    "which character 12 is not" },
	{ "bad-amount-minus", "DE4 (amount)" },
	{ "bad-bcd-len-nibble", "the length of DE2 (card number)" },
	{ "bad-bcd-pad-nibble", "DE22 (entry mode) is not packed digits" },
	{ "bad-bitmap-cut", "octet 9: DE1 (bitmap) needs 1 octets" },
	{ "bad-de12-bad-time", "DE12 (local time) is no hhmmss" },
	{ "bad-de43-8bit", "DE43 (merchant's name) has printable ASCII" },
	{ "bad-de65-set", "DE65 would be a third bitmap" },
	{ "bad-de7-bad-date", "DE7 (time sent) is no MMDDhhmmss" },
	{ "bad-de97-sign", "DE97 (net settlement) has C or D" },
	{ "bad-empty", "octet 0: the message type is cut short" },
	{ "bad-fixed-cut", "DE4 (amount) needs 12 octets, but" },
	{ "bad-hexbitmap-G", "DE1 (bitmap) is not hexadecimal" },
	{ "bad-last-byte-cut", "DE49 (currency) needs 3 octets, but 2" },
	{ "bad-ll-minus", "the length of DE32 (acquirer) is no number" },
	{ "bad-ll-over-remaining", "DE32 (acquirer) has at most 11" },
	{ "bad-lll-bcd-1000",
	    "DE48 (private data) has at most 999 "
	    "characters, not 1000" },
	{ "bad-mti-short", "octet 3: the message type is cut short" },
	{ "bad-mti-unknown-version", "octet 0: 9200 is no message type" },
	{ "bad-trailing-1", "1 octets follow" },
};

static void
read_refused(const struct vector *vector, const struct iso_coding *coding,
    struct tally *tally)
{
	static struct iso_message message, zero;
	struct till_error err;
	size_t i;

	assert_int_equal(iso_read(coding, vector->octets, vector->len, &message,
			     &err),
	    -1);
	assert_memory_equal(&message, &zero, sizeof(message));
	assert_non_null(strstr(err.text, "octet"));
	assert_null(strstr(err.text, CARD));
	for (i = 0; i < COUNT(reasons); i++) {
		if (strcmp(reasons[i].id, vector->id) == 0 &&
		    strstr(err.text, reasons[i].text) == NULL)
			fail_msg("%s: %s", vector->id, err.text);
	}
	tally->refused++;
}

static void
look(const struct vector *vector, void *arg)
{
	static struct iso_message message;
	unsigned char again[ISO_OCTETS_MAX];
	struct tally *tally = arg;
	struct iso_coding coding;
	struct till_error err;
	size_t len;

	if (!vector_coding(vector, &coding))
		return;
	if (!vector->accept && strcmp(vector->layer, "profile") != 0) {
		read_refused(vector, &coding, tally);
		return;
	}
	if (iso_read(&coding, vector->octets, vector->len, &message, &err) ==
	    -1)
		fail_msg("%s: %s", vector->id, err.text);
	if (vector->accept)
		vector_same(vector, &message);
	assert_int_equal(iso_write(&coding, &message, again, sizeof(again),
			     &len, &err),
	    0);
	assert_int_equal(len, vector->len);
	assert_memory_equal(again, vector->octets, len);
	if (!vector->accept)
		assert_int_equal(profile_check(&message, PROFILE_TO_BANK, &err),
		    -1);
	tally->accepted++;
}

static void
test_vectors(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	assert_true(vectors_each(look, &tally) >= VECTORS_MIN);
	assert_true(tally.accepted >= 51 && tally.refused >= 27);
}

/* Each cut of each good message is refused, with every coding. */
static void
cut(const struct vector *vector, void *arg)
{
	static struct iso_message message;
	struct iso_coding coding;
	struct till_error err;
	unsigned char *octets;
	size_t len;

	(void)arg;
	if (!vector->accept || !vector_coding(vector, &coding))
		return;
	for (len = 0; len < vector->len; len++) {
		octets = test_malloc(len + 1); /* so that overreads are seen */
		memcpy(octets, vector->octets, len);
		assert_int_equal(iso_read(&coding, octets, len, &message, &err),
		    -1);
		test_free(octets);
	}
}

static void
test_cut(void **state)
{
	(void)state;
	(void)vectors_each(cut, NULL);
}

static void
test_empty_second_bitmap(void **state)
{
	static struct iso_message message;
	static const struct iso_coding coding = { .odd = ISO_ODD_RIGHT_0 };
	unsigned char octets[64], again[64];
	struct till_error err;
	size_t len;

	(void)state;
	len = vector_hex("30383030" /* bits 1, 7 and 11 */
			 "8220000000000000"
			 "0000000000000000"
			 "30343135313233313330"
			 "303030303032",
	    octets, sizeof(octets));
	assert_int_equal(iso_read(&coding, octets, len, &message, &err), 0);
	assert_true(iso_is(&message, 11, "000002"));
	assert_int_equal(iso_write(&coding, &message, again, sizeof(again),
			     &len, &err),
	    0);
	assert_int_equal(len, 4 + 8 + 16);
	assert_int_equal(again[4], 0x02);
}

/* A field of 11 digits in the three ways to pad it. */
static const struct {
	enum iso_odd odd;
	const char *hex; /* of DE32 with its length */
} odds[] = {
	{ ISO_ODD_RIGHT_0, "11123456789010" },
	{ ISO_ODD_LEFT_0, "11012345678901" },
	{ ISO_ODD_RIGHT_F, "1112345678901f" },
};

static void
test_odd(void **state)
{
	static struct iso_message message;
	struct iso_coding coding = { .bcd = true };
	unsigned char octets[64], want[64];
	struct till_error err;
	size_t i, k, len, want_len;

	(void)state;
	for (i = 0; i < COUNT(odds); i++) {
		coding.odd = odds[i].odd;
		iso_begin(&message, "0800");
		assert_int_equal(iso_put_text(&message, 32, "12345678901",
				     &err),
		    0);
		assert_int_equal(iso_write(&coding, &message, octets,
				     sizeof(octets), &len, &err),
		    0);
		want_len = vector_hex(odds[i].hex, want, sizeof(want));
		assert_int_equal(len, 2 + 8 + want_len);
		assert_memory_equal(octets + 10, want, want_len);
		for (k = 0; k < COUNT(odds); k++) {
			coding.odd = odds[k].odd;
			assert_int_equal(iso_read(&coding, octets, len,
					     &message, &err),
			    k == i ? 0 : -1);
		}
	}
}

static void
test_put(void **state)
{
	static struct iso_message message;
	struct till_error err;

	(void)state;
	iso_begin(&message, "0200");
	assert_int_equal(iso_put_text(&message, 4, "000000000100", &err), 0);
	assert_int_equal(iso_put_text(&message, 4, "000000000100", &err), -1);
	assert_string_equal(err.text, "DE4 is there twice");
	assert_int_equal(iso_put_text(&message, 52, "00000000", &err), -1);
	assert_int_equal(iso_put_text(&message, 35, CARD "=2912", &err), -1);
	assert_int_equal(iso_put_text(&message, 3, "00000", &err), -1);
	assert_string_equal(err.text,
	    "DE3 (processing code) has 6 characters, not 5");
	assert_int_equal(iso_put_text(&message, 2, "40000012345678O9", &err),
	    -1);
	assert_string_equal(err.text,
	    "DE2 (card number) has digits only, which character 15 is not");
	assert_int_equal(iso_put_text(&message, 2, "", &err), -1);
	assert_int_equal(iso_put_text(&message, 14, "2913", &err), -1);
	assert_int_equal(iso_put_text(&message, 13, "0230", &err), -1);
	assert_int_equal(iso_put_text(&message, 13, "0229", &err), 0);
}

static void
test_dump(void **state)
{
	static struct iso_message message;
	char buf[ISO_DUMP_MAX], mask[32];
	struct till_error err;

	(void)state;
	iso_begin(&message, "0200");
	assert_int_equal(iso_put_text(&message, 2, CARD, &err), 0);
	assert_int_equal(iso_put_text(&message, 4, "000000000100", &err), 0);
	assert_int_equal(iso_put_text(&message, 14, "2912", &err), 0);
	assert_string_equal(iso_dump(&message, buf, sizeof(buf)),
	    "0200\n"
	    "    2 card number                400000******7899\n"
	    "    4 amount                     000000000100\n"
	    "   14 expiry                     (4 characters)\n");
	assert_string_equal(iso_mask(ISO_LAST_FOUR, "123456789012345", 15, mask,
				sizeof(mask)),
	    "***********2345");
	assert_string_equal(iso_mask(ISO_LAST_FOUR, "1234", 4, mask,
				sizeof(mask)),
	    "****");
	assert_string_equal(iso_mask(ISO_LAST_FOUR, CARD, 16, mask, 8),
	    "400000*");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_empty_second_bitmap),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
