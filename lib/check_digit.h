/*
 * check_digit.h - digits that show a slip of the pen.
 */
#ifndef CHECK_DIGIT_H
#define CHECK_DIGIT_H

#include <stdbool.h>
#include <stddef.h>

/* Digits only, the last of which is right: a card number's (ISO/IEC
 * 7812-1, annex B). */
bool check_luhn(const char *digits, size_t len);

/* MOD 97-10 of ISO/IEC 7064 as IBANs (ISO 13616) and creditor references
 * (ISO 11649) have it: capital letters and digits, of which the first four
 * count last. */
bool check_mod97(const char *text, size_t len);

/* The check digits that such a text needs, 2 to 98, where "00" stands in
 * their place, its third and fourth character. */
unsigned int check_mod97_digits(const char *text, size_t len);

#endif
