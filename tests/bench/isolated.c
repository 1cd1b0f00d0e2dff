/*
 * isolated.c - what a call costs in a module host, beside the same call in
 * our own process.
 *
 *	isolated PAUSE [CALLS]
 *
 * The wallet, which proposes postings, and a policy module that asks for a
 * service in each call.  Prints the median of a few rounds, in tenths of a
 * microsecond, and what it takes to have a killed host again.
 *
 * A host is called once in a payment, and its caller then waits for the disk
 * and for the next ticket: "isolated" has PAUSE microseconds between two calls,
 * those of a payment.  "busy" is one call right after the other: a scheduler
 * takes such a pair for busy, gives each its own processor, and then has to
 * wake one that sleeps for each call and each answer, which on a virtual
 * machine costs more than all else.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/hosts.h"
#include "host/spawner.h"
#include "module/context.h"
#include "module/instance.h"
#include "module/loader.h"

#define CALLS 20000
#define CALLS_MAX 10000000
#define PACED 2000 /* calls with a pause, in a round */
#define PAUSE_MAX_US 100000
#define ROUNDS 5
#define KILLS 20
#define DIR_MAX 512

struct bench {
	const char *name, *module, *setting;
	enum till_facility facility;
	enum till_result result;
};

static int64_t now_ns(void);
static struct instance *open_one(struct loader *, const struct bench *, bool);
static bool call(struct instance *, struct till_context *,
    const struct bench *);
static int64_t measure(struct instance *, const struct bench *, long calls,
    long pause_us);
static int64_t respawn(struct instance *, const struct bench *);
static int by_size(const void *, const void *);
static int limit(void *, const char *, const struct till_limit *);

static const struct bench benches[] = {
	{ "limits", "policy_limits", "per-day=900.00 EUR", TILL_POLICY,
	    TILL_ALLOW },
	{ "wallet", "settle_wallet", NULL, TILL_SETTLE, TILL_COMMITTED },
};

static const struct context_ops ops = { .limit = limit,
	.limit_look = limit,
	.limit_keep = limit };

static const struct till_order order = {
	.size = sizeof(order),
	.ticket = "h6mK1qCTNEMY7LGBN7xcyDr4HR1T2WxL2MEyBRt3FGY",
	.merchant = "press-1",
	.merchant_name = "Example Press",
	.merchant_country = "FR",
	.customer = "alice",
	.jti = "j1",
	.oid = "o1",
	.desc = "an article",
	.kind = "single",
	.channel = "browser",
	.lang = "en",
	.amount = { 5000000, "EUR" },
};

