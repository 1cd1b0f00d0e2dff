/*
 * url.c - which addresses a token may name.
 *
 * An absolute http or https URL (RFC 3986) in the plain form that every
 * parser understands in the same way.
 */
#include <arpa/inet.h>

#include <stddef.h>
#include <string.h>

#include <till/ticket.h>

#define HOST_MAX 254 /* a name of RFC 1035, with a NUL */
#define LABEL_MAX 63
#define PORT_DIGITS 5

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static bool octets_ok(const char *);
static bool name_ok(const char *);
static bool literal_ok(const char *);
static const char *after_port(const char *);
static bool is_loopback(const char *);

bool
till_url_ok(const char *url)
{
	char host[HOST_MAX];
	bool https = strncmp(url, "https://", 8) == 0;
	const char *at;
	size_t len;

	if (!https && strncmp(url, "http://", 7) != 0)
		return false;
	if (strnlen(url, TILL_URL_MAX) == TILL_URL_MAX)
		return false;
	at = url + (https ? 8 : 7);
	len = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/?");
	if (len >= sizeof(host) || len > strlen(at))
		return false;
	memcpy(host, at, len);
	host[len] = '\0';
	if (host[0] == '[' ? !literal_ok(host) : !name_ok(host))
		return false;
	if (!https && !is_loopback(host))
		return false;
	at = after_port(at + len);
	return at != NULL && (*at == '\0' || *at == '/' || *at == '?') &&
	    octets_ok(at);
}

/* Path and query: the octets of RFC 3986, with whole percent triples. */
static bool
octets_ok(const char *at)
{
	while (*at != '\0') {
		if (*at == '%') {
			if (strspn(at + 1, "0123456789ABCDEFabcdef") < 2)
				return false;
			at += 3;
		} else if (strchr(ALNUM "-._~:/?@!$&'()*+,;=", *at) != NULL) {
			at++;
		} else {
			return false;
		}
	}
	return true;
}

/* Labels of letters, digits and inner hyphens, with single dots. */
static bool
name_ok(const char *host)
{
	size_t len;

	for (;;) {
		len = strspn(host, ALNUM "-");
		if (len == 0 || len > LABEL_MAX || host[0] == '-' ||
		    host[len - 1] == '-')
			return false;
		if (host[len] == '\0')
			return true;
		if (host[len] != '.')
			return false;
		host += len + 1;
	}
}

/* An address of IPv6 in its brackets. */
static bool
literal_ok(const char *host)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr parsed;
	size_t len = strlen(host);

	if (len < 2 || len - 2 >= sizeof(address))
		return false;
	memcpy(address, host + 1, len - 2);
	address[len - 2] = '\0';
	return inet_pton(AF_INET6, address, &parsed) == 1;
}

/* What follows ":443", or nothing at all; NULL for what is no port. */
static const char *
after_port(const char *at)
{
	unsigned int port = 0;
	size_t len, i;

	if (*at != ':')
		return at;
	at++;
	len = strspn(at, "0123456789");
	if (len == 0 || len > PORT_DIGITS || at[0] == '0')
		return NULL;
	for (i = 0; i < len; i++)
		port = port * 10 + (unsigned int)(at[i] - '0');
	return port <= 65535 ? at + len : NULL;
}

static bool
is_loopback(const char *host)
{
	static const char suffix[] = ".localhost";
	size_t len = strlen(host);

	if (strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0 ||
	    strcmp(host, "localhost") == 0)
		return true;
	return len >= sizeof(suffix) &&
	    strcmp(host + len - (sizeof(suffix) - 1), suffix) == 0;
}
