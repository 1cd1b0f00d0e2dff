/*
 * test_bank_conf.c - the file of a link and the meanings of its answers,
 * and every mistake at its line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "settle_bank/codes.h"
#include "settle_bank/conf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX 4096

#define WHOLE                                                                  \
	"address=127.0.0.1:5000\n"                                             \
	"tls=no\n"                                                             \
	"acquirer=123456\n"                                                    \
	"terminal=PAYSRV1\n"                                                   \
	"merchant=MERCHANT0000001\n"                                           \
	"mcc=5192\n"                                                           \
	"city=PARIS\n"                                                         \
	"country=FR\n"

static int
parse(const char *text, struct bank_conf *conf, struct till_error *err)
{
	char copy[TEXT_MAX];

	(void)snprintf(copy, sizeof(copy), "%s", text);
	return bank_conf_parse("bank1.conf", copy, conf, err);
}

static void
test_smallest(void **state)
{
	struct bank_conf conf;
	struct till_error err;

	(void)state;
	if (parse(WHOLE, &conf, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(conf.host, "127.0.0.1");
	assert_string_equal(conf.port, "5000");
	assert_false(conf.tls);
	assert_int_equal(conf.framing.length, FRAMING_BE2);
	assert_false(conf.framing.tpdu);
	assert_int_equal(conf.framing.message_min, 12);
	assert_false(conf.coding.bcd);
	assert_int_equal(conf.coding.odd, ISO_ODD_RIGHT_0);
	assert_int_equal(conf.response_ms, 15000);
	assert_int_equal(conf.echo_ms, 60000);
	assert_int_equal(conf.in_flight, 1000);
	assert_string_equal(conf.sign_on, "001");
	assert_string_equal(conf.terminal, "PAYSRV1 ");
	assert_string_equal(conf.merchant, "MERCHANT0000001");
	assert_string_equal(conf.city, "PARIS        ");
	assert_string_equal(conf.country, "");
	assert_string_equal(conf.entry_mode, "810");
}

static void
test_all(void **state)
{
	struct bank_conf conf;
	struct till_error err;

	(void)state;
	if (parse("# the first link\n"
		  "address=[2001:db8::1]:65535  # by night too\n"
		  "tls-ca=/etc/till/bank-ca.pem\n"
		  "tls-certificate=/etc/till/bank.pem\n"
		  "tls-key=/etc/till/bank.key\n"
		  "\n"
		  "  length=be4\n"
		  "tpdu=60000100aF\n"
		  "header=12\n"
		  "numbers=bcd\n"
		  "bitmap=hex\n"
		  "odd=right-f\n"
		  "sign-on=061\nsign-off=062\necho=270\ncutover=202\n"
		  "connect=500ms\nresponse=2m\necho-after=30s\n"
		  "in-flight=10000\nreversal=0400\nnet-debit=c\n"
		  "acquirer=12345678901\nterminal=T\nmerchant=M 1\n"
		  "mcc=5192\nacquirer-country=250\ncity=PARIS\n"
		  "country=FR\nentry-mode=010\ncondition=08",
		&conf, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(conf.host, "2001:db8::1");
	assert_true(conf.tls);
	assert_string_equal(conf.tls_name, "2001:db8::1");
	assert_int_equal(conf.framing.length, FRAMING_BE4);
	assert_true(conf.framing.tpdu);
	assert_int_equal(conf.tpdu[4], 0xaf);
	assert_int_equal(conf.framing.header, 12);
	assert_int_equal(conf.framing.message_min, 18);
	assert_true(conf.coding.bcd && conf.coding.hex_bitmap);
	assert_int_equal(conf.coding.odd, ISO_ODD_RIGHT_F);
	assert_int_equal(conf.connect_ms, 500);
	assert_int_equal(conf.response_ms, 120000);
	assert_true(conf.reverse_0400 && conf.net_debit_is_c);
	assert_string_equal(conf.merchant, "M 1            ");
	assert_string_equal(conf.country, "250");
}

/* A line put before the whole file, and what is said of it. */
static const struct {
	const char *line, *why;
} mistakes[] = {
	{ "adress=x:1",
	    "bank1.conf:1: unknown setting 'adress'; did you mean "
	    "'address'?" },
	{ "eco-after=1s", "did you mean 'echo-after'?" },
	{ "numbers", "bank1.conf:1: 'numbers' is no name=value" },
	{ "numbers=BCD", "numbers is one of ascii, bcd, not 'BCD'" },
	{ "length=2",
	    "length is one of be2, be2-inclusive, bcd2, ascii4, "
	    "be4, not '2'" },
	{ "header=65", "header is a number from 0 to 64" },
	{ "header=1x", "header is a number" },
	{ "in-flight=0", "in-flight is a number from 1 to 10000" },
	{ "response=15", "response is a time from 100ms to 300s, as 15s" },
	{ "response=99ms", "response is a time" },
	{ "response=6m", "response is a time" },
	{ "response=s", "response is a time" },
	{ "response=99999999999999999999s", "response is a time" },
	{ "tpdu=6000", "tpdu is none, or ten hexadecimal digits" },
	{ "tpdu=600001000g", "tpdu is none" },
	{ "sign-on=1", "sign-on has 3 characters" },
	{ "sign-on=a01", "sign-on is digits" },
	{ "tls-ca=bank.pem", "tls-ca is an absolute path" },
	{ "tls-ca=", "tls-ca has 1 to 255 characters" },
	{ "mcc=5192", "bank1.conf:7: 'mcc' is set twice" },
	{ "acquirer-country=FRA", "acquirer-country is digits" },
	{ "tls-key=/k", "tls-certificate= and tls-key= belong together" },
	{ "entry-mode=81", "entry-mode has 3 characters" },
};

