/*
 * test_card_pay.c - what till-card says about the money, whatever a payment
 * server, or somebody on the way to it, answers.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "support/scratch.h"
#include "support/token.h"
#include "till-card/pay.h"
#include "till-card/post.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define SECURE_HEAP 262144
#define TH "0123456789012345678901234567890123456789012"
#define OTHER_TH "1123456789012345678901234567890123456789012"
#define PROBLEM(type, reason, code)                                            \
	"{\"type\":\"urn:till:problem:" type "\",\"status\":403,\"reason\":"   \
	"\"" reason "\",\"code\":\"" code "\",\"detail\":\"Not so.\"}"

/* What a payment server says, and the letter for it below. */
static const struct {
	char letter;
	enum post_end end;
	long status;
	const char *json; /* NULL: with a token of this typ, for this th */
	const char *typ, *th;
} answers[] = {
	{ 'o', POST_ANSWERED, 202,
	    "{\"status\":\"open\",\"conversation\":\"c\",\"merchant_name\":"
	    "\"The Press\",\"prompts\":[{\"id\":\"password\",\"kind\":"
	    "\"secret\"}]}",
	    NULL, NULL },
	{ 't', POST_ANSWERED, 202,
	    "{\"status\":\"open\",\"conversation\":\"c\",\"prompts\":[{\"id\":"
	    "\"token\",\"kind\":\"secret\"}]}",
	    NULL, NULL },
	{ 'p', POST_ANSWERED, 202,
	    "{\"status\":\"pending\",\"conversation\":\"c\"}", NULL, NULL },
	{ 'v', POST_ANSWERED, 200, NULL, "till-voucher+jwt", TH },
	{ 'V', POST_ANSWERED, 200, NULL, "till-voucher+jwt", OTHER_TH },
	{ 'w', POST_ANSWERED, 200, "{\"status\":\"paid\"}", NULL, NULL },
	{ 'h', POST_ANSWERED, 200, "{\"hello\":\"world\"}", NULL, NULL },
	{ 's', POST_ANSWERED, 403, NULL, "till-refusal+jwt", TH },
	{ 'S', POST_ANSWERED, 403, NULL, "till-refusal+jwt", OTHER_TH },
	{ 'T', POST_ANSWERED, 403, NULL, "till-voucher+jwt", TH },
	{ 'x', POST_ANSWERED, 403, PROBLEM("refused", "auth", "auth"), NULL,
	    NULL },
	{ 'a', POST_ANSWERED, 403, PROBLEM("refused", "policy", "already-paid"),
	    NULL, NULL },
	{ 'd', POST_ANSWERED, 403, PROBLEM("declined", "auth", "auth"), NULL,
	    NULL },
	{ 'P', POST_ANSWERED, 403, "{\"blocked\":true}", NULL, NULL },
	{ '0', POST_ANSWERED, 400, "{\"detail\":\"no\"}", NULL, NULL },
	{ '1', POST_ANSWERED, 401, "{\"detail\":\"no\"}", NULL, NULL },
	{ '3', POST_ANSWERED, 413, "{\"detail\":\"no\"}", NULL, NULL },
	{ 'g', POST_ANSWERED, 404, "{}", NULL, NULL },
	{ 'b', POST_ANSWERED, 503, "{}", NULL, NULL },
	{ 'l', POST_LOST, 0, NULL, NULL, NULL },
	{ 'u', POST_UNSENT, 0, NULL, NULL, NULL },
};

static struct till_error err;
static const char *script; /* the last letter goes on for ever */
static char said[4096];
static struct till_key *key;

/* These stand for libcurl and for the payment server. */
int
post_open(const char *server, long timeout_s, struct post **post_r,
    struct till_error *why)
{
	(void)timeout_s;
	(void)why;
	assert_string_equal(server, TEST_ISSUER);
	*post_r = NULL;
	return 0;
}

void
post_close(struct post *post)
{
	assert_null(post);
}

static json_t *
made(size_t i)
{
	char payload[128], text[4096];
	char *token;

	if (answers[i].typ == NULL)
		return json_loads(answers[i].json, 0, NULL);
	(void)snprintf(payload, sizeof(payload), "{\"th\":\"%s\"}",
	    answers[i].th);
	token = test_token_typ(key, answers[i].typ, payload);
	assert_true(strlen(token) < sizeof(text) - 128);
	(void)snprintf(text, sizeof(text),
	    answers[i].status == 200
		? "{\"status\":\"paid\",\"voucher\":\"%s\"}"
		: "{\"reason\":\"funds\",\"refusal\":\"%s\"}",
	    token);
	free(token);
	return json_loads(text, 0, NULL);
}

