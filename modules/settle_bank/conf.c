/*
 * conf.c - a link's file, by a table of what may be in it.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "settle_bank/conf.h"

#define WORDS_MAX 6
#define PORT_MAX 65535

enum kind {
	KIND_TEXT = 1, /* low..high characters */
	KIND_PADDED, /* up to high characters, filled with blanks */
	KIND_DIGITS, /* low..high of them */
	KIND_UPPER, /* low..high capital letters */
	KIND_PATH, /* absolute */
	KIND_TIME, /* "15s", "250ms", "2m": low..high milliseconds */
	KIND_NUMBER, /* low..high */
	KIND_WORD, /* one of words: an enum from 1, or a bool from 0 */
	KIND_FLAG,
	KIND_TPDU,
	KIND_ADDRESS
};

struct setting {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *initial; /* NULL: it must be written */
	int64_t low, high;
	const char *words[WORDS_MAX];
};

/* A line at work. */
struct line {
	const char *path;
	unsigned int number;
	struct till_error *err;
};

static int parse_line(struct line *, char *text, struct bank_conf *,
    bool *seen);
static const struct setting *find(const char *name);
static const char *nearest(const char *name);
static size_t differ(const char *, const char *);
static int set(struct line *, const struct setting *, const char *,
    struct bank_conf *);
static int set_text(struct line *, const struct setting *, const char *,
    char *);
static bool chars_ok(enum kind, const char *);
static int set_time(struct line *, const struct setting *, const char *,
    int64_t *);
static int set_number(struct line *, const struct setting *, const char *,
    void *);
static int set_word(struct line *, const struct setting *, const char *,
    void *);
