/*
 * services.c - what the modules of an order may ask of the core.
 *
 * Changes are waited for: they are durable when the module goes on.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/device.h"
#include "rear/herald.h"
#include "rear/run.h"
#include "rear/tries.h"

/* Stands in the ledger's time for the count of one who is unknown. */
#define STRANGER_META "rear.stranger"

/* A credential that was looked for; in secure memory. */
struct credential_copy {
	char instance[CONF_NAME_MAX]; /* "": it was put since */
	size_t len;
	char id[TILL_JTI_MAX];
	char label[TILL_TEXT_MAX];
	unsigned char data[TILL_CREDENTIAL_MAX];
};

struct search {
	const char *id;
	struct till_credential *found;
	struct credential_copy *copy;
};

static int credential_list(void *, const char *, const char *,
    int (*)(void *, const struct till_credential *), void *);
static int credential_get(void *, const char *, const char *, const char *,
    struct till_credential *);
static int match(void *, const struct till_credential *);
static int credential_put(void *, const char *, const char *,
    const struct till_credential *);
static int credential_remove(void *, const char *, const char *, const char *);
static int store(struct order_run *, const char *, const char *,
    const struct till_credential *, const struct till_bytes *was);
static int failures(void *, const char *, const char *, struct till_failures *);
static int failures_here(void *, const char *, const char *,
    struct till_failures *);
static int failed(void *, const char *, const char *);
static int succeeded(void *, const char *, const char *);
static void take_back(struct order_run *, const char *, const char *);
static void place_of(struct order_run *, const char *, const char *,
    char place_r[TRIES_PLACE_MAX]);
static bool own_place(struct order_run *, const char *,
    char place_r[TRIES_PLACE_MAX]);
static bool is_known(struct order_run *, const char *);
static int count(struct order_run *, const char *, const char *, uint32_t);
static int count_stranger(struct order_run *);
static int limit(void *, const char *, const struct till_limit *);
static int limit_look(void *, const char *, const struct till_limit *);
static int limit_keep(void *, const char *, const struct till_limit *);
static void write_log(void *, const char *, enum till_log_level, const char *);
static void alert(void *, const char *, const char *, const char *);

const struct context_ops run_services = {
	.credential_list = credential_list,
	.credential_get = credential_get,
	.credential_put = credential_put,
	.credential_remove = credential_remove,
	.failures = failures,
	.failures_here = failures_here,
	.failed = failed,
	.succeeded = succeeded,
	.limit = limit,
	.limit_look = limit_look,
	.limit_keep = limit_keep,
	.log = write_log,
	.alert = alert,
};

void
services_clear(struct order_run *run)
{
	OPENSSL_secure_clear_free(run->credential,
	    sizeof(struct credential_copy));
	run->credential = NULL;
}

static int
credential_list(void *owner, const char *instance, const char *customer,
    int (*each)(void *, const struct till_credential *), void *arg)
{
	struct order_run *run = owner;
	struct till_error err;

	if (!is_known(run, customer))
		return -1;
	return ledger_credential_each(run->rear->ledger, instance, customer,
	    each, arg, &err);
}

static int
credential_get(void *owner, const char *instance, const char *customer,
    const char *id, struct till_credential *credential_r)
{
	struct order_run *run = owner;
	struct search search = { .id = id, .found = credential_r };
	struct till_error err;

	services_clear(run);
	search.copy = OPENSSL_secure_zalloc(sizeof(*search.copy));
	if (search.copy == NULL)
		return -1;
	run->credential = search.copy;
	if (ledger_credential_each(run->rear->ledger, instance, customer, match,
		&search, &err) != 1)
		return -1;
	(void)snprintf(search.copy->instance, sizeof(search.copy->instance),
	    "%s", instance);
	return 0;
}