enum post_end
post_json(struct post *post, const char *path, const char *body, size_t len,
    long *status_r, json_t **answer_r, struct till_error *why)
{
	size_t i;

	(void)post;
	(void)path;
	assert_true(len > 0 && body[0] == '{');
	for (i = 0; i < LEN(answers) && answers[i].letter != script[0]; i++)
		;
	assert_true(i < LEN(answers));
	if (script[1] != '\0')
		script++;
	till_error_set(why, "the server is not there");
	if (answers[i].end != POST_ANSWERED)
		return answers[i].end;
	*status_r = answers[i].status;
	*answer_r = made(i);
	assert_non_null(*answer_r);
	return POST_ANSWERED;
}

/* How long she waits: until all answers have come, if the last of them is an
 * end; else it goes on until she has waited enough. */
static long
patience(const char *answered)
{
	const size_t len = strlen(answered), waits = strcspn(answered, "plbgu");

	if (waits + 1 >= len)
		return 0;
	return strchr("plbgu", answered[len - 1]) != NULL ? 1 : 600;
}

/* carol pays, with her password and a token in files. */
static enum pay_end
paid(const char *answered, long timeout_s)
{
	struct pay_wish wish = { .customer = "carol",
		.server = TEST_ISSUER,
		.password_path = scratch_path("password"),
		.token_path = scratch_path("token"),
		.timeout_s = timeout_s };
	struct till_ticket ticket = test_ticket();
	struct bill bill = { .token = "a.b.c", .ticket = &ticket };
	struct pay_report report;
	enum pay_end end;
	FILE *show;

	memcpy(ticket.th, TH, sizeof(TH));
	script = answered;
	err.text[0] = '\0';
	memset(said, 0, sizeof(said));
	show = fmemopen(said, sizeof(said) - 1, "w");
	assert_non_null(show);
	end = pay(&wish, &bill, show, &report, &err);
	(void)fclose(show);
	pay_report_clear(&report);
	return end;
}

static int
setup(void **state)
{
	if (CRYPTO_secure_malloc_init(SECURE_HEAP, 64) == 0 ||
	    scratch_make(state) == -1)
		return -1;
	scratch_write("password", 0600, "correct horse\n");
	scratch_write("token", 0600, "123456\n");
	key = test_key(TILL_ALG_ES256);
	return 0;
}

static int
teardown(void **state)
{
	till_key_free(key);
	return scratch_remove(state);
}

/* The first answer is to a look, the second to the wish to pay, the third
 * to the password. */
