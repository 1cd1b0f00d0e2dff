/*
 * owner.c - what a server keeps for a module, in memory.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kit/owner.h"

static struct kit_owner_customer *lock_counter(struct kit_owner *,
    const char *);
static size_t limit_at(const struct kit_owner *, const char *);
static void describe(const struct kit_owner_record *, struct till_credential *);
static void line_add(char *, size_t *, const char *);

static int
list(void *arg, const char *instance, const char *customer,
    int (*each)(void *, const struct till_credential *), void *each_arg)
{
	struct kit_owner *owner = arg;
	struct till_credential credential;
	size_t i;
	int r = 0;

	(void)instance;
	if (owner->broken || kit_owner_customer(owner, customer) == NULL)
		return -1;
	for (i = 0; i < owner->records_len && r == 0; i++) {
		if (strcmp(owner->records[i].customer, customer) != 0)
			continue;
		describe(&owner->records[i], &credential);
		r = each(each_arg, &credential);
	}
	return r;
}

static int
get(void *arg, const char *instance, const char *customer, const char *id,
    struct till_credential *credential_r)
{
	const struct kit_owner *owner = arg;
	const struct kit_owner_record *record =
	    kit_owner_record(owner, customer, id);

	(void)instance;
	if (owner->broken || record == NULL)
		return -1;
	describe(record, credential_r);
	return 0;
}

static int
put(void *arg, const char *instance, const char *customer,
    const struct till_credential *credential)
{
	struct kit_owner *owner = arg;
	int r;

	(void)instance;
	if (owner->broken || kit_owner_customer(owner, customer) == NULL)
		return -1;
	(void)pthread_mutex_lock(&owner->lock);
	r = kit_owner_record_put(owner, customer, credential->id,
	    credential->data.data, credential->data.len,
	    credential->secret != 0);
	(void)pthread_mutex_unlock(&owner->lock);
	return r;
}

static int
take_away(void *arg, const char *instance, const char *customer, const char *id)
{
	struct kit_owner *owner = arg;
	const struct kit_owner_record *record =
	    kit_owner_record(owner, customer, id);

	(void)instance;
	if (owner->broken || record == NULL)
		return -1;
	owner->records[record - owner->records] =
	    owner->records[--owner->records_len];
	return 0;
}

static int
failures(void *arg, const char *instance, const char *customer,
    struct till_failures *failures_r)
{
	struct kit_owner *owner = arg;
	struct kit_owner_customer *of = lock_counter(owner, customer);

	(void)instance;
	if (of == NULL)
		return -1;
	*failures_r = of->failures;
	(void)pthread_mutex_unlock(&owner->lock);
	failures_r->size = sizeof(*failures_r);
	return 0;
}

static int
failed(void *arg, const char *instance, const char *customer)
{
	struct kit_owner *owner = arg;
	struct kit_owner_customer *of = lock_counter(owner, customer);

	(void)instance;
	if (of == NULL)
		return -1;
	of->failures.count++;
	of->failures.last_ms = kit_owner_time_s(owner) * 1000;
	if (of->failures.first_ms == 0)
		of->failures.first_ms = of->failures.last_ms;
	owner->counted++;
	(void)pthread_mutex_unlock(&owner->lock);
	return 0;
}

static int
succeeded(void *arg, const char *instance, const char *customer)
{
	struct kit_owner *owner = arg;
	struct kit_owner_customer *of;

	(void)instance;
	if (kit_owner_customer(owner, customer) == NULL)
		return -1;
	of = lock_counter(owner, customer);
	if (of == NULL)
		return -1;
	memset(&of->failures, 0, sizeof(of->failures));
	(void)pthread_mutex_unlock(&owner->lock);
	return 0;
}

static int
limit(void *arg, const char *instance, const struct till_limit *stated)
{
	const struct kit_owner *owner = arg;
	const size_t i = limit_at(owner, stated->name);

	(void)instance;
	if (owner->broken)
		return -1;
	return i < owner->limits_len ? owner->limits[i].answer : owner->limit;
}

static void
log_line(void *arg, const char *instance, enum till_log_level level,
    const char *text)
{
	struct kit_owner *owner = arg;

	(void)instance;
	(void)level;
	(void)pthread_mutex_lock(&owner->lock);
	line_add(owner->log, &owner->log_len, text);
	(void)pthread_mutex_unlock(&owner->lock);
}

static void
alert(void *arg, const char *instance, const char *type, const char *text)
{
	struct kit_owner *owner = arg;

	(void)instance;
	(void)type;
	(void)pthread_mutex_lock(&owner->lock);
	line_add(owner->alerts, &owner->alerts_len, text);
	(void)pthread_mutex_unlock(&owner->lock);
}

static int64_t
now_ms(void *arg)
{
	const struct kit_owner *owner = arg;
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 +
	    owner->shift_ms;
}

const struct context_ops kit_owner_ops = {
	.credential_list = list,
	.credential_get = get,
	.credential_put = put,
	.credential_remove = take_away,
	.failures = failures,
	.failed = failed,
	.succeeded = succeeded,
	.limit = limit,
	.log = log_line,
	.alert = alert,
	.now_ms = now_ms,
};

int
kit_owner_late(void *arg, const char *instance, const struct till_late *late)
{
	struct kit_owner *owner = arg;
	char line[TILL_ERROR_MAX];

	if (owner->broken)
		return -1;
	if (late->kind == TILL_LATE_LINE) {
		log_line(owner, instance, TILL_LOG_INFO, late->text);
		return 0;
	}
	(void)snprintf(line, sizeof(line), "late: %s %s %s %s",
	    late->kind == TILL_LATE_MOVED ? "moved" : "taken-back", late->id,
	    late->code, late->text);
	log_line(owner, instance, TILL_LOG_INFO, line);
	return 0;
}

void
kit_owner_init(struct kit_owner *owner)
{
	memset(owner, 0, sizeof(*owner));
	(void)kit_owner_customer_add(owner, "alice");
	(void)kit_owner_customer_add(owner, "bob");
}

void
kit_owner_adopt(struct kit_owner *owner)
{
	(void)pthread_mutex_init(&owner->lock, NULL);
}

int
kit_owner_customer_add(struct kit_owner *owner, const char *id)
{
	if (kit_owner_customer(owner, id) != NULL)
		return 0;
	if (owner->customers_len == KIT_OWNER_CUSTOMERS_MAX || !till_id_ok(id))
		return -1;
	(void)snprintf(owner->customers[owner->customers_len++].id, TILL_ID_MAX,
	    "%s", id);
	return 0;
}

struct kit_owner_customer *
kit_owner_customer(struct kit_owner *owner, const char *id)
{
	size_t i;

	for (i = 0; i < owner->customers_len; i++)
		if (strcmp(owner->customers[i].id, id) == 0)
			return &owner->customers[i];
	return NULL;
}

int
kit_owner_record_put(struct kit_owner *owner, const char *customer,
    const char *id, const void *data, size_t len, bool secret)
{
	const struct kit_owner_record *old =
	    kit_owner_record(owner, customer, id);
	struct kit_owner_record *record;

	if (len > TILL_CREDENTIAL_MAX || !till_jti_ok(id))
		return -1;
	if (old == NULL && owner->records_len == KIT_OWNER_RECORDS_MAX)
		return -1;
	record = old != NULL ? &owner->records[old - owner->records]
			     : &owner->records[owner->records_len++];
	memset(record, 0, sizeof(*record));
	(void)snprintf(record->customer, sizeof(record->customer), "%s",
	    customer);
	(void)snprintf(record->id, sizeof(record->id), "%s", id);
	if (len > 0)
		memcpy(record->data, data, len);
	record->len = len;
	record->secret = secret;
	record->created_ms = kit_owner_time_s(owner) * 1000;
	return 0;
}

const struct kit_owner_record *
kit_owner_record(const struct kit_owner *owner, const char *customer,
    const char *id)
{
	size_t i;

	for (i = 0; i < owner->records_len; i++)
		if (strcmp(owner->records[i].customer, customer) == 0 &&
		    strcmp(owner->records[i].id, id) == 0)
			return &owner->records[i];
	return NULL;
}

int
kit_owner_limit_set(struct kit_owner *owner, const char *name, int answer)
{
	const size_t i = limit_at(owner, name);

	if (i == KIT_OWNER_LIMITS_MAX)
		return -1;
	if (i == owner->limits_len)
		owner->limits_len++;
	(void)snprintf(owner->limits[i].name, sizeof(owner->limits[i].name),
	    "%s", name);
	owner->limits[i].answer = answer;
	return 0;
}

int64_t
kit_owner_time_s(const struct kit_owner *owner)
{
	return owner->time_s != 0 ? owner->time_s : (int64_t)time(NULL);
}

/* With the lock, unless it is NULL: nothing works.  Those who are unknown
 * have failures, too, as with a server. */
