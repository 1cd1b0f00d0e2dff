/*
 * run_expect.c - is what came of a call what the script expects?
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/value.h"
#include "kit/grammar.h"
#include "kit/run_step.h"
#include "module/result.h"

#define TAIL_MAX 256 /* octets of what was written last */
#define FILE_MAX (256 * 1024) /* octets of a file that are looked at */

typedef void expect_fn(struct run *, const struct script_step *);

static expect_fn expect_result, expect_prompt, expect_posting, expect_limit,
    expect_well, expect_ill, expect_credential, expect_failures, expect_alert,
    expect_log, expect_file;
static void result_details(struct run *, const struct script_step *);
static void text_is(struct run *, const struct script_step *, const char *key,
    const char *text);
static void number_is(struct run *, const struct script_step *, const char *key,
    int64_t number);
static void amount_is(struct run *, const struct script_step *, const char *key,
    int64_t micro);
static void moved_is(struct run *, const struct script_step *);
static void why_not(struct run *);
static size_t errors_tail(char[TAIL_MAX]);
static void presence(struct run *, const struct script_step *, bool found,
    const char *of);
static bool has_line(const char *text, size_t from, const char *part);
static char *file_text(struct run *, const char *name);
static bool has_octets(const unsigned char *, size_t, const char *part);

static const struct {
	const char *name;
	expect_fn *look;
} things[] = {
	{ "prompt", expect_prompt },
	{ "posting", expect_posting },
	{ "limit", expect_limit },
	{ "well", expect_well },
	{ "ill", expect_ill },
	{ "credential", expect_credential },
	{ "failures", expect_failures },
	{ "alert", expect_alert },
	{ "log", expect_log },
	{ "file", expect_file },
};

void
run_expect(struct run *run, const struct script_step *step)
{
	const struct grammar_thing *thing;
	size_t i;

	for (thing = grammar_things; thing->name != NULL; thing++)
		if (strcmp(thing->name, step->word) == 0)
			break;
	if (!run->answered && (thing->name == NULL || thing->call)) {
		run_find(run,
		    "there is no answer to look at: the call before "
		    "this line came to no end");
		return;
	}
	for (i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		if (strcmp(things[i].name, step->word) != 0)
			continue;
		things[i].look(run, step);
		return;
	}
	expect_result(run, step);
}

static void
expect_result(struct run *run, const struct script_step *step)
{
	const int want = result_from_name(run->facility, step->word);
	const bool is = run->session.result == (enum till_result)want;

	if (is == !step->no) {
		if (!step->no)
			result_details(run, step);
		return;
	}
	run_find(run, "the module answered %s",
	    result_name(run->session.result));
	why_not(run);
}

static void
result_details(struct run *run, const struct script_step *step)
{
	const struct till_context *ctx = run->session.last;
	const struct till_outcome *outcome = &run->session.outcome;
	const char *method = script_value(step, "method");
	const bool settles = run->facility == TILL_SETTLE;
	size_t i;

	text_is(run, step, "code",
	    ctx->code[0] != '\0' || !settles ? ctx->code : outcome->code);
	if (script_value(step, "text") != NULL &&
	    strstr(ctx->why.text, script_value(step, "text")) == NULL &&
	    (!settles ||
		strstr(outcome->text, script_value(step, "text")) == NULL))
		run_find(run, "the text is '%s'",
		    ctx->why.text[0] != '\0' ? ctx->why.text : outcome->text);
	number_is(run, step, "level", ctx->level);
	number_is(run, step, "step-up", ctx->step_up);
	for (i = 0; method != NULL && i < ctx->amr_len; i++)
		if (strcmp(ctx->amr[i], method) == 0)
			method = NULL;
	if (method != NULL)
		run_find(run, "the methods are not %s, but %s", method,
		    ctx->amr_len > 0 ? ctx->amr[0] : "none");
	if (!settles)
		return;
	text_is(run, step, "reference", outcome->reference);
	moved_is(run, step);
}

static void
text_is(struct run *run, const struct script_step *step, const char *key,
    const char *text)
{
	const char *want = script_value(step, key);

	if (want == NULL || strcmp(want, text) == 0)
		return;
	run_find(run, "%s is '%s'", key, text);
	run_point(run, step, key);
}