static void
test_mistakes(void **state)
{
	struct bank_conf conf;
	struct till_error err;
	char text[TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(mistakes); i++) {
		(void)snprintf(text, sizeof(text), "%s\n" WHOLE,
		    mistakes[i].line);
		assert_int_equal(parse(text, &conf, &err), -1);
		if (strstr(err.text, mistakes[i].why) == NULL)
			fail_msg("%s: %s", mistakes[i].line, err.text);
	}
}

static const struct {
	const char *address, *why; /* NULL: fine */
} addresses[] = {
	{ "bank.example:5000", NULL },
	{ "bank.example", "address is HOST:PORT" },
	{ ":5000", "address is HOST:PORT" },
	{ "::1:5000", "an IPv6 address is written [ADDRESS]:PORT" },
	{ "bank.example:0", "a port is a number from 1 to 65535" },
	{ "bank.example:65536", "a port is a number" },
	{ "bank.example:+5", "a port is a number" },
	{ "bank.example:", "a port is a number" },
};

static void
test_addresses(void **state)
{
	struct bank_conf conf;
	struct till_error err;
	char text[TEXT_MAX];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(addresses); i++) {
		(void)snprintf(text, sizeof(text),
		    "address=%s\nacquirer=1\nterminal=T\nmerchant=M\nmcc=5192\n"
		    "city=PARIS\ncountry=FR\n",
		    addresses[i].address);
		r = parse(text, &conf, &err);
		assert_int_equal(r, addresses[i].why == NULL ? 0 : -1);
		if (r == -1 && strstr(err.text, addresses[i].why) == NULL)
			fail_msg("%s: %s", addresses[i].address, err.text);
	}
	/* Only a program beside us may do the encrypting. */
	assert_int_equal(parse("address=bank.example:1\ntls=no\nacquirer=1\n"
			       "terminal=T\nmerchant=M\nmcc=5192\ncity=PARIS\n"
			       "country=FR\n",
			     &conf, &err),
	    -1);
	assert_non_null(strstr(err.text, "tls=no is for 127.0.0.1 and ::1"));
}

