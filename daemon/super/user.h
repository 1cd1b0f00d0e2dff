/*
 * user.h - who the units run as.
 */
#ifndef SUPER_USER_H
#define SUPER_USER_H

#include <sys/types.h>

#include <stdbool.h>

#include <till/error.h>

#include "host/spawner.h"
#include "super/settings.h"

/* Zeroed: stay who we are. */
struct user {
	bool other;
	uid_t uid;
	gid_t gid;
	gid_t extra; /* a second group, or (gid_t)-1 */
};

/*
 * Whom a unit must become: nobody else unless we are root and are to
 * separate.  A user that does not exist is an error, whose text says how
 * to make it.
 */
int user_find(const struct settings *, const char *name, struct user *user_r,
    struct till_error *err);

/* Whom module hosts become: the user of "set module-user", where units are
 * apart; its absence matters only when one is to be started. */
void user_of_hosts(const struct settings *, struct spawner_user *user_r);

/* The number of a user or group; -1 for none ("" or unknown). */
uid_t user_number(const char *name);
gid_t group_number(const char *name);

/* The rear unit's user also has the admin group, so that it can give it
 * the control socket. */
int user_add_group(struct user *, const char *name, struct till_error *err);

/* Become the user for good; call before exec. */
int user_become(const struct user *, struct till_error *err);

/* Make the folder of the sockets, for the rear unit to write. */
int user_run_dir(const char *dir, const struct user *rear,
    struct till_error *err);

#endif
