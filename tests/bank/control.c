/*
 * control.c - commands for tests, a line each, on standard input or on a
 * socket that only the owner reaches.  An answer ends with a line that
 * begins with "ok" or "error".
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bank/server.h"

#define PATIENCE_S 10 /* with a client that does not read */

typedef int command_fn(struct bank_server *, const char *argument, FILE *,
    struct till_error *);

static command_fn do_dump, do_stats, do_echo, do_cutover, do_return, do_totals,
    do_close, do_script, do_rules, do_release, do_mode, do_quit;

static void add_control(struct bank_server *, int in, int out);
static bool obey_lines(struct bank_server *, struct bank_control *);
static void obey(struct bank_server *, struct bank_control *, char *);
static void give(int, const char *, size_t);

static const struct command {
	const char *name;
	command_fn *run;
} commands[] = {
	{ "dump", do_dump },
	{ "stats", do_stats },
	{ "echo", do_echo },
	{ "cutover", do_cutover },
	{ "issuer-reversal", do_return },
	{ "totals", do_totals },
	{ "close", do_close },
	{ "script", do_script },
	{ "rules", do_rules },
	{ "release", do_release },
	{ "mode", do_mode },
	{ "quit", do_quit },
};

int
bank_control_open(struct bank_server *server, struct till_error *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const char *path = server->settings.control;

	if (server->settings.takes_stdin)
		add_control(server, STDIN_FILENO, STDOUT_FILENO);
	if (path == NULL)
		return 0;
	if (strlen(path) >= sizeof(at.sun_path))
		return till_fail(err, "%s: too long for a socket", path);
	memcpy(at.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	server->control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server->control == -1 ||
	    bind(server->control, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    chmod(path, 0600) == -1 ||
	    listen(server->control, BANK_CONTROLS_MAX) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	return 0;
}

void
bank_control_accept(struct bank_server *server)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	const int fd = accept(server->control, NULL, NULL);

	if (fd == -1)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	add_control(server, fd, fd);
}

void
bank_control_read(struct bank_server *server, struct bank_control *control)
{
	ssize_t n;

	n = read(control->in, control->line + control->len,
	    sizeof(control->line) - control->len);
	if (n == -1 && errno == EINTR)
		return;
	if (n <= 0) {
		if (control->in == STDIN_FILENO)
			server->quit = true;
		bank_control_close(control);
		return;
	}
	control->len += (size_t)n;
	if (!obey_lines(server, control))
		bank_control_close(control);
}

void
bank_control_close(struct bank_control *control)
{
	if (control->in > STDERR_FILENO)
		(void)close(control->in);
	control->in = -1;
	control->len = 0;
}

static void
add_control(struct bank_server *server, int in, int out)
{
	size_t i;

	for (i = 0; i < BANK_CONTROLS_MAX; i++) {
		if (server->controls[i].in != -1)
			continue;
		server->controls[i].in = in;
		server->controls[i].out = out;
		server->controls[i].len = 0;
		return;
	}
	if (in > STDERR_FILENO)
		(void)close(in);
}

/* False if a line is too long. */
static bool
obey_lines(struct bank_server *server, struct bank_control *control)
{
	char line[BANK_COMMAND_MAX], *end;
	size_t len;

	for (;;) {
		end = memchr(control->line, '\n', control->len);
		if (end == NULL)
			return control->len < sizeof(control->line);
		len = (size_t)(end - control->line);
		memcpy(line, control->line, len);
		line[len] = '\0';
		control->len -= len + 1;
		memmove(control->line, end + 1, control->len);
		obey(server, control, line);
	}
}

static void
obey(struct bank_server *server, struct bank_control *control, char *line)
{
	char *argument = line + strcspn(line, " ");
	struct till_error err;
	char *text = NULL;
	size_t i, len = 0;
	FILE *to;
	int r;

	if (*argument != '\0')
		*argument++ = '\0';
	to = open_memstream(&text, &len);
	if (to == NULL)
		return;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, line) == 0)
			break;
	}
	r = i == sizeof(commands) / sizeof(commands[0])
	    ? till_fail(&err, "unknown command")
	    : commands[i].run(server, argument, to, &err);
	if (r == -1)
		(void)fprintf(to, "error %s\n", err.text);
	else
		(void)fputs("ok\n", to);
	if (fclose(to) == 0)
		give(control->out, text, len);
	free(text);
}

