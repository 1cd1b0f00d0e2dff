/*
 * rear.c - start, serve, stop.
 */
#include <openssl/crypto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/serve.h"
#include "host/hosts.h"
#include "log/log.h"
#include "rear/clock.h"
#include "rear/dispatch.h"
#include "rear/fronts.h"
#include "rear/herald.h"
#include "rear/keeper.h"
#include "rear/reverser.h"
#include "rear/run.h"
#include "rear/started.h"
#include "rear/tries.h"

#define HASH_QUEUE_MAX 256 /* slow calls that wait; more are "busy" */

static void make_secure_heap(void);
static int start_state(struct rear *, struct till_error *);
static int make_loader(struct rear *, struct till_error *);
static void hosts_lost(void *);
static int open_ledger(struct rear *, struct till_error *);
static int put_merchant(void *, const struct ledger_merchant *);
static int make_tables(struct rear *, struct till_error *);
static int start_threads(struct rear *, struct till_error *);
static int start_reverser(struct rear *, struct till_error *);
static void stop_reverser(struct rear *);
static unsigned int workers_of(const struct conf *);
static int read_issuer(struct rear *, struct till_error *);
static void write_ledger_log(void *, enum till_log_level, const char *);
static void say_ready(const struct rear *);
static void wait_signal(struct rear *, const sigset_t *);

