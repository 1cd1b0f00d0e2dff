/*
 * sub.c - from a command line to the server and back.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <openssl/crypto.h>

#include "config/near.h"
#include "ctl/file.h"
#include "ctl/sub.h"
#include "link/link.h"

#define TIMEOUT_MS 60000
#define SUBS_MAX 16

static const struct sub *choose(const struct sub *, int, char **, int *);
static void list_subs(const char *, const struct sub *, FILE *);
static int run(struct sub_request *);
static int read_password(const struct sub_request *, char **,
    struct till_error *);
static int ask_all(struct sub_request *, const char *, json_t **);
static int join(const struct sub *, json_t *, json_t *);
static int ask(struct sub_request *, const char *, json_t **);
static int make_frame(const struct sub_request *, const char *,
    struct frame_writer *, struct till_error *);
static int take_reply(struct sub_request *, const struct frame *, json_t **);
static int take_secret(struct sub_request *, const struct frame *, json_t **);
static int print_told(const struct sub_request *, int);
static void print_reply(const struct sub_request *, const json_t *, int);

int
sub_main(const struct sub *subs, int argc, char **argv)
{
	struct sub_request request = { .command = argv[0] };
	int status;

	request.sub = choose(subs, argc, argv, &status);
	if (request.sub == NULL)
		return status;
	if (request.sub->name != NULL) {
		argc--;
		argv++;
	}
	request.args = json_object();
	if (request.args == NULL)
		return EX_OSERR;
	optind = 0; /* the program's own options are done with */
	status = sub_parse(&request, argc, argv);
	if (status == -1)
		status = run(&request);
	json_decref(request.args);
	return status;
}

int
sub_call(const struct sub *sub, const char *path, json_t *args, bool json,
    json_t **reply_r)
{
	struct sub_request request = { .sub = sub, .json = json };

	if (strlen(path) >= sizeof(request.path))
		return EX_USAGE;
	memcpy(request.path, path, strlen(path) + 1);
	request.args = args;
	return ask_all(&request, NULL, reply_r);
}

static const struct sub *
choose(const struct sub *subs, int argc, char **argv, int *status)
{
	const char *names[SUBS_MAX + 1], *near;
	size_t i;

	if (subs[0].name == NULL)
		return &subs[0];
	*status = EX_USAGE;
	if (argc < 2 || argv[1][0] == '-') {
		/* Other options may be before it. */
		if (strcmp(argv[argc - 1], "--help") == 0 ||
		    strcmp(argv[argc - 1], "-h") == 0)
			*status = EX_OK;
		list_subs(argv[0], subs, *status == EX_OK ? stdout : stderr);
		return NULL;
	}
	for (i = 0; i < SUBS_MAX && subs[i].call != NULL; i++) {
		if (strcmp(subs[i].name, argv[1]) == 0)
			return &subs[i];
		names[i] = subs[i].name;
	}
	names[i] = NULL;
	near = nearest(argv[1], names);
	fprintf(stderr, "tillctl: %s has no command '%s'", argv[0], argv[1]);
	if (near != NULL)
		fprintf(stderr, "; did you mean '%s'?", near);
	fputs("\n", stderr);
	list_subs(argv[0], subs, stderr);
	return NULL;
}

static void
list_subs(const char *command, const struct sub *subs, FILE *file)
{
	size_t i;

	fprintf(file, "usage: tillctl %s COMMAND ...\n", command);
	for (i = 0; i < SUBS_MAX && subs[i].call != NULL; i++)
		fprintf(file, "  %-12s %s\n", subs[i].name, subs[i].help);
	fprintf(file, "'tillctl %s COMMAND --help' says more.\n", command);
}

void
sub_fail(const struct sub_request *request, const char *text, json_t **reply_r)
{
	if (!request->json) {
		fprintf(stderr, "tillctl: %s\n", text);
		return;
	}
	if (*reply_r == NULL)
		*reply_r = json_object();
	(void)json_object_set_new(*reply_r, "error", json_string(text));
}

