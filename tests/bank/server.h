/*
 * server.h - the simulated bank as a whole: one thread, one poll, and a
 * heap of what is to be done later.
 */
#ifndef BANK_SERVER_H
#define BANK_SERVER_H

#include "bank/answer.h"
#include "bank/wire.h"
#include "settle_bank/framing.h"

#define BANK_CONNS_MAX 512
#define BANK_TASKS_MAX 16384 /* messages on their slow way */
#define BANK_OWN_MAX 256 /* of the bank's own, not answered yet */
#define BANK_CONTROLS_MAX 16
#define BANK_COMMAND_MAX 512 /* octets of a command's line */
#define BANK_REPEATS_MAX 20 /* of one message of the bank's own */
#define BANK_HELD_MS INT64_MAX /* due when it is let go */

struct bank_settings {
	struct iso_coding coding;
	struct framing framing;
	struct bank_habits habits;
	const char *address; /* numeric */
	uint16_t port; /* 0: any */
	const char *script, *journal, *control; /* files, or NULL */
	const char *certificate, *key, *client_ca; /* NULL: no TLS */
	FILE *log; /* decoded messages, or NULL */
	bool takes_stdin; /* commands; its end is the bank's */
	bool any_time; /* payments before sign-on */
	bool roams; /* late answers, when their connection is gone */
	char sign_on[4], sign_off[4], echo[4], cutover[4]; /* DE70 */
	char own_reversal[ISO_MTI_LEN + 1]; /* 0422 or 0420 */
	char net_debit; /* of DE97 where debits exceed credits */
	char date[5]; /* first settlement day, or "" for today (UTC) */
	int64_t repeat_ms; /* of the bank's own messages */
};

struct bank_conn {
	uint64_t number; /* from 1; 0: free */
	struct wire *wire;
	bool signed_on;
	struct framing_reader reader;
};

/* A request that is on its way in, or an answer on its way out. */
struct bank_delivery {
	struct iso_message message;
	unsigned char tpdu[FRAMING_TPDU_LEN];
	struct script_action action;
	bool is_answer;
};

struct bank_task {
	int64_t due_ms;
	uint64_t order; /* of two at one time the older first */
	uint64_t conn;
	struct bank_delivery *delivery;
};

struct bank_own {
	struct iso_message message;
	bool used;
	unsigned int sent;
	int64_t due_ms;
};

struct bank_control {
	int in, out; /* in -1: free */
	size_t len;
	char line[BANK_COMMAND_MAX];
};

struct bank_server {
	struct bank_settings settings;
	struct script *script;
	struct bank_ledger *ledger;
	struct wire_tls *tls;
	int listener, control;
	bool quit;
	uint64_t conns_made, tasks_made;
	int64_t stan, own_answered, refused;
	size_t tasks_len;
	struct bank_conn conns[BANK_CONNS_MAX];
	struct bank_task tasks[BANK_TASKS_MAX]; /* a heap */
	struct bank_own own[BANK_OWN_MAX];
	struct bank_control controls[BANK_CONTROLS_MAX];
};

struct bank_server *bank_server_new(const struct bank_settings *,
    struct till_error *err);
uint16_t bank_server_port(const struct bank_server *);
/* Until quit. */
int bank_server_run(struct bank_server *, struct till_error *err);
void bank_server_free(struct bank_server *);

/* For the parts of the server. */
int64_t bank_now_ms(void);
void bank_close(struct bank_server *, struct bank_conn *, const char *why);
struct bank_conn *bank_conn(struct bank_server *, uint64_t number);
/* The first that is signed on, or NULL. */
struct bank_conn *bank_signed_on(struct bank_server *);
/* What has come on a connection. */
void bank_take(struct bank_server *, struct bank_conn *,
    const struct framing_frame *);
/* Now; tpdu NULL for the bank's own. */
void bank_send(struct bank_server *, struct bank_conn *,
    const struct iso_message *, const unsigned char *tpdu);
void bank_log(const struct bank_server *, const struct bank_conn *,
    bool to_bank, const struct iso_message *);
void bank_say(const struct bank_server *, const struct bank_conn *,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Later work, task.c. */
void bank_task_add(struct bank_server *, int64_t due_ms, uint64_t conn,
    struct bank_delivery *);
void bank_tasks_run(struct bank_server *, int64_t now_ms);
size_t bank_tasks_release(struct bank_server *); /* what is held; how many */
void bank_arrived(struct bank_server *, struct bank_conn *,
    const struct bank_delivery *);
void bank_depart(struct bank_server *, struct bank_conn *,
    const struct bank_delivery *);

/* The bank's own messages, own.c. */
int bank_own_echo(struct bank_server *, struct till_error *err);
int bank_own_cutover(struct bank_server *, const char *date,
    struct till_error *err);
int bank_own_return(struct bank_server *, const char *key,
    struct till_error *err);
bool bank_own_answered(struct bank_server *, struct bank_conn *,
    const struct iso_message *);
void bank_own_run(struct bank_server *, int64_t now_ms);
size_t bank_own_waiting(const struct bank_server *);

/* Commands, control.c. */
int bank_control_open(struct bank_server *, struct till_error *err);
void bank_control_accept(struct bank_server *);
void bank_control_read(struct bank_server *, struct bank_control *);
void bank_control_close(struct bank_control *);

#endif
