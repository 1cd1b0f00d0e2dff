/*
 * auth_bad - a sound auth module that breaks the contract in the one way
 * that it is told to; for the tests of the conformance suite.
 *
 * It asks for the word that the customer has enrolled.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <till/module.h>

#define WORD_MAX 64

struct bad {
	int fault;
	struct memory *memory;
};

/* What a sound one would not remember. */
struct memory {
	int granted;
	unsigned int wrong;
};

enum fault {
	NONE,
	GRANTS_AT_ONCE,
	NO_TEXT,
	NO_METHOD,
	TIRES,
	UNFORGIVING,
	REMEMBERS,
	ASKS_STRANGERS,
	KNOWS_STRANGERS,
	LONGEST_WINS,
	STRING,
	LOGS,
	SAYS,
	UNCOUNTED,
	UNENDING_COUNT,
	FAILS_OPEN,
	KEEPS_NOTHING,
	KEEPS_ALL,
	REPLY_PREFIX,
	FIRST_OCTET,
	WORD_PREFIX,
	ANY_CASE,
	ANY_AFTER_GRANT,
	PRINTS,
	PRINTS_ERROR,
	LEAKS_FILE
};

static const char *const faults[] = { "none", "grants-at-once", "no-text",
	"no-method", "tires", "unforgiving", "remembers", "asks-strangers",
	"knows-strangers", "longest-wins", "string", "logs", "says",
	"uncounted", "unending-count", "fails-open", "keeps-nothing",
	"keeps-all", "reply-prefix", "first-octet", "word-prefix", "any-case",
	"any-after-grant", "prints", "prints-error", "leaks-file", NULL };

static int bad_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void bad_close(void *);
static enum till_result bad_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result ask(const struct till_host *, struct till_context *,
    const struct bad *, const char *id);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct bad *, const struct till_reply *);
static enum till_result wrong(const struct till_host *, struct till_context *,
    const struct bad *, const char *word);
static int is_word(const struct till_host *, struct till_context *,
    const struct bad *, const struct till_reply *);
static int is_near(enum fault, const struct till_bytes *given,
    const struct till_bytes *word);
static int is_known(const struct till_host *, struct till_context *);
static int one(void *, const struct till_credential *);
static enum till_result bad_enrol(const struct till_host *,
    struct till_context *, const void *, enum till_enrol);

static const struct till_setting settings[] = {
	{ "fault", TILL_SET_ENUM, 0, offsetof(struct bad, fault), NULL, 0, 0,
	    faults, "what it does wrong" },
	TILL_SETTING_END
};

TILL_MODULE("auth_bad", "1.0", TILL_AUTH, 0){
	TILL_MODULE_HEAD("auth_bad", "1.0", TILL_AUTH, 0),
	.settings = settings,
	.instance_size = sizeof(struct bad),
	.open = bad_open,
	.close = bad_close,
	.auth = bad_auth,
	.enrol = bad_enrol,
};

static int
bad_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct bad *bad = self;

	(void)host;
	(void)instance;
	(void)check_only;
	bad->memory = calloc(1, sizeof(*bad->memory));
	return bad->memory != NULL ? 0 : till_fail(err, "out of memory");
}

static void
bad_close(void *self)
{
	struct bad *bad = self;

	free(bad->memory);
}

static enum till_result
bad_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct bad *bad = self;
	struct till_reply reply = { .size = sizeof(reply) };

	if (bad->fault == GRANTS_AT_ONCE ||
	    (bad->fault == REMEMBERS && bad->memory->granted))
		return host->method(ctx, "pwd", 1) == 0 ? TILL_GRANT
							: TILL_ERROR;
	if (host->reply(ctx, "word", &reply) == 0)
		return judge(host, ctx, bad, &reply);
	if (bad->fault == ASKS_STRANGERS && !is_known(host, ctx))
		return host->fail(ctx, TILL_DENY, "unknown", "nobody");
	return ask(host, ctx, bad, "word");
}

static enum till_result
ask(const struct till_host *host, struct till_context *ctx,
    const struct bad *bad, const char *id)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = id,
		.label = "auth.word",
		.text = bad->fault == NO_TEXT ? "" : "Word",
		.min_len = 1,
		.max_len = WORD_MAX,
	};

	return host->prompt(ctx, &prompt) == 0 ? TILL_NEED_INPUT : TILL_ERROR;
}

