/*
 * sub_args.c - the command line of one command, by its row.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/file.h"
#include "ctl/options.h"
#include "ctl/sub.h"

#define RUN_DIR TILL_RUNSTATEDIR "/till"
#define FILE_TEXT_MAX 16384 /* octets of a file that is an argument */
#define OPTION_FIRST 1000 /* getopt's value of the row's first option */
#define GENERAL 8 /* options that every command has, and the end */

enum general {
	OPTION_HELP = 256,
	OPTION_JSON,
	OPTION_PASSWORD,
	OPTION_PASSWORD_FD
};

static void fill_options(const struct sub *, struct option *);
static int take_general(struct sub_request *, int, const char *);
static int set_path(struct sub_request *, const char *fmt_dir,
    const char *name);
static int set_value(struct sub_request *, const struct sub_value *,
    const char *);
static int set_text(struct sub_request *, const struct sub_value *,
    const char *);
static int set_file(struct sub_request *, const struct sub_value *,
    const char *);
static int parse_number(const char *, int64_t *);
static int take_operands(struct sub_request *, int, char **);
static int complain(const struct sub_request *, const char *, const char *);
static void say(const struct sub_request *, const char *);

int
sub_parse(struct sub_request *request, int argc, char **argv)
{
	struct option options[SUB_OPTIONS_MAX + GENERAL];
	int c, r;

	fill_options(request->sub, options);
	options_name(argv);
	request->password_fd = -1;
	r = set_path(request, RUN_DIR, "/ctl");
	while (r == -1 &&
	    (c = getopt_long(argc, argv, "r:s:h", options, NULL)) != -1) {
		if (c >= OPTION_FIRST)
			r = set_value(request,
			    &request->sub->options[c - OPTION_FIRST], optarg);
		else
			r = take_general(request, c, optarg);
	}
	if (r != -1)
		return r;
	return take_operands(request, argc - optind, argv + optind);
}

int
sub_socket(char *path, const char *where, bool is_socket)
{
	int n;

	n = snprintf(path, SUB_PATH_MAX, "%s%s",
	    where == NULL ? RUN_DIR : where, is_socket ? "" : "/ctl");
	return n < 0 || n >= SUB_PATH_MAX ? -1 : 0;
}

void
sub_usage(const char *command, const struct sub *sub, FILE *file)
{
	fprintf(file, "usage: tillctl %s%s%s%s%s\n%s\n", command,
	    sub->name == NULL ? "" : " ", sub->name == NULL ? "" : sub->name,
	    sub->usage[0] == '\0' ? "" : " ", sub->usage, sub->help);
	if (sub->password == SUB_BANK_NUMBER)
		fputs("  --number-fd N        read the number from descriptor "
		      "N, "
		      "not from the terminal\n",
		    file);
	else if (sub->password != SUB_NO_PASSWORD)
		fputs("  --password           ask for a password at the "
		      "terminal\n"
		      "  --password-fd N      read it from descriptor N\n",
		    file);
	fputs("  --json               print the server's answer as it is\n"
	      "  -r DIR, -s SOCKET    where the server's socket is [" RUN_DIR
	      "/ctl]\n",
	    file);
	if (sub->operands[0].name != NULL)
		fputs("What begins with '-' and is no option goes behind "
		      "\"--\", after all options.\n",
		    file);
}

