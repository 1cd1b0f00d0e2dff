/*
 * front.c - start the front unit's parts, serve, end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "front/account.h"
#include "front/pages.h"
#include "front/pay_priv.h"
#include "front/unit.h"
#include "front/visits.h"
#include "log/log.h"

#define SECURE_HEAP ((size_t)32 * 1024 * 1024)
#define SECURE_MIN 32
#define CONNECTIONS_MAX 4096
#define CONNECTIONS_PER_ADDRESS 256
#define ADMIN_CONNECTIONS 64
#define THREADS_MAX 64
#define PEM_MAX 65536
/* How long the end may take in all, the first part of it for what is in
 * work, the rest to tell those that had no answer.  It must stay well
 * below SUPER_FRONT_STOP_MS, after which the supervisor kills: the
 * difference is for threads to end on a machine under load. */
#define STOP_MS 6000
#define DRAIN_MS 5000
#define DRAIN_STEP_MS 10

static int front_start(struct front *, struct till_error *);
static int front_issuer(struct front *, struct till_error *);
static int front_listen(struct front *, struct till_error *);
static int read_pem(const char *, char **, struct till_error *);
static int start_public(struct front *, const char *, const char *,
    struct till_error *);
static int start_admin(struct front *, struct till_error *);
static unsigned int threads_of(const struct front_options *);
static void warn_public(const struct front *);
static int say_ready(const struct front *, struct till_error *);
static void wait_for_end(const sigset_t *);
static void drain(struct front *, int64_t);
static void wait_idle(struct front *, int64_t);
static void front_stop(struct front *, int64_t);
static void on_request(void *, struct http_request *);
static void on_admin(void *, struct http_request *);
static void serve(struct front *, struct http_request *,
    void (*)(struct work *));
static void on_done(void *, struct http_request *);
static void on_notice(void *, const struct frame *);
static void on_link(void *, bool);

int
front_run(const struct front_options *options, struct till_error *err)
{
	struct front front = { .options = options };
	sigset_t ends, old;
	int64_t began_ms;
	int r;

	/* Before any thread, so that none of them is interrupted. */
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, &old);
	(void)signal(SIGPIPE, SIG_IGN);
	if (!CRYPTO_secure_malloc_initialized())
		(void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_MIN);
	greetings_init(&front.greetings);
	r = front_start(&front, err);
	if (r == 0) {
		log_line(TILL_LOG_INFO, "front.started", "listen",
		    options->listen, NULL);
		wait_for_end(&ends);
		log_line(TILL_LOG_INFO, "front.stopping", NULL);
	}
	began_ms = link_now_ms();
	if (r == 0)
		drain(&front, began_ms + DRAIN_MS);
	front_stop(&front, began_ms + STOP_MS);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

static int
front_start(struct front *front, struct till_error *err)
{
	const struct link_client_options link = { .path =
						      front->options->link_path,
		.notice = on_notice,
		.state = on_link,
		.arg = front };

	if (front_issuer(front, err) == -1 ||
	    pages_start(front->options->pages_dir, &front->pages, err) == -1 ||
	    visits_start(&front->visits, err) == -1 ||
	    asks_start(front, err) == -1 ||
	    link_client_start(&link, &front->link, err) == -1 ||
	    front_listen(front, err) == -1 || start_admin(front, err) == -1)
		return -1;
	warn_public(front);
	return say_ready(front, err);
}

/* "https://pay.example" or "http://127.0.0.1:8080": an origin (RFC 6454),
 * and from it the values of Host that are ours. */
static int
front_issuer(struct front *front, struct till_error *err)
{
	const char *issuer = front->options->issuer, *host, *port;

	front->secure = strncmp(issuer, "https://", 8) == 0;
	if (!front->secure && strncmp(issuer, "http://", 7) != 0)
		return till_fail(err, "issuer '%s' is not a URL", issuer);
	host = issuer + (front->secure ? 8 : 7);
	if (strlen(issuer) >= sizeof(front->issuer) || *host == '\0' ||
	    host[strcspn(host, "/?#@")] != '\0')
		return till_fail(err,
		    "issuer '%s' must be scheme, host and port, no more",
		    issuer);
	(void)snprintf(front->issuer, sizeof(front->issuer), "%s", issuer);
	(void)snprintf(front->host, sizeof(front->host), "%s", host);
	/* Without a port the scheme's own may be said all the same. */
	port = strrchr(host, ':');
	if (port == NULL || strchr(port, ']') != NULL)
		(void)snprintf(front->host_port, sizeof(front->host_port),
		    "%s:%d", host, front->secure ? 443 : 80);
	return 0;
}

static int
front_listen(struct front *front, struct till_error *err)
{
	const struct front_options *options = front->options;
	char *certificate = NULL, *key = NULL;
	int r = -1;

	if ((options->tls_certificate == NULL) != (options->tls_key == NULL))
		return till_fail(err, "a certificate needs its key");
	if (options->tls_certificate == NULL)
		return start_public(front, NULL, NULL, err);
	if (read_pem(options->tls_certificate, &certificate, err) == 0 &&
	    read_pem(options->tls_key, &key, err) == 0)
		r = start_public(front, certificate, key, err);
	/* The library has made its own of them by now. */
	if (key != NULL)
		explicit_bzero(key, strlen(key));
	free(certificate);
	free(key);
	return r;
}

