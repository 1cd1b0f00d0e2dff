/*
 * words.h - what the shop says, in the languages of its visitors.
 *
 * Each language is a table of all words, so that none can be missing.
 * Where a word has {} or {2} a value goes.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>
#include <stdint.h>

#include <till/money.h>

#define LANGUAGE_TAG_MAX 16 /* of a tag that is looked for, with its NUL */
#define LANGUAGE_TEXT_MAX 64 /* a time or an amount, with its NUL */

enum word {
	W_NONE = 0,
	W_ADDRESS,
	W_ASK_CUSTOMER,
	W_BACK_ORDER,
	W_BACK_SHOP,
	W_BASKET,
	W_BASKET_COUNT,
	W_BASKET_EMPTY,
	W_BASKET_TITLE,
	W_BRING,
	W_BUY,
	W_BUY_BASKET,
	W_BUY_WHAT,
	W_CHOOSE,
	W_CHOOSE_FIRST,
	W_COLLECTION,
	W_CONTINUE,
	W_CUSTOMER_BAD,
	W_CUSTOMER_NUMBER,
	W_CUSTOMER_YOU,
	W_DOWN,
	W_DOWN_ELSEWHERE,
	W_DOWN_TITLE,
	W_DOWN_UNKNOWN,
	W_FILE_MISSING,
	W_FILE_UNPAID,
	W_FILES,
	W_FOR,
	W_GIVEN_ALL,
	W_GIVEN_BACK,
	W_GO,
	W_GO_TITLE,
	W_GOODS,
	W_GOODS_EACH,
	W_IDENTIFIED,
	W_IDENTIFY,
	W_IDENTIFY_AT,
	W_LANGUAGES,
	W_NAME,
	W_NO_ARTICLE,
	W_NO_ORDER,
	W_NO_PAGE,
	W_NO_VOUCHER,
	W_NO_VOUCHER_TITLE,
	W_NOT_CHARGED,
	W_NOT_FOUND,
	W_NOT_ORDERED,
	W_NOT_PAID,
	W_NOT_POSSIBLE,
	W_ORDER,
	W_ORDER_AGAIN,
	W_ORDER_ENDED,
	W_ORDER_FIXED,
	W_ORDER_OF,
	W_PAID,
	W_PAY_AT,
	W_PAYMENT,
	W_PIECES,
	W_PLACE,
	W_PRICE,
	W_REASON_AUTH,
	W_REASON_BANK,
	W_REASON_CANCELLED,
	W_REASON_CURRENCY,
	W_REASON_EXPIRED,
	W_REASON_FUNDS,
	W_REASON_LIMIT,
	W_REASON_POLICY,
	W_RECIPIENT_BAD,
	W_REMOVE,
	W_REMOVE_WHAT,
	W_SAVE,
	W_SERVER_GONE,
	W_SHOPPING,
	W_SHOW_PRICES,
	W_TO_BASKET,
	W_TO_BASKET_WHAT,
	W_TOTAL,
	W_VOUCHER_BAD,
	W_VOUCHER_BAD_TITLE,
	W_VOUCHER_LATER,
	W_VOUCHER_LATER_TITLE,
	W_WHO_COLLECTS,
	WORDS_LEN
};

struct language {
	const char *tag; /* RFC 5646 */
	const char *name; /* in itself */
	const char *point, *group; /* of numbers */
	const char *months[12];
	const char *words[WORDS_LEN];
};

extern const struct language language_en, language_fr;

/* The languages, from 0; NULL past the end.  The first is that of who asks
 * for none. */
const struct language *language_at(size_t i);
/* By a tag or the first part of one ("fr-CA"); NULL: none. */
const struct language *language_find(const char *tag);
/* The best for an Accept-Language (RFC 9110, 12.5.4), which may be NULL. */
const struct language *language_accept(const char *accept);

/* "1,234.50 EUR", with a space that no line ends at. */
const char *language_money(const struct language *, const struct till_money *,
    char buf[LANGUAGE_TEXT_MAX]);
/* A number as it is on the wire ("5.5"), with the language's marks. */
const char *language_decimal(const struct language *, const char *decimal,
    char buf[LANGUAGE_TEXT_MAX]);
/* "23 November 2026, 10:15 UTC" of seconds since 1970. */
const char *language_time(const struct language *, int64_t time_s,
    char buf[LANGUAGE_TEXT_MAX]);
/* The sentence for the reason of a refusal (till_reason_name); W_NONE if
 * there is none. */
enum word word_of_reason(const char *reason);

#endif
