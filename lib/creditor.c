/*
 * creditor.c - see creditor.h.
 */
#include <stdio.h>
#include <string.h>

#include <till/ticket.h>

#include "check_digit.h"
#include "creditor.h"
#include "sha256.h"

#define DIGITS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define BASE 36
#define WIDTH (CREDITOR_BODY_MAX - 1) /* behind the first character */
#define NUMBERED_MAX 19 /* characters: 37^19 * 37/36 < 36^20 */
#define ID_BASE 37
#define TAG "till-creditor-1" /* its NUL is hashed, too */
#define HASHED 16 /* octets */

/* A number of WIDTH digits; what does not fit is lost. */
struct number {
	unsigned char digits[WIDTH]; /* the last one first */
};

static void number_add(struct number *, unsigned int factor, unsigned int);
static void number_print(const struct number *, bool all, char *text_r);
static void plain(const char *id, char *text_r);
static void numbered(const char *id, char *text_r);
static int hashed(const char *id, char *text_r);

int
creditor_of(const char *customer, char reference_r[CREDITOR_MAX],
    struct till_error *err)
{
	char body[CREDITOR_BODY_MAX + 1];
	size_t len;
	bool hyphen;

	if (!till_id_ok(customer))
		return till_fail(err, "this is no customer's id");
	len = strlen(customer);
	hyphen = strchr(customer, '-') != NULL;
	if (!hyphen && len <= WIDTH)
		plain(customer, body);
	else if (len <= NUMBERED_MAX)
		numbered(customer, body);
	else if (hashed(customer, body) == -1)
		return till_fail(err, "SHA-256 failed");
	return creditor_seal(body, reference_r, err);
}

int
creditor_seal(const char *body, char reference_r[CREDITOR_MAX],
    struct till_error *err)
{
	const size_t len = strlen(body);
	char text[CREDITOR_MAX];
	unsigned int digits;

	if (len == 0 || len > CREDITOR_BODY_MAX || strspn(body, DIGITS) != len)
		return till_fail(err,
		    "a reference has 1 to %d capital letters and digits",
		    CREDITOR_BODY_MAX);
	(void)snprintf(text, sizeof(text), "RF00%s", body);
	digits = check_mod97_digits(text, len + 4);
	(void)snprintf(reference_r, CREDITOR_MAX, "RF%02u%s", digits % 100,
	    body);
	return 0;
}

/* Multiply by the factor, and add. */
static void
number_add(struct number *number, unsigned int factor, unsigned int carry)
{
	size_t i;

	for (i = 0; i < WIDTH; i++) {
		carry += number->digits[i] * factor;
		number->digits[i] = (unsigned char)(carry % BASE);
		carry /= BASE;
	}
}

/* All digits, or without zeros in front. */
static void
number_print(const struct number *number, bool all, char *text_r)
{
	size_t i = WIDTH;

	while (!all && i > 1 && number->digits[i - 1] == 0)
		i--;
	while (i-- > 0)
		*text_r++ = DIGITS[number->digits[i]];
	*text_r = '\0';
}

static void
plain(const char *id, char *text_r)
{
	*text_r++ = 'C';
	for (; *id != '\0'; id++)
		*text_r++ =
		    (char)(*id >= 'a' && *id <= 'z' ? *id - 'a' + 'A' : *id);
	*text_r = '\0';
}

static void
numbered(const char *id, char *text_r)
{
	static const char order[] = "-0123456789abcdefghijklmnopqrstuvwxyz";
	struct number number = { { 0 } };

	for (; *id != '\0'; id++)
		number_add(&number, ID_BASE,
		    (unsigned int)(strchr(order, *id) - order) + 1);
	*text_r = 'D';
	number_print(&number, false, text_r + 1);
}

static int
hashed(const char *id, char *text_r)
{
	unsigned char sum[SHA256_SIZE];
	char text[sizeof(TAG) + TILL_ID_MAX] = TAG;
	const size_t len = strlen(id);
	struct number number = { { 0 } };
	size_t i;

	(void)snprintf(text + sizeof(TAG), TILL_ID_MAX, "%s", id);
	if (sha256(text, sizeof(TAG) + len, sum) == -1)
		return -1;
	for (i = 0; i < HASHED; i++)
		number_add(&number, 256, sum[i]);
	*text_r = 'H';
	number_print(&number, true, text_r + 1);
	return 0;
}
