/*
 * trial.c - open modules, and ask them, in a process that may be lost.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "ctl/local.h"
#include "ctl/trial.h"

#define NOBODY CONF_INSTANCES_MAX /* no module is at work */
#define TICK_MS 5 /* between looks at the process */

enum fault { FAULT_NONE = 0, FAULT_SIGNAL, FAULT_EXIT, FAULT_HUNG };

/* Shared with the process. */
struct trial {
	atomic_size_t at; /* the instance that is at work */
	atomic_uint steps; /* changes of at */
	atomic_bool asked; /* it is asked, not opened */
	atomic_bool done;
	char module[CONF_NAME_MAX]; /* that is asked */
	int output; /* in the process: the standard output, or -1 */
	enum fault faults[CONF_INSTANCES_MAX];
	int signals[CONF_INSTANCES_MAX];
};

static int keep_input(void);
static void keep_output(struct trial *);
static void turn_to(struct trial *, size_t);
static int try_once(struct trial *,
    int (*)(void *, const struct generation_watch *), void *,
    const struct trial_kind *, int *);
static int lost(struct trial *, enum fault, int, const struct trial_kind *);
static int lost_asked(const struct trial *, enum fault, int,
    const struct trial_kind *);
static bool before(void *, const struct conf_instance *, size_t, struct diag *);
static bool wait_for(pid_t, struct trial *, int *);
static int64_t now_ms(void);

