/*
 * check_any.c - what every module owes, whatever it does.
 */
#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "kit/check_auth.h"
#include "module/backend.h"
#include "module/result.h"

#define ROUNDS 60 /* of open and close */
#define ROUNDS_FIRST 20 /* until caches are warm */
#define GROWTH_MAX (64 * 1024) /* octets over the other rounds */
#define REPEATS 40 /* calls of one facility */
#define REPEATS_FIRST 10 /* until pools have grown */
#define REPEATS_MIN 12 /* that tell what is kept from what grows once */
#define REPEATS_MS 4000 /* in which they are made, or fewer */
#define HELP_MAX 120 /* octets of one line of help */
#define HEALTH_MS 1000

static void loads(struct kit_case *);
static void settings_help(struct kit_case *);
static void settings_bounds(struct kit_case *);
static void settings_defaults(struct kit_case *);
static void settings_extremes(struct kit_case *);
static void check_only(struct kit_case *);
static void open_close(struct kit_case *);
static void descriptors(struct kit_case *);
static unsigned int call_facility(struct kit_case *, enum till_facility,
    unsigned int from, unsigned int until);
static void read_only(struct kit_case *);
static void health(struct kit_case *);
static const struct till_module *module_of(struct kit_case *);
static void try_value(struct kit_case *, const struct till_setting *,
    const char *value);
static void try_number(struct kit_case *, const struct till_setting *, int64_t);
static size_t entries(const char *folder);
static size_t heap(void);

const struct kit_check kit_checks_any[] = {
	{ .name = "loads",
	    .bare = true,
	    .run = loads,
	    .rule = "The descriptor says what the note says, has a function "
		    "for each facility it names and none for others, and its "
		    "settings lie within the instance: a server refuses it "
		    "otherwise." },
	{ .name = "settings-help",
	    .bare = true,
	    .run = settings_help,
	    .rule = "Each setting has one line of help: it is all that an "
		    "administrator sees of it." },
	{ .name = "settings-bounds",
	    .bare = true,
	    .run = settings_bounds,
	    .rule = "Numbers and durations have bounds, so that a slip of "
		    "the finger is an error at its line and not a limit of a "
		    "million." },
	{ .name = "settings-defaults",
	    .bare = true,
	    .run = settings_defaults,
	    .rule = "The initial value of a setting is one that can also be "
		    "written: it is read as if it stood in the file." },
	{ .name = "settings-extremes",
	    .bare = true,
	    .run = settings_extremes,
	    .rule = "Whatever value the table allows, the module opens with "
		    "it or refuses it with a reason: the administrator has "
		    "nothing else to go by." },
	{ .name = "check-only",
	    .bare = true,
	    .run = check_only,
	    .rule = "open with check_only has no effect: a configuration is "
		    "checked beside a server at work, whose files, sockets "
		    "and programs it must not touch." },
	{ .name = "open-close",
	    .bare = true,
	    .run = open_close,
	    .rule = "close gives back what open took: with each reload a "
		    "server opens and closes its modules, for months." },
	{ .name = "descriptors",
	    .run = descriptors,
	    .rule = "A call leaves no file or socket open behind it: a "
		    "server makes millions of calls, and has a thousand "
		    "descriptors." },
	{ .name = "read-only",
	    .run = read_only,
	    .rule = "The instance is read-only from open to close: what was "
		    "checked stays so.  What changes is kept behind a "
		    "pointer in it." },
	{ .name = "health",
	    .run = health,
	    .rule = "health answers at once and says what is wrong: it is "
		    "asked while payments wait." },
	{ .name = "threadsafe",
	    .caps = TILL_CAP_THREADSAFE,
	    .run = kit_threadsafe,
	    .rule = "THREADSAFE is a promise that several threads may call "
		    "at one time and get what one would get; without it the "
		    "server calls one at a time." },
	{ .name = NULL },
};

static void
loads(struct kit_case *c)
{
	(void)module_of(c);
}

