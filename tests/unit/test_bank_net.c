/*
 * test_bank_net.c - links to the simulated bank: sign-on, echo, cutover,
 * what goes wrong, and coming back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "settle_bank/net.h"
#include "support/banks.h"
#include "support/certificate.h"
#include "support/scratch.h"

#define PATIENCE_MS 20000
#define ACCOUNT "account 4000001234567899 978 100000\n"

/* One owner of links, and what it was told. */
struct owner {
	struct bank_conf confs[NET_LINKS_MAX];
	struct net *net;
	unsigned int stan, ups, downs, messages, cutovers;
	char why[TILL_ERROR_MAX], date[5], code[3];
};

static void
take_message(void *arg, unsigned int link, const struct iso_message *message,
    const unsigned char *tpdu)
{
	struct owner *owner = arg;
	const char *code;
	size_t len;

	(void)link;
	(void)tpdu;
	owner->messages++;
	code = iso_get(message, 39, &len);
	if (code != NULL)
		(void)snprintf(owner->code, sizeof(owner->code), "%.2s", code);
}

static void
take_link(void *arg, unsigned int link, bool up, const char *why)
{
	struct owner *owner = arg;

	(void)link;
	if (up)
		owner->ups++;
	else
		owner->downs++;
	(void)snprintf(owner->why, sizeof(owner->why), "%s", why);
}

static void
take_cutover(void *arg, unsigned int link, const char *date)
{
	struct owner *owner = arg;

	(void)link;
	owner->cutovers++;
	(void)snprintf(owner->date, sizeof(owner->date), "%s", date);
}

static int
next_stan(void *arg, char text[STAN_LEN + 1], struct till_error *err)
{
	struct owner *owner = arg;

	(void)err;
	(void)snprintf(text, STAN_LEN + 1, "%06u", ++owner->stan % 1000000);
	return 0;
}

static int64_t
wall_s(void *arg)
{
	(void)arg;
	return (int64_t)time(NULL);
}

static void
no_log(void *arg, enum till_log_level level, const char *text)
{
	(void)arg;
	(void)level;
	(void)text;
}

static const struct net_ops ops = {
	.message = take_message,
	.link = take_link,
	.cutover = take_cutover,
	.stan = next_stan,
	.time_s = wall_s,
	.log = no_log,
};

static const char *const no_options[] = { NULL };

static void
set_conf(struct owner *owner, size_t i, const struct bank_process *bank,
    const char *lines)
{
	char text[2048];
	struct till_error err;

	(void)snprintf(text, sizeof(text), "%s", bank_link_conf(bank, lines));
	if (bank_conf_parse("link", text, &owner->confs[i], &err) == -1)
		fail_msg("%s", err.text);
}

static void
begin(struct owner *owner, size_t links)
{
	struct till_error err;

	owner->net = net_new(owner->confs, links, &ops, owner, &err);
	if (owner->net == NULL)
		fail_msg("%s", err.text);
}

/* Turn until a counter is there. */
static void
until(struct owner *owner, const unsigned int *counter, unsigned int want)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;

	while (*counter < want && net_clock_ms() < end_ms)
		net_turn(owner->net, end_ms);
	if (*counter < want)
		fail_msg("%u of %u; %s", *counter, want, owner->why);
}

static void
until_why(struct owner *owner, unsigned int link, const char *why)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	struct net_status status;

	do {
		net_turn(owner->net, net_clock_ms() + 50);
		net_status(owner->net, link, &status);
	} while (strstr(status.why, why) == NULL && net_clock_ms() < end_ms);
	if (strstr(status.why, why) == NULL)
		fail_msg("%s: %s", status.state, status.why);
}

static void
pay(struct owner *owner, int link)
{
	static const char *const fields[][2] = { { "4", "000000000100" },
		{ "2", "4000001234567899" }, { "3", "000000" },
		{ "12", "143200" }, { "13", "1122" }, { "18", "5192" },
		{ "22", "810" }, { "25", "59" }, { "32", "123456" },
		{ "37", "632612000003" }, { "41", "PAYSRV01" },
		{ "42", "MERCHANT0000001" },
		{ "43", "GAZETTE                  PARIS        FR" },
		{ "49", "978" }, { "7", "1122123200" } };
	struct iso_message message;
	struct till_error err;
	char stan[STAN_LEN + 1];
	size_t i;

	assert_true(link >= 0);
	iso_begin(&message, "0200");
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_int_equal(iso_put_text(&message,
				     (int)strtol(fields[i][0], NULL, 10),
				     fields[i][1], &err),
		    0);
	assert_int_equal(next_stan(owner, stan, &err), 0);
	assert_int_equal(iso_put_text(&message, 11, stan, &err), 0);
	if (net_send(owner->net, (unsigned int)link, &message, NULL, &err) ==
	    -1)
		fail_msg("%s", err.text);
}

