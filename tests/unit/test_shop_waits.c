/*
 * test_shop_waits.c - what waits for a payment server that does not answer,
 * and for how long; nobody else does.
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

#define CROWD 10
#define PUSHED 4 /* at a time */
#define TRIES 3 /* of a machine that is too busy */

static struct till_error err;

struct carrier {
	struct shop shop;
	struct sale *sale;
	char url[TILL_URL_MAX + TILL_TOKEN_URL_MAX];
	int r;
	struct till_error err;
	sem_t *done; /* or NULL */
};

static void *
carry(void *arg)
{
	struct carrier *carrier = arg;

	carrier->r = checkout_go(&carrier->shop, carrier->sale, carrier->url,
	    sizeof(carrier->url), &carrier->err);
	if (carrier->done != NULL)
		(void)sem_post(carrier->done);
	return NULL;
}

/* An order of so many lines that its ticket fits into no address. */
static struct sale *
long_order(struct shop *shop, const struct visitor *visitor)
{
	struct sale_line lines[SHOP_LINES_MAX];
	char id[SHOP_ID_MAX];
	struct sale *sale;
	size_t i;

	for (i = 0; i < SHOP_LINES_MAX; i++)
		lines[i] = (struct sale_line){ .article = "news", .qty = 1 };
	assert_int_equal(checkout_begin(shop, visitor, lines, SHOP_LINES_MAX,
			     true, id, &err),
	    0);
	if (checkout_ticket(shop, id, 1, "fr", &err) == -1)
		fail_msg("%s", err.text);
	sale = sales_get(shop->sales, id);
	assert_non_null(sale);
	assert_true(strlen(sale->ticket) > TILL_TOKEN_URL_MAX);
	return sale;
}

static void
other_orders_go_on_while_a_ticket_is_pushed(void **state)
{
	struct shop_desk *f = *state;
	struct catalogue catalogue = *f->shop.catalogue;
	struct pollfd ready = { .events = POLLIN };
	struct sale_line line = { .article = "book", .qty = 1 };
	struct carrier carrier = { .shop = f->shop };
	char id[SHOP_ID_MAX], want[TILL_URL_MAX + 8];
	pthread_t thread;

	ready.fd = listener_open(catalogue.servers[1].issuer,
	    sizeof(catalogue.servers[1].issuer));
	carrier.shop.catalogue = &catalogue;
	assert_int_equal(servers_open(&catalogue, &carrier.shop.servers, &err),
	    0);
	carrier.sale = long_order(&carrier.shop, &f->visitor);
	assert_int_equal(pthread_create(&thread, NULL, carry, &carrier), 0);
	assert_int_equal(poll(&ready, 1, 20000), 1);
	/* It hangs; this is to go on, and only then is it answered. */
	assert_int_equal(checkout_begin(&f->shop, &f->visitor, &line, 1, false,
			     id, &err),
	    0);
	assert_int_equal(checkout_delivery(&f->shop, id, "Alice", "2 Side St",
			     &err),
	    0);
	assert_true(listener_answer(ready.fd, catalogue.servers[1].issuer));
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (carrier.r == -1)
		fail_msg("%s", carrier.err.text);
	(void)snprintf(want, sizeof(want), "%s/t/x",
	    catalogue.servers[1].issuer);
	assert_string_equal(carrier.url, want);
	close(ready.fd);
	sale_free(carrier.sale);
	servers_close(carrier.shop.servers);
}

/*
 * As many as may are with the server, and then the others come.  false: the
 * time of one who pushes was over before that, which shows nothing.
 */
static bool
the_others_are_sent_away(const struct carrier *one, int listener)
{
	static struct carrier crowd[PUSHED];
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	struct carrier other = *one;
	pthread_t threads[PUSHED];
	int fds[PUSHED], i, away = 0;
	bool in_time;

	for (i = 0; i < PUSHED; i++) {
		crowd[i] = *one;
		assert_int_equal(pthread_create(&threads[i], NULL, carry,
				     &crowd[i]),
		    0);
	}
	for (i = 0; i < PUSHED; i++) {
		assert_int_equal(poll(&ready, 1, 60000), 1);
		fds[i] = accept(listener, NULL, NULL);
		assert_int_not_equal(fds[i], -1);
	}
	other.done = NULL;
	for (; away < CROWD - PUSHED; away++) {
		(void)carry(&other);
		assert_int_equal(other.r, -1);
		if (strstr(other.err.text, "tickets to take already") == NULL)
			break;
	}
	in_time = sem_trywait(one->done) == -1;
	for (i = 0; i < PUSHED; i++)
		close(fds[i]);
	for (i = 0; i < PUSHED; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(crowd[i].r, -1);
	}
	if (in_time)
		assert_int_equal(away, CROWD - PUSHED);
	return in_time;
}

