/*
 * own.c - what the bank says of its own accord: echo, cutover, and money
 * that it gives back.
 *
 * Such a message goes to the first connection that is signed on, and, with
 * the type of a repeat where there is one, again until it is answered.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bank/server.h"
#include "settle_bank/profile.h"

static int add(struct bank_server *, const struct iso_message *,
    struct till_error *);
static int64_t next_stan(struct bank_server *);
static void next_day(char date[5]);
static int pair(const char *);

int
bank_own_echo(struct bank_server *server, struct till_error *err)
{
	struct iso_message message;

	bank_answer_own("0800", next_stan(server), &message);
	bank_answer_set(&message, 70, server->settings.echo);
	return add(server, &message, err);
}

int
bank_own_cutover(struct bank_server *server, const char *date,
    struct till_error *err)
{
	struct iso_message message;
	char day[5];

	memcpy(day, server->ledger->date, sizeof(day));
	next_day(day);
	if (date[0] != '\0') {
		if (iso_check(iso_element(15), date, strlen(date), err) == -1)
			return -1;
		memcpy(day, date, sizeof(day));
	}
	bank_ledger_day(server->ledger, day);
	bank_answer_own("0800", next_stan(server), &message);
	bank_answer_set(&message, 15, day);
	bank_answer_set(&message, 70, server->settings.cutover);
	return add(server, &message, err);
}

int
bank_own_return(struct bank_server *server, const char *key,
    struct till_error *err)
{
	const struct bank_entry *entry =
	    bank_ledger_return(server->ledger, key);
	struct iso_message message;

	if (entry == NULL)
		return till_fail(err, "no charge has this key");
	bank_answer_return(server->settings.own_reversal, next_stan(server),
	    entry, server->ledger->accounts[entry->account - 1].is.name,
	    &message);
	return add(server, &message, err);
}

bool
bank_own_answered(struct bank_server *server, struct bank_conn *conn,
    const struct iso_message *answer)
{
	struct bank_own *own;
	struct till_error err;
	size_t i;

	for (i = 0; i < BANK_OWN_MAX; i++) {
		own = &server->own[i];
		if (!own->used || !profile_answers(&own->message, answer))
			continue;
		if (profile_check(answer, PROFILE_TO_BANK, &err) == -1 ||
		    profile_echoes(&own->message, answer, &err) == -1) {
			server->refused++;
			bank_say(server, conn, "no answer: %s", err.text);
			return true;
		}
		own->used = false;
		iso_wipe(&own->message);
		server->own_answered++;
		return true;
	}
	return false;
}

void
bank_own_run(struct bank_server *server, int64_t now_ms)
{
	struct bank_conn *conn;
	struct bank_own *own;
	size_t i;

	for (i = 0; i < BANK_OWN_MAX; i++) {
		own = &server->own[i];
		if (!own->used || own->due_ms > now_ms)
			continue;
		own->due_ms = now_ms + server->settings.repeat_ms;
		conn = bank_signed_on(server);
		if (conn == NULL)
			continue;
		if (own->sent++ == BANK_REPEATS_MAX) {
			bank_say(server, conn, "given up: no answer");
			own->used = false;
			continue;
		}
		if (own->sent > 1 && own->message.mti[1] == '4')
			own->message.mti[3] |= 1;
		bank_send(server, conn, &own->message, NULL);
	}
}

size_t
bank_own_waiting(const struct bank_server *server)
{
	size_t i, n = 0;

	for (i = 0; i < BANK_OWN_MAX; i++)
		n += server->own[i].used ? 1 : 0;
	return n;
}

static int
add(struct bank_server *server, const struct iso_message *message,
    struct till_error *err)
{
	size_t i;

	if (profile_check(message, PROFILE_FROM_BANK, err) == -1)
		return -1;
	for (i = 0; i < BANK_OWN_MAX; i++) {
		if (server->own[i].used)
			continue;
		server->own[i] =
		    (struct bank_own){ .message = *message, .used = true };
		return 0;
	}
	return till_fail(err, "too many messages wait for an answer");
}

static int64_t
next_stan(struct bank_server *server)
{
	server->stan = server->stan % 999999 + 1;
	return server->stan;
}

/* Of this year, as a settlement day has none. */
static void
next_day(char date[5])
{
	const time_t now = time(NULL);
	struct tm day;

	(void)gmtime_r(&now, &day);
	day.tm_mon = pair(date) - 1;
	day.tm_mday = pair(date + 2) + 1;
	day.tm_hour = 12;
	(void)timegm(&day);
	(void)strftime(date, 5, "%m%d", &day);
}

static int
pair(const char *text)
{
	return 10 * (text[0] - '0') + text[1] - '0';
}