/* All framings and codings that the bank and we can agree on. */
static const struct {
	const char *lines;
	const char *options[8];
} ways[] = {
	{ "tls=no\n", { NULL } },
	{ "tls=no\nlength=be2-inclusive\n",
	    { "--length", "be2-inclusive", NULL } },
	{ "tls=no\nlength=bcd2\nnumbers=bcd\n",
	    { "--length", "bcd2", "--bcd", NULL } },
	{ "tls=no\nlength=ascii4\nbitmap=hex\nheader=7\n",
	    { "--length", "ascii4", "--hex-bitmap", "--header", "7", NULL } },
	{ "tls=no\nlength=be4\nnumbers=bcd\nodd=right-f\n",
	    { "--length", "be4", "--bcd", "--odd", "right-f", NULL } },
	{ "tls=no\ntpdu=6000010002\n", { "--tpdu", NULL } },
};

static void
test_ways(void **state)
{
	struct bank_process bank;
	struct owner owner;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		memset(&owner, 0, sizeof(owner));
		bank_begin(&bank, 0, ACCOUNT, ways[i].options);
		set_conf(&owner, 0, &bank, ways[i].lines);
		begin(&owner, 1);
		assert_int_equal(net_pick(owner.net), -1);
		until(&owner, &owner.ups, 1);
		pay(&owner, net_pick(owner.net));
		until(&owner, &owner.messages, 1);
		assert_string_equal(owner.code, "00");
		net_free(owner.net);
		bank_end(&bank);
	}
}

static void
test_upkeep(void **state)
{
	struct bank_process bank;
	struct owner owner = { 0 };
	unsigned int stan;

	(void)state;
	bank_begin(&bank, 0, ACCOUNT, no_options);
	set_conf(&owner, 0, &bank, "tls=no\necho-after=100ms\n");
	begin(&owner, 1);
	until(&owner, &owner.ups, 1);
	stan = owner.stan;
	until(&owner, &owner.stan, stan + 3); /* echoes */
	(void)bank_tell(&bank, "cutover 0301");
	until(&owner, &owner.cutovers, 1);
	assert_string_equal(owner.date, "0301");
	assert_int_equal(owner.downs, 0);

	/* Hung up on, it comes back. */
	(void)bank_tell(&bank, "close");
	until(&owner, &owner.downs, 1);
	assert_int_equal(net_pick(owner.net), -1);
	until(&owner, &owner.ups, 2);
	net_sign_off(owner.net, net_clock_ms() + PATIENCE_MS);
	net_free(owner.net);
	bank_end(&bank);
}

static void
test_silent_echo(void **state)
{
	struct bank_process bank;
	struct owner owner = { 0 };

	(void)state;
	bank_begin(&bank, 0, "when network=301 do lose\n" ACCOUNT, no_options);
	set_conf(&owner, 0, &bank, "tls=no\necho-after=100ms\nresponse=1s\n");
	begin(&owner, 1);
	until(&owner, &owner.ups, 1);
	until(&owner, &owner.downs, 1);
	assert_string_equal(owner.why, "the bank does not answer echoes");
	until(&owner, &owner.ups, 2);
	net_free(owner.net);
	bank_end(&bank);
}

/* What is set up wrongly is said with the setting to look at. */
static const struct {
	const char *script, *lines, *why;
	const char *options[4];
} wrongs[] = {
	{ "when network=001 do answer=91\n", "tls=no\n",
	    "the bank refuses our sign-on", { NULL } },
	{ "when network=001 do lose\n", "tls=no\nresponse=200ms\n",
	    "nothing came", { NULL } },
	{ "", "tls=no\nresponse=200ms\n",
	    "look at length=", { "--length", "ascii4", NULL } },
	{ "", "tls=no\nresponse=2s\n",
	    "the bank has hung up before it has signed us on",
	    { "--length", "be2-inclusive", NULL } },
	{ "", "connect=300ms\n", "TLS", { NULL } },
};