static void
a_server_that_hangs_is_pushed_few(void **state)
{
	struct shop_desk *f = *state;
	struct catalogue catalogue = *f->shop.catalogue;
	struct carrier one = { .shop = f->shop };
	struct pollfd ready = { .events = POLLIN };
	pthread_t thread;
	sem_t done;
	int tries = 1;

	ready.fd = listener_open(catalogue.servers[1].issuer,
	    sizeof(catalogue.servers[1].issuer));
	one.shop.catalogue = &catalogue;
	assert_int_equal(servers_open(&catalogue, &one.shop.servers, &err), 0);
	one.sale = long_order(&one.shop, &f->visitor);
	one.done = &done;
	for (;; tries++) {
		assert_int_equal(sem_init(&done, 0, 0), 0);
		if (the_others_are_sent_away(&one, ready.fd))
			break;
		if (tries == TRIES)
			skip();
		(void)sem_destroy(&done);
		while (poll(&ready, 1, 0) == 1)
			close(accept(ready.fd, NULL, NULL));
	}
	/* It is not full for ever. */
	assert_int_equal(pthread_create(&thread, NULL, carry, &one), 0);
	assert_true(listener_answer(ready.fd, catalogue.servers[1].issuer));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(one.r, 0);
	close(ready.fd);
	(void)sem_destroy(&done);
	sale_free(one.sale);
	servers_close(one.shop.servers);
}

struct answerer {
	int listener;
	unsigned int after_ms;
	bool answered;
};

static void *
answer_late(void *arg)
{
	struct answerer *answerer = arg;
	struct pollfd ready = { .fd = answerer->listener, .events = POLLIN };

	if (poll(&ready, 1, 60000) != 1)
		return NULL;
	(void)usleep(answerer->after_ms * 1000);
	answerer->answered =
	    listener_answer(answerer->listener, "http://127.0.0.1");
	return NULL;
}

static void
the_patience_is_the_catalogue_s(void **state)
{
	struct shop_desk *f = *state;
	struct catalogue catalogue = *f->shop.catalogue;
	struct answerer answerer = { .after_ms = 3500 };
	struct servers *servers;
	pthread_t thread;

	assert_int_equal(catalogue.patience_s, 3);
	answerer.listener = listener_open(catalogue.servers[1].issuer,
	    sizeof(catalogue.servers[1].issuer));
	catalogue.servers[1].keys_path[0] = '\0';
	/* Nobody answers, and nobody waits for longer than that. */
	catalogue.patience_s = 1;
	assert_int_equal(servers_open(&catalogue, &servers, &err), 0);
	assert_false(servers_is_up(servers, 1));
	servers_close(servers);
	close(answerer.listener);
	/* Late is not too late. */
	answerer.listener = listener_open(catalogue.servers[1].issuer,
	    sizeof(catalogue.servers[1].issuer));
	catalogue.patience_s = SHOP_PATIENCE_MAX_S;
	assert_int_equal(servers_open(&catalogue, &servers, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, answer_late, &answerer),
	    0);
	assert_true(servers_is_up(servers, 1));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(answerer.answered);
	close(answerer.listener);
	/* Nor is that waited for where nobody is. */
	assert_false(servers_is_up(servers, 1));
	servers_close(servers);
}

static void
a_patience_is_a_number_of_seconds(void **state)
{
	static const struct {
		const char *patience;
		long s; /* 0: refused */
	} rows[] = { { "1", 1 }, { "60", 60 }, { "0", 0 }, { "61", 0 },
		{ "-1", 0 }, { "2.5", 0 }, { "\"5\"", 0 }, { "null", 0 } };
	struct shop_desk *f = *state;
	char path[512], text[4096];
	struct catalogue *catalogue;
	size_t i, n;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/shop.json", f->dir);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	(void)fclose(file);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		file = fopen(path, "w");
		assert_non_null(file);
		fprintf(file, "{\"patience\":%s,%s", rows[i].patience,
		    text + 1);
		(void)fclose(file);
		catalogue = NULL;
		assert_int_equal(catalogue_read(path, &catalogue, &err),
		    rows[i].s == 0 ? -1 : 0);
		if (rows[i].s == 0)
			assert_non_null(strstr(err.text, "\"patience\": "));
		else
			assert_int_equal(catalogue->patience_s, rows[i].s);
		catalogue_free(catalogue);
	}
}

#define CASE(f)                                                                \
	cmocka_unit_test_setup_teardown(f, shop_desk_setup, shop_desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(other_orders_go_on_while_a_ticket_is_pushed),
		CASE(a_server_that_hangs_is_pushed_few),
		CASE(the_patience_is_the_catalogue_s),
		CASE(a_patience_is_a_number_of_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
