/*
 * send.c - messages on their way out, and the log that shows both ways.
 */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "bank/server.h"

#define GARBAGE_LEN 48

static void send_garbage(struct bank_server *, struct bank_conn *,
    enum script_garbage);
static void push(struct bank_server *, struct bank_conn *,
    const unsigned char *, size_t);
static void show_time(FILE *);

void
bank_depart(struct bank_server *server, struct bank_conn *conn,
    const struct bank_delivery *delivery)
{
	struct iso_message answer = delivery->message;

	if (delivery->action.garbage != GARBAGE_NONE) {
		send_garbage(server, conn, delivery->action.garbage);
		return;
	}
	bank_answer_spoil(&answer, &delivery->action);
	bank_send(server, conn, &answer, delivery->tpdu);
}

void
bank_send(struct bank_server *server, struct bank_conn *conn,
    const struct iso_message *message, const unsigned char *tpdu)
{
	const struct bank_settings *settings = &server->settings;
	unsigned char octets[ISO_OCTETS_MAX];
	unsigned char frame[FRAMING_PREFIX_MAX + FRAMING_MESSAGE_MAX];
	struct till_error err;
	size_t len;

	if (iso_write(&settings->coding, message, octets, sizeof(octets), &len,
		&err) == -1 ||
	    framing_write(&settings->framing, tpdu, octets, len, frame,
		sizeof(frame), &len, &err) == -1) {
		bank_say(server, conn, "not sent: %s", err.text);
		return;
	}
	bank_log(server, conn, false, message);
	push(server, conn, frame, len);
}

void
bank_log(const struct bank_server *server, const struct bank_conn *conn,
    bool to_bank, const struct iso_message *message)
{
	FILE *log = server->settings.log;
	char dump[ISO_DUMP_MAX];

	if (log == NULL)
		return;
	show_time(log);
	(void)fprintf(log, " %llu %s %s", (unsigned long long)conn->number,
	    to_bank ? "till --> bank" : "till <-- bank",
	    iso_dump(message, dump, sizeof(dump)));
	(void)fflush(log);
}

void
bank_say(const struct bank_server *server, const struct bank_conn *conn,
    const char *fmt, ...)
{
	FILE *log = server->settings.log;
	va_list ap;

	if (log == NULL)
		return;
	show_time(log);
	(void)fprintf(log, " %llu ",
	    conn == NULL ? 0 : (unsigned long long)conn->number);
	va_start(ap, fmt);
	(void)vfprintf(log, fmt, ap);
	va_end(ap);
	(void)fputc('\n', log);
	(void)fflush(log);
}

/* In a frame, or so that no frame is to be found any more. */
static void
send_garbage(struct bank_server *server, struct bank_conn *conn,
    enum script_garbage garbage)
{
	const struct framing *framing = &server->settings.framing;
	unsigned char octets[GARBAGE_LEN];
	unsigned char frame[FRAMING_PREFIX_MAX + FRAMING_MESSAGE_MAX];
	struct till_error err;
	size_t i, len;

	for (i = 0; i < sizeof(octets); i++)
		octets[i] = (unsigned char)bank_script_random(server->script);
	octets[0] = 0xff; /* neither a digit nor a length */
	bank_say(server, conn, "garbage instead of an answer");
	if (garbage == GARBAGE_STREAM)
		push(server, conn, octets, sizeof(octets));
	else if (framing_write(framing, NULL, octets, sizeof(octets), frame,
		     sizeof(frame), &len, &err) == 0)
		push(server, conn, frame, len);
}

static void
push(struct bank_server *server, struct bank_conn *conn,
    const unsigned char *octets, size_t len)
{
	struct till_error err;

	if (bank_wire_write(conn->wire, octets, len, &err) == -1)
		bank_close(server, conn, err.text);
}

static void
show_time(FILE *to)
{
	struct timespec now;
	struct tm utc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	(void)fprintf(to, "%02d:%02d:%02d.%03ld", utc.tm_hour, utc.tm_min,
	    utc.tm_sec, now.tv_nsec / 1000000);
}
