/*
 * check_host.c - a module that is older or newer than the server.
 *
 * Within a major version structs are only appended to, and both sides look
 * at size before they use a later member.  Here the module gets the table
 * and the structs of the version that it says it needs, each at the very
 * end of memory, so that a look beyond is a fault; and those of a version to
 * come, with members that nobody knows yet.
 */
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/check.h"
#include "module/backend.h"
#include "module/outcome.h"
#include "module/result.h"

#define LATER 64 /* octets of members to come */
#define BLOCKS_MAX 8

/* The size of a struct in ABI 1.0, by its last member there. */
#define SIZE(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

/* A server of another minor version. */
struct other {
	bool newer;
	uint16_t minor;
	const struct till_module *module;
	struct till_host *host;
	struct till_order *order;
	void *self;
	size_t self_size;
	struct settings_store *store;
	bool opened;
};

static void older(struct kit_case *);
static void newer(struct kit_case *);
static void try_other(struct kit_case *, bool newer);
static int other_open(struct kit_case *, struct other *);
static void other_close(struct other *);
static enum till_result other_call(struct kit_case *, const struct other *,
    enum till_facility);
static enum till_result other_settle(struct kit_case *, const struct other *,
    struct till_context *);
static enum till_result other_notify(const struct other *,
    struct till_context *);
static void *shape(const struct other *, const void *, size_t old_size,
    size_t now_size);
static void unknown(void);

const struct kit_check kit_checks_host[] = {
	{ .name = "older-host",
	    .run = older,
	    .rule = "A module runs on a server of the very ABI that its note "
		    "says: before it uses a later member of the host or of "
		    "a struct it looks at size." },
	{ .name = "newer-host",
	    .run = newer,
	    .rule = "A module runs on every later 1.x: structs may be longer "
		    "than it knows, and it takes no size for granted." },
	{ .name = NULL },
};

static void
older(struct kit_case *c)
{
	try_other(c, false);
}

static void
newer(struct kit_case *c)
{
	try_other(c, true);
}

/* The same answers as from the server of today. */
static void
try_other(struct kit_case *c, bool is_newer)
{
	struct other other = { .newer = is_newer,
		.minor =
		    is_newer ? TILL_ABI_MINOR + 1 : c->target->note.abi_minor };
	const uint32_t facilities = c->target->note.facilities;
	enum till_result now, then;
	uint32_t facility;

	if (other_open(c, &other) == -1) {
		settings_free(other.store);
		free(other.self);
		return;
	}
	for (facility = TILL_POLICY; facility <= TILL_NOTIFY; facility <<= 1) {
		if ((facilities & facility) == 0)
			continue;
		kit_session_forget(&c->session);
		then = other_call(c, &other, (enum till_facility)facility);
		kit_session_forget(&c->session);
		now = kit_plain(c, (enum till_facility)facility);
		if (then != TILL_PENDING && now != then)
			kit_fail(c, "it answers %s there, and %s here",
			    result_name(then), result_name(now));
	}
	other_close(&other);
}

/* The instance of the session is the handle for the clock. */
static int
other_open(struct kit_case *c, struct other *other)
{
	struct conf_instance conf = { .name = KIT_NAME,
		.module = c->target->name,
		.settings = c->settings.list,
		.settings_len = c->settings.len };
	struct till_error err = { "" };
	struct diag *diag = diag_new();
	int r = -1;

	other->module = instance_module(c->session.instance);
	other->host = shape(other, context_host(),
	    SIZE(struct till_host, random), sizeof(struct till_host));
	other->order = shape(other, &c->session.order,
	    SIZE(struct till_order, expires_s), sizeof(struct till_order));
	other->self_size = other->module->instance_size + 1;
	other->self = calloc(1, other->self_size);
	if (diag != NULL && other->host != NULL && other->order != NULL &&
	    other->self != NULL)
		r = settings_apply(other->module, &conf, other->self, false,
		    &other->store, diag);
	diag_free(diag);
	if (r == -1) {
		kit_fail(c, "out of memory");
		return -1;
	}
	other->host->abi_minor = other->minor;
	if (other->module->open != NULL)
		r = other->module->open(other->host,
		    (struct till_instance *)(void *)c->session.instance,
		    other->self, 0, &err);
	if (r != 0)
		kit_fail(c, "it does not open there: %s", err.text);
	return r == 0 ? 0 : -1;
}

