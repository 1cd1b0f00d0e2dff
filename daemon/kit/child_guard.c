/*
 * child_guard.c - what must not happen in a module's process, named when
 * it does.
 *
 * A handler may only do what is safe at any time: it writes a text to the
 * memory that is shared with the parent and ends the process.
 */
#define _GNU_SOURCE
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "kit/child_guard.h"

#define MARK SIGSTOP
#define FILTER_MAX 128

/* What handlers need; one process runs one module. */
static struct {
	struct kit_child_life *life;
	const char *pages;
	size_t size;
	bool trace;
} guard;

/* A system call and what it would do. */
static const struct forbidden {
	unsigned int number;
	const char *what;
} forbidden[] = {
	{ SYS_socket, "opens a socket" },
	{ SYS_connect, "connects a socket" },
	{ SYS_bind, "binds a socket" },
	{ SYS_execve, "runs a program" },
	{ SYS_clone, "starts a thread or a process" },
#ifdef SYS_clone3
	{ SYS_clone3, "starts a thread or a process" },
#endif
#ifdef SYS_fork
	{ SYS_fork, "starts a process" },
	{ SYS_vfork, "starts a process" },
	{ SYS_creat, "writes a file" },
	{ SYS_mkdir, "makes a folder" },
	{ SYS_unlink, "removes a file" },
	{ SYS_rename, "renames a file" },
#endif
	{ SYS_mkdirat, "makes a folder" },
	{ SYS_unlinkat, "removes a file" },
#ifdef SYS_renameat
	{ SYS_renameat, "renames a file" },
#endif
	{ SYS_renameat2, "renames a file" },
	{ SYS_truncate, "cuts a file short" },
};

#define FORBIDDEN (sizeof(forbidden) / sizeof(forbidden[0]))

static void on_fault(int, siginfo_t *, void *);
static void on_call(int, siginfo_t *, void *);
static void say(const char *);
static size_t open_rule(struct sock_filter *, unsigned int number,
    unsigned int flags);

void
guard_begin(struct kit_child_life *life, bool trace)
{
	struct sigaction action;

	guard.life = life;
	guard.trace = trace;
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_call;
	action.sa_flags = SA_SIGINFO;
	(void)sigaction(SIGSYS, &action, NULL);
	if (trace && ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
		guard.trace = false;
}

void
guard_end(void)
{
	guard.pages = NULL;
}

void
kit_child_guard_pages(const void *pages, size_t size)
{
	struct sigaction action;

	guard.pages = pages;
	guard.size = size;
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_fault;
	action.sa_flags = (int)(SA_SIGINFO | SA_RESETHAND);
	(void)sigaction(SIGSEGV, &action, NULL);
}

int
kit_child_guard_calls(void)
{
	struct sock_filter code[FILTER_MAX];
	struct sock_fprog program;
	size_t i, n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	    offsetof(struct seccomp_data, nr));
	for (i = 0; i < FORBIDDEN; i++) {
		code[n++] =
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			forbidden[i].number, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_TRAP);
	}
#ifdef SYS_open
	n += open_rule(code + n, SYS_open, 1);
#endif
	n += open_rule(code + n, SYS_openat, 2);
	code[n++] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)n;
	program.filter = code;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)
		return -1;
	return 0;
}

void
kit_child_mark(void)
{
	if (guard.trace)
		(void)raise(MARK);
}

/* A write to the instance is named; what else there is is a crash like
 * any other. */
static void
on_fault(int signal, siginfo_t *info, void *context)
{
	const char *at = info->si_addr;

	(void)context;
	if (guard.pages != NULL && at >= guard.pages &&
	    at < guard.pages + guard.size) {
		say("the module wrote to its instance after open");
		_exit(1);
	}
	(void)raise(signal);
}

static void
on_call(int signal, siginfo_t *info, void *context)
{
	size_t i;

	(void)signal;
	(void)context;
	for (i = 0; i < FORBIDDEN; i++)
		if (forbidden[i].number == (unsigned int)info->si_syscall)
			break;
	say(i < FORBIDDEN ? forbidden[i].what : "writes a file");
	_exit(1);
}

static void
say(const char *what)
{
	size_t i;

	for (i = 0; what[i] != '\0' && i + 1 < KIT_CHILD_FAULT_MAX; i++)
		guard.life->fault[i] = what[i];
	guard.life->fault[i] = '\0';
}

/* Trap this way to open a file if its flags say more than reading.  The
 * number is loaded before and after. */
static size_t
open_rule(struct sock_filter *code, unsigned int number, unsigned int flags)
{
	const struct sock_filter rule[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    (unsigned int)(offsetof(struct seccomp_data, args) +
			8 * flags + (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0))),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
		    (unsigned int)(O_WRONLY | O_RDWR | O_CREAT), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	memcpy(code, rule, sizeof(rule));
	return sizeof(rule) / sizeof(rule[0]);
}
