/*
 * merchant_priv.h - what the files merchant*.c and page_merchant*.c share,
 * beside what they have of an account's.
 */
#ifndef FRONT_MERCHANT_PRIV_H
#define FRONT_MERCHANT_PRIV_H

#include "front/account_priv.h"
#include "front/merchant.h"

#define MERCHANT_LATELY 5 /* sales on the first page */
#define MERCHANT_PAGE 50 /* lines on one page */
#define MERCHANT_PARTS_MAX 50 /* answers that make one page, or its sums */
#define MERCHANT_DAYS 30 /* of rear/takings.h */
#define MERCHANT_DAY_S INT64_C(86400)

/* page_merchant.c: job->shown with "days", the beginning of the first, and
 * whether there was "more" than could be added up; job->lines the latest
 * sales. */
void page_merchant(struct work *);
/* page_merchant_sales.c: of job->lines and job->next, or job->why. */
void page_sales(struct work *);
/* Rows of a table of sales. */
void put_sales(struct page *, const json_t *sales);
/* page_merchant_sale.c */
void page_sale(struct work *, const json_t *sale);
/* page_merchant_payouts.c: of job->lines and job->next. */
void page_payouts(struct work *);

/* page_merchant_parts.c: page_begin of one of these. */
void page_merchant_begin(struct page *, struct work *, const char *title);
/* What the till of job->shown holds. */
void put_holdings(struct page *);
/* Links to the other pages; here is this one's path. */
void put_merchant_links(struct page *, const char *here);
/* Where older lines are, if there are any: job->next, with the times of the
 * address. */
void put_merchant_older(struct page *, const char *path);

/* picture.c: what was sold each day, one picture for each currency, with a
 * table of the same. */
void put_pictures(struct page *, const json_t *days, int64_t first_s);

#endif