static void
other_close(struct other *other)
{
	if (other->module->close != NULL)
		other->module->close(other->self);
	settings_free(other->store);
	free(other->self);
}

static enum till_result
other_call(struct kit_case *c, const struct other *other,
    enum till_facility facility)
{
	static const enum kit_context contexts[] = { [TILL_POLICY] = KIT_POLICY,
		[TILL_AUTH] = KIT_AUTH,
		[TILL_SETTLE] = KIT_SETTLE,
		[TILL_NOTIFY] = KIT_NOTIFY };
	struct till_context *ctx =
	    kit_session_context(&c->session, contexts[facility]);

	if (ctx == NULL)
		return TILL_ERROR;
	ctx->order = other->order;
	switch (facility) {
	case TILL_POLICY:
		return other->module->policy(other->host, ctx, other->self);
	case TILL_AUTH:
		return other->module->auth(other->host, ctx, other->self);
	case TILL_SETTLE:
		return other_settle(c, other, ctx);
	case TILL_NOTIFY:
		return other_notify(other, ctx);
	}
	return TILL_ERROR;
}

static enum till_result
other_settle(struct kit_case *c, const struct other *other,
    struct till_context *ctx)
{
	const struct kit_charge charge = { .verb = TILL_CHARGE,
		.key = "plain" };
	struct till_outcome empty, *outcome;
	struct till_settlement now, *s;

	kit_settlement(&c->session, &charge, &now);
	memset(&empty, 0, sizeof(empty));
	s = shape(other, &now, SIZE(struct till_settlement, reason),
	    sizeof(now));
	outcome = shape(other, &empty, SIZE(struct till_outcome, postings),
	    sizeof(empty));
	if (s == NULL || outcome == NULL)
		return TILL_ERROR;
	return other->module->settle(other->host, ctx, other->self, s, outcome,
	    NULL);
}

static enum till_result
other_notify(const struct other *other, struct till_context *ctx)
{
	const struct till_event now = {
		.size = sizeof(now),
		.attempt = 1,
		.type = "voucher.issued",
		.id = "event-1",
		.merchant = "press-1",
		.json = "{}",
		.sequence = 1,
		.token = "",
		.endpoint = "",
	};
	struct till_event *event;

	event =
	    shape(other, &now, SIZE(struct till_event, time_ms), sizeof(now));
	if (event == NULL)
		return TILL_ERROR;
	return other->module->notify(other->host, ctx, other->self, event);
}

/*
 * A struct as that server has it: of its size there with nothing behind
 * it, or with members to come, which are functions that must not
 * be called.  It lives as long as the process.
 */
static void *
shape(const struct other *other, const void *now, size_t old_size,
    size_t now_size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t older = other->minor == 0 ? old_size : now_size;
	const size_t size = other->newer ? now_size + LATER : older;
	const size_t pages = (size + page - 1) / page * page;
	void (*const call)(void) = unknown;
	unsigned char *memory, *at;
	uint32_t said = (uint32_t)size;
	size_t i;

	memory = mmap(NULL, pages + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED ||
	    mprotect(memory + pages, page, PROT_NONE) == -1)
		return NULL;
	at = memory + pages - size;
	memcpy(at, now, other->newer ? now_size : older);
	for (i = now_size; i < size; i += sizeof(call))
		memcpy(at + i, &call, sizeof(call));
	memcpy(at, &said, sizeof(said));
	return at;
}

static void
unknown(void)
{
	abort();
}
