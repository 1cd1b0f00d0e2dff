/*
 * suite.h - the conformance suite: what every module owes a server, and
 * each facility its own.
 *
 * A check has a name and a rule.  It runs in a process of its own, so
 * that a crash or a hang is what it finds and not its end.
 */
#ifndef KIT_SUITE_H
#define KIT_SUITE_H

#include "kit/script.h"
#include "kit/target.h"

#define KIT_TEXT_MAX 512

enum kit_verdict { KIT_NONE = 0, KIT_PASS, KIT_FAIL, KIT_SKIP };

struct kit_case;
struct kit_drive;

struct kit_check {
	const char *name; /* NULL ends a table */
	uint32_t facility; /* only for modules with it; 0: for all */
	uint32_t caps; /* only for modules with all of these */
	bool bare; /* run opens the module itself, or not at all */
	bool no_mock; /* a mock does as it is told */
	/* In a process of its own, or else */
	void (*run)(struct kit_case *);
	/* in the parent, which starts processes as it needs them. */
	void (*drive)(struct kit_drive *);
	const char *rule; /* what must hold, and why: for the author */
};

extern const struct kit_check kit_checks_any[];
extern const struct kit_check kit_checks_host[];
extern const struct kit_check kit_checks_policy[];
extern const struct kit_check kit_checks_auth[];
extern const struct kit_check kit_checks_auth_more[];
extern const struct kit_check kit_checks_settle[];
extern const struct kit_check kit_checks_settle_more[];
extern const struct kit_check kit_checks_notify[];
/* All of these tables; ends with NULL. */
extern const struct kit_check *const kit_checks[];

const struct kit_check *kit_check_find(const char *name);

/* Told of each check as it ends; text says what was found, or why it was
 * passed over. */
typedef void kit_tell_fn(void *arg, const struct kit_check *, enum kit_verdict,
    const char *text);

/* Run the suite, or of it the check only (NULL: all), with what the script
 * says (NULL: nothing is known).  -1: it could not be run, *err says
 * why. */
int kit_suite(struct kit_target *target, const struct script *script,
    const char *only, kit_tell_fn *tell, void *arg, struct till_error *err);

#endif
