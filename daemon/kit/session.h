/*
 * session.h - one module at work in this process, as in a server: loaded,
 * configured, opened and called by the server's own code, with a struct
 * kit_owner for the rest of the server.
 */
#ifndef KIT_SESSION_H
#define KIT_SESSION_H

#include <pthread.h>

#include "config/conf.h"
#include "kit/owner.h"
#include "module/instance.h"

#define KIT_NAME "it" /* of the instance */
#define KIT_KEYS_MAX 64 /* settlements remembered by name */
#define KIT_DEADLINE_MS 10000 /* of a settlement, unless it says another */

/* The conversations of a session: one of each kind. */
enum kit_context {
	KIT_POLICY = 0,
	KIT_AUTH,
	KIT_ENROL,
	KIT_SETTLE,
	KIT_NOTIFY,
	KIT_CONTEXTS
};

/* A conversation between two processes. */
struct kit_memory {
	struct prompt prompts[TILL_PROMPT_MAX];
	size_t prompts_len;
	unsigned char state[TILL_STATE_MAX];
	size_t state_len;
};

/* A settlement to ask for; what is NULL or 0 is that of the order. */
struct kit_charge {
	enum till_verb verb;
	const char *key; /* a name: the key is its SHA-256 */
	const char *digest; /* a name, or NULL: as the server makes it */
	const struct till_money *amount;
	const char *payer, *payee;
	const char *original, *reason;
	uint32_t attempt;
	int64_t deadline_ms; /* from now; negative: it has passed */
};

struct kit_session {
	struct kit_owner *owner;
	struct loader *loader;
	struct instance *instance; /* NULL: not open */
	struct till_order order;
	bool dated; /* a script says when the order was issued */
	struct till_context *contexts[KIT_CONTEXTS];
	/* What came of the last call. */
	struct till_context *last;
	enum till_result result;
	struct till_outcome outcome;
	struct till_error health;
	bool well;
	int64_t took_ms;
	bool later; /* the answer came after PENDING */
	/* For an answer that comes later. */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool has_answer;
};

/* Make it ready to load NAME.so from dir.  -1: out of memory. */
int kit_session_init(struct kit_session *, struct kit_owner *, const char *dir,
    struct till_error *err);
/* Open with settings; findings go to diag. */
int kit_session_open(struct kit_session *, const char *module,
    struct conf_setting *settings, size_t len, bool check_only,
    struct diag *diag);
void kit_session_close(struct kit_session *); /* the instance alone */
void kit_session_free(struct kit_session *);
/* Another one on the same open instance, for a thread of its own; it ends
 * with kit_session_forget. */
void kit_session_share(struct kit_session *, const struct kit_session *);

/* Another order: no conversation, no prompt, no state. */
void kit_session_forget(struct kit_session *);
/* The conversation of a kind, made if there is none; NULL: no memory. */
struct till_context *kit_session_context(struct kit_session *,
    enum kit_context);
/* Carry a conversation over to a new process. */
void kit_session_save(const struct kit_session *,
    struct kit_memory[KIT_CONTEXTS]);
int kit_session_restore(struct kit_session *,
    const struct kit_memory[KIT_CONTEXTS]);

/* Each calls the module, keeps what came of it in the session, and
 * returns the result. */
enum till_result kit_policy(struct kit_session *);
enum till_result kit_auth(struct kit_session *);
enum till_result kit_enrol(struct kit_session *, enum till_enrol);
enum till_result kit_settle(struct kit_session *, const struct kit_charge *);
enum till_result kit_notify(struct kit_session *, const struct till_event *);
int kit_health(struct kit_session *);

/* The settlement that a charge stands for. */
void kit_settlement(const struct kit_session *, const struct kit_charge *,
    struct till_settlement *s_r);
/* Whether the host has found the last answer to break the contract; then
 * why says how. */
bool kit_breach(const struct kit_session *, const char **why_r);
/* Late completions that the host has refused since the last call. */
unsigned int kit_late(struct kit_session *);

int64_t kit_now_ms(void); /* of host->now_ms */

#endif
