/*
 * user.c - who the units run as.
 */
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "super/user.h"

#define RUN_DIR_MODE 0711 /* others reach the sockets, which have modes */

int
user_find(const struct settings *settings, const char *name, struct user *user,
    struct till_error *err)
{
	const struct passwd *pw;

	memset(user, 0, sizeof(*user));
	user->extra = (gid_t)-1;
	if (geteuid() != 0 || settings->same_user || name[0] == '\0')
		return 0;
	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL)
		return till_fail(err,
		    "there is no user '%s': make it with 'adduser --system "
		    "--group --no-create-home %s', or run with --no-privsep",
		    name, name);
	if (pw->pw_uid == 0)
		return till_fail(err,
		    "'%s' is root; an empty name or "
		    "--no-privsep says that it is to be",
		    name);
	user->other = true;
	user->uid = pw->pw_uid;
	user->gid = pw->pw_gid;
	return 0;
}

void
user_of_hosts(const struct settings *settings, struct spawner_user *user_r)
{
	const char *name = settings->module_user;
	const struct passwd *pw;

	memset(user_r, 0, sizeof(*user_r));
	if (geteuid() != 0 || settings->same_user)
		return;
	/* Nobody in particular is the rear unit's user, never root. */
	if (name[0] == '\0')
		name = settings->rear_user;
	if (name[0] == '\0')
		return;
	pw = getpwnam(name);
	user_r->missing = pw == NULL || pw->pw_uid == 0;
	user_r->other = true;
	if (user_r->missing)
		return;
	user_r->uid = pw->pw_uid;
	user_r->gid = pw->pw_gid;
}

uid_t
user_number(const char *name)
{
	const struct passwd *pw = name[0] == '\0' ? NULL : getpwnam(name);

	return pw == NULL ? (uid_t)-1 : pw->pw_uid;
}

gid_t
group_number(const char *name)
{
	const struct group *gr = name[0] == '\0' ? NULL : getgrnam(name);

	return gr == NULL ? (gid_t)-1 : gr->gr_gid;
}

int
user_add_group(struct user *user, const char *name, struct till_error *err)
{
	if (name[0] == '\0')
		return 0;
	user->extra = group_number(name);
	if (user->extra == (gid_t)-1)
		return till_fail(err, "there is no group '%s'", name);
	return 0;
}

int
user_become(const struct user *user, struct till_error *err)
{
	const gid_t groups[] = { user->gid, user->extra };

	if (!user->other)
		return 0;
	if (setgroups(user->extra == (gid_t)-1 ? 1 : 2, groups) == -1 ||
	    setgid(user->gid) == -1 || setuid(user->uid) == -1)
		return till_fail(err, "cannot become user %ld: %s",
		    (long)user->uid, strerror(errno));
	/* There must be no way back. */
	if (setuid(0) != -1 || geteuid() != user->uid || getuid() != user->uid)
		return till_fail(err, "user %ld could become root again",
		    (long)user->uid);
	return 0;
}

int
user_run_dir(const char *dir, const struct user *rear, struct till_error *err)
{
	uid_t owner = rear->other ? rear->uid : geteuid();
	struct stat st;

	if (mkdir(dir, RUN_DIR_MODE) == -1 && errno != EEXIST)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	if (lstat(dir, &st) == -1)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return till_fail(err, "%s is no folder", dir);
	if (st.st_uid != owner && st.st_uid != geteuid())
		return till_fail(err, "%s belongs to user %ld", dir,
		    (long)st.st_uid);
	if ((rear->other && lchown(dir, rear->uid, rear->gid) == -1) ||
	    chmod(dir, RUN_DIR_MODE) == -1)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	return 0;
}
