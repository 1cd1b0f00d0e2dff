/*
 * notify_spool - a file for each event, in a folder that a program reads.
 *
 *	module spool notify_spool folder=/var/spool/till-events
 *
 * A file is written under a name that begins with a dot and renamed when
 * it is whole, so whoever reads the folder sees whole files only.  Its
 * name is the event's id: one that comes again replaces itself.  An
 * example of a notify module that is built outside of till.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <till/module.h>

#define PATH_SIZE 1024

struct spool {
	const char *folder;
};

static int spool_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static enum till_result spool_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);
static int id_ok(const char *);
static int file_write(char *path, const char *text);
static int spool_health(const struct till_host *, const void *,
    struct till_error *);

static const struct till_setting settings[] = {
	{ "folder", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct spool, folder), NULL, 0, 0, NULL,
	    "where the files go" },
	TILL_SETTING_END
};

/* Two events have two names, so several threads are no matter. */
#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_SLOW)

TILL_MODULE("notify_spool", "1.0", TILL_NOTIFY, CAPS){
	TILL_MODULE_HEAD("notify_spool", "1.0", TILL_NOTIFY, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct spool),
	.open = spool_open,
	.notify = spool_notify,
	.health = spool_health,
};

static int
spool_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct spool *spool = self;
	struct stat st;

	(void)host;
	(void)instance;
	(void)check_only;
	if (stat(spool->folder, &st) == -1)
		return till_fail(err, "%s: %s", spool->folder, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return till_fail(err, "%s is no folder", spool->folder);
	return 0;
}

static enum till_result
spool_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	const struct spool *spool = self;
	char part[PATH_SIZE], whole[PATH_SIZE];
	int n;

	if (!id_ok(event->id))
		return host->fail(ctx, TILL_DROP, "id",
		    "the id cannot name a file");
	(void)snprintf(whole, sizeof(whole), "%s/%s", spool->folder, event->id);
	n = snprintf(part, sizeof(part), "%s/.%s.XXXXXX", spool->folder,
	    event->id);
	if (n < 0 || (size_t)n >= sizeof(part))
		return host->fail(ctx, TILL_DROP, "name",
		    "the name of the file is too long");
	if (file_write(part, event->json) == 0 && rename(part, whole) == 0)
		return TILL_DELIVERED;
	(void)host->fail(ctx, TILL_RETRY_LATER, "file", "%s: %s", whole,
	    strerror(errno));
	(void)unlink(part);
	return TILL_RETRY_LATER;
}

static int
id_ok(const char *id)
{
	return id[0] != '\0' && id[0] != '.' && strchr(id, '/') == NULL;
}

static int
file_write(char *path, const char *text)
{
	const size_t len = strlen(text);
	size_t done = 0;
	ssize_t n = 0;
	int fd;

	fd = mkstemp(path);
	if (fd == -1)
		return -1;
	while (done < len && n != -1) {
		n = write(fd, text + done, len - done);
		if (n > 0)
			done += (size_t)n;
	}
	if (fchmod(fd, 0640) == -1 || fsync(fd) == -1)
		n = -1;
	return close(fd) == 0 && n != -1 ? 0 : -1;
}

static int
spool_health(const struct till_host *host, const void *self,
    struct till_error *err)
{
	const struct spool *spool = self;

	(void)host;
	if (access(spool->folder, W_OK | X_OK) == 0)
		return 0;
	return till_fail(err, "%s: %s", spool->folder, strerror(errno));
}
