/*
 * suite.c - run the checks of the conformance suite.
 */
#include <sys/mman.h>

#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "kit/check.h"
#include "module/backend.h"

const struct kit_check *const kit_checks[] = { kit_checks_any, kit_checks_host,
	kit_checks_policy, kit_checks_auth, kit_checks_auth_more,
	kit_checks_settle, kit_checks_settle_more, kit_checks_notify, NULL };

/* A check, or a stage of one, for its process. */
struct stage {
	struct kit_drive *drive;
	void (*run)(struct kit_case *);
	bool open;
};

static int place_make(struct kit_drive *, struct till_error *);
static void check_one(struct kit_drive *, const struct kit_check *,
    kit_tell_fn *, void *);
static void say_once(struct kit_drive *, const struct kit_check *);
static const char *not_for(const struct kit_drive *, const struct kit_check *,
    char *text, size_t size);
static const char *skipped_by(const struct script *, const char *name);
static void stage_run(void *);
static void arrange(struct kit_case *);
static void quiet(struct kit_drive *);

static const struct kit_check quiet_check = { .name = "quiet",
	.drive = quiet,
	.rule = "A module writes nothing to standard output and leaves no "
		"program behind: both belong to the server, which may be "
		"speaking to its supervisor there." };

const struct kit_check *
kit_check_find(const char *name)
{
	const struct kit_check *check;
	size_t i;

	if (strcmp(name, quiet_check.name) == 0)
		return &quiet_check;
	for (i = 0; kit_checks[i] != NULL; i++)
		for (check = kit_checks[i]; check->name != NULL; check++)
			if (strcmp(check->name, name) == 0)
				return check;
	return NULL;
}

