/*
 * notify_example - a line in a file for each event.
 *
 *	module example notify_example file=/var/log/till/events
 *
 * Each line is one write to a file opened for appending, so that lines of
 * several servers do not mix.  An event that comes again with the same id
 * is written once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <till/module.h>

#define IDS_MAX 256 /* events remembered */
#define ID_MAX 64 /* octets of an id, with its NUL */

/* What changes lies behind a pointer: the instance is read-only. */
struct memory {
	int fd;
	char ids[IDS_MAX][ID_MAX];
	size_t next;
};

/* The settings, as the table below places them, and what open adds. */
struct example {
	const char *file;
	struct memory *memory;
};

static int example_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static void example_close(void *);
static enum till_result example_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);
static int line_write(int fd, const struct till_event *);
static int is_known(const struct memory *, const char *id);
static void remember(struct memory *, const char *id);

static const struct till_setting settings[] = {
	{ "file", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct example, file), NULL, 0, 0, NULL,
	    "where the lines go" },
	TILL_SETTING_END
};

/* Not THREADSAFE: the server calls it by one thread at a time. */
TILL_MODULE("notify_example", "0.1", TILL_NOTIFY, 0){
	TILL_MODULE_HEAD("notify_example", "0.1", TILL_NOTIFY, 0),
	.settings = settings,
	.instance_size = sizeof(struct example),
	.open = example_open,
	.close = example_close,
	.notify = example_notify,
};

/* With check_only nothing is opened: a server may be at work. */
static int
example_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct example *example = self;

	(void)host;
	(void)instance;
	example->memory = calloc(1, sizeof(*example->memory));
	if (example->memory == NULL)
		return till_fail(err, "out of memory");
	example->memory->fd = -1;
	if (check_only)
		return 0;
	example->memory->fd = open(example->file,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (example->memory->fd != -1)
		return 0;
	till_fail(err, "%s: %s", example->file, strerror(errno));
	free(example->memory);
	return -1;
}

static void
example_close(void *self)
{
	struct example *example = self;

	if (example->memory->fd != -1)
		(void)close(example->memory->fd);
	free(example->memory);
}

static enum till_result
example_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	const struct example *example = self;
	struct memory *memory = example->memory;

	if (is_known(memory, event->id))
		return TILL_DELIVERED;
	if (line_write(memory->fd, event) == -1)
		return host->fail(ctx, TILL_RETRY_LATER, "file", "%s: %s",
		    example->file, strerror(errno));
	remember(memory, event->id);
	return TILL_DELIVERED;
}

/* One line in one write; a part of it that was written is none. */
static int
line_write(int fd, const struct till_event *event)
{
	const size_t size =
	    strlen(event->type) + strlen(event->id) + strlen(event->json) + 4;
	char *line = malloc(size);
	ssize_t n;
	int len;

	if (line == NULL)
		return -1;
	len = snprintf(line, size, "%s %s %s\n", event->type, event->id,
	    event->json);
	errno = ENOSPC;
	n = len > 0 ? write(fd, line, (size_t)len) : -1;
	free(line);
	return n == len ? 0 : -1;
}

static int
is_known(const struct memory *memory, const char *id)
{
	size_t i;

	for (i = 0; i < IDS_MAX; i++)
		if (strcmp(memory->ids[i], id) == 0)
			return 1;
	return 0;
}

static void
remember(struct memory *memory, const char *id)
{
	if (strlen(id) >= ID_MAX)
		return;
	(void)snprintf(memory->ids[memory->next], ID_MAX, "%s", id);
	memory->next = (memory->next + 1) % IDS_MAX;
}
