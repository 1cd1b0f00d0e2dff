/*
 * test_card_piv.c - what till-card says to a PIV card, octet by octet, and what
 * it makes of the answers, however odd they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "till-card/piv.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define SAID_MAX 4096
#define OBJECT_MAX 4600

/* A card that gives its answers one after the other, the last one for ever. */
struct script {
	const struct reply {
		const char *octets;
		size_t len;
	} * replies;
	size_t at, len, commands;
	unsigned char said[SAID_MAX]; /* all commands */
	size_t said_len;
};

static struct till_error err;

static int
transmit(void *arg, const unsigned char *command, size_t len,
    unsigned char reply_r[PIV_REPLY_MAX], size_t *len_r, struct till_error *why)
{
	struct script *script = arg;
	const struct reply *reply = &script->replies[script->at];

	script->commands++;
	if (script->said_len + len <= sizeof(script->said)) {
		memcpy(script->said + script->said_len, command, len);
		script->said_len += len;
	}
	if (script->at + 1 < script->len)
		script->at++;
	if (reply->octets == NULL)
		return till_fail(why, "there is no card in the reader");
	memcpy(reply_r, reply->octets, reply->len);
	*len_r = reply->len;
	return 0;
}

#define R(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static void
says(const struct script *script, const char *octets, size_t len)
{
	assert_int_equal(script->said_len, len);
	assert_memory_equal(script->said, octets, len);
}

static void
a_card_is_selected_or_is_no_piv_card(void **state)
{
	static const struct reply replies[] = { R("\x61\x02\x4f\x00\x90\x00"),
		R("\x6a\x82"), R("\x90"), R(""), { NULL, 0 } };
	static const char *const why[] = { NULL, "no PIV card (6a82)",
		"gave no answer", "gave no answer", "no card in the reader" };
	struct script script;
	const struct piv_line line = { transmit, &script };
	size_t i;

	(void)state;
	for (i = 0; i < LEN(replies); i++) {
		script = (struct script){ .replies = &replies[i], .len = 1 };
		assert_int_equal(piv_select(&line, &err), i == 0 ? 0 : -1);
		says(&script,
		    "\x00\xa4\x04\x00\x09\xa0\x00\x00\x03\x08\x00\x00\x10\x00"
		    "\x00",
		    15);
		if (why[i] != NULL && strstr(err.text, why[i]) == NULL)
			fail_msg("%s", err.text);
	}
}

/* In two parts, the second one behind a wrong Le. */
static void
a_certificate_is_fetched_in_parts(void **state)
{
	static const struct reply replies[] = { R("\x53\x0a\x70\x03\x61\x05"),
		R("\x6c\x08"), R("abc\x71\x01\x00\xfe\x00\x90\x00") };
	struct script script = { .replies = replies, .len = LEN(replies) };
	const struct piv_line line = { transmit, &script };
	unsigned char der[SIGNER_CERTIFICATE_MAX];
	size_t len;

	(void)state;
	assert_int_equal(piv_certificate(&line, 0x9c, der, &len, &err), 0);
	assert_int_equal(len, 3);
	assert_memory_equal(der, "abc", 3);
	says(&script,
	    "\x00\xcb\x3f\xff\x05\x5c\x03\x5f\xc1\x0a\x00"
	    "\x00\xc0\x00\x00\x05\x00\xc0\x00\x00\x08",
	    21);
}

