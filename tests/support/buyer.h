/*
 * buyer.h - payments at the simulated bank, for tests of it.  What is not
 * as it must be fails the test.
 */
#ifndef SUPPORT_BUYER_H
#define SUPPORT_BUYER_H

#include "support/banker.h"

#define BUYER_CARD "4000001234567899" /* 1000.00 EUR, expires 2912 */
#define BUYER_POOR "4000001234567881" /* 1.00 EUR */
#define BUYER_SOON 20000 /* ms: patience with what must come */

/* The elements of a purchase of 123.00 EUR, for banker_make. */
#define BUYER_PURCHASE                                                         \
	"2=" BUYER_CARD " 3=000000 4=000000012300 7=1122123200 11=000003 "     \
	"12=143200 13=1122 14=2912 18=5192 22=810 25=59 32=123456 "            \
	"37=610512000003 41=PAYSRV01 42=MERCHANT0000001 "                      \
	"43=GAZETTE_EN_LIGNE_______PARIS__________FR 49=978"
/* Under which the bank books it. */
#define BUYER_KEY "0200000003112212320000000123456"

/* Of the last exchange. */
extern struct iso_message buyer_request, buyer_answer;

/* A bank with both cards, these rules, and these options. */
void buyer_bank(const char *rules, const char *options);
struct banker *buyer_signed_on(void);
/* The purchase, changed as by banker_edit, is answered with this code. */
void buyer_pays(struct banker *, const char *changes, const char *code);
/* So is its reversal, of that type. */
void buyer_reverses(struct banker *, const char *mti, const char *changes,
    const char *code);
/* buyer_answer is whole, about buyer_request, and has this code. */
void buyer_is_answered(const char *code);
/* The bank's books hold this text. */
void buyer_has(const char *text);

#endif
