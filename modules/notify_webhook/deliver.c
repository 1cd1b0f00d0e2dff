/*
 * deliver.c - one POST, to where it may go.
 *
 * Merchants choose the addresses, so none is trusted: each is looked at
 * when a socket is about to be connected to it, behind all resolution, and
 * a name that leads elsewhere the next time is looked at again.  There are
 * no redirects, no proxies, no cookies, no user names, and TLS is always
 * verified.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "webhook.h"

#define CONNECT_MS 5000
#define HEADER_MAX 160

static CURL *borrow(struct wires *);
static void give_back(struct wires *, CURL *);
static struct curl_slist *headers(const struct till_event *);
static struct curl_slist *header(struct curl_slist *, const char *);
static bool set_up(CURL *, struct delivery *, struct curl_slist *);
static bool set_guards(CURL *, struct delivery *);
static curl_socket_t open_socket(void *, curlsocktype, struct curl_sockaddr *);
static bool may_connect(const struct wires *, const struct sockaddr *);
static size_t swallow(char *, size_t, size_t, void *);

int
wires_open(struct webhook *webhook, struct till_error *err)
{
	struct wires *wires = calloc(1, sizeof(*wires));
	size_t i;

	if (wires == NULL)
		return till_fail(err, "out of memory");
	for (i = 0; webhook->allow_private[i] != NULL; i++) {
		if (i == NETWORKS_MAX) {
			free(wires);
			return till_fail(err, "more than %d networks",
			    NETWORKS_MAX);
		}
		if (network_parse(webhook->allow_private[i], &wires->allowed[i],
			err) == -1) {
			free(wires);
			return -1;
		}
	}
	wires->allowed_len = i;
	(void)pthread_mutex_init(&wires->lock, NULL);
	webhook->wires = wires;
	return 0;
}

void
wires_close(struct wires *wires)
{
	size_t i;

	for (i = 0; i < wires->idle_len; i++)
		curl_easy_cleanup(wires->idle[i]);
	(void)pthread_mutex_destroy(&wires->lock);
	free(wires);
}

int
deliver(struct delivery *delivery)
{
	struct wires *wires = delivery->webhook->wires;
	struct curl_slist *list = headers(delivery->event);
	curl_off_t retry_after_s = 0;
	CURL *curl = borrow(wires);
	CURLcode code;
	int r = -1;

	(void)till_fail(&delivery->why, "out of memory");
	if (curl == NULL || list == NULL || !set_up(curl, delivery, list))
		goto out;
	code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE,
	    &delivery->status);
	if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after_s) ==
	    CURLE_OK)
		delivery->retry_after_s = (int64_t)retry_after_s;
	/* An answer that is too long was cut, but it was one. */
	if (code == CURLE_OK ||
	    (code == CURLE_WRITE_ERROR && delivery->answered > ANSWER_MAX))
		r = 0;
	else
		(void)till_fail(&delivery->why, "%s", curl_easy_strerror(code));
out:
	curl_slist_free_all(list);
	give_back(wires, curl);
	return r;
}

/* One that has connections, if there is such. */
static CURL *
borrow(struct wires *wires)
{
	CURL *curl = NULL;

	(void)pthread_mutex_lock(&wires->lock);
	if (wires->idle_len > 0)
		curl = wires->idle[--wires->idle_len];
	(void)pthread_mutex_unlock(&wires->lock);
	return curl == NULL ? curl_easy_init() : curl;
}

static void
give_back(struct wires *wires, CURL *curl)
{
	if (curl == NULL)
		return;
	curl_easy_reset(curl);
	(void)pthread_mutex_lock(&wires->lock);
	if (wires->idle_len < HANDLES_MAX) {
		wires->idle[wires->idle_len++] = curl;
		curl = NULL;
	}
	(void)pthread_mutex_unlock(&wires->lock);
	curl_easy_cleanup(curl);
}

/* What a merchant's server may want to know before it has looked into
 * the token; nothing of it is signed. */
static struct curl_slist *
headers(const struct till_event *event)
{
	struct curl_slist *list = NULL;
	char text[HEADER_MAX];

	list = header(list, "Content-Type: application/jwt");
	list = header(list, "Accept:");
	list = header(list, "Expect:");
	(void)snprintf(text, sizeof(text), "Till-Event: %s", event->type);
	list = header(list, text);
	(void)snprintf(text, sizeof(text), "Till-Event-Id: %s", event->id);
	list = header(list, text);
	(void)snprintf(text, sizeof(text), "Till-Sequence: %" PRIu64,
	    event->sequence);
	list = header(list, text);
	(void)snprintf(text, sizeof(text), "Till-Attempt: %" PRIu32,
	    event->attempt);
	return header(list, text);
}

/* NULL once there was no memory. */
static struct curl_slist *
header(struct curl_slist *list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(list, text);

	if (longer == NULL)
		curl_slist_free_all(list);
	return longer;
}

static bool
set_up(CURL *curl, struct delivery *delivery, struct curl_slist *list)
{
	const char *token = delivery->event->token;
	const long deadline_ms = (long)delivery->webhook->deadline_ms;
	CURLcode c = CURLE_OK;

	c |= curl_easy_setopt(curl, CURLOPT_URL, delivery->url);
	c |= curl_easy_setopt(curl, CURLOPT_POST, 1L);
	c |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, token);
	c |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(token));
	c |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
	c |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "till");
	c |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	c |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, deadline_ms);
	c |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
	    deadline_ms < CONNECT_MS ? deadline_ms : (long)CONNECT_MS);
	c |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
	c |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, delivery);
	return c == CURLE_OK && set_guards(curl, delivery);
}

static bool
set_guards(CURL *curl, struct delivery *delivery)
{
	const bool https = strncmp(delivery->url, "https:", 6) == 0;
	CURLcode c = CURLE_OK;

	c |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
	    https ? "https" : "http");
	c |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	c |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
	c |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	c |= curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	c |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	c |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	c |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	c |= curl_easy_setopt(curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	if (delivery->webhook->ca != NULL && delivery->webhook->ca[0] != '\0') {
		c |= curl_easy_setopt(curl, CURLOPT_CAINFO,
		    delivery->webhook->ca);
		c |= curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	c |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	c |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, delivery);
	return c == CURLE_OK;
}

/* The address is the one that will be connected to. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct delivery *delivery = arg;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !may_connect(delivery->webhook->wires, &address->addr)) {
		delivery->guarded = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
}

static bool
may_connect(const struct wires *wires, const struct sockaddr *address)
{
	unsigned char octets[NETWORK_OCTETS];
	struct sockaddr_in6 in6;
	struct sockaddr_in in4;
	size_t i;

	if (address->sa_family == AF_INET) {
		memcpy(&in4, address, sizeof(in4));
		network_map((const unsigned char *)&in4.sin_addr, octets);
	} else if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		memcpy(octets, &in6.sin6_addr, sizeof(octets));
	} else {
		return false;
	}
	if (network_is_public(octets))
		return true;
	for (i = 0; i < wires->allowed_len; i++)
		if (network_has(&wires->allowed[i], octets))
			return true;
	return false;
}

/* What the answer says beside its status is nobody's interest. */
static size_t
swallow(char *data, size_t size, size_t n, void *arg)
{
	struct delivery *delivery = arg;

	(void)data;
	delivery->answered += size * n;
	return delivery->answered > ANSWER_MAX ? 0 : size * n;
}
