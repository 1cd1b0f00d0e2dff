/*
 * conf_set.c - "set KEY VALUE": what concerns the server as a whole.
 *
 * One table says all there is to say of a key; to add one, add a row.
 */
#include <assert.h>
#include <string.h>

#include <till/ticket.h>

#include "config/parse.h"
#include "config/value.h"
#include "iban.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define MB (INT64_C(1024) * 1024)
#define WORDS_TEXT_MAX 256 /* octets of a list of currencies or words */

enum set_type {
	SET_TEXT = 1, /* low..high octets */
	SET_URL, /* absolute, https or loopback */
	SET_NUMBER, /* low..high */
	SET_DURATION, /* milliseconds, low..high */
	SET_SIZE, /* octets, low..high */
	SET_ZONE, /* a name of tzdata */
	SET_IBAN, /* or nothing */
	SET_BIC, /* or nothing */
	SET_CURRENCIES, /* one or more, divided by blanks */
	SET_AMOUNTS, /* one for each of some currencies, or none */
	SET_ENROL /* one or more of a few words, likewise */
};

/* When a value that was changed takes effect. */
enum set_when { WHEN_RELOADED = 1, WHEN_STARTED };

struct set_key {
	const char *name;
	enum set_when when;
	enum set_type type;
	const char *initial;
	int64_t low, high;
	const char *help;
};

static const struct set_key keys[] = {
	{ "timezone", WHEN_RELOADED, SET_ZONE, "UTC", 0, 0,
	    "zone of hours, weekdays and daily limits" },
	{ "issuer", WHEN_STARTED, SET_URL, "", 0, 0,
	    "this server's own URL: tickets' aud, vouchers' iss" },
	{ "listen", WHEN_STARTED, SET_TEXT, "127.0.0.1:8080", 1, 128,
	    "where the front unit listens: ADDRESS:PORT or unix:PATH" },
	{ "admin-listen", WHEN_STARTED, SET_TEXT, "", 0, 128,
	    "where it answers /livez, /readyz and /metrics; or nothing" },
	{ "tls-certificate", WHEN_STARTED, SET_TEXT, "", 0, 256,
	    "file with the certificate chain, PEM; or nothing" },
	{ "tls-key", WHEN_STARTED, SET_TEXT, "", 0, 256,
	    "file with its key, PEM" },
	{ "proxies", WHEN_STARTED, SET_TEXT, "", 0, 256,
	    "addresses whose X-Forwarded headers are believed" },
	{ "rear-user", WHEN_STARTED, SET_TEXT, "till", 0, 32,
	    "user of the rear unit; nothing: nobody else" },
	{ "front-user", WHEN_STARTED, SET_TEXT, "till-front", 0, 32,
	    "user of the front unit; nothing: nobody else" },
	{ "module-user", WHEN_STARTED, SET_TEXT, "till-module", 0, 32,
	    "user of module hosts; nothing: that of the rear unit" },
	{ "admin-group", WHEN_STARTED, SET_TEXT, "", 0, 32,
	    "group that may use tillctl, beside root; or nothing" },
	{ "state-dir", WHEN_STARTED, SET_TEXT, "", 0, 128,
	    "folder of ledger and keys; nothing: the built-in one" },
	{ "run-dir", WHEN_STARTED, SET_TEXT, "", 0, 80,
	    "folder of the sockets; nothing: the built-in one" },
	{ "operator", WHEN_RELOADED, SET_TEXT, "till", 1, 64,
	    "name of this payment server on its pages" },
	{ "topup-iban", WHEN_RELOADED, SET_IBAN, "", 0, 0,
	    "bank account to which customers send euros for their wallets" },
	{ "topup-bic", WHEN_RELOADED, SET_BIC, "", 0, 0,
	    "BIC of its bank; or nothing" },
	{ "topup-name", WHEN_RELOADED, SET_TEXT, "", 0, 70,
	    "whose account it is; nothing: the operator's" },
	{ "currencies", WHEN_RELOADED, SET_CURRENCIES, "EUR", 0, 0,
	    "currencies that the settle stack is to cover" },
	{ "enrol", WHEN_RELOADED, SET_ENROL, "", 0, 0,
	    "what customers make themselves: password, passkey, token" },
	{ "ticket-lifetime", WHEN_RELOADED, SET_DURATION, "1h", 10 * SECOND,
	    TILL_LIFETIME_MAX *SECOND, "longest validity of a ticket" },
	{ "voucher-lifetime", WHEN_RELOADED, SET_DURATION, "60s", 5 * SECOND,
	    HOUR, "validity of a voucher" },
	{ "conversation-ttl", WHEN_RELOADED, SET_DURATION, "10m", 10 * SECOND,
	    24 * HOUR, "how long an unfinished payment is kept" },
	{ "pending-after", WHEN_RELOADED, SET_DURATION, "2s", 0, 20 * SECOND,
	    "how long a customer waits before he is told that it is pending" },
	{ "reversal-after", WHEN_RELOADED, SET_DURATION, "45s", 0, HOUR,
	    "how long after a settlement was lost it is reversed" },
	{ "reversal-retry", WHEN_RELOADED, SET_DURATION, "15s", 100, HOUR,
	    "from one try of a reversal to the next, at first" },
	{ "session-idle", WHEN_RELOADED, SET_DURATION, "5m", SECOND, 24 * HOUR,
	    "a customer's session ends when it was idle so long" },
	{ "session-max", WHEN_RELOADED, SET_DURATION, "8h", SECOND,
	    7 * 24 * HOUR, "a customer's session ends in any case after this" },
	{ "allowance-each", WHEN_RELOADED, SET_AMOUNTS, "1.00 EUR", 0, 0,
	    "largest payment that a customer may allow without being asked" },
	{ "allowance-day", WHEN_RELOADED, SET_AMOUNTS, "10.00 EUR", 0, 0,
	    "largest sum of them in a day, at one merchant" },
	{ "max-in-flight", WHEN_STARTED, SET_NUMBER, "4096", 1,
	    CONF_IN_FLIGHT_MAX, "orders at work at one time; more get 'busy'" },
	{ "workers", WHEN_STARTED, SET_NUMBER, "0", 0, 256,
	    "threads for orders; 0: as many as processors" },
	{ "hash-workers", WHEN_STARTED, SET_NUMBER, "2", 1, 64,
	    "threads for passwords and other slow calls" },
	{ "cache", WHEN_STARTED, SET_SIZE, "64MB", MB, 65536 * MB,
	    "memory of the ledger's cache" },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))
