/*
 * run.c - run a test script of a module, process by process.
 *
 * A script that kills goes on in the next process where the last one
 * ended: what a server keeps (credentials, counters, conversations) lies
 * in shared memory, and settings and order are put in place once more.
 */
#include <sys/mman.h>

#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kit/child.h"
#include "kit/run_step.h"

#define PROCESSES_MAX 256 /* of one script */

static int place_make(struct kit_target *, const struct script *,
    struct kit_place *, struct till_error *);
static bool one_process(struct run *, struct diag *);
static void process(void *);
static void again(struct run *);
static void step_run(struct run *, const struct script_step *);
static void tell(const struct run *, struct diag *);

int
kit_run(struct kit_target *target, const struct script *script,
    struct diag *diag)
{
	const struct diag_place place = { .file = script->file };
	struct run run = { .script = script, .target = target };
	struct till_error err;
	unsigned int n = 0;
	int lines;

	run.shared = mmap(NULL, sizeof(*run.shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run.shared == MAP_FAILED) {
		diag_error(diag, &place, "out of memory");
		return -1;
	}
	if (place_make(target, script, &run.place, &err) == -1) {
		diag_error(diag, &place, "%s", err.text);
		(void)munmap(run.shared, sizeof(*run.shared));
		return -1;
	}
	kit_owner_init(&run.shared->owner);
	while (run.shared->at < script->len && n++ < PROCESSES_MAX &&
	    one_process(&run, diag))
		;
	tell(&run, diag);
	lines = (int)run.shared->lines;
	(void)munmap(run.shared, sizeof(*run.shared));
	return lines;
}

void
run_find(struct run *run, const char *fmt, ...)
{
	struct run_shared *shared = run->shared;
	struct run_finding *finding;
	va_list ap;

	if (shared->findings_len == RUN_FINDINGS_MAX)
		return;
	finding = &shared->findings[shared->findings_len++];
	finding->step = shared->at;
	finding->arg = 0;
	finding->note[0] = '\0';
	va_start(ap, fmt);
	(void)vsnprintf(finding->text, sizeof(finding->text), fmt, ap);
	va_end(ap);
}

void
run_point(struct run *run, const struct script_step *step, const char *key)
{
	struct run_shared *shared = run->shared;
	size_t i;

	for (i = 0; shared->findings_len > 0 && i < step->args_len; i++)
		if (strcmp(step->args[i].key, key) == 0)
			shared->findings[shared->findings_len - 1].arg = i + 1;
}

void
run_note(struct run *run, const char *fmt, ...)
{
	struct run_shared *shared = run->shared;
	struct run_finding *finding;
	va_list ap;

	if (shared->findings_len == 0)
		return;
	finding = &shared->findings[shared->findings_len - 1];
	va_start(ap, fmt);
	(void)vsnprintf(finding->note, sizeof(finding->note), fmt, ap);
	va_end(ap);
}

static int
place_make(struct kit_target *target, const struct script *script,
    struct kit_place *place, struct till_error *err)
{
	char file[PATH_MAX];