static int
run(struct sub_request *request)
{
	const struct sub *sub = request->sub;
	char *password = NULL;
	struct till_error err;
	json_t *reply = NULL;
	int status = EX_USAGE;

	if ((sub->prepare != NULL && sub->prepare(request->args, &err) == -1) ||
	    read_password(request, &password, &err) == -1) {
		sub_fail(request, err.text, &reply);
		if (reply != NULL)
			print_reply(request, reply, status);
		goto out;
	}
	status = ask_all(request, password, &reply);
	if (status == EX_OK && sub->check != NULL &&
	    sub->check(reply, &err) == -1) {
		sub_fail(request, err.text, &reply);
		status = EX_SOFTWARE;
	}
	if (reply != NULL)
		print_reply(request, reply, status);
	status = print_told(request, status);
	if (fflush(stdout) != 0 && status == EX_OK)
		status = EX_IOERR;
out:
	if (password != NULL)
		OPENSSL_secure_clear_free(password, PASSWORD_MAX + 1);
	if (request->told != NULL)
		OPENSSL_secure_clear_free(request->told,
		    strlen(request->told) + 1);
	json_decref(reply);
	return status;
}

/* *password_r stays NULL where none is wanted. */
static int
read_password(const struct sub_request *request, char **password_r,
    struct till_error *err)
{
	const char *whose =
	    json_string_value(json_object_get(request->args, "customer"));
	enum sub_password wanted = request->sub->password;
	char prompt[TILL_ERROR_MAX];

	if (wanted == SUB_BANK_NUMBER &&
	    (json_object_get(request->args, "remove") != NULL ||
		json_object_get(request->args, "forget") != NULL))
		wanted = SUB_NO_PASSWORD;
	if (wanted == SUB_NO_PASSWORD) {
		if (!request->ask_password && request->password_fd == -1)
			return 0;
		return till_fail(err, "this command takes no password");
	}
	if (wanted == SUB_MAYBE_PASSWORD && !request->ask_password &&
	    request->password_fd == -1)
		return 0;
	*password_r = OPENSSL_secure_malloc(PASSWORD_MAX + 1);
	if (*password_r == NULL)
		return till_fail(err, "out of memory");
	if (request->password_fd != -1)
		return password_from_fd(request->password_fd, *password_r, err);
	(void)snprintf(prompt, sizeof(prompt), "%s of %.100s: ",
	    wanted == SUB_BANK_NUMBER ? "Number" : "New password",
	    whose == NULL ? "" : whose);
	return password_from_terminal(prompt, wanted != SUB_BANK_NUMBER,
	    *password_r, err);
}

/* A list comes in parts; without --limit all of them are fetched.  What a
 * later part says beside it takes the place of what was said before. */
static int
ask_all(struct sub_request *request, const char *password, json_t **reply_r)
{
	const struct sub *sub = request->sub;
	json_t *part = NULL;
	const char *next;
	int status;

	status = ask(request, password, reply_r);
	if (sub->list == NULL ||
	    json_object_get(request->args, "limit") != NULL)
		return status;
	while (status == EX_OK) {
		next = json_string_value(json_object_get(*reply_r, "next"));
		if (next == NULL)
			break;
		if (json_array_size(json_object_get(*reply_r, sub->list)) >=
		    SUB_LIST_MAX)
			break;
		/* Where to go on is a number in the register. */
		(void)json_object_set_new(request->args, "from",
		    strcmp(sub->list, "entries") == 0
			? json_integer((json_int_t)strtoll(next, NULL, 10))
			: json_string(next));
		(void)json_object_del(*reply_r, "next");
		status = ask(request, NULL, &part);
		if (status == EX_OK)
			status = join(sub, *reply_r, part);
		else if (part != NULL && request->json)
			(void)json_object_set(*reply_r, "error",
			    json_object_get(part, "error"));
		json_decref(part);
		part = NULL;
	}
	return status;
}

static int
join(const struct sub *sub, json_t *whole, json_t *part)
{
	const char *key;
	json_t *value;

	if (json_array_extend(json_object_get(whole, sub->list),
		json_object_get(part, sub->list)) == -1)
		return EX_PROTOCOL;
	json_object_foreach(part, key, value)
	{
		if (strcmp(key, sub->list) != 0)
			(void)json_object_set(whole, key, value);
	}
	return EX_OK;
}

