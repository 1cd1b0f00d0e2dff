/*
 * ask.c - what is asked of a module beside calls: how it is, and what it
 * has to report.
 */
#include "host/isolated.h"

/* One question.  text is NULL but for a report. */
struct asking {
	struct isolated *isolated;
	struct host *host;
	size_t channel;
	int64_t until_ms;
	unsigned char buf[HOST_REQUEST_MAX];
	struct wire_writer writer;
	bool sent;
	struct message_said said;
	char *text;
};

static int ask(struct asking *, int64_t, struct till_error *);
static int ask_one(struct asking *, int64_t, struct till_error *);
static bool exchange(struct asking *, enum host_fault *);
static enum channel_result hear(struct asking *, size_t *);

int
host_health(struct instance *instance, struct till_error *err)
{
	struct asking asking = { .isolated = instance->isolated };

	message_begin(&asking.writer, asking.buf, sizeof(asking.buf),
	    MESSAGE_HEALTH);
	return ask(&asking, HOSTS_HEALTH_MS, err);
}

int
host_report(struct instance *instance, const char *word,
    char text[TILL_REPORT_MAX], struct till_error *err)
{
	struct asking asking = { .isolated = instance->isolated, .text = text };

	message_begin(&asking.writer, asking.buf, sizeof(asking.buf),
	    MESSAGE_REPORT);
	wire_put_text(&asking.writer, word);
	if (asking.writer.failed)
		return till_fail(err, "the word is too long");
	return ask(&asking, HOSTS_REPORT_MS, err);
}

/* A host that has died since its last call was asked nothing: then the next
 * one is. */
static int
ask(struct asking *asking, int64_t ms, struct till_error *err)
{
	int i;

	for (i = 0; i < 2 && !asking->sent; i++)
		if (ask_one(asking, ms, err) == -1)
			return -1;
	if (asking->said.failed == 0)
		return 0;
	*err = asking->said.err;
	return -1;
}

/* -1: there is none. */
static int
ask_one(struct asking *asking, int64_t ms, struct till_error *err)
{
	struct isolated *isolated = asking->isolated;
	enum host_fault fault = FAULT_GARBLED;
	bool answered;

	asking->until_ms = hosts_now_ms() + ms;
	asking->host =
	    host_take(isolated, false, asking->until_ms, &asking->channel, err);
	if (asking->host == NULL)
		return -1;
	asking->until_ms = hosts_now_ms() + ms;
	answered = exchange(asking, &fault);
	if (!answered) {
		(void)till_fail(&asking->said.err, "its host does not answer");
		asking->said.failed = 1;
		(void)pthread_mutex_lock(&isolated->hosts->lock);
		host_break(asking->host, fault,
		    asking->text != NULL ? "did not report"
					 : "did not say how it is");
		(void)pthread_mutex_unlock(&isolated->hosts->lock);
	}
	host_give_back(isolated, asking->host, asking->channel, answered);
	return 0;
}

/* False if there is no answer, or none that is one. */
static bool
exchange(struct asking *asking, enum host_fault *fault_r)
{
	const int fd = asking->host->calls[asking->channel];
	struct wire_reader reader;
	enum channel_result r;
	size_t len = 0;

	r = channel_send(fd, &asking->writer, NULL, 0);
	asking->sent = r != CHANNEL_ERROR;
	if (asking->sent)
		r = hear(asking, &len);
	switch (r) {
	case CHANNEL_ERROR:
		*fault_r = FAULT_DIED;
		return false;
	case CHANNEL_TICK:
		*fault_r = FAULT_LATE;
		return false;
	case CHANNEL_CUT:
		*fault_r = FAULT_GARBLED;
		return false;
	case CHANNEL_DONE:
		break;
	}
	wire_read(&reader, asking->buf, len);
	reader.failed = wire_get_u32(&reader) != MESSAGE_RESULT;
	message_get_said(&reader, &asking->said, asking->text);
	return wire_done(&reader);
}

static enum channel_result
hear(struct asking *asking, size_t *len_r)
{
	const int fd = asking->host->calls[asking->channel];
	enum channel_result r;

	do {
		r = channel_recv(fd, asking->buf, sizeof(asking->buf), len_r);
	} while (r == CHANNEL_TICK && hosts_now_ms() < asking->until_ms);
	return r;
}