static int set_tpdu(struct line *, const char *, struct bank_conf *);
static int set_address(struct line *, const char *, struct bank_conf *);
static int complete(struct line *, const bool *seen, struct bank_conf *);
static int check_tls(struct line *, const bool *seen, struct bank_conf *);
static bool is_loopback(const char *host);
static bool was_seen(const bool *seen, const char *name);
static int bad(const struct line *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define AT(member) offsetof(struct bank_conf, member)

static const struct setting settings[] = {
	{ "address", KIND_ADDRESS, AT(host), NULL, 0, 0, { NULL } },
	{ "tls", KIND_FLAG, AT(tls), "yes", 0, 0, { "no", "yes" } },
	{ "tls-name", KIND_TEXT, AT(tls_name), "", 1, 253, { NULL } },
	{ "tls-ca", KIND_PATH, AT(tls_ca), "", 1, 255, { NULL } },
	{ "tls-certificate", KIND_PATH, AT(tls_certificate), "", 1, 255,
	    { NULL } },
	{ "tls-key", KIND_PATH, AT(tls_key), "", 1, 255, { NULL } },
	{ "length", KIND_WORD, AT(framing.length), "be2", 0, 0,
	    { "be2", "be2-inclusive", "bcd2", "ascii4", "be4" } },
	{ "tpdu", KIND_TPDU, AT(tpdu), "none", 0, 0, { NULL } },
	{ "header", KIND_NUMBER, AT(framing.header), "0", 0, FRAMING_HEADER_MAX,
	    { NULL } },
	{ "numbers", KIND_FLAG, AT(coding.bcd), "ascii", 0, 0,
	    { "ascii", "bcd" } },
	{ "bitmap", KIND_FLAG, AT(coding.hex_bitmap), "binary", 0, 0,
	    { "binary", "hex" } },
	{ "odd", KIND_WORD, AT(coding.odd), "right-0", 0, 0,
	    { "right-0", "left-0", "right-f" } },
	{ "sign-on", KIND_DIGITS, AT(sign_on), "001", 3, 3, { NULL } },
	{ "sign-off", KIND_DIGITS, AT(sign_off), "002", 3, 3, { NULL } },
	{ "echo", KIND_DIGITS, AT(echo), "301", 3, 3, { NULL } },
	{ "cutover", KIND_DIGITS, AT(cutover), "201", 3, 3, { NULL } },
	{ "connect", KIND_TIME, AT(connect_ms), "10s", 100, 120000, { NULL } },
	{ "response", KIND_TIME, AT(response_ms), "15s", 100, 300000,
	    { NULL } },
	{ "echo-after", KIND_TIME, AT(echo_ms), "60s", 100, 3600000, { NULL } },
	{ "in-flight", KIND_NUMBER, AT(in_flight), "1000", 1, 10000, { NULL } },
	{ "reversal", KIND_FLAG, AT(reverse_0400), "0420", 0, 0,
	    { "0420", "0400" } },
	{ "net-debit", KIND_FLAG, AT(net_debit_is_c), "d", 0, 0, { "d", "c" } },
	{ "acquirer", KIND_DIGITS, AT(acquirer), NULL, 1, 11, { NULL } },
	{ "terminal", KIND_PADDED, AT(terminal), NULL, 1, 8, { NULL } },
	{ "merchant", KIND_PADDED, AT(merchant), NULL, 1, 15, { NULL } },
	{ "mcc", KIND_DIGITS, AT(mcc), NULL, 4, 4, { NULL } },
	{ "acquirer-country", KIND_DIGITS, AT(country), "", 3, 3, { NULL } },
	{ "city", KIND_PADDED, AT(city), NULL, 1, 13, { NULL } },
	{ "country", KIND_UPPER, AT(land), NULL, 2, 2, { NULL } },
	{ "entry-mode", KIND_DIGITS, AT(entry_mode), "810", 3, 3, { NULL } },
	{ "condition", KIND_DIGITS, AT(condition), "59", 2, 2, { NULL } },
};

/* set_word writes them as such. */
static_assert(sizeof(enum framing_length) == sizeof(unsigned int) &&
	sizeof(enum iso_odd) == sizeof(unsigned int),
    "an enum is no unsigned int");

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

int
bank_conf_read(const char *path, struct bank_conf *conf, struct till_error *err)
{
	char *text;
	int r;

	if (file_read(path, CONF_FILE_MAX, &text, err) == -1)
		return -1;
	r = bank_conf_parse(path, text, conf, err);
	free(text);
	return r;
}

int
bank_conf_parse(const char *path, char *text, struct bank_conf *conf,
    struct till_error *err)
{
	struct line line = { .path = path, .err = err };
	bool seen[SETTINGS] = { false };
	char *rest = text, *one;
	size_t i;

	memset(conf, 0, sizeof(*conf));
	for (i = 0; i < SETTINGS; i++) {
		if (settings[i].initial != NULL &&
		    settings[i].initial[0] != '\0' &&
		    set(&line, &settings[i], settings[i].initial, conf) == -1)
			return -1;
	}
	while ((one = strsep(&rest, "\n")) != NULL) {
		line.number++;
		one = file_trim(one);
		if (one[0] != '\0' && parse_line(&line, one, conf, seen) == -1)
			return -1;
	}
	return complete(&line, seen, conf);
}

static int
parse_line(struct line *line, char *text, struct bank_conf *conf, bool *seen)
{
	char *value = strchr(text, '=');
	const struct setting *setting;

	if (value == NULL)
		return bad(line, "'%.40s' is no name=value", text);
	*value++ = '\0';
	setting = find(text);
	if (setting == NULL)
		return bad(line, "unknown setting '%.40s'; did you mean '%s'?",
		    text, nearest(text));
	if (seen[setting - settings])
		return bad(line, "'%s' is set twice", setting->name);
	seen[setting - settings] = true;
	return set(line, setting, value, conf);
}

static const struct setting *
find(const char *name)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	}
	return NULL;
}

/* The name that shares most with what was written. */
static const char *
nearest(const char *name)
{
	size_t i, best = 0;

	for (i = 1; i < SETTINGS; i++) {
		if (differ(settings[i].name, name) <
		    differ(settings[best].name, name))
			best = i;
	}
	return settings[best].name;
}

/* How many characters are left when what is equal at both ends is taken
 * away. */