static void
test_wrong(void **state)
{
	struct bank_process bank;
	struct owner owner;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		memset(&owner, 0, sizeof(owner));
		bank_begin(&bank, 0, wrongs[i].script, wrongs[i].options);
		set_conf(&owner, 0, &bank, wrongs[i].lines);
		begin(&owner, 1);
		until_why(&owner, 0, wrongs[i].why);
		assert_int_equal(net_pick(owner.net), -1);
		assert_int_equal(owner.ups, 0);
		net_free(owner.net);
		bank_end(&bank);
	}
}

/* The name that the certificate must bear, whom to believe, and our own
 * certificate: each one decides. */
static const struct {
	const char *name, *ca, *own;
	const char *why; /* NULL: up */
} tls[] = {
	{ "bank", "bank", "till", NULL },
	{ "other", "bank", "till", "TLS: hostname mismatch" },
	{ "bank", "other", "till", "TLS: self-signed certificate" },
	{ "bank", "bank", "other", "before it has signed us on" },
	{ "bank", "bank", NULL, "before it has signed us on" },
};

static void
test_tls(void **state)
{
	char pem[512], key[512], ca[512], lines[2048];
	const char *const options[] = { "--tls", pem, "--tls-key", key,
		"--client-ca", ca, NULL };
	struct bank_process bank;
	struct owner owner;
	size_t i, used;

	(void)state;
	certificate_make("bank");
	certificate_make("till");
	certificate_make("other");
	(void)snprintf(pem, sizeof(pem), "%s", scratch_path("bank.pem"));
	(void)snprintf(key, sizeof(key), "%s", scratch_path("bank.key"));
	(void)snprintf(ca, sizeof(ca), "%s", scratch_path("till.pem"));
	bank_begin(&bank, 0, ACCOUNT, options);
	for (i = 0; i < sizeof(tls) / sizeof(tls[0]); i++) {
		memset(&owner, 0, sizeof(owner));
		(void)snprintf(lines, sizeof(lines),
		    "tls-name=%s.example\ntls-ca=%s/%s.pem\n", tls[i].name,
		    scratch_folder(), tls[i].ca);
		used = strlen(lines);
		if (tls[i].own != NULL)
			(void)snprintf(lines + used, sizeof(lines) - used,
			    "tls-certificate=%s/%s.pem\ntls-key=%s/%s.key\n",
			    scratch_folder(), tls[i].own, scratch_folder(),
			    tls[i].own);
		set_conf(&owner, 0, &bank, lines);
		begin(&owner, 1);
		if (tls[i].why == NULL) {
			until(&owner, &owner.ups, 1);
			pay(&owner, net_pick(owner.net));
			until(&owner, &owner.messages, 1);
			assert_string_equal(owner.code, "00");
		} else {
			until_why(&owner, 0, tls[i].why);
			assert_int_equal(owner.ups, 0);
		}
		net_free(owner.net);
	}
	bank_end(&bank);
}

/* The second link is taken only while the first is not there. */
static void
test_priority(void **state)
{
	struct bank_process first, second;
	struct owner owner = { 0 };
	unsigned int port;

	(void)state;
	bank_begin(&first, 0, ACCOUNT, no_options);
	bank_begin(&second, 0, ACCOUNT, no_options);
	set_conf(&owner, 0, &first, "tls=no\n");
	set_conf(&owner, 1, &second, "tls=no\n");
	begin(&owner, 2);
	until(&owner, &owner.ups, 2);
	assert_int_equal(net_pick(owner.net), 0);
	port = first.port;
	bank_end(&first);
	until(&owner, &owner.downs, 1);
	assert_int_equal(net_pick(owner.net), 1);
	assert_false(net_is_up(owner.net, 0));
	pay(&owner, net_pick(owner.net));
	until(&owner, &owner.messages, 1);
	bank_begin(&first, port, ACCOUNT, no_options);
	until(&owner, &owner.ups, 3);
	assert_int_equal(net_pick(owner.net), 0);
	net_free(owner.net);
	bank_end(&first);
	bank_end(&second);
}

/* More than a reader holds comes at one time. */
static void
test_many(void **state)
{
	struct bank_process bank;
	struct owner owner = { 0 };
	unsigned int i;

	(void)state;
	bank_begin(&bank, 0, ACCOUNT, no_options);
	set_conf(&owner, 0, &bank, "tls=no\n");
	begin(&owner, 1);
	until(&owner, &owner.ups, 1);
	for (i = 0; i < 500; i++)
		pay(&owner, 0);
	until(&owner, &owner.messages, 500);
	net_free(owner.net);
	bank_end(&bank);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_upkeep),
		cmocka_unit_test(test_silent_echo),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test_setup_teardown(test_tls, scratch_make,
		    scratch_remove),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