static struct kit_owner_customer *
lock_counter(struct kit_owner *owner, const char *id)
{
	struct kit_owner_customer *customer = kit_owner_customer(owner, id);

	if (owner->broken)
		return NULL;
	(void)pthread_mutex_lock(&owner->lock);
	if (customer != NULL)
		return customer;
	if (strcmp(owner->stranger.id, id) != 0) {
		owner->stranger = (struct kit_owner_customer){ .id = "" };
		(void)snprintf(owner->stranger.id, TILL_ID_MAX, "%s", id);
	}
	return &owner->stranger;
}

/* The number of the limits if there is none of that name. */
static size_t
limit_at(const struct kit_owner *owner, const char *name)
{
	size_t i;

	for (i = 0; i < owner->limits_len; i++)
		if (strcmp(owner->limits[i].name, name) == 0)
			break;
	return i;
}

static void
describe(const struct kit_owner_record *record,
    struct till_credential *credential)
{
	memset(credential, 0, sizeof(*credential));
	credential->size = sizeof(*credential);
	credential->id = record->id;
	credential->label = record->label;
	credential->secret = record->secret;
	credential->created_ms = record->created_ms;
	credential->data.data = record->data;
	credential->data.len = record->len;
}

static void
line_add(char *text, size_t *len, const char *line)
{
	const int n =
	    snprintf(text + *len, KIT_OWNER_LOG_MAX - *len, "%s\n", line);

	if (n > 0 && (size_t)n < KIT_OWNER_LOG_MAX - *len)
		*len += (size_t)n;
	else
		text[*len] = '\0';
}