static int
match(void *arg, const struct till_credential *credential)
{
	struct search *search = arg;
	struct credential_copy *copy = search->copy;

	if (strcmp(credential->id, search->id) != 0)
		return 0;
	if (credential->data.len > sizeof(copy->data))
		return -1;
	(void)snprintf(copy->id, sizeof(copy->id), "%s", credential->id);
	(void)snprintf(copy->label, sizeof(copy->label), "%s",
	    credential->label == NULL ? "" : credential->label);
	copy->len = credential->data.len;
	if (credential->data.len > 0)
		memcpy(copy->data, credential->data.data, credential->data.len);
	*search->found = *credential;
	search->found->size = sizeof(*search->found);
	search->found->id = copy->id;
	search->found->label = copy->label;
	search->found->data.data = copy->data;
	return 1;
}

/* What was got in this call is replaced only if nobody has changed or
 * removed it since. */
static int
credential_put(void *owner, const char *instance, const char *customer,
    const struct till_credential *credential)
{
	struct order_run *run = owner;
	struct credential_copy *copy = run->credential;
	struct till_bytes was = { NULL, 0 };

	if (copy != NULL && strcmp(copy->instance, instance) == 0 &&
	    strcmp(copy->id, credential->id) == 0)
		was = (struct till_bytes){ copy->data, copy->len };
	if (store(run, instance, customer, credential, &was) == -1)
		return -1;
	if (was.data != NULL)
		copy->instance[0] = '\0';
	return 0;
}

static int
credential_remove(void *owner, const char *instance, const char *customer,
    const char *id)
{
	const struct till_credential none = { .size = sizeof(none), .id = id };
	const struct till_bytes whatever = { NULL, 0 };

	return store(owner, instance, customer, &none, &whatever);
}

static int
store(struct order_run *run, const char *instance, const char *customer,
    const struct till_credential *credential, const struct till_bytes *was)
{
	struct ledger_request request = {
		.op = LEDGER_CREDENTIAL,
		.instance = instance,
		.cid = customer,
		.credential = credential,
		.credential_was = *was,
		.actor = "",
	};

	return ledger_apply(run->rear->ledger, &request) == LEDGER_DONE ? 0
									: -1;
}

static int
failures(void *owner, const char *instance, const char *customer,
    struct till_failures *failures_r)
{
	struct order_run *run = owner;
	char subject[RUN_SUBJECT_MAX];
	struct till_error err;
	int r;

	if (!is_known(run, customer)) {
		tries_get(run->rear->tries, instance,
		    run_subject(run, customer, subject), TRIES_ALL, failures_r);
		return 0;
	}
	r = ledger_failures_get(run->rear->ledger, instance, customer,
	    failures_r, &err);
	if (r == 1)
		*failures_r =
		    (struct till_failures){ .size = sizeof(*failures_r) };
	return r == -1 ? -1 : 0;
}

static int
failures_here(void *owner, const char *instance, const char *customer,
    struct till_failures *failures_r)
{
	struct order_run *run = owner;
	char place[TRIES_PLACE_MAX], subject[RUN_SUBJECT_MAX];

	customer = run_subject(run, customer, subject);
	place_of(run, instance, customer, place);
	tries_get(run->rear->tries, instance, customer, place, failures_r);
	return 0;
}

static int
failed(void *owner, const char *instance, const char *customer)
{
	struct order_run *run = owner;
	char place[TRIES_PLACE_MAX], buf[RUN_SUBJECT_MAX];
	const char *subject = run_subject(run, customer, buf);

	run->guessed_wrong = true;
	place_of(run, instance, subject, place);
	tries_failed(run->rear->tries, instance, subject, place, wall_ms());
	tries_failed(run->rear->tries, instance, subject, TRIES_ALL, wall_ms());
	(void)snprintf(run->tried, sizeof(run->tried), "%s", instance);
	memcpy(run->tried_place, place, sizeof(run->tried_place));
	return is_known(run, customer) ? count(run, instance, customer, 1)
				       : count_stranger(run);
}

static int
succeeded(void *owner, const char *instance, const char *customer)
{
	struct order_run *run = owner;
	char place[TRIES_PLACE_MAX], buf[RUN_SUBJECT_MAX];
	const char *subject = run_subject(run, customer, buf);
	struct till_failures now;

	if (!is_known(run, customer))
		return -1;
	run->guessed_wrong = false;
	take_back(run, instance, subject);
	(void)own_place(run, subject, place);
	tries_succeeded(run->rear->tries, instance, subject, place, wall_ms());
	if (failures(run, instance, customer, &now) == 0 && now.count == 0)
		return 0;
	return count(run, instance, customer, 0);
}