static void
give(int fd, const char *text, size_t len)
{
	ssize_t n = 1;

	for (; len > 0 && n > 0; text += n, len -= (size_t)n) {
		n = write(fd, text, len);
		if (n == -1)
			return;
	}
}

static int
do_dump(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	(void)argument;
	(void)err;
	bank_ledger_dump(server->ledger, to);
	return 0;
}

static int
do_stats(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	size_t i, open = 0, on = 0;

	(void)argument;
	(void)err;
	for (i = 0; i < BANK_CONNS_MAX; i++) {
		open += server->conns[i].number != 0 ? 1 : 0;
		on += server->conns[i].signed_on ? 1 : 0;
	}
	(void)fprintf(to,
	    "{\"connections\":%zu,\"signed_on\":%zu,\"under_way\":%zu,"
	    "\"own_waiting\":%zu,\"own_answered\":%lld,\"refused\":%lld,"
	    "\"date\":\"%s\"}\n",
	    open, on, server->tasks_len, bank_own_waiting(server),
	    (long long)server->own_answered, (long long)server->refused,
	    server->ledger->date);
	return 0;
}

static int
do_echo(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	(void)argument;
	(void)to;
	return bank_own_echo(server, err);
}

static int
do_cutover(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	(void)to;
	return bank_own_cutover(server, argument, err);
}

static int
do_return(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	(void)to;
	return bank_own_return(server, argument, err);
}

/* totals DATE CURRENCY */
static int
do_totals(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	struct bank_totals totals;
	char date[5] = "";
	int i;

	if (strlen(argument) != 8 || argument[4] != ' ')
		return till_fail(err, "wanted: totals MMDD CURRENCY");
	memcpy(date, argument, 4);
	bank_ledger_totals(server->ledger, date, argument + 5, &totals);
	for (i = 0; i < 4; i++)
		(void)fprintf(to, "%s{\"count\":%lld,\"sum\":%lld}%s",
		    i == 0 ? "[" : ",", (long long)totals.count[i],
		    (long long)totals.sum[i], i == 3 ? "]\n" : "");
	return 0;
}

static int
do_close(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	size_t i;

	(void)argument;
	(void)to;
	(void)err;
	for (i = 0; i < BANK_CONNS_MAX; i++) {
		if (server->conns[i].number != 0)
			bank_close(server, &server->conns[i], "as told");
	}
	return 0;
}

/* New rules; accounts that are there keep their balance. */
static int
do_script(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	struct script *script = bank_script_new(1);

	(void)to;
	if (script == NULL)
		return till_fail(err, "out of memory");
	if (bank_script_read(script, argument, err) == -1 ||
	    bank_ledger_accounts(server->ledger, script, err) == -1) {
		bank_script_free(script);
		return -1;
	}
	bank_script_free(server->script);
	server->script = script;
	return 0;
}

/* How often each was about a message, and decided it. */
static int
do_rules(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	const struct script *script = server->script;
	size_t i;

	(void)argument;
	(void)err;
	for (i = 0; i < script->rules_len; i++)
		(void)fprintf(to,
		    "{\"rule\":%zu,\"seen\":%lld,\"done\":%lld}\n", i + 1,
		    (long long)script->rules[i].seen,
		    (long long)script->rules[i].done);
	return 0;
}

static int
do_release(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	(void)argument;
	(void)err;
	(void)fprintf(to, "{\"released\":%zu}\n", bank_tasks_release(server));
	return 0;
}

static int
do_mode(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	(void)to;
	return bank_habits_set(&server->ledger->habits, argument, err);
}

static int
do_quit(struct bank_server *server, const char *argument, FILE *to,
    struct till_error *err)
{
	(void)argument;
	(void)to;
	(void)err;
	server->quit = true;
	return 0;
}
