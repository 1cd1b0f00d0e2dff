/*
 * host_store.c - credentials and failure counters of the order's customer.
 *
 * The owner keeps them; a module reaches only those of the customer whom
 * the call is about, and only under the name of its own instance.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <till/ticket.h>

#include "module/context.h"
#include "module/host.h"

/* How many credentials there are beside the one of this id. */
struct others {
	const char *id;
	size_t n;
};

static const char *customer_of(const struct till_context *);
static bool credential_ok(const struct till_credential *);
static int count_others(void *arg, const struct till_credential *);

int
host_credential_list(struct till_context *ctx,
    int (*each)(void *arg, const struct till_credential *), void *arg)
{
	const char *customer = customer_of(ctx);

	if (customer == NULL || ctx->ops->credential_list == NULL)
		return -1;
	return ctx->ops->credential_list(ctx->owner, ctx->instance, customer,
	    each, arg);
}

int
host_credential_get(struct till_context *ctx, const char *id,
    struct till_credential *credential_r)
{
	const char *customer = customer_of(ctx);

	if (customer == NULL || id == NULL || !till_jti_ok(id) ||
	    ctx->ops->credential_get == NULL)
		return -1;
	memset(credential_r, 0, sizeof(*credential_r));
	credential_r->size = sizeof(*credential_r);
	return ctx->ops->credential_get(ctx->owner, ctx->instance, customer, id,
	    credential_r);
}

int
host_credential_put(struct till_context *ctx,
    const struct till_credential *credential)
{
	const char *customer = customer_of(ctx);
	struct others others;

	if (customer == NULL || !credential_ok(credential) ||
	    ctx->ops->credential_put == NULL)
		return -1;
	others.id = credential->id;
	others.n = 0;
	if (ctx->ops->credential_list != NULL)
		(void)ctx->ops->credential_list(ctx->owner, ctx->instance,
		    customer, count_others, &others);
	if (others.n >= TILL_CREDENTIALS_MAX)
		return -1;
	return ctx->ops->credential_put(ctx->owner, ctx->instance, customer,
	    credential);
}

int
host_credential_remove(struct till_context *ctx, const char *id)
{
	const char *customer = customer_of(ctx);

	if (customer == NULL || id == NULL || !till_jti_ok(id) ||
	    ctx->ops->credential_remove == NULL)
		return -1;
	return ctx->ops->credential_remove(ctx->owner, ctx->instance, customer,
	    id);
}

int
host_failures(struct till_context *ctx, struct till_failures *failures_r)
{
	const char *customer = customer_of(ctx);

	if (customer == NULL || ctx->ops->failures == NULL)
		return -1;
	memset(failures_r, 0, sizeof(*failures_r));
	failures_r->size = sizeof(*failures_r);
	return ctx->ops->failures(ctx->owner, ctx->instance, customer,
	    failures_r);
}

int
host_failures_here(struct till_context *ctx, struct till_failures *failures_r)
{
	const char *customer = customer_of(ctx);

	if (customer == NULL || ctx->ops->failures_here == NULL)
		return host_failures(ctx, failures_r);
	memset(failures_r, 0, sizeof(*failures_r));
	failures_r->size = sizeof(*failures_r);
	return ctx->ops->failures_here(ctx->owner, ctx->instance, customer,
	    failures_r);
}

int
host_failed(struct till_context *ctx)
{
	const char *customer = customer_of(ctx);

	if (customer == NULL || ctx->ops->failed == NULL)
		return -1;
	return ctx->ops->failed(ctx->owner, ctx->instance, customer);
}

int
host_succeeded(struct till_context *ctx)
{
	const char *customer = customer_of(ctx);

	if (customer == NULL || ctx->ops->succeeded == NULL)
		return -1;
	return ctx->ops->succeeded(ctx->owner, ctx->instance, customer);
}

/* NULL where no customer is known or the call is none of auth's. */
static const char *
customer_of(const struct till_context *ctx)
{
	if (ctx->facility != TILL_AUTH || ctx->ops == NULL ||
	    ctx->order == NULL || ctx->order->customer == NULL ||
	    ctx->order->customer[0] == '\0')
		return NULL;
	return ctx->order->customer;
}

/* A credential's id has the form of a ticket's. */
static bool
credential_ok(const struct till_credential *credential)
{
	return HOST_REACHES(credential, struct till_credential, data) &&
	    credential->id != NULL && till_jti_ok(credential->id) &&
	    credential->data.len <= TILL_CREDENTIAL_MAX &&
	    (credential->label == NULL || credential->label[0] == '\0' ||
		till_text_ok(credential->label, TILL_TEXT_MAX - 1));
}

static int
count_others(void *arg, const struct till_credential *credential)
{
	struct others *others = arg;

	if (strcmp(credential->id, others->id) != 0)
		others->n++;
	return 0;
}
