/*
 * iso8583.c - the elements of ISO 8583:1987 and the values they may have.
 *
 * Never carried, and so not in the table: the tracks (35, 36, 45), the PIN
 * (52) and what goes with it (53), the chip's data (55).
 */
#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>

#include "settle_bank/iso8583.h"

static int fits(const struct iso_element *, size_t, struct till_error *);
static bool is_of_class(enum iso_class, char, bool first);
static const char *class_text(enum iso_class);
static bool has_form(enum iso_form, const char *);
static const char *form_text(enum iso_form);
static bool is_date(const char *);
static bool is_time(const char *);
static int pair(const char *);

static const struct iso_element elements[] = {
	{ 2, ISO_N, ISO_LL, ISO_NOT_EMPTY, 19, ISO_LAST_FOUR, "card number" },
	{ 3, ISO_N, ISO_FIXED, ISO_ANY, 6, ISO_OPEN, "processing code" },
	{ 4, ISO_N, ISO_FIXED, ISO_ANY, 12, ISO_OPEN, "amount" },
	{ 7, ISO_N, ISO_FIXED, ISO_MMDDHHMMSS, 10, ISO_OPEN, "time sent" },
	{ 11, ISO_N, ISO_FIXED, ISO_ANY, 6, ISO_OPEN, "trace number" },
	{ 12, ISO_N, ISO_FIXED, ISO_HHMMSS, 6, ISO_OPEN, "local time" },
	{ 13, ISO_N, ISO_FIXED, ISO_MMDD, 4, ISO_OPEN, "local date" },
	{ 14, ISO_N, ISO_FIXED, ISO_YYMM, 4, ISO_HIDDEN, "expiry" },
	{ 15, ISO_N, ISO_FIXED, ISO_MMDD, 4, ISO_OPEN, "settlement date" },
	{ 18, ISO_N, ISO_FIXED, ISO_ANY, 4, ISO_OPEN, "merchant category" },
	{ 19, ISO_N, ISO_FIXED, ISO_ANY, 3, ISO_OPEN, "acquirer country" },
	{ 22, ISO_N, ISO_FIXED, ISO_ANY, 3, ISO_OPEN, "entry mode" },
	{ 25, ISO_N, ISO_FIXED, ISO_ANY, 2, ISO_OPEN, "condition" },
	{ 32, ISO_N, ISO_LL, ISO_NOT_EMPTY, 11, ISO_OPEN, "acquirer" },
	{ 37, ISO_AN, ISO_FIXED, ISO_ANY, 12, ISO_OPEN, "retrieval reference" },
	{ 38, ISO_AN, ISO_FIXED, ISO_ANY, 6, ISO_OPEN, "authorisation" },
	{ 39, ISO_AN, ISO_FIXED, ISO_ANY, 2, ISO_OPEN, "answer code" },
	{ 41, ISO_ANS, ISO_FIXED, ISO_ANY, 8, ISO_OPEN, "terminal" },
	{ 42, ISO_ANS, ISO_FIXED, ISO_ANY, 15, ISO_OPEN, "merchant" },
	{ 43, ISO_ANS, ISO_FIXED, ISO_ANY, 40, ISO_OPEN, "merchant's name" },
	{ 44, ISO_ANS, ISO_LL, ISO_ANY, 25, ISO_OPEN, "further answer" },
	{ 48, ISO_ANS, ISO_LLL, ISO_ANY, 999, ISO_HIDDEN, "private data" },
	{ 49, ISO_ANS, ISO_FIXED, ISO_ANY, 3, ISO_OPEN, "currency" },
	{ 50, ISO_ANS, ISO_FIXED, ISO_ANY, 3, ISO_OPEN, "settlement currency" },
	{ 54, ISO_ANS, ISO_LLL, ISO_ANY, 120, ISO_HIDDEN, "further amounts" },
	{ 60, ISO_ANS, ISO_LLL, ISO_ANY, 999, ISO_HIDDEN, "reason of advice" },
	{ 63, ISO_ANS, ISO_LLL, ISO_ANY, 999, ISO_HIDDEN, "network data" },
	{ 64, ISO_B, ISO_FIXED, ISO_ANY, 8, ISO_HIDDEN, "authentication code" },
	{ 66, ISO_N, ISO_FIXED, ISO_ANY, 1, ISO_OPEN, "settlement code" },
	{ 70, ISO_N, ISO_FIXED, ISO_ANY, 3, ISO_OPEN, "network code" },
	{ 74, ISO_N, ISO_FIXED, ISO_ANY, 10, ISO_OPEN, "credits" },
	{ 75, ISO_N, ISO_FIXED, ISO_ANY, 10, ISO_OPEN, "credits reversed" },
	{ 76, ISO_N, ISO_FIXED, ISO_ANY, 10, ISO_OPEN, "debits" },
	{ 77, ISO_N, ISO_FIXED, ISO_ANY, 10, ISO_OPEN, "debits reversed" },
	{ 86, ISO_N, ISO_FIXED, ISO_ANY, 16, ISO_OPEN, "sum of credits" },
	{ 87, ISO_N, ISO_FIXED, ISO_ANY, 16, ISO_OPEN,
	    "sum of credits reversed" },
	{ 88, ISO_N, ISO_FIXED, ISO_ANY, 16, ISO_OPEN, "sum of debits" },
	{ 89, ISO_N, ISO_FIXED, ISO_ANY, 16, ISO_OPEN,
	    "sum of debits reversed" },
	{ 90, ISO_N, ISO_FIXED, ISO_ANY, 42, ISO_OPEN, "original" },
	{ 95, ISO_AN, ISO_FIXED, ISO_ANY, 42, ISO_OPEN, "amounts instead" },
	{ 97, ISO_XN, ISO_FIXED, ISO_ANY, 17, ISO_OPEN, "net settlement" },
	{ 99, ISO_N, ISO_LL, ISO_NOT_EMPTY, 11, ISO_OPEN, "settling party" },
	{ 102, ISO_ANS, ISO_LL, ISO_ANY, 28, ISO_LAST_FOUR, "account from" },
	{ 128, ISO_B, ISO_FIXED, ISO_ANY, 8, ISO_HIDDEN,
	    "second authentication code" },
};

