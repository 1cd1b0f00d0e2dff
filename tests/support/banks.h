/*
 * banks.h - the simulated bank of tests/tools/bank as a process, for
 * tests.
 */
#ifndef SUPPORT_BANKS_H
#define SUPPORT_BANKS_H

#include <sys/types.h>

#include <stdbool.h>

#define BANK_ARGS_MAX 32
#define BANK_ANSWER_SIZE 262144

struct bank_process {
	pid_t pid;
	unsigned int port;
	int command; /* its standard input */
	int answer; /* its standard output */
	char script[512]; /* path of its file */
};

/* Start it with a script's text and further options (ends with NULL);
 * port 0: any.  Fails the test if it does not. */
void bank_begin(struct bank_process *, unsigned int port, const char *script,
    const char *const *options);
/* Kill it, and wait. */
void bank_end(struct bank_process *);

/* A command, and its answer without "ok"; fails the test on "error".
 * Static storage. */
const char *bank_tell(struct bank_process *, const char *command);

/* A link's file for it: its text, with these lines added.  Static. */
const char *bank_link_conf(const struct bank_process *, const char *lines);

#endif
