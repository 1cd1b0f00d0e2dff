/*
 * test_card_answer.c - what till-card answers to a payment server's prompts,
 * and what it tells of the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "support/scratch.h"
#include "support/token.h"
#include "till-card/report.h"
#include "till-card/secret.h"
#include "till-card/shown.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define SECURE_HEAP 262144
#define SCREEN_MAX 4096

static struct till_error err;
static char screen[SCREEN_MAX];

static int
setup(void **state)
{
	return CRYPTO_secure_malloc_init(SECURE_HEAP, 64) != 0
	    ? scratch_make(state)
	    : -1;
}

/* The answer to prompts, in "body" for a right one. */
static enum pay_end
answered(struct pay_order *order, const char *prompts, char body[PAY_BODY_MAX])
{
	struct pay_report report = { .tries = SIGNER_TRIES_UNKNOWN };
	enum pay_end end;
	char *out = NULL;
	size_t len = 0;

	memset(screen, 0, sizeof(screen));
	order->show = fmemopen(screen, sizeof(screen) - 1, "w");
	order->report = &report;
	report.answer =
	    json_pack("{s:o}", "prompts", json_loads(prompts, 0, NULL));
	assert_non_null(report.answer);
	end = pay_answer(order, &out, &len, &err);
	if (end == PAY_NONE) {
		memcpy(body, out, len);
		body[len] = '\0';
	}
	OPENSSL_secure_clear_free(out, PAY_BODY_MAX);
	(void)fclose(order->show);
	pay_report_clear(&report);
	return end;
}

static void
what_is_in_a_file_is_given_once(void **state)
{
	char body[PAY_BODY_MAX];
	struct pay_wish wish = { .customer = "carol",
		.server = TEST_ISSUER,
		.timeout_s = 1 };
	struct pay_order order = { .wish = &wish };
	const char *asked =
	    "[{\"id\":\"password\",\"kind\":\"secret\",\"text\":\"Password\"},"
	    "{\"id\":\"hello\",\"kind\":\"info\",\"text\":\"Good day\"},"
	    "{\"id\":\"bad\",\"kind\":\"error\",\"label\":\"Not so\"},"
	    "{\"id\":\"ugly\",\"kind\":\"info\",\"text\":\"\\u001b[2J\"}]";

	(void)state;
	scratch_write("password", 0600, "correct \"horse\"\nand more\n");
	wish.password_path = scratch_path("password");
	assert_int_equal(answered(&order, asked, body), PAY_NONE);
	assert_string_equal(body,
	    "{\"customer\":\"carol\",\"answers\":{\"password\":"
	    "\"correct \\\"horse\\\"\"}}");
	/* Texts that would do something to a terminal are not shown. */
	assert_string_equal(screen, "Good day\nNot so\n");
	assert_int_equal(answered(&order, asked, body), PAY_SECRET);
	assert_non_null(strstr(err.text, "tried once"));
}

static void
a_token_is_not_a_password(void **state)
{
	char body[PAY_BODY_MAX];
	struct pay_wish wish = { .server = TEST_ISSUER, .timeout_s = 1 };
	struct pay_order order = { .wish = &wish };

	(void)state;
	scratch_write("token", 0600, "till_00\n");
	wish.token_path = scratch_path("token");
	assert_int_equal(answered(&order,
			     "[{\"id\":\"token\",\"kind\":\"secret\"}]", body),
	    PAY_NONE);
	assert_string_equal(body, "{\"answers\":{\"token\":\"till_00\"}}");
	assert_true(order.used.token);
	assert_false(order.used.password);
}