#define ELEMENTS (sizeof(elements) / sizeof(elements[0]))

const struct iso_element *
iso_element(int number)
{
	size_t i;

	for (i = 0; i < ELEMENTS; i++) {
		if (elements[i].number == number)
			return &elements[i];
	}
	return NULL;
}

void
iso_begin(struct iso_message *message, const char *mti)
{
	assert(strlen(mti) == ISO_MTI_LEN);
	memset(message, 0, sizeof(*message));
	memcpy(message->mti, mti, ISO_MTI_LEN + 1);
}

void
iso_wipe(struct iso_message *message)
{
	OPENSSL_cleanse(message, sizeof(*message));
}

int
iso_put(struct iso_message *message, int number, const char *value, size_t len,
    struct till_error *err)
{
	const struct iso_element *element = iso_element(number);

	if (element == NULL)
		return till_fail(err, "DE%d is not among the known elements",
		    number);
	if (iso_check(element, value, len, err) == -1)
		return -1;
	if (message->has[number])
		return till_fail(err, "DE%d is there twice", number);
	if (len > sizeof(message->text) - message->used)
		return till_fail(err, "DE%d does not fit into a message",
		    number);
	if (len > 0)
		memcpy(message->text + message->used, value, len);
	message->at[number] = (uint16_t)message->used;
	message->len[number] = (uint16_t)len;
	message->has[number] = true;
	message->used += len;
	return 0;
}

int
iso_put_text(struct iso_message *message, int number, const char *value,
    struct till_error *err)
{
	return iso_put(message, number, value, strlen(value), err);
}

const char *
iso_get(const struct iso_message *message, int number, size_t *len_r)
{
	assert(number > 0 && number <= ISO_DE_MAX);
	if (!message->has[number])
		return NULL;
	*len_r = message->len[number];
	return message->text + message->at[number];
}