static void
fill_options(const struct sub *sub, struct option *options)
{
	static const struct option general[GENERAL] = {
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "number-fd", required_argument, NULL, OPTION_PASSWORD_FD },
		{ "password", no_argument, NULL, OPTION_PASSWORD },
		{ "password-fd", required_argument, NULL, OPTION_PASSWORD_FD },
		{ "run-dir", required_argument, NULL, 'r' },
		{ "socket", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	size_t n;

	for (n = 0; n < SUB_OPTIONS_MAX && sub->options[n].name != NULL; n++) {
		options[n].name = sub->options[n].name;
		options[n].has_arg = sub->options[n].type == SUB_FLAG
		    ? no_argument
		    : required_argument;
		options[n].flag = NULL;
		options[n].val = OPTION_FIRST + (int)n;
	}
	memcpy(options + n, general, sizeof(general));
}

static int
take_general(struct sub_request *request, int c, const char *arg)
{
	int64_t number;

	switch (c) {
	case 'r':
		return set_path(request, arg, "/ctl");
	case 's':
		return set_path(request, arg, "");
	case OPTION_JSON:
		request->json = true;
		return -1;
	case OPTION_PASSWORD:
		request->ask_password = true;
		return -1;
	case OPTION_PASSWORD_FD:
		if (parse_number(arg, &number) == -1 || number > 1023)
			return complain(request, "--password-fd",
			    "is the number of a descriptor");
		request->password_fd = (int)number;
		return -1;
	case 'h':
	case OPTION_HELP:
		sub_usage(request->command, request->sub, stdout);
		return EX_OK;
	default:
		sub_usage(request->command, request->sub, stderr);
		return EX_USAGE;
	}
}

static int
set_path(struct sub_request *request, const char *dir, const char *name)
{
	int n;

	n = snprintf(request->path, sizeof(request->path), "%s%s", dir, name);
	if (n < 0 || (size_t)n >= sizeof(request->path))
		return complain(request, dir, "is too long for a socket");
	return -1;
}

static int
set_value(struct sub_request *request, const struct sub_value *value,
    const char *text)
{
	const char *arg = value->arg == NULL ? value->name : value->arg;
	int64_t number;

	switch (value->type) {
	case SUB_TEXT:
	case SUB_MONEY:
		return set_text(request, value, text);
	case SUB_FILE:
		return set_file(request, value, text);
	case SUB_NUMBER:
		if (parse_number(text, &number) == -1)
			return complain(request, value->name, "is a number");
		(void)json_object_set_new(request->args, arg,
		    json_integer(number));
		return -1;
	case SUB_FLAG:
		(void)json_object_set_new(request->args, arg, json_true());
		return -1;
	case SUB_NONE:
		break;
	}
	return complain(request, value->name, "has no type");
}

static int
set_text(struct sub_request *request, const struct sub_value *value,
    const char *text)
{
	json_t *string = json_string(text);

	if (string == NULL)
		return complain(request, value->name, "is not UTF-8 text");
	(void)json_object_set_new(request->args,
	    value->arg == NULL ? value->name : value->arg, string);
	return -1;
}

static int
set_file(struct sub_request *request, const struct sub_value *value,
    const char *path)
{
	char text[FILE_TEXT_MAX];
	struct till_error err;

	if (file_read_text(path, text, sizeof(text), &err) == -1) {
		say(request, err.text);
		return EX_NOINPUT;
	}
	return set_text(request, value, text);
}

static int
parse_number(const char *text, int64_t *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	*number = strtoll(text, &end, 10);
	return errno != 0 || *end != '\0' ? -1 : 0;
}

static int
take_operands(struct sub_request *request, int argc, char **argv)
{
	const struct sub_value *value = request->sub->operands;
	const struct sub_value *end = value + SUB_OPERANDS_MAX;
	char money[64];
	int i, r = -1;

	for (i = 0; i < argc && r == -1; i++, value++) {
		if (value == end || value->name == NULL)
			return complain(request, argv[i],
			    "is more than the command takes");
		/* Money is written as one word or as two. */
		if (value->type == SUB_MONEY && i + 1 < argc &&
		    strchr(argv[i], ' ') == NULL) {
			(void)snprintf(money, sizeof(money), "%s %s", argv[i],
			    argv[i + 1]);
			i++;
			r = set_value(request, value, money);
			continue;
		}
		r = set_value(request, value, argv[i]);
	}
	if (r == -1 && value != end && value->name != NULL && !value->optional)
		return complain(request, value->name, "is missing");
	return r;
}

static int
complain(const struct sub_request *request, const char *what, const char *why)
{
	char text[TILL_ERROR_MAX];

	(void)snprintf(text, sizeof(text), "%s %s", what, why);
	say(request, text);
	sub_usage(request->command, request->sub, stderr);
	return EX_USAGE;
}

/* Where --json was read before, as JSON. */
static void
say(const struct sub_request *request, const char *text)
{
	json_t *reply = NULL;

	sub_fail(request, text, &reply);
	if (reply != NULL) {
		(void)json_dumpf(reply, stdout, JSON_COMPACT);
		puts("");
	}
	json_decref(reply);
}