_Static_assert(KEYS <= CONF_SETS_MAX, "conf->sets has room for all keys");

static const struct set_key *find(const char *name);
static const struct set_key *expect_key(struct parser *, struct token *);
static int parse_value(struct parser *, const struct set_key *,
    struct token *value_r);
static int parse_words(struct parser *, const struct set_key *,
    struct token *value_r);
static bool word_ok(struct parser *, const struct set_key *,
    const struct token *);
static bool has_word(const char *text, const char *word);
static void check_value(struct parser *, const struct set_key *,
    const struct token *value);
static void check_account(struct parser *, const struct set_key *,
    const struct token *value);
static bool in_range(const struct set_key *, const char *text);
static int number_of(const struct set_key *, const char *text, int64_t *);
static void say_range(struct parser *, const struct set_key *,
    const struct token *);
static const char *print_number(const struct set_key *, int64_t, char *buf,
    size_t size);

const char *
conf_set(const struct conf *conf, const char *key)
{
	const struct set_key *known = find(key);
	size_t i;

	for (i = 0; i < conf->sets_len; i++)
		if (strcmp(conf->sets[i].key, key) == 0)
			return conf->sets[i].value;
	return known == NULL ? NULL : known->initial;
}

bool
conf_set_has(const struct conf *conf, const char *key, const char *word)
{
	return has_word(conf_set(conf, key), word);
}

int64_t
conf_set_number(const struct conf *conf, const char *key)
{
	const struct set_key *known = find(key);
	int64_t number = 0;
	int r;

	assert(known != NULL);
	r = number_of(known, conf_set(conf, key), &number);
	assert(r == 0);
	(void)r;
	return number;
}

