/*
 * setup.c - what a script says there is, put in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/value.h"
#include "ctl/explain_args.h"
#include "kit/grammar.h"
#include "kit/setup.h"
#include "kit/target.h"

#define FILE_NAME_MAX 64

static int credential(struct kit_session *, const struct script_step *,
    struct till_error *err);
static int limits(struct kit_session *, const struct script_step *,
    struct till_error *err);
static int failures(struct kit_session *, const struct script_step *,
    struct till_error *err);
static int file_write(const struct script_step *, const struct kit_place *,
    struct till_error *err);
static int file_copy(const struct script_step *, const struct kit_place *,
    struct till_error *err);
static int path_make(const char *dir, const char *name, char path[PATH_MAX],
    struct till_error *err);
static int clock_set(struct kit_session *, const char *, struct till_error *);
static int once(const char *text, unsigned char *octets, size_t size,
    size_t *len_r);
static unsigned int hex_digit(char);

int
kit_expand(const struct kit_place *place, const char *value, char *text)
{
	const char *insert;
	size_t len = 0, n, taken;

	while (*value != '\0') {
		insert = value;
		n = taken = 1;
		if (strncmp(value, "$here", 5) == 0) {
			insert = place->here;
			n = strlen(insert);
			taken = 5;
		} else if (strncmp(value, "$tmp", 4) == 0) {
			insert = place->tmp;
			n = strlen(insert);
			taken = 4;
		}
		if (n >= KIT_VALUE_MAX - len)
			return -1;
		memcpy(text + len, insert, n);
		len += n;
		value += taken;
	}
	text[len] = '\0';
	return 0;
}

int
kit_set(struct kit_settings *settings, const struct script_step *step,
    const struct kit_place *place, struct till_error *err)
{
	char text[KIT_VALUE_MAX];
	struct conf_setting *to;
	size_t i;

	for (i = 0; i < step->args_len; i++) {
		if (settings->len == CONF_SETTINGS_MAX)
			return till_fail(err, "there are more than %d settings",
			    CONF_SETTINGS_MAX);
		if (kit_expand(place, step->args[i].value, text) == -1)
			return till_fail(err, "the value is too long");
		settings->texts[settings->len] = strdup(text);
		if (settings->texts[settings->len] == NULL)
			return till_fail(err, "out of memory");
		to = &settings->list[settings->len];
		to->place = step->args[i].place;
		to->value_place = step->args[i].value_place;
		to->key = step->args[i].key;
		to->value = settings->texts[settings->len++];
	}
	return 0;
}

void
kit_settings_clear(struct kit_settings *settings)
{
	while (settings->len > 0)
		free(settings->texts[--settings->len]);
}

void
kit_order(struct kit_session *session, const struct script_step *step)
{
	struct till_order *order = &session->order;
	const struct {
		const char *key, **text;
	} texts[] = {
		{ "customer", &order->customer },
		{ "merchant", &order->merchant },
		{ "merchant-name", &order->merchant_name },
		{ "merchant-country", &order->merchant_country },
		{ "merchant-origin", &order->merchant_origin },
		{ "ticket", &order->ticket },
		{ "jti", &order->jti },
		{ "oid", &order->oid },
		{ "desc", &order->desc },
		{ "kind", &order->kind },
		{ "channel", &order->channel },
		{ "lang", &order->lang },
	};
	const char *amount = script_value(step, "amount");
	struct till_error err;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (script_value(step, texts[i].key) != NULL)
			*texts[i].text = script_value(step, texts[i].key);
	if (amount != NULL)
		(void)till_money_parse_with_currency(amount, &order->amount,
		    &err);
	order->auth_level =
	    (uint32_t)script_number(step, "auth-level", order->auth_level);
	session->dated = session->dated ||
	    script_value(step, "issued") != NULL ||
	    script_value(step, "expires") != NULL;
	order->issued_s = script_number(step, "issued", order->issued_s);
	order->expires_s = script_number(step, "expires", order->expires_s);
	kit_session_forget(session);
}

int
kit_arrange(struct kit_session *session, const struct script_step *step,
    const struct kit_place *place, struct till_error *err)
{
	switch (step->verb) {
	case SCRIPT_CUSTOMER:
		if (kit_owner_customer_add(session->owner, step->word) == 0)
			return 0;
		return till_fail(err,
		    "'%s' cannot be a customer: up to 32 of a-z, 0-9 and '-', "
		    "and %d customers",
		    step->word, KIT_OWNER_CUSTOMERS_MAX);
	case SCRIPT_CREDENTIAL:
		return credential(session, step, err);
	case SCRIPT_FAILURES:
		return failures(session, step, err);
	case SCRIPT_LIMIT:
		return limits(session, step, err);
	case SCRIPT_SERVICES:
		session->owner->broken = strcmp(step->word, "fail") == 0;
		return 0;
	case SCRIPT_WRITE:
		return file_write(step, place, err);
	case SCRIPT_COPY:
		return file_copy(step, place, err);
	case SCRIPT_CLOCK:
		return clock_set(session, step->word, err);
	default:
		return 0;
	}
}

int
kit_octets(const char *text, unsigned char *octets, size_t size, size_t *len_r)
{
	size_t times = 1, i, len;
	char *end;

	if (strncmp(text, "times:", 6) == 0) {
		errno = 0;
		times = strtoul(text + 6, &end, 10);
		if (text[6] < '1' || text[6] > '9' || *end != ':' || errno != 0)
			return -1;
		text = end + 1;
	}
	if (once(text, octets, size, &len) == -1 || times > size ||
	    times * len > size)
		return -1;
	for (i = 1; i < times; i++)
		memcpy(octets + i * len, octets, len);
	*len_r = times * len;
	return 0;
}

static int
once(const char *text, unsigned char *octets, size_t size, size_t *len_r)
{
	static const char digits[] = "0123456789abcdef";
	size_t i, len;

	if (strncmp(text, "hex:", 4) != 0) {
		len = strlen(text);
		if (len > size)
			return -1;
		memcpy(octets, text, len);
		*len_r = len;
		return 0;
	}
	text += 4;
	len = strlen(text);
	if (len % 2 != 0 || len / 2 > size || strspn(text, digits) != len)
		return -1;
	for (i = 0; i < len / 2; i++)
		octets[i] = (unsigned char)(16 * hex_digit(text[2 * i]) +
		    hex_digit(text[2 * i + 1]));
	*len_r = len / 2;
	return 0;
}

static int
credential(struct kit_session *session, const struct script_step *step,
    struct till_error *err)
{
	unsigned char data[TILL_CREDENTIAL_MAX];
	const bool secret = script_value(step, "secret") != NULL;
	size_t i, len;

	if (kit_owner_customer(session->owner, session->order.customer) == NULL)
		return till_fail(err, "'%s' is no customer",
		    session->order.customer);
	for (i = 0; i < step->args_len; i++) {
		if (step->args[i].is_flag)
			continue;
		if (kit_octets(step->args[i].value, data, sizeof(data), &len) ==
			-1 ||
		    kit_owner_record_put(session->owner,
			session->order.customer, step->args[i].key, data, len,
			secret) == -1)
			return till_fail(err, "'%s' cannot be a credential",
			    step->args[i].key);
	}
	return 0;
}

static int
failures(struct kit_session *session, const struct script_step *step,
    struct till_error *err)
{
	struct kit_owner_customer *customer =
	    kit_owner_customer(session->owner, session->order.customer);
	int64_t n;

	if (customer == NULL)
		return till_fail(err, "'%s' is no customer",
		    session->order.customer);
	(void)value_number(step->word, UINT32_MAX, &n);
	customer->failures.count = (uint32_t)n;
	customer->failures.last_ms = kit_owner_time_s(session->owner) * 1000;
	customer->failures.first_ms = customer->failures.last_ms;
	return 0;
}

static int
limits(struct kit_session *session, const struct script_step *step,
    struct till_error *err)
{
	size_t i;
	int answer;

	for (i = 0; i < step->args_len; i++) {
		answer = grammar_index(grammar_fits, step->args[i].value) - 1;
		if (kit_owner_limit_set(session->owner, step->args[i].key,
			answer == 2 ? -1 : answer) == -1)
			return till_fail(err, "there are more than %d limits",
			    KIT_OWNER_LIMITS_MAX);
	}
	return 0;
}

/* One line more in a file. */
static int
file_write(const struct script_step *step, const struct kit_place *place,
    struct till_error *err)
{
	char path[PATH_MAX], text[KIT_VALUE_MAX];
	size_t len;
	int fd, r = 0;

