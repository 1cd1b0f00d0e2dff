/*
 * account.h - what signed-in customers may ask of their own accounts, and
 * merchants of their tills.
 *
 * FRAME_ACCOUNT has the session and a command with its arguments; whose
 * account it is says the session alone.  The commands are those of
 * account_commands, most of them tillctl's own with the customer filled in.
 * TAG_SECRET is a new password, or what a browser has made of a passkey; a new
 * token comes back in it.
 * The answer has TAG_EXIT (sysexits.h) and TAG_JSON; where TAG_EXIT is not 0
 * TAG_ERROR says why to the log, and TAG_CODE is one of
 *
 *	no-session	sign in first; a session that comes of a payment
 *			opens no account
 *	sign-in-again	the sign-in is older than ACCOUNT_RECENT_S
 *	sign-in-to-enrol	so is the sign-in to enrol, or there was none
 *	busy		too many wait, of this customer or at all; or he has
 *			stopped and allowed his payments so often that he has
 *			to wait a little before he allows them again
 *	not-found	there is no such thing in this account
 *	bad-request	the arguments cannot be read or make no sense, or
 *			the module that was asked did not take what it was
 *			given
 *	unavailable	it could not be done now
 *
 * One thread of its own does one after the other, so that reading a long
 * statement holds up no payment and no operator; and the customers take
 * turns, so that it holds up none of them for longer than one part takes,
 * which is bounded in lines and in what it looks at.  What changes something
 * goes before what the same customer looks at, and waits for an operator's
 * command that changes something, as that waits for it; to stop one's payments
 * waits for neither, and has a thread for itself.
 *
 * Of the commands of till_commands it is a session of merchants that says whose
 * till it is.  No customer's session opens a till, nor a merchant's an account;
 * and a third thread does these commands.
 */
#ifndef CTL_ACCOUNT_H
#define CTL_ACCOUNT_H

#include "ctl/call.h"
#include "link/link.h"

#define ACCOUNT_QUEUE_MAX 1024 /* commands that wait */
#define ACCOUNT_EACH_MAX 8 /* of one customer that only look */
/* To stop payments and to allow them again writes to the register, which is
 * kept for ever.  To stop them is always possible; to allow them so often at
 * once, and then once each time so much has passed. */
#define ACCOUNT_THAWS_MAX 3
#define ACCOUNT_THAW_MS 10000
#define ACCOUNT_THAWERS_MAX 256 /* customers of whom it is remembered */
#define ACCOUNT_RECENT_S 300 /* for what changes how one is recognised */

struct accounts;

/* Ends with a name of NULL. */
extern const struct command account_commands[];
extern const struct command till_commands[]; /* the merchants' */

int accounts_start(struct rear *, struct accounts **accounts_r,
    struct till_error *err);
/* A FRAME_ACCOUNT, on the link's thread; writer is for what is answered at
 * once. */
void accounts_admit(struct accounts *, struct link_peer *, const struct frame *,
    struct frame_writer *writer);
/* Ends what waits and takes no more; accounts_admit answers "busy" from
 * then on.  NULL is fine. */
void accounts_stop(struct accounts *);
/* After it, and after the link's thread.  NULL is fine. */
void accounts_free(struct accounts *);

/* account_enrol.c: may customers make a credential of this kind themselves, or
 * (NULL) any?  Its commands. */
bool account_may(struct rear *, const char *word);
int serve_account_security(struct call *);
int serve_account_may(struct call *);
int serve_account_passwd(struct call *);
int serve_account_new_token(struct call *);
int serve_account_new_passkey(struct call *);
int serve_account_passkey(struct call *);
int serve_account_sign_out(struct call *);
/* Of the thread of these commands alone. */
struct enrol_pages *accounts_pages(struct accounts *);

#endif
