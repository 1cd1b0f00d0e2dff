/*
 * new.c - write the folder of a new module.
 *
 * What is written lies in daemon/kit/template, a folder a kind: a module
 * called after the word "example", which becomes the new name.  The build
 * makes kit_templates of it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <till/module.h>

#include "config.h"
#include "config/near.h"
#include "kit/kit.h"
#include "kit/template.h"
#include "module/names.h"

#define WORD "example"
#define WHERE "@PKG_CONFIG_PATH@" /* in a Makefile: where till.pc is */

/* The new module's names. */
struct names {
	const char *kind;
	char word[TILL_MODULE_NAME_MAX]; /* "demo" */
	char module[TILL_MODULE_NAME_MAX]; /* "auth_demo" */
	char where[PATH_MAX];
};

static const char *const kinds[] = { "policy", "auth", "settle", "notify",
	NULL };

static int check_kind(const char *, struct till_error *);
static int names_make(struct names *, const char *name, struct till_error *);
static void where_make(char where[PATH_MAX]);
static int folder_make(const struct names *, const char *dir,
    struct till_error *);
static int file_write(const struct names *, const struct kit_template *,
    const char *dir, struct till_error *);
static int path_make(const struct names *, const char *file, const char *dir,
    char path[PATH_MAX], struct till_error *);
static int path_dot(const char *file, const char *dir, char path[PATH_MAX],
    struct till_error *);
static void line_write(const struct names *, const char *line, FILE *);
static void usage_of(const struct names *, const char *dir);

int
kit_new(const char *kind, const char *name, const char *dir, bool usage,
    struct till_error *err)
{
	const struct kit_template *template;
	struct names names = { .kind = kind };

	if (check_kind(kind, err) == -1 || names_make(&names, name, err) == -1)
		return EX_USAGE;
	if (folder_make(&names, dir, err) == -1)
		return EX_CANTCREAT;
	for (template = kit_templates; template->kind != NULL; template ++) {
		if (strcmp(template->kind, kind) != 0 &&
		    strcmp(template->kind, "common") != 0)
			continue;
		if (file_write(&names, template, dir, err) == -1)
			return EX_CANTCREAT;
	}
	if (usage)
		usage_of(&names, dir);
	return EX_OK;
}

static int
check_kind(const char *kind, struct till_error *err)
{
	const char *near;
	size_t i;

	for (i = 0; kinds[i] != NULL; i++)
		if (strcmp(kinds[i], kind) == 0)
			return 0;
	near = nearest(kind, kinds);
	return till_fail(err,
	    "'%s' is no kind of module: policy, auth, settle or notify%s%s%s",
	    kind, near == NULL ? "" : "; did you mean '",
	    near == NULL ? "" : near, near == NULL ? "" : "'?");
}

/* "demo", or "auth_demo" for the same. */
static int
names_make(struct names *names, const char *name, struct till_error *err)
{
	const size_t prefix = strlen(names->kind);
	const char *word = name;
	int n;

	if (strncmp(name, names->kind, prefix) == 0 && name[prefix] == '_')
		word = name + prefix + 1;
	if (!name_is_module(word) || !(word[0] >= 'a' && word[0] <= 'z'))
		return till_fail(err,
		    "'%s' cannot name a module: a letter, then a-z, 0-9 and "
		    "'_'",
		    name);
	if (strcmp(word, WORD) == 0)
		return till_fail(err,
		    "'%s' is what the example is called; give it a name of its "
		    "own",
		    word);
	n = snprintf(names->module, sizeof(names->module), "%s_%s", names->kind,
	    word);
	if (n < 0 || (size_t)n >= sizeof(names->module))
		return till_fail(err,
		    "'%s' is too long: after %s_ a name has up to %zu "
		    "characters",
		    name, names->kind, TILL_MODULE_NAME_MAX - 2 - prefix);
	if (module_is_own(names->module))
		return till_fail(err,
		    "%s comes with till, and a module of this name would "
		    "take its place; give it another",
		    names->module);
	(void)snprintf(names->word, sizeof(names->word), "%s", word);
	where_make(names->where);
	return 0;
}

/* Where this till's till.pc is: beside a program that was built and not
 * installed, else where it is installed. */
