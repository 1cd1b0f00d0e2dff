/*
 * test_shop_servers.c - keys are fetched for an unknown key only, and
 * nobody whose key is known waits for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "support/listener.h"
#include "support/shop_desk.h"

static struct till_error err;

static char *
token_of(const struct till_key *key, const char *iss)
{
	const struct till_notice notice = { .iss = iss,
		.aud = "press-1",
		.jti = "e-1",
		.iat = 1,
		.seq = 1,
		.type = "something.new" };
	char *token = NULL;

	if (till_notice_sign(&notice, key, &token, &err) == -1)
		fail_msg("%s", err.text);
	return token;
}

/* 0 if it was opened; err says why not. */
static int
opens(struct shop_desk *f, size_t server, const char *token)
{
	struct till_notice *notice = NULL;
	int r;

	err.text[0] = '\0';
	r = servers_notice(f->shop.servers, server, token, strlen(token),
	    &notice, &err);
	till_notice_free(notice);
	return r;
}

static void
only_an_unknown_key_makes_it_fetch(void **state)
{
	struct shop_desk *f = *state;
	char path[512], *good, *unknown;
	size_t at;

	(void)snprintf(path, sizeof(path), "%s/jwks.json", f->dir);
	assert_int_equal(unlink(path), 0);
	good = token_of(f->server, "https://pay.example");
	unknown = token_of(f->shop.key, "https://pay.example");
	/* No token at all: nothing is looked for. */
	assert_int_equal(opens(f, 0, "no.token.atall"), -1);
	assert_null(strstr(err.text, "no keys of"));
	assert_int_equal(opens(f, 0, good), -1);
	assert_non_null(strstr(err.text, "no keys of https://pay.example"));
	/* And not again at once. */
	assert_int_equal(opens(f, 0, good), -1);
	assert_null(strstr(err.text, "no keys of"));
	/* The other one has its keys; a seal that is broken is no reason. */
	free(good);
	good = token_of(f->other, "https://other.example");
	assert_int_equal(opens(f, 1, good), 0);
	assert_int_equal(servers_of(f->shop.servers, good, strlen(good), &at,
			     &err),
	    0);
	assert_int_equal(at, 1);
	assert_int_equal(servers_of(f->shop.servers, "a.b", 3, &at, &err), -1);
	assert_int_equal(servers_of(f->shop.servers, "", 0, &at, &err), -1);
	at = (size_t)(strrchr(good, '.') - good) + 1;
	good[at] = good[at] == 'A' ? 'B' : 'A';
	assert_int_equal(opens(f, 1, good), -1);
	assert_null(strstr(err.text, "no keys of"));
	assert_int_equal(opens(f, 1, unknown), -1);
	free(good);
	free(unknown);
}

struct asker {
	struct servers *servers;
	char *token;
};

static void *
ask(void *arg)
{
	struct till_notice *notice = NULL;
	struct asker *asker = arg;
	struct till_error why;

	(void)servers_notice(asker->servers, 1, asker->token,
	    strlen(asker->token), &notice, &why);
	till_notice_free(notice);
	return NULL;
}

static void
who_has_a_known_key_does_not_wait(void **state)
{
	struct shop_desk *f = *state;
	struct catalogue catalogue = *f->shop.catalogue;
	struct asker asker = { NULL, NULL };
	struct pollfd ready = { .events = POLLIN };
	struct till_notice *notice = NULL;
	char *good, *stranger;
	pthread_t thread;
	int fd;

	ready.fd = listener_open(catalogue.servers[1].issuer,
	    sizeof(catalogue.servers[1].issuer));
	catalogue.servers[1].keys_path[0] = '\0';
	assert_int_equal(servers_open(&catalogue, &asker.servers, &err), 0);
	good = token_of(f->server, "https://pay.example");
	stranger = token_of(f->other, "https://other.example");
	asker.token = stranger;
	assert_int_equal(pthread_create(&thread, NULL, ask, &asker), 0);
	assert_int_equal(poll(&ready, 1, 20000), 1);
	/* It hangs now; neither the first server's nor a second event for
	 * this one waits for that, and there is no second fetch. */
	assert_int_equal(servers_notice(asker.servers, 0, good, strlen(good),
			     &notice, &err),
	    0);
	till_notice_free(notice);
	assert_int_equal(servers_notice(asker.servers, 1, stranger,
			     strlen(stranger), &notice, &err),
	    -1);
	fd = accept(ready.fd, NULL, NULL);
	assert_int_not_equal(fd, -1);
	assert_int_equal(poll(&ready, 1, 0), 0);
	close(fd);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close(ready.fd);
	servers_close(asker.servers);
	free(good);
	free(stranger);
}

