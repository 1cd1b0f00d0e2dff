/*
 * run_step.h - the parts of a running script; nobody else includes it.
 */
#ifndef KIT_RUN_STEP_H
#define KIT_RUN_STEP_H

#include "kit/run.h"
#include "kit/setup.h"

#define RUN_FINDINGS_MAX 32
#define RUN_KEYS_MAX 64 /* names of keys whose outcome is remembered */
#define RUN_TEXT_MAX 400

/* What was found wrong, at a step. */
struct run_finding {
	size_t step;
	size_t arg; /* from 1; 0: the line as a whole */
	char text[RUN_TEXT_MAX], note[RUN_TEXT_MAX];
};

/* What came of a settlement under a key. */
struct run_key {
	char name[64];
	char reference[TILL_REF_MAX];
};

/* What outlives the processes of a script. */
struct run_shared {
	struct kit_owner owner;
	size_t at; /* the step that is being run */
	size_t lines; /* that have been run */
	bool wants_kill; /* the process ends itself, as the script says */
	bool wants_trace; /* the step is to be run in a traced process */
	bool has_memory;
	struct kit_memory memory[KIT_CONTEXTS];
	struct run_key keys[RUN_KEYS_MAX];
	size_t keys_len;
	struct run_finding findings[RUN_FINDINGS_MAX];
	size_t findings_len;
};

/* One process of it. */
struct run {
	const struct script *script;
	const struct kit_target *target;
	struct run_shared *shared;
	struct kit_place place;
	struct kit_session session;
	struct kit_settings settings;
	bool called; /* since the settings were begun */
	bool answered; /* there is a last call to look at */
	bool traced; /* this process may be killed at a system call */
	enum till_facility facility; /* of the last call; 0: health */
	size_t log_from, alerts_from; /* where those of the last call begin */
};

/* Something is not as it should be. */
void run_find(struct run *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The newest finding is about the value of this key. */
void run_point(struct run *, const struct script_step *, const char *key);
void run_note(struct run *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* run_call.c: open, close, reply and the calls. */
void run_open(struct run *, const struct script_step *);
void run_reply(struct run *, const struct script_step *);
void run_call(struct run *, const struct script_step *);

/* run_expect.c */
void run_expect(struct run *, const struct script_step *);

#endif
