/*
 * test_rear_link.c - what a front is told beside orders, and what it may
 * not ask.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "rear/clock.h"
#include "support/ledgers.h"
#include "support/rears.h"

static struct rears rears;
static unsigned char buf[FRAME_MAX];
static struct till_error err;

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
	rears_end(&rears);
	return 0;
}

/* One frame and its answer, on a connection of its own. */
static struct frame
call(enum frame_kind kind, enum frame_tag tag, const char *text,
    uint64_t number)
{
	struct frame_writer writer;
	struct frame reply;

	assert_int_equal(frame_writer_init(&writer, &err), 0);
	frame_begin(&writer, kind, 1);
	if (text != NULL)
		frame_text(&writer, tag, text);
	else if (tag != TAG_NONE)
		frame_number(&writer, tag, number);
	assert_int_equal(frame_end(&writer, &err), 0);
	if (link_call(rears.link, &writer, REARS_PATIENCE_MS, buf, sizeof(buf),
		&reply, &err) == -1)
		fail_msg("link_call: %s", err.text);
	frame_writer_free(&writer);
	return reply;
}

static void
hello_tells_issuer_keys_and_limits(void **state)
{
	struct frame reply = call(FRAME_HELLO, TAG_VERSION, NULL, LINK_VERSION);
	const char *text;
	json_t *json;

	(void)state;
	assert_int_equal(reply.kind, FRAME_HELLO_REPLY);
	assert_string_equal(frame_get_text(&reply, TAG_ISSUER), REARS_ISSUER);
	assert_int_equal(frame_get_number(&reply, TAG_SESSION_IDLE_S, 0), 300);
	assert_int_equal(frame_get_number(&reply, TAG_SESSION_MAX_S, 0), 28800);
	text = frame_get_text(&reply, TAG_JWKS);
	json = json_loads(text, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(json, "keys")), 2);
	json_decref(json);
	text = frame_get_text(&reply, TAG_WELL_KNOWN);
	json = json_loads(text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "issuer")),
	    REARS_ISSUER);
	assert_string_equal(json_string_value(
				json_array_get(json_object_get(json,
						   "currencies"),
				    0)),
	    "EUR");
	assert_non_null(json_object_get(json, "limits"));
	json_decref(json);
	reply = call(FRAME_HELLO, TAG_VERSION, NULL, LINK_VERSION + 1);
	assert_non_null(frame_get_text(&reply, TAG_ERROR));
}

static void
health_is_a_document_without_an_error(void **state)
{
	struct frame reply = call(FRAME_HEALTH, TAG_NONE, NULL, 0);
	json_t *json;

	(void)state;
	assert_int_equal(reply.kind, FRAME_HEALTH_REPLY);
	assert_null(frame_get_text(&reply, TAG_ERROR));
	json = json_loads(frame_get_text(&reply, TAG_JSON), 0, NULL);
	assert_int_equal(json_integer_value(
			     json_object_get(json, "generation")),
	    1);
	assert_int_equal(json_integer_value(json_object_get(json, "serial")),
	    rears_serial(&rears));
	json_decref(json);
}

static void
a_session_is_over_after_signing_out(void **state)
{
	char session[129], *token = rears_token(&rears, "o1", EURO(1));
	struct asked asked = { .action = ACTION_PAY,
		.ticket = token,
		.channel = "api" };
	struct frame reply;
	struct said said;

	(void)state;
	rears_sign_in(&rears, "alice", "o0", session);
	asked.session = session;
	reply = call(FRAME_SIGN_OUT, TAG_SESSION, session, 0);
	assert_int_equal(reply.kind, FRAME_SIGN_OUT_REPLY);
	rears_ask(&rears, &asked, &said);
	assert_int_equal(said.status, STATUS_PROMPTS);
	free(token);
}

static void
commands_of_tillctl_are_not_for_fronts(void **state)
{
	struct frame reply = call(FRAME_CTL, TAG_COMMAND, "customer.list", 0);

	(void)state;
	assert_int_equal(reply.kind, FRAME_REFUSED);
	assert_non_null(frame_get_text(&reply, TAG_ERROR));
}

static void
a_rotation_is_told_to_the_fronts_that_are_there(void **state)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

	(void)state;
	assert_int_equal(rears.notices, 1); /* the hello's */
	assert_int_equal(rear_key_rotate(rears.rear, &err), 0);
	while (rears.notices < 2) {
		assert_true(clock_ms() < until);
		(void)usleep(1000);
	}
}

#define LINK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LINK(hello_tells_issuer_keys_and_limits),
		LINK(health_is_a_document_without_an_error),
		LINK(a_session_is_over_after_signing_out),
		LINK(commands_of_tillctl_are_not_for_fronts),
		LINK(a_rotation_is_told_to_the_fronts_that_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