int
rear_run(const struct rear_options *options, struct till_error *err)
{
	sigset_t signals, before;
	struct rear *rear;
	int r;

	/* All threads inherit this: signals come here and nowhere else. */
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &signals, &before);
	r = unit_start(options, &rear, err);
	if (r == 0) {
		say_ready(rear);
		wait_signal(rear, &signals);
		if (atomic_load(&rear->hosts_lost))
			r = till_fail(err,
			    "the process that starts module hosts has died");
		unit_stop(rear);
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

int
unit_start(const struct rear_options *options, struct rear **rear_r,
    struct till_error *err)
{
	struct rear *rear = calloc(1, sizeof(*rear));

	if (rear == NULL)
		return till_fail(err, "out of memory");
	rear->options = *options;
	rear->started_ms = wall_ms();
	(void)pthread_mutex_init(&rear->lock, NULL);
	(void)pthread_mutex_init(&rear->reloading, NULL);
	(void)pthread_mutex_init(&rear->late_lock, NULL);
	(void)pthread_mutex_init(&rear->changing, NULL);
	(void)pthread_mutex_init(&rear->recording, NULL);
	make_secure_heap();
	if (start_state(rear, err) == -1 || make_tables(rear, err) == -1 ||
	    open_ledger(rear, err) == -1 || start_threads(rear, err) == -1) {
		unit_stop(rear);
		return -1;
	}
	*rear_r = rear;
	return 0;
}

/* In the opposite order; what was not started is NULL. */
void
unit_stop(struct rear *rear)
{
	if (rear == NULL)
		return;
	atomic_store(&rear->stopping, true);
	ctl_server_stop(rear->ctl);
	if (rear->link != NULL)
		link_server_drain(rear->link);
	accounts_stop(rear->accounts);
	if (rear->keeper != NULL)
		keeper_hurry(rear->keeper);
	if (rear->runs != NULL)
		runs_wait(rear->runs);
	pool_stop(rear->callers);
	pool_stop(rear->hashers);
	pool_stop(rear->askers);
	pool_stop(rear->workers);
	stop_reverser(rear);
	keeper_stop(rear->keeper);
	herald_stop(rear->herald);
	rear->herald = NULL;
	link_server_stop(rear->link);
	accounts_free(rear->accounts);
	dispatch_free(rear->dispatch);
	fronts_free(rear->fronts);
	identities_free(rear->identities);
	ledger_close(rear->ledger);
	conversations_free(rear->conversations);
	conversations_free(rear->sign_ins);
	conversations_free(rear->merchant_sign_ins);
	session_table_free(rear->sessions);
	session_table_free(rear->merchant_sessions);
	orders_free(rear->orders);
	runs_free(rear->runs);
	tries_free(rear->tries);
	tries_free(rear->networks);
	merchants_free(rear->merchants);
	started_free(rear->started);
	generation_unref(rear->generation);
	loader_free(rear->loader);
	hosts_free(rear->hosts);
	keys_free(rear->keys);
	mint_free(rear->mint);
	(void)pthread_mutex_destroy(&rear->recording);
	(void)pthread_mutex_destroy(&rear->changing);
	(void)pthread_mutex_destroy(&rear->late_lock);
	(void)pthread_mutex_destroy(&rear->reloading);
	(void)pthread_mutex_destroy(&rear->lock);
	free(rear);
}

/* Where memory may not be locked it is still apart, and wiped. */
static void
make_secure_heap(void)
{
	size_t size = REAR_SECURE_HEAP;

	if (sysconf(_SC_NPROCESSORS_ONLN) > REAR_CORES_MANY)
		size = REAR_SECURE_HEAP_MANY;
	if (CRYPTO_secure_malloc_initialized() == 0)
		(void)CRYPTO_secure_malloc_init(size, REAR_SECURE_MIN);
}

/* Keys and configuration. */
static int
start_state(struct rear *rear, struct till_error *err)
{
	if (keys_open(rear->options.state_dir, &rear->keys, err) == -1 ||
	    mint_open(rear->options.state_dir, &rear->mint, err) == -1)
		return -1;
	if (make_loader(rear, err) == -1 || reload_first(rear, err) == -1)
		return -1;
	return read_issuer(rear, err);
}

/* Modules may run here, or in processes of their own. */
static int
make_loader(struct rear *rear, struct till_error *err)
{
	const struct hosts_options options = {
		.spawner_fd = rear->options.hosts_fd,
		.lost = hosts_lost,
		.arg = rear,
	};
	struct loader_options modules = rear->options.modules;

	if (options.spawner_fd != -1) {
		if (hosts_new(&options, &rear->hosts, err) == -1)
			return -1;
		modules.isolate = &instance_isolated;
		modules.isolate_arg = rear->hosts;
	}
	modules.late = reverser_late;
	modules.late_arg = rear;
	rear->loader = loader_new(&modules);
	return rear->loader == NULL ? till_fail(err, "out of memory") : 0;
}

/* Only who starts us can start another one: so we end, in order. */
static void
hosts_lost(void *arg)
{
	struct rear *rear = arg;

	atomic_store(&rear->hosts_lost, true);
	(void)kill(getpid(), SIGTERM);
}

static int
make_tables(struct rear *rear, struct till_error *err)
{
	const struct conf *conf = rear->generation->conf;

	_Static_assert(CONF_IN_FLIGHT_MAX < CONVERSATIONS_MAX,
	    "every order at work may have a conversation");
	rear->merchants = merchants_new();
	rear->sessions = session_table_new(SESSIONS_MAX);
	rear->merchant_sessions = session_table_new(MERCHANT_SESSIONS_MAX);
	rear->conversations = conversations_new(CONVERSATIONS_MAX,
	    conf_set_number(conf, "conversation-ttl"), purchase_free);
	rear->sign_ins = conversations_new(CONVERSATIONS_SIGN_IN_MAX,
	    conf_set_number(conf, "conversation-ttl"), purchase_free);
	rear->merchant_sign_ins = conversations_new(CONVERSATIONS_SIGN_IN_MAX,
	    conf_set_number(conf, "conversation-ttl"), purchase_free);
	rear->orders = orders_new();
	rear->tries = tries_new(TRIES_MAX);
	rear->networks = tries_new(TRIES_MAX);
	rear->runs = runs_new((size_t)conf_set_number(conf, "max-in-flight"));
	rear->fronts = fronts_new(rear);
	if (rear->merchants == NULL || rear->sessions == NULL ||
	    rear->merchant_sessions == NULL || rear->conversations == NULL ||
	    rear->sign_ins == NULL || rear->merchant_sign_ins == NULL ||
	    rear->orders == NULL || rear->tries == NULL ||
	    rear->networks == NULL || rear->runs == NULL ||
	    rear->fronts == NULL)
		return till_fail(err, "out of memory");
	return 0;
}

static int
open_ledger(struct rear *rear, struct till_error *err)
{
	struct ledger_options options = {
		.cache_size =
		    (size_t)conf_set_number(rear->generation->conf, "cache"),
		.log = write_ledger_log,
	};
	char dir[4096];
	int n;

	n = snprintf(dir, sizeof(dir), "%s/ledger", rear->options.state_dir);
	if (n < 0 || (size_t)n >= sizeof(dir))
		return till_fail(err, "the path of the ledger is too long");
	options.dir = dir;
	if (ledger_open(&options, &rear->ledger, err) == -1)
		return -1;
	if (identities_open(rear->options.state_dir, rear->ledger,
		&rear->identities, err) == -1)
		return -1;
	if (ledger_merchant_each(rear->ledger, put_merchant, rear, err) != 0)
		return till_fail(err, "the merchants cannot be read");
	return 0;
}

static int
put_merchant(void *arg, const struct ledger_merchant *record)
{
	struct rear *rear = arg;
	struct till_error err;

	return merchants_put(rear->merchants, record, &err);
}

/* The keeper comes before the sockets: what is in doubt is looked into
 * before anybody is served. */
static int
start_threads(struct rear *rear, struct till_error *err)
{
	const struct conf *conf = rear->generation->conf;
	size_t bound = (size_t)conf_set_number(conf, "max-in-flight");

	if (keeper_start(rear, &rear->keeper, err) == -1 ||
	    herald_start(rear, &rear->herald, err) == -1 ||
	    start_reverser(rear, err) == -1 ||
	    pool_start(rear, workers_of(conf), bound, &rear->workers, err) ==
		-1 ||
	    pool_start(rear,
		(unsigned int)conf_set_number(conf, "hash-workers"),
		HASH_QUEUE_MAX, &rear->hashers, err) == -1 ||
	    pool_start(rear, REAR_CALLERS, bound, &rear->callers, err) == -1 ||
	    (rear->hosts != NULL &&
		pool_start(rear, REAR_ASKERS, bound, &rear->askers, err) ==
		    -1) ||
	    accounts_start(rear, &rear->accounts, err) == -1 ||
	    dispatch_start(rear, &rear->dispatch, err) == -1)
		return -1;
	if (rear->options.ctl_path == NULL)
		return 0;
	return ctl_server_start(rear, &rear->ctl, err);
}

/* Modules may have told something all the time: from here on it is heard,
 * and no more after stop_reverser. */
static int
start_reverser(struct rear *rear, struct till_error *err)
{
	struct reverser *reverser;

	if (reverser_start(rear, &reverser, err) == -1)
		return -1;
	(void)pthread_mutex_lock(&rear->late_lock);
	rear->reverser = reverser;
	(void)pthread_mutex_unlock(&rear->late_lock);
	return 0;
}

static void
stop_reverser(struct rear *rear)
{
	struct reverser *reverser;

	(void)pthread_mutex_lock(&rear->late_lock);
	reverser = rear->reverser;
	rear->reverser = NULL;
	(void)pthread_mutex_unlock(&rear->late_lock);
	reverser_stop(reverser);
}

static unsigned int
workers_of(const struct conf *conf)
{
	int64_t n = conf_set_number(conf, "workers");

	if (n == 0)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		n = 1;
	return n > POOL_THREADS_MAX ? POOL_THREADS_MAX : (unsigned int)n;
}

/* Tickets are addressed to it, so it stays as it is until a new start. */
static int
read_issuer(struct rear *rear, struct till_error *err)
{
	const char *issuer = rear->options.issuer;

	if (issuer == NULL || issuer[0] == '\0')
		issuer = conf_set(rear->generation->conf, "issuer");
	if (issuer == NULL || issuer[0] == '\0')
		return till_fail(err,
		    "the issuer is not set: our own URL, as in \"set issuer\"");
	if (!till_url_ok(issuer) || strlen(issuer) >= sizeof(rear->issuer))
		return till_fail(err, "the issuer is no plain https URL");
	memcpy(rear->issuer, issuer, strlen(issuer) + 1);
	return 0;
}

static void
write_ledger_log(void *arg, enum till_log_level level, const char *text)
{
	(void)arg;
	log_line(level, "ledger", "text", text, NULL);
}

static void
say_ready(const struct rear *rear)
{
	log_line(TILL_LOG_INFO, "unit.started", "issuer", rear->issuer, NULL);
	if (rear->options.ready_fd == -1)
		return;
	if (write(rear->options.ready_fd, "\n", 1) != 1)
		log_line(TILL_LOG_WARNING, "unit.ready-not-said", NULL);
	(void)close(rear->options.ready_fd);
}

static void
wait_signal(struct rear *rear, const sigset_t *signals)
{
	struct diag *diag;
	int number;

	for (;;) {
		if (sigwait(signals, &number) != 0)
			continue;
		if (number != SIGHUP)
			break;
		diag = diag_new();
		if (diag != NULL)
			(void)rear_reload(rear, diag);
		diag_free(diag);
	}
	log_line(TILL_LOG_INFO, "unit.stopping", NULL);
}
