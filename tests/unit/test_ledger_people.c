/*
 * test_ledger_people.c - customers, merchants, credentials, failures and
 * named values are what was put last, and two do not overwrite each
 * other unseen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/ledgers.h"

static enum ledger_result
put_customer(struct ledger *ledger, struct ledger_customer *customer)
{
	struct ledger_request request = { .op = LEDGER_CUSTOMER };

	request.customer = customer;
	return ledger_apply(ledger, &request);
}

static enum ledger_result
put_credential(struct ledger *ledger, const char *instance, const char *cid,
    const char *id, const char *data)
{
	struct ledger_request request = { .op = LEDGER_CREDENTIAL };
	struct till_credential credential = { .size = sizeof(credential) };

	credential.id = id;
	credential.label = "blue key";
	credential.secret = 1;
	credential.created_ms = 1795000000123;
	credential.data.data = (const unsigned char *)data;
	credential.data.len = data == NULL ? 0 : strlen(data);
	request.instance = instance;
	request.cid = cid;
	request.credential = &credential;
	return ledger_apply(ledger, &request);
}

static int
count_each(void *arg, const struct till_credential *credential)
{
	int *n = arg;

	assert_string_equal(credential->label, "blue key");
	assert_int_equal(credential->created_ms, 1795000000123);
	assert_int_equal(credential->secret, 1);
	assert_true(credential->data.len > 0);
	++*n;
	return 0;
}

static int
credentials(struct ledger *ledger, const char *instance, const char *cid)
{
	struct till_error err;
	int n = 0;

	assert_int_equal(ledger_credential_each(ledger, instance, cid,
			     count_each, &n, &err),
	    0);
	return n;
}

static void
a_record_is_changed_only_by_who_has_read_it(void **state)
{
	struct ledger_customer customer = { .status = LEDGER_ACTIVE }, other;
	struct scratch scratch;
	struct till_error err;

	(void)state;
	scratch_begin(&scratch);
	set_text(customer.cid, sizeof(customer.cid), "alice");
	set_text(customer.name, sizeof(customer.name), "Alice \xc3\x89");
	set_text(customer.lang, sizeof(customer.lang), "fr");
	set_text(customer.limit.currency, TILL_CURRENCY_MAX, "EUR");
	customer.limit.micro = EURO(20);
	customer.created_ms = 1795000000000;
	assert_int_equal(put_customer(scratch.ledger, &customer), LEDGER_DONE);
	assert_int_equal(customer.version, 1);
	assert_int_equal(ledger_customer_get(scratch.ledger, "alice", &other,
			     &err),
	    0);
	assert_memory_equal(&customer, &other, sizeof(other));
	/* Both have read version 1; the second to write must read again. */
	customer.status = LEDGER_SUSPENDED;
	customer.frozen = true;
	assert_int_equal(put_customer(scratch.ledger, &customer), LEDGER_DONE);
	other.limit.micro = 0;
	assert_int_equal(put_customer(scratch.ledger, &other), LEDGER_CONFLICT);
	other.version = 0;
	assert_int_equal(put_customer(scratch.ledger, &other), LEDGER_CONFLICT);
	set_text(other.cid, sizeof(other.cid), "bob");
	other.version = 3;
	assert_int_equal(put_customer(scratch.ledger, &other), LEDGER_CONFLICT);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(ledger_customer_get(scratch.ledger, "alice", &other,
			     &err),
	    0);
	assert_int_equal(other.version, 2);
	assert_int_equal(other.status, LEDGER_SUSPENDED);
	assert_true(other.frozen);
	/* Each of the two alone, too. */
	other.status = LEDGER_ACTIVE;
	assert_int_equal(put_customer(scratch.ledger, &other), LEDGER_DONE);
	assert_int_equal(ledger_customer_get(scratch.ledger, "alice", &customer,
			     &err),
	    0);
	assert_int_equal(customer.status, LEDGER_ACTIVE);
	assert_true(customer.frozen);
	assert_int_equal(ledger_customer_get(scratch.ledger, "bob", &other,
			     &err),
	    1);
	scratch_end(&scratch);
}

static void
records_that_are_not_well_formed_are_refused(void **state)
{
	struct ledger_customer customer;
	struct scratch scratch;
	int i;

	(void)state;
	scratch_begin(&scratch);
	for (i = 0; i < 6; i++) {
		memset(&customer, 0, sizeof(customer));
		customer.status = LEDGER_ACTIVE;
		set_text(customer.cid, sizeof(customer.cid), "carol");
		switch (i) {
		case 0:
			set_text(customer.cid, sizeof(customer.cid), "Carol");
			break;
		case 1:
			customer.cid[0] = '\0';
			break;
		case 2:
			customer.status = (enum ledger_status)0;
			break;
		case 3:
			memset(customer.name, 'n', sizeof(customer.name));
			break;
		case 4:
			customer.limit.micro = 1;
			break;
		case 5:
			set_text(customer.limit.currency, TILL_CURRENCY_MAX,
			    "EUR");
			customer.limit.micro = -1;
			break;
		}
		assert_int_equal(put_customer(scratch.ledger, &customer),
		    LEDGER_INVALID);
	}
	scratch_end(&scratch);
}