int
main(int argc, char **argv)
{
	const struct spawner_user same = { .other = false };
	const char *build = getenv("TILL_BUILD");
	char modules[DIR_MAX], program[DIR_MAX];
	struct hosts_options hosts_options = { .spawner_fd = -1 };
	struct loader_options options = { .dirs = { modules },
		.dirs_len = 1,
		.allow_mock = true,
		.isolate = &instance_isolated };
	long pause_us = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	long calls = argc > 2 ? strtol(argv[2], NULL, 10) : CALLS;
	struct instance *direct, *isolated;
	struct hosts *hosts = NULL;
	struct loader *loader;
	struct till_error err;
	size_t i;

	if (build == NULL || calls < 1 || calls > CALLS_MAX || pause_us < 1 ||
	    pause_us > PAUSE_MAX_US)
		return 64;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(modules, sizeof(modules), "%s/modules", build);
	(void)snprintf(program, sizeof(program), "%s/tilld", build);
	if (spawner_start(program, &same, &hosts_options.spawner_fd, &err) ==
		-1 ||
	    hosts_new(&hosts_options, &hosts, &err) == -1) {
		fprintf(stderr, "isolated: %s\n", err.text);
		return 69;
	}
	options.isolate_arg = hosts;
	loader = loader_new(&options);
	for (i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		direct = open_one(loader, &benches[i], false);
		isolated = open_one(loader, &benches[i], true);
		printf("%s_direct %lld\n", benches[i].name,
		    (long long)measure(direct, &benches[i], calls, 0));
		printf("%s_busy %lld\n", benches[i].name,
		    (long long)measure(isolated, &benches[i], calls, 0));
		printf("%s_isolated %lld\n", benches[i].name,
		    (long long)measure(isolated, &benches[i], PACED, pause_us));
		if (benches[i].facility == TILL_SETTLE)
			printf("respawn_us %lld\n",
			    (long long)respawn(isolated, &benches[i]));
		instance_close(direct);
		instance_close(isolated);
	}
	loader_free(loader);
	hosts_free(hosts);
	return 0;
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static struct instance *
open_one(struct loader *loader, const struct bench *bench, bool isolate)
{
	char text[64] = "";
	char *equals;
	struct conf_setting setting = { .key = text };
	const struct conf_instance conf = {
		.name = "it",
		.module = bench->module,
		.settings = &setting,
		.settings_len = bench->setting != NULL,
		.isolate = isolate,
		.isolate_set = true,
	};
	struct instance *instance = NULL;
	struct diag *diag = diag_new();

	if (bench->setting != NULL) {
		(void)snprintf(text, sizeof(text), "%s", bench->setting);
		equals = strchr(text, '=');
		*equals = '\0';
		setting.value = equals + 1;
	}
	if (diag == NULL ||
	    instance_open(loader, &conf, false, &instance, diag) == -1) {
		diag_print(diag, stderr);
		exit(69);
	}
	diag_free(diag);
	return instance;
}

static bool
call(struct instance *instance, struct till_context *ctx,
    const struct bench *bench)
{
	struct till_settlement settlement = {
		.size = sizeof(settlement),
		.verb = TILL_CHARGE,
		.attempt = 1,
		.amount = order.amount,
		.payer = "alice",
		.payee = "press-1",
		.original = "",
		.reason = "",
	};
	struct till_outcome outcome;

	if (bench->facility == TILL_POLICY)
		return instance_policy(instance, ctx) == bench->result;
	return instance_settle(instance, ctx, &settlement, &outcome, NULL) ==
	    bench->result;
}

/* Tenths of a microsecond for one call. */
static int64_t
measure(struct instance *instance, const struct bench *bench, long calls,
    long pause_us)
{
	struct till_context *ctx;
	int64_t rounds[ROUNDS], start, paused;
	long i;
	int r;

	ctx = context_new("it", bench->facility, &ops, NULL);
	if (ctx == NULL)
		exit(71);
	ctx->order = &order;
	for (r = 0; r < ROUNDS; r++) {
		start = now_ns();
		for (i = 0; i < calls; i++) {
			if (pause_us > 0) {
				paused = now_ns();
				(void)usleep((useconds_t)pause_us);
				start += now_ns() - paused;
			}
			if (call(instance, ctx, bench))
				continue;
			fprintf(stderr, "isolated: %s: %s\n", bench->name,
			    ctx->why.text);
			exit(70);
		}
		rounds[r] = (now_ns() - start) / calls;
	}
	context_free(ctx);
	qsort(rounds, ROUNDS, sizeof(rounds[0]), by_size);
	return (rounds[ROUNDS / 2] + 50) / 100;
}

/* Microseconds from a killed host to the next answer. */
static int64_t
respawn(struct instance *instance, const struct bench *bench)
{
	struct till_context *ctx;
	struct host_status status;
	int64_t times[KILLS], start;
	int i;

	ctx = context_new("it", bench->facility, &ops, NULL);
	if (ctx == NULL)
		exit(71);
	ctx->order = &order;
	for (i = 0; i < KILLS; i++) {
		(void)host_status(instance, &status);
		(void)kill(status.pid, SIGKILL);
		while (host_status(instance, &status) && status.pid != 0)
			(void)usleep(100);
		start = now_ns();
		if (!call(instance, ctx, bench))
			exit(70);
		times[i] = (now_ns() - start) / 1000;
	}
	context_free(ctx);
	qsort(times, KILLS, sizeof(times[0]), by_size);
	return times[KILLS / 2];
}

static int
by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
limit(void *owner, const char *instance, const struct till_limit *asked)
{
	(void)owner;
	(void)instance;
	(void)asked;
	return 0;
}