/* Each setting that must be there is missed by its name. */
static void
test_missing(void **state)
{
	static const char *const names[] = { "address", "acquirer", "terminal",
		"merchant", "mcc", "city", "country" };
	struct bank_conf conf;
	struct till_error err;
	char text[TEXT_MAX] = WHOLE, want[64], *at;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		(void)snprintf(text, sizeof(text), "\n%s", WHOLE);
		(void)snprintf(want, sizeof(want), "\n%s=", names[i]);
		at = strstr(text, want);
		assert_non_null(at);
		at[1] = '#';
		assert_int_equal(parse(text, &conf, &err), -1);
		(void)snprintf(want, sizeof(want), "bank1.conf: %s= is missing",
		    names[i]);
		assert_string_equal(err.text, want);
	}
}

static const struct {
	const char *code;
	enum code_class class;
} standard[] = {
	{ "00", CODE_APPROVED },
	{ "11", CODE_APPROVED },
	{ "10", CODE_PARTIAL },
	{ "08", CODE_PARTIAL },
	{ "51", CODE_FUNDS },
	{ "65", CODE_LIMIT },
	{ "54", CODE_EXPIRED },
	{ "78", CODE_CARD },
	{ "57", CODE_NOT_PERMITTED },
	{ "13", CODE_AMOUNT },
	{ "91", CODE_UNAVAILABLE },
	{ "94", CODE_DUPLICATE },
	{ "30", CODE_TECHNICAL },
	{ "05", CODE_REFUSED },
	{ "43", CODE_REFUSED },
	{ "59", CODE_REFUSED },
	{ "Z9", CODE_REFUSED },
	{ " 0", CODE_TECHNICAL },
	{ "0 ", CODE_TECHNICAL },
};

static void
test_codes(void **state)
{
	static const struct codes none;
	size_t i, approving = 0;
	char code[3] = "";
	int a, b;

	(void)state;
	for (i = 0; i < COUNT(standard); i++)
		assert_int_equal(codes_class(&none, standard[i].code, 2),
		    standard[i].class);
	assert_int_equal(codes_class(&none, "0", 1), CODE_TECHNICAL);
	assert_int_equal(codes_class(&none, "", 0), CODE_TECHNICAL);
	assert_int_equal(codes_class(&none, "000", 3), CODE_TECHNICAL);
	for (a = 0; a < 256; a++) {
		for (b = 0; b < 256; b++) {
			code[0] = (char)a;
			code[1] = (char)b;
			approving +=
			    codes_class(&none, code, 2) == CODE_APPROVED;
		}
	}
	assert_int_equal(approving, 2);
}

static const struct {
	const char *text, *why;
} files[] = {
	{ "05=insufficient_funds\n51=card_refused # theirs\n", NULL },
	{ "\n5=insufficient_funds",
	    "codes:2: '5=insufficient_funds' is no "
	    "CODE=CLASS" },
	{ "05", "codes:1: '05' is no CODE=CLASS" },
	{ "05=poor", "codes:1: 'poor' is no class; see settle_bank(8)" },
	{ "85=approved", "codes:1: only 00 and 11 approve" },
	{ "05=technical\n05=technical", "codes:2: 05 is there twice" },
};

static void
test_code_files(void **state)
{
	struct codes codes;
	struct till_error err;
	char text[TEXT_MAX];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		(void)snprintf(text, sizeof(text), "%s", files[i].text);
		r = codes_parse("codes", text, &codes, &err);
		assert_int_equal(r, files[i].why == NULL ? 0 : -1);
		if (r == -1)
			assert_string_equal(err.text, files[i].why);
		else
			assert_int_equal(codes_class(&codes, "51", 2),
			    CODE_REFUSED);
	}
	assert_string_equal(code_class_name(CODE_FUNDS), "insufficient_funds");
	assert_string_equal(code_class_name(CODE_REFUSED), "card_refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smallest),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_code_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
