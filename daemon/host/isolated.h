/*
 * isolated.h - the inside of hosts.h, for the files of this folder.
 *
 * One lock, of struct hosts, guards all of it; it is held for moments
 * only, never while something is sent, waited for or completed.  Threads
 * that make a call have the host counted, so that it stays as long as
 * they look at it.  One thread, the monitor, hears of all that comes
 * without a call: hosts that end, settlements that complete, lines that
 * were printed.  It never waits; what a module tells late, which is to be
 * kept on the disk, is for a second one, the teller.
 */
#ifndef HOST_ISOLATED_H
#define HOST_ISOLATED_H

#include <pthread.h>

#include "host/channel.h"
#include "host/hosts.h"
#include "host/message.h"
#include "module/backend.h"
#include "module/descriptor.h"
#include "module/late.h"
#include "module/loader.h"
#include "module/settings.h"

#define HOST_WHY_MAX 160
#define HOST_PRINTED_MAX 480 /* octets of one printed line */

enum host_state {
	HOST_STARTS = 1,
	HOST_SERVES,
	HOST_DRAINS, /* gets no more calls */
	HOST_CLOSES, /* was told to end */
	HOST_BROKEN /* is being killed */
};

enum host_fault {
	FAULT_DIED = 1, /* by itself */
	FAULT_LATE, /* a deadline has passed */
	FAULT_GARBLED, /* what it says cannot be understood */
	FAULT_UNFIT /* it could not be opened */
};

/* A settlement that the module may complete later.  Its number, which the
 * module gets for a pointer, has the slot in its lower part. */
struct late {
	uintptr_t number; /* 0: the slot is free */
	struct till_op *op;
	int64_t deadline_ms;
	bool pending; /* the call has answered TILL_PENDING */
};

/* What a module tells late: one at a time. */
struct telling {
	enum {
		TELLING_NONE = 0,
		TELLING_WAITS, /* for the teller */
		TELLING_GOES_ON /* nobody but the teller looks at copy */
	} state;
	struct late_copy copy;
	int64_t due_ms; /* not before */
};

/* One process. */
struct host {
	struct host *next; /* of all */
	struct hosts *hosts;
	struct isolated *isolated; /* NULL once that is closed */
	char instance[CONF_NAME_MAX];
	uint64_t number;
	enum host_state state;
	pid_t pid; /* 0: not told yet */
	unsigned int users; /* threads that have it */
	bool ended; /* the spawner says so */
	bool unkilled; /* BROKEN, and the spawner could not be told */
	bool late_over; /* nothing more completes */
	enum host_fault fault; /* BROKEN */
	char why[HOST_WHY_MAX]; /* it was broken, or how it ended */
	int calls[HOST_CHANNELS_MAX], late_fd, out_fd;
	bool busy[HOST_CHANNELS_MAX];
	int64_t busy_since_ms[HOST_CHANNELS_MAX];
	size_t calls_len;
	uint64_t made; /* calls */
	bool answered; /* one of them */
	int64_t end_at_ms; /* DRAINS, CLOSES: it is made to; 0: never */
	struct late *late; /* HOSTS_PENDING_MAX, or NULL: not ASYNC */
	size_t late_len, late_next;
	uintptr_t late_round;
	struct telling telling;
	char line[HOST_PRINTED_MAX]; /* being printed */
	size_t line_len;
	unsigned int lines;
};

/* What an instance needs to have hosts. */
struct isolated {
	struct hosts *hosts;
	struct instance *instance;
	struct module_file file;
	unsigned char *hello; /* what the first host said of the module */
	size_t hello_len;
	struct till_module module; /* made of it */
	struct till_setting settings[DESCRIPTOR_SETTINGS_MAX + 1];
	const char **words; /* of settings, NULL-ended one after the other */
	void *self; /* the settings' values */
	struct settings_store *store;
	bool check_only;
	int64_t timeout_ms, recycle;

	pthread_cond_t changed; /* a channel is free, a host has come */
	struct host *current; /* gets the calls; or NULL */
	bool starting, closing;
	bool retired; /* has a host only while there are calls */
	int64_t starting_since_ms;
	unsigned int failed; /* starts */
	struct till_error why; /* the last of these did */
	unsigned int waiting; /* threads, for a channel */
	unsigned int completing; /* and what is told late: in the owner */
	unsigned int deaths; /* one after the other, without an answer */
	int64_t start_at_ms; /* not before */
	struct host_status status;
	/* By the last call of policy that has ended well. */
	struct context_limit asked[CONTEXT_LIMITS_MAX];
	size_t asked_len;
};

/* Limits that are sent along with a call, and whether its order fits in. */
struct foreseen {
	struct context_limit limits[CONTEXT_LIMITS_MAX];
	int answers[CONTEXT_LIMITS_MAX]; /* 0 or 1 */
	size_t len;
};

