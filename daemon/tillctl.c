/*
 * tillctl.c - the administrator's tool.
 *
 * One table names the commands; each is a function of its own, which
 * parses what follows its name.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <openssl/crypto.h>

#include "config/near.h"
#include "ctl/commands.h"

#define SECURE_HEAP (1024 * 1024)
#define SECURE_MIN 64
#define ARGS_MAX 256

struct command {
	const char *name;
	int (*run)(int, char **);
	bool online; /* asks the server: takes -r, -s and --json */
	const char *help;
};

static int version(int, char **);
static void usage(FILE *);
static int globals(int, char **, char **, int *);
static const struct command *find(const char *);
static int run(const struct command *, int, char **, int, char **);
static void unknown(const char *);

static const struct command commands[] = {
	{ "init", cmd_init, false, "make keys and ledger of a new server" },
	{ "check", cmd_check, false, "say what is wrong with a configuration" },
	{ "dump", cmd_dump, false, "print the effective configuration" },
	{ "explain", cmd_explain, true,
	    "say what would become of a ticket, rule by rule" },
	{ "replay", cmd_replay, true,
	    "say which recorded orders would go another way" },
	{ "graph", cmd_graph, false, "draw the stacks" },
	{ "status", cmd_status, true, "show how the server is" },
	{ "reload", cmd_reload, true, "put a changed configuration to work" },
	{ "customer", cmd_customer, true, "add, show and change customers" },
	{ "merchant", cmd_merchant, true, "add, show and change merchants" },
	{ "topup", cmd_topup, true, "book money into a wallet" },
	{ "refund", cmd_refund, true, "give back what an order has paid" },
	{ "balance", cmd_balance, true, "show accounts" },
	{ "order", cmd_order, true, "show what became of a ticket" },
	{ "bank", cmd_bank, true, "see what is owed back to customers" },
	{ "event", cmd_event, true, "list events, and send them again" },
	{ "register", cmd_register, true, "list, show and verify entries" },
	{ "key", cmd_key, true, "list and rotate the keys of vouchers" },
	{ "module", cmd_module, false, "write, look at and test modules" },
	{ "token", cmd_token, false, "show what a ticket or voucher says" },
	{ "version", version, false, "print the version" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

int
main(int argc, char **argv)
{
	char *global[ARGS_MAX];
	const struct command *command;
	int n, at;

	at = globals(argc, argv, global, &n);
	if (at == 0)
		return EX_USAGE;
	if (at == argc) {
		usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
		usage(stdout);
		return EX_OK;
	}
	if (strcmp(argv[at], "--version") == 0)
		return version(0, NULL);
	command = find(argv[at]);
	if (command == NULL) {
		unknown(argv[at]);
		return EX_USAGE;
	}
	return run(command, argc - at, argv + at, n, global);
}

static int
version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("tillctl " TILL_VERSION);
	return EX_OK;
}

static void
usage(FILE *file)
{
	size_t i;

	fputs("usage: tillctl [-r DIR | -s SOCKET] [--json] COMMAND ...\n",
	    file);
	for (i = 0; i < COMMANDS; i++)
		fprintf(file, "  %-10s %s\n", commands[i].name,
		    commands[i].help);
	fputs("'tillctl COMMAND --help' says more.\n", file);
}

/* Options before the command, which are handed on to it.  Returns where
 * the command is, or 0. */
static int
globals(int argc, char **argv, char **global, int *n)
{
	int at = 1;

	*n = 0;
	while (at < argc && argv[at][0] == '-' && *n + 2 < ARGS_MAX) {
		if (strcmp(argv[at], "--json") == 0) {
			global[(*n)++] = argv[at++];
			continue;
		}
		if (strncmp(argv[at], "-r", 2) != 0 &&
		    strncmp(argv[at], "-s", 2) != 0)
			break;
		global[(*n)++] = argv[at];
		if (argv[at++][2] != '\0')
			continue;
		if (at == argc) {
			usage(stderr);
			return 0;
		}
		global[(*n)++] = argv[at++];
	}
	return at;
}

static const struct command *
find(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* The command's own arguments first: the word behind its name may say
 * which of its commands is meant. */
static int
run(const struct command *command, int argc, char **argv, int n, char **global)
{
	char *args[2 * ARGS_MAX + 1];
	int i, len = 0;

	if (argc > ARGS_MAX) {
		fputs("tillctl: too many arguments\n", stderr);
		return EX_USAGE;
	}
	args[len++] = argv[0];
	if (argc > 1 && argv[1][0] != '-')
		args[len++] = argv[1];
	/* Where the server is means nothing to the others. */
	for (i = 0; i < n; i++)
		if (command->online || strcmp(global[i], "--json") == 0)
			args[len++] = global[i];
	for (i = argc > 1 && argv[1][0] != '-' ? 2 : 1; i < argc; i++)
		args[len++] = argv[i];
	args[len] = NULL;
	if (command->online)
		(void)CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_MIN);
	return command->run(len, args);
}

static void
unknown(const char *name)
{
	const char *names[COMMANDS + 1], *near;
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	names[COMMANDS] = NULL;
	near = nearest(name, names);
	fprintf(stderr, "tillctl: there is no command '%s'", name);
	if (near != NULL)
		fprintf(stderr, "; did you mean '%s'?", near);
	fputs("\n", stderr);
	usage(stderr);
}
