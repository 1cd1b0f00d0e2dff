/*
 * settle_gate - settles nothing before a file is there: for tests of what
 * else goes on while a module hangs.
 *
 *	module bank settle_gate  gate=/tmp/gate calls=/tmp/calls
 *
 * Each call adds an octet to the file of calls, then waits.  It does not
 * look at deadlines.
 */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <till/module.h>

#define TICK_MS 5

struct gate {
	const char *path, *calls;
};

static enum till_result gate_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);

static const struct till_setting settings[] = {
	{ "gate", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct gate, path), NULL, 0, 0, NULL,
	    "is open when this file is there" },
	{ "calls", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct gate, calls), NULL, 0, 0, NULL,
	    "has an octet for each call" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_QUERY | TILL_CAP_IDEMPOTENT)

TILL_MODULE("settle_gate", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_gate", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct gate),
	.settle = gate_settle,
};

static enum till_result
gate_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct timespec tick = { 0, TICK_MS * 1000000 };
	const struct gate *gate = self;
	ssize_t n = -1;
	int fd;

	(void)ctx;
	(void)op;
	(void)host;
	fd = open(gate->calls, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd != -1) {
		n = write(fd, ".", 1);
		(void)close(fd);
	}
	if (n != 1)
		return TILL_ERROR;
	while (access(gate->path, F_OK) == -1)
		(void)nanosleep(&tick, NULL);
	outcome_r->moved = s->amount;
	return TILL_COMMITTED;
}