static void
what_cannot_be_answered_is_said(void **state)
{
	static const struct {
		const char *prompts;
		enum pay_end end;
		const char *why;
	} rows[] = {
		{ "[{\"id\":\"a\",\"kind\":\"choice\"}]", PAY_USAGE,
		    "cannot be answered here" },
		{ "[{\"id\":\"a\",\"kind\":\"audio\"}]", PAY_USAGE,
		    "cannot be answered here" },
		{ "[{\"id\":\"a\"}]", PAY_USAGE, "cannot be answered here" },
		{ "[{\"kind\":\"info\"}]", PAY_UNAVAILABLE, "no sense" },
		{ "[{\"id\":\"\\u202ea\",\"kind\":\"info\"}]", PAY_UNAVAILABLE,
		    "no sense" },
		{ "[null]", PAY_UNAVAILABLE, "no sense" },
		{ "[7]", PAY_UNAVAILABLE, "no sense" },
		{ "[{\"id\":\"a\",\"kind\":\"info\"},1,1,1,1,1,1,1,1]",
		    PAY_UNAVAILABLE, "too much" },
		{ "[{\"id\":\"card\",\"kind\":\"signature\"}]", PAY_USAGE,
		    "another format" },
		{ "[{\"id\":\"card\",\"kind\":\"signature\",\"format\":"
		  "\"till-card-2\"}]",
		    PAY_USAGE, "another format" },
		{ "[{\"id\":\"card\",\"kind\":\"signature\",\"format\":"
		  "\"till-card-1\"}]",
		    PAY_CARD, "pcscd, does not run" },
		/* A card or a passkey, in whichever order. */
		{ "[{\"id\":\"passkey\",\"kind\":\"signature\",\"format\":"
		  "\"webauthn\"},{\"id\":\"card\",\"kind\":\"signature\","
		  "\"format\":\"till-card-1\"}]",
		    PAY_CARD, "pcscd, does not run" },
		{ "[{\"id\":\"passkey\",\"kind\":\"signature\",\"format\":"
		  "\"webauthn\"},{\"id\":\"card\",\"kind\":\"info\","
		  "\"format\":\"till-card-1\"}]",
		    PAY_USAGE, "another format" },
		{ "[{\"id\":\"password\",\"kind\":\"secret\"}]", PAY_USAGE,
		    "--server" },
	};
	char body[PAY_BODY_MAX];
	const struct pay_wish wish = { .timeout_s = 1 };
	struct pay_order order = { .wish = &wish };
	size_t i;

	(void)state;
	assert_int_equal(setenv("PCSCLITE_CSOCK_NAME", scratch_path("none"), 1),
	    0);
	for (i = 0; i < LEN(rows); i++) {
		assert_int_equal(answered(&order, rows[i].prompts, body),
		    rows[i].end);
		if (strstr(err.text, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
	/* Prompts that are none are answered by nothing. */
	assert_int_equal(answered(&order, "{}", body), PAY_NONE);
	assert_string_equal(body, "{\"answers\":{}}");
}

static void
a_secret_is_one_line(void **state)
{
	static const struct {
		const char *text, *secret, *why;
	} rows[] = {
		{ "123456", "123456", NULL },
		{ "123456\n", "123456", NULL },
		{ " 12 \nmore", " 12 ", NULL },
		{ "p\303\244ss\n", "p\303\244ss", NULL },
		{ "", NULL, "nothing was given" },
		{ "\n123456\n", NULL, "nothing was given" },
		{ "12\r\n", NULL, "control characters" },
		{ "12\t34\n", NULL, "control characters" },
		{ "12\17734\n", NULL, "control characters" },
	};
	char *secret = NULL, *large = malloc(SECRET_MAX + 2);
	size_t i;

	(void)state;
	assert_non_null(large);
	for (i = 0; i < LEN(rows); i++) {
		scratch_write("secret", 0600, rows[i].text);
		if (rows[i].secret == NULL) {
			assert_int_equal(secret_from_file(scratch_path(
							      "secret"),
					     &secret, &err),
			    -1);
			assert_non_null(strstr(err.text, rows[i].why));
			continue;
		}
		assert_int_equal(secret_from_file(scratch_path("secret"),
				     &secret, &err),
		    0);
		assert_string_equal(secret, rows[i].secret);
		assert_true(CRYPTO_secure_allocated(secret));
		secret_free(secret);
	}
	memset(large, 'x', SECRET_MAX + 1);
	large[SECRET_MAX + 1] = '\0';
	scratch_write("secret", 0600, large);
	assert_int_equal(secret_from_file(scratch_path("secret"), &secret,
			     &err),
	    -1);
	assert_non_null(strstr(err.text, "at most"));
	large[SECRET_MAX] = '\n';
	scratch_write("secret", 0600, large);
	assert_int_equal(secret_from_file(scratch_path("secret"), &secret,
			     &err),
	    0);
	assert_int_equal(strlen(secret), SECRET_MAX);
	secret_free(secret);
	secret_free(NULL);
	free(large);
	assert_int_equal(secret_from_file(scratch_path("none"), &secret, &err),
	    -1);
	assert_non_null(strstr(err.text, "No such file"));
}

/* The report of an end as JSON, parsed again. */
static json_t *
reported(enum pay_end end, const struct bill *bill,
    const struct pay_report *report)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	json_t *json;

	assert_int_equal(report_json(end, bill, report, "a sentence", out), 0);
	(void)fclose(out);
	assert_int_equal(text[len - 1], '\n');
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static void
each_end_has_its_word(void **state)
{
	static const char *const words[] = { [PAY_PAID] = "paid",
		[PAY_REFUSED] = "refused",
		[PAY_UNKNOWN] = "unknown",
		[PAY_SECRET] = "secret",
		[PAY_CARD] = "card",
		[PAY_USAGE] = "usage",
		[PAY_TICKET] = "ticket",
		[PAY_UNAVAILABLE] = "unavailable" };
	struct till_ticket ticket = test_ticket();
	struct bill bill = { .ticket = &ticket };
	struct pay_report report = { .payee_name = "The Paper Boat Ltd",
		.tries = 2,
		.answer = json_pack("{s:s,s:i,s:s,s:s}", "voucher", "a.b.c",
		    "txn", 7, "reason", "auth", "conversation", "secret") };
	enum pay_end end;
	json_t *json;

	(void)state;
	for (end = PAY_PAID; end <= PAY_UNAVAILABLE; end++) {
		json = reported(end, &bill, &report);
		assert_string_equal(json_string_value(
					json_object_get(json, "status")),
		    words[end]);
		assert_int_equal(json_object_get(json, "message") != NULL,
		    end != PAY_PAID);
		/* Only what has ended has something of the server's. */
		assert_int_equal(json_object_get(json, "txn") != NULL,
		    end == PAY_PAID || end == PAY_REFUSED);
		assert_null(json_object_get(json, "conversation"));
		assert_string_equal(json_string_value(
					json_object_get(json, "amount")),
		    "0.05");
		assert_int_equal(json_integer_value(
				     json_object_get(json, "tries_left")),
		    2);
		json_decref(json);
	}
	assert_int_equal(json_object_set_new(report.answer, "refunded",
			     json_string("0.01")),
	    0);
	json = reported(PAY_PAID, &bill, &report);
	assert_string_equal(json_string_value(
				json_object_get(json, "refunded")),
	    "0.01");
	json_decref(json);
	report.tries = SIGNER_TRIES_UNKNOWN;
	report.payee_name[0] = '\0';
	json = reported(PAY_TICKET, NULL, &report);
	assert_int_equal(json_object_size(json), 2);
	json_decref(json);
	pay_report_clear(&report);
}

/* Whoever answers does not get the terminal. */
static void
no_text_of_a_server_does_anything(void **state)
{
	static const char *const asked[] = {
		("[{\"id\":\"card\",\"kind\":\"signature\","
		 "\"format\":\"\\u001b[2J\"}]"),
		"[{\"id\":\"a\",\"kind\":\"\\u001b[2J\"}]",
		"[{\"id\":\"a\",\"kind\":\"\\u0085\"}]",
	};
	static const char *const vouchers[] = { "a.b\033c", "a.b c", "a\nb" };
	struct pay_report report = { .tries = SIGNER_TRIES_UNKNOWN };
	const struct pay_wish wish = { .timeout_s = 1 };
	struct pay_order order = { .wish = &wish };
	char body[PAY_BODY_MAX], buf[SHOWN_MAX], out[16];
	FILE *file;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(asked); i++) {
		assert_int_equal(answered(&order, asked[i], body), PAY_USAGE);
		assert_null(strpbrk(err.text, "\033\302"));
	}
	for (i = 0; i < LEN(vouchers); i++) {
		memset(out, 0, sizeof(out));
		file = fmemopen(out, sizeof(out) - 1, "w");
		report.answer = json_pack("{s:s}", "voucher", vouchers[i]);
		assert_int_equal(report_text(&report, file), 0);
		(void)fclose(file);
		assert_string_equal(out, "\n");
		pay_report_clear(&report);
	}
	assert_string_equal(shown("d\303\251bit\303\251", "", 7, buf),
	    "d\303\251bit");
	assert_string_equal(shown(NULL, "?", 7, buf), "?");
	assert_string_equal(shown("", "?", 7, buf), "?");
	assert_string_equal(shown("a\303", "?", 7, buf), "?");
}

/* A sentence that was cut is one all the same. */
static void
a_message_is_never_lost(void **state)
{
	const struct pay_report report = { .tries = SIGNER_TRIES_UNKNOWN };
	char *text = NULL;
	size_t len = 0;
	json_t *json;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_int_equal(report_json(PAY_UNKNOWN, NULL, &report, "not tol\303",
			     out),
	    0);
	(void)fclose(out);
	json = json_loads(text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "message")),
	    "not tol");
	json_decref(json);
	free(text);
	out = fopen("/dev/full", "w");
	if (out == NULL)
		return;
	assert_int_equal(report_json(PAY_UNKNOWN, NULL, &report, "", out), -1);
	assert_int_equal(report_text(&report, out), -1);
	(void)fclose(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_a_file_is_given_once),
		cmocka_unit_test(a_token_is_not_a_password),
		cmocka_unit_test(what_cannot_be_answered_is_said),
		cmocka_unit_test(a_secret_is_one_line),
		cmocka_unit_test(each_end_has_its_word),
		cmocka_unit_test(no_text_of_a_server_does_anything),
		cmocka_unit_test(a_message_is_never_lost),
	};

	return cmocka_run_group_tests(tests, setup, scratch_remove);
}
