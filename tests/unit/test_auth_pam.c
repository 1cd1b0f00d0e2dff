/*
 * test_auth_pam.c - PAM's answers, and those that it does not give.
 *
 * PAM reads its configuration from a folder of the test's own, and its
 * users from a text file, by pam_matrix of pam_wrapper.
 */
#include <sys/stat.h>

#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATH_SIZE 512

static struct loader *loader;
static char folder[256], matrix[PATH_SIZE];
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;

static void
write_file(const char *name, mode_t mode, const char *text)
{
	char path[PATH_SIZE];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* The service till: these lines, in which %M is pam_matrix with the users
 * of the file passwd, and %D the folder. */
static void
write_service(const char *lines)
{
	char text[2048] = "";
	size_t len = 0;

	for (; *lines != '\0'; lines++) {
		assert_true(len < sizeof(text) - 2 * PATH_SIZE);
		if (lines[0] == '%' && lines[1] == 'M')
			len += (size_t)snprintf(text + len, PATH_SIZE * 2,
			    "%s passdb=%s/passwd", matrix, folder);
		else if (lines[0] == '%' && lines[1] == 'D')
			len += (size_t)snprintf(text + len, PATH_SIZE, "%s",
			    folder);
		else
			text[len++] = *lines;
		if (lines[0] == '%')
			lines++;
	}
	text[len] = '\0';
	write_file("till", 0644, text);
}

static const char usual[] = "auth required %M\naccount required %M\n";

static void
open_with(const char *a, const char *b, const char *c)
{
	char helper[PATH_SIZE], confdir[PATH_SIZE];
	const char *const settings[] = { helper, confdir, a, b, c, NULL };

	(void)snprintf(helper, sizeof(helper),
	    "helper=%s/modules/auth_pam/helper/till-pam-helper", build_dir());
	(void)snprintf(confdir, sizeof(confdir), "confdir=%s", folder);
	owner_init(&owner);
	it = module_must_open(loader, "auth_pam", settings);
	ctx = owner_context(&owner, "it", TILL_AUTH);
}

static void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

static enum till_result
try(const char *secret)
{
	enum till_result result = instance_auth(it, ctx);

	if (result != TILL_NEED_INPUT)
		return result;
	reply(ctx, "password", secret);
	return instance_auth(it, ctx);
}

static void
test_right_password_grants(void **state)
{
	(void)state;
	open_with("user-prefix=till-", "level=2", NULL);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(ctx->prompts_len, 1);
	assert_string_equal(ctx->prompts[0].id, "password");
	assert_int_equal(ctx->prompts[0].kind, TILL_ASK_SECRET);
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_string_equal(ctx->amr[0], "pwd");
	assert_int_equal(ctx->level, 2);
	assert_int_equal(owner.failures.count, 0);
	close_all();
}

static void
test_wrong_password_asks_again_then_denies(void **state)
{
	(void)state;
	open_with("user-prefix=till-", "max-tries=2", NULL);
	ASSERT_RESULT(try("battery"), TILL_NEED_INPUT);
	assert_string_equal(ctx->prompts[0].id, "wrong-password");
	assert_string_equal(ctx->prompts[1].id, "password");
	assert_int_equal(owner.failures.count, 1);
	assert_int_equal(owner.alerts_len, 0);
	reply(ctx, "password", "correct horse ");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	assert_string_equal(ctx->code, "wrong-password");
	assert_int_equal(owner.failures.count, 2);
	assert_int_equal(owner.alerts_len, 1);
	/* Now even the right one has to wait, and PAM is not asked. */
	ASSERT_RESULT(try("correct horse"), TILL_LOCKED);
	assert_int_equal(owner.failures.count, 2);
	owner.here.last_ms -= 3000;
	ASSERT_RESULT(try("correct horse"), TILL_GRANT);
	assert_int_equal(owner.failures.count, 0);
	close_all();
}

/* Who is asked about: the users are till-alice, al and alice. */
static void
test_customers_are_mapped(void **state)
{
	static const struct {
		const char *customer, *a, *b, *secret;
		enum till_result want;
	} cases[] = {
		{ "alice", "user-prefix=till-", NULL, "correct horse",
		    TILL_GRANT },
		{ "alice", "map=alice:al", NULL, "of al", TILL_GRANT },
		{ "alice", "map=alice:al", "user-prefix=till-", "of al",
		    TILL_GRANT },
		{ "alice", "map=alice:al", "user-prefix=till-", "correct horse",
		    TILL_NEED_INPUT },
		{ "alice", "map=al:al", NULL, "of al", TILL_NEED_INPUT },
		{ "alice", "map=alicea:al", NULL, "of al", TILL_NEED_INPUT },
		{ "alice", "map=bob:alice", NULL, "raw", TILL_NEED_INPUT },
		{ "alice", "user-prefix=till-", NULL, "raw", TILL_NEED_INPUT },
		/* The server does not know him, but PAM does. */
		{ "mallory", "user-prefix=till-", NULL, "correct horse",
		    TILL_NEED_INPUT },
		{ "mallory", "map=mallory:al", NULL, "of al", TILL_NEED_INPUT },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		open_with(cases[i].a, cases[i].b, NULL);
		owner.order.customer = cases[i].customer;
		if (try(cases[i].secret) != cases[i].want)
			fail_msg("case %zu", i);
		close_all();
	}
}

/* As many tries in a conversation, and the same words. */
static void
test_unknown_customer_is_asked_the_same(void **state)
{
	struct prompt known;

	(void)state;
	open_with("user-prefix=till-", "max-tries=2", NULL);
	ASSERT_RESULT(try("wrong"), TILL_NEED_INPUT);
	known = ctx->prompts[0];
	known.set_ms = 0;
	context_free(ctx);
	owner.order.customer = "nobody";
	memset(&owner.here, 0, sizeof(owner.here));
	ctx = owner_context(&owner, "it", TILL_AUTH);
	ASSERT_RESULT(try("wrong"), TILL_NEED_INPUT);
	ctx->prompts[0].set_ms = 0;
	assert_memory_equal(&known, &ctx->prompts[0], sizeof(known));
	reply(ctx, "password", "wrong");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	assert_string_equal(ctx->code, "wrong-password");
	assert_int_equal(owner.alerts_len, 1);
	ASSERT_RESULT(try("wrong"), TILL_LOCKED);
	close_all();
}

static void
test_empty_secret_is_wrong_whatever_pam_says(void **state)
{
	struct till_error err;

	(void)state;
	write_service("auth required pam_permit.so\n"
		      "account required pam_permit.so\n");
	open_with("user-prefix=till-", NULL, NULL);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(context_reply_put(ctx, "password", "\0x", 2, "", &err),
	    0);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "password", "anything");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	close_all();
}