static int
name_merchant(void *arg, const struct ledger_merchant *merchant)
{
	char *names = arg;
	size_t len = strlen(names);

	(void)snprintf(names + len, 200 - len, "%s ", merchant->mid);
	return 0;
}

static void
a_merchant_keeps_keys_and_addresses(void **state)
{
	struct ledger_request request = { .op = LEDGER_MERCHANT };
	static struct ledger_merchant merchant, other;
	char names[200] = "";
	struct scratch scratch;
	struct till_error err;
	uint32_t i;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 0);
	memset(&merchant, 0, sizeof(merchant));
	merchant.status = LEDGER_ACTIVE;
	set_text(merchant.mid, sizeof(merchant.mid), "press-1");
	set_text(merchant.name, sizeof(merchant.name), "The Press");
	set_text(merchant.country, sizeof(merchant.country), "FR");
	merchant.urls_len = LEDGER_URLS_MAX;
	for (i = 0; i < LEDGER_URLS_MAX; i++)
		memset(merchant.urls[i], 'a' + (int)i, TILL_URL_MAX - 1);
	merchant.keys_len = LEDGER_KEYS_MAX;
	for (i = 0; i < LEDGER_KEYS_MAX; i++) {
		memset(merchant.keys[i].kid, 'k', TILL_KID_MAX - 1);
		memset(merchant.keys[i].jwk, 'j', TILL_JWK_MAX - 1);
		merchant.keys[i].active = i % 2 == 0;
		merchant.keys[i].added_ms = 5;
	}
	request.merchant = &merchant;
	assert_int_equal(ledger_apply(scratch.ledger, &request), LEDGER_DONE);
	assert_int_equal(ledger_merchant_get(scratch.ledger, "press-1", &other,
			     &err),
	    0);
	assert_memory_equal(&merchant, &other, sizeof(other));
	assert_int_equal(ledger_merchant_each(scratch.ledger, name_merchant,
			     names, &err),
	    0);
	assert_non_null(strstr(names, "merchant-9 press-1 "));
	merchant.urls_len = LEDGER_URLS_MAX + 1;
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	scratch_end(&scratch);
}

static void
credentials_are_of_one_customer_and_one_instance(void **state)
{
	static char large[TILL_CREDENTIAL_MAX + 2];
	struct scratch scratch;
	struct ledger *ledger;
	char id[16];
	int i;

	(void)state;
	scratch_begin(&scratch);
	ledger = scratch.ledger;
	make_people(ledger, 0);
	assert_int_equal(put_credential(ledger, "pin", "customer-1", "password",
			     "hash"),
	    LEDGER_DONE);
	assert_int_equal(put_credential(ledger, "pin", "customer-1", "password",
			     "other hash"),
	    LEDGER_DONE);
	assert_int_equal(put_credential(ledger, "pin2", "customer-1",
			     "password", "hash"),
	    LEDGER_DONE);
	assert_int_equal(credentials(ledger, "pin", "customer-1"), 1);
	assert_int_equal(credentials(ledger, "pin", "customer-2"), 0);
	assert_int_equal(credentials(ledger, "pi", "customer-1"), 0);
	assert_int_equal(put_credential(ledger, "pin", "nobody", "password",
			     "hash"),
	    LEDGER_INVALID);
	assert_int_equal(put_credential(ledger, "pin", "customer-1",
			     "pass word", "hash"),
	    LEDGER_INVALID);
	assert_int_equal(put_credential(ledger, "", "customer-1", "password",
			     "hash"),
	    LEDGER_INVALID);
	memset(large, 'x', TILL_CREDENTIAL_MAX + 1);
	assert_int_equal(put_credential(ledger, "pin", "customer-1", "large",
			     large),
	    LEDGER_INVALID);
	large[TILL_CREDENTIAL_MAX] = '\0';
	assert_int_equal(put_credential(ledger, "pin", "customer-1", "large",
			     large),
	    LEDGER_DONE);
	for (i = 2; i < TILL_CREDENTIALS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "key-%d", i);
		assert_int_equal(put_credential(ledger, "pin", "customer-1", id,
				     "data"),
		    LEDGER_DONE);
	}
	assert_int_equal(put_credential(ledger, "pin", "customer-1", "more",
			     "data"),
	    LEDGER_INVALID);
	assert_int_equal(put_credential(ledger, "pin", "customer-1", "key-3",
			     NULL),
	    LEDGER_DONE);
	assert_int_equal(put_credential(ledger, "pin", "customer-1", "key-3",
			     NULL),
	    LEDGER_DONE);
	assert_int_equal(credentials(ledger, "pin", "customer-1"),
	    TILL_CREDENTIALS_MAX - 1);
	assert_int_equal(put_credential(ledger, "pin", "customer-1", "more",
			     "data"),
	    LEDGER_DONE);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(credentials(scratch.ledger, "pin", "customer-1"),
	    TILL_CREDENTIALS_MAX);
	scratch_end(&scratch);
}

