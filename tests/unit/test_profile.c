/*
 * test_profile.c - what a message of the bank's must have, and which
 * answers are answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "settle_bank/profile.h"
#include "support/vectors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct iso_message request, answer;

/* "2=4000001234567899 3=000000": put in, or with "-3" taken out. */
static void
edit(struct iso_message *message, const char *fields)
{
	char text[512], *at = text, *value;
	struct till_error err;
	size_t len;
	int number;

	(void)snprintf(text, sizeof(text), "%s", fields);
	while (*at != '\0') {
		len = strcspn(at, " ");
		value = at + len + (at[len] != '\0');
		at[len] = '\0';
		number = abs((int)strtol(at, NULL, 10));
		message->has[number] = false;
		at = strchr(at, '=');
		if (at != NULL &&
		    iso_put_text(message, number, at + 1, &err) == -1)
			fail_msg("%s", err.text);
		at = value;
	}
}

static void
make(struct iso_message *message, const char *mti, const char *fields)
{
	iso_begin(message, mti);
	edit(message, fields);
}

#define PURCHASE                                                               \
	"2=4000001234567899 3=000000 4=000000012300 7=0415123200 11=000003 "   \
	"12=143200 13=0415 14=2912 18=5192 22=810 25=59 32=123456 "            \
	"37=610512000003 41=PAYSRV01 42=MERCHANT0000001 "                      \
	"43=GAZETTE_EN_LIGNE_______PARIS__________FR 49=978"
#define APPROVED                                                               \
	"2=4000001234567899 3=000000 4=000000012300 7=0415123200 11=000003 "   \
	"15=0415 32=123456 37=610512000003 38=A1B2C3 39=00 41=PAYSRV01 "       \
	"42=MERCHANT0000001 49=978"

/* Changes to a good purchase, and why it is refused; NULL: it is not. */
static const struct {
	const char *change, *why;
} purchases[] = {
	{ "", NULL },
	{ "-14", NULL },
	{ "-2", "a 0200 needs a card number or the account from" },
	{ "-2 102=FR7630006000011234567890189", NULL },
	{ "-4", "a 0200 needs DE4 (amount)" },
	{ "-49", "a 0200 needs DE49 (currency)" },
	{ "39=00", "a 0200 has no DE39 (answer code)" },
	{ "70=001", "a 0200 has no DE70 (network code)" },
	{ "90=020000000304151232000000012345600000000000",
	    "a 0200 has no DE90 (original)" },
	{ "2=4000001234567890", "DE2 (card number) has a wrong check digit" },
};

static void
test_purchase(void **state)
{
	struct till_error err;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < COUNT(purchases); i++) {
		make(&request, "0200", PURCHASE);
		edit(&request, purchases[i].change);
		r = profile_check(&request, PROFILE_TO_BANK, &err);
		assert_int_equal(r, purchases[i].why == NULL ? 0 : -1);
		if (r == -1)
			assert_string_equal(err.text, purchases[i].why);
	}
	make(&request, "0201", PURCHASE);
	assert_int_equal(profile_check(&request, PROFILE_TO_BANK, &err), 0);
	assert_int_equal(profile_check(&request, PROFILE_FROM_BANK, &err), -1);
	assert_string_equal(err.text, "a message of type 0201 is not expected");
}

/* An approval that differs is none: changes, whether it still finds its
 * request, and which element differs. */
static const struct {
	const char *change;
	bool finds;
	const char *why;
} answers[] = {
	{ "", true, NULL },
	{ "-2", true, NULL },
	{ "-32", true, NULL },
	{ "-41", true, NULL },
	{ "11=000004", false, "DE11" },
	{ "7=0415123201", false, "DE7" },
	{ "37=610512000004", false, "DE37" },
	{ "-37", true, "DE37" },
	{ "32=123457", false, "DE32" },
	{ "41=PAYSRV02", false, "DE41" },
	{ "4=000000012301", true, "DE4 (amount)" },
	{ "-4", true, "DE4 (amount)" },
	{ "49=840", true, "DE49 (currency)" },
	{ "-49", true, "DE49 (currency)" },
	{ "3=200000", true, "DE3" },
	{ "2=4000001234567881", true, "DE2" },
	{ "42=MERCHANT0000002", true, "DE42" },
};

static void
test_answers(void **state)
{
	struct till_error err;
	size_t i;
	int r;

	(void)state;
	make(&request, "0200", PURCHASE);
	for (i = 0; i < COUNT(answers); i++) {
		make(&answer, "0210", APPROVED);
		edit(&answer, answers[i].change);
		if (profile_answers(&request, &answer) != answers[i].finds)
			fail_msg("%s", answers[i].change);
		r = profile_echoes(&request, &answer, &err);
		assert_int_equal(r, answers[i].why == NULL ? 0 : -1);
		if (r == -1 && strstr(err.text, answers[i].why) == NULL)
			fail_msg("%s: %s", answers[i].change, err.text);
	}
	make(&answer, "0110", APPROVED);
	assert_false(profile_answers(&request, &answer));
	make(&answer, "0200", PURCHASE);
	assert_false(profile_answers(&request, &answer));
	assert_int_equal(profile_echoes(&request, &answer, &err), -1);
}

static void
test_types(void **state)
{
	(void)state;
	assert_string_equal(profile_answer_type("0200"), "0210");
	assert_string_equal(profile_answer_type("0201"), "0210");
	assert_string_equal(profile_answer_type("0421"), "0430");
	assert_string_equal(profile_answer_type("0422"), "0432");
	assert_string_equal(profile_answer_type("0800"), "0810");
	assert_string_equal(profile_answer_type("0810"), "");
	assert_string_equal(profile_answer_type("0600"), "");
}

/* All good vectors are whole but those that show the codec only, and
 * purchases of others that have no name in them. */
static void
look(const struct vector *vector, void *arg)
{
	struct iso_coding coding;
	struct till_error err;
	enum profile_way way;
	size_t *whole = arg;

	if (!vector->accept || !vector_coding(vector, &coding))
		return;
	assert_int_equal(iso_read(&coding, vector->octets, vector->len,
			     &request, &err),
	    0);
	way = request.mti[2] % 2 == 1 ? PROFILE_FROM_BANK : PROFILE_TO_BANK;
	if (strstr(vector->note, "cutover notice from the bank") != NULL)
		way = PROFILE_FROM_BANK;
	if (profile_check(&request, way, &err) == 0)
		(*whole)++;
	else if (strstr(err.text, "needs DE43") == NULL &&
	    strncmp(vector->id, "0200-llvar-max", 14) != 0 &&
	    strncmp(vector->id, "0200-min-pan", 12) != 0)
		fail_msg("%s: %s", vector->id, err.text);
}

static void
test_vectors(void **state)
{
	size_t whole = 0;

	(void)state;
	(void)vectors_each(look, &whole);
	assert_true(whole >= 40);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_purchase),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
