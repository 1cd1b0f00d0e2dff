/*
 * cookie.c - what browsers keep for us: a secret of their own, the
 * session's, and the name by which a customer's browser is known; the last
 * two of a merchant's apart from a customer's.
 *
 * The prefix __Host- (RFC 6265bis, 4.1.3.2) binds a cookie to this very
 * host and to https; on plain http, which is for loopback only, browsers
 * would refuse it, so the names are plain there.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "base64url.h"
#include "front/unit.h"

#define BROWSER_OCTETS 16
#define BROWSER_CHARS 22
#define DEVICE_KEPT_S (400 * 24 * 3600) /* the longest that browsers grant */

static const char *name_of(const struct work *, const char *, const char *);
static const char *session_of(const struct work *);
static const char *device_of(const struct work *);
static bool browser_ok(const char *);

int
cookie_browser(struct work *work)
{
	const char *name = name_of(work, "__Host-till", "till");
	unsigned char octets[BROWSER_OCTETS];

	if (http_cookie(work->http, name, work->cookie, sizeof(work->cookie)) &&
	    browser_ok(work->cookie))
		return 0;
	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return till_fail(&work->err, "no randomness");
	(void)base64url_encode(octets, sizeof(octets), work->cookie);
	(void)snprintf(work->cookie_set, sizeof(work->cookie_set),
	    "%s=%s; Path=/; HttpOnly; SameSite=Lax%s", name, work->cookie,
	    work->front->secure ? "; Secure" : "");
	return 0;
}

void
cookie_session(struct work *work)
{
	if (!http_cookie(work->http, session_of(work), work->session,
		sizeof(work->session)))
		work->session[0] = '\0';
}

void
cookie_session_set(struct work *work, const char *session)
{
	(void)snprintf(work->cookie_set, sizeof(work->cookie_set),
	    "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", session_of(work),
	    session == NULL ? "" : session,
	    session == NULL ? "; Max-Age=0" : "",
	    work->front->secure ? "; Secure" : "");
}

void
cookie_device(struct work *work)
{
	if (!http_cookie(work->http, device_of(work), work->device,
		sizeof(work->device)))
		work->device[0] = '\0';
}

void
cookie_device_set(struct work *work)
{
	const char *device = answer_text(work->answer, TAG_DEVICE);

	if (device == NULL || strlen(device) >= sizeof(work->device))
		return;
	(void)snprintf(work->device_set, sizeof(work->device_set),
	    "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s",
	    device_of(work), device, DEVICE_KEPT_S,
	    work->front->secure ? "; Secure" : "");
}

void
cookie_fields(const struct work *work, struct http_field fields_r[2])
{
	size_t n = 0;

	if (work->cookie_set[0] != '\0')
		fields_r[n++] =
		    (struct http_field){ "Set-Cookie", work->cookie_set };
	if (work->device_set[0] != '\0')
		fields_r[n] =
		    (struct http_field){ "Set-Cookie", work->device_set };
}

static const char *
name_of(const struct work *work, const char *secure, const char *plain)
{
	return work->front->secure ? secure : plain;
}

static const char *
session_of(const struct work *work)
{
	return work->merchant
	    ? name_of(work, "__Host-till-merchant", "till-merchant")
	    : name_of(work, "__Host-till-session", "till-session");
}

static const char *
device_of(const struct work *work)
{
	return work->merchant
	    ? name_of(work, "__Host-till-merchant-device",
		  "till-merchant-device")
	    : name_of(work, "__Host-till-device", "till-device");
}

/* As this server makes them: 128 bits in base64url. */
static bool
browser_ok(const char *text)
{
	unsigned char octets[BROWSER_OCTETS];
	size_t len = strlen(text);

	return len == BROWSER_CHARS &&
	    base64url_decode(text, len, octets, sizeof(octets), &len) == 0;
}