static int
ask(struct sub_request *request, const char *password, json_t **reply_r)
{
	int64_t timeout_ms = request->sub->timeout_ms;
	struct frame_writer frame = { 0 };
	unsigned char *buf = NULL;
	struct till_error err;
	struct frame reply;
	int status = EX_OSERR;

	buf = malloc(FRAME_MAX);
	if (buf == NULL || frame_writer_init(&frame, &err) == -1) {
		sub_fail(request, "out of memory", reply_r);
		goto out;
	}
	if (make_frame(request, password, &frame, &err) == -1) {
		sub_fail(request, err.text, reply_r);
		status = EX_DATAERR;
		goto out;
	}
	if (link_call(request->path, &frame,
		timeout_ms == 0 ? TIMEOUT_MS : timeout_ms, buf, FRAME_MAX,
		&reply, &err) == -1) {
		sub_fail(request, err.text, reply_r);
		fputs("tillctl: is tilld running, and may you use its control "
		      "socket?\n",
		    stderr);
		status = EX_UNAVAILABLE;
		goto out;
	}
	status = take_reply(request, &reply, reply_r);
out:
	frame_writer_free(&frame);
	if (buf != NULL)
		explicit_bzero(buf, FRAME_MAX);
	free(buf);
	return status;
}

static int
make_frame(const struct sub_request *request, const char *password,
    struct frame_writer *frame, struct till_error *err)
{
	char *args = json_dumps(request->args, JSON_COMPACT);

	if (args == NULL)
		return till_fail(err, "out of memory");
	frame_begin(frame, FRAME_CTL, 1);
	frame_text(frame, TAG_COMMAND, request->sub->call);
	frame_text(frame, TAG_ARGS, args);
	if (password != NULL)
		frame_octets(frame, TAG_SECRET, password, strlen(password));
	free(args);
	return frame_end(frame, err);
}

static int
take_reply(struct sub_request *request, const struct frame *reply,
    json_t **reply_r)
{
	const char *error = frame_get_text(reply, TAG_ERROR);
	const char *json = frame_get_text(reply, TAG_JSON);

	if (error != NULL && !request->json)
		fprintf(stderr, "tillctl: %s\n", error);
	if (json != NULL)
		*reply_r = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	if (json != NULL && *reply_r == NULL) {
		sub_fail(request, "the server's answer is no JSON", reply_r);
		return EX_PROTOCOL;
	}
	if (*reply_r == NULL)
		*reply_r = json_object();
	if (error != NULL)
		(void)json_object_set_new(*reply_r, "error",
		    json_string(error));
	if (request->sub->tells && take_secret(request, reply, reply_r) == -1)
		return EX_OSERR;
	return (int)frame_get_number(reply, TAG_EXIT,
	    error == NULL ? EX_OK : EX_SOFTWARE);
}

static int
take_secret(struct sub_request *request, const struct frame *reply,
    json_t **reply_r)
{
	const struct frame_field *secret = frame_get(reply, TAG_SECRET);

	if (secret == NULL)
		return 0;
	request->told = OPENSSL_secure_zalloc(secret->len + 1);
	if (request->told == NULL) {
		sub_fail(request, "out of memory", reply_r);
		return -1;
	}
	memcpy(request->told, secret->data, secret->len);
	return 0;
}

/* What cannot be shown a second time must not get lost unseen. */
static int
print_told(const struct sub_request *request, int status)
{
	if (request->told == NULL)
		return status;
	if (puts(request->told) >= 0 && fflush(stdout) == 0)
		return status;
	fputs("tillctl: it could not be written, and is told once only: "
	      "revoke it\n",
	    stderr);
	return EX_IOERR;
}

static void
print_reply(const struct sub_request *request, const json_t *reply, int status)
{
	const struct sub *sub = request->sub;
	FILE *file = request->told != NULL ? stderr : stdout;

	if (request->json) {
		(void)json_dumpf(reply, file, JSON_COMPACT);
		fputs("\n", file);
	} else if (sub->print != NULL &&
	    (status == EX_OK || sub->print_failure)) {
		sub->print(reply);
	}
}
