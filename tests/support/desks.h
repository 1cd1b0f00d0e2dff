/*
 * desks.h - a desk of settle_bank before the simulated bank, for tests.
 */
#ifndef SUPPORT_DESKS_H
#define SUPPORT_DESKS_H

#include <stdbool.h>

#include "settle_bank/desk.h"
#include "support/banks.h"

#define DESK_CARD "4000001234567899"
#define DESK_BALANCE 1000000 /* cents, of that card */
#define DESK_ACCOUNT "account " DESK_CARD " 978 1000000 expiry=2912\n"

/* What a till_op is here: an answer to come. */
struct answer {
	bool has;
	unsigned int times;
	enum till_result result;
	struct till_outcome outcome;
};

/* The bank with its script, and a desk with these lines in its link. */
void desk_begin_test(const char *script, const char *lines);
int desk_end_test(void **state); /* a teardown of cmocka's */
struct bank_process *desk_bank(void);

/* The same with more: a second link, which leads to a second bank. */
struct desk_setup {
	const char *script, *lines;
	const char *second, *second_lines; /* NULL: one link */
	int64_t cutover_s; /* as desk_options */
	int64_t time_s; /* as desk_set_time; 0: as it is */
	bool outlasts; /* the first bank has its books after a kill, too */
};
void desk_begin_with(const struct desk_setup *);
struct bank_process *desk_second_bank(void);
/* kill -9 of the first bank, and start it again where it was. */
void desk_kill_bank(void);
void desk_start_bank(void);
/* A link, from 1 on, is "up", "down" ... soon. */
void desk_await_link(unsigned int link, const char *state);
/* Where the desk has its files. */
const char *desk_folder(void);
/* Seconds since 1970; the clock goes on from there. */
void desk_set_time(int64_t seconds);

/* Close the desk; open it, also again, and wait until its link is up. */
void desk_close(void);
void desk_open_again(void);
void desk_wait_up(void);
bool desk_is_up(void);

/* A settlement of so many cents, with a key and digest made of number. */
struct till_settlement desk_settlement(enum till_verb, unsigned int number,
    int64_t cents);
void desk_hand_in(const struct till_settlement *, struct answer *);
void desk_await(struct answer *);
enum till_result desk_ask(const struct till_settlement *, struct answer *);
enum till_result desk_charge(unsigned int number, int64_t cents,
    struct answer *);
enum till_result desk_query(unsigned int number, int64_t cents,
    struct answer *);
/* Undo the charge with another number, which is named by its key. */
enum till_result desk_reverse(unsigned int number, unsigned int of,
    int64_t cents, struct answer *);
struct till_settlement desk_reversal(unsigned int number, unsigned int of,
    int64_t cents);

/* What the host was told later: how often, and the last one of a kind; and
 * whether it takes it. */
struct desk_late {
	unsigned int times, taken;
	unsigned char key[TILL_KEY_SIZE];
	struct till_money amount;
	char id[TILL_REF_MAX], code[32], text[TILL_ERROR_MAX];
};
void desk_take_late(bool takes);
/* But never one of this amount. */
void desk_refuse_late(int64_t micro);
void desk_await_late(enum till_late_kind, unsigned int times,
    struct desk_late *);

unsigned int desk_alarms(void);

/* The desk itself, and its report. */
struct desk *desk_itself(void);
/* All lines until now, each with its level; "later" if the host did not take
 * it when it was told. */
const char *desk_log_text(void);

/* At the bank: keys in this state, and the card's cents. */
unsigned int desk_at_bank(const char *state);
/* How often the dump of that bank has this. */
unsigned int desk_at(struct bank_process *, const char *want);
long desk_balance(void);

#endif
