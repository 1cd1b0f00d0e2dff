/*
 * open.c - give a host the settings, and have it open the instance.
 *
 * Settings were checked here, secrets read here: the host needs to read
 * none of them, and gets values that are as the module's table says.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "host/isolated.h"

#define DEATH_MS 1000 /* to hear how a host has died */

static int first_settings(struct isolated *, const struct conf_instance *,
    struct diag *, struct till_error *);
static int send_settings(struct host *, const struct isolated *, int64_t,
    unsigned char *, struct till_error *);
static void put_value(struct wire_writer *, const struct till_setting *,
    const unsigned char *);
static int send_one(struct host *, const struct wire_writer *, int64_t,
    struct till_error *);
static int ended(struct host *, struct till_error *);
static int opened(struct host *, int64_t, unsigned char *, struct till_error *);

/* Only one thread does this for an instance at one time. */
int
host_begin(struct isolated *isolated, const struct conf_instance *conf,
    struct diag *diag, int64_t until_ms, struct till_error *err)
{
	const bool first = isolated->hello == NULL;
	struct hosts *hosts = isolated->hosts;
	struct host *host = NULL;
	int r = -1;

	if (!module_file_is_whole(&isolated->file))
		return till_fail(err,
		    "%s was overwritten while it is in use; restart the "
		    "server, and next time rename a new file into its place",
		    isolated->file.path);
	(void)pthread_mutex_lock(&hosts->lock);
	if (isolated->closing)
		(void)till_fail(err, "it is being closed");
	else
		host = host_start(isolated, err);
	(void)pthread_mutex_unlock(&hosts->lock);
	if (host == NULL)
		return -1;
	if (host_learn(host, isolated, until_ms, err) == 0 &&
	    (!first || first_settings(isolated, conf, diag, err) == 0) &&
	    host_open(host, isolated, until_ms, err) == 0)
		r = 0;
	(void)pthread_mutex_lock(&hosts->lock);
	if (r == 0 && host->state == HOST_STARTS) {
		host->state = HOST_SERVES;
		isolated->current = host;
	} else {
		if (r == 0)
			r = till_fail(err, "its host has ended: %s", host->why);
		host_break(host, FAULT_UNFIT, err->text);
	}
	host_unuse(host);
	(void)pthread_cond_broadcast(&isolated->changed);
	(void)pthread_mutex_unlock(&hosts->lock);
	return r;
}

int
host_open(struct host *host, struct isolated *isolated, int64_t until_ms,
    struct till_error *err)
{
	unsigned char *buf = OPENSSL_secure_malloc(HOST_MESSAGE_MAX);
	int r = -1;

	if (buf == NULL)
		return till_fail(err, "out of secure memory");
	if (send_settings(host, isolated, until_ms, buf, err) == 0)
		r = opened(host, until_ms, buf, err);
	OPENSSL_secure_clear_free(buf, HOST_MESSAGE_MAX);
	return r;
}

int
host_hear(struct host *host, unsigned char *buf, size_t *len_r,
    int64_t until_ms, struct till_error *err)
{
	for (;;) {
		switch (channel_recv(host->calls[0], buf, HOST_REQUEST_MAX,
		    len_r)) {
		case CHANNEL_DONE:
			return 0;
		case CHANNEL_CUT:
			return till_fail(err, "says too much of itself");
		case CHANNEL_ERROR:
			return ended(host, err);
		case CHANNEL_TICK:
			if (hosts_now_ms() >= until_ms)
				return till_fail(err, "was not open in time");
			break;
		}
	}
}

/* Findings stand in diag; the text is for nobody then. */
static int
first_settings(struct isolated *isolated, const struct conf_instance *conf,
    struct diag *diag, struct till_error *err)
{
	size_t size = isolated->module.instance_size;

	assert(conf != NULL && diag != NULL);
	isolated->self = calloc(1, size > 0 ? size : 1);
	if (isolated->self == NULL)
		return till_fail(err, "out of memory");
	err->text[0] = '\0';
	return settings_apply(&isolated->module, conf, isolated->self,
	    isolated->check_only, &isolated->store, diag);
}