static void
number_is(struct run *run, const struct script_step *step, const char *key,
    int64_t number)
{
	if (script_value(step, key) == NULL ||
	    script_number(step, key, 0) == number)
		return;
	run_find(run, "%s is %lld", key, (long long)number);
	run_point(run, step, key);
}

static void
amount_is(struct run *run, const struct script_step *step, const char *key,
    int64_t micro)
{
	const char *want = script_value(step, key);
	struct till_money money = { .micro = micro < 0 ? -micro : micro };
	char text[TILL_MONEY_MAX];
	int64_t wanted;

	if (want == NULL || grammar_amount(want, &wanted) == -1 ||
	    wanted == micro)
		return;
	run_find(run, "%s is %s%s", key, micro < 0 ? "-" : "",
	    till_money_print(&money, text));
	run_point(run, step, key);
}

static void
moved_is(struct run *run, const struct script_step *step)
{
	const struct till_money *moved = &run->session.outcome.moved;
	const char *want = script_value(step, "moved");
	char text[TILL_MONEY_MAX];
	struct till_money money;
	struct till_error err;

	if (want == NULL ||
	    till_money_parse_with_currency(want, &money, &err) == -1 ||
	    (money.micro == moved->micro &&
		strcmp(money.currency, moved->currency) == 0))
		return;
	run_find(run, "moved is %s %s", till_money_print(moved, text),
	    moved->currency);
	run_point(run, step, "moved");
}

static void
why_not(struct run *run)
{
	const struct till_context *ctx = run->session.last;
	const char *then = "; on standard error: ";
	char tail[TAIL_MAX];

	if (errors_tail(tail) == 0)
		then = "";
	if (ctx != NULL && ctx->why.text[0] != '\0')
		run_note(run, "it says: %s: %s%s%s", ctx->code, ctx->why.text,
		    then, tail);
	else if (run->facility == TILL_SETTLE &&
	    run->session.outcome.text[0] != '\0')
		run_note(run, "it says: %s%s%s", run->session.outcome.text,
		    then, tail);
	else if (tail[0] != '\0')
		run_note(run, "on standard error: %s", tail);
}

/* The last line that the module, or a program of it, wrote there: its
 * length. */
