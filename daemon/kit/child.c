/*
 * child.c - run a module's code in a process that may be lost.
 */
#define _GNU_SOURCE /* memfd_create */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kit/child.h"
#include "kit/child_guard.h"

#define TICK_MS 2 /* between looks at the process */
#define SPINS_MAX 400 /* looks without a pause */
#define MARK SIGSTOP
#define CALL_STOP (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */

/* What the parent knows of one run. */
struct watch {
	const struct kit_child_options *options;
	struct kit_child_report *report;
	pid_t pid;
	unsigned int marks, stops;
	int64_t until_ms;
};

static struct kit_child_life *life_new(void);
static void live(const struct kit_child_options *, struct kit_child_life *,
    int out, int errors);
static void watch_run(struct watch *);
static bool look(struct watch *, int *how, bool *killed);
static bool stopped(struct watch *, int signal);
static unsigned int reap(bool impatient);
static void output_take(int out, int errors, struct kit_child_report *);
static void text_take(int fd, char *, size_t size);
static pid_t parent_of(const char *pid);
static int64_t now_ms(void);

void
kit_child_adopt(void)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

void
kit_child_run(const struct kit_child_options *options,
    struct kit_child_report *report)
{
	struct watch watch = { .options = options, .report = report };
	struct kit_child_life *life = life_new();
	const int out = memfd_create("stdout", MFD_CLOEXEC);
	const int errors = memfd_create("stderr", MFD_CLOEXEC);

	memset(report, 0, sizeof(*report));
	if (life != NULL && out != -1 && errors != -1) {
		(void)fflush(NULL);
		watch.pid = fork();
		if (watch.pid == 0)
			live(options, life, out, errors);
		if (watch.pid != -1) {
			watch.until_ms = now_ms() +
			    (options->timeout_ms != 0 ? options->timeout_ms
						      : KIT_CHILD_MS);
			watch_run(&watch);
			(void)memcpy(report->fault, life->fault,
			    sizeof(report->fault));
			if (atomic_load(&life->done) &&
			    report->end == KIT_CHILD_EXITED)
				report->end = KIT_CHILD_DONE;
			report->left = reap(options->impatient);
			output_take(out, errors, report);
		}
	}
	if (out != -1)
		(void)close(out);
	if (errors != -1)
		(void)close(errors);
	if (life != NULL)
		(void)munmap(life, sizeof(*life));
}

const char *
kit_child_describe(const struct kit_child_report *report, char *text,
    size_t size)
{
	const char *last = strrchr(report->output, '\n');

	if (report->fault[0] != '\0') {
		(void)snprintf(text, size, "%s", report->fault);
		return text;
	}
	switch (report->end) {
	case KIT_CHILD_NONE:
		(void)snprintf(text, size, "no process could be started");
		break;
	case KIT_CHILD_DONE:
		(void)snprintf(text, size, "ended");
		break;
	case KIT_CHILD_EXITED:
		(void)snprintf(text, size,
		    "the module ended the process with exit status %d",
		    report->status);
		break;
	case KIT_CHILD_CRASHED:
		/* Libraries block all signals around the call that makes a
		 * thread, so no handler can name it. */
		if (report->signal == SIGSYS) {
			(void)snprintf(text, size, "starts a thread");
			break;
		}
		(void)snprintf(text, size,
		    "the module crashed: signal %d, %s%s%s", report->signal,
		    strsignal(report->signal),
		    report->output[0] != '\0' ? ": " : "",
		    last != NULL ? last + 1 : report->output);
		break;
	case KIT_CHILD_HUNG:
		(void)snprintf(text, size,
		    "the module did not come back and was killed");
		break;
	case KIT_CHILD_KILLED:
		(void)snprintf(text, size, "killed on purpose");
		break;
	}
	return text;
}

void
kit_child_signal_programs(int signal)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
		    parent_of(entry->d_name) != getpid())
			continue;
		(void)kill((pid_t)strtol(entry->d_name, NULL, 10), signal);
	}
	(void)closedir(dir);
}

static struct kit_child_life *
life_new(void)
{
	struct kit_child_life *life;

	life = mmap(NULL, sizeof(*life), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return life == MAP_FAILED ? NULL : life;
}

/* In the child; never returns.  Nothing is closed and no destructor runs:
 * the process ends with it. */
static void
live(const struct kit_child_options *options, struct kit_child_life *life,
    int out, int errors)
{
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(errors, STDERR_FILENO) == -1 ||
	    (options->dir != NULL && chdir(options->dir) == -1))
		_exit(1);
	(void)close(null);
	guard_begin(life, options->trace);
	options->run(options->arg);
	guard_end();
	(void)fflush(NULL);
	atomic_store(&life->done, true);
	_exit(0);
}