/* Of two who have read the same, one replaces it. */
static void
what_was_changed_meanwhile_is_not_replaced(void **state)
{
	static const unsigned char one[] = "one", two[] = "two";
	struct till_credential credential = { .size = sizeof(credential),
		.id = "key",
		.label = "blue key",
		.secret = 1,
		.created_ms = 1795000000123,
		.data = { two, 3 } };
	struct ledger_request request = { .op = LEDGER_CREDENTIAL,
		.actor = "",
		.instance = "pin",
		.cid = "customer-1",
		.credential = &credential,
		.credential_was = { one, 3 } };
	struct scratch scratch;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 2);
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_CONFLICT);
	assert_int_equal(credentials(scratch.ledger, "pin", "customer-1"), 0);
	assert_int_equal(put_credential(scratch.ledger, "pin", "customer-1",
			     "key", "one"),
	    LEDGER_DONE);
	request.credential_was.len = 2;
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_CONFLICT);
	request.credential_was.len = 3;
	assert_int_equal(ledger_apply(scratch.ledger, &request), LEDGER_DONE);
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_CONFLICT);
	assert_int_equal(put_credential(scratch.ledger, "pin", "customer-1",
			     "key", NULL),
	    LEDGER_DONE);
	request.credential_was.data = two;
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_CONFLICT);
	assert_int_equal(credentials(scratch.ledger, "pin", "customer-1"), 0);
	scratch_end(&scratch);
}

static void
failures_are_counted_and_lifted(void **state)
{
	struct ledger_request request = { .op = LEDGER_FAILURE };
	struct till_failures failures = { 0 };
	struct scratch scratch;
	struct till_error err;
	int64_t first = 0;
	uint32_t i;

	(void)state;
	scratch_begin(&scratch);
	make_people(scratch.ledger, 0);
	request.instance = "pin";
	request.cid = "customer-1";
	request.failures = &failures;
	for (i = 1; i <= 3; i++) {
		failures.count = 1;
		assert_int_equal(ledger_apply(scratch.ledger, &request),
		    LEDGER_DONE);
		assert_int_equal(failures.count, i);
		if (i == 1)
			first = failures.first_ms;
		assert_int_equal(failures.first_ms, first);
		assert_true(failures.last_ms >= first && first > 0);
	}
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(ledger_failures_get(scratch.ledger, "pin",
			     "customer-1", &failures, &err),
	    0);
	assert_int_equal(failures.count, 3);
	assert_int_equal(ledger_failures_get(scratch.ledger, "pin",
			     "customer-2", &failures, &err),
	    1);
	assert_int_equal(failures.count, 0);
	assert_int_equal(ledger_apply(scratch.ledger, &request), LEDGER_DONE);
	assert_int_equal(ledger_failures_get(scratch.ledger, "pin",
			     "customer-1", &failures, &err),
	    1);
	scratch_end(&scratch);
}

static void
named_values_are_kept(void **state)
{
	static unsigned char value[LEDGER_VALUE_MAX + 1], back[sizeof(value)];
	struct ledger_request request = { .op = LEDGER_META };
	struct scratch scratch;
	struct till_error err;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(value); i++)
		value[i] = (unsigned char)(i * 7);
	scratch_begin(&scratch);
	request.name = "keys";
	request.value.data = value;
	request.value.len = LEDGER_VALUE_MAX;
	assert_int_equal(ledger_apply(scratch.ledger, &request), LEDGER_DONE);
	scratch_close(&scratch);
	scratch_open(&scratch);
	assert_int_equal(ledger_meta_get(scratch.ledger, "keys", back,
			     sizeof(back), &len, &err),
	    0);
	assert_int_equal(len, LEDGER_VALUE_MAX);
	assert_memory_equal(back, value, len);
	assert_int_equal(ledger_meta_get(scratch.ledger, "keys", back, len - 1,
			     &len, &err),
	    -1);
	assert_int_equal(ledger_meta_get(scratch.ledger, "kex", back,
			     sizeof(back), &len, &err),
	    1);
	request.value.len = LEDGER_VALUE_MAX + 1;
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	request.value.len = 1;
	request.name = "ledger.format";
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	request.name = "";
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	scratch_end(&scratch);
}

static void
a_request_of_no_kind_is_refused(void **state)
{
	struct ledger_request request = { 0 };
	struct scratch scratch;

	(void)state;
	scratch_begin(&scratch);
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	request.op = LEDGER_PAY;
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	request.op = LEDGER_CREDENTIAL;
	assert_int_equal(ledger_apply(scratch.ledger, &request),
	    LEDGER_INVALID);
	scratch_end(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_changed_only_by_who_has_read_it),
		cmocka_unit_test(records_that_are_not_well_formed_are_refused),
		cmocka_unit_test(a_merchant_keeps_keys_and_addresses),
		cmocka_unit_test(
		    credentials_are_of_one_customer_and_one_instance),
		cmocka_unit_test(what_was_changed_meanwhile_is_not_replaced),
		cmocka_unit_test(failures_are_counted_and_lifted),
		cmocka_unit_test(named_values_are_kept),
		cmocka_unit_test(a_request_of_no_kind_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
