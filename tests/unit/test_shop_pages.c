/*
 * test_shop_pages.c - what an order's pages say of its payment: never that
 * nothing was paid, once it has a ticket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/shop_desk.h"
#include "till-shop/pages.h"

static char ticket[] = "a.b.c";

/* Of a word with a value what is behind its place, or before it. */
static bool
says(const struct html *h, enum word word)
{
	char *page = strndup(h->data, h->len);
	char *text = strdup(h->language->words[word]), *place;
	bool r;

	assert_non_null(page);
	assert_non_null(text);
	place = strstr(text, "{}");
	if (place != NULL)
		*place = '\0';
	r = strstr(page,
		place == NULL || place[2] == '\0' ? text : place + 2) != NULL;
	free(text);
	free(page);
	return r;
}

static void
down(const struct shop_desk *f, const struct sale *sale, struct html *h)
{
	page_down(h, &f->shop, sale, 1);
	assert_false(h->failed);
}

static void
whoever_has_a_ticket_is_not_told_that_he_has_not_paid(void **state)
{
	struct sale sale = { .id = "s-1", .state = SALE_OPEN, .lines_len = 1 };
	struct shop_desk *f = *state;
	size_t i;

	for (i = 0; language_at(i) != NULL; i++) {
		struct html open = { .language = language_at(i), .here = "/" };
		struct html identity = open, paying = open;

		sale.ticket = sale.identity_ticket = NULL;
		down(f, &sale, &open);
		assert_true(says(&open, W_DOWN));
		assert_true(says(&open, W_DOWN_ELSEWHERE));
		sale.identity_ticket = ticket;
		down(f, &sale, &identity);
		assert_true(says(&identity, W_DOWN));
		assert_true(says(&identity, W_ORDER_AGAIN));
		sale.ticket = ticket;
		down(f, &sale, &paying);
		assert_true(says(&paying, W_DOWN_UNKNOWN));
		assert_false(says(&paying, W_DOWN));
		assert_false(says(&paying, W_NOT_CHARGED));
		assert_false(says(&paying, W_ORDER_AGAIN));
		assert_false(says(&paying, W_DOWN_ELSEWHERE));
		free(open.data);
		free(identity.data);
		free(paying.data);
	}
}

static void
nothing_is_charged_yet_only_before_the_ticket(void **state)
{
	struct sale sale = { .id = "s-1",
		.state = SALE_OPEN,
		.lines_len = 1,
		.needs_identity = true,
		.identity = "pairwise-1",
		.identity_ticket = ticket };
	struct html before = { .language = language_at(0), .here = "/" };
	struct html after = before;
	struct shop_desk *f = *state;

	page_order(&before, &f->shop, &sale, 0);
	assert_true(says(&before, W_IDENTIFIED));
	sale.state = SALE_TICKETED;
	sale.ticket = ticket;
	page_order(&after, &f->shop, &sale, 0);
	assert_true(says(&after, W_PAY_AT));
	assert_false(says(&after, W_IDENTIFIED));
	free(before.data);
	free(after.data);
}

#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, shop_desk_setup, shop_desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(whoever_has_a_ticket_is_not_told_that_he_has_not_paid),
		CASE(nothing_is_charged_yet_only_before_the_ticket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