static const struct {
	const char *about, *service;
	enum till_result want;
	const char *code;
} services[] = {
	{ "the account is closed",
	    "auth required %M\naccount required pam_deny.so\n", TILL_DENY,
	    "account" },
	{ "the account cannot be looked at",
	    "auth required %M\naccount required pam_exec.so %D/fails\n",
	    TILL_UNAVAILABLE, "pam" },
	{ "a module that tells things",
	    "auth optional pam_echo.so hello\nauth required %M\n"
	    "account required pam_permit.so\n",
	    TILL_GRANT, "" },
	{ "a second hidden prompt",
	    "auth required %M\nauth required %M\n"
	    "account required pam_permit.so\n",
	    TILL_UNAVAILABLE, "pam" },
	{ "a module that is not there",
	    "auth required pam_no_such_module.so\n"
	    "account required pam_permit.so\n",
	    TILL_UNAVAILABLE, "pam" },
	{ "no lines at all", "# nothing\n", TILL_NEED_INPUT, "" },
	{ "nobody checks the account", "auth required %M\n", TILL_DENY,
	    "account" },
	{ "a script that agrees",
	    "auth required pam_exec.so expose_authtok quiet %D/agrees\n"
	    "account required pam_permit.so\n",
	    TILL_GRANT, "" },
	{ "the helper is killed from within",
	    "auth required pam_exec.so quiet %D/kills\n"
	    "account required pam_permit.so\n",
	    TILL_UNAVAILABLE, "pam" },
	{ "a module that hangs",
	    "auth required pam_exec.so quiet %D/hangs\n"
	    "account required pam_permit.so\n",
	    TILL_UNAVAILABLE, "pam" },
};

static void
test_answers_of_pam(void **state)
{
	enum till_result result;
	size_t i;

	(void)state;
	write_file("agrees", 0755,
	    "#!/bin/sh\nread -r p; [ \"$p\" = 'correct horse' ]\n");
	write_file("kills", 0755, "#!/bin/sh\nkill -9 $PPID\n");
	write_file("hangs", 0755, "#!/bin/sh\nexec sleep 30\n");
	write_file("fails", 0755, "#!/bin/sh\nexit 1\n");
	for (i = 0; i < COUNT(services); i++) {
		write_service(services[i].service);
		open_with("user-prefix=till-", "deadline=3s", "pool=1");
		result = try("correct horse");
		if (result != services[i].want ||
		    strcmp(ctx->code, services[i].code) != 0)
			fail_msg("%s: %s, %s: %s", services[i].about,
			    result_name(result), ctx->code, ctx->why.text);
		/* Whatever became of the helper: there is another one. */
		write_service(usual);
		owner.here.count = 0;
		ASSERT_RESULT(try("correct horse"), TILL_GRANT);
		close_all();
	}
}

static void
test_code_is_another_prompt(void **state)
{
	(void)state;
	open_with("map=alice:al", "ask=code", NULL);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_string_equal(ctx->prompts[0].id, "code");
	reply(ctx, "code", "123456");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_string_equal(ctx->prompts[0].id, "wrong-code");
	reply(ctx, "code", "of al");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_string_equal(ctx->amr[0], "otp");
	close_all();
}

