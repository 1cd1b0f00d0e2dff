/*
 * test_rear_sign_out.c - what a customer was shown by in a browser ends when
 * he signs out of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rear/unit.h"
#include "support/accounts.h"
#include "support/ledgers.h"

static struct rears rears;
static struct said said;

static int
setup(void **state)
{
	(void)state;
	rears_begin(&rears, rears_usual);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rears_verify(&rears);
	rears_end(&rears);
	return 0;
}

static void
sign_out(const char *secret)
{
	unsigned char name[SESSION_NAME_SIZE];

	assert_int_equal(session_name(secret, name), 0);
	assert_true(session_table_end(rears.rear->sessions, name));
}

/* Begin to pay more than there is, and leave it so. */
static void
begin_to_pay(const char *token, char conversation_r[129], char session_r[129])
{
	struct asked asked = rears_browse(ACTION_PAY, token, NULL);

	asked.customer = "alice";
	asked.password = REARS_PASSWORD;
	asked.want_session = true;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_DECLINED);
	assert_string_equal(said.reason, "funds");
	assert_string_not_equal(said.balance, "");
	memcpy(conversation_r, said.conversation, sizeof(said.conversation));
	memcpy(session_r, said.session, sizeof(said.session));
	assert_string_not_equal(session_r, "");
}

static void
who_signs_out_is_shown_in_no_payment_any_more(void **state)
{
	char *token = rears_token(&rears, "out", EURO(60));
	char here[129], there[129], session[129], other[129];
	struct asked asked;

	(void)state;
	begin_to_pay(token, here, session);
	begin_to_pay(token, there, other);
	/* It holds in its conversation, also without the session's cookie. */
	asked = rears_browse(ACTION_PAY, NULL, here);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_DECLINED);
	sign_out(session);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	assert_string_equal(said.balance, "");
	/* In another browser he has not signed out. */
	asked = rears_browse(ACTION_PAY, NULL, there);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_DECLINED);
	/* And whoever is shown anew here may go on. */
	asked = rears_browse(ACTION_PAY, NULL, here);
	asked.password = REARS_PASSWORD;
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_DECLINED);
	free(token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    who_signs_out_is_shown_in_no_payment_any_more, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