static size_t
differ(const char *a, const char *b)
{
	size_t len_a = strlen(a), len_b = strlen(b);

	while (len_a > 0 && len_b > 0 && *a == *b) {
		a++, b++;
		len_a--, len_b--;
	}
	while (len_a > 0 && len_b > 0 && a[len_a - 1] == b[len_b - 1])
		len_a--, len_b--;
	return len_a + len_b;
}

static int
set(struct line *line, const struct setting *setting, const char *value,
    struct bank_conf *conf)
{
	char *at = (char *)conf + setting->offset;

	switch (setting->kind) {
	case KIND_TEXT:
	case KIND_PADDED:
	case KIND_DIGITS:
	case KIND_UPPER:
	case KIND_PATH:
		return set_text(line, setting, value, at);
	case KIND_TIME:
		return set_time(line, setting, value, (void *)at);
	case KIND_NUMBER:
		return set_number(line, setting, value, at);
	case KIND_WORD:
	case KIND_FLAG:
		return set_word(line, setting, value, at);
	case KIND_TPDU:
		return set_tpdu(line, value, conf);
	case KIND_ADDRESS:
		return set_address(line, value, conf);
	}
	return -1;
}

static int
set_text(struct line *line, const struct setting *setting, const char *value,
    char *at)
{
	const size_t len = strlen(value), high = (size_t)setting->high;

	if (len < (size_t)setting->low || len > high)
		return setting->low == setting->high
		    ? bad(line, "%s has %zu characters", setting->name, high)
		    : bad(line, "%s has %" PRId64 " to %zu characters",
			  setting->name, setting->low, high);
	if (!chars_ok(setting->kind, value))
		return bad(line, "%s is %s", setting->name,
		    setting->kind == KIND_DIGITS      ? "digits"
			: setting->kind == KIND_UPPER ? "capital letters"
			: setting->kind == KIND_PATH  ? "an absolute path"
						      : "printable ASCII");
	memset(at, ' ', setting->kind == KIND_PADDED ? high : 0);
	memcpy(at, value, len);
	at[setting->kind == KIND_PADDED ? high : len] = '\0';
	return 0;
}

static bool
chars_ok(enum kind kind, const char *value)
{
	const char *c;

	if (kind == KIND_PATH && value[0] != '/')
		return false;
	for (c = value; *c != '\0'; c++) {
		if (*c < 0x20 || *c > 0x7e ||
		    (kind == KIND_DIGITS && (*c < '0' || *c > '9')) ||
		    (kind == KIND_UPPER && (*c < 'A' || *c > 'Z')))
			return false;
	}
	return true;
}

static int
set_time(struct line *line, const struct setting *setting, const char *value,
    int64_t *at)
{
	const size_t digits = strspn(value, "0123456789");
	const char *unit = value + digits;
	int64_t ms;

	ms = strtoll(value, NULL, 10);
	if (strcmp(unit, "s") == 0)
		ms = ms > setting->high ? ms : ms * 1000;
	else if (strcmp(unit, "m") == 0)
		ms = ms > setting->high ? ms : ms * 60000;
	else if (strcmp(unit, "ms") != 0)
		ms = -1;
	if (digits == 0 || ms < setting->low || ms > setting->high)
		return bad(line,
		    "%s is a time from %" PRId64 "ms to %" PRId64 "s, as 15s",
		    setting->name, setting->low, setting->high / 1000);
	*at = ms;
	return 0;
}

/* in-flight is an int64_t, header a size_t. */
static int
set_number(struct line *line, const struct setting *setting, const char *value,
    void *at)
{
	char *end;
	int64_t number = strtoll(value, &end, 10);
	size_t size;

	if (value[0] < '0' || value[0] > '9' || *end != '\0' ||
	    number < setting->low || number > setting->high)
		return bad(line, "%s is a number from %" PRId64 " to %" PRId64,
		    setting->name, setting->low, setting->high);
	if (setting->offset == AT(in_flight)) {
		memcpy(at, &number, sizeof(number));
	} else {
		size = (size_t)number;
		memcpy(at, &size, sizeof(size));
	}
	return 0;
}

