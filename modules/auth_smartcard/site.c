/*
 * site.c - of which site our passkeys are.
 */
#include <string.h>

#include "auth_smartcard/smartcard.h"

static int host_of(const char *origin, char host_r[ORIGIN_HOST_MAX],
    struct till_error *);
static bool is_within(const char *host, const char *id);

int
site_settle(struct smartcard *card, struct till_error *err)
{
	char host[ORIGIN_HOST_MAX], origin[ORIGIN_MAX];
	const char *id = card->rp_id_wanted;

	if (card->origin == NULL && (id != NULL || card->decoys != NULL))
		return till_fail(err,
		    "rp-id and decoys are about passkeys: these need origin=");
	if (card->web_eid && (card->origin == NULL || card->ca == NULL))
		return till_fail(err,
		    "web-eid is about certificates, and pages: it needs ca= "
		    "and origin=");
	if (card->origin == NULL)
		return 0;
	if (origin_of(card->origin, origin) == 0 ||
	    strcmp(card->origin, origin) != 0)
		return till_fail(err,
		    "origin must be as a browser writes it: "
		    "https://pay.example, without a path");
	if (host_of(origin, host, err) == -1)
		return -1;
	if (id != NULL && !is_within(host, id))
		return till_fail(err,
		    "rp-id must be the origin's host '%.100s', or a domain "
		    "that it is in",
		    host);
	if (card->decoys == NULL || strlen(card->decoys) < DECOYS_MIN)
		return till_fail(err,
		    "passkeys need decoys=FILE with a secret of at least %d "
		    "octets: (umask 077; openssl rand -base64 33 >FILE)",
		    DECOYS_MIN);
	(void)snprintf(card->rp_id, sizeof(card->rp_id), "%s",
	    id == NULL ? host : id);
	return 0;
}

/* Passkeys are of names, not of addresses (WebAuthn, 5.1.3). */
static int
host_of(const char *origin, char host_r[ORIGIN_HOST_MAX],
    struct till_error *err)
{
	const char *host = strstr(origin, "://") + 3, *last;
	const size_t len = strcspn(host, ":");

	(void)snprintf(host_r, ORIGIN_HOST_MAX, "%.*s", (int)len, host);
	last = strrchr(host_r, '.');
	last = last == NULL ? host_r : last + 1;
	if (host_r[0] == '[' || strspn(last, "0123456789") == strlen(last))
		return till_fail(err,
		    "passkeys are of a name: origin has an address");
	return 0;
}

/* At the end, behind a dot; and not a whole top-level domain. */
static bool
is_within(const char *host, const char *id)
{
	const size_t host_len = strlen(host), len = strlen(id);

	if (strcmp(host, id) == 0)
		return true;
	return len > 0 && len + 1 < host_len && strchr(id, '.') != NULL &&
	    id[0] != '.' && host[host_len - len - 1] == '.' &&
	    strcmp(host + host_len - len, id) == 0;
}
