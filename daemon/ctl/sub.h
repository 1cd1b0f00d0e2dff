/*
 * sub.h - the commands of tillctl that ask the server, as tables.
 *
 * A row says what is written on the command line and what is sent: its
 * operands and options become the arguments of one control command.  So
 * that such a command is a row and perhaps a function that prints.
 */
#ifndef CTL_SUB_H
#define CTL_SUB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <till/error.h>

#define SUB_OPERANDS_MAX 3
#define SUB_OPTIONS_MAX 12
#define SUB_PATH_MAX 108 /* of a unix socket, with its NUL */
#define SUB_LIST_MAX 100000 /* items of a list without --limit */

enum sub_type {
	SUB_NONE = 0,
	SUB_TEXT,
	SUB_NUMBER,
	SUB_FLAG, /* an option without a value */
	SUB_MONEY, /* an operand: "12.50 EUR" as one word or as two */
	SUB_FILE /* the text of a file, "-": standard input */
};

enum sub_password {
	SUB_NO_PASSWORD = 0,
	SUB_NEW_PASSWORD, /* asked for twice */
	SUB_MAYBE_PASSWORD, /* only with --password or --password-fd */
	SUB_BANK_NUMBER /* asked for once, or of --number-fd; not with the
			 * argument "remove" */
};

struct sub_value {
	const char *name; /* on the command line: "return-url" */
	const char *arg; /* of the control command; NULL: the same */
	enum sub_type type;
	bool optional; /* operands */
};

struct sub {
	const char *name; /* "add"; NULL: the command has no such word */
	const char *call; /* "customer.add" */
	const char *usage; /* what follows the name */
	const char *help; /* one line */
	struct sub_value operands[SUB_OPERANDS_MAX];
	struct sub_value options[SUB_OPTIONS_MAX];
	enum sub_password password;
	const char *list; /* key of a list that may come in parts, or NULL */
	int64_t timeout_ms; /* 0: the usual */
	/* Change the arguments before they are sent; NULL: nothing to. */
	int (*prepare)(json_t *args, struct till_error *err);
	/* Whether all parts of the answer fit together; NULL: nobody asks. */
	int (*check)(const json_t *reply, struct till_error *err);
	/* For people; not called for --json, nor after a failure unless
	 * the answer then says more than the error. */
	void (*print)(const json_t *reply);
	bool print_failure;
	/* A secret may come beside the answer: that alone goes to standard
	 * output then, and the JSON to standard error. */
	bool tells;
};

/* Run one of subs (ends with a call of NULL): argv[0] is the command.
 * Returns a status of sysexits.h. */
int sub_main(const struct sub *subs, int argc, char **argv);

/* One call of sub's command, all parts of its list together, on a path
 * of sub_socket.  Unless json is set an error is printed.  Returns a status
 * of sysexits.h; *reply_r may be set whatever it is. */
int sub_call(const struct sub *, const char *path, json_t *args, bool json,
    json_t **reply_r);
/* The path of the control socket: by a run folder (NULL: as installed), or
 * said itself; path has SUB_PATH_MAX octets.  -1: it is too long. */
int sub_socket(char *path, const char *where, bool is_socket);

/* What every one of them understands, beside its own options. */
struct sub_request {
	const char *command;
	const struct sub *sub;
	char path[SUB_PATH_MAX]; /* of the control socket */
	json_t *args;
	bool json;
	bool ask_password; /* --password */
	int password_fd; /* or -1 */
	char *told; /* that came; secure memory, or NULL */
};

/* Say what is wrong: as "error" of *reply_r if the answer is to be JSON,
 * else to people. */
void sub_fail(const struct sub_request *, const char *text, json_t **reply_r);

/* Read the options and operands after the words of the command.  -1 to go
 * on, else the exit status; in sub_args.c. */
int sub_parse(struct sub_request *, int argc, char **argv);
void sub_usage(const char *command, const struct sub *, FILE *);

#endif