	(void)snprintf(file, sizeof(file), "%s", script->file);
	if (realpath(dirname(file), place->here) == NULL)
		return till_fail(err, "the folder of the script is gone");
	return kit_target_case(target, place->tmp, err);
}

/* False if the script is over, or cannot go on. */
static bool
one_process(struct run *run, struct diag *diag)
{
	struct run_shared *shared = run->shared;
	struct kit_child_options options = {
		.run = process,
		.arg = run,
		.timeout_ms = run->target->timeout_ms,
		.dir = run->place.tmp,
		.trace = shared->wants_trace,
	};
	struct kit_child_report report;
	char text[RUN_TEXT_MAX];
	const struct script_step *step = &run->script->steps[shared->at];

	run->traced = shared->wants_trace;
	if (shared->wants_trace)
		options.kill_at =
		    (unsigned int)script_number(step, "killed-at", 0);
	shared->wants_trace = shared->wants_kill = false;
	kit_child_run(&options, &report);
	if (report.to_stdout)
		diag_warning(diag, &step->place,
		    "the module wrote to standard output, which is the "
		    "server's: %.100s",
		    report.output);
	if (report.left > 0)
		diag_error(diag, &step->place,
		    "programs that the module had started were still there "
		    "%d ms after its process had ended",
		    KIT_CHILD_LINGER_MS);
	if (report.end == KIT_CHILD_DONE)
		return shared->wants_trace;
	if (report.end == KIT_CHILD_KILLED ||
	    (shared->wants_kill && report.signal == SIGKILL)) {
		shared->lines++;
		shared->at++;
		return true;
	}
	step = &run->script->steps[shared->at];
	diag_error(diag, &step->place, "%s",
	    kit_child_describe(&report, text, sizeof(text)));
	return false;
}

/* In a process of its own. */
static void
process(void *arg)
{
	struct run *run = arg;
	struct run_shared *shared = run->shared;
	struct till_error err;

	if (kit_session_init(&run->session, &shared->owner, run->target->dir,
		&err) == -1) {
		run_find(run, "%s", err.text);
		return;
	}
	again(run);
	while (shared->at < run->script->len && !shared->wants_trace) {
		step_run(run, &run->script->steps[shared->at]);
		if (shared->wants_trace)
			break;
		shared->lines++;
		shared->at++;
	}
	kit_session_save(&run->session, shared->memory);
	shared->has_memory = true;
	kit_session_free(&run->session);
	kit_settings_clear(&run->settings);
}

/* Put in place what only a process has: settings, the order, and what was
 * said in its conversation. */
static void
again(struct run *run)
{
	const struct script_step *step;
	struct till_error err;
	size_t i;

	for (i = 0; i < run->shared->at; i++) {
		step = &run->script->steps[i];
		if (step->verb == SCRIPT_ORDER)
			kit_order(&run->session, step);
		if (step->verb == SCRIPT_SET) {
			if (run->called)
				kit_settings_clear(&run->settings);
			run->called = false;
			(void)kit_set(&run->settings, step, &run->place, &err);
		} else if (step->verb >= SCRIPT_OPEN) {
			run->called = true;
		}
	}
	if (run->shared->has_memory &&
	    kit_session_restore(&run->session, run->shared->memory) == -1)
		run_find(run, "out of memory");
}

static void
step_run(struct run *run, const struct script_step *step)
{
	struct till_error err;

	switch (step->verb) {
	case SCRIPT_SET:
		if (run->called) {
			kit_session_close(&run->session);
			kit_settings_clear(&run->settings);
			run->called = false;
		}
		if (kit_set(&run->settings, step, &run->place, &err) == -1)
			run_find(run, "%s", err.text);
		break;
	case SCRIPT_ORDER:
		kit_order(&run->session, step);
		run->shared->has_memory = run->answered = false;
		break;
	case SCRIPT_OPEN:
		run_open(run, step);
		break;
	case SCRIPT_CLOSE:
		kit_session_close(&run->session);
		break;
	case SCRIPT_REPLY:
		run_reply(run, step);
		break;
	case SCRIPT_POLICY:
	case SCRIPT_AUTH:
	case SCRIPT_ENROL:
	case SCRIPT_SETTLE:
	case SCRIPT_NOTIFY:
	case SCRIPT_HEALTH:
		run_call(run, step);
		break;
	case SCRIPT_KILL:
		run->shared->wants_kill = true;
		kit_session_save(&run->session, run->shared->memory);
		run->shared->has_memory = true;
		(void)raise(SIGKILL);
		break;
	case SCRIPT_FREEZE:
		kit_child_signal_programs(SIGSTOP);
		break;
	case SCRIPT_THAW:
		kit_child_signal_programs(SIGCONT);
		break;
	case SCRIPT_EXPECT:
		run_expect(run, step);
		break;
	default:
		if (kit_arrange(&run->session, step, &run->place, &err) == -1)
			run_find(run, "%s", err.text);
		break;
	}
}

static void
tell(const struct run *run, struct diag *diag)
{
	const struct run_finding *finding;
	const struct script_step *step;
	size_t i;

	for (i = 0; i < run->shared->findings_len; i++) {
		finding = &run->shared->findings[i];
		step = &run->script->steps[finding->step];
		diag_error(diag,
		    finding->arg > 0 ? &step->args[finding->arg - 1].value_place
				     : &step->place,
		    "%s", finding->text);
		if (finding->note[0] != '\0')
			diag_note(diag, "%s", finding->note);
	}
}
