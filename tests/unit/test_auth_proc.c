/*
 * test_auth_proc.c - a program asks, judges and remembers; nonsense and
 * silence let nobody in; replies are seen by nobody else.
 */
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"
#include "support/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;

static void
open_with(const char *a, const char *b, const char *c)
{
	char program[SCRATCH_PATH_MAX + 16];
	const char *const settings[] = { program, a, b, c, NULL };

	(void)snprintf(program, sizeof(program), "program=%s",
	    scratch_path("program"));
	owner_init(&owner);
	it = module_must_open(loader, "auth_proc", settings);
	ctx = owner_context(&owner, "it", TILL_AUTH);
}

static void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

#define GREET "read -r hello; echo '{\"id\":0,\"protocol\":1}'\n"
#define READ "read -r request\n"
#define SAY(text) "echo '{\"id\":1," text "}'\nread -r more"
#define SAY_ASK(prompt)                                                        \
	SAY("\"result\":\"need-input\",\"prompts\":[" prompt "]")

static const struct {
	const char *about, *lines;
	enum till_result want;
	const char *code;
} cases[] = {
	{ "yes",
	    GREET READ SAY("\"result\":\"grant\",\"methods\":"
			   "[{\"amr\":\"hwk\",\"level\":2},{\"amr\":\"pin\"}]"),
	    TILL_GRANT, "" },
	{ "no",
	    GREET READ SAY("\"result\":\"deny\",\"code\":\"lost-card\","
			   "\"text\":\"the card was lost\""),
	    TILL_DENY, "lost-card" },
	{ "abstains", GREET READ SAY("\"result\":\"abstain\""), TILL_ABSTAIN,
	    "program" },
	{ "locked", GREET READ SAY("\"result\":\"locked\""), TILL_LOCKED,
	    "program" },
	{ "unavailable", GREET READ SAY("\"result\":\"unavailable\""),
	    TILL_UNAVAILABLE, "program" },
	{ "asks", GREET READ SAY_ASK("{\"id\":\"pin\",\"kind\":\"secret\"}"),
	    TILL_NEED_INPUT, "" },
	{ "asks nothing", GREET READ SAY("\"result\":\"need-input\""),
	    TILL_ERROR, "program" },
	{ "only tells",
	    GREET READ SAY_ASK("{\"id\":\"hello\","
			       "\"kind\":\"info\"}"),
	    TILL_ERROR, "module-error" },
	{ "grants by no method", GREET READ SAY("\"result\":\"grant\""),
	    TILL_ERROR, "program" },
	{ "grants by an empty list",
	    GREET READ SAY("\"result\":\"grant\",\"methods\":[]"), TILL_ERROR,
	    "program" },
	{ "grants too high a level",
	    GREET READ SAY("\"result\":\"grant\",\"methods\":"
			   "[{\"amr\":\"hwk\",\"level\":11}]"),
	    TILL_ERROR, "program" },
	{ "grants twice by one method",
	    GREET READ SAY("\"result\":\"grant\",\"methods\":"
			   "[{\"amr\":\"hwk\"},{\"amr\":\"hwk\"}]"),
	    TILL_ERROR, "program" },
	{ "a prompt without kind", GREET READ SAY_ASK("{\"id\":\"pin\"}"),
	    TILL_ERROR, "program" },
	{ "a prompt with a bad id",
	    GREET READ SAY_ASK("{\"id\":\"P I N\",\"kind\":\"secret\"}"),
	    TILL_ERROR, "program" },
	{ "a prompt with bad bounds",
	    GREET READ SAY_ASK("{\"id\":\"pin\",\"kind\":\"secret\","
			       "\"min\":9,\"max\":4}"),
	    TILL_ERROR, "program" },
	{ "a challenge that is none",
	    GREET READ SAY_ASK("{\"id\":\"k\",\"kind\":\"signature\","
			       "\"challenge\":\"a+b\"}"),
	    TILL_ERROR, "program" },
	{ "a choice without choices",
	    GREET READ SAY_ASK("{\"id\":\"k\",\"kind\":\"choice\"}"),
	    TILL_ERROR, "program" },
	{ "a word of another facility",
	    GREET READ SAY("\"result\":\"committed\""), TILL_ERROR, "program" },
	{ "garbage", GREET READ "echo grant", TILL_ERROR, "program" },
	{ "the end", GREET READ "exit 0", TILL_ERROR, "program" },
	{ "a crash", GREET READ "kill -SEGV $$", TILL_ERROR, "program" },
	{ "silence", GREET READ "exec sleep 1000", TILL_ERROR, "program" },
	{ "no greeting", "exec sleep 1000", TILL_UNAVAILABLE, "program" },
	{ "the end at once", "exit 1", TILL_UNAVAILABLE, "program" },
};