static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct bad *bad, const struct till_reply *reply)
{
	char word[WORD_MAX + 1];
	int counted = 0;

	memcpy(word, reply->data.data, reply->data.len);
	word[reply->data.len] = '\0';
	if (bad->fault == PRINTS)
		(void)printf("replied %s\n", word);
	if (bad->fault == PRINTS_ERROR)
		(void)fprintf(stderr, "replied %s\n", word);
	if (bad->fault == LEAKS_FILE)
		(void)!dup(STDIN_FILENO);
	if (bad->fault == LOGS)
		host->log(ctx, TILL_LOG_INFO, "replied %s", word);
	if (bad->fault != UNCOUNTED)
		counted = host->failed(ctx);
	if (!is_word(host, ctx, bad, reply))
		return wrong(host, ctx, bad, word);
	if (bad->fault != UNENDING_COUNT && bad->fault != UNCOUNTED &&
	    bad->fault != KNOWS_STRANGERS && bad->fault != FAILS_OPEN &&
	    (counted == -1 || host->succeeded(ctx) == -1))
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "not counted");
	if (bad->fault == UNFORGIVING && bad->memory->wrong > 0)
		return host->fail(ctx, TILL_DENY, "wrong", "wrong once");
	if (bad->fault == FAILS_OPEN)
		(void)host->succeeded(ctx);
	bad->memory->granted = 1;
	if (bad->fault != NO_METHOD && host->method(ctx, "pwd", 1) == -1)
		return TILL_ERROR;
	return TILL_GRANT;
}

static enum till_result
wrong(const struct till_host *host, struct till_context *ctx,
    const struct bad *bad, const char *word)
{
	bad->memory->wrong++;
	if (bad->fault == TIRES && bad->memory->wrong > 5)
		return host->method(ctx, "pwd", 1) == 0 ? TILL_GRANT
							: TILL_ERROR;
	if (bad->fault == SAYS)
		return host->fail(ctx, TILL_DENY, "wrong", "'%s' is wrong",
		    word);
	return host->fail(ctx, TILL_DENY, "wrong", "the word is wrong");
}

static int
is_word(const struct till_host *host, struct till_context *ctx,
    const struct bad *bad, const struct till_reply *reply)
{
	struct till_credential credential = { .size = sizeof(credential) };
	const struct till_bytes *given = &reply->data;

	if (bad->fault == LONGEST_WINS && given->len == WORD_MAX)
		return 1;
	if (bad->fault == KNOWS_STRANGERS && given->len == 9)
		return 1;
	if (bad->fault == STRING && given->data[0] == '\0')
		return 1;
	if (bad->fault == FAILS_OPEN && !is_known(host, ctx) &&
	    strcmp(host->order(ctx)->customer, "alice") == 0)
		return 1;
	if (bad->fault == ANY_AFTER_GRANT && bad->memory->granted)
		return 1;
	return host->credential_get(ctx, "word", &credential) == 0 &&
	    (is_near((enum fault)bad->fault, given, &credential.data) ||
		(given->len == credential.data.len &&
		    memcmp(given->data, credential.data.data, given->len) ==
			0));
}

/* Comparisons that stop too soon, or look too little. */
static int
is_near(enum fault fault, const struct till_bytes *given,
    const struct till_bytes *word)
{
	const size_t len = given->len < word->len ? given->len : word->len;

	if (fault == REPLY_PREFIX)
		return len > 0 && given->len == len &&
		    memcmp(given->data, word->data, len) == 0;
	if (fault == FIRST_OCTET)
		return len > 0 && given->data[0] == word->data[0];
	if (fault == WORD_PREFIX)
		return word->len == len &&
		    memcmp(given->data, word->data, len) == 0;
	return fault == ANY_CASE && given->len == word->len &&
	    strncasecmp((const char *)given->data, (const char *)word->data,
		len) == 0;
}

static int
is_known(const struct till_host *host, struct till_context *ctx)
{
	return host->credential_list(ctx, one, NULL) != -1;
}

/* One is enough. */
static int
one(void *arg, const struct till_credential *credential)
{
	(void)arg;
	(void)credential;
	return 1;
}

static enum till_result
bad_enrol(const struct till_host *host, struct till_context *ctx,
    const void *self, enum till_enrol what)
{
	const struct bad *bad = self;
	struct till_reply reply = { .size = sizeof(reply) };
	struct till_credential credential = { .size = sizeof(credential),
		.secret = 1,
		.id = "word",
		.label = "" };

	if (what == TILL_ENROL_REMOVE)
		return bad->fault == KEEPS_ALL ||
			host->credential_remove(ctx, "word") == 0
		    ? TILL_GRANT
		    : host->fail(ctx, TILL_DENY, "not-found", "no word");
	if (host->reply(ctx, "new-word", &reply) == -1)
		return ask(host, ctx, bad, "new-word");
	credential.data = reply.data;
	if (bad->fault != KEEPS_NOTHING &&
	    host->credential_put(ctx, &credential) == -1)
		return TILL_UNAVAILABLE;
	return TILL_GRANT;
}
