/*
 * web_reply.c - what the answers of the shop have in common: the language,
 * the headers, and what the browser is to remember.
 */
#include <microhttpd.h>
#include <string.h>
#include <sys/stat.h>

#include "web.h"

#define COOKIE_LANGUAGE "shop-lang"
#define COOKIE_SERVER "shop-server"
#define COOKIE_AGE_S 31536000 /* what was chosen is kept for a year */

static bool here_ok(const struct request *);
static size_t pieces(const struct visitor *);
static struct MHD_Response *body_of(struct request *);
static void common_headers(struct MHD_Response *, const struct request *);
static void cookies(struct MHD_Response *, const struct request *);
static void cookie(struct MHD_Response *, const struct request *,
    const char *name, const char *value, const char *more);

size_t
request_chosen(const struct request *request)
{
	const struct catalogue *c = request->shop->catalogue;
	const char *issuer;
	size_t i = 0;

	issuer = MHD_lookup_connection_value(request->connection,
	    MHD_COOKIE_KIND, COOKIE_SERVER);
	if (issuer == NULL)
		return c->servers_len;
	while (i < c->servers_len && strcmp(c->servers[i].issuer, issuer) != 0)
		i++;
	return i;
}

/* What this request asks for, then what the browser remembers, then what it
 * says. */
void
reply_language(struct request *request)
{
	struct MHD_Connection *from = request->connection;
	const struct language *language = NULL;
	const char *said;

	said = request->is_get
	    ? MHD_lookup_connection_value(from, MHD_GET_ARGUMENT_KIND, "lang")
	    : NULL;
	if (said != NULL)
		language = request->say = language_find(said);
	if (language == NULL) {
		said = MHD_lookup_connection_value(from, MHD_COOKIE_KIND,
		    COOKIE_LANGUAGE);
		language = said == NULL ? NULL : language_find(said);
	}
	if (language == NULL)
		language = language_accept(MHD_lookup_connection_value(from,
		    MHD_HEADER_KIND, "Accept-Language"));
	request->page.language = language;
	request->page.here = here_ok(request) ? request->path : "/";
	request->page.basket = pieces(&request->visitor);
}

struct MHD_Response *
reply_new(struct request *request)
{
	struct MHD_Response *response = body_of(request);

	if (response != NULL)
		common_headers(response, request);
	return response;
}

/* What a form was sent to, or a voucher came to, is no page to come back to;
 * nor is what a browser might read as the address of another site. */
static bool
here_ok(const struct request *request)
{
	const char *path = request->path;

	return request->is_get && strcmp(path, "/return") != 0 &&
	    path[0] == '/' && path[1] != '/' &&
	    path[strspn(path,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789/._-")] == '\0';
}

static size_t
pieces(const struct visitor *visitor)
{
	size_t sum = 0, i;

	for (i = 0; i < visitor->basket_len; i++)
		sum += visitor->basket[i].qty;
	return sum;
}

static struct MHD_Response *
body_of(struct request *request)
{
	struct MHD_Response *response;
	struct stat st;

	if (request->fd != -1) {
		if (fstat(request->fd, &st) == -1 || !S_ISREG(st.st_mode))
			return NULL;
		response = MHD_create_response_from_fd64((uint64_t)st.st_size,
		    request->fd);
		if (response != NULL)
			request->fd = -1; /* the response closes it */
		return response;
	}
	if (request->page.failed)
		return NULL;
	response = MHD_create_response_from_buffer(request->page.len,
	    request->page.data == NULL ? (void *)(uintptr_t) ""
				       : request->page.data,
	    request->page.data == NULL ? MHD_RESPMEM_PERSISTENT
				       : MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		request->page.data = NULL; /* the response frees it */
	return response;
}

static void
common_headers(struct MHD_Response *response, const struct request *request)
{
	(void)MHD_add_response_header(response, "Content-Type",
	    request->type == NULL ? "text/html; charset=utf-8" : request->type);
	(void)MHD_add_response_header(response, "Cache-Control", "no-store");
	(void)MHD_add_response_header(response, "X-Content-Type-Options",
	    "nosniff");
	(void)MHD_add_response_header(response, "Referrer-Policy",
	    "strict-origin-when-cross-origin");
	(void)MHD_add_response_header(response, "Content-Security-Policy",
	    "default-src 'none'; style-src 'self'; img-src 'self'; "
	    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	(void)MHD_add_response_header(response, "Permissions-Policy",
	    "camera=(), geolocation=(), microphone=(), payment=()");
	(void)MHD_add_response_header(response, "Cross-Origin-Opener-Policy",
	    "same-origin");
	(void)MHD_add_response_header(response, "Cross-Origin-Resource-Policy",
	    "same-origin");
	if (request->location[0] != '\0')
		(void)MHD_add_response_header(response, "Location",
		    request->location);
	if (request->refresh[0] != '\0')
		(void)MHD_add_response_header(response, "Refresh",
		    request->refresh);
	if (request->type == NULL) {
		(void)MHD_add_response_header(response, "Content-Language",
		    request->page.language->tag);
		(void)MHD_add_response_header(response, "Vary",
		    "Accept-Language, Cookie");
	}
	cookies(response, request);
}

static void
cookies(struct MHD_Response *response, const struct request *request)
{
	const struct catalogue *c = request->shop->catalogue;
	char age[32];

	/* A picture that comes late takes no session back that a page in the
	 * meantime has begun. */
	if (request->type != NULL)
		return;
	(void)snprintf(age, sizeof(age), "; Max-Age=%d", COOKIE_AGE_S);
	cookie(response, request, COOKIE_VISITOR, request->visitor.id, "");
	if (request->say != NULL)
		cookie(response, request, COOKIE_LANGUAGE, request->say->tag,
		    age);
	/* An issuer with what a cookie cannot hold is asked for again. */
	if (request->choose >= 0 &&
	    strpbrk(c->servers[request->choose].issuer, ",;") == NULL)
		cookie(response, request, COOKIE_SERVER,
		    c->servers[request->choose].issuer, age);
}

static void
cookie(struct MHD_Response *response, const struct request *request,
    const char *name, const char *value, const char *more)
{
	bool https = strncmp(request->shop->catalogue->url, "https:", 6) == 0;
	char text[TILL_URL_MAX + 128];

	(void)snprintf(text, sizeof(text),
	    "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value, more,
	    https ? "; Secure" : "");
	(void)MHD_add_response_header(response, "Set-Cookie", text);
}
