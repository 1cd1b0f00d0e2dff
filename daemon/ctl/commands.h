/*
 * commands.h - the commands of tillctl.
 *
 * Each is called like a main of its own: argv[0] is the command's name.
 * It returns an exit status of sysexits.h.
 */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

/* What a ticket, voucher or refusal says. */
int cmd_token(int argc, char **argv);

/* Say what is wrong with a configuration; print the effective one. */
int cmd_check(int argc, char **argv);
int cmd_dump(int argc, char **argv);

#endif
