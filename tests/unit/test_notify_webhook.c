/*
 * test_notify_webhook.c - an event goes to where it may go, and the answer
 * is what the server does with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "module/result.h"
#include "support/owner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_MAX 8192
#define PATIENCE_MS 10000
#define LOOPBACK "allow-private=127.0.0.0/8"

/* One connection, one answer; or, with none, only a listening socket. */
struct server {
	int fd;
	unsigned int port;
	const char *answer;
	char got[TEXT_MAX];
	pthread_t thread;
};

struct tried {
	enum till_result result;
	uint32_t retry_after_ms;
	char why[320];
};

static struct loader *loader;

static int
setup(void **state)
{
	(void)state;
	loader = build_loader();
	return loader == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	loader_free(loader);
	return 0;
}

static void
server_begin(struct server *server)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	memset(server, 0, sizeof(*server));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(server->fd, -1);
	assert_int_equal(bind(server->fd, (struct sockaddr *)&at, sizeof(at)),
	    0);
	assert_int_equal(listen(server->fd, 4), 0);
	assert_int_equal(getsockname(server->fd, (struct sockaddr *)&at, &len),
	    0);
	server->port = ntohs(at.sin_port);
}

/* Has anybody come? */
static int
visited(const struct server *server)
{
	struct pollfd p = { .fd = server->fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Until the token has come, which ends the request. */
static void *
serve(void *arg)
{
	struct server *server = arg;
	struct pollfd p = { .fd = server->fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;
	int fd;

	if (poll(&p, 1, PATIENCE_MS) != 1)
		return NULL;
	fd = accept(server->fd, NULL, NULL);
	while (n > 0 && strstr(server->got, "the.signed.token") == NULL &&
	    len < sizeof(server->got) - 1) {
		n = recv(fd, server->got + len, sizeof(server->got) - 1 - len,
		    0);
		if (n > 0)
			len += (size_t)n;
	}
	(void)send(fd, server->answer, strlen(server->answer), MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

static void
server_end(struct server *server)
{
	close(server->fd);
}

static struct instance *
open_hook(const char *a, const char *b)
{
	const char *const settings[] = { a, b, NULL };

	return module_must_open(loader, "notify_webhook", settings);
}

static struct tried
post(struct instance *it, const char *endpoint)
{
	struct till_event event = {
		.size = sizeof(event),
		.attempt = 3,
		.type = "voucher.issued",
		.id = "e-17",
		.merchant = "press-1",
		.json = "{}",
		.sequence = 9,
		.token = "the.signed.token",
		.endpoint = endpoint,
	};
	struct till_context *ctx;
	struct tried tried;
	struct owner owner;

	owner_init(&owner);
	ctx = owner_context(&owner, "it", TILL_NOTIFY);
	tried.result = instance_notify(it, ctx, &event);
	tried.retry_after_ms = ctx->retry_after_ms;
	(void)snprintf(tried.why, sizeof(tried.why), "%s: %s", ctx->code,
	    ctx->why.text);
	context_free(ctx);
	return tried;
}

/* Post to a server of this answer. */
static struct tried
answered(const char *answer, struct server *server)
{
	struct instance *it = open_hook(LOOPBACK, "deadline=5s");
	struct tried tried;
	char url[64];

	server_begin(server);
	server->answer = answer;
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server),
	    0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/events?x=1",
	    server->port);
	tried = post(it, url);
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	server_end(server);
	instance_close(it);
	return tried;
}

static void
a_token_is_posted(void **state)
{
	static const char *const wanted[] = { "POST /events?x=1 HTTP/1.1\r\n",
		"\r\nContent-Type: application/jwt\r\n",
		"\r\nTill-Event: voucher.issued\r\n",
		"\r\nTill-Event-Id: e-17\r\n", "\r\nTill-Sequence: 9\r\n",
		"\r\nTill-Attempt: 3\r\n", "\r\n\r\nthe.signed.token" };
	struct server server;
	struct tried tried;
	size_t i;

	(void)state;
	tried = answered("HTTP/1.1 204 No Content\r\n\r\n", &server);
	ASSERT_RESULT(tried.result, TILL_DELIVERED);
	for (i = 0; i < COUNT(wanted); i++)
		if (strstr(server.got, wanted[i]) == NULL)
			fail_msg("no '%s' in '%s'", wanted[i], server.got);
	assert_null(strstr(server.got, "Expect:"));
	assert_null(strstr(server.got, "Authorization"));
}

static void
the_answer_says_what_becomes_of_it(void **state)
{
	static const struct {
		const char *answer;
		enum till_result want;
		const char *why;
		uint32_t retry_after_ms;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		    TILL_DELIVERED, "", 0 },
		{ "HTTP/1.1 202 Accepted\r\n\r\n", TILL_DELIVERED, "", 0 },
		{ "HTTP/1.1 410 Gone\r\n\r\n", TILL_DROP, "refused", 0 },
		{ "HTTP/1.1 422 No\r\n\r\n", TILL_DROP, "refused", 0 },
		{ "HTTP/1.1 400 Bad\r\n\r\n", TILL_RETRY_LATER, "is 400", 0 },
		{ "HTTP/1.1 404 No\r\n\r\n", TILL_RETRY_LATER, "is 404", 0 },
		{ "HTTP/1.1 500 Oh\r\n\r\n", TILL_RETRY_LATER, "is 500", 0 },
		{ "HTTP/1.1 302 There\r\nLocation: /x\r\n\r\n",
		    TILL_RETRY_LATER, "redirect", 0 },
		{ "HTTP/1.1 429 Slow\r\nRetry-After: 120\r\n\r\n",
		    TILL_RETRY_LATER, "is 429", 120000 },
		{ "HTTP/1.1 503 No\r\nRetry-After: 999999999\r\n\r\n",
		    TILL_RETRY_LATER, "is 503", 86400000 },
		{ "HTTP/1.1 503 No\r\nRetry-After: soon\r\n\r\n",
		    TILL_RETRY_LATER, "is 503", 0 },
		{ "", TILL_RETRY_LATER, "unanswered", 0 },
		{ "SSH-2.0-OpenSSH\r\n", TILL_RETRY_LATER, "unanswered", 0 },
	};
	struct server server;
	struct tried tried;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		tried = answered(cases[i].answer, &server);
		ASSERT_RESULT(tried.result, cases[i].want);
		assert_int_equal(tried.retry_after_ms, cases[i].retry_after_ms);
		if (strstr(tried.why, cases[i].why) == NULL)
			fail_msg("'%s' does not say '%s'", tried.why,
			    cases[i].why);
	}
}

/* Not even a connection. */
static void
what_is_not_public_is_not_connected_to(void **state)
{
	static const char *const hosts[] = { "http://127.0.0.1",
		"http://localhost", "https://127.0.0.1", "https://localhost",
		"https://0.0.0.0" };
	static const char *const allowed[] = { "allow-private=10.0.0.0/8",
		"allow-private=127.0.0.2", "allow-private=fd00::/8" };
	struct server server;
	struct instance *it;
	struct tried tried;
	char url[64];
	size_t i;

	(void)state;
	server_begin(&server);
	it = open_hook(NULL, NULL);
	for (i = 0; i < COUNT(hosts); i++) {
		(void)snprintf(url, sizeof(url), "%s:%u/", hosts[i],
		    server.port);
		tried = post(it, url);
		ASSERT_RESULT(tried.result, TILL_RETRY_LATER);
		if (strstr(tried.why, "private-address") == NULL &&
		    strstr(tried.why, "address") == NULL)
			fail_msg("%s: %s", url, tried.why);
	}
	instance_close(it);
	for (i = 0; i < COUNT(allowed); i++) {
		it = open_hook(allowed[i], NULL);
		(void)snprintf(url, sizeof(url), "%s:%u/", hosts[0],
		    server.port);
		tried = post(it, url);
		assert_non_null(strstr(tried.why, "private-address"));
		instance_close(it);
	}
	assert_false(visited(&server));
	server_end(&server);
}

/* A proxy would connect in our stead, to where nobody looks. */
static void
no_proxy_is_used(void **state)
{
	struct server server;
	char proxy[64];
	struct instance *it;
	struct tried tried;

	(void)state;
	server_begin(&server);
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u",
	    server.port);
	assert_int_equal(setenv("http_proxy", proxy, 1), 0);
	assert_int_equal(setenv("https_proxy", proxy, 1), 0);
	assert_int_equal(setenv("ALL_PROXY", proxy, 1), 0);
	it = open_hook(LOOPBACK, "deadline=500ms");
	tried = post(it, "https://10.1.2.3:9/");
	assert_non_null(strstr(tried.why, "private-address"));
	tried = post(it, "http://127.0.0.1:1/");
	assert_non_null(strstr(tried.why, "unanswered"));
	assert_false(visited(&server));
	(void)unsetenv("http_proxy");
	(void)unsetenv("https_proxy");
	(void)unsetenv("ALL_PROXY");
	instance_close(it);
	server_end(&server);
}