static size_t
errors_tail(char tail[TAIL_MAX])
{
	char text[TAIL_MAX], *line;
	off_t end;
	ssize_t n = 0;
	size_t len, i;

	(void)fflush(stderr);
	end = lseek(STDERR_FILENO, 0, SEEK_END);
	if (end > 0)
		n = pread(STDERR_FILENO, text, sizeof(text) - 1,
		    end < TAIL_MAX ? 0 : end - TAIL_MAX + 1);
	len = n > 0 ? (size_t)n : 0;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	for (i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	line = strrchr(text, '\n');
	(void)snprintf(tail, TAIL_MAX, "%s", line != NULL ? line + 1 : text);
	for (i = 0; tail[i] != '\0'; i++)
		if ((unsigned char)tail[i] < 0x20 || tail[i] == 0x7f)
			tail[i] = ' ';
	return i;
}

/* One that is to be there is, and one that is not is not. */
static void
presence(struct run *run, const struct script_step *step, bool found,
    const char *of)
{
	if (found == step->no)
		run_find(run, "%s is %s", of, found ? "there" : "not there");
}

static void
expect_prompt(struct run *run, const struct script_step *step)
{
	const struct till_context *ctx = run->session.last;
	const struct prompt *prompt = NULL;
	size_t i;

	for (i = 0; i < ctx->prompts_len; i++)
		if (strcmp(ctx->prompts[i].id, step->name) == 0)
			prompt = &ctx->prompts[i];
	presence(run, step, prompt != NULL, "the prompt");
	if (prompt == NULL || step->no)
		return;
	text_is(run, step, "kind", grammar_kinds[prompt->kind - 1]);
	text_is(run, step, "text", prompt->text);
	text_is(run, step, "label", prompt->label);
	number_is(run, step, "min", prompt->min_len);
	number_is(run, step, "max", prompt->max_len);
}

static void
expect_posting(struct run *run, const struct script_step *step)
{
	const struct till_outcome *outcome = &run->session.outcome;
	const struct till_posting *posting = NULL;
	size_t i;

	for (i = 0; i < outcome->postings_len; i++)
		if (strcmp(outcome->postings[i].account, step->name) == 0)
			posting = &outcome->postings[i];
	presence(run, step, posting != NULL, "the posting");
	if (posting == NULL || step->no)
		return;
	amount_is(run, step, "amount", posting->micro);
	amount_is(run, step, "limit", posting->limit_micro);
	text_is(run, step, "if", grammar_conditions[posting->condition - 1]);
}

static void
expect_limit(struct run *run, const struct script_step *step)
{
	const struct till_context *ctx = run->session.last;
	const struct context_limit *limit = NULL;
	size_t i;

	for (i = 0; i < ctx->limits_len; i++)
		if (strcmp(ctx->limits[i].name, step->name) == 0)
			limit = &ctx->limits[i];
	presence(run, step, limit != NULL, "the limit");
	if (limit == NULL || step->no)
		return;
	amount_is(run, step, "max", limit->max_micro);
	number_is(run, step, "count", limit->max_count);
}

static void
expect_well(struct run *run, const struct script_step *step)
{
	if (run->session.well == step->no)
		run_find(run, "it is %s: %s",
		    run->session.well ? "well" : "not well",
		    run->session.well ? "" : run->session.health.text);
}

static void
expect_ill(struct run *run, const struct script_step *step)
{
	if (run->session.well)
		run_find(run, "it is well");
	else if (strstr(run->session.health.text, step->name) == NULL)
		run_find(run, "it says: %s", run->session.health.text);
}

static void
expect_credential(struct run *run, const struct script_step *step)
{
	const struct kit_owner_record *record =
	    kit_owner_record(&run->shared->owner, run->session.order.customer,
		step->name);
	const char *has = script_value(step, "has");

	presence(run, step, record != NULL, "the credential");
	if (record != NULL && !step->no && has != NULL &&
	    !has_octets(record->data, record->len, has))
		run_find(run, "the credential does not have that in it");
}

static void
expect_failures(struct run *run, const struct script_step *step)
{
	const struct kit_owner_customer *customer =
	    kit_owner_customer(&run->shared->owner,
		run->session.order.customer);
	const uint32_t count = customer != NULL ? customer->failures.count : 0;
	int64_t want;

	if (value_number(step->name, UINT32_MAX, &want) == 0 &&
	    (want == (int64_t)count) == step->no)
		run_find(run, "%u failures are counted", (unsigned int)count);
}

static void
expect_alert(struct run *run, const struct script_step *step)
{
	presence(run, step,
	    has_line(run->shared->owner.alerts, run->alerts_from, step->name),
	    "such an alert of the last call");
}

static void
expect_log(struct run *run, const struct script_step *step)
{
	presence(run, step,
	    has_line(run->shared->owner.log, run->log_from, step->name),
	    "such a line in the log of the last call");
}

static bool
has_line(const char *text, size_t from, const char *part)
{
	return strstr(text + from, part) != NULL;
}

static void
expect_file(struct run *run, const struct script_step *step)
{
	const char *has = script_value(step, "has");
	char *text = file_text(run, step->name);
	int64_t lines = 0;
	size_t i;

	if (text == NULL) {
		if (!step->no)
			run_find(run, "there is no file '%s' in $tmp",
			    step->name);
		return;
	}
	for (i = 0; text[i] != '\0'; i++)
		lines += text[i] == '\n';
	if (has != NULL)
		presence(run, step, strstr(text, has) != NULL,
		    "that text in the file");
	else if (step->no)
		run_find(run, "the file is there");
	number_is(run, step, "lines", lines);
	free(text);
}

static char *
file_text(struct run *run, const char *name)
{
	char path[PATH_MAX];
	char *text;
	ssize_t n;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", run->place.tmp,
		name) >= sizeof(path))
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	text = calloc(1, FILE_MAX + 1);
	if (text != NULL) {
		n = read(fd, text, FILE_MAX);
		text[n > 0 ? n : 0] = '\0';
	}
	(void)close(fd);
	return text;
}

static bool
has_octets(const unsigned char *data, size_t len, const char *part)
{
	const size_t n = strlen(part);
	size_t i;

	for (i = 0; i + n <= len; i++)
		if (memcmp(data + i, part, n) == 0)
			return true;
	return false;
}