static int
send_settings(struct host *host, const struct isolated *isolated,
    int64_t until_ms, unsigned char *buf, struct till_error *err)
{
	const struct till_setting *setting = isolated->module.settings;
	const unsigned char *self = isolated->self;
	struct wire_writer writer;
	uint32_t i;

	for (i = 0; setting != NULL && setting[i].name != NULL; i++) {
		message_begin(&writer, buf, HOST_MESSAGE_MAX, MESSAGE_SET);
		wire_put_u32(&writer, i);
		put_value(&writer, &setting[i], self + setting[i].offset);
		if (writer.failed)
			return till_fail(err, "the setting %s is too long",
			    setting[i].name);
		if (send_one(host, &writer, until_ms, err) == -1)
			return -1;
	}
	message_begin(&writer, buf, HOST_MESSAGE_MAX, MESSAGE_OPEN);
	wire_put_u32(&writer, isolated->check_only);
	wire_put_i64(&writer, isolated->instance->time_s);
	return send_one(host, &writer, until_ms, err);
}

static void
put_value(struct wire_writer *writer, const struct till_setting *setting,
    const unsigned char *value)
{
	const char *const *words;
	struct till_money money;
	const char *text;
	int64_t n;
	uint32_t i;
	int word;

	switch (setting->type) {
	case TILL_SET_BOOL:
	case TILL_SET_ENUM:
		memcpy(&word, value, sizeof(word));
		wire_put_i64(writer, word);
		break;
	case TILL_SET_INT:
	case TILL_SET_DURATION:
		memcpy(&n, value, sizeof(n));
		wire_put_i64(writer, n);
		break;
	case TILL_SET_MONEY:
		memcpy(&money, value, sizeof(money));
		wire_put_i64(writer, money.micro);
		wire_put_array(writer, money.currency, sizeof(money.currency));
		break;
	case TILL_SET_STRING:
	case TILL_SET_SECRET_FILE:
	case TILL_SET_PATH:
		memcpy(&text, value, sizeof(text));
		wire_put_text(writer, text);
		break;
	case TILL_SET_LIST:
		memcpy(&words, value, sizeof(words));
		for (i = 0; words != NULL && words[i] != NULL; i++)
			;
		wire_put_u32(writer, i);
		for (i = 0; words != NULL && words[i] != NULL; i++)
			wire_put_text(writer, words[i]);
		break;
	}
}

static int
send_one(struct host *host, const struct wire_writer *writer, int64_t until_ms,
    struct till_error *err)
{
	enum channel_result r;

	do {
		r = channel_send(host->calls[0], writer, NULL, 0);
	} while (r == CHANNEL_TICK && hosts_now_ms() < until_ms);
	if (r == CHANNEL_DONE)
		return 0;
	if (r == CHANNEL_TICK)
		return till_fail(err, "was not open in time");
	return ended(host, err);
}

/* Its end is seen before the spawner says how that was. */
static int
ended(struct host *host, struct till_error *err)
{
	const int64_t until_ms = hosts_now_ms() + DEATH_MS;
	struct hosts *hosts = host->hosts;

	(void)pthread_mutex_lock(&hosts->lock);
	while (!host->ended && host->isolated != NULL && !hosts->lost &&
	    hosts_now_ms() < until_ms)
		hosts_wait(hosts, &host->isolated->changed, until_ms);
	(void)till_fail(err, "its host has ended: %s",
	    host->why[0] != '\0' ? host->why : "nobody knows how");
	(void)pthread_mutex_unlock(&hosts->lock);
	return -1;
}

static int
opened(struct host *host, int64_t until_ms, unsigned char *buf,
    struct till_error *err)
{
	struct wire_reader reader;
	struct till_error why;
	int64_t refused;
	size_t len;

	if (host_hear(host, buf, &len, until_ms, err) == -1)
		return -1;
	wire_read(&reader, buf, len);
	if (wire_get_u32(&reader) != MESSAGE_OPENED)
		return till_fail(err, "does not say whether it is open");
	refused = wire_get_i64(&reader);
	wire_get_array(&reader, why.text, sizeof(why.text));
	if (!wire_done(&reader))
		return till_fail(err, "does not say whether it is open");
	return refused == 0 ? 0 : till_fail(err, "%s", why.text);
}