static void
test_answers(void **state)
{
	enum till_result result;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		scratch_program("program", cases[i].lines);
		open_with(strstr(cases[i].lines, "sleep") != NULL
			? "deadline=2s"
			: "deadline=60s",
		    NULL, NULL);
		result = instance_auth(it, ctx);
		if (result != cases[i].want ||
		    strcmp(ctx->code, cases[i].code) != 0)
			fail_msg("%s: %s, %s: %s", cases[i].about,
			    result_name(result), ctx->code, ctx->why.text);
		if (result != TILL_GRANT)
			assert_int_equal(ctx->level, 0);
		close_all();
	}
}

static void
test_methods_add_their_levels(void **state)
{
	(void)state;
	scratch_program("program", cases[0].lines);
	open_with(NULL, NULL, NULL);
	owner.failures.count = 3;
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_int_equal(ctx->amr_len, 2);
	assert_string_equal(ctx->amr[0], "hwk");
	assert_string_equal(ctx->amr[1], "pin");
	assert_int_equal(ctx->level, 3);
	assert_int_equal(owner.failures.count, 0);
	close_all();
}

/* Whatever the program thinks of one whom the server does not know. */
static void
test_unknown_customer_is_never_granted(void **state)
{
	char request[4096];

	(void)state;
	scratch_program("program",
	    GREET READ "printf '%s\\n' \"$request\" >${0%program}request\n" SAY(
		"\"result\":\"grant\",\"methods\":[{\"amr\":\"hwk\"}]"));
	open_with(NULL, NULL, NULL);
	owner.order.customer = "mallory";
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	(void)scratch_read("request", request, sizeof(request));
	assert_non_null(strstr(request, "\"known\":false"));
	close_all();
}

/* Two steps; what is asked, and what of the replies comes through. */
static const char two_steps[] = GREET READ
    "printf '%s\\n' \"$request\" >${0%program}request\n"
    "echo '{\"id\":1,\"result\":\"need-input\",\"state\":\"one \\\"1\\\"\","
    "\"prompts\":[{\"id\":\"hi\",\"kind\":\"info\",\"text\":\"Hello\"},"
    "{\"id\":\"pin\",\"kind\":\"secret\",\"min\":1,\"max\":40},"
    "{\"id\":\"card\",\"kind\":\"signature\",\"challenge\":\"AQID\","
    "\"format\":\"es256\"},{\"id\":\"which\",\"kind\":\"choice\","
    "\"choices\":[\"red\",\"blue\"]}]}'\n" READ
    "printf '%s\\n' \"$request\" >>${0%program}request\n"
    "echo '{\"id\":2,\"result\":\"grant\",\"methods\":[{\"amr\":\"x\"}]}'\n"
    "read -r more";

static void
test_conversation_is_remembered(void **state)
{
	char request[8192];
	struct till_error err;

	(void)state;
	scratch_program("program", two_steps);
	open_with(NULL, NULL, NULL);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(ctx->prompts_len, 4);
	assert_string_equal(ctx->prompts[0].text, "Hello");
	assert_int_equal(ctx->prompts[2].challenge_len, 3);
	assert_string_equal(ctx->prompts[3].choices[1], "blue");
	reply(ctx, "pin", "a \"b\\ \303\251");
	assert_int_equal(context_reply_put(ctx, "card", "\0\377", 2, "es256",
			     &err),
	    0);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	(void)scratch_read("request", request, sizeof(request));
	assert_non_null(strstr(request, "\"known\":true"));
	assert_non_null(strstr(request, "\"state\":\"\",\"replies\":{}}\n"));
	assert_non_null(strstr(request, "\"state\":\"one \\\"1\\\"\""));
	assert_non_null(strstr(request,
	    "\"pin\":{\"text\":\"a \\\"b\\\\ \303\251\",\"format\":\"\""));
	assert_non_null(strstr(request,
	    "\"card\":{\"base64\":\"AP8\",\"format\":\"es256\""));
	assert_null(strstr(request, "\"which\""));
	close_all();
}