bool
conf_set_has_words(const char *key)
{
	const struct set_key *known = find(key);

	assert(known != NULL);
	return known->type == SET_CURRENCIES || known->type == SET_AMOUNTS ||
	    known->type == SET_ENROL;
}

const char *
conf_set_key(size_t i, const char **help_r)
{
	if (i >= KEYS)
		return NULL;
	*help_r = keys[i].help;
	return keys[i].name;
}

bool
conf_set_is_for_start(const char *key)
{
	const struct set_key *known = find(key);

	assert(known != NULL);
	return known->when == WHEN_STARTED;
}

int
parse_set(struct parser *parser)
{
	struct conf *conf = parser->conf;
	const struct set_key *key;
	const struct conf_setting *before;
	struct token name, value;
	size_t i;

	key = expect_key(parser, &name);
	if (key == NULL || parse_value(parser, key, &value) == -1)
		return -1;
	for (i = 0; i < conf->sets_len; i++) {
		before = &conf->sets[i];
		if (strcmp(before->key, key->name) != 0)
			continue;
		diag_error(parser->diag, &name.place, "'%s' is set already",
		    key->name);
		diag_note(parser->diag, "it is set at %s:%u",
		    before->place.file, before->place.line);
		return -1;
	}
	check_value(parser, key, &value);
	conf->sets[conf->sets_len++] = (struct conf_setting){
		.place = name.place,
		.value_place = value.place,
		.key = key->name,
		.value = value.text,
	};
	return 0;
}

static const struct set_key *
find(const char *name)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static const struct set_key *
expect_key(struct parser *parser, struct token *name_r)
{
	const char *names[KEYS + 1];
	const struct set_key *key;
	size_t i;

	if (expect_word(parser, "what is to be set", name_r) == -1)
		return NULL;
	key = find(name_r->text);
	if (key != NULL)
		return key;
	for (i = 0; i < KEYS; i++)
		names[i] = keys[i].name;
	names[KEYS] = NULL;
	unknown(parser, name_r, "key", names);
	return NULL;
}

static int
parse_value(struct parser *parser, const struct set_key *key,
    struct token *value_r)
{
	if (token_is(look(parser), TOKEN_MARK, "=")) {
		diag_error(parser->diag, &look(parser)->place,
		    "between a key and its value there is a blank: "
		    "set %s %s",
		    key->name, key->initial);
		return -1;
	}
	if (key->type == SET_CURRENCIES || key->type == SET_ENROL)
		return parse_words(parser, key, value_r);
	if (key->type == SET_AMOUNTS)
		return parse_set_amounts(parser, value_r);
	return expect_text(parser, "a value", value_r);
}

static int
parse_words(struct parser *parser, const struct set_key *key,
    struct token *value_r)
{
	char text[WORDS_TEXT_MAX] = "";
	struct token token;
	size_t len = 0;

	*value_r = *look(parser);
	do {
		if (expect_word(parser,
			key->type == SET_ENROL ? "a word" : "a currency",
			&token) == -1)
			return -1;
		if (!word_ok(parser, key, &token))
			continue;
		if (has_word(text, token.text)) {
			diag_error(parser->diag, &token.place,
			    "'%s' is here twice", token.text);
			continue;
		}
		if (len + strlen(token.text) + 1 >= sizeof(text)) {
			diag_error(parser->diag, &token.place,
			    "more than %d currencies",
			    WORDS_TEXT_MAX / TILL_CURRENCY_MAX);
			return -1;
		}
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
		    len > 0 ? " " : "", token.text);
	} while (!token_is_end(look(parser)));
	value_r->text = arena_string(parser->arena, text, len);
	return value_r->text == NULL ? out_of_memory(parser) : 0;
}

static bool
word_ok(struct parser *parser, const struct set_key *key,
    const struct token *token)
{
	static const char *const means[] = { "password", "passkey", "token",
		NULL };
	size_t i;

	if (key->type == SET_CURRENCIES) {
		if (till_currency_exponent(token->text) != -1)
			return true;
		unknown_currency(parser, token);
		return false;
	}
	for (i = 0; means[i] != NULL; i++)
		if (strcmp(token->text, means[i]) == 0)
			return true;
	unknown(parser, token, "credential", means);
	return false;
}