static void
one_that_is_odd_is_not_taken(void **state)
{
	static const struct {
		struct reply reply;
		const char *why;
	} rows[] = {
		{ R("\x53\x08\x70\x03"
		    "abc\x71\x01\x00\x90\x00"),
		    NULL },
		{ R("\x53\x05\x70\x03"
		    "abc\x90\x00"),
		    NULL },
		{ R("\x53\x81\x05\x70\x03"
		    "abc\x90\x00"),
		    NULL },
		{ R("\x53\x82\x00\x07\x70\x82\x00\x03"
		    "abc\x90\x00"),
		    NULL },
		{ R("\x53\x08\x70\x03"
		    "abc\x71\x01\x01\x90\x00"),
		    "compressed" },
		{ R("\x53\x02\x70\x00\x90\x00"), "more than" },
		{ R("\x53\x05\x71\x03"
		    "abc\x90\x00"),
		    "damaged" },
		{ R("\x53\x06\x70\x03"
		    "abc\x90\x00"),
		    "damaged" },
		{ R("\x53\x05\x70\x04"
		    "abc\x90\x00"),
		    "damaged" },
		{ R("\x53\x83\x00\x00\x05\x70\x03"
		    "abc\x90\x00"),
		    "damaged" },
		{ R("\x53\x80\x70\x03"
		    "abc\x90\x00"),
		    "damaged" },
		{ R("\x53\x82\xff\xff\x70\x03"
		    "abc\x90\x00"),
		    "damaged" },
		{ R("\x53\x90\x00"), "damaged" },
		{ R("\x90\x00"), "damaged" },
		{ R("\x6a\x82"), "no certificate in slot 9a" },
		{ R("\x6a\x88"), "no certificate in slot 9a" },
		{ R("\x69\x82"), "(6982)" },
		/* For ever the same part, and for ever a wrong length. */
		{ R("\x61\x00"), "no end" },
		{ R("\x6c\x05"), "no end" },
	};
	unsigned char der[SIGNER_CERTIFICATE_MAX];
	struct script script;
	const struct piv_line line = { transmit, &script };
	size_t i, len;
	int r;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		script = (struct script){ .replies = &rows[i].reply, .len = 1 };
		r = piv_certificate(&line, 0x9a, der, &len, &err);
		if ((r == 0) != (rows[i].why == NULL) ||
		    (r == -1 && strstr(err.text, rows[i].why) == NULL))
			fail_msg("row %zu: %d %s", i, r, err.text);
		if (r == 0) {
			assert_int_equal(len, 3);
			assert_memory_equal(der, "abc", 3);
		}
	}
}

static void
an_answer_has_a_bound(void **state)
{
	static char part[PIV_REPLY_MAX];
	const struct reply reply = { part, sizeof(part) };
	struct script script = { .replies = &reply, .len = 1 };
	const struct piv_line line = { transmit, &script };
	unsigned char der[SIGNER_CERTIFICATE_MAX];
	size_t len;

	(void)state;
	part[sizeof(part) - 2] = 0x61;
	assert_int_equal(piv_certificate(&line, 0x9a, der, &len, &err), -1);
	assert_non_null(strstr(err.text, "too long"));
	assert_true(script.commands <= OBJECT_MAX / 256);
}

static void
a_pin_is_tried_once(void **state)
{
	static const struct {
		struct reply reply;
		enum signer_end end;
		int tries;
	} rows[] = {
		{ R("\x90\x00"), SIGNER_SIGNED, SIGNER_TRIES_UNKNOWN },
		{ R("\x63\xc2"), SIGNER_WRONG_PIN, 2 },
		{ R("\x63\xc0"), SIGNER_BLOCKED, 0 },
		{ R("\x69\x83"), SIGNER_BLOCKED, 0 },
		{ R("\x6c\x08"), SIGNER_FAILED, 3 },
		{ R("\x6a\x80"), SIGNER_FAILED, 3 },
		{ { NULL, 0 }, SIGNER_FAILED, 3 },
	};
	struct script script;
	const struct piv_line line = { transmit, &script };
	size_t i;
	int tries;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		script = (struct script){ .replies = &rows[i].reply, .len = 1 };
		tries = 3;
		assert_int_equal(piv_verify(&line, "123456", &tries, &err),
		    rows[i].end);
		assert_int_equal(tries, rows[i].tries);
		assert_int_equal(script.commands, 1);
		says(&script,
		    "\x00\x20\x00\x80\x08"
		    "123456\xff\xff",
		    13);
	}
	/* What cannot be a PIN costs no try. */
	script = (struct script){ .replies = &rows[0].reply, .len = 1 };
	assert_int_equal(piv_verify(&line, "123", &tries, &err), SIGNER_FAILED);
	assert_int_equal(piv_verify(&line, "123456789", &tries, &err),
	    SIGNER_FAILED);
	assert_int_equal(script.commands, 0);
}

static void
tries_are_asked_without_a_pin(void **state)
{
	static const struct {
		struct reply reply;
		int tries;
	} rows[] = { { R("\x63\xc3"), 3 }, { R("\x69\x83"), 0 },
		{ R("\x90\x00"), SIGNER_TRIES_UNKNOWN },
		{ R("\x6a\x88"), SIGNER_TRIES_UNKNOWN } };
	struct script script;
	const struct piv_line line = { transmit, &script };
	size_t i;
	int tries;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		script = (struct script){ .replies = &rows[i].reply, .len = 1 };
		assert_int_equal(piv_tries(&line, &tries, &err), 0);
		assert_int_equal(tries, rows[i].tries);
		says(&script, "\x00\x20\x00\x80", 4);
	}
}