static const struct {
	const char *answers;
	enum pay_end end;
	const char *why; /* or NULL */
} rows[] = {
	/* Nothing but a look was sent. */
	{ "u", PAY_UNAVAILABLE, PAY_NOT_TOLD },
	{ "l", PAY_UNAVAILABLE, PAY_NOT_TOLD },
	{ "b", PAY_UNAVAILABLE, PAY_NOT_TOLD },
	{ "g", PAY_UNAVAILABLE, PAY_NOT_TOLD },
	{ "d", PAY_UNAVAILABLE, PAY_NOT_PAID },
	{ "0", PAY_TICKET, "does not take it" },
	{ "1", PAY_TICKET, "does not take it" },
	{ "s", PAY_REFUSED, "not been charged" },
	{ "a", PAY_REFUSED, "somebody else" },
	{ "S", PAY_UNKNOWN, "was not told" },
	{ "T", PAY_UNKNOWN, "was not told" },
	{ "x", PAY_UNKNOWN, "was not told" },
	{ "P", PAY_UNKNOWN, "was not told" },
	{ "h", PAY_UNKNOWN, "was not told" },
	{ "w", PAY_UNKNOWN, "was not told" },
	{ "V", PAY_UNKNOWN, "was not told" },
	{ "v", PAY_PAID, NULL },
	/* An earlier run's payment is in progress. */
	{ "p", PAY_UNKNOWN, "does not know yet" },
	{ "pu", PAY_UNKNOWN, "does not know yet" },
	{ "pl", PAY_UNKNOWN, "does not know yet" },
	{ "pb", PAY_UNKNOWN, "does not know yet" },
	{ "pd", PAY_UNKNOWN, "was not told" },
	{ "p0", PAY_UNKNOWN, "was not told" },
	{ "pou", PAY_UNKNOWN, "does not know yet" },
	{ "poov", PAY_PAID, NULL },
	{ "ps", PAY_REFUSED, "not been charged" },
	/* The wish to pay was. */
	{ "ou", PAY_UNAVAILABLE, PAY_NOT_TOLD },
	{ "ol", PAY_UNKNOWN, "does not know yet" },
	{ "ob", PAY_UNKNOWN, "does not know yet" },
	{ "op", PAY_UNKNOWN, "does not know yet" },
	{ "o0", PAY_UNKNOWN, "was not told" },
	{ "od", PAY_UNKNOWN, "was not told" },
	{ "os", PAY_REFUSED, "not been charged" },
	{ "olov", PAY_PAID, NULL },
	/* A password was. */
	{ "oov", PAY_PAID, NULL },
	{ "ooo", PAY_SECRET, PAY_NOT_PAID },
	{ "oos", PAY_REFUSED, "not been charged" },
	{ "oox", PAY_UNKNOWN, "was not told" },
	{ "ooP", PAY_UNKNOWN, "was not told" },
	{ "ooh", PAY_UNKNOWN, "was not told" },
	{ "ood", PAY_UNKNOWN, "was not told" },
	{ "oo0", PAY_UNKNOWN, "was not told" },
	{ "oo1", PAY_UNKNOWN, "was not told" },
	{ "oo3", PAY_UNKNOWN, "was not told" },
	{ "oop", PAY_UNKNOWN, "does not know yet" },
	{ "ool", PAY_UNKNOWN, "does not know yet" },
	{ "oou", PAY_UNKNOWN, "does not know yet" },
	{ "oob", PAY_UNKNOWN, "does not know yet" },
	{ "oog", PAY_UNKNOWN, "does not know yet" },
	{ "oolo", PAY_UNKNOWN, "was not heard" },
	{ "oobo", PAY_UNKNOWN, "was not heard" },
	{ "oogo", PAY_UNKNOWN, "was not heard" },
	{ "oolv", PAY_PAID, NULL },
	{ "oopv", PAY_PAID, NULL },
	{ "oops", PAY_REFUSED, "not been charged" },
	/* It was not, as the server was not there: it is given anew. */
	{ "oouu", PAY_UNKNOWN, "does not know yet" },
	{ "ooul", PAY_UNKNOWN, "does not know yet" },
	{ "ooud", PAY_UNKNOWN, "was not told" },
	{ "oou0", PAY_UNKNOWN, "was not told" },
	{ "oous", PAY_REFUSED, "not been charged" },
	{ "oouv", PAY_PAID, NULL },
	{ "oouov", PAY_PAID, NULL },
	{ "oouo", PAY_SECRET, PAY_NOT_PAID },
	{ "oouolo", PAY_UNKNOWN, "was not heard" },
	{ "oouopo", PAY_UNKNOWN, "was not heard" },
	/* Neither was the second one. */
	{ "ootv", PAY_PAID, NULL },
	{ "ootu", PAY_UNKNOWN, "does not know yet" },
	{ "ootutv", PAY_PAID, NULL },
	{ "ootut", PAY_SECRET, PAY_NOT_PAID },
	{ "ootlt", PAY_UNKNOWN, "was not heard" },
	{ "ootult", PAY_UNKNOWN, "was not heard" },
};

static void
only_a_seal_says_that_nothing_is_paid(void **state)
{
	enum pay_end end;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		end = paid(rows[i].answers, patience(rows[i].answers));
		if (end != rows[i].end)
			fail_msg("%s: ends with %d: %s", rows[i].answers,
			    (int)end, err.text);
		if (rows[i].why != NULL &&
		    strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].answers, err.text);
		if (end == PAY_UNKNOWN &&
		    (strstr(err.text, "nothing") != NULL ||
			strstr(err.text, "charged") != NULL))
			fail_msg("%s: %s", rows[i].answers, err.text);
		assert_true(strlen(err.text) < sizeof(err.text) - 1);
	}
}

/* Who types slowly does not take the waiting time from the server. */
static void
the_time_of_a_person_does_not_count(void **state)
{
	int status;
	FILE *pipe;
	pid_t pid;

	(void)state;
	assert_int_equal(unlink(scratch_path("password")), 0);
	assert_int_equal(mkfifo(scratch_path("password"), 0600), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sleep(4);
		pipe = fopen(scratch_path("password"), "w");
		_exit(pipe == NULL || fputs("correct horse\n", pipe) == EOF ||
		    fclose(pipe) == EOF);
	}
	assert_int_equal(paid("oobv", 3), PAY_PAID);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(unlink(scratch_path("password")), 0);
	scratch_write("password", 0600, "correct horse\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_seal_says_that_nothing_is_paid),
		cmocka_unit_test(the_time_of_a_person_does_not_count),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
