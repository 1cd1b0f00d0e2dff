/*
 * post.c - questions to a payment server, by libcurl.
 *
 * No redirect is followed: what is sent is for the server that the
 * customer has chosen.  Plain http is for loopback only, and goes through
 * no proxy.
 */
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "post.h"

#define PATH_MAX_OCTETS 256

struct post {
	CURL *curl;
	struct curl_slist *headers;
	const char *server;
};

struct received {
	size_t len;
	char octets[POST_ANSWER_MAX];
};

static void set_up(struct post *, long);
static size_t receive(char *, size_t, size_t, void *);
static enum post_end not_answered(CURLcode, const char *, struct till_error *);

int
post_open(const char *server, long timeout_s, struct post **post_r,
    struct till_error *err)
{
	struct post *post;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return till_fail(err, "libcurl does not start");
	post = calloc(1, sizeof(*post));
	if (post == NULL)
		return till_fail(err, "out of memory");
	post->server = server;
	post->curl = curl_easy_init();
	post->headers =
	    curl_slist_append(NULL, "Content-Type: application/json");
	if (post->curl == NULL || post->headers == NULL) {
		post_close(post);
		return till_fail(err, "out of memory");
	}
	set_up(post, timeout_s);
	*post_r = post;
	return 0;
}

void
post_close(struct post *post)
{
	if (post == NULL)
		return;
	curl_slist_free_all(post->headers);
	curl_easy_cleanup(post->curl);
	free(post);
	curl_global_cleanup();
}

enum post_end
post_json(struct post *post, const char *path, const char *body, size_t len,
    long *status_r, json_t **answer_r, struct till_error *err)
{
	char url[TILL_URL_MAX + PATH_MAX_OCTETS];
	enum post_end end = POST_LOST;
	struct received *received;
	json_t *json;
	CURLcode code;

	(void)snprintf(url, sizeof(url), "%s%s", post->server, path);
	received = calloc(1, sizeof(*received));
	if (received == NULL) {
		till_error_set(err, "out of memory");
		return POST_UNSENT;
	}
	(void)curl_easy_setopt(post->curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(post->curl, CURLOPT_WRITEDATA, received);
	(void)curl_easy_setopt(post->curl, CURLOPT_POSTFIELDSIZE, (long)len);
	(void)curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, body);
	code = curl_easy_perform(post->curl);
	if (code != CURLE_OK) {
		end = not_answered(code, post->server, err);
		goto out;
	}
	(void)curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, status_r);
	json = json_loadb(received->octets, received->len,
	    JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(json)) {
		json_decref(json);
		till_error_set(err,
		    "%.120s does not answer as a payment server (%ld)",
		    post->server, *status_r);
		goto out;
	}
	*answer_r = json;
	end = POST_ANSWERED;
out:
	free(received);
	return end;
}

static void
set_up(struct post *post, long timeout_s)
{
	CURL *curl = post->curl;

	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, post->headers);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	/* On a connection that was used before, libcurl itself would send
	 * once more what got no answer, a password among it. */
	(void)curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	if (strncmp(post->server, "http:", 5) == 0)
		(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

static size_t
receive(char *data, size_t size, size_t n, void *arg)
{
	struct received *received = arg;

	if (size * n > sizeof(received->octets) - received->len)
		return 0; /* makes libcurl fail the transfer */
	memcpy(received->octets + received->len, data, size * n);
	received->len += size * n;
	return size * n;
}

/* Whatever fails before there is a connection has sent nothing. */
static enum post_end
not_answered(CURLcode code, const char *server, struct till_error *err)
{
	till_error_set(err, "%.120s: %.100s", server, curl_easy_strerror(code));
	if (code == CURLE_COULDNT_RESOLVE_HOST ||
	    code == CURLE_COULDNT_RESOLVE_PROXY ||
	    code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR ||
	    code == CURLE_PEER_FAILED_VERIFICATION)
		return POST_UNSENT;
	return POST_LOST;
}
