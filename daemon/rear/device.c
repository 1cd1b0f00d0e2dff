/*
 * device.c - the name of a browser, made and looked at.
 */
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "rear/device.h"

#define ID_OCTETS 12
#define ID_CHARS 16
#define MAC_OCTETS 16
#define MAC_CHARS 22
#define DAY_S 86400
#define DAY_CHARS 7 /* at most */

static int mac_of(const struct mint *, const char *cid, const char *id,
    const char *day, char mac_r[MAC_CHARS + 1]);

int
device_make(const struct mint *mint, const char *cid, const char *id,
    int64_t now_s, char device_r[DEVICE_MAX])
{
	unsigned char octets[ID_OCTETS];
	char name[DEVICE_ID_MAX], day[24], mac[MAC_CHARS + 1];

	device_r[0] = '\0';
	if (id[0] == '\0') {
		if (RAND_bytes(octets, sizeof(octets)) != 1)
			return -1;
		(void)base64url_encode(octets, sizeof(octets), name);
		id = name;
	}
	(void)snprintf(day, sizeof(day), "%" PRId64, now_s / DAY_S);
	if (strlen(day) > DAY_CHARS || mac_of(mint, cid, id, day, mac) == -1)
		return -1;
	(void)snprintf(device_r, DEVICE_MAX, "%s.%s.%s", id, day, mac);
	return 0;
}

enum device_worth
device_look(const struct mint *mint, const char *cid, const char *device,
    int64_t now_s, char id_r[DEVICE_ID_MAX])
{
	char day[DAY_CHARS + 1], mac[MAC_CHARS + 1];
	const char *at = device + ID_CHARS + 1;
	size_t days;
	int64_t age;

	id_r[0] = '\0';
	if (strnlen(device, ID_CHARS + 1) != ID_CHARS + 1 ||
	    device[ID_CHARS] != '.')
		return DEVICE_NONE;
	days = strspn(at, "0123456789");
	if (days == 0 || days > DAY_CHARS || at[days] != '.' ||
	    strlen(at + days + 1) != MAC_CHARS)
		return DEVICE_NONE;
	memcpy(day, at, days);
	day[days] = '\0';
	memcpy(id_r, device, ID_CHARS);
	id_r[ID_CHARS] = '\0';
	age = now_s / DAY_S - strtoll(day, NULL, 10);
	if (mac_of(mint, cid, id_r, day, mac) == -1 ||
	    CRYPTO_memcmp(at + days + 1, mac, MAC_CHARS) != 0 ||
	    age > DEVICE_DAYS) {
		id_r[0] = '\0';
		return DEVICE_NONE;
	}
	return age > DEVICE_RENEW_DAYS ? DEVICE_OLD : DEVICE_KNOWN;
}

static int
mac_of(const struct mint *mint, const char *cid, const char *id,
    const char *day, char mac_r[MAC_CHARS + 1])
{
	const char *const parts[] = { cid, id, day, NULL };
	unsigned char mac[MINT_SIZE];

	if (mint_mac(mint, "device", parts, mac) == -1)
		return -1;
	(void)base64url_encode(mac, MAC_OCTETS, mac_r);
	return 0;
}