static void
test_mistakes_have_a_sentence(void **state)
{
	char confdir[PATH_SIZE];
	const char *const ok = "helper=/usr/bin/true";
	const struct {
		const char *settings[5];
		const char *why;
	} cases[] = {
		{ { ok, confdir }, "no customer is mapped" },
		{ { ok, confdir, "user-prefix=" }, "not the beginning of" },
		{ { ok, confdir, "user-prefix=-x" }, "not the beginning of" },
		{ { ok, confdir, "map=alice" }, "is not CID:USER" },
		{ { ok, confdir, "map=Alice:al" }, "is not CID:USER" },
		{ { ok, confdir, "map=alice:" }, "is not CID:USER" },
		{ { ok, confdir, "map=alice:root" }, "other than root" },
		{ { ok, confdir, "map=alice:a:b" }, "is not CID:USER" },
		{ { ok, confdir, "map=alice:al", "service=../till" },
		    "a service is named by" },
		{ { ok, confdir, "map=alice:al", "service=till2" },
		    "No such file" },
		{ { "helper=/usr/bin/no-such-helper", confdir, "map=alice:al" },
		    "No such file" },
		{ { ok, confdir, "map=alice:al", "timeout=5s" }, "" },
	};
	char why[DIAG_TEXT_MAX];
	size_t i;

	(void)state;
	(void)snprintf(confdir, sizeof(confdir), "confdir=%s", folder);
	for (i = 0; i < COUNT(cases) - 1; i++) {
		assert_null(
		    module_open(loader, "auth_pam", cases[i].settings, why));
		if (strstr(why, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, why);
	}
	write_file("till", 0666, "auth required pam_permit.so\n");
	it = module_open(loader, "auth_pam", cases[i].settings, why);
	assert_null(it);
	assert_non_null(strstr(why, "may be written by others"));
}

/* After 500 questions a helper makes room for another one. */
static void
test_many_questions_in_a_row(void **state)
{
	int i;

	(void)state;
	open_with("user-prefix=till-", "pool=1", NULL);
	for (i = 0; i < 520; i++)
		ASSERT_RESULT(try("correct horse"), TILL_GRANT);
	close_all();
}

#define THREADS 6
#define ROUNDS 5

/* Two helpers for six threads, of which half are wrong. */
static void *
ask_often(void *arg)
{
	const char *secret = arg == NULL ? "wrong" : "correct horse";
	struct till_context *own;
	struct till_error err;
	struct owner *mine;
	enum till_result result;
	intptr_t odd = 0;
	int i;

	mine = malloc(sizeof(*mine));
	assert_non_null(mine);
	owner_init(mine);
	for (i = 0; i < ROUNDS; i++) {
		mine->here.count = 0;
		own = owner_context(mine, "it", TILL_AUTH);
		result = instance_auth(it, own);
		if (context_reply_put(own, "password", secret, strlen(secret),
			"", &err) == -1)
			odd++;
		if (result == TILL_NEED_INPUT)
			result = instance_auth(it, own);
		if (result != (arg == NULL ? TILL_NEED_INPUT : TILL_GRANT))
			odd++;
		context_free(own);
	}
	free(mine);
	return (void *)odd;
}

static void
test_threads_share_the_helpers(void **state)
{
	pthread_t threads[THREADS];
	void *odd;
	size_t i;

	(void)state;
	open_with("user-prefix=till-", "pool=2", "deadline=60s");
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
				     i % 2 == 0 ? NULL : &owner),
		    0);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &odd), 0);
		assert_null(odd);
	}
	close_all();
}

static int
folder_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char *real;

	(void)state;
	real = realpath(tmp != NULL ? tmp : "/tmp", NULL);
	assert_non_null(real);
	(void)snprintf(folder, sizeof(folder), "%s/pam.XXXXXX", real);
	free(real);
	assert_non_null(mkdtemp(folder));
	write_file("passwd", 0644,
	    "till-alice:correct horse:till\nal:of al:till\nalice:raw:till\n"
	    "till-mallory:correct horse:till\n");
	write_service(usual);
	return 0;
}

static int
folder_remove(void **state)
{
	static const char *const names[] = { "till", "passwd", "agrees",
		"kills", "hangs", "fails" };
	char path[PATH_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

static int
find_matrix(void)
{
	glob_t found;
	int r;

	r = glob("/usr/lib/*/pam_wrapper/pam_matrix.so", 0, NULL, &found);
	if (r == 0)
		(void)snprintf(matrix, sizeof(matrix), "%s", found.gl_pathv[0]);
	globfree(&found);
	return r == 0 ? 0 : -1;
}

#define IN_FOLDER(test)                                                        \
	cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_right_password_grants),
		IN_FOLDER(test_wrong_password_asks_again_then_denies),
		IN_FOLDER(test_customers_are_mapped),
		IN_FOLDER(test_unknown_customer_is_asked_the_same),
		IN_FOLDER(test_empty_secret_is_wrong_whatever_pam_says),
		IN_FOLDER(test_answers_of_pam),
		IN_FOLDER(test_code_is_another_prompt),
		IN_FOLDER(test_mistakes_have_a_sentence),
		IN_FOLDER(test_many_questions_in_a_row),
		IN_FOLDER(test_threads_share_the_helpers),
	};
	int failed;

	if (find_matrix() == -1) {
		(void)puts("pam_matrix of libpam-wrapper is not installed");
		return 77;
	}
	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
