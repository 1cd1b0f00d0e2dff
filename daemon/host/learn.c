/*
 * learn.c - what a host says of its module, made into a descriptor.
 *
 * The note of the file is what is known without running it; the rest is
 * an assertion of code that is not trusted, so it is held against the
 * note and the same rules as a descriptor in memory.
 */
#include <stdlib.h>
#include <string.h>

#include "host/isolated.h"

/* All that was said, one message after the other, each with its length. */
struct hello {
	unsigned char *data;
	size_t len;
};

static int hear_all(struct host *, int64_t, struct hello *,
    struct till_error *);
static int add(struct hello *, const void *, size_t, struct till_error *);
static int understand(struct isolated *, struct till_error *);
static int head(struct wire_reader *, struct till_module *);
static int words_room(struct isolated *);
static enum till_result no_policy(const struct till_host *,
    struct till_context *, const void *);
static enum till_result no_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static enum till_result no_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);
static enum till_result no_enrol(const struct till_host *,
    struct till_context *, const void *, enum till_enrol);
static int no_health(const struct till_host *, const void *,
    struct till_error *);
static int no_report(const struct till_host *, const void *, const char *,
    char[TILL_REPORT_MAX], struct till_error *);

int
host_learn(struct host *host, struct isolated *isolated, int64_t until_ms,
    struct till_error *err)
{
	struct hello hello = { NULL, 0 };
	bool same;

	if (hear_all(host, until_ms, &hello, err) == -1) {
		free(hello.data);
		return -1;
	}
	if (isolated->hello == NULL) {
		isolated->hello = hello.data;
		isolated->hello_len = hello.len;
		return understand(isolated, err);
	}
	same = hello.len == isolated->hello_len &&
	    memcmp(hello.data, isolated->hello, hello.len) == 0;
	free(hello.data);
	return same ? 0 : till_fail(err, "says other things of itself now");
}

static int
hear_all(struct host *host, int64_t until_ms, struct hello *hello,
    struct till_error *err)
{
	unsigned char buf[HOST_REQUEST_MAX];
	struct wire_reader reader;
	uint32_t kind;
	size_t len;

	do {
		if (host_hear(host, buf, &len, until_ms, err) == -1 ||
		    add(hello, buf, len, err) == -1)
			return -1;
		wire_read(&reader, buf, len);
		kind = wire_get_u32(&reader);
		if (hosts_now_ms() >= until_ms)
			return till_fail(err, "was not open in time");
	} while (kind == MESSAGE_HELLO || kind == MESSAGE_DECLARE);
	if (kind == MESSAGE_DECLARED)
		return 0;
	if (kind != MESSAGE_UNFIT)
		return till_fail(err, "does not say what it is");
	(void)wire_get_i64(&reader);
	wire_get_array(&reader, err->text, sizeof(err->text));
	return wire_done(&reader)
	    ? -1
	    : till_fail(err, "does not say why it is unfit");
}

static int
add(struct hello *hello, const void *data, size_t len, struct till_error *err)
{
	const uint32_t size = (uint32_t)len;
	unsigned char *more;

	if (hello->len + sizeof(size) + len > HOST_HELLO_MAX)
		return till_fail(err, "says too much of its settings");
	more = realloc(hello->data, hello->len + sizeof(size) + len);
	if (more == NULL)
		return till_fail(err, "out of memory");
	memcpy(more + hello->len, &size, sizeof(size));
	memcpy(more + hello->len + sizeof(size), data, len);
	hello->data = more;
	hello->len += sizeof(size) + len;
	return 0;
}

/* Settings point into the hello, which lasts. */
static int
understand(struct isolated *isolated, struct till_error *err)
{
	const struct till_note *note = &isolated->file.note;
	struct till_module module = {
		.abi_major = note->abi_major,
		.abi_minor = note->abi_minor,
		.size = sizeof(module),
		.name = note->name,
		.version = note->version,
		.settings = isolated->settings,
	};
	struct wire_reader all, one;
	const char **words;
	size_t n = 0;

	if (words_room(isolated) == -1)
		return till_fail(err, "out of memory");
	words = isolated->words;
	wire_read(&all, isolated->hello, isolated->hello_len);
	wire_enter(&all, &one);
	if (head(&one, &module) == -1)
		return till_fail(err, "does not say what it is");
	for (wire_enter(&all, &one); wire_get_u32(&one) == MESSAGE_DECLARE;
	     wire_enter(&all, &one)) {
		one.part = false;
		if (n == DESCRIPTOR_SETTINGS_MAX)
			return till_fail(err, "has more than %d settings",
			    DESCRIPTOR_SETTINGS_MAX);
		message_get_setting(&one, &isolated->settings[n++], words);
		words += MESSAGE_WORDS_MAX + 1;
		if (!wire_done(&one) || isolated->settings[n - 1].name == NULL)
			return till_fail(err,
			    "does not say what its settings are");
	}
	memset(&isolated->settings[n], 0, sizeof(isolated->settings[n]));
	return descriptor_check(&module, note, &isolated->module, err);
}

/* Functions that are there are named by ones that are never called. */
static int
head(struct wire_reader *reader, struct till_module *module)
{
	uint32_t has;

	reader->part = false;
	if (wire_get_u32(reader) != MESSAGE_HELLO)
		return -1;
	module->facilities = wire_get_u32(reader);
	module->caps = wire_get_u32(reader);
	has = wire_get_u32(reader);
	module->instance_size = (size_t)wire_get_u64(reader);
	if ((module->facilities & TILL_POLICY) != 0)
		module->policy = no_policy;
	if ((module->facilities & TILL_AUTH) != 0)
		module->auth = no_policy;
	if ((module->facilities & TILL_SETTLE) != 0)
		module->settle = no_settle;
	if ((module->facilities & TILL_NOTIFY) != 0)
		module->notify = no_notify;
	if ((has & MESSAGE_HAS_ENROL) != 0)
		module->enrol = no_enrol;
	if ((has & MESSAGE_HAS_HEALTH) != 0)
		module->health = no_health;
	if ((has & MESSAGE_HAS_REPORT) != 0)
		module->report = no_report;
	return wire_done(reader) ? 0 : -1;
}

static int
words_room(struct isolated *isolated)
{
	isolated->words =
	    calloc((DESCRIPTOR_SETTINGS_MAX + 1) * (MESSAGE_WORDS_MAX + 1),
		sizeof(*isolated->words));
	return isolated->words == NULL ? -1 : 0;
}

static enum till_result
no_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	(void)host;
	(void)ctx;
	(void)self;
	return TILL_ERROR;
}

static enum till_result
no_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *settlement,
    struct till_outcome *outcome, struct till_op *op)
{
	(void)host;
	(void)ctx;
	(void)self;
	(void)settlement;
	(void)outcome;
	(void)op;
	return TILL_ERROR;
}

static enum till_result
no_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	(void)host;
	(void)ctx;
	(void)self;
	(void)event;
	return TILL_ERROR;
}

static enum till_result
no_enrol(const struct till_host *host, struct till_context *ctx,
    const void *self, enum till_enrol what)
{
	(void)host;
	(void)ctx;
	(void)self;
	(void)what;
	return TILL_ERROR;
}

static int
no_health(const struct till_host *host, const void *self,
    struct till_error *err)
{
	(void)host;
	(void)self;
	return till_fail(err, "is in another process");
}

static int
no_report(const struct till_host *host, const void *self, const char *word,
    char text[TILL_REPORT_MAX], struct till_error *err)
{
	(void)host;
	(void)self;
	(void)word;
	(void)text;
	return till_fail(err, "is in another process");
}
