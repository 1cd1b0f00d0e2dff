/*
 * origin.c - the part of an address that tells sites apart.
 */
#include <string.h>

#include <till/ticket.h>

#include "origin.h"

static size_t own_port(const char *origin, size_t host, size_t len);

size_t
origin_of(const char *url, char origin_r[ORIGIN_MAX])
{
	size_t i, len, scheme, host;

	origin_r[0] = '\0';
	if (!till_url_ok(url))
		return 0;
	scheme = strncmp(url, "https://", 8) == 0 ? 8 : 7;
	len = scheme + strcspn(url + scheme, "/?");
	host = url[scheme] == '[' ? scheme + strcspn(url + scheme, "]") + 1
				  : scheme + strcspn(url + scheme, ":/?");
	len -= own_port(url, host, len);
	if (len >= ORIGIN_MAX)
		return 0;
	for (i = 0; i < len; i++)
		origin_r[i] = url[i] >= 'A' && url[i] <= 'Z'
		    ? (char)(url[i] - 'A' + 'a')
		    : url[i];
	origin_r[len] = '\0';
	return len;
}

/* Octets behind the host, up to len, that say the scheme's own port. */
static size_t
own_port(const char *origin, size_t host, size_t len)
{
	const char *port = strncmp(origin, "https:", 6) == 0 ? ":443" : ":80";

	return len - host == strlen(port) &&
		strncmp(origin + host, port, len - host) == 0
	    ? len - host
	    : 0;
}