static void
settings_help(struct kit_case *c)
{
	const struct till_module *module = module_of(c);
	const struct till_setting *s;

	for (s = module != NULL ? module->settings : NULL;
	     s != NULL && s->name != NULL; s++) {
		if (s->help == NULL || s->help[0] == '\0')
			kit_fail(c, "the setting %s has no help", s->name);
		else if (strlen(s->help) > HELP_MAX ||
		    strchr(s->help, '\n') != NULL)
			kit_fail(c,
			    "the help of %s is no single line of up to %d "
			    "octets",
			    s->name, HELP_MAX);
	}
}

static void
settings_bounds(struct kit_case *c)
{
	const struct till_module *module = module_of(c);
	const struct till_setting *s;

	for (s = module != NULL ? module->settings : NULL;
	     s != NULL && s->name != NULL; s++)
		if ((s->type == TILL_SET_INT || s->type == TILL_SET_DURATION) &&
		    s->low == 0 && s->high == 0)
			kit_fail(c, "the setting %s has no bounds", s->name);
}

static void
settings_defaults(struct kit_case *c)
{
	const struct till_module *module = module_of(c);
	const struct till_setting *s;
	char why[DIAG_TEXT_MAX];

	/* With the script's own settings first: that is another fault. */
	if (module == NULL || kit_open(c, true) == -1)
		return;
	kit_session_close(&c->session);
	for (s = module->settings; s != NULL && s->name != NULL; s++) {
		if (s->initial == NULL || kit_is_set(c, s->name))
			continue;
		if (kit_open_with(c, true, s->name, s->initial, why) == -1)
			kit_fail(c, "%s=%s: %s", s->name, s->initial, why);
		kit_session_close(&c->session);
	}
}

static void
settings_extremes(struct kit_case *c)
{
	const struct till_module *module = module_of(c);
	const struct till_setting *s;
	size_t i;

	for (s = module != NULL ? module->settings : NULL;
	     s != NULL && s->name != NULL; s++) {
		if (s->type == TILL_SET_BOOL) {
			try_value(c, s, "no");
			try_value(c, s, "yes");
		} else if (s->type == TILL_SET_ENUM) {
			for (i = 0; s->names[i] != NULL; i++)
				try_value(c, s, s->names[i]);
		} else if (s->type == TILL_SET_STRING) {
			try_value(c, s, "");
		} else if (s->type == TILL_SET_INT ||
		    s->type == TILL_SET_DURATION) {
			try_number(c, s, s->low);
			try_number(c, s, s->high);
		}
	}
}

static void
check_only(struct kit_case *c)
{
	size_t files, threads;

	/* What loading itself does is the server's. */
	if (module_of(c) == NULL)
		return;
	files = entries("/proc/self/fd");
	threads = entries("/proc/self/task");
	if (kit_child_guard_calls() == -1) {
		kit_skip(c, "this system has no seccomp(2)");
		return;
	}
	if (kit_open(c, true) == -1)
		return;
	if (entries("/proc/self/fd") != files)
		kit_fail(c, "it keeps a file or a socket open");
	if (entries("/proc/self/task") != threads)
		kit_fail(c, "it starts a thread");
	kit_session_close(&c->session);
}

static void
open_close(struct kit_case *c)
{
	size_t files = 0, threads = 0, before = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS && !kit_failed(c); i++) {
		if (i == ROUNDS_FIRST) {
			files = entries("/proc/self/fd");
			threads = entries("/proc/self/task");
			before = heap();
		}
		if (kit_open(c, false) == -1)
			return;
		kit_session_close(&c->session);
	}
	if (entries("/proc/self/fd") > files)
		kit_fail(c,
		    "after %u times of open and close %zu files more "
		    "are open",
		    ROUNDS - ROUNDS_FIRST, entries("/proc/self/fd") - files);
	if (entries("/proc/self/task") > threads)
		kit_fail(c, "after open and close %zu threads more are there",
		    entries("/proc/self/task") - threads);
	if (heap() > before + GROWTH_MAX)
		kit_fail(c, "%u times of open and close keep %zu octets",
		    ROUNDS - ROUNDS_FIRST, heap() - before);
}

