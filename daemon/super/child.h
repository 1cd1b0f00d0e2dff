/*
 * child.h - one unit as the supervisor sees it: a process that must be.
 */
#ifndef SUPER_CHILD_H
#define SUPER_CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include <till/error.h>

#include "super/user.h"

#define CHILD_ARGS_MAX 48
#define CHILD_BACKOFF_MS 100 /* doubles with each quick death, up to */
#define CHILD_BACKOFF_MAX_MS 1600
#define CHILD_SETTLED_MS 1000 /* who lived so long starts at once again */

struct child {
	const char *name;
	struct user user;
	const struct spawner_user *hosts; /* it gets a spawner; or NULL */
	const char *args[CHILD_ARGS_MAX]; /* argv, ends with NULL */
	size_t args_len;

	pid_t pid; /* 0: it does not run */
	int ready_fd; /* until it has said that it serves; or -1 */
	bool ready; /* it serves */
	bool was_ready; /* it has served once */
	bool asked; /* to stop */
	int status; /* as of waitpid, of the last one */
	int64_t started_ms, start_at_ms, kill_at_ms;
	int64_t backoff_ms; /* before the next start; 0: none */
};

void child_init(struct child *, const char *name, const struct user *);
/* Start a spawner of module hosts with it, whose socket it is told of. */
void child_give_hosts(struct child *, const struct spawner_user *);
/* Add one or two arguments; they must live as long as the child. */
void child_arg(struct child *, const char *option, const char *value);

int child_start(struct child *, int64_t now_ms, struct till_error *err);
/* It has ended: when it is to start again is in start_at_ms. */
void child_ended(struct child *, int status, int64_t now_ms);
/* Something is to be read of ready_fd.  True if it serves from now on. */
bool child_says(struct child *);
/* Ask it to stop, and set when it is to be killed. */
void child_stop(struct child *, int64_t kill_at_ms);
/* "exit status 1", "signal 9"; returns buf. */
const char *child_status_text(int status, char *buf, size_t size);

#endif