/* Modules count a try before they look at it: this one was no failure. */
static void
take_back(struct order_run *run, const char *instance, const char *subject)
{
	if (strcmp(run->tried, instance) != 0)
		return;
	tries_back(run->rear->tries, instance, subject, run->tried_place);
	tries_back(run->rear->tries, instance, subject, TRIES_ALL);
	run->tried[0] = '\0';
}

/* Where there were many failures, a network that is not known is any.  Of a
 * run_subject. */
static void
place_of(struct order_run *run, const char *instance, const char *subject,
    char place_r[TRIES_PLACE_MAX])
{
	struct till_failures now;

	if (own_place(run, subject, place_r))
		return;
	tries_get(run->rear->tries, instance, subject, TRIES_ALL, &now);
	if (now.count >= TRIES_CROWD_MIN &&
	    wall_ms() - now.first_ms < TRIES_ALL_MS &&
	    !tries_known(run->rear->tries, instance, subject, place_r))
		(void)snprintf(place_r, TRIES_PLACE_MAX, TRIES_CROWD);
}

/* True: a browser that the customer is known by; else it is the network. */
static bool
own_place(struct order_run *run, const char *customer,
    char place_r[TRIES_PLACE_MAX])
{
	char id[DEVICE_ID_MAX];

	if (device_look(run->rear->mint, customer, run->request.device,
		run->now_s, id) == DEVICE_NONE) {
		tries_network(run->request.address, place_r);
		return false;
	}
	(void)snprintf(place_r, TRIES_PLACE_MAX, "browser %s", id);
	return true;
}

static bool
is_known(struct order_run *run, const char *customer)
{
	struct ledger_customer record;
	struct merchant *merchant;
	struct till_error err;

	if (run->purchase->of_merchant) {
		merchant = merchants_get(run->rear->merchants, customer);
		merchant_unref(merchant);
		return merchant != NULL;
	}
	return ledger_customer_get(run->rear->ledger, customer, &record,
		   &err) == 0;
}

static int
count(struct order_run *run, const char *instance, const char *customer,
    uint32_t n)
{
	struct till_failures now = { .size = sizeof(now), .count = n };
	struct ledger_request request = {
		.op = LEDGER_FAILURE,
		.instance = instance,
		.cid = customer,
		.failures = &now,
		.actor = "",
	};

	return ledger_apply(run->rear->ledger, &request) == LEDGER_DONE ? 0
									: -1;
}

/* It takes a sync as well, so that time tells nothing. */
static int
count_stranger(struct order_run *run)
{
	static const unsigned char mark[] = { 1 };
	struct ledger_request request = {
		.op = LEDGER_META,
		.name = STRANGER_META,
		.value = { mark, sizeof(mark) },
		.actor = "",
	};

	return ledger_apply(run->rear->ledger, &request) == LEDGER_DONE ? 0
									: -1;
}

static int
limit(void *owner, const char *instance, const struct till_limit *stated)
{
	return limits_state(owner, instance, stated, LIMITS_LOOK | LIMITS_KEEP);
}

static int
limit_look(void *owner, const char *instance, const struct till_limit *stated)
{
	return limits_state(owner, instance, stated, LIMITS_LOOK);
}

static int
limit_keep(void *owner, const char *instance, const struct till_limit *stated)
{
	return limits_state(owner, instance, stated, LIMITS_KEEP);
}

static void
write_log(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	struct order_run *run = owner;

	log_line(level, "module", "instance", instance, "ticket",
	    run->purchase->ticket->th, "text", text, NULL);
}

static void
alert(void *owner, const char *instance, const char *type, const char *text)
{
	struct order_run *run = owner;

	log_line(TILL_LOG_WARNING, type, "instance", instance,
	    run->purchase->of_merchant ? "merchant" : "customer",
	    run->purchase->customer, "address", run->request.address, "text",
	    text, NULL);
	herald_alert(run, type, instance, text);
}