static void
where_make(char where[PATH_MAX])
{
	const size_t room = PATH_MAX - sizeof("/till.pc");
	char *slash;
	ssize_t n;

	n = readlink("/proc/self/exe", where, room);
	where[n > 0 ? n : 0] = '\0';
	slash = strrchr(where, '/');
	if (slash != NULL) {
		memcpy(slash, "/till.pc", sizeof("/till.pc"));
		if (access(where, R_OK) == 0) {
			*slash = '\0';
			return;
		}
	}
	(void)snprintf(where, PATH_MAX, "%s", TILL_PKGCONFIGDIR);
}

/* A folder that is there may hold other things, but none of ours. */
static int
folder_make(const struct names *names, const char *dir, struct till_error *err)
{
	const struct kit_template *template;
	char path[PATH_MAX];
	struct stat st;

	if (mkdir(dir, 0777) == -1 && errno != EEXIST)
		return till_fail(err, "%s: %s", dir, strerror(errno));
	for (template = kit_templates; template->kind != NULL; template ++) {
		if (strcmp(template->kind, names->kind) != 0 &&
		    strcmp(template->kind, "common") != 0)
			continue;
		if (path_make(names, template->file, dir, path, err) == -1)
			return -1;
		if (lstat(path, &st) == 0)
			return till_fail(err,
			    "%s is there already, and nothing is overwritten",
			    path);
	}
	(void)snprintf(path, sizeof(path), "%s/tests", dir);
	if (mkdir(path, 0777) == -1 && errno != EEXIST)
		return till_fail(err, "%s: %s", path, strerror(errno));
	return 0;
}

static int
file_write(const struct names *names, const struct kit_template *template,
    const char *dir, struct till_error *err)
{
	char path[PATH_MAX];
	FILE *file;
	size_t i;
	int fd, r = 0;

	if (path_make(names, template->file, dir, path, err) == -1)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	file = fd != -1 ? fdopen(fd, "w") : NULL;
	if (file == NULL) {
		till_error_set(err, "%s: %s", path, strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	for (i = 0; template->lines[i] != NULL; i++)
		line_write(names, template->lines[i], file);
	if (ferror(file))
		r = -1;
	if (fclose(file) != 0 || r == -1)
		r = till_fail(err, "%s: %s", path, strerror(errno));
	return r;
}

/* auth_example.c becomes auth_demo.c. */
static int
path_make(const struct names *names, const char *file, const char *dir,
    char path[PATH_MAX], struct till_error *err)
{
	const char *at = strstr(file, WORD);
	int n;

	if (strncmp(file, "dot-", 4) == 0)
		return path_dot(file + 4, dir, path, err);
	if (at == NULL)
		n = snprintf(path, PATH_MAX, "%s/%s", dir, file);
	else
		n = snprintf(path, PATH_MAX, "%s/%.*s%s%s", dir,
		    (int)(at - file), file, names->word, at + sizeof(WORD) - 1);
	if (n < 0 || n >= PATH_MAX)
		return till_fail(err, "%s: the name is too long", dir);
	return 0;
}

/* The template of .gitignore is called dot-gitignore, lest it be one. */
static int
path_dot(const char *file, const char *dir, char path[PATH_MAX],
    struct till_error *err)
{
	const int n = snprintf(path, PATH_MAX, "%s/.%s", dir, file);

	if (n < 0 || n >= PATH_MAX)
		return till_fail(err, "%s: the name is too long", dir);
	return 0;
}

static void
line_write(const struct names *names, const char *line, FILE *file)
{
	while (*line != '\0') {
		if (strncmp(line, WORD, sizeof(WORD) - 1) == 0) {
			(void)fputs(names->word, file);
			line += sizeof(WORD) - 1;
		} else if (strncmp(line, "@MODULE@", 8) == 0) {
			(void)fputs(names->module, file);
			line += 8;
		} else if (strncmp(line, "@KIND@", 6) == 0) {
			(void)fputs(names->kind, file);
			line += 6;
		} else if (strncmp(line, WHERE, sizeof(WHERE) - 1) == 0) {
			(void)fputs(names->where, file);
			line += sizeof(WHERE) - 1;
		} else {
			(void)fputc(*line++, file);
		}
	}
}

static void
usage_of(const struct names *names, const char *dir)
{
	const struct kit_template *template;
	char path[PATH_MAX];
	struct till_error err;

	for (template = kit_templates; template->kind != NULL; template ++)
		if ((strcmp(template->kind, names->kind) == 0 ||
			strcmp(template->kind, "common") == 0) &&
		    path_make(names, template->file, dir, path, &err) == 0)
			(void)printf("wrote %s\n", path);
	(void)printf("now: make -C %s test\n", dir);
}
