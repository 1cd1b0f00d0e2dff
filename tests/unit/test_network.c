/*
 * test_network.c - whoever may choose where the server connects to must
 * not be able to choose a place that only the server can reach.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>

#include "network.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct till_error err;

static const char *const never[] = {
	/* IPv4, the edges of each network */
	"0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.255.255.255",
	"100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
	"169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0",
	"172.31.255.255", "192.0.0.0", "192.0.0.170", "192.0.0.255",
	"192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1",
	"192.168.0.0", "192.168.255.255", "192.175.48.1", "198.18.0.0",
	"198.19.255.255", "198.51.100.7", "203.0.113.255", "224.0.0.1",
	"239.255.255.255", "240.0.0.1", "255.255.255.255",
	/* IPv6 */
	"::", "::1", "::2", "fe80::1", "febf:ffff::1", "fec0::1", "fc00::1",
	"fd00::1", "fdff:ffff::1", "ff02::1", "ff0e::1", "100::1", "2001::1",
	"2001:10::1", "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1",
	"2001:db8:ffff::", "2620:4f:8000::1", "3fff::1", "3fff:fff::1",
	"4000::1", "5f00::1", "8000::1", "e000::1",
	/* IPv4 in the clothes of IPv6 */
	"::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254",
	"::ffff:0.0.0.0", "::ffff:100.64.0.1", "::127.0.0.1", "::10.0.0.1",
	"::8.8.8.8", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8",
	"64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::192.168.1.1",
	"64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "64:ff9b:1::1",
	"64:ff9b:0:0:0:1:8.8.8.8", "2002:7f00:1::", "2002:a00:1::1",
	"2002:808:808::1", "2001:0:7f00:1::1"
};

static const char *const always[] = { "1.1.1.1", "8.8.8.8", "9.255.255.255",
	"11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
	"128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
	"172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
	"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
	"203.0.112.255", "203.0.114.0", "223.255.255.255", "::ffff:8.8.8.8",
	"64:ff9b::8.8.8.8", "2001:200::1", "2001:db7::1", "2001:db9::1",
	"2003::1", "2606:4700::1111", "2620:4f:8001::1", "2a00::1",
	"3ffe:ffff::1", "3fff:1000::1" };

static void
address(const char *text, unsigned char octets[NETWORK_OCTETS])
{
	unsigned char v4[4];

	if (inet_pton(AF_INET, text, v4) == 1)
		network_map(v4, octets);
	else if (inet_pton(AF_INET6, text, octets) != 1)
		fail_msg("'%s' is no address", text);
}

static void
what_is_not_global_is_not_public(void **state)
{
	unsigned char octets[NETWORK_OCTETS];
	size_t i;

	(void)state;
	for (i = 0; i < LEN(never); i++) {
		address(never[i], octets);
		if (network_is_public(octets))
			fail_msg("%s passes for public", never[i]);
	}
	for (i = 0; i < LEN(always); i++) {
		address(always[i], octets);
		if (!network_is_public(octets))
			fail_msg("%s does not pass for public", always[i]);
	}
}

static bool
has(const char *network, const char *text)
{
	unsigned char octets[NETWORK_OCTETS];
	struct network parsed;

	if (network_parse(network, &parsed, &err) == -1)
		fail_msg("%s", err.text);
	address(text, octets);
	return network_has(&parsed, octets);
}

static void
a_network_has_what_begins_like_it(void **state)
{
	(void)state;
	assert_true(has("10.0.0.0/8", "10.1.2.3"));
	assert_true(has("10.0.0.0/8", "::ffff:10.1.2.3"));
	assert_true(has("::ffff:10.0.0.0/104", "10.1.2.3"));
	assert_false(has("10.0.0.0/8", "11.0.0.0"));
	assert_false(has("10.0.0.0/8", "::10.1.2.3"));
	assert_true(has("192.168.6.0/23", "192.168.7.255"));
	assert_false(has("192.168.6.0/23", "192.168.8.0"));
	assert_true(has("127.0.0.1", "127.0.0.1"));
	assert_false(has("127.0.0.1", "127.0.0.2"));
	assert_true(has("0.0.0.0/0", "1.2.3.4"));
	assert_false(has("0.0.0.0/0", "2a00::1"));
	assert_true(has("::/0", "1.2.3.4"));
	assert_true(has("fd00::/8", "fdff::1"));
	assert_false(has("fd00::/8", "fc00::1"));
	assert_true(has("::1/128", "::1"));
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const wrong[] = { "", "/", "/8", "10", "10.0.0/8",
		"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/8 ",
		"10.0.0.0/-1", "10.0.0.1/8", "fd00::/129", "fd00::1/8",
		"fd00::/8/8", "localhost", "0x7f.1", "127.1", "2130706433",
		"010.0.0.0/8", "fe80::1%eth0",
		("1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:"
		 "cccc:dddd/8") };
	struct network network;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(wrong); i++)
		if (network_parse(wrong[i], &network, &err) == 0)
			fail_msg("'%s' passes for a network", wrong[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_global_is_not_public),
		cmocka_unit_test(a_network_has_what_begins_like_it),
		cmocka_unit_test(what_is_no_network_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
