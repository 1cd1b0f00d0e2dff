/*
 * policy_faulty - a module that does not come back from open, or from being
 * asked.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <till/module.h>

enum fault { NO_FAULT = 0, FAULT_CRASH, FAULT_HANG, FAULT_EXIT, FAULT_PRINT };

enum when { WHEN_OPENED = 0, WHEN_ASKED };

struct faulty {
	int fault;
	int when;
};

static int faulty_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void do_fault(enum fault);
static enum till_result faulty_policy(const struct till_host *,
    struct till_context *, const void *);

static const char *const faults[] = { "none", "crash", "hang", "exit", "print",
	NULL };
static const char *const whens[] = { "opened", "asked", NULL };

static const struct till_setting settings[] = {
	{ .name = "fault",
	    .type = TILL_SET_ENUM,
	    .offset = offsetof(struct faulty, fault),
	    .initial = "none",
	    .names = faults,
	    .help = "what happens" },
	{ .name = "when",
	    .type = TILL_SET_ENUM,
	    .offset = offsetof(struct faulty, when),
	    .initial = "opened",
	    .names = whens,
	    .help = "when it happens" },
	TILL_SETTING_END,
};

TILL_MODULE("policy_faulty", "1.0", TILL_POLICY,
    TILL_CAP_THREADSAFE | TILL_CAP_PURE){
	TILL_MODULE_HEAD("policy_faulty", "1.0", TILL_POLICY,
	    TILL_CAP_THREADSAFE | TILL_CAP_PURE),
	.settings = settings,
	.instance_size = sizeof(struct faulty),
	.open = faulty_open,
	.policy = faulty_policy,
};

static int
faulty_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	const struct faulty *faulty = self;

	(void)host;
	(void)instance;
	(void)check_only;
	(void)err;
	if (faulty->when == WHEN_OPENED)
		do_fault((enum fault)faulty->fault);
	return 0;
}

static void
do_fault(enum fault fault)
{
	switch (fault) {
	case NO_FAULT:
		break;
	case FAULT_CRASH:
		(void)signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own */
		(void)kill(getpid(), SIGSEGV);
		abort();
	case FAULT_HANG:
		for (;;)
			(void)pause();
	case FAULT_EXIT:
		exit(0);
	case FAULT_PRINT:
		(void)puts("nobody asked for this");
		break;
	}
}

static enum till_result
faulty_policy(const struct till_host *host, struct till_context *context,
    const void *self)
{
	const struct faulty *faulty = self;

	(void)host;
	(void)context;
	if (faulty->when == WHEN_ASKED)
		do_fault((enum fault)faulty->fault);
	return TILL_ALLOW;
}
