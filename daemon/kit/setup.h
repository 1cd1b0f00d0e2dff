/*
 * setup.h - what a script says there is, put in place: settings, orders,
 * customers, credentials, files, the clock.
 */
#ifndef KIT_SETUP_H
#define KIT_SETUP_H

#include <limits.h>

#include "kit/script.h"
#include "kit/session.h"

#define KIT_VALUE_MAX 4096 /* octets of a value with its folders filled in */

/* Settings as a script has them, their values filled in. */
struct kit_settings {
	struct conf_setting list[CONF_SETTINGS_MAX];
	size_t len;
	char *texts[CONF_SETTINGS_MAX]; /* owned */
};

/* Where a script works. */
struct kit_place {
	char here[PATH_MAX]; /* $here: the folder of the script */
	char tmp[PATH_MAX]; /* $tmp: a folder of its own */
};

/* A value with $here and $tmp filled in; text has KIT_VALUE_MAX octets.
 * -1: it is too long. */
int kit_expand(const struct kit_place *, const char *value, char *text);

/* A line "set": one setting more or several. */
int kit_set(struct kit_settings *, const struct script_step *,
    const struct kit_place *, struct till_error *err);
void kit_settings_clear(struct kit_settings *);

/* A line "order": the fields that it names; the texts are the step's. */
void kit_order(struct kit_session *, const struct script_step *);

/* Any other line that says what there is; only steps of script.h's first
 * group. */
int kit_arrange(struct kit_session *, const struct script_step *,
    const struct kit_place *, struct till_error *err);

/* Octets written as text, or "hex:00ff", either also many times over,
 * "times:1000:hex:00ff"; -1 if they are none of these, or too many. */
int kit_octets(const char *text, unsigned char *octets, size_t size,
    size_t *len_r);

#endif