static void
a_signature_is_asked_for_and_read(void **state)
{
	static const struct reply signature =
	    R("\x7c\x0a\x82\x08\x30\x06\x02\x01\x05\x02\x01\x07\x90\x00");
	static const struct reply odd[] = { R("\x69\x82"), R("\x90\x00"),
		R("\x7c\x02\x82\x00\x90\x00"),
		R("\x7c\x03\x82\x05\x30\x90\x00"),
		R("\x7c\x03\x81\x01\x30\x90\x00"), { NULL, 0 } };
	const unsigned char hash[PUBKEY_HASH] = { 0xab, 0xcd };
	struct script script = { .replies = &signature, .len = 1 };
	const struct piv_line line = { transmit, &script };
	struct signature made;
	size_t i;

	(void)state;
	assert_int_equal(piv_sign(&line, 0x9a, PUBKEY_ES256, hash, &made, &err),
	    0);
	assert_int_equal(made.len, PUBKEY_RAW);
	assert_int_equal(made.octets[PUBKEY_RAW / 2 - 1], 5);
	assert_int_equal(made.octets[PUBKEY_RAW - 1], 7);
	assert_int_equal(script.said_len, 5 + 38 + 1);
	assert_memory_equal(script.said,
	    "\x00\x87\x11\x9a\x26\x7c\x24\x82\x00\x81\x20\xab\xcd\x00", 14);
	for (i = 0; i < LEN(odd); i++) {
		script = (struct script){ .replies = &odd[i], .len = 1 };
		assert_int_equal(piv_sign(&line, 0x9a, PUBKEY_ES256, hash,
				     &made, &err),
		    -1);
		assert_int_equal(piv_sign(&line, 0x9a, PUBKEY_RS256, hash,
				     &made, &err),
		    -1);
	}
}

/* 266 octets go in two commands; a card that refuses the first is not sent
 * the second. */
static void
a_long_command_is_a_chain(void **state)
{
	static const struct reply replies[] = { R("\x90\x00"), R("\x69\x82") };
	static const struct reply refused = R("\x68\x84");
	const unsigned char hash[PUBKEY_HASH] = { 0xab, 0xcd };
	struct script script = { .replies = replies, .len = 2 };
	const struct piv_line line = { transmit, &script };
	struct signature made;

	(void)state;
	assert_int_equal(piv_sign(&line, 0x9c, PUBKEY_RS256, hash, &made, &err),
	    -1);
	assert_int_equal(script.commands, 2);
	assert_int_equal(script.said_len, 5 + 255 + 5 + 11 + 1);
	assert_memory_equal(script.said,
	    "\x10\x87\x07\x9c\xff\x7c\x82\x01\x06\x82\x00\x81\x82\x01\x00\x00"
	    "\x01\xff",
	    18);
	assert_memory_equal(script.said + 260, "\x00\x87\x07\x9c\x0b", 5);
	script = (struct script){ .replies = &refused, .len = 1 };
	assert_int_equal(piv_sign(&line, 0x9c, PUBKEY_RS256, hash, &made, &err),
	    -1);
	assert_non_null(strstr(err.text, "(6884)"));
	assert_int_equal(script.commands, 1);
}

/* The last octet of a part is data, and none that a card may change. */
static void
a_part_of_a_chain_has_no_le(void **state)
{
	static const struct reply replies[] = { R("\x6c\x07"), R("\x90\x00") };
	const unsigned char hash[PUBKEY_HASH] = { 0xab, 0xcd };
	struct script script = { .replies = replies, .len = LEN(replies) };
	const struct piv_line line = { transmit, &script };
	struct signature made;

	(void)state;
	assert_int_equal(piv_sign(&line, 0x9c, PUBKEY_RS256, hash, &made, &err),
	    -1);
	assert_int_equal(script.commands, 1);
	assert_non_null(strstr(err.text, "6c07"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_is_selected_or_is_no_piv_card),
		cmocka_unit_test(a_certificate_is_fetched_in_parts),
		cmocka_unit_test(one_that_is_odd_is_not_taken),
		cmocka_unit_test(an_answer_has_a_bound),
		cmocka_unit_test(a_pin_is_tried_once),
		cmocka_unit_test(tries_are_asked_without_a_pin),
		cmocka_unit_test(a_signature_is_asked_for_and_read),
		cmocka_unit_test(a_part_of_a_chain_has_no_le),
		cmocka_unit_test(a_long_command_is_a_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
