/*
 * child.h - run a module's code in a process that may be lost.
 *
 * What the code writes to standard output or error, how it ends, and what
 * it leaves behind is told; the parent has not run any of it.  Processes
 * that the code has started become the parent's, which waits for them.
 */
#ifndef KIT_CHILD_H
#define KIT_CHILD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIT_CHILD_OUTPUT_MAX 4096 /* octets that are kept of what it wrote */
#define KIT_CHILD_FAULT_MAX 256
#define KIT_CHILD_MS 30000 /* that one process may take */
#define KIT_CHILD_LINGER_MS                                                    \
	3000 /* that a module's programs may take to end                       \
	      */

enum kit_child_end {
	KIT_CHILD_NONE = 0, /* it could not be started */
	KIT_CHILD_DONE, /* run has returned */
	KIT_CHILD_EXITED, /* the code ended the process */
	KIT_CHILD_CRASHED,
	KIT_CHILD_HUNG,
	KIT_CHILD_KILLED /* as the caller wished */
};

/* In memory that parent and child share. */
struct kit_child_life {
	atomic_bool done;
	char fault[KIT_CHILD_FAULT_MAX]; /* what a signal handler has to say */
};

struct kit_child_report {
	enum kit_child_end end;
	int signal; /* KIT_CHILD_CRASHED */
	int status; /* KIT_CHILD_EXITED */
	char fault[KIT_CHILD_FAULT_MAX];
	char output[KIT_CHILD_OUTPUT_MAX]; /* on both, as text */
	bool to_stdout;
	unsigned int left; /* programs that had to be killed */
	unsigned int calls; /* system calls between the marks */
	bool traced; /* there were marks, and they were seen */
};

/* run is called in a new process. */
struct kit_child_options {
	void (*run)(void *arg);
	void *arg;
	int64_t timeout_ms; /* 0: KIT_CHILD_MS */
	bool impatient; /* what it leaves behind is killed at once */
	const char *dir; /* where it works, or NULL */
	/* Count the system calls between the marks, and kill the process
	 * before call number kill_at (from 1) is made; 0: only count. */
	bool trace;
	unsigned int kill_at;
};

/* Once, in the parent: whatever a child leaves behind becomes ours. */
void kit_child_adopt(void);
void kit_child_run(const struct kit_child_options *, struct kit_child_report *);
/* A sentence fragment: "crashed: signal 11, Segmentation fault". */
const char *kit_child_describe(const struct kit_child_report *, char *text,
    size_t size);

/* In the child. */

/* A write to these pages, from now on, is a fault that is named. */
void kit_child_guard_pages(const void *pages, size_t size);
/* From now on a system call by which something changes outside of this
 * process (a file written, a socket, a thread, a process) is a fault that is
 * named.  -1: the system cannot do that. */
int kit_child_guard_calls(void);
/* The marks between which system calls are counted; they do nothing where
 * nobody traces. */
void kit_child_mark(void);

/* Stop or continue all programs that the code has started. */
void kit_child_signal_programs(int signal);

#endif
