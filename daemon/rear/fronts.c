/*
 * fronts.c - hello and notice.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "rear/fronts.h"

struct fronts {
	struct rear *rear;
	pthread_mutex_t lock;
	struct link_peer *peers[LINK_PEERS_MAX]; /* counted */
	size_t len;
};

static int greet(struct rear *, struct frame_writer *, enum frame_kind,
    uint64_t, struct till_error *);
static char *well_known(struct rear *, const struct conf *);
static json_t *endpoints(const char *);
static json_t *currencies(const struct conf *);
static json_t *limits(const struct conf *);

struct fronts *
fronts_new(struct rear *rear)
{
	struct fronts *fronts = calloc(1, sizeof(*fronts));

	if (fronts == NULL)
		return NULL;
	fronts->rear = rear;
	(void)pthread_mutex_init(&fronts->lock, NULL);
	return fronts;
}

void
fronts_free(struct fronts *fronts)
{
	size_t i;

	if (fronts == NULL)
		return;
	for (i = 0; i < fronts->len; i++)
		link_peer_unref(fronts->peers[i]);
	(void)pthread_mutex_destroy(&fronts->lock);
	free(fronts);
}

void
fronts_hello(struct fronts *fronts, struct link_peer *peer,
    const struct frame *frame, struct frame_writer *writer)
{
	struct till_error err;
	size_t i;

	if (frame_get_number(frame, TAG_VERSION, 0) != LINK_VERSION) {
		frame_begin(writer, FRAME_HELLO_REPLY, frame->id);
		frame_number(writer, TAG_VERSION, LINK_VERSION);
		frame_text(writer, TAG_ERROR, "another version of the link");
		if (frame_end(writer, &err) == 0)
			(void)link_peer_send(peer, writer);
		return;
	}
	if (greet(fronts->rear, writer, FRAME_HELLO_REPLY, frame->id, &err) ==
	    -1) {
		log_line(TILL_LOG_ERROR, "link.hello-not-made", "error",
		    err.text, NULL);
		return;
	}
	(void)pthread_mutex_lock(&fronts->lock);
	for (i = 0; i < fronts->len && fronts->peers[i] != peer; i++)
		continue;
	if (i == fronts->len && fronts->len < LINK_PEERS_MAX)
		fronts->peers[fronts->len++] = link_peer_ref(peer);
	(void)pthread_mutex_unlock(&fronts->lock);
	(void)link_peer_send(peer, writer);
}

void
fronts_gone(struct fronts *fronts, struct link_peer *peer)
{
	bool found = false;
	size_t i;

	(void)pthread_mutex_lock(&fronts->lock);
	for (i = 0; i < fronts->len && !found; i++) {
		found = fronts->peers[i] == peer;
		if (found)
			fronts->peers[i] = fronts->peers[--fronts->len];
	}
	(void)pthread_mutex_unlock(&fronts->lock);
	if (found)
		link_peer_unref(peer);
}

void
fronts_notice(struct fronts *fronts)
{
	struct frame_writer writer;
	struct till_error err;
	size_t i;

	if (frame_writer_init(&writer, &err) == -1)
		goto failed;
	if (greet(fronts->rear, &writer, FRAME_NOTICE, 0, &err) == -1) {
		frame_writer_free(&writer);
		goto failed;
	}
	(void)pthread_mutex_lock(&fronts->lock);
	for (i = 0; i < fronts->len; i++)
		(void)link_peer_send(fronts->peers[i], &writer);
	(void)pthread_mutex_unlock(&fronts->lock);
	frame_writer_free(&writer);
	return;
failed:
	log_line(TILL_LOG_ERROR, "link.notice-not-made", "error", err.text,
	    NULL);
}

static int
greet(struct rear *rear, struct frame_writer *writer, enum frame_kind kind,
    uint64_t id, struct till_error *err)
{
	struct generation *generation = rear_generation(rear);
	struct keyring *ring = keys_ring(rear->keys);
	const struct conf *conf = generation->conf;
	char *json = well_known(rear, conf);
	int r;

	frame_begin(writer, kind, id);
	frame_number(writer, TAG_VERSION, LINK_VERSION);
	frame_text(writer, TAG_ISSUER, rear->issuer);
	frame_text(writer, TAG_OPERATOR, conf_set(conf, "operator"));
	frame_text(writer, TAG_JWKS, ring->jwks);
	frame_text(writer, TAG_WELL_KNOWN, json);
	frame_number(writer, TAG_SESSION_IDLE_S,
	    (uint64_t)conf_set_number(conf, "session-idle") / 1000);
	frame_number(writer, TAG_SESSION_MAX_S,
	    (uint64_t)conf_set_number(conf, "session-max") / 1000);
	frame_number(writer, TAG_CONVERSATION_TTL_S,
	    (uint64_t)conf_set_number(conf, "conversation-ttl") / 1000);
	r = frame_end(writer, err);
	free(json);
	keyring_unref(ring);
	generation_unref(generation);
	return r;
}

/* What /.well-known/till.json says; nothing of stacks and modules. */
static char *
well_known(struct rear *rear, const struct conf *conf)
{
	json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:o, s:[s, s]}",
	    "issuer", rear->issuer, "operator", conf_set(conf, "operator"),
	    "endpoints", endpoints(rear->issuer), "currencies",
	    currencies(conf), "limits", limits(conf), "algorithms", "ES256",
	    "Ed25519");
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);

	json_decref(json);
	return text;
}

static json_t *
endpoints(const char *issuer)
{
	static const struct {
		const char *name, *path;
	} all[] = {
		{ "pay", "/pay" },
		{ "tickets", "/v1/tickets" },
		{ "orders", "/v1/orders" },
		{ "vouchers", "/v1/vouchers" },
		{ "refunds", "/v1/refunds" },
		{ "jwks", "/.well-known/jwks.json" },
	};
	json_t *json = json_object();
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		(void)json_object_set_new(json, all[i].name,
		    json_sprintf("%s%s", issuer, all[i].path));
	return json;
}

/* Codes divided by blanks, as an array. */
static json_t *
currencies(const struct conf *conf)
{
	const char *at = conf_set(conf, "currencies");
	json_t *json = json_array();
	size_t len;

	while (*at != '\0') {
		len = strcspn(at, " ");
		if (len > 0)
			(void)json_array_append_new(json,
			    json_stringn(at, len));
		at += len + (at[len] == ' ');
	}
	return json;
}

static json_t *
limits(const struct conf *conf)
{
	return json_pack("{s:i, s:i, s:I, s:I, s:i}", "token_octets",
	    TILL_TOKEN_MAX, "token_url_octets", TILL_TOKEN_URL_MAX,
	    "ticket_lifetime_s",
	    (json_int_t)conf_set_number(conf, "ticket-lifetime") / 1000,
	    "voucher_lifetime_s",
	    (json_int_t)conf_set_number(conf, "voucher-lifetime") / 1000,
	    "items", TILL_ITEMS_MAX);
}
