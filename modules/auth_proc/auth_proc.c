/*
 * auth_proc - authenticate by a program, in whatever language it is.
 *
 *	module code auth_proc program=/usr/local/lib/till/codes.py
 *
 * The program is kept running and asked by lines of JSON; see
 * doc/module-protocol.md.  It says what to ask the customer, and what the
 * replies are worth.  What it does not say well is an error, and so is a
 * missing answer: nobody is let in by it.
 */
#include <sys/socket.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <till/module.h>
#include <till/ticket.h>

#include "base64url.h"
#include "common/pool.h"
#include "common/safe.h"
#include "common/talk.h"
#include "common/tries.h"

#define REQUEST_SIZE (LINE_ORDER_SIZE + 8192)
#define CODE_MAX 32
#define SHORT_MAX 64
#define CHOICES_MAX 8
#define CHALLENGE_MAX 256
#define AMR_MAX 16

struct proc {
	const char *program;
	const char *const *args;
	int64_t deadline_ms, pool_size, max_tries, delay_ms;
	struct pool *pool;
	struct tries tries;
	struct till_instance *instance;
};

/* What is kept of a conversation: which replies may come, and what the
 * program wants to be reminded of. */
struct memory {
	uint32_t tries;
	uint32_t asked_len;
	char asked[TILL_PROMPT_MAX][TILL_PROMPT_ID_MAX];
	char state[TILL_STATE_MAX - 8 - TILL_PROMPT_MAX * TILL_PROMPT_ID_MAX];
};

_Static_assert(sizeof(struct memory) == TILL_STATE_MAX,
    "a conversation is remembered within its bound");

static int proc_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void proc_close(void *);
static enum till_result proc_auth(const struct till_host *,
    struct till_context *, const void *);
static void remember(const struct till_host *, struct till_context *,
    struct memory *);
static int keep(const struct till_host *, struct till_context *,
    const struct memory *);
static size_t replies_len(const struct till_host *, struct till_context *,
    const struct memory *, bool *any_r);
static void write_request(struct line *, const struct till_host *,
    struct till_context *, const struct proc *, const struct memory *,
    bool known);
static enum till_result ask(const struct till_host *, struct till_context *,
    const struct proc *, struct memory *, const struct tries_count *,
    bool is_try);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct proc *, struct memory *, const struct tries_count *,
    const json_t *answer, bool is_try);
static enum till_result garbage(const struct till_host *, struct till_context *,
    const char *what);
static enum till_result granted(const struct till_host *, struct till_context *,
    const json_t *answer);
static enum till_result asked(const struct till_host *, struct till_context *,
    struct memory *, const json_t *answer);
static int prompt(const struct till_host *, struct till_context *,
    struct memory *, const json_t *);
static int prompt_kind(const char *);
static int challenge_read(const json_t *, unsigned char *,
    struct till_prompt *);
static int choices_read(const json_t *, const char **, struct till_prompt *);
static enum till_result said(const struct till_host *, struct till_context *,
    enum till_result, const json_t *answer);

static const struct talk_word words[] = {
	{ "grant", TILL_GRANT },
	{ "deny", TILL_DENY },
	{ "abstain", TILL_ABSTAIN },
	{ "need-input", TILL_NEED_INPUT },
	{ "locked", TILL_LOCKED },
	{ "unavailable", TILL_UNAVAILABLE },
	{ "error", TILL_ERROR },
	{ NULL, TILL_ERROR },
};

static const struct {
	const char *name;
	enum till_prompt_kind kind;
} kinds[] = {
	{ "text", TILL_ASK_TEXT },
	{ "secret", TILL_ASK_SECRET },
	{ "choice", TILL_ASK_CHOICE },
	{ "signature", TILL_ASK_SIGNATURE },
	{ "audio", TILL_ASK_AUDIO },
	{ "info", TILL_TELL_INFO },
	{ "error", TILL_TELL_ERROR },
};