	if (kit_expand(place, step->name, text) == -1 ||
	    strlen(text) + 2 > sizeof(text))
		return till_fail(err, "the text is too long");
	len = strlen(text);
	text[len++] = '\n';
	if (path_make(place->tmp, step->word, path, err) == -1)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, text, len) != (ssize_t)len)
		r = till_fail(err, "%s: %s", step->word, strerror(errno));
	if (fd != -1)
		(void)close(fd);
	return r;
}

/* A program beside the script may be run: its copy is ours alone. */
static int
file_copy(const struct script_step *step, const struct kit_place *place,
    struct till_error *err)
{
	const char *slash = strrchr(step->word, '/');
	char from[PATH_MAX], to[PATH_MAX];

	if ((size_t)snprintf(from, sizeof(from), "%s/%s", place->here,
		step->word) >= sizeof(from))
		return till_fail(err, "the name is too long");
	if (path_make(place->tmp, slash != NULL ? slash + 1 : step->word, to,
		err) == -1)
		return -1;
	return kit_copy(from, to, 0700, err);
}

static int
path_make(const char *dir, const char *name, char path[PATH_MAX],
    struct till_error *err)
{
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ||
	    strlen(name) > FILE_NAME_MAX ||
	    (size_t)snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		return till_fail(err,
		    "'%s': a file of $tmp is named without a folder", name);
	return 0;
}

/* "+10m", "-1h": both clocks jump, and the wall clock stands then; or the
 * time of the wall clock. */
static int
clock_set(struct kit_session *session, const char *text, struct till_error *err)
{
	struct kit_owner *owner = session->owner;
	struct zone *zone = NULL;
	int64_t ms;
	int r;

	if (text[0] == '+' || text[0] == '-') {
		if (value_duration(text + 1, &ms) == -1)
			return till_fail(err,
			    "'%s' is no jump, such as +10m or -1h", text);
		if (text[0] == '-')
			ms = -ms;
		owner->time_s = kit_owner_time_s(owner) + ms / 1000;
		owner->shift_ms += ms > 0 ? ms : 0;
		return 0;
	}
	if (zone_load("UTC", &zone, err) == -1)
		return -1;
	r = explain_time(text, zone, &ms, err);
	if (r == 0)
		owner->time_s = ms;
	zone_free(zone);
	return r;
}

static unsigned int
hex_digit(char c)
{
	return (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
}
