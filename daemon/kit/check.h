/*
 * check.h - what the checks of the conformance suite work with; nobody
 * else includes it.
 */
#ifndef KIT_CHECK_H
#define KIT_CHECK_H

#include "kit/child.h"
#include "kit/setup.h"
#include "kit/suite.h"

#define KIT_SAID_MAX 16 /* findings that are not said twice */
#define KIT_NOTES_MAX 8 /* numbers and texts that stages hand on */

/* What the processes of one check share. */
struct kit_shared {
	enum kit_verdict verdict;
	char text[KIT_TEXT_MAX];
	bool found; /* the failure is a finding, not how a process ended */
	struct kit_owner owner;
	bool arranged; /* files are in place */
	bool opened, unopened; /* it opened with the script's settings; not */
	/* From one stage to the next. */
	enum till_result result;
	struct till_outcome outcome;
	char key[64];
	uint64_t numbers[KIT_NOTES_MAX];
};

/* One process of a check. */
struct kit_case {
	const struct kit_target *target;
	const struct script *script; /* for the suite; NULL */
	struct kit_shared *shared;
	struct kit_place place;
	struct kit_session session;
	struct kit_settings settings;
	/* For replies that are nearly right: check_near.c. */
	struct {
		const char *id; /* of the prompt; NULL: as it is */
		unsigned int variant;
		bool applied; /* some reply has been altered */
	} near;
	bool made_up; /* replies are made up, whatever the script says */
};

/* The first finding decides; without one the check has passed. */
void kit_fail(struct kit_case *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void kit_skip(struct kit_case *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Has it failed? */
bool kit_failed(const struct kit_case *);

/* Open the module with the script's settings, or fail.  One more setting
 * can be given (NULL: none); why gets the reason if it is not NULL, and
 * then a refusal is no failure. */
int kit_open(struct kit_case *, bool check_only);
int kit_open_with(struct kit_case *, bool check_only, const char *key,
    const char *value, char why[DIAG_TEXT_MAX]);
bool kit_is_set(const struct kit_case *, const char *key);

/* check_threads.c: the same calls from several threads. */
void kit_threadsafe(struct kit_case *);

/* One plain call of a facility: an order of 5.00 EUR, a charge of it, an
 * event. */
enum till_result kit_plain(struct kit_case *, enum till_facility);
/* Fails if the host has found the last answer to break the contract. */
void kit_sound(struct kit_case *, const char *what);
/* Fails unless the last result that is no success says why. */
void kit_says_why(struct kit_case *, const char *what);

/* What the script says of this prompt: right, wrong, enrolment; NULL. */
const char *kit_given(const struct kit_case *, enum script_verb,
    const char *id);

/* In the parent. */
struct kit_drive {
	struct kit_target *target;
	const struct script *script;
	struct kit_shared *shared;
	struct kit_place place;
	/* Over the whole suite. */
	bool wrote;
	bool opened; /* once, at least */
	bool unopened; /* and never: more checks would say the same */
	unsigned int left;
	char output[KIT_CHILD_OUTPUT_MAX];
	/* What checks have found so far, and which. */
	struct {
		const char *check;
		char text[KIT_TEXT_MAX];
	} said[KIT_SAID_MAX];
	size_t said_len;
};

/* Run a stage in a process of its own, with the module open.  False if
 * the check is over: the process came to an end that it should not have,
 * or the check has failed.  kill_at as in child.h, with trace. */
bool kit_stage(struct kit_drive *, void (*run)(struct kit_case *), bool open,
    bool trace, unsigned int kill_at, struct kit_child_report *);
void kit_drive_fail(struct kit_drive *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void kit_drive_skip(struct kit_drive *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