int
kit_suite(struct kit_target *target, const struct script *script,
    const char *only, kit_tell_fn *tell, void *arg, struct till_error *err)
{
	struct kit_drive drive = { .target = target, .script = script };
	const struct kit_check *check;
	size_t i;

	drive.shared = mmap(NULL, sizeof(*drive.shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (drive.shared == MAP_FAILED)
		return till_fail(err, "out of memory");
	for (i = 0; kit_checks[i] != NULL; i++) {
		for (check = kit_checks[i]; check->name != NULL; check++) {
			if (only != NULL && strcmp(only, check->name) != 0)
				continue;
			if (place_make(&drive, err) == -1)
				goto fail;
			check_one(&drive, check, tell, arg);
		}
	}
	if (only == NULL)
		check_one(&drive, &quiet_check, tell, arg);
	(void)munmap(drive.shared, sizeof(*drive.shared));
	return 0;
fail:
	(void)munmap(drive.shared, sizeof(*drive.shared));
	return -1;
}

void
kit_drive_fail(struct kit_drive *drive, const char *fmt, ...)
{
	va_list ap;

	if (drive->shared->verdict == KIT_FAIL)
		return;
	drive->shared->verdict = KIT_FAIL;
	va_start(ap, fmt);
	(void)vsnprintf(drive->shared->text, KIT_TEXT_MAX, fmt, ap);
	va_end(ap);
}

void
kit_drive_skip(struct kit_drive *drive, const char *fmt, ...)
{
	va_list ap;

	if (drive->shared->verdict != KIT_NONE)
		return;
	drive->shared->verdict = KIT_SKIP;
	va_start(ap, fmt);
	(void)vsnprintf(drive->shared->text, KIT_TEXT_MAX, fmt, ap);
	va_end(ap);
}

bool
kit_stage(struct kit_drive *drive, void (*run)(struct kit_case *), bool open,
    bool trace, unsigned int kill_at, struct kit_child_report *report)
{
	struct stage stage = { drive, run, open };
	const struct kit_child_options options = {
		.run = stage_run,
		.arg = &stage,
		.timeout_ms = drive->target->timeout_ms,
		.impatient = drive->left > 0, /* that is known by then */
		.dir = drive->place.tmp,
		.trace = trace,
		.kill_at = kill_at,
	};
	char text[KIT_TEXT_MAX];

	kit_child_run(&options, report);
	if (report->to_stdout && !drive->wrote) {
		drive->wrote = true;
		memcpy(drive->output, report->output, sizeof(drive->output));
	}
	drive->left += report->left;
	if (report->end != KIT_CHILD_DONE && report->end != KIT_CHILD_KILLED)
		kit_drive_fail(drive, "%s",
		    kit_child_describe(report, text, sizeof(text)));
	return drive->shared->verdict == KIT_NONE;
}

static int
place_make(struct kit_drive *drive, struct till_error *err)
{
	char file[PATH_MAX];

	memset(&drive->place, 0, sizeof(drive->place));
	if (drive->script != NULL) {
		(void)snprintf(file, sizeof(file), "%s", drive->script->file);
		if (realpath(dirname(file), drive->place.here) == NULL)
			return till_fail(err, "the folder of %s is gone",
			    drive->script->file);
	}
	return kit_target_case(drive->target, drive->place.tmp, err);
}

static void
check_one(struct kit_drive *drive, const struct kit_check *check,
    kit_tell_fn *tell, void *arg)
{
	struct kit_shared *shared = drive->shared;
	struct kit_child_report report;
	char text[KIT_TEXT_MAX];
	const char *why;

	memset(shared, 0, sizeof(*shared));
	kit_owner_init(&shared->owner);
	why = not_for(drive, check, text, sizeof(text));
	if (why != NULL)
		kit_drive_skip(drive, "%s", why);
	else if (check->drive != NULL)
		check->drive(drive);
	else
		(void)kit_stage(drive, check->run, !check->bare, false, 0,
		    &report);
	if (shared->verdict == KIT_NONE)
		shared->verdict = KIT_PASS;
	if (shared->verdict == KIT_FAIL && shared->found)
		say_once(drive, check);
	drive->opened |= shared->opened;
	drive->unopened |= shared->unopened && !drive->opened;
	tell(arg, check, shared->verdict, shared->text);
}

/* A plain call that fails fails every check that begins with one: what was
 * found by another check in the same words hides what this one is about. */
static void
say_once(struct kit_drive *drive, const struct kit_check *check)
{
	struct kit_shared *shared = drive->shared;
	size_t i;

	for (i = 0; i < drive->said_len; i++) {
		if (strcmp(drive->said[i].text, shared->text) != 0)
			continue;
		shared->verdict = KIT_SKIP;
		(void)snprintf(shared->text, sizeof(shared->text),
		    "not reached: it fails as %s does, above",
		    drive->said[i].check);
		return;
	}
	if (drive->said_len == KIT_SAID_MAX)
		return;
	drive->said[i].check = check->name;
	memcpy(drive->said[i].text, shared->text, sizeof(shared->text));
	drive->said_len++;
}

/* Why a check is passed over; NULL if it is not. */
static const char *
not_for(const struct kit_drive *drive, const struct kit_check *check,
    char *text, size_t size)
{
	const struct till_note *note = &drive->target->note;
	const char *why = skipped_by(drive->script, check->name);

	if (check->facility != 0 && (note->facilities & check->facility) == 0)
		return "";
	if ((note->caps & check->caps) != check->caps)
		return "the module does not declare it can";
	if (check->no_mock && (note->caps & TILL_CAP_MOCK) != 0)
		return "a mock does as it is told";
	if (why == NULL && drive->unopened && check->drive != quiet)
		return "not run: the module does not open, as said above";
	if (why == NULL)
		return NULL;
	(void)snprintf(text, size, "by the author: %s", why);
	return text;
}

static const char *
skipped_by(const struct script *script, const char *name)
{
	size_t i;

	for (i = 0; script != NULL && i < script->len; i++)
		if (script->steps[i].verb == SCRIPT_SKIP &&
		    strcmp(script->steps[i].word, name) == 0)
			return script->steps[i].name;
	return NULL;
}

/* In a process of its own. */
static void
stage_run(void *arg)
{
	const struct stage *stage = arg;
	struct kit_drive *drive = stage->drive;
	struct kit_case c = { .target = drive->target,
		.script = drive->script,
		.shared = drive->shared,
		.place = drive->place };
	struct till_error err;

	if (kit_session_init(&c.session, &c.shared->owner, c.target->dir,
		&err) == -1) {
		kit_fail(&c, "%s", err.text);
		return;
	}
	arrange(&c);
	if (!kit_failed(&c) && (!stage->open || kit_open(&c, false) == 0))
		stage->run(&c);
	kit_session_free(&c.session);
	kit_settings_clear(&c.settings);
}

/* What the script says there is: files and records once for all stages,
 * settings and order in each. */
static void
arrange(struct kit_case *c)
{
	const struct script_step *step;
	struct till_error err;
	size_t i;
	int r = 0;

	for (i = 0; c->script != NULL && i < c->script->len && r == 0; i++) {
		step = &c->script->steps[i];
		if (step->verb == SCRIPT_SET)
			r = kit_set(&c->settings, step, &c->place, &err);
		else if (step->verb == SCRIPT_ORDER)
			kit_order(&c->session, step);
		else if (!c->shared->arranged && step->verb < SCRIPT_OPEN)
			r = kit_arrange(&c->session, step, &c->place, &err);
		if (r == -1)
			kit_fail(c, "%s:%u: %s", c->script->file,
			    step->place.line, err.text);
	}
	c->shared->arranged = true;
}

static void
quiet(struct kit_drive *drive)
{
	if (drive->wrote)
		kit_drive_fail(drive, "it wrote to standard output: %.200s",
		    drive->output);
	else if (drive->left > 0)
		kit_drive_fail(drive,
		    "programs that it had started were still there %d ms "
		    "after its process had ended",
		    KIT_CHILD_LINGER_MS);
}
