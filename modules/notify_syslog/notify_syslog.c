/*
 * notify_syslog - one line to the system's log for each event.
 *
 *	module log notify_syslog facility=local3 ident=till
 *
 * syslog(3) keeps its identity for the whole process and waits when the
 * log's queue is full.  So the line goes to the log's socket directly, in
 * the form of RFC 3164, section 4.1, and is handed back for a later try
 * where it cannot go at once.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <till/module.h>

#define LINE_MAX_OCTETS 4096 /* of one line; longer events lose their end */
#define SOCKET_PATH "/dev/log"

struct log {
	int facility; /* index in facility_names */
	const char *ident;
	const char *socket;
	int fd; /* -1: none */
	struct till_instance *instance;
};

static int log_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void log_close(void *);
static enum till_result log_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);
static size_t line_make(char *, size_t, const struct log *, int64_t time_s,
    const struct till_event *);
static int severity(const char *type);
static enum till_result send_line(const struct till_host *,
    struct till_context *, const struct log *, const char *, size_t);

static const char *const facility_names[] = { "daemon", "auth", "authpriv",
	"user", "local0", "local1", "local2", "local3", "local4", "local5",
	"local6", "local7", NULL };
static const int facilities[] = { LOG_DAEMON, LOG_AUTH, LOG_AUTHPRIV, LOG_USER,
	LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3, LOG_LOCAL4, LOG_LOCAL5,
	LOG_LOCAL6, LOG_LOCAL7 };

static const struct {
	const char *type;
	int severity;
} severities[] = {
	{ "auth.alert", LOG_WARNING },
	{ "auth.failed", LOG_NOTICE },
	{ "settle.unknown", LOG_WARNING },
	{ "settle.reversed", LOG_NOTICE },
	{ "settle.alarm", LOG_ERR },
	{ "ticket.refused", LOG_NOTICE },
	{ "refund.made", LOG_NOTICE },
	{ "refund.failed", LOG_WARNING },
};

static const struct till_setting settings[] = {
	{ "facility", TILL_SET_ENUM, 0, offsetof(struct log, facility),
	    "daemon", 0, 0, facility_names, "the log's facility" },
	{ "ident", TILL_SET_STRING, 0, offsetof(struct log, ident), "till", 0,
	    32, NULL, "the name in front of each line" },
	{ "socket", TILL_SET_PATH, 0, offsetof(struct log, socket), SOCKET_PATH,
	    0, sizeof(((struct sockaddr_un *)0)->sun_path) - 1, NULL,
	    "the log's datagram socket" },
	TILL_SETTING_END
};

TILL_MODULE("notify_syslog", "1.0", TILL_NOTIFY, TILL_CAP_THREADSAFE){
	TILL_MODULE_HEAD("notify_syslog", "1.0", TILL_NOTIFY,
	    TILL_CAP_THREADSAFE),
	.settings = settings,
	.instance_size = sizeof(struct log),
	.open = log_open,
	.close = log_close,
	.notify = log_notify,
};

static int
log_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct log *log = self;

	(void)host;
	if (strpbrk(log->ident, " []:") != NULL || log->ident[0] == '\0')
		return till_fail(err, "ident=%s is not one plain word",
		    log->ident);
	log->instance = instance;
	log->fd = -1;
	if (check_only)
		return 0;
	log->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (log->fd == -1)
		return till_fail(err, "socket: %s", strerror(errno));
	return 0;
}

static void
log_close(void *self)
{
	struct log *log = self;

	if (log->fd != -1)
		(void)close(log->fd);
}

static enum till_result
log_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	const struct log *log = self;
	char line[LINE_MAX_OCTETS];
	size_t len;

	len = line_make(line, sizeof(line), log, host->time_s(log->instance),
	    event);
	return send_line(host, ctx, log, line, len);
}

/* "<PRI>Mmm dd hh:mm:ss ident[pid]: TYPE id=... merchant=... JSON" */
static size_t
line_make(char *line, size_t size, const struct log *log, int64_t time_s,
    const struct till_event *event)
{
	const time_t t = (time_t)time_s;
	char stamp[32];
	struct tm tm;
	size_t i, len;
	int n;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%b %e %H:%M:%S", &tm) == 0)
		stamp[0] = '\0';
	n = snprintf(line, size,
	    "<%d>%s %s[%ld]: %s id=%s merchant=%s attempt=%u %s",
	    facilities[log->facility] | severity(event->type), stamp,
	    log->ident, (long)getpid(), event->type, event->id,
	    event->merchant[0] != '\0' ? event->merchant : "-",
	    (unsigned int)event->attempt, event->json);
	if (n < 0)
		return 0;
	len = (size_t)n < size ? (size_t)n : size - 1;
	for (i = 0; i < len; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	}
	return len;
}

static int
severity(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
		if (strcmp(severities[i].type, type) == 0)
			return severities[i].severity;
	}
	return LOG_INFO;
}

/* Addressed anew each time: the log may be restarted at any time. */
static enum till_result
send_line(const struct till_host *host, struct till_context *ctx,
    const struct log *log, const char *line, size_t len)
{
	struct sockaddr_un to;

	memset(&to, 0, sizeof(to));
	to.sun_family = AF_UNIX;
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", log->socket);
	if (sendto(log->fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)&to, sizeof(to)) != -1)
		return TILL_DELIVERED;
	return host->fail(ctx, TILL_RETRY_LATER, "syslog", "%s: %s",
	    log->socket, strerror(errno));
}
