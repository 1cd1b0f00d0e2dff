/*
 * merchant.h - a merchant's pages of his till.
 *
 *	GET  /merchant			what the till holds, the last 30 days
 *	GET  /merchant/sales		since, until (YYYY-MM-DD), from
 *	GET  /merchant/sales.csv	all of that time (RFC 4180)
 *	GET  /merchant/sales/SERIAL	one sale, its refunds, its voucher
 *	GET  /merchant/sales/SERIAL/voucher	the voucher, as a file
 *	GET  /merchant/payouts		from
 *	POST /merchant			"do": sign-out
 *
 * Each asks the rear unit by the merchant's session alone (ctl/account.h),
 * which is not a customer's and has a cookie of its own.
 */
#ifndef FRONT_MERCHANT_H
#define FRONT_MERCHANT_H

struct work;

void merchant_show(struct work *);
void merchant_sales(struct work *);
void merchant_csv(struct work *);
void merchant_sale(struct work *);
void merchant_voucher(struct work *);
void merchant_payouts(struct work *);
void merchant_do(struct work *);

#endif