static const struct till_setting settings[] = {
	{ "program", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct proc, program), NULL, 0, 0, NULL,
	    "what is asked; see doc/module-protocol.md" },
	{ "arg", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct proc, args), NULL, 0, 0, NULL,
	    "an argument of the program" },
	{ "deadline", TILL_SET_DURATION, 0, offsetof(struct proc, deadline_ms),
	    "5s", 10, 600000, NULL, "then the program is killed" },
	{ "pool", TILL_SET_INT, 0, offsetof(struct proc, pool_size), "1", 1,
	    POOL_MAX, NULL, "so many of the program run" },
	{ "max-tries", TILL_SET_INT, 0, offsetof(struct proc, max_tries), "5",
	    1, 100, NULL, "failed tries before the customer has to wait" },
	{ "delay", TILL_SET_DURATION, 0, offsetof(struct proc, delay_ms), "2s",
	    1, TRIES_DELAY_CAP_MS, NULL,
	    "first wait; doubles with every failure" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_SLOW | TILL_CAP_SESSION)

TILL_MODULE("auth_proc", "1.0", TILL_AUTH, CAPS){
	TILL_MODULE_HEAD("auth_proc", "1.0", TILL_AUTH, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct proc),
	.open = proc_open,
	.close = proc_close,
	.auth = proc_auth,
};

static int
proc_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct proc *proc = self;
	struct pool_options options = { .socket_type = SOCK_STREAM };
	size_t n = 0;

	(void)host;
	(void)check_only; /* the program starts when it is needed */
	if (safe_program(proc->program, err) == -1)
		return -1;
	while (proc->args[n] != NULL)
		n++;
	if (n > CHILD_ARGS_MAX)
		return till_fail(err, "more than %d arguments", CHILD_ARGS_MAX);
	proc->instance = instance;
	proc->tries =
	    (struct tries){ proc->max_tries, proc->delay_ms, instance };
	options.program = proc->program;
	options.args = proc->args;
	options.size = (size_t)proc->pool_size;
	proc->pool = pool_new(&options);
	return proc->pool == NULL ? till_fail(err, "out of memory") : 0;
}

static void
proc_close(void *self)
{
	struct proc *proc = self;

	pool_free(proc->pool);
}

/* Replies are a try, and are counted as one before they are looked at. */
static enum till_result
proc_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct proc *proc = self;
	struct tries_count count = { false, 0 };
	enum till_result result = TILL_GRANT;
	struct memory memory;
	bool is_try;

	if (tries_wait(&proc->tries, host, ctx))
		return tries_locked(host, ctx);
	remember(host, ctx, &memory);
	(void)replies_len(host, ctx, &memory, &is_try);
	if (is_try)
		result = tries_begin(&proc->tries, host, ctx, &count);
	else
		count.known = tries_known(host, ctx);
	if (result == TILL_GRANT)
		result = ask(host, ctx, proc, &memory, &count, is_try);
	explicit_bzero(&memory, sizeof(memory));
	return result;
}

static void
remember(const struct till_host *host, struct till_context *ctx,
    struct memory *memory)
{
	struct till_bytes state;

	memset(memory, 0, sizeof(*memory));
	if (host->state_get(ctx, &state) == 0 && state.len <= sizeof(*memory))
		memcpy(memory, state.data, state.len);
}

static int
keep(const struct till_host *host, struct till_context *ctx,
    const struct memory *memory)
{
	const struct till_bytes state = { (const unsigned char *)memory,
		offsetof(struct memory, state) + strlen(memory->state) };

	return host->state_put(ctx, state);
}

/* What the replies take in a request at most. */
static size_t
replies_len(const struct till_host *host, struct till_context *ctx,
    const struct memory *memory, bool *any_r)
{
	struct till_reply reply;
	size_t i, len = 0;

	*any_r = false;
	for (i = 0; i < memory->asked_len; i++) {
		memset(&reply, 0, sizeof(reply));
		reply.size = sizeof(reply);
		if (host->reply(ctx, memory->asked[i], &reply) == -1)
			continue;
		*any_r = true;
		len += 2 * reply.data.len + 256;
	}
	return len;
}

