/*
 * cmd_init.c - "tillctl init": the state of a new server.
 *
 * Keys and ledger are made in a child that has become the rear unit's
 * user, so that all of it is that user's, and nothing of the ledger's
 * library is left in the program afterwards.  What is already there is
 * never touched.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config/conf.h"
#include "ctl/commands.h"
#include "ctl/options.h"
#include "ledger/ledger.h"
#include "rear/rear.h"
#include "super/user.h"

#define CONF_PATH TILL_SYSCONFDIR "/till.conf"
#define EXAMPLE_PATH TILL_DATADIR "/till.conf"
#define STATE_DIR TILL_LOCALSTATEDIR "/lib/till"
#define COPY_MAX 65536 /* octets of the example */

struct init {
	const char *conf_path, *state_dir, *example;
	const char *user; /* NULL: as the configuration says */
	enum till_alg alg;
	struct settings settings; /* for user_find */
};

static int parse(struct init *, int, char **);
static void usage(FILE *);
static int make_conf(const struct init *, struct till_error *);
static int copy_file(const char *, const char *, struct till_error *);
static int write_all(int, const char *, size_t);
static int find_user(struct init *, struct user *, struct till_error *);
static int make_dir(const struct init *, const struct user *,
    struct till_error *);
static int is_empty(const char *, struct till_error *);
static int make_state(const struct init *, const struct user *,
    struct till_error *);
static void child(const struct init *, const struct user *)
    __attribute__((noreturn));

int
cmd_init(int argc, char **argv)
{
	struct init init = { .conf_path = CONF_PATH,
		.state_dir = STATE_DIR,
		.example = EXAMPLE_PATH,
		.alg = TILL_ALG_ES256 };
	struct till_error err;
	struct user user;
	int status;

	status = parse(&init, argc, argv);
	if (status != -1)
		return status;
	(void)umask(077);
	if (is_empty(init.state_dir, &err) == -1 ||
	    make_conf(&init, &err) == -1 ||
	    find_user(&init, &user, &err) == -1 ||
	    make_dir(&init, &user, &err) == -1 ||
	    make_state(&init, &user, &err) == -1) {
		fprintf(stderr, "tillctl: %s\n", err.text);
		return EX_CANTCREAT;
	}
	printf("made keys and ledger in %s\n", init.state_dir);
	return EX_OK;
}

static int
parse(struct init *init, int argc, char **argv)
{
	const char *alg = NULL;
	const struct ctl_option options[] = {
		{ NULL, 'd', &init->state_dir, NULL },
		{ NULL, 'f', &init->conf_path, NULL },
		{ "alg", 0, &alg, NULL },
		{ "example", 0, &init->example, NULL },
		{ "no-privsep", 0, NULL, &init->settings.same_user },
		{ "user", 0, &init->user, NULL },
		{ NULL, 0, NULL, NULL },
	};
	int first, r;

	r = options_take(options, argc, argv, usage, &first);
	if (r != -1)
		return r;
	if (alg != NULL)
		init->alg = till_alg_from_name(alg);
	if (first != argc || init->alg == TILL_ALG_NONE)
		return options_wrong(usage, argv, NULL);
	return -1;
}

static void
usage(FILE *file)
{
	fputs("usage: tillctl init [-d DIR] [-f FILE] [--alg ES256 | Ed25519] "
	      "[--user NAME]\n"
	      "                    [--no-privsep] [--example FILE]\n"
	      "Make the keys and the empty ledger of a new server, and its "
	      "configuration\n"
	      "if there is none.  Nothing is overwritten.\n"
	      "  -d DIR          where to [" STATE_DIR "]\n"
	      "  -f FILE         the configuration [" CONF_PATH "]\n"
	      "  --alg NAME      of the keys that sign vouchers [ES256]\n"
	      "  --user NAME     whose it will be [rear-user of the "
	      "configuration]\n"
	      "  --no-privsep    as root, make it root's\n"
	      "  --example FILE  the first configuration [" EXAMPLE_PATH "]\n",
	    file);
}

