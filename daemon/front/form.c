/*
 * form.c - forms that are ours.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string.h>

#include "base64url.h"
#include "front/form.h"
#include "front/unit.h"

static bool is_ours(const struct work *, const char *, bool);

/*
 * What the browser says of where the form came from: Sec-Fetch-Site, or
 * for older ones Origin (RFC 6454), or for those that know neither the
 * Referer, which our page's policy allows.
 */
bool
form_same_origin(struct work *work)
{
	const char *site = http_field(work->http, "Sec-Fetch-Site");
	const char *origin = http_field(work->http, "Origin");
	const char *referer = http_field(work->http, "Referer");

	if (site != NULL)
		return strcmp(site, "same-origin") == 0;
	if (origin != NULL)
		return is_ours(work, origin, false);
	return referer != NULL && is_ours(work, referer, true);
}

bool
form_parse(struct work *work)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = http_field(work->http, "Content-Type");
	size_t len;
	char *text = http_body(work->http, &len);

	return type != NULL && strncmp(type, form, strlen(form)) == 0 &&
	    body_form(text, len, &work->body, &work->err) == 0;
}

bool
form_token_ok(const struct work *work, const char wanted[CSRF_SIZE])
{
	const char *csrf = body_text(&work->body, "", "csrf");

	return csrf != NULL && strlen(csrf) == strlen(wanted) &&
	    CRYPTO_memcmp(csrf, wanted, strlen(wanted)) == 0;
}

bool
form_read(struct work *work, const char wanted[CSRF_SIZE])
{
	return form_parse(work) && form_token_ok(work, wanted);
}

int
form_token(const char *purpose, const char *secret, char csrf_r[CSRF_SIZE])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (HMAC(EVP_sha256(), secret, (int)strlen(secret),
		(const unsigned char *)purpose, strlen(purpose), mac,
		&len) == NULL)
		return -1;
	(void)base64url_encode(mac, len, csrf_r);
	return 0;
}

/* Is this our origin; or, with a path, an address below it? */
static bool
is_ours(const struct work *work, const char *text, bool path)
{
	const char *issuer = work->front->issuer;
	size_t len = strlen(issuer);

	return strncmp(text, issuer, len) == 0 &&
	    (path ? text[len] == '/' : text[len] == '\0');
}