static void
a_server_that_says_nothing_is_left(void **state)
{
	struct server server;
	struct instance *it = open_hook(LOOPBACK, "deadline=200ms");
	struct tried tried;
	char url[64];

	(void)state;
	server_begin(&server);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", server.port);
	tried = post(it, url);
	ASSERT_RESULT(tried.result, TILL_RETRY_LATER);
	assert_non_null(strstr(tried.why, "unanswered"));
	/* And one that speaks no TLS. */
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", server.port);
	tried = post(it, url);
	ASSERT_RESULT(tried.result, TILL_RETRY_LATER);
	instance_close(it);
	server_end(&server);
}

static void
who_has_no_address_wants_none(void **state)
{
	struct instance *it = open_hook(NULL, NULL);
	struct till_event event = { .size = sizeof(event),
		.type = "x",
		.id = "e",
		.merchant = "",
		.json = "{}",
		.token = "",
		.endpoint = "" };
	struct till_context *ctx;
	struct owner owner;

	(void)state;
	ASSERT_RESULT(post(it, "").result, TILL_DROP);
	assert_non_null(strstr(post(it, "").why, "no-address: "));
	ASSERT_RESULT(post(it, "ftp://x.example/").result, TILL_RETRY_LATER);
	ASSERT_RESULT(post(it, "http://x.example/").result, TILL_RETRY_LATER);
	ASSERT_RESULT(post(it, "https://u:p@x.example/").result,
	    TILL_RETRY_LATER);
	/* What is not signed goes nowhere, nor what an old server tells. */
	owner_init(&owner);
	ctx = owner_context(&owner, "it", TILL_NOTIFY);
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_DROP);
	event.size = offsetof(struct till_event, token);
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_DROP);
	context_free(ctx);
	instance_close(it);
}