#define CROWD 10
#define WAITING 3 /* the one who fetches, and two who wait for that */

struct customer {
	struct servers *servers;
	const char *token;
	sem_t *done;
	bool later;
};

static void *
come_back(void *arg)
{
	struct till_voucher *voucher = NULL;
	struct customer *customer = arg;
	struct till_error why;

	assert_int_equal(servers_voucher(customer->servers, 1, customer->token,
			     &voucher, &customer->later, &why),
	    -1);
	(void)sem_post(customer->done);
	return NULL;
}

static char *
stranger_voucher(struct shop_desk *f)
{
	struct till_ticket *ticket;
	struct till_voucher v;
	char id[SHOP_ID_MAX], *token = NULL;

	shop_desk_begin(f, "news", id);
	ticket = shop_desk_ticket(f, id);
	v = shop_desk_voucher(ticket);
	assert_int_equal(till_voucher_sign(&v, f->other, &token, &err), 0);
	till_ticket_free(ticket);
	return token;
}

static void
a_server_that_hangs_keeps_few_waiting(void **state)
{
	struct shop_desk *f = *state;
	struct catalogue catalogue = *f->shop.catalogue;
	struct customer crowd[CROWD];
	struct pollfd ready = { .events = POLLIN };
	struct servers *servers;
	pthread_t threads[CROWD];
	char *token;
	sem_t done;
	size_t i;
	int fd;

	ready.fd = listener_open(catalogue.servers[1].issuer,
	    sizeof(catalogue.servers[1].issuer));
	catalogue.servers[1].keys_path[0] = '\0';
	assert_int_equal(servers_open(&catalogue, &servers, &err), 0);
	token = stranger_voucher(f);
	assert_int_equal(sem_init(&done, 0, 0), 0);
	for (i = 0; i < CROWD; i++) {
		crowd[i] = (struct customer){ servers, token, &done, false };
		assert_int_equal(pthread_create(&threads[i], NULL, come_back,
				     &crowd[i]),
		    0);
		/* The first one fetches, and it hangs. */
		if (i == 0)
			assert_int_equal(poll(&ready, 1, 20000), 1);
	}
	for (i = 0; i < CROWD - WAITING; i++)
		while (sem_wait(&done) == -1)
			continue;
	fd = accept(ready.fd, NULL, NULL);
	assert_int_not_equal(fd, -1);
	close(fd);
	for (i = 0; i < CROWD; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(crowd[i].later);
	}
	/* Nobody who has waited for it, or not, has fetched himself. */
	assert_int_equal(poll(&ready, 1, 0), 0);
	close(ready.fd);
	(void)sem_destroy(&done);
	servers_close(servers);
	free(token);
}

/* What is wrong with keys that are there is wrong. */
static void
a_voucher_of_no_key_is_bad_where_the_keys_are_there(void **state)
{
	struct shop_desk *f = *state;
	struct till_voucher *voucher = NULL;
	char path[512], *token = stranger_voucher(f);
	bool later = true;

	assert_int_equal(servers_voucher(f->shop.servers, 0, token, &voucher,
			     &later, &err),
	    -1);
	assert_false(later);
	/* Also a moment after the keys were read. */
	later = true;
	assert_int_equal(servers_voucher(f->shop.servers, 0, token, &voucher,
			     &later, &err),
	    -1);
	assert_false(later);
	(void)snprintf(path, sizeof(path), "%s/other.json", f->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(servers_voucher(f->shop.servers, 1, token, &voucher,
			     &later, &err),
	    -1);
	assert_true(later);
	assert_non_null(strstr(err.text, "no keys of https://other.example"));
	free(token);
}

#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, shop_desk_setup, shop_desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(only_an_unknown_key_makes_it_fetch),
		CASE(who_has_a_known_key_does_not_wait),
		CASE(a_server_that_hangs_keeps_few_waiting),
		CASE(a_voucher_of_no_key_is_bad_where_the_keys_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
