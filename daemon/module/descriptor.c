/*
 * descriptor.c - hold a module's descriptor against its note and against
 * itself.
 *
 * A descriptor is wrong by mistake rather than by malice, for its code
 * has run by then; but a mistake found here is a line for the
 * administrator, and one found later is a payment.
 */
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "module/descriptor.h"
#include "module/settings.h"

/* What every 1.x descriptor has at least. */
#define SIZE_1_0 (offsetof(struct till_module, health) + sizeof(void *))

#define FACILITIES                                                             \
	((uint32_t)(TILL_POLICY | TILL_AUTH | TILL_SETTLE | TILL_NOTIFY))
#define CAPS_ANY (TILL_CAP_THREADSAFE | TILL_CAP_MOCK | TILL_CAP_SLOW)
#define CAPS_SETTLE                                                            \
	(TILL_CAP_ASYNC | TILL_CAP_HOLD | TILL_CAP_REVERSE | TILL_CAP_QUERY |  \
	    TILL_CAP_IDEMPOTENT | TILL_CAP_LEDGER | TILL_CAP_BANK)
#define CAPS_AUTH (TILL_CAP_SESSION | TILL_CAP_ABSTAINS)
#define CAPS_POLICY TILL_CAP_PURE
#define CAPS_NOTIFY TILL_CAP_SIGNED

static int same_as_note(const struct till_module *, const struct till_note *,
    struct till_error *);
static int functions_check(const struct till_module *, struct till_error *);
static int settings_check(const struct till_module *, struct till_error *);
static int setting_check(const struct till_module *, size_t,
    struct till_error *);
static bool name_ok(const char *);

static const struct {
	size_t size, align;
} types[] = {
	[TILL_SET_BOOL] = { sizeof(int), alignof(int) },
	[TILL_SET_INT] = { sizeof(int64_t), alignof(int64_t) },
	[TILL_SET_DURATION] = { sizeof(int64_t), alignof(int64_t) },
	[TILL_SET_MONEY] = { sizeof(struct till_money),
	    alignof(struct till_money) },
	[TILL_SET_STRING] = { sizeof(char *), alignof(char *) },
	[TILL_SET_SECRET_FILE] = { sizeof(char *), alignof(char *) },
	[TILL_SET_PATH] = { sizeof(char *), alignof(char *) },
	[TILL_SET_ENUM] = { sizeof(int), alignof(int) },
	[TILL_SET_LIST] = { sizeof(char **), alignof(char **) },
};

int
note_check(const struct till_note *note, struct till_error *err)
{
	uint32_t caps = CAPS_ANY;

	if (note->abi_major != TILL_ABI_MAJOR)
		return till_fail(err,
		    "is built for module ABI %u.%u, this server has %d.%d",
		    note->abi_major, note->abi_minor, TILL_ABI_MAJOR,
		    TILL_ABI_MINOR);
	/* An older one runs, a newer one may need what is not there. */
	if (note->abi_minor > TILL_ABI_MINOR)
		return till_fail(err,
		    "needs module ABI %u.%u, this server has %d.%d",
		    note->abi_major, note->abi_minor, TILL_ABI_MAJOR,
		    TILL_ABI_MINOR);
	if (note->facilities == 0 || (note->facilities & ~FACILITIES) != 0)
		return till_fail(err, "names no known facility (%#x)",
		    note->facilities);
	if ((note->facilities & TILL_SETTLE) != 0)
		caps |= CAPS_SETTLE;
	if ((note->facilities & TILL_AUTH) != 0)
		caps |= CAPS_AUTH;
	if ((note->facilities & TILL_POLICY) != 0)
		caps |= CAPS_POLICY;
	if ((note->facilities & TILL_NOTIFY) != 0)
		caps |= CAPS_NOTIFY;
	if ((note->caps & ~caps) != 0)
		return till_fail(err,
		    "has capabilities (%#x) that do not go with its facilities",
		    note->caps & ~caps);
	if ((note->caps & TILL_CAP_LEDGER) != 0 &&
	    (note->caps & TILL_CAP_ASYNC) != 0)
		return till_fail(err,
		    "moves only postings (LEDGER) and cannot "
		    "answer later (ASYNC)");
	return 0;
}

int
descriptor_check(const struct till_module *module, const struct till_note *note,
    struct till_module *copy_r, struct till_error *err)
{
	struct till_module copy;

	memset(&copy, 0, sizeof(copy));
	if (module->abi_major != note->abi_major ||
	    module->abi_minor != note->abi_minor)
		return till_fail(err, "says ABI %u.%u, its note %u.%u",
		    module->abi_major, module->abi_minor, note->abi_major,
		    note->abi_minor);
	if (module->size < SIZE_1_0 || module->size > sizeof(copy))
		return till_fail(err, "has a descriptor of %u octets",
		    module->size);
	memcpy(&copy, module, module->size);
	if (same_as_note(&copy, note, err) == -1 ||
	    functions_check(&copy, err) == -1 ||
	    settings_check(&copy, err) == -1)
		return -1;
	*copy_r = copy;
	return 0;
}