static int
read_pem(const char *path, char **text_r, struct till_error *err)
{
	FILE *file;
	size_t len;

	file = fopen(path, "re");
	if (file == NULL)
		return till_fail(err, "%s: %s", path, strerror(errno));
	*text_r = calloc(1, PEM_MAX);
	len = *text_r == NULL ? 0 : fread(*text_r, 1, PEM_MAX - 1, file);
	(void)fclose(file);
	if (*text_r == NULL)
		return till_fail(err, "out of memory");
	return len > 0 ? 0 : till_fail(err, "%s: is empty", path);
}

static int
start_public(struct front *front, const char *certificate, const char *key,
    struct till_error *err)
{
	const struct front_options *options = front->options;
	const struct http_options http = {
		.listen = options->listen,
		.hosts = { front->host,
		    front->host_port[0] == '\0' ? NULL : front->host_port },
		.tls_certificate = certificate,
		.tls_key = key,
		.proxies = options->proxies,
		.proxies_len = options->proxies_len,
		.threads = threads_of(options),
		.connections_max = options->connections_max == 0
		    ? CONNECTIONS_MAX
		    : options->connections_max,
		.connections_per_address = options->connections_per_address == 0
		    ? CONNECTIONS_PER_ADDRESS
		    : options->connections_per_address,
		.request = on_request,
		.done = on_done,
		.arg = front,
	};

	return http_start(&http, &front->server, err);
}

static int
start_admin(struct front *front, struct till_error *err)
{
	const struct http_options http = {
		.listen = front->options->admin_listen,
		.threads = 1,
		.connections_max = ADMIN_CONNECTIONS,
		.connections_per_address = ADMIN_CONNECTIONS,
		.request = on_admin,
		.done = on_done,
		.arg = front,
	};

	if (front->options->admin_listen == NULL)
		return 0;
	return http_start(&http, &front->admin, err);
}

static unsigned int
threads_of(const struct front_options *options)
{
	long cores;

	if (options->threads > 0)
		return options->threads < THREADS_MAX ? options->threads
						      : THREADS_MAX;
	cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (cores < 1)
		return 1;
	return cores < THREADS_MAX ? (unsigned int)cores : THREADS_MAX;
}

static void
warn_public(const struct front *front)
{
	bool may_be_public;
	const char *version = http_library(&may_be_public);

	if (may_be_public || front->options->proxies_len > 0 ||
	    !http_is_public(front->options->listen))
		return;
	log_line(TILL_LOG_WARNING, "front.public", "listen",
	    front->options->listen, "libmicrohttpd", version, "text",
	    "libmicrohttpd before 1.0.10 should not face a public network "
	    "without a proxy before it",
	    NULL);
}

static int
say_ready(const struct front *front, struct till_error *err)
{
	char line[16];
	int len;

	if (front->options->ready_fd == -1)
		return 0;
	len = snprintf(line, sizeof(line), "%u\n", http_port(front->server));
	if (write(front->options->ready_fd, line, (size_t)len) != len)
		return till_fail(err, "cannot say that it is ready: %s",
		    strerror(errno));
	return 0;
}

static void
wait_for_end(const sigset_t *ends)
{
	int number;

	while (sigwait(ends, &number) != 0)
		;
}

/* What is in work gets its answer, within bounds; what waits longer than
 * that is told to come again. */
static void
drain(struct front *front, int64_t deadline_ms)
{
	http_drain(front->server);
	asks_drain(front->asks);
	wait_idle(front, deadline_ms);
}

static void
wait_idle(struct front *front, int64_t deadline_ms)
{
	const struct timespec step = { .tv_nsec = DRAIN_STEP_MS * 1000000 };

	while (http_active(front->server) > 0 && link_now_ms() < deadline_ms)
		(void)nanosleep(&step, NULL);
}

/* The link goes first: it tells all who wait for it, so that no request
 * is suspended when its server ends. */
static void
front_stop(struct front *front, int64_t deadline_ms)
{
	if (front->asks != NULL) {
		asks_drain(front->asks);
		asks_unlink(front->asks);
	}
	if (front->server != NULL)
		wait_idle(front, deadline_ms);
	http_stop(front->admin);
	http_stop(front->server);
	asks_stop(front->asks);
	visits_stop(front->visits);
	pages_stop(front->pages);
	greetings_clear(&front->greetings);
}

static void
on_request(void *arg, struct http_request *http)
{
	serve(arg, http, route);
}

static void
on_admin(void *arg, struct http_request *http)
{
	serve(arg, http, route_admin);
}

/* For the first time, or because the answer is there. */
static void
serve(struct front *front, struct http_request *http,
    void (*function)(struct work *))
{
	struct work *work = http_data(http);

	if (work != NULL) {
		work->then(work);
		return;
	}
	work = calloc(1, sizeof(*work));
	if (work == NULL)
		return; /* the connection is closed */
	work->front = front;
	work->http = http;
	work->greeting = greeting_ref(&front->greetings);
	http_set_data(http, work);
	function(work);
}

static void
on_done(void *arg, struct http_request *http)
{
	struct work *work = http_data(http);

	(void)arg;
	pay_led(work);
	account_free(work->account);
	answer_free(work->answer);
	greeting_unref(work->greeting);
	visit_unref(work->visit);
	explicit_bzero(work, sizeof(*work));
	free(work);
}

static void
on_notice(void *arg, const struct frame *frame)
{
	struct front *front = arg;

	greetings_take(&front->greetings, frame);
}

static void
on_link(void *arg, bool up)
{
	(void)arg;
	log_line(up ? TILL_LOG_INFO : TILL_LOG_WARNING,
	    up ? "link.up" : "link.down", NULL);
}