/* Without a configuration, the example becomes it. */
static int
make_conf(const struct init *init, struct till_error *err)
{
	if (access(init->conf_path, F_OK) == 0)
		return 0;
	if (errno != ENOENT)
		return till_fail(err, "%s: %s", init->conf_path,
		    strerror(errno));
	if (copy_file(init->example, init->conf_path, err) == -1)
		return -1;
	printf("made %s from %s\n", init->conf_path, init->example);
	return 0;
}

static int
copy_file(const char *from, const char *to, struct till_error *err)
{
	char text[COPY_MAX];
	ssize_t len;
	int fd, r = 0;

	fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return till_fail(err, "%s: %s", from, strerror(errno));
	len = read(fd, text, sizeof(text));
	(void)close(fd);
	if (len <= 0 || len == COPY_MAX)
		return till_fail(err, "%s is no example", from);
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1)
		return till_fail(err, "%s: %s", to, strerror(errno));
	/* The rear unit's user reads it, whatever our umask. */
	if (fchmod(fd, 0644) == -1 || write_all(fd, text, (size_t)len) == -1 ||
	    fsync(fd) == -1)
		r = till_fail(err, "%s: %s", to, strerror(errno));
	(void)close(fd);
	return r;
}

static int
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* As tilld will: it must be able to open what is made here. */
static int
find_user(struct init *init, struct user *user, struct till_error *err)
{
	struct diag *diag = diag_new();
	struct conf *conf = NULL;
	int r = -1;

	if (diag == NULL)
		return till_fail(err, "out of memory");
	if (init->user != NULL) {
		r = user_find(&init->settings, init->user, user, err);
	} else if (conf_parse(init->conf_path, diag, &conf) == -1) {
		diag_print(diag, stderr);
		till_fail(err, "%s has errors", init->conf_path);
	} else {
		r = user_find(&init->settings, conf_set(conf, "rear-user"),
		    user, err);
	}
	conf_free(conf);
	diag_free(diag);
	return r;
}

static int
make_dir(const struct init *init, const struct user *user,
    struct till_error *err)
{
	if (mkdir(init->state_dir, 0700) == -1 && errno != EEXIST)
		return till_fail(err, "%s: %s", init->state_dir,
		    strerror(errno));
	if ((user->other &&
		lchown(init->state_dir, user->uid, user->gid) == -1) ||
	    chmod(init->state_dir, 0700) == -1)
		return till_fail(err, "%s: %s", init->state_dir,
		    strerror(errno));
	return 0;
}

/* Or is not there. */
static int
is_empty(const char *path, struct till_error *err)
{
	const struct dirent *entry;
	DIR *dir;
	int r = 0;

	dir = opendir(path);
	if (dir == NULL && errno == ENOENT)
		return 0;
	if (dir == NULL)
		return till_fail(err, "%s: %s", path, strerror(errno));
	while (r == 0 && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = till_fail(err,
			    "%s is not empty: a server's state "
			    "is never overwritten",
			    path);
	(void)closedir(dir);
	return r;
}

static int
make_state(const struct init *init, const struct user *user,
    struct till_error *err)
{
	int status;
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid == -1)
		return till_fail(err, "fork: %s", strerror(errno));
	if (pid == 0)
		child(init, user);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return till_fail(err, "waitpid: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return till_fail(err,
		    "%s: the state could not be made; "
		    "remove the folder before you try again",
		    init->state_dir);
	return 0;
}

static void
child(const struct init *init, const struct user *user)
{
	struct ledger_options options = { 0 };
	char dir[PATH_MAX];
	struct till_error err;
	int n;

	n = snprintf(dir, sizeof(dir), "%s/ledger", init->state_dir);
	options.dir = dir;
	if (n < 0 || (size_t)n >= sizeof(dir))
		till_fail(&err, "the name of the folder is too long");
	else if (user_become(user, &err) == 0 &&
	    keys_create(init->state_dir, init->alg, &err) == 0 &&
	    ledger_create(&options, &err) == 0)
		_exit(EX_OK);
	fprintf(stderr, "tillctl: %s\n", err.text);
	_exit(EX_CANTCREAT);
}
