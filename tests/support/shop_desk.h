/*
 * shop_desk.h - a shop in a scratch folder, and the payment server that
 * its visitors come back from.  Failing calls fail the test.
 */
#ifndef SHOP_DESK_H
#define SHOP_DESK_H

#include "till-shop/shop.h"

struct shop_desk {
	char dir[256];
	struct shop shop;
	struct till_key *server, *other;
	struct visitor visitor;
};

/* For cmocka: *state is a struct shop_desk. */
int shop_desk_setup(void **state);
int shop_desk_teardown(void **state);
void shop_desk_open(struct shop_desk *);
void shop_desk_close(struct shop_desk *);
/* The catalogue's two payment servers the other way round. */
void shop_desk_swap(const struct shop_desk *);

/* Begin a sale of one article and get its ticket. */
void shop_desk_begin(struct shop_desk *, const char *article,
    char id[SHOP_ID_MAX]);
struct till_ticket *shop_desk_ticket(struct shop_desk *, const char *id);
/* What an honest server answers to the sale's ticket. */
struct till_voucher shop_desk_voucher(const struct till_ticket *);
/* Sign it and come back with it. */
int shop_desk_return(struct shop_desk *, const struct till_voucher *,
    const struct till_key *, const struct visitor *, struct till_error *err);
enum sale_state shop_desk_state(struct shop_desk *, const char *id);
const struct till_key *shop_desk_key(void *key, const char *kid);

#endif