int
trial_run(int (*run)(void *arg, const struct generation_watch *), void *arg,
    const struct trial_kind *kind)
{
	struct trial *trial;
	int status = -1;
	unsigned int i;

	trial = mmap(NULL, sizeof(*trial), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (trial == MAP_FAILED || (kind->input && keep_input() == -1))
		return local_fail(kind->json, EX_OSERR, strerror(errno));
	/* Each time one module less is opened. */
	for (i = 0; status == -1 && i <= CONF_INSTANCES_MAX; i++)
		if (try_once(trial, run, arg, kind, &status) == -1)
			status = EX_OSERR;
	(void)munmap(trial, sizeof(*trial));
	return status == -1 ? EX_SOFTWARE : status;
}

void
trial_output(const struct generation_watch *watch)
{
	struct trial *trial = watch->arg;

	turn_to(trial, NOBODY);
	(void)fflush(stdout);
	if (trial->output == -1)
		return;
	(void)dup2(trial->output, STDOUT_FILENO);
	(void)close(trial->output);
	trial->output = -1;
}

void
trial_asks(void *arg, const struct conf_instance *instance)
{
	struct trial *trial = arg;

	if (instance == NULL) {
		turn_to(trial, NOBODY);
		return;
	}
	(void)snprintf(trial->module, sizeof(trial->module), "%s",
	    instance->module);
	atomic_store(&trial->asked, true);
	turn_to(trial, 0);
}

/* What a module prints when it is opened goes to standard error. */
static void
keep_output(struct trial *trial)
{
	trial->output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (trial->output != -1)
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
}

/* What comes through a pipe can be read only once. */
static int
keep_input(void)
{
	char buf[4096];
	FILE *copy;
	size_t n;
	int r;

	if (isatty(STDIN_FILENO) || lseek(STDIN_FILENO, 0, SEEK_CUR) != -1 ||
	    errno == EBADF)
		return 0;
	copy = tmpfile();
	if (copy == NULL)
		return -1;
	while ((n = fread(buf, 1, sizeof(buf), stdin)) > 0)
		if (fwrite(buf, 1, n, copy) != n)
			break;
	r = ferror(stdin) || fflush(copy) != 0 ||
		dup2(fileno(copy), STDIN_FILENO) == -1
	    ? -1
	    : 0;
	(void)fclose(copy);
	clearerr(stdin);
	return r;
}

static void
turn_to(struct trial *trial, size_t at)
{
	atomic_store(&trial->at, at);
	(void)atomic_fetch_add(&trial->steps, 1);
}

/* *status_r stays -1 if a module was lost that can be passed over. */
static int
try_once(struct trial *trial,
    int (*run)(void *, const struct generation_watch *), void *arg,
    const struct trial_kind *kind, int *status_r)
{
	const struct generation_watch watch = { .before = before,
		.arg = trial };
	const off_t start = kind->input ? lseek(STDIN_FILENO, 0, SEEK_CUR) : -1;
	enum fault fault = FAULT_SIGNAL;
	pid_t pid;
	int how;

	atomic_store(&trial->at, NOBODY);
	(void)fflush(NULL);
	pid = fork();
	if (pid == -1) {
		(void)local_fail(kind->json, EX_OSERR, strerror(errno));
		return -1;
	}
	if (pid == 0) {
		if (start != -1)
			(void)lseek(STDIN_FILENO, 0, SEEK_SET);
		keep_output(trial);
		how = run(arg, &watch);
		atomic_store(&trial->done, true);
		_exit(how);
	}
	if (!wait_for(pid, trial, &how))
		fault = FAULT_HUNG;
	else if (WIFEXITED(how))
		fault = FAULT_EXIT;
	if (fault == FAULT_EXIT && atomic_load(&trial->done))
		*status_r = WEXITSTATUS(how);
	else
		*status_r = lost(trial, fault, how, kind);
	return 0;
}

/* -1: once more, without this module; else the exit status. */
static int
lost(struct trial *trial, enum fault fault, int how,
    const struct trial_kind *kind)
{
	const size_t at = atomic_load(&trial->at);
	const int number = WIFSIGNALED(how) ? WTERMSIG(how) : 0;

	if (at >= NOBODY)
		return local_fail(kind->json, EX_SOFTWARE,
		    "the trial of the modules came to a sudden end");
	if (atomic_load(&trial->asked))
		return lost_asked(trial, fault, number, kind);
	trial->faults[at] = fault;
	trial->signals[at] = number;
	return -1;
}

static int
lost_asked(const struct trial *trial, enum fault fault, int number,
    const struct trial_kind *kind)
{
	char text[CONF_NAME_MAX + 128];

	switch (fault) {
	case FAULT_NONE:
		break;
	case FAULT_SIGNAL:
		(void)snprintf(text, sizeof(text),
		    "module %s crashed when it was asked: signal %d, %s",
		    trial->module, number, strsignal(number));
		return local_fail(kind->json, EX_SOFTWARE, text);
	case FAULT_EXIT:
		(void)snprintf(text, sizeof(text),
		    "module %s ended the process when it was asked",
		    trial->module);
		return local_fail(kind->json, EX_SOFTWARE, text);
	case FAULT_HUNG:
		(void)snprintf(text, sizeof(text),
		    "module %s did not answer in %d seconds", trial->module,
		    TRIAL_MS / 1000);
		return local_fail(kind->json, EX_SOFTWARE, text);
	}
	return EX_SOFTWARE;
}

static bool
before(void *arg, const struct conf_instance *instance, size_t number,
    struct diag *diag)
{
	struct trial *trial = arg;
	const struct diag_place *place = &instance->module_place;

	turn_to(trial, number);
	switch (trial->faults[number]) {
	case FAULT_NONE:
		return true;
	case FAULT_SIGNAL:
		diag_error(diag, place, "module %s crashed when it was opened",
		    instance->module);
		diag_note(diag, "signal %d, %s", trial->signals[number],
		    strsignal(trial->signals[number]));
		break;
	case FAULT_EXIT:
		diag_error(diag, place,
		    "module %s ended the process when it was opened",
		    instance->module);
		break;
	case FAULT_HUNG:
		diag_error(diag, place,
		    "module %s was not open after %d seconds", instance->module,
		    TRIAL_MS / 1000);
		break;
	}
	return false;
}

/* False if it had to be killed. */
static bool
wait_for(pid_t pid, struct trial *trial, int *how_r)
{
	int64_t end = now_ms() + TRIAL_MS;
	unsigned int steps, last = atomic_load(&trial->steps);
	pid_t r;

	for (;;) {
		r = waitpid(pid, how_r, WNOHANG);
		if (r == pid)
			return true;
		if (r == -1 && errno != EINTR)
			return true;
		steps = atomic_load(&trial->steps);
		/* Where no module is at work it is our own. */
		if (steps != last || atomic_load(&trial->at) == NOBODY)
			end = now_ms() + TRIAL_MS;
		last = steps;
		if (now_ms() > end)
			break;
		(void)poll(NULL, 0, TICK_MS);
	}
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, how_r, 0) == -1 && errno == EINTR)
		;
	return false;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
