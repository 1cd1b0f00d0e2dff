/*
 * network.h - which addresses are out in the world, and which are not.
 *
 * An address is 16 octets, as IPv6 has it; one of IPv4 is its mapped form,
 * ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that both spellings are the same.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

#include <till/error.h>

#define NETWORK_OCTETS 16

struct network {
	unsigned char octets[NETWORK_OCTETS];
	unsigned int bits; /* of octets that count */
};

/* "10.0.0.0/8", "fd00::/8", "192.0.2.1" (that one alone).  Bits beyond the
 * length must be zero. */
int network_parse(const char *text, struct network *network_r,
    struct till_error *err);
bool network_has(const struct network *network,
    const unsigned char address[NETWORK_OCTETS]);

/* From the four octets of IPv4. */
void network_map(const unsigned char v4[4],
    unsigned char address_r[NETWORK_OCTETS]);

/*
 * Can this be an address of somebody else on the Internet?  By IANA's
 * special-purpose registries (RFC 6890): what is not known to be global
 * is not.  An address that carries one of IPv4 within it to a gateway
 * (RFC 6052) is as public as that one; tunnels of old are not.
 */
bool network_is_public(const unsigned char address[NETWORK_OCTETS]);

#endif
