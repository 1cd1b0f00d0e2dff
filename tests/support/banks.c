/*
 * banks.c - see banks.h.
 */
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/banks.h"

#define PATIENCE_MS 20000
#define PATH_SIZE 1024
#define CONF_SIZE 2048

static void run(const struct bank_process *, unsigned int port, int in, int out,
    const char *const *options);
static size_t read_line(int fd, char *buf, size_t size);

void
bank_begin(struct bank_process *bank, unsigned int port, const char *script,
    const char *const *options)
{
	const char *tmp = getenv("TMPDIR");
	static unsigned int begun; /* two may be there at one time */
	char line[64];
	int in[2], out[2];
	FILE *file;

	(void)snprintf(bank->script, sizeof(bank->script),
	    "%s/bank-%ld-%u.script", tmp != NULL ? tmp : "/tmp", (long)getpid(),
	    begun++);
	file = fopen(bank->script, "w");
	assert_non_null(file);
	(void)fputs(script, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	bank->pid = fork();
	assert_true(bank->pid != -1);
	if (bank->pid == 0) {
		(void)close(in[1]);
		(void)close(out[0]);
		run(bank, port, in[0], out[1], options);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	bank->command = in[1];
	bank->answer = out[0];
	(void)read_line(bank->answer, line, sizeof(line));
	bank->port = (unsigned int)strtoul(line, NULL, 10);
	assert_true(bank->port > 0);
}

void
bank_end(struct bank_process *bank)
{
	int status;

	(void)kill(bank->pid, SIGKILL);
	while (waitpid(bank->pid, &status, 0) == -1 && errno == EINTR)
		;
	(void)close(bank->command);
	(void)close(bank->answer);
	(void)unlink(bank->script);
}

const char *
bank_tell(struct bank_process *bank, const char *command)
{
	static char all[BANK_ANSWER_SIZE];
	size_t used = 0, len;

	assert_int_equal(write(bank->command, command, strlen(command)),
	    strlen(command));
	assert_int_equal(write(bank->command, "\n", 1), 1);
	for (;;) {
		len = read_line(bank->answer, all + used, sizeof(all) - used);
		if (strncmp(all + used, "error", 5) == 0)
			fail_msg("%s: %s", command, all + used);
		if (strcmp(all + used, "ok\n") == 0)
			break;
		used += len;
	}
	all[used] = '\0';
	return all;
}

const char *
bank_link_conf(const struct bank_process *bank, const char *lines)
{
	static char text[CONF_SIZE];

	(void)snprintf(text, sizeof(text),
	    "address=127.0.0.1:%u\n%sterminal=PAYSRV01\n"
	    "merchant=MERCHANT0000001\nmcc=5192\ncity=PARIS\ncountry=FR\n%s",
	    bank->port,
	    strstr(lines, "acquirer=") == NULL ? "acquirer=123456\n" : "",
	    lines);
	return text;
}

static void
run(const struct bank_process *bank, unsigned int port, int in, int out,
    const char *const *options)
{
	const char *build = getenv("TILL_BUILD"), *args[BANK_ARGS_MAX];
	char program[PATH_SIZE], number[16];
	size_t n = 0;

	(void)snprintf(program, sizeof(program), "%s/tests/tools/bank",
	    build != NULL ? build : ".");
	(void)snprintf(number, sizeof(number), "%u", port);
	args[n++] = program;
	args[n++] = "--stdin";
	args[n++] = "--script";
	args[n++] = bank->script;
	args[n++] = "--listen";
	args[n++] = number;
	for (; *options != NULL && n + 1 < BANK_ARGS_MAX; options++)
		args[n++] = *options;
	args[n] = NULL;
	if (dup2(in, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1)
		(void)execv(program, (char *const *)(uintptr_t)args);
	_exit(127);
}

/* With its newline; fails the test if none comes. */
static size_t
read_line(int fd, char *buf, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	while (len + 1 < size && (len == 0 || buf[len - 1] != '\n')) {
		if (poll(&ready, 1, PATIENCE_MS) != 1 ||
		    read(fd, buf + len, 1) != 1)
			fail_msg("the bank says nothing");
		len++;
	}
	buf[len] = '\0';
	return len;
}