static void
write_request(struct line *line, const struct till_host *host,
    struct till_context *ctx, const struct proc *proc,
    const struct memory *memory, bool known)
{
	struct till_reply reply;
	size_t i;

	line_open(line, NULL, '{');
	line_text(line, "call", "auth");
	line_order(line, "order", host->order(ctx));
	line_bool(line, "known", known);
	line_int(line, "time", host->time_s(proc->instance));
	line_text(line, "state", memory->state);
	line_open(line, "replies", '{');
	for (i = 0; i < memory->asked_len; i++) {
		memset(&reply, 0, sizeof(reply));
		reply.size = sizeof(reply);
		if (host->reply(ctx, memory->asked[i], &reply) == 0)
			line_reply(line, memory->asked[i], &reply);
	}
	line_close(line, '}');
	line_close(line, '}');
}

static enum till_result
ask(const struct till_host *host, struct till_context *ctx,
    const struct proc *proc, struct memory *memory,
    const struct tries_count *count, bool is_try)
{
	const int64_t until_ms = child_clock_ms() + proc->deadline_ms;
	enum till_result result = TILL_ERROR;
	struct till_error err;
	struct line line;
	json_t *answer;
	bool any;

	if (line_init(&line,
		REQUEST_SIZE + replies_len(host, ctx, memory, &any)) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "memory",
		    "out of secure memory");
	write_request(&line, host, ctx, proc, memory, count->known);
	switch (talk_ask(proc->pool, "auth", &line, until_ms, &answer, &err)) {
	case TALK_ANSWERED:
		result = judge(host, ctx, proc, memory, count, answer, is_try);
		json_decref(answer);
		break;
	case TALK_NOT_SENT:
		host->log(ctx, TILL_LOG_WARNING, "%s: %s", proc->program,
		    err.text);
		result = host->fail(ctx, TILL_UNAVAILABLE, "program", "%s",
		    err.text);
		break;
	case TALK_LOST:
		result = garbage(host, ctx, err.text);
		break;
	}
	line_free(&line);
	return result;
}

static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct proc *proc, struct memory *memory,
    const struct tries_count *count, const json_t *answer, bool is_try)
{
	const int result = talk_result(answer, words);
	bool more = true;

	if (result == -1)
		return garbage(host, ctx, "its result is none");
	if (result == (int)TILL_GRANT && !count->known)
		return host->fail(ctx, TILL_DENY, "unknown",
		    "the server does not know this customer");
	if (result == (int)TILL_GRANT)
		return granted(host, ctx, answer);
	if (is_try &&
	    (result == (int)TILL_DENY || result == (int)TILL_NEED_INPUT))
		more = tries_wrong(&proc->tries, host, ctx, count,
		    ++memory->tries);
	if (result != (int)TILL_NEED_INPUT)
		return said(host, ctx, (enum till_result)result, answer);
	if (!more)
		return host->fail(ctx, TILL_DENY, "too-many-tries",
		    "%u tries in this conversation",
		    (unsigned int)memory->tries);
	return asked(host, ctx, memory, answer);
}

/* An answer that is none, and the reason for the log. */
static enum till_result
garbage(const struct till_host *host, struct till_context *ctx,
    const char *what)
{
	host->log(ctx, TILL_LOG_ERROR, "the program: %s", what);
	return host->fail(ctx, TILL_ERROR, "program", "%s", what);
}

