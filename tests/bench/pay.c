/*
 * pay - complete payments over HTTP, as fast as the server makes them.
 *
 * Every payment is a signed ticket of its own going in and a signed
 * voucher coming out, durable.  Tickets are signed beforehand; each
 * customer signs in once with a password and pays with the session that
 * this opened.  Connections are kept alive, one request at a time on
 * each.  What is measured is the server: its CPU time is read from the
 * processes below the supervisor, this program's own is not counted.
 *
 * Prints one "name value" per line.
 */
#define _GNU_SOURCE /* memmem, strcasestr */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <till/ticket.h>

#include "support/processes.h"

#define CONNECTIONS_MAX 4096
#define CUSTOMERS_MAX 4096
#define MERCHANTS_MAX 256
#define ANSWER_MAX 32768
#define REQUEST_MAX 12288
#define LINE_SIZE 512

struct customer {
	char id[TILL_ID_MAX];
	char password[64];
	char session[256];
};

struct merchant {
	char id[TILL_ID_MAX];
	struct till_key *key;
};

struct connection {
	int fd;
	struct customer *customer;
	char out[REQUEST_MAX];
	size_t out_len, out_done;
	char in[ANSWER_MAX];
	size_t in_len;
	int64_t began_us;
	bool busy;
};

struct bench {
	const char *host, *issuer, *ret;
	struct sockaddr_in address;
	struct merchant merchants[MERCHANTS_MAX];
	size_t merchants_len;
	struct customer *customers;
	size_t customers_len;
	char **tickets;
	size_t tickets_len, next, done, failed;
	size_t connections;
	struct connection *list;
	int64_t *latency_us;
	int epoll;
	pid_t pid;
	char run_id[16];
};

static _Noreturn void
die(const char *what, const char *why)
{
	fprintf(stderr, "pay: %s: %s\n", what, why);
	exit(1);
}

static int64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static size_t
number(const char *text, size_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || n == 0 || n > max)
		die("not a number in bounds", text);
	return n;
}

/* "ID=KEYFILE" */
static void
add_merchant(struct bench *b, const char *arg)
{
	struct merchant *m = &b->merchants[b->merchants_len];
	const char *eq = strchr(arg, '=');
	struct till_error err;
	char pem[4096];
	size_t len;
	FILE *f;

	if (eq == NULL || b->merchants_len == MERCHANTS_MAX)
		die("merchant", arg);
	(void)snprintf(m->id, sizeof(m->id), "%.*s", (int)(eq - arg), arg);
	f = fopen(eq + 1, "re");
	if (f == NULL)
		die(eq + 1, strerror(errno));
	len = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	if (till_key_from_pem(pem, len, &m->key, &err) == -1)
		die(eq + 1, err.text);
	b->merchants_len++;
}

/* Lines of "ID PASSWORD". */
static void
read_customers(struct bench *b, const char *path)
{
	char line[LINE_SIZE];
	struct customer *c;
	FILE *f;

	b->customers = calloc(CUSTOMERS_MAX, sizeof(*b->customers));
	f = fopen(path, "re");
	if (f == NULL || b->customers == NULL)
		die(path, strerror(errno));
	while (b->customers_len < CUSTOMERS_MAX &&
	    fgets(line, sizeof(line), f) != NULL) {
		c = &b->customers[b->customers_len];
		if (sscanf(line, "%32s %63s", c->id, c->password) == 2)
			b->customers_len++;
	}
	(void)fclose(f);
	if (b->customers_len == 0)
		die(path, "no customers");
}

static char *
make_ticket(struct bench *b, const struct merchant *m, size_t i)
{
	struct till_ticket t = { .kind = TILL_KIND_SINGLE };
	struct till_error err;
	char jti[TILL_JTI_MAX], *token;

	(void)snprintf(jti, sizeof(jti), "%s-%08zu", b->run_id, i);
	t.iss = m->id;
	t.aud = b->issuer;
	t.jti = jti;
	t.iat = (int64_t)time(NULL);
	t.exp = t.iat + 900;
	t.oid = "article-417";
	t.desc = "The ledger that does not lose a cent, part three of four";
	t.amount = (struct till_money){ .micro = 10000, .currency = "EUR" };
	t.ret = b->ret;
	if (till_ticket_sign(&t, m->key, &token, &err) == -1)
		die("ticket", err.text);
	return token;
}

struct share {
	struct bench *bench;
	size_t from, step;
};

static void *
make_tickets(void *arg)
{
	struct share *s = arg;
	struct bench *b = s->bench;
	size_t i;

	for (i = s->from; i < b->tickets_len; i += s->step)
		b->tickets[i] =
		    make_ticket(b, &b->merchants[i % b->merchants_len], i);
	return NULL;
}