static void
wrong_settings_are_told(void **state)
{
	static const struct {
		const char *setting, *why;
	} cases[] = {
		{ "url=http://shop.example/", "must be a plain https URL" },
		{ "url=ftp://shop.example/", "must be a plain https URL" },
		{ "url=shop.example", "must be a plain https URL" },
		{ "deadline=10", "duration" },
		{ "deadline=2m", "deadline" },
		{ "queue=0", "queue" },
		{ "queue=1000000", "queue" },
		{ "queue=many", "queue" },
		{ "allow-private=10.0.0.0/33", "length" },
		{ "allow-private=10.0.0.1/8", "beyond the length" },
		{ "allow-private=localhost", "is no network" },
		{ "ca=certs.pem", "absolute" },
		{ "uri=https://shop.example/", "uri" },
	};
	char why[DIAG_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		const char *const settings[] = { cases[i].setting, NULL };

		assert_null(
		    module_open(loader, "notify_webhook", settings, why));
		if (strstr(why, cases[i].why) == NULL)
			fail_msg("%s: '%s' does not say '%s'", cases[i].setting,
			    why, cases[i].why);
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_token_is_posted),
		CASE(the_answer_says_what_becomes_of_it),
		CASE(what_is_not_public_is_not_connected_to),
		CASE(no_proxy_is_used),
		CASE(a_server_that_says_nothing_is_left),
		CASE(who_has_no_address_wants_none),
		CASE(wrong_settings_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