size_t
setting_size(enum till_setting_type type)
{
	if ((size_t)type >= sizeof(types) / sizeof(types[0]))
		return 0;
	return types[type].size;
}

size_t
setting_align(enum till_setting_type type)
{
	if ((size_t)type >= sizeof(types) / sizeof(types[0]))
		return 0;
	return types[type].align;
}

static int
same_as_note(const struct till_module *module, const struct till_note *note,
    struct till_error *err)
{
	if (module->name == NULL || strcmp(module->name, note->name) != 0)
		return till_fail(err, "calls itself '%s', its note '%s'",
		    module->name != NULL ? module->name : "", note->name);
	if (module->version == NULL ||
	    strcmp(module->version, note->version) != 0)
		return till_fail(err, "says version '%s', its note '%s'",
		    module->version != NULL ? module->version : "",
		    note->version);
	if (module->facilities != note->facilities)
		return till_fail(err, "says facilities %#x, its note %#x",
		    module->facilities, note->facilities);
	if (module->caps != note->caps)
		return till_fail(err, "says capabilities %#x, its note %#x",
		    module->caps, note->caps);
	return 0;
}

static int
functions_check(const struct till_module *module, struct till_error *err)
{
	const struct {
		uint32_t facility;
		bool present;
		const char *name;
	} functions[] = {
		{ TILL_POLICY, module->policy != NULL, "policy" },
		{ TILL_AUTH, module->auth != NULL, "auth" },
		{ TILL_SETTLE, module->settle != NULL, "settle" },
		{ TILL_NOTIFY, module->notify != NULL, "notify" },
	};
	bool named;
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		named = (module->facilities & functions[i].facility) != 0;
		if (named && !functions[i].present)
			return till_fail(err,
			    "names the facility %s but has no function for it",
			    functions[i].name);
		if (!named && functions[i].present)
			return till_fail(err,
			    "has a function for %s, which it does not name",
			    functions[i].name);
	}
	if (module->enrol != NULL && (module->facilities & TILL_AUTH) == 0)
		return till_fail(err, "enrols, but does not authenticate");
	return 0;
}

static int
settings_check(const struct till_module *module, struct till_error *err)
{
	size_t i, j;

	if (module->instance_size > DESCRIPTOR_INSTANCE_MAX)
		return till_fail(err, "wants instances of %zu octets",
		    module->instance_size);
	if (module->settings == NULL)
		return 0;
	for (i = 0; module->settings[i].name != NULL; i++) {
		if (i == DESCRIPTOR_SETTINGS_MAX)
			return till_fail(err, "has more than %d settings",
			    DESCRIPTOR_SETTINGS_MAX);
		if (setting_check(module, i, err) == -1)
			return -1;
		for (j = 0; j < i; j++) {
			if (strcmp(module->settings[i].name,
				module->settings[j].name) == 0)
				return till_fail(err, "has two settings '%s'",
				    module->settings[i].name);
		}
	}
	return 0;
}

static int
setting_check(const struct till_module *module, size_t i,
    struct till_error *err)
{
	const struct till_setting *setting = &module->settings[i];
	size_t size = setting_size(setting->type);

	if (!name_ok(setting->name))
		return till_fail(err, "its setting %zu has no proper name", i);
	if (size == 0)
		return till_fail(err, "its setting '%s' has no known type",
		    setting->name);
	if (size > module->instance_size ||
	    setting->offset > module->instance_size - size ||
	    setting->offset % setting_align(setting->type) != 0)
		return till_fail(err,
		    "its setting '%s' lies outside of the "
		    "instance or out of line",
		    setting->name);
	if ((setting->flags &
		~(TILL_SETTING_REQUIRED | TILL_SETTING_REPEATABLE)) != 0 ||
	    ((setting->flags & TILL_SETTING_REPEATABLE) != 0) !=
		(setting->type == TILL_SET_LIST))
		return till_fail(err,
		    "its setting '%s' has the wrong flags: "
		    "lists are repeatable, others are not",
		    setting->name);
	if (setting->low > setting->high && setting->high != 0)
		return till_fail(err,
		    "its setting '%s' has no bounds that any "
		    "value is in",
		    setting->name);
	if (setting->type == TILL_SET_ENUM &&
	    (setting->names == NULL || setting->names[0] == NULL))
		return till_fail(err, "its setting '%s' has no words",
		    setting->name);
	return 0;
}

/* Some names belong to the server, for instances of every module. */
static bool
name_ok(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len < TILL_MODULE_NAME_MAX && name[len] == '\0' &&
	    !setting_is_cores(name);
}
