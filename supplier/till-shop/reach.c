/*
 * reach.c - libcurl, as the shop uses it: no other protocol than HTTP, no
 * proxy, no redirect, and an end to everything.
 */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "reach.h"

static CURL *prepare(const char *url, long timeout_s);
static size_t receive(char *, size_t, size_t, void *);

int
reach_start(struct till_error *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return till_fail(err, "libcurl does not start");
	return 0;
}

void
reach_stop(void)
{
	curl_global_cleanup();
}

int
reach_text(const char *url, const char *post, struct reached *reached,
    struct till_error *err)
{
	long status;

	if (reach(url, post, reached, &status, err) == -1)
		return -1;
	if (status != 200 && status != 201)
		return till_fail(err, "%s: answered %ld", url, status);
	return 0;
}

int
reach(const char *url, const char *post, struct reached *reached,
    long *status_r, struct till_error *err)
{
	struct curl_slist *headers = NULL;
	CURLcode code = CURLE_FAILED_INIT;
	CURL *curl;

	*status_r = 0;
	curl = prepare(url, REACH_TIMEOUT_S);
	reached->data = malloc(REACHED_MAX);
	if (curl == NULL || reached->data == NULL)
		goto out;
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, reached);
	if (post != NULL) {
		headers =
		    curl_slist_append(NULL, "Content-Type: application/jose");
		(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post);
	}
	code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status_r);
out:
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (code != CURLE_OK)
		return till_fail(err, "%s: %s", url, curl_easy_strerror(code));
	return 0;
}

bool
reach_is_up(const char *url, long patience_s)
{
	CURL *curl = prepare(url, patience_s);
	CURLcode code;
	long status = 0;

	if (curl == NULL)
		return false;
	(void)curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	return code == CURLE_OK && status < 500;
}

static CURL *
prepare(const char *url, long timeout_s)
{
	CURL *curl = curl_easy_init();

	if (curl == NULL)
		return NULL;
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
	return curl;
}

static size_t
receive(char *data, size_t size, size_t n, void *arg)
{
	struct reached *reached = arg;

	if (size * n > REACHED_MAX - reached->len)
		return 0; /* makes libcurl fail the transfer */
	memcpy(reached->data + reached->len, data, size * n);
	reached->len += size * n;
	return size * n;
}