static bool
has_word(const char *text, const char *word)
{
	const size_t len = strlen(word);

	for (; *text != '\0'; text += strcspn(text, " ")) {
		text += strspn(text, " ");
		if (strncmp(text, word, len) == 0 &&
		    (text[len] == '\0' || text[len] == ' '))
			return true;
	}
	return false;
}

static void
check_value(struct parser *parser, const struct set_key *key,
    const struct token *value)
{
	switch (key->type) {
	case SET_ZONE: /* it is loaded when all is read */
	case SET_CURRENCIES:
	case SET_ENROL:
	case SET_AMOUNTS:
		return;
	case SET_TEXT:
		if (value->text[0] == '\0' && key->low == 0)
			return;
		if (!till_text_ok(value->text, (size_t)key->high))
			diag_error(parser->diag, &value->place,
			    "%s has %lld to %lld octets", key->name,
			    (long long)key->low, (long long)key->high);
		return;
	case SET_IBAN:
	case SET_BIC:
		if (value->text[0] != '\0')
			check_account(parser, key, value);
		return;
	case SET_URL:
		if (!till_url_ok(value->text))
			diag_error(parser->diag, &value->place,
			    "%s is an https URL (http for loopback only), "
			    "not '%s'",
			    key->name, value->text);
		return;
	case SET_NUMBER:
	case SET_DURATION:
	case SET_SIZE:
		if (!in_range(key, value->text))
			say_range(parser, key, value);
		return;
	}
}

static void
check_account(struct parser *parser, const struct set_key *key,
    const struct token *value)
{
	char iban[IBAN_MAX];
	struct till_error err;

	if (key->type == SET_BIC && !bic_ok(value->text))
		diag_error(parser->diag, &value->place,
		    "%s is a BIC of 8 or 11 capital letters and digits",
		    key->name);
	if (key->type == SET_IBAN && iban_read(value->text, iban, &err) == -1)
		diag_error(parser->diag, &value->place, "%s: %s", key->name,
		    err.text);
}

static bool
in_range(const struct set_key *key, const char *text)
{
	int64_t number;

	return number_of(key, text, &number) == 0 && number >= key->low &&
	    number <= key->high;
}

static int
number_of(const struct set_key *key, const char *text, int64_t *number_r)
{
	switch (key->type) {
	case SET_NUMBER:
		return value_number(text, INT64_MAX, number_r);
	case SET_DURATION:
		return value_duration(text, number_r);
	case SET_SIZE:
		return value_size(text, number_r);
	case SET_TEXT:
	case SET_URL:
	case SET_ZONE:
	case SET_IBAN:
	case SET_BIC:
	case SET_CURRENCIES:
	case SET_ENROL:
	case SET_AMOUNTS:
		break;
	}
	return -1;
}

static void
say_range(struct parser *parser, const struct set_key *key,
    const struct token *value)
{
	const char *what = "a number";
	char low[32], high[32];

	if (key->type == SET_DURATION)
		what = "a duration";
	else if (key->type == SET_SIZE)
		what = "a size";
	diag_error(parser->diag, &value->place,
	    "%s is %s from %s to %s, "
	    "not '%s'",
	    key->name, what, print_number(key, key->low, low, sizeof(low)),
	    print_number(key, key->high, high, sizeof(high)), value->text);
}

/* In the largest unit of which it is a whole number. */
static const char *
print_number(const struct set_key *key, int64_t number, char *buf, size_t size)
{
	static const struct {
		enum set_type type;
		int64_t factor;
		const char *name;
	} units[] = {
		{ SET_DURATION, 24 * HOUR, "d" },
		{ SET_DURATION, HOUR, "h" },
		{ SET_DURATION, MINUTE, "m" },
		{ SET_DURATION, SECOND, "s" },
		{ SET_SIZE, 1024 * MB, "GB" },
		{ SET_SIZE, MB, "MB" },
		{ SET_NUMBER, 1, "" },
	};
	size_t i = 0;

	while (units[i].type != key->type || number % units[i].factor != 0)
		i++;
	(void)snprintf(buf, size, "%lld%s",
	    (long long)(number / units[i].factor), units[i].name);
	return buf;
}
