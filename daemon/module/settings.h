/*
 * settings.h - the settings that a module declares, checked and stored.
 */
#ifndef MODULE_SETTINGS_H
#define MODULE_SETTINGS_H

#include <stdbool.h>

#include <till/module.h>

#include "config/conf.h"
#include "config/diag.h"

struct settings_store; /* owns strings and lists of one instance */

/*
 * Check every setting of conf against the module's table and store its
 * value at its offset in self (instance_size octets, zeroed).  Unknown
 * settings, bad values and missing required ones become findings with
 * their place, "did you mean" included.  "isolate", "timeout" and
 * "recycle" belong to the core and are passed over.  -1 if there was an error.
 * With check_only a secret file is checked but its content not kept.
 */
int settings_apply(const struct till_module *, const struct conf_instance *,
    void *self, bool check_only, struct settings_store **store_r,
    struct diag *);
void settings_free(struct settings_store *); /* wipes; NULL is fine */

/* Whether a key belongs to the core: "isolate", "timeout", "recycle". */
bool setting_is_cores(const char *key);

#endif