static enum till_result
granted(const struct till_host *host, struct till_context *ctx,
    const json_t *answer)
{
	const json_t *method, *methods = json_object_get(answer, "methods");
	const char *amr;
	int64_t level;
	size_t i;

	if (!json_is_array(methods) || json_array_size(methods) == 0)
		return garbage(host, ctx, "it grants by no method");
	for (i = 0; i < json_array_size(methods); i++) {
		method = json_array_get(methods, i);
		amr = talk_text(method, "amr", AMR_MAX);
		if (amr == NULL ||
		    talk_int(method, "level", 0, 10, 1, &level) == -1 ||
		    host->method(ctx, amr, (uint32_t)level) == -1)
			return garbage(host, ctx, "its method is none");
	}
	if (host->succeeded(ctx) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the success could not be recorded");
	return TILL_GRANT;
}

static enum till_result
asked(const struct till_host *host, struct till_context *ctx,
    struct memory *memory, const json_t *answer)
{
	const json_t *prompts = json_object_get(answer, "prompts");
	const char *state = talk_text(answer, "state", sizeof(memory->state));
	size_t i;

	if (!json_is_array(prompts) ||
	    json_array_size(prompts) > TILL_PROMPT_MAX)
		return garbage(host, ctx, "its prompts are none");
	if (state == NULL)
		return garbage(host, ctx, "its state is none");
	memory->asked_len = 0;
	for (i = 0; i < json_array_size(prompts); i++) {
		if (prompt(host, ctx, memory, json_array_get(prompts, i)) == -1)
			return garbage(host, ctx, "its prompt is none");
	}
	explicit_bzero(memory->state, sizeof(memory->state));
	memcpy(memory->state, state, strlen(state));
	if (keep(host, ctx, memory) == -1)
		return host->fail(ctx, TILL_ERROR, "state",
		    "the conversation was not kept");
	return TILL_NEED_INPUT;
}

static int
prompt(const struct till_host *host, struct till_context *ctx,
    struct memory *memory, const json_t *from)
{
	unsigned char challenge[CHALLENGE_MAX];
	const char *choices[CHOICES_MAX + 1] = { NULL };
	struct till_prompt to = { .size = sizeof(to) };
	int64_t min, max, ttl_ms;
	int kind;

	kind = prompt_kind(talk_text(from, "kind", SHORT_MAX));
	to.id = talk_text(from, "id", TILL_PROMPT_ID_MAX);
	to.label = talk_text(from, "label", SHORT_MAX);
	to.text = talk_text(from, "text", TILL_TEXT_MAX);
	to.format = talk_text(from, "format", CODE_MAX);
	if (kind == -1 || to.id == NULL || to.label == NULL ||
	    to.text == NULL || to.format == NULL ||
	    talk_int(from, "min", 0, TILL_REPLY_MAX, 1, &min) == -1 ||
	    talk_int(from, "max", 1, TILL_REPLY_MAX, 256, &max) == -1 ||
	    talk_int(from, "ttl_ms", 0, UINT32_MAX, 0, &ttl_ms) == -1 ||
	    challenge_read(from, challenge, &to) == -1 ||
	    choices_read(from, choices, &to) == -1)
		return -1;
	to.kind = (enum till_prompt_kind)kind;
	to.min_len = (uint32_t)min;
	to.max_len = (uint32_t)max;
	to.ttl_ms = (uint32_t)ttl_ms;
	if (host->prompt(ctx, &to) == -1)
		return -1;
	(void)snprintf(memory->asked[memory->asked_len++], TILL_PROMPT_ID_MAX,
	    "%s", to.id);
	return 0;
}

static int
prompt_kind(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return (int)kinds[i].kind;
	}
	return -1;
}

static int
challenge_read(const json_t *from, unsigned char *challenge,
    struct till_prompt *to)
{
	const char *text =
	    talk_text(from, "challenge", BASE64URL_SIZE(CHALLENGE_MAX));

	to->challenge.data = challenge;
	return text == NULL ? -1
			    : base64url_decode(text, strlen(text), challenge,
				  CHALLENGE_MAX, &to->challenge.len);
}

static int
choices_read(const json_t *from, const char **choices, struct till_prompt *to)
{
	const json_t *list = json_object_get(from, "choices");
	size_t i;

	if (list == NULL)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > CHOICES_MAX)
		return -1;
	for (i = 0; i < json_array_size(list); i++) {
		choices[i] = json_string_value(json_array_get(list, i));
		if (choices[i] == NULL)
			return -1;
	}
	to->choices = choices;
	return 0;
}

/* Its own code and text, where it gives them. */
static enum till_result
said(const struct till_host *host, struct till_context *ctx,
    enum till_result result, const json_t *answer)
{
	const char *code = talk_text(answer, "code", CODE_MAX);
	const char *text = talk_text(answer, "text", TILL_ERROR_MAX);

	if (code == NULL || text == NULL)
		return garbage(host, ctx, "its code or text is none");
	return host->fail(ctx, result, code[0] != '\0' ? code : "program", "%s",
	    text[0] != '\0' ? text : "the program says so");
}