/* What a customer has replied is in no log, also when it comes back. */
static void
test_replies_are_not_logged(void **state)
{
	(void)state;
	scratch_program("program",
	    GREET READ "echo '{\"id\":1,\"result\":\"need-input\",\"prompts\":"
		       "[{\"id\":\"pin\",\"kind\":\"secret\"}]}'\n" READ
		       "echo \"swordfish $request\"");
	open_with(NULL, NULL, NULL);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "pin", "swordfish");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ERROR);
	assert_non_null(strstr(owner.log, "no JSON"));
	assert_null(strstr(owner.log, "swordfish"));
	assert_null(strstr(ctx->why.text, "swordfish"));
	close_all();
}

/* RFC 4226, section 5.3, for the secret "12345678901234567890". */
static const char *
code_of(int64_t step, char code[8])
{
	static const char secret[] = "12345678901234567890";
	unsigned char mac[EVP_MAX_MD_SIZE], message[8];
	unsigned int i, at, number = 0;

	for (i = 0; i < 8; i++)
		message[i] = (unsigned char)(step >> (56 - 8 * i));
	assert_non_null(HMAC(EVP_sha1(), secret, 20, message, 8, mac, NULL));
	at = mac[19] & 15;
	for (i = 0; i < 4; i++)
		number = number << 8 | mac[at + i];
	(void)snprintf(code, 8, "%06u", (number & 0x7fffffff) % 1000000);
	return code;
}

/* The example of the manual. */
static void
test_python_codes(void **state)
{
	char secrets[SCRATCH_PATH_MAX + 8], code[8], wrong[8];

	(void)state;
	scratch_copy("program", "tests/thirdparty/auth_python/codes.py");
	scratch_write("secrets", 0600,
	    "alice GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n");
	(void)snprintf(secrets, sizeof(secrets), "arg=%s",
	    scratch_path("secrets"));
	open_with(secrets, "max-tries=3", "deadline=60s");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_string_equal(ctx->prompts[0].id, "code");
	(void)code_of((int64_t)time(NULL) / 30, code);
	(void)snprintf(wrong, sizeof(wrong), "%s", code);
	wrong[0] = wrong[0] == '9' ? '0' : (char)(wrong[0] + 1);
	reply(ctx, "code", wrong);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_string_equal(ctx->prompts[0].id, "wrong-code");
	assert_int_equal(owner.failures.count, 1);
	reply(ctx, "code", code);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_string_equal(ctx->amr[0], "otp");
	assert_int_equal(ctx->level, 1);
	assert_int_equal(owner.failures.count, 0);
	/* A code is good for once. */
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "code", code);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "code", wrong);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	assert_string_equal(ctx->code, "too-many-tries");
	assert_int_equal(owner.alerts_len, 0);
	context_free(ctx);
	ctx = owner_context(&owner, "it", TILL_AUTH);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "code", wrong);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	assert_int_equal(owner.alerts_len, 1);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_LOCKED);
	close_all();
}

#define THREADS 6
#define ROUNDS 20

static void *
ask_often(void *arg)
{
	struct till_context *own;
	struct owner *mine;
	intptr_t odd = 0;
	int i;

	(void)arg;
	mine = malloc(sizeof(*mine));
	assert_non_null(mine);
	owner_init(mine);
	for (i = 0; i < ROUNDS; i++) {
		own = owner_context(mine, "it", TILL_AUTH);
		if (instance_auth(it, own) != TILL_DENY ||
		    strcmp(own->code, "no") != 0)
			odd++;
		context_free(own);
	}
	free(mine);
	return (void *)odd;
}

static void
test_threads_share_the_programs(void **state)
{
	pthread_t threads[THREADS];
	void *odd;
	size_t i;

	(void)state;
	scratch_program("program",
	    "echo x >>${0%program}starts\n" GREET
	    "id=0\nwhile read -r request; do id=$((id + 1))\n"
	    "echo '{\"id\":'$id',\"result\":\"deny\",\"code\":\"no\"}'; done");
	open_with("pool=2", "deadline=60s", NULL);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
				     NULL),
		    0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &odd), 0);
		assert_null(odd);
	}
	assert_true(scratch_lines("starts") <= 2);
	close_all();
}

#define IN_SCRATCH(test)                                                       \
	cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_answers),
		IN_SCRATCH(test_methods_add_their_levels),
		IN_SCRATCH(test_unknown_customer_is_never_granted),
		IN_SCRATCH(test_conversation_is_remembered),
		IN_SCRATCH(test_replies_are_not_logged),
		IN_SCRATCH(test_python_codes),
		IN_SCRATCH(test_threads_share_the_programs),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
