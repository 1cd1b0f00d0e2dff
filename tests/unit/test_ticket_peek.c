/*
 * test_ticket_peek.c - a ticket can be read without its key, and that
 * proves nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/token.h"
#include "ticket_peek.h"

static struct till_error err;

static void
it_says_what_the_ticket_says_but_has_no_name(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	struct till_ticket ticket = test_ticket(), *peeked = NULL;
	char *token = NULL;

	(void)state;
	assert_int_equal(till_ticket_sign(&ticket, key, &token, &err), 0);
	assert_int_equal(ticket_peek(token, strlen(token), &peeked, &err), 0);
	assert_string_equal(peeked->jti, ticket.jti);
	assert_string_equal(peeked->desc, ticket.desc);
	assert_true(peeked->amount.micro == ticket.amount.micro);
	assert_string_equal(peeked->th, "");
	till_ticket_free(peeked);
	free(token);
	till_key_free(key);
}

/* So whoever peeks must not decide anything by it. */
static void
a_forgery_is_not_noticed(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	struct till_ticket ticket = test_ticket(), *peeked = NULL;
	char *token = NULL, *seal;

	(void)state;
	assert_int_equal(till_ticket_sign(&ticket, key, &token, &err), 0);
	seal = strrchr(token, '.') + 1;
	memset(seal, 'A', strlen(seal));
	assert_int_equal(till_ticket_open(token, strlen(token), test_only_key,
			     key, &peeked, &err),
	    -1);
	assert_int_equal(ticket_peek(token, strlen(token), &peeked, &err), 0);
	till_ticket_free(peeked);
	free(token);
	till_key_free(key);
}

static void
what_breaks_a_rule_is_refused_all_the_same(void **state)
{
	static const char *const payloads[] = { "", "[]", "{}",
		"{\"iss\":\"shop\"}", "[[[[[[[[[[[[]]]]]]]]]]]]" };
	struct till_key *key = test_key(TILL_ALG_ED25519);
	struct till_ticket *peeked = NULL;
	char *token;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		token = test_token_typ(key, "till-ticket+jwt", payloads[i]);
		assert_int_equal(ticket_peek(token, strlen(token), &peeked,
				     &err),
		    -1);
		free(token);
	}
	token = test_token_typ(key, "till-voucher+jwt", "{}");
	assert_int_equal(ticket_peek(token, strlen(token), &peeked, &err), -1);
	assert_null(peeked);
	free(token);
	till_key_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_the_ticket_says_but_has_no_name),
		cmocka_unit_test(a_forgery_is_not_noticed),
		cmocka_unit_test(what_breaks_a_rule_is_refused_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
