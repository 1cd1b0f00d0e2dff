/*
 * network.c - networks, and the addresses that are not public.
 */
#include <arpa/inet.h>

#include <string.h>

#include "network.h"

#define V4_BITS 96 /* of a mapped address, before those of IPv4 */
#define TEXT_MAX 64

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0xff };

static int read_address(const char *, unsigned char *, bool *);
static int read_bits(const char *, unsigned int, unsigned int *);
static bool is_clean(const struct network *);
static bool v4_is_public(const unsigned char *);
static bool in(const unsigned char *, const unsigned char *, unsigned int);

/* IANA IPv4 Special-Purpose Address Registry, and multicast. */
static const struct {
	unsigned char octets[4];
	unsigned int bits;
} v4_special[] = {
	{ { 0, 0, 0, 0 }, 8 }, /* this network */
	{ { 10, 0, 0, 0 }, 8 },
	{ { 100, 64, 0, 0 }, 10 }, /* shared by a provider's customers */
	{ { 127, 0, 0, 0 }, 8 },
	{ { 169, 254, 0, 0 }, 16 }, /* link local; clouds' metadata */
	{ { 172, 16, 0, 0 }, 12 },
	{ { 192, 0, 0, 0 }, 24 }, /* protocol assignments */
	{ { 192, 0, 2, 0 }, 24 }, /* documentation */
	{ { 192, 31, 196, 0 }, 24 }, { { 192, 52, 193, 0 }, 24 },
	{ { 192, 88, 99, 0 }, 24 }, /* relays of 6to4 */
	{ { 192, 168, 0, 0 }, 16 }, { { 192, 175, 48, 0 }, 24 },
	{ { 198, 18, 0, 0 }, 15 }, /* benchmarks */
	{ { 198, 51, 100, 0 }, 24 }, /* documentation */
	{ { 203, 0, 113, 0 }, 24 }, /* documentation */
	{ { 224, 0, 0, 0 }, 4 }, /* multicast */
	{ { 240, 0, 0, 0 }, 4 }, /* reserved, broadcast */
};

/* Global unicast is 2000::/3; these are not, though they lie within. */
static const unsigned char v6_global[16] = { 0x20 };
static const struct {
	unsigned char octets[16];
	unsigned int bits;
} v6_special[] = {
	{ { 0x20, 0x01, 0x00 }, 23 }, /* protocol assignments; Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02 }, 16 }, /* 6to4 */
	{ { 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00 }, 48 }, /* AS112 */
	{ { 0x3f, 0xff }, 20 }, /* documentation */
};

/* RFC 6052: IPv4 behind a gateway. */
static const unsigned char nat64[16] = { 0x00, 0x64, 0xff, 0x9b };

int
network_parse(const char *text, struct network *network, struct till_error *err)
{
	char address[TEXT_MAX];
	size_t len = strcspn(text, "/");
	unsigned int most = 128;
	bool v4;

	memset(network, 0, sizeof(*network));
	if (len >= sizeof(address))
		return till_fail(err, "'%.60s' is no network", text);
	memcpy(address, text, len);
	address[len] = '\0';
	if (read_address(address, network->octets, &v4) == -1)
		return till_fail(err,
		    "'%.60s' is no network, such as 10.0.0.0/8 or fd00::/8",
		    text);
	if (v4)
		most = 32;
	network->bits = most;
	if (text[len] == '/' &&
	    read_bits(text + len + 1, most, &network->bits) == -1)
		return till_fail(err, "'%.60s': its length is from 0 to %u",
		    text, most);
	if (v4)
		network->bits += V4_BITS;
	if (!is_clean(network))
		return till_fail(err,
		    "'%.60s' has bits beyond the length of the network", text);
	return 0;
}

bool
network_has(const struct network *network,
    const unsigned char address[NETWORK_OCTETS])
{
	return in(address, network->octets, network->bits);
}

void
network_map(const unsigned char v4[4], unsigned char address[NETWORK_OCTETS])
{
	memcpy(address, mapped, sizeof(mapped));
	memcpy(address + sizeof(mapped), v4, 4);
}

bool
network_is_public(const unsigned char address[NETWORK_OCTETS])
{
	size_t i;

	if (in(address, mapped, V4_BITS) || in(address, nat64, V4_BITS))
		return v4_is_public(address + 12);
	if (!in(address, v6_global, 3))
		return false;
	for (i = 0; i < sizeof(v6_special) / sizeof(v6_special[0]); i++) {
		if (in(address, v6_special[i].octets, v6_special[i].bits))
			return false;
	}
	return true;
}

static int
read_address(const char *text, unsigned char *address, bool *v4_r)
{
	unsigned char v4[4];

	*v4_r = inet_pton(AF_INET, text, v4) == 1;
	if (*v4_r) {
		network_map(v4, address);
		return 0;
	}
	return inet_pton(AF_INET6, text, address) == 1 ? 0 : -1;
}

static int
read_bits(const char *text, unsigned int most, unsigned int *bits_r)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9' && i < 3; i++)
		n = 10 * n + (unsigned int)(text[i] - '0');
	if (i == 0 || text[i] != '\0' || n > most || (i > 1 && text[0] == '0'))
		return -1;
	*bits_r = n;
	return 0;
}

static bool
is_clean(const struct network *network)
{
	unsigned int i;

	for (i = network->bits; i < 8 * NETWORK_OCTETS; i++)
		if ((network->octets[i / 8] & (0x80u >> i % 8)) != 0)
			return false;
	return true;
}

static bool
v4_is_public(const unsigned char *v4)
{
	size_t i;

	for (i = 0; i < sizeof(v4_special) / sizeof(v4_special[0]); i++)
		if (in(v4, v4_special[i].octets, v4_special[i].bits))
			return false;
	return true;
}

/* Are the first bits the same? */
static bool
in(const unsigned char *address, const unsigned char *network,
    unsigned int bits)
{
	unsigned int whole = bits / 8, rest = bits % 8;
	unsigned int mask = 0xffu << (8 - rest) & 0xffu;

	if (memcmp(address, network, whole) != 0)
		return false;
	return rest == 0 || ((address[whole] ^ network[whole]) & mask) == 0;
}
