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
/* What would become of a ticket; what became of an order. */
int cmd_explain(int argc, char **argv);
/* What would become of recorded orders under another configuration. */
int cmd_replay(int argc, char **argv);
/* The stacks as a picture. */
int cmd_graph(int argc, char **argv);

/* For the authors of modules: new, info, test. */
int cmd_module(int argc, char **argv);

/* Make keys and ledger of a new server. */
int cmd_init(int argc, char **argv);

/* Those that ask the server. */
int cmd_customer(int argc, char **argv);
int cmd_merchant(int argc, char **argv);
int cmd_topup(int argc, char **argv);
int cmd_refund(int argc, char **argv);
int cmd_balance(int argc, char **argv);
int cmd_register(int argc, char **argv);
int cmd_order(int argc, char **argv);
int cmd_bank(int argc, char **argv);
int cmd_event(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_key(int argc, char **argv);

#endif