static void
watch_run(struct watch *watch)
{
	unsigned int spins = 0;
	bool killed = false;
	int how = 0;

	while (!look(watch, &how, &killed)) {
		if (now_ms() > watch->until_ms) {
			watch->report->end = KIT_CHILD_HUNG;
			(void)kill(watch->pid, SIGKILL);
			while (waitpid(watch->pid, &how, 0) == -1 &&
			    errno == EINTR)
				;
			return;
		}
		/* A traced process stops often, and briefly. */
		if (watch->options->trace && spins++ < SPINS_MAX)
			(void)sched_yield();
		else
			(void)poll(NULL, 0, TICK_MS);
	}
	if (WIFEXITED(how)) {
		watch->report->end = KIT_CHILD_EXITED;
		watch->report->status = WEXITSTATUS(how);
	} else {
		watch->report->end =
		    killed ? KIT_CHILD_KILLED : KIT_CHILD_CRASHED;
		watch->report->signal = WTERMSIG(how);
	}
	watch->report->calls = watch->stops / 2;
	watch->report->traced = watch->marks > 0;
}

/* True if it has ended; a stop of a traced one is dealt with. */
static bool
look(struct watch *watch, int *how, bool *killed)
{
	const pid_t r = waitpid(watch->pid, how, WNOHANG);

	if (r == 0 || (r == -1 && errno == EINTR))
		return false;
	if (r == -1 || !WIFSTOPPED(*how))
		return true;
	if (stopped(watch, WSTOPSIG(*how))) {
		*killed = true;
		(void)kill(watch->pid, SIGKILL);
	}
	return false;
}

/* True if this is where the process is to be killed.  Calls stop twice,
 * on their way in and out; between the marks both are counted. */
static bool
stopped(struct watch *watch, int signal)
{
	const unsigned int kill_at = watch->options->kill_at;
	bool counting;
	long pass = 0;

	if (signal == MARK) {
		if (watch->marks++ == 0)
			(void)ptrace(PTRACE_SETOPTIONS, watch->pid, NULL,
			    PTRACE_O_TRACESYSGOOD);
	} else if (signal == CALL_STOP) {
		watch->stops++;
		if (kill_at != 0 && watch->stops == 2 * kill_at - 1)
			return true;
	} else {
		pass = signal;
	}
	counting = watch->marks == 1;
	(void)ptrace(counting ? PTRACE_SYSCALL : PTRACE_CONT, watch->pid, NULL,
	    pass);
	return false;
}

/* Wait for what the code has started, and kill what does not end: how
 * many that were. */
static unsigned int
reap(bool impatient)
{
	const int64_t until_ms =
	    now_ms() + (impatient ? 0 : KIT_CHILD_LINGER_MS);
	unsigned int left = 0;
	pid_t r;

	for (;;) {
		r = waitpid(-1, NULL, WNOHANG);
		if (r == -1 && errno != EINTR)
			return left;
		if (r > 0 && left > 0)
			left++;
		if (r == 0 && now_ms() > until_ms) {
			left = left == 0 ? 1 : left;
			kit_child_signal_programs(SIGKILL);
		}
		if (r == 0)
			(void)poll(NULL, 0, TICK_MS);
	}
}

static void
output_take(int out, int errors, struct kit_child_report *report)
{
	const size_t size = sizeof(report->output);
	size_t len;

	text_take(out, report->output, size);
	len = strlen(report->output);
	report->to_stdout = len > 0;
	text_take(errors, report->output + len, size - len);
}

/* What was written last is worth most. */
static void
text_take(int fd, char *text, size_t size)
{
	const off_t end = lseek(fd, 0, SEEK_END);
	off_t from = end > (off_t)size - 1 ? end - (off_t)size + 1 : 0;
	size_t i;
	ssize_t n;

	n = pread(fd, text, size - 1, from);
	text[n > 0 ? n : 0] = '\0';
	for (i = 0; text[i] != '\0'; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
}

/* proc(5): the fourth word of stat, behind a name in parentheses. */
static pid_t
parent_of(const char *pid)
{
	char path[64], text[512];
	const char *at;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strrchr(text, ')');
	if (at == NULL || strlen(at) < 5)
		return -1;
	return (pid_t)strtol(at + 4, NULL, 10);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