static void
prepare(struct bench *b)
{
	struct share shares[2] = { { b, 0, 2 }, { b, 1, 2 } };
	pthread_t threads[2];
	size_t i;

	b->tickets = calloc(b->tickets_len, sizeof(*b->tickets));
	b->latency_us = calloc(b->tickets_len, sizeof(*b->latency_us));
	b->list = calloc(b->connections, sizeof(*b->list));
	if (b->tickets == NULL || b->latency_us == NULL || b->list == NULL)
		die("memory", "out of it");
	for (i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, make_tickets,
			&shares[i]) != 0)
			die("thread", "cannot start");
	for (i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
}

static int
dial(const struct bench *b)
{
	int fd, one = 1;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&b->address,
		sizeof(b->address)) == -1)
		die("connect", strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* The length of a whole answer in buf, or 0 while some is missing. */
static size_t
answer_size(const char *buf, size_t len)
{
	const char *end, *field;
	size_t body;

	end = memmem(buf, len, "\r\n\r\n", 4);
	if (end == NULL)
		return 0;
	field = strcasestr(buf, "\r\nContent-Length:");
	if (field == NULL || field > end)
		die("answer", "without Content-Length");
	body = strtoul(field + 17, NULL, 10);
	return len >= (size_t)(end + 4 - buf) + body
	    ? (size_t)(end + 4 - buf) + body
	    : 0;
}

static size_t
build(const struct bench *b, char *out, const char *session, const char *body)
{
	int n;

	n = snprintf(out, REQUEST_MAX,
	    "POST /v1/orders HTTP/1.1\r\nHost: %s\r\n"
	    "Content-Type: application/json\r\n%s%s%sContent-Length: %zu\r\n"
	    "\r\n%s",
	    b->host, session == NULL ? "" : "Authorization: Bearer ",
	    session == NULL ? "" : session, session == NULL ? "" : "\r\n",
	    strlen(body), body);
	if (n < 0 || n >= REQUEST_MAX)
		die("request", "too long");
	return (size_t)n;
}

/* The text member of a flat JSON answer, copied. */
static bool
member(const char *json, const char *name, char *out, size_t size)
{
	const char *p = strstr(json, name);
	size_t n;

	if (p == NULL)
		return false;
	p = strchr(p + strlen(name), ':');
	p = p == NULL ? NULL : strchr(p, '"');
	if (p == NULL)
		return false;
	n = strcspn(p + 1, "\"");
	if (n >= size)
		return false;
	memcpy(out, p + 1, n);
	out[n] = '\0';
	return true;
}

/* Pay once with the password; the answer brings the session. */
static void
sign_in(struct bench *b, struct customer *c, size_t i)
{
	char body[REQUEST_MAX - 512], out[REQUEST_MAX], in[ANSWER_MAX];
	char *token = make_ticket(b, &b->merchants[0], b->tickets_len + i);
	size_t len, got = 0;
	ssize_t n;
	int fd;

	(void)snprintf(body, sizeof(body),
	    "{\"ticket\":\"%s\",\"customer\":\"%s\",\"answers\":"
	    "{\"password\":\"%s\"},\"session\":true}",
	    token, c->id, c->password);
	free(token);
	len = build(b, out, NULL, body);
	fd = dial(b);
	if (send(fd, out, len, MSG_NOSIGNAL) != (ssize_t)len)
		die("send", strerror(errno));
	do {
		n = recv(fd, in + got, sizeof(in) - got - 1, 0);
		if (n <= 0)
			die("sign in", "the connection was closed");
		got += (size_t)n;
		in[got] = '\0';
	} while (answer_size(in, got) == 0);
	(void)close(fd);
	if (strncmp(in, "HTTP/1.1 200", 12) != 0 ||
	    !member(in, "\"session\"", c->session, sizeof(c->session)))
		die(c->id, in);
}

static void
pump(struct connection *c)
{
	ssize_t n;

	while (c->out_done < c->out_len) {
		n = send(c->fd, c->out + c->out_done, c->out_len - c->out_done,
		    MSG_NOSIGNAL);
		if (n == -1 && errno == EAGAIN)
			return; /* epoll is edge-triggered for both */
		if (n <= 0)
			die("send", strerror(errno));
		c->out_done += (size_t)n;
	}
}

static void
next_payment(struct bench *b, struct connection *c)
{
	char body[TILL_TOKEN_MAX + 64];

	c->busy = false;
	if (b->next == b->tickets_len)
		return;
	(void)snprintf(body, sizeof(body), "{\"ticket\":\"%s\"}",
	    b->tickets[b->next++]);
	c->out_len = build(b, c->out, c->customer->session, body);
	c->out_done = 0;
	c->in_len = 0;
	c->busy = true;
	c->began_us = now_us();
	pump(c);
}

static void
take_answer(struct bench *b, struct connection *c)
{
	ssize_t n;

	for (;;) {
		n = recv(c->fd, c->in + c->in_len,
		    sizeof(c->in) - c->in_len - 1, 0);
		if (n == -1 && errno == EAGAIN)
			return;
		if (n <= 0)
			die("answer", "the connection was closed");
		c->in_len += (size_t)n;
		c->in[c->in_len] = '\0';
		if (answer_size(c->in, c->in_len) == 0)
			continue;
		if (strncmp(c->in, "HTTP/1.1 200", 12) != 0 ||
		    strstr(c->in, "\"voucher\"") == NULL) {
			if (b->failed++ == 0)
				fprintf(stderr, "pay: %s\n", c->in);
		}
		b->latency_us[b->done++] = now_us() - c->began_us;
		next_payment(b, c);
		if (!c->busy)
			return;
	}
}

static void
run(struct bench *b)
{
	struct epoll_event events[256], event = { 0 };
	struct connection *c;
	size_t i;
	int n, k;

	b->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < b->connections; i++) {
		c = &b->list[i];
		c->customer = &b->customers[i % b->customers_len];
		c->fd = dial(b);
		(void)fcntl(c->fd, F_SETFL, O_NONBLOCK);
		event.events = EPOLLIN | EPOLLOUT | EPOLLET;
		event.data.ptr = c;
		(void)epoll_ctl(b->epoll, EPOLL_CTL_ADD, c->fd, &event);
	}
	for (i = 0; i < b->connections; i++)
		next_payment(b, &b->list[i]);
	while (b->done < b->tickets_len) {
		n = epoll_wait(b->epoll, events, 256, 30000);
		if (n == 0)
			die("run", "no answer for 30 s");
		for (k = 0; k < n; k++) {
			c = events[k].data.ptr;
			if (!c->busy)
				continue;
			pump(c);
			take_answer(b, c);
		}
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static void
report(struct bench *b, int64_t us, int64_t cpu_us)
{
	size_t n = b->done;

	qsort(b->latency_us, n, sizeof(*b->latency_us), compare);
	printf("payments %zu\nfailed %zu\n", n, b->failed);
	printf("per_second %" PRId64 "\n", (int64_t)n * 1000000 / us);
	printf("cpu_us %" PRId64 ".%" PRId64 "\n", cpu_us / (int64_t)n,
	    cpu_us * 10 / (int64_t)n % 10);
	printf("p50_us %" PRId64 "\np99_us %" PRId64 "\nmax_us %" PRId64 "\n",
	    b->latency_us[n / 2], b->latency_us[n * 99 / 100],
	    b->latency_us[n - 1]);
	printf("resident_kb %" PRId64 "\n", processes_resident_kb(b->pid));
}

int
main(int argc, char **argv)
{
	struct bench b = { .connections = 64, .tickets_len = 20000 };
	const char *customers = NULL, *port = NULL;
	int64_t began, cpu;
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "p:i:r:m:C:c:n:P:")) != -1) {
		switch (c) {
		case 'p':
			port = optarg;
			break;
		case 'i':
			b.issuer = optarg;
			break;
		case 'r':
			b.ret = optarg;
			break;
		case 'm':
			add_merchant(&b, optarg);
			break;
		case 'C':
			customers = optarg;
			break;
		case 'c':
			b.connections = number(optarg, CONNECTIONS_MAX);
			break;
		case 'n':
			b.tickets_len = number(optarg, 10000000);
			break;
		case 'P':
			b.pid = (pid_t)number(optarg, 1 << 22);
			break;
		default:
			die("usage",
			    "pay -p PORT -i ISSUER -r RETURN-URL -m ID=KEY ... "
			    "-C CUSTOMERS -P SUPERVISOR [-c CONNECTIONS] "
			    "[-n PAYMENTS]");
		}
	}
	if (port == NULL || b.issuer == NULL || customers == NULL ||
	    b.merchants_len == 0 || b.pid == 0)
		die("usage", "-p -i -r -m -C -P are needed");
	b.host = strstr(b.issuer, "://") == NULL ? b.issuer
						 : strstr(b.issuer, "://") + 3;
	b.address.sin_family = AF_INET;
	b.address.sin_port = htons((uint16_t)number(port, 65535));
	b.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	(void)snprintf(b.run_id, sizeof(b.run_id), "%" PRIx64,
	    (uint64_t)now_us() & 0xffffffffff);
	read_customers(&b, customers);
	prepare(&b);
	for (i = 0; i < b.customers_len && i < b.connections; i++)
		sign_in(&b, &b.customers[i], i);
	cpu = processes_cpu_us(b.pid);
	began = now_us();
	run(&b);
	report(&b, now_us() - began, processes_cpu_us(b.pid) - cpu);
	return b.failed == 0 ? 0 : 1;
}
