/*
 * process.h - the inside of a module host: one module, one instance, one
 * thread for each channel of calls.
 *
 * The module gets a struct till_host whose functions ask the rear unit
 * over the channel of the call that they are called in.  What they return
 * pointers to is kept until that call has ended, and wiped.
 */
#ifndef HOST_PROCESS_H
#define HOST_PROCESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "host/message.h"

#define PROCESS_KEPT_MAX 64 /* blocks kept for one call */
#define PROCESS_SECURE_HEAP (2u * 1024 * 1024) /* octets, a power of two */
#define PROCESS_SECURE_MIN 64
/* Until what is told late has an answer; less than a host has to close. */
#define PROCESS_LATE_MS 3000

/* The way of what the module tells late: one at a time. */
struct process_late {
	pthread_mutex_t lock;
	pthread_cond_t free;
	bool taken; /* by a thread */
	bool unanswered; /* nobody has waited for the last answer */
};

struct process {
	struct till_module module;
	void *self; /* the instance, read-only once opened */
	size_t self_size;
	atomic_int_fast64_t time_s; /* the clock that it is told; 0: as it is */
	struct process_late late;
};

/* One block that lives as long as a call. */
struct kept {
	void *data;
	size_t len;
};

/* A limit of a policy that the rear unit has answered before it was asked. */
struct foreseen_limit {
	struct till_limit limit; /* points into the call */
	int answer;
	enum {
		FORESEEN_NEW = 1,
		FORESEEN_USED,
		FORESEEN_PASSED /* another one of this name was asked for */
	} state;
};

/* What struct till_context is in a host: a channel and the call on it. */
struct asker {
	struct process *process;
	int fd;
	unsigned char *call; /* HOST_MESSAGE_MAX octets: the call */
	unsigned char *answer; /* the same, of a service */
	size_t answer_used; /* octets of it to be wiped */
	unsigned char *request; /* HOST_REQUEST_MAX octets */
	struct till_order order;
	bool has_order;
	struct foreseen_limit foreseen[MESSAGE_LIMITS_MAX];
	uint32_t foreseen_len;
	struct kept kept[PROCESS_KEPT_MAX];
	size_t kept_len;
};

/* The host, "tilld host"; argv as the spawner makes it. */
int process_main(int argc, char **argv);

/* process_serve.c: make one call after the other until the rear unit
 * says that it was the last, or is gone. */
void process_serve(struct asker *);

/* process_settings.c: store a value that the rear unit has checked. */
int process_set(struct process *, struct wire_reader *);

/* process_limit.c: limits that come with a call of policy; those that the
 * module has asked for; whether this is one, and its answer. */
void process_foreseen(struct asker *, struct wire_reader *);
uint32_t process_foreseen_used(const struct asker *);
bool process_foresees(struct asker *, const struct till_limit *, int *answer_r);

/* process_services.c */
const struct till_host *process_host(void);

/* process_late.c: host->late, from any thread. */
int process_late_init(struct process_late *);
int process_late(struct till_instance *, const struct till_late *);

/* process_ask.c: a question is begun, written, then asked.  One that could
 * not be written has the answer -1; an empty one was sent already. */
void process_ask(struct asker *, struct wire_writer *, enum message_kind);
/* The answer, where that is a number alone. */
int process_question(struct asker *, const struct wire_writer *);
/* Its number; what follows that is left to the reader. */
int64_t process_answer(struct asker *, const struct wire_writer *,
    struct wire_reader *reader_r);
/* Without an answer, and one more answer. */
void process_tell(struct asker *, const struct wire_writer *);
void process_hear(struct asker *, struct wire_reader *reader_r);

/* Keep a copy for the call; NULL: no room. */
void *process_keep(struct asker *, const void *data, size_t len);
void process_forget(struct asker *); /* wipes */
/* The rear unit is gone, or cannot be understood: so do we. */
void process_lost(void) __attribute__((noreturn));

#endif