/* An enum has its first word at 1; a flag is true by its second. */
static int
set_word(struct line *line, const struct setting *setting, const char *value,
    void *at)
{
	char all[CONF_TEXT_MAX] = "";
	size_t used = 0;
	unsigned int i;
	bool flag;

	for (i = 0; i < WORDS_MAX && setting->words[i] != NULL; i++) {
		if (strcmp(setting->words[i], value) == 0)
			break;
		(void)snprintf(all + used, sizeof(all) - used, "%s%s",
		    i == 0 ? "" : ", ", setting->words[i]);
		used = strlen(all);
	}
	if (i == WORDS_MAX || setting->words[i] == NULL)
		return bad(line, "%s is one of %s, not '%.40s'", setting->name,
		    all, value);
	if (setting->kind == KIND_FLAG) {
		flag = i == 1;
		memcpy(at, &flag, sizeof(flag));
	} else {
		i++;
		memcpy(at, &i, sizeof(i));
	}
	return 0;
}

static int
set_tpdu(struct line *line, const char *value, struct bank_conf *conf)
{
	char pair[3] = "";
	size_t i;

	conf->framing.tpdu = false;
	if (strcmp(value, "none") == 0)
		return 0;
	if (strlen(value) != 2 * sizeof(conf->tpdu) ||
	    strspn(value, "0123456789abcdefABCDEF") != strlen(value))
		return bad(line,
		    "tpdu is none, or ten hexadecimal digits as 6000010002");
	for (i = 0; i < sizeof(conf->tpdu); i++) {
		memcpy(pair, value + 2 * i, 2);
		conf->tpdu[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	conf->framing.tpdu = true;
	return 0;
}

/* HOST:PORT; the address of an IPv6 host is in brackets. */
static int
set_address(struct line *line, const char *value, struct bank_conf *conf)
{
	const char *colon = strrchr(value, ':'), *host = value;
	size_t len;
	long port;
	char *end;

	if (colon == NULL)
		return bad(line, "address is HOST:PORT");
	len = (size_t)(colon - host);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (memchr(host, ':', len) != NULL) {
		return bad(line, "an IPv6 address is written [ADDRESS]:PORT");
	}
	port = strtol(colon + 1, &end, 10);
	if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port < 1 ||
	    port > PORT_MAX)
		return bad(line, "a port is a number from 1 to %d", PORT_MAX);
	if (len == 0 || len >= sizeof(conf->host) || !chars_ok(KIND_TEXT, host))
		return bad(line, "address is HOST:PORT");
	memcpy(conf->host, host, len);
	conf->host[len] = '\0';
	(void)snprintf(conf->port, sizeof(conf->port), "%ld", port);
	return 0;
}

static int
complete(struct line *line, const bool *seen, struct bank_conf *conf)
{
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		if (settings[i].initial == NULL && !seen[i])
			return till_fail(line->err, "%s: %s= is missing",
			    line->path, settings[i].name);
	}
	conf->framing.message_min = iso_octets_min(&conf->coding);
	return check_tls(line, seen, conf);
}

/* What crosses a network is encrypted, and the peer is known by name. */
static int
check_tls(struct line *line, const bool *seen, struct bank_conf *conf)
{
	if (was_seen(seen, "tls-certificate") != was_seen(seen, "tls-key"))
		return till_fail(line->err,
		    "%s: tls-certificate= and tls-key= belong together",
		    line->path);
	if (!conf->tls) {
		if (!is_loopback(conf->host))
			return till_fail(line->err,
			    "%s: tls=no is for 127.0.0.1 and ::1 only, where "
			    "another program carries it on",
			    line->path);
		return 0;
	}
	if (conf->tls_name[0] == '\0')
		memcpy(conf->tls_name, conf->host, sizeof(conf->tls_name));
	return 0;
}

static bool
is_loopback(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
}

static bool
was_seen(const bool *seen, const char *name)
{
	return seen[find(name) - settings];
}

static int
bad(const struct line *line, const char *fmt, ...)
{
	struct till_error what;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what.text, sizeof(what.text), fmt, ap);
	va_end(ap);
	return till_fail(line->err, "%.100s:%u: %.150s", line->path,
	    line->number, what.text);
}