bool
iso_is(const struct iso_message *message, int number, const char *value)
{
	size_t len;
	const char *has = iso_get(message, number, &len);

	return has != NULL && len == strlen(value) &&
	    memcmp(has, value, len) == 0;
}

bool
iso_same(const struct iso_message *a, const struct iso_message *b, int number)
{
	size_t len_a, len_b;
	const char *in_a = iso_get(a, number, &len_a);
	const char *in_b = iso_get(b, number, &len_b);

	return in_a != NULL && in_b != NULL && len_a == len_b &&
	    memcmp(in_a, in_b, len_a) == 0;
}

int
iso_check(const struct iso_element *element, const char *value, size_t len,
    struct till_error *err)
{
	size_t i;

	if (fits(element, len, err) == -1)
		return -1;
	for (i = 0; i < len; i++) {
		if (!is_of_class(element->class, value[i], i == 0))
			return till_fail(err,
			    "DE%d (%s) has %s, which character %zu is not",
			    element->number, element->name,
			    class_text(element->class), i + 1);
	}
	if (len > 0 && !has_form(element->form, value))
		return till_fail(err, "DE%d (%s) is no %s", element->number,
		    element->name, form_text(element->form));
	return 0;
}

static int
fits(const struct iso_element *element, size_t len, struct till_error *err)
{
	if (element->length == ISO_FIXED && len != element->max)
		return till_fail(err, "DE%d (%s) has %zu characters, not %zu",
		    element->number, element->name, element->max, len);
	if (len > element->max)
		return till_fail(err,
		    "DE%d (%s) has at most %zu characters, not %zu",
		    element->number, element->name, element->max, len);
	if (len == 0 && element->form == ISO_NOT_EMPTY)
		return till_fail(err, "DE%d (%s) is never empty",
		    element->number, element->name);
	return 0;
}

static bool
is_of_class(enum iso_class class, char c, bool first)
{
	const bool digit = c >= '0' && c <= '9';

	switch (class) {
	case ISO_N:
		return digit;
	case ISO_AN:
		return digit || c == ' ' || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z');
	case ISO_ANS:
		return c >= 0x20 && c <= 0x7e;
	case ISO_XN:
		return first ? c == 'C' || c == 'D' : digit;
	case ISO_B:
		return true;
	}
	return false;
}

static const char *class_text(enum iso_class class)
{
	switch (class) {
	case ISO_N:
		return "digits only";
	case ISO_AN:
		return "letters, digits and blanks only";
	case ISO_ANS:
		return "printable ASCII only";
	case ISO_XN:
		return "C or D and then digits";
	case ISO_B:
		break;
	}
	return "any octets";
}

static bool
has_form(enum iso_form form, const char *value)
{
	switch (form) {
	case ISO_ANY:
	case ISO_NOT_EMPTY:
		return true;
	case ISO_MMDDHHMMSS:
		return is_date(value) && is_time(value + 4);
	case ISO_HHMMSS:
		return is_time(value);
	case ISO_MMDD:
		return is_date(value);
	case ISO_YYMM:
		return pair(value + 2) >= 1 && pair(value + 2) <= 12;
	}
	return false;
}

static const char *
form_text(enum iso_form form)
{
	switch (form) {
	case ISO_MMDDHHMMSS:
		return "MMDDhhmmss";
	case ISO_HHMMSS:
		return "hhmmss";
	case ISO_MMDD:
		return "MMDD";
	case ISO_YYMM:
		return "YYMM";
	case ISO_ANY:
	case ISO_NOT_EMPTY:
		break;
	}
	return "value";
}

/* MMDD of some year. */
static bool
is_date(const char *text)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	const int month = pair(text), day = pair(text + 2);

	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static bool
is_time(const char *text)
{
	return pair(text) <= 23 && pair(text + 2) <= 59 && pair(text + 4) <= 59;
}

/* Of two digits, as the class has been checked. */
static int
pair(const char *text)
{
	return 10 * (text[0] - '0') + text[1] - '0';
}