struct hosts {
	pthread_mutex_t lock;
	pthread_cond_t gone; /* a host is */
	struct host *first;
	size_t len;
	uint64_t numbers;
	int spawner_fd, epoll_fd, wake_fd;
	pid_t spawner_pid;
	bool lost, stopping;
	void (*on_lost)(void *);
	void *arg;
	pthread_t monitor, teller;
	bool has_monitor, has_teller;
	pthread_cond_t told; /* the teller has something to do */
};

int64_t hosts_now_ms(void);
/* Wait for a condition under the lock, until then at most. */
void hosts_wait(struct hosts *, pthread_cond_t *, int64_t until_ms);
void hosts_wake(struct hosts *); /* the monitor */

/* host.c: one process.  All but host_start and host_close under the lock.
 * A host that host_start gives has one user. */
struct host *host_start(struct isolated *, struct till_error *err);
void host_break(struct host *, enum host_fault, const char *why);
void host_drain(struct host *, int64_t until_ms);
void host_unuse(struct host *);
/* Tell the spawner again to kill one that is broken, where it has to. */
void host_kill(struct host *);
/* Tell one that drains to close, if nothing is in it any more. */
void host_close_if_idle(struct host *, int64_t now_ms);
/* It has ended and nobody has it: give it up. */
void host_free(struct host *);

/* learn.c: what the host says of its module.  The first one decides what
 * the module is, all others must say the same. */
int host_learn(struct host *, struct isolated *, int64_t until_ms,
    struct till_error *);

/* open.c: give it the settings, and have it open the instance. */
int host_open(struct host *, struct isolated *, int64_t until_ms,
    struct till_error *);
/* The next message of a host that starts; a wait's end and its death are
 * errors. */
int host_hear(struct host *, unsigned char *buf, size_t *len_r,
    int64_t until_ms, struct till_error *);

/* take.c: a host with a free channel, its number in *channel_r; NULL: in
 * no way before until_ms, or not soon and patient is false, and nothing was
 * asked of the module. */
struct host *host_take(struct isolated *, bool patient, int64_t until_ms,
    size_t *channel_r, struct till_error *err);
void host_give_back(struct isolated *, struct host *, size_t channel,
    bool answered);

/* The host that gets the calls of a retired instance ends when no call is
 * in it and nobody waits for one. */
void host_rest(struct isolated *);

/* Start one and see it open; of a first one the settings are applied in
 * between, with findings to diag. */
int host_begin(struct isolated *, const struct conf_instance *, struct diag *,
    int64_t until_ms, struct till_error *err);

/* call.c: instance_backend's. */
enum till_result host_call(struct instance *, struct till_context *,
    const struct instance_call *);

/* ask.c: instance_backend's. */
int host_health(struct instance *, struct till_error *);
int host_report(struct instance *, const char *word,
    char text_r[TILL_REPORT_MAX], struct till_error *);

/* foresee.c: what a policy module will ask for, most likely.  Put into the
 * call; at its end, used has the bit of each that it has asked for.  -1: one
 * may not be, or there is none of that number. */
void foresee(struct isolated *, struct till_context *,
    struct foreseen *foreseen_r);
void foresee_put(struct wire_writer *, const struct foreseen *);
int foresee_keep(struct isolated *, struct till_context *,
    const struct foreseen *, uint32_t used);

/* serve.c: a call's services until its RESULT, which *reader_r is then
 * at.  buf has HOST_REQUEST_MAX octets.  -1: what is wrong with it. */
int host_serve(int fd, struct till_context *, int64_t until_ms,
    unsigned char *buf, struct wire_reader *reader_r, enum host_fault *fault_r,
    struct till_error *err);

/* late.c: numbers of settlements that may complete later.  Under the lock
 * but late_told and late_fail. */
uintptr_t late_add(struct host *, struct till_op *, int64_t deadline_ms);
void late_answered(struct host *, uintptr_t number, bool pending);
size_t late_waiting(const struct host *, int64_t now_ms);
void late_forget(struct host *); /* the operations are about to go */
/* Any message of that socket.  False if it cannot be understood. */
bool late_told(struct host *, const unsigned char *, size_t len);
void late_fail(struct host *); /* all that are pending */

/* teller.c: pass on to the owner what hosts tell late, and answer them. */
int teller_start(struct hosts *, struct till_error *err);
void teller_stop(struct hosts *);
/* A host tells something; the reader is behind the kind.  False if it
 * cannot be understood, or comes before the last one has its answer. */
bool teller_hear(struct host *, struct wire_reader *);

/* monitor.c */
int monitor_start(struct hosts *, struct till_error *err);
void monitor_stop(struct hosts *);
int monitor_watch(struct host *, struct till_error *err);

#endif
