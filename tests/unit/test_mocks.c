/*
 * test_mocks.c - the mocks of policy, auth and notify do as they are
 * told, and no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "module/result.h"
#include "support/owner.h"

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;

static void
open_mock(const char *module, enum till_facility facility, const char *a,
    const char *b)
{
	const char *const settings[] = { a, b, NULL };

	owner_init(&owner);
	it = module_must_open(loader, module, settings);
	ctx = owner_context(&owner, "it", facility);
}

static void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

static void
test_mocks_answer_as_told(void **state)
{
	static const char *const policies[] = { "allow", "refuse", "step-up",
		"no-opinion", "error", "unavailable" };
	static const char *const auths[] = { "grant", "deny", "abstain",
		"locked", "error", "unavailable" };
	char setting[64];
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		(void)snprintf(setting, sizeof(setting), "answer=%s",
		    policies[i]);
		open_mock("policy_mock", TILL_POLICY, setting, "level=3");
		assert_string_equal(result_name(instance_policy(it, ctx)),
		    policies[i]);
		assert_int_equal(ctx->step_up, i == 2 ? 3 : 0);
		close_all();
		(void)snprintf(setting, sizeof(setting), "answer=%s", auths[i]);
		open_mock("auth_mock", TILL_AUTH, setting, "level=2");
		assert_string_equal(result_name(instance_auth(it, ctx)),
		    auths[i]);
		assert_int_equal(ctx->level, i == 0 ? 2 : 0);
		close_all();
	}
}

static void
test_scripts_go_by_customer_and_amount(void **state)
{
	(void)state;
	open_mock("policy_mock", TILL_POLICY, "script=alice:refuse,allow",
	    "script=13.00:no-opinion");
	ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	owner.order.customer = "bob";
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	owner.order.amount.micro = 13000000;
	ASSERT_RESULT(instance_policy(it, ctx), TILL_NO_OPINION);
	close_all();
}

static void
test_bad_scripts_do_not_open(void **state)
{
	static const char *const bad[] = { "script=alice", "script=:allow",
		"script=alice:", "script=alice:allow,", "script=alice:grant" };
	const char *settings[2] = { NULL, NULL };
	char why[DIAG_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		settings[0] = bad[i];
		assert_null(module_open(loader, "policy_mock", settings, why));
		assert_non_null(strstr(why, bad[i]));
	}
}

static void
test_auth_mock_asks(void **state)
{
	(void)state;
	open_mock("auth_mock", TILL_AUTH, "ask=yes", "expect=open");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "mock", "shut");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "mock", "open");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_string_equal(ctx->amr[0], "pwd");
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_GRANT);
	assert_int_equal(owner.records_len, 1);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_REMOVE), TILL_GRANT);
	assert_int_equal(owner.records_len, 0);
	close_all();
}

static void
test_notify_mock_takes_it_the_second_time(void **state)
{
	const struct till_event event = { .size = sizeof(event),
		.attempt = 1,
		.type = "voucher.issued",
		.id = "e",
		.merchant = "press-1",
		.json = "{}" };

	(void)state;
	open_mock("notify_mock", TILL_NOTIFY,
	    "script=voucher.issued:retry-later,delivered", NULL);
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_RETRY_LATER);
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_DELIVERED);
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_DELIVERED);
	close_all();
}

static void
test_strange_answers_are_errors(void **state)
{
	(void)state;
	open_mock("policy_mock", TILL_POLICY, "misbehave=garbage", NULL);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ERROR);
	close_all();
	open_mock("auth_mock", TILL_AUTH, "misbehave=foreign",
	    "misbehave-at=2");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ERROR);
	assert_int_equal(ctx->level, 0);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	close_all();
}

/* How a child ends that asks a misbehaving mock; one that hangs is
 * ended by the alarm. */
static int
status_of(const char *misbehave)
{
	const struct rlimit no_core = { 0, 0 };
	char setting[64];
	int status = 0;
	pid_t pid;

	(void)snprintf(setting, sizeof(setting), "misbehave=%s", misbehave);
	open_mock("policy_mock", TILL_POLICY, setting, NULL);
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)alarm(1);
		_exit(instance_policy(it, ctx) == TILL_ALLOW ? 42 : 43);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close_all();
	return status;
}

static void
test_misbehaviour_is_real(void **state)
{
	int status;

	(void)state;
	status = status_of("crash");
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	status = status_of("hang");
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	status = status_of("exit");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	status = status_of("stdout");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	status = status_of("none");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static int64_t
now_ms(void)
{
	return context_host()->now_ms(NULL);
}

static void
test_delay_and_journal(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char path[512], setting[600], text[256] = "";
	int64_t began;
	FILE *file;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/journal.%ld",
	    tmp != NULL ? tmp : "/tmp", (long)getpid());
	(void)unlink(path);
	(void)snprintf(setting, sizeof(setting), "journal=%s", path);
	open_mock("policy_mock", TILL_POLICY, setting, "delay=40ms");
	began = now_ms();
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	assert_true(now_ms() - began >= 40);
	close_all();
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	assert_string_equal(text, "policy alice 5.00 allow\n");
	assert_null(fgets(text, sizeof(text), file));
	(void)fclose(file);
	(void)unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mocks_answer_as_told),
		cmocka_unit_test(test_scripts_go_by_customer_and_amount),
		cmocka_unit_test(test_bad_scripts_do_not_open),
		cmocka_unit_test(test_auth_mock_asks),
		cmocka_unit_test(test_notify_mock_takes_it_the_second_time),
		cmocka_unit_test(test_strange_answers_are_errors),
		cmocka_unit_test(test_misbehaviour_is_real),
		cmocka_unit_test(test_delay_and_journal),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
