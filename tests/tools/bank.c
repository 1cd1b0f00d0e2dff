/*
 * bank.c - a bank network for tests and for the demo: it speaks ISO 8583
 * on loopback, keeps books, and fails as its script says.
 *
 *	bank [OPTION...]	serve; prints the port
 *	bank ctl SOCKET COMMAND...	tell a running one something
 *
 * tests/bank/README has the options, the script and the commands.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bank/server.h"

#define ANSWER_SIZE 65536

enum option_code {
	OPTION_LISTEN = 256,
	OPTION_SCRIPT,
	OPTION_JOURNAL,
	OPTION_CONTROL,
	OPTION_STDIN,
	OPTION_LOG,
	OPTION_MODE,
	OPTION_UNKNOWN,
	OPTION_DATE,
	OPTION_LENGTH,
	OPTION_TPDU,
	OPTION_HEADER,
	OPTION_BCD,
	OPTION_HEX_BITMAP,
	OPTION_ODD,
	OPTION_TLS,
	OPTION_TLS_KEY,
	OPTION_CLIENT_CA,
	OPTION_ANY_TIME,
	OPTION_ROAMS,
	OPTION_SIGN_ON,
	OPTION_SIGN_OFF,
	OPTION_ECHO,
	OPTION_CUTOVER,
	OPTION_OWN_REVERSAL,
	OPTION_NET,
	OPTION_REPEAT
};

static int serve(int, char **);
static int take(struct bank_settings *, int, const char *, struct till_error *);
static int take_link(struct bank_settings *, int, const char *,
    struct till_error *);
static int take_code(struct bank_settings *, int, const char *,
    struct till_error *);
static int choose(const char *, const char *const *, int *,
    struct till_error *);
static int number(const char *, long max, long *, struct till_error *);
static int tell(const char *, int, char **);
static int complain(const char *);

static const struct option options[] = {
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "script", required_argument, NULL, OPTION_SCRIPT },
	{ "journal", required_argument, NULL, OPTION_JOURNAL },
	{ "control", required_argument, NULL, OPTION_CONTROL },
	{ "stdin", no_argument, NULL, OPTION_STDIN },
	{ "log", required_argument, NULL, OPTION_LOG },
	{ "mode", required_argument, NULL, OPTION_MODE },
	{ "unknown", required_argument, NULL, OPTION_UNKNOWN },
	{ "date", required_argument, NULL, OPTION_DATE },
	{ "length", required_argument, NULL, OPTION_LENGTH },
	{ "tpdu", no_argument, NULL, OPTION_TPDU },
	{ "header", required_argument, NULL, OPTION_HEADER },
	{ "bcd", no_argument, NULL, OPTION_BCD },
	{ "hex-bitmap", no_argument, NULL, OPTION_HEX_BITMAP },
	{ "odd", required_argument, NULL, OPTION_ODD },
	{ "tls", required_argument, NULL, OPTION_TLS },
	{ "tls-key", required_argument, NULL, OPTION_TLS_KEY },
	{ "client-ca", required_argument, NULL, OPTION_CLIENT_CA },
	{ "any-time", no_argument, NULL, OPTION_ANY_TIME },
	{ "roams", no_argument, NULL, OPTION_ROAMS },
	{ "sign-on", required_argument, NULL, OPTION_SIGN_ON },
	{ "sign-off", required_argument, NULL, OPTION_SIGN_OFF },
	{ "echo", required_argument, NULL, OPTION_ECHO },
	{ "cutover", required_argument, NULL, OPTION_CUTOVER },
	{ "own-reversal", required_argument, NULL, OPTION_OWN_REVERSAL },
	{ "net", required_argument, NULL, OPTION_NET },
	{ "repeat-ms", required_argument, NULL, OPTION_REPEAT },
	{ NULL, 0, NULL, 0 },
};

int
main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "ctl") == 0)
		return tell(argv[2], argc - 3, argv + 3);
	return serve(argc, argv);
}

static int
serve(int argc, char **argv)
{
	struct bank_settings settings = {
		.coding = { .odd = ISO_ODD_RIGHT_0 },
		.framing = { .length = FRAMING_BE2 },
		.address = "127.0.0.1",
		.sign_on = "001",
		.sign_off = "002",
		.echo = "301",
		.cutover = "201",
		.own_reversal = "0422",
		.net_debit = 'D',
		.repeat_ms = 5000,
	};
	struct bank_server *server;
	struct till_error err;
	int c, r;

	(void)bank_habits_set(&settings.habits, "remembers", &err);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == '?')
			return 2;
		if (take(&settings, c, optarg, &err) == -1)
			return complain(err.text);
	}
	if (optind < argc)
		return complain("no arguments are taken, only options");
	if ((settings.certificate == NULL) != (settings.key == NULL))
		return complain("--tls and --tls-key belong together");
	settings.framing.message_min = iso_octets_min(&settings.coding);
	server = bank_server_new(&settings, &err);
	if (server == NULL)
		return complain(err.text);
	(void)printf("%u\n", (unsigned int)bank_server_port(server));
	(void)fflush(stdout);
	r = bank_server_run(server, &err);
	bank_server_free(server);
	return r == -1 ? complain(err.text) : 0;
}

static int
take(struct bank_settings *settings, int c, const char *value,
    struct till_error *err)
{
	long n;

	switch (c) {
	case OPTION_LISTEN:
		if (number(value, UINT16_MAX, &n, err) == -1)
			return -1;
		settings->port = (uint16_t)n;
		return 0;
	case OPTION_SCRIPT:
		settings->script = value;
		return 0;
	case OPTION_JOURNAL:
		settings->journal = value;
		return 0;
	case OPTION_CONTROL:
		settings->control = value;
		return 0;
	case OPTION_STDIN:
		settings->takes_stdin = true;
		return 0;
	case OPTION_LOG:
		settings->log =
		    strcmp(value, "-") == 0 ? stderr : fopen(value, "ae");
		return settings->log != NULL
		    ? 0
		    : till_fail(err, "%s: %s", value, strerror(errno));
	case OPTION_MODE:
		return bank_habits_set(&settings->habits, value, err);
	case OPTION_TLS:
		settings->certificate = value;
		return 0;
	case OPTION_TLS_KEY:
		settings->key = value;
		return 0;
	case OPTION_CLIENT_CA:
		settings->client_ca = value;
		return 0;
	case OPTION_ANY_TIME:
		settings->any_time = true;
		return 0;
	case OPTION_ROAMS:
		settings->roams = true;
		return 0;
	case OPTION_REPEAT:
		if (number(value, SCRIPT_MS_MAX, &n, err) == -1)
			return -1;
		if (n == 0)
			return till_fail(err, "0 ms is too often");
		settings->repeat_ms = n;
		return 0;
	default:
		return take_link(settings, c, value, err);
	}
}

static int
take_link(struct bank_settings *settings, int c, const char *value,
    struct till_error *err)
{
	static const char *const lengths[] = { "be2", "be2-inclusive", "bcd2",
		"ascii4", "be4", NULL };
	static const char *const odds[] = { "right-0", "left-0", "right-f",
		NULL };
	long n;
	int i;

	switch (c) {
	case OPTION_LENGTH:
		if (choose(value, lengths, &i, err) == -1)
			return -1;
		settings->framing.length = (enum framing_length)(i + 1);
		return 0;
	case OPTION_TPDU:
		settings->framing.tpdu = true;
		return 0;
	case OPTION_HEADER:
		if (number(value, FRAMING_HEADER_MAX, &n, err) == -1)
			return -1;
		settings->framing.header = (size_t)n;
		return 0;
	case OPTION_BCD:
		settings->coding.bcd = true;
		return 0;
	case OPTION_HEX_BITMAP:
		settings->coding.hex_bitmap = true;
		return 0;
	case OPTION_ODD:
		if (choose(value, odds, &i, err) == -1)
			return -1;
		settings->coding.odd = (enum iso_odd)(i + 1);
		return 0;
	default:
		return take_code(settings, c, value, err);
	}
}

static int
take_code(struct bank_settings *settings, int c, const char *value,
    struct till_error *err)
{
	static const struct {
		int option, element;
	} shapes[] = {
		{ OPTION_SIGN_ON, 70 },
		{ OPTION_SIGN_OFF, 70 },
		{ OPTION_ECHO, 70 },
		{ OPTION_CUTOVER, 70 },
		{ OPTION_UNKNOWN, 39 },
		{ OPTION_DATE, 15 },
	};
	char *const to[] = { settings->sign_on, settings->sign_off,
		settings->echo, settings->cutover, settings->habits.unknown,
		settings->date };
	size_t i, len = strlen(value);

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].option != c)
			continue;
		if (iso_check(iso_element(shapes[i].element), value, len,
			err) == -1)
			return -1;
		memcpy(to[i], value, len + 1);
		return 0;
	}
	if (c == OPTION_NET &&
	    (strcmp(value, "C") == 0 || strcmp(value, "D") == 0)) {
		settings->net_debit = value[0];
		return 0;
	}
	if (c == OPTION_OWN_REVERSAL &&
	    (strcmp(value, "0420") == 0 || strcmp(value, "0422") == 0)) {
		memcpy(settings->own_reversal, value, ISO_MTI_LEN + 1);
		return 0;
	}
	return till_fail(err, "no value for this option: %s", value);
}

static int
choose(const char *value, const char *const *names, int *index_r,
    struct till_error *err)
{
	int i;

	for (i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], value) == 0) {
			*index_r = i;
			return 0;
		}
	}
	return till_fail(err, "unknown value: %s", value);
}

static int
number(const char *value, long max, long *number_r, struct till_error *err)
{
	char *end;

	errno = 0;
	*number_r = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || *number_r < 0 ||
	    *number_r > max)
		return till_fail(err, "no number up to %ld: %s", max, value);
	return 0;
}

/* One command, its answer on standard output; 0 if it ends with ok. */
static int
tell(const char *path, int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char buf[ANSWER_SIZE], last[4] = "";
	bool at_start = true;
	ssize_t n, i;
	size_t k = 0;
	int fd, a;

	if (strlen(path) >= sizeof(at.sun_path))
		return complain("too long for a socket");
	memcpy(at.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&at, sizeof(at)) == -1)
		return complain(strerror(errno));
	for (a = 0; a < argc; a++)
		(void)dprintf(fd, "%s%c", argv[a], a == argc - 1 ? '\n' : ' ');
	(void)shutdown(fd, SHUT_WR);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++) {
			if (at_start)
				k = 0;
			if (k < sizeof(last) - 1)
				last[k++] = buf[i];
			at_start = buf[i] == '\n';
		}
		(void)fwrite(buf, 1, (size_t)n, stdout);
	}
	(void)close(fd);
	return fflush(stdout) == 0 && strcmp(last, "ok\n") == 0 ? 0 : 1;
}

static int
complain(const char *text)
{
	(void)fprintf(stderr, "bank: %s\n", text);
	return 1;
}