/* Pools may grow at first, and threads hold a file for a moment. */
static void
descriptors(struct kit_case *c)
{
	uint32_t facility;
	bool is_slow = false;
	unsigned int calls;
	size_t before, after;

	for (facility = TILL_POLICY; facility <= TILL_NOTIFY; facility <<= 1) {
		if ((c->target->note.facilities & facility) == 0)
			continue;
		calls = call_facility(c, (enum till_facility)facility, 0,
		    REPEATS_FIRST);
		if (calls < REPEATS_FIRST) {
			is_slow = true;
			continue;
		}
		before = entries("/proc/self/fd");
		calls = call_facility(c, (enum till_facility)facility,
		    REPEATS_FIRST, REPEATS_FIRST + REPEATS);
		after = entries("/proc/self/fd");
		if (calls < REPEATS_MIN)
			is_slow = true;
		else if (after > before && (after - before) * 4 >= calls)
			kit_fail(c,
			    "after %u calls %zu files or sockets more are "
			    "open",
			    calls, after - before);
	}
	/* That nothing right is known is not what this was about. */
	if (c->shared->verdict == KIT_SKIP)
		c->shared->verdict = KIT_NONE;
	if (is_slow && !kit_failed(c))
		kit_skip(c, "its calls take too long to make enough of them");
}

/* How many were made in the time there is. */
static unsigned int
call_facility(struct kit_case *c, enum till_facility facility,
    unsigned int from, unsigned int until)
{
	const int64_t until_ms = kit_now_ms() + REPEATS_MS;
	struct kit_charge charge = { .verb = TILL_CHARGE };
	char key[32];
	unsigned int i;

	for (i = from; i < until && kit_now_ms() < until_ms; i++) {
		kit_session_forget(&c->session);
		(void)snprintf(key, sizeof(key), "repeat-%u", i);
		charge.key = key;
		if (facility == TILL_SETTLE) {
			(void)kit_settle(&c->session, &charge);
		} else if (facility == TILL_AUTH) {
			kit_uncount(c);
			(void)kit_converse(c,
			    i % 2 == 0 ? SCRIPT_WRONG : SCRIPT_RIGHT, 1);
		} else {
			(void)kit_plain(c, facility);
		}
	}
	return i - from;
}

static void
read_only(struct kit_case *c)
{
	const uint32_t facilities = c->target->note.facilities;
	uint32_t facility;

	for (facility = TILL_POLICY; facility <= TILL_NOTIFY; facility <<= 1)
		if ((facilities & facility) != 0)
			(void)kit_plain(c, (enum till_facility)facility);
	(void)kit_health(&c->session);
}

static void
health(struct kit_case *c)
{
	if (instance_module(c->session.instance)->health == NULL) {
		kit_skip(c, "the module has no health");
		return;
	}
	if (kit_health(&c->session) == -1 &&
	    strcmp(c->session.health.text, "does not say why") == 0)
		kit_fail(c, "it is not well and does not say why");
	if (c->session.took_ms > HEALTH_MS)
		kit_fail(c, "it took %" PRId64 " ms", c->session.took_ms);
}

static const struct till_module *
module_of(struct kit_case *c)
{
	const struct loaded *loaded;
	struct till_error err;

	if (loader_load(c->session.loader, c->target->name, &loaded, &err) == 0)
		return loaded_module(loaded);
	kit_fail(c, "%s", err.text);
	c->shared->unopened = true;
	return NULL;
}

static void
try_value(struct kit_case *c, const struct till_setting *setting,
    const char *value)
{
	char why[DIAG_TEXT_MAX];

	if (kit_open_with(c, true, setting->name, value, why) == -1 &&
	    (why[0] == '\0' || strstr(why, "does not say why") != NULL))
		kit_fail(c, "%s=%s is refused without a reason", setting->name,
		    value);
	kit_session_close(&c->session);
}

static void
try_number(struct kit_case *c, const struct till_setting *setting,
    int64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64 "%s", number,
	    setting->type == TILL_SET_DURATION ? "ms" : "");
	try_value(c, setting, text);
}

static size_t
entries(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

/* Octets in use; 0 where the library does not tell. */
static size_t
heap(void)
{
#if HAVE_MALLINFO2
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}
