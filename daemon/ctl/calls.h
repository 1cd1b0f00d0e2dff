/*
 * calls.h - commands that wait, and the thread that does one after the
 * other.
 *
 * Who asks for much waits for himself: of each owner only some wait, and the
 * owners take turns.  What changes something goes before what the same owner
 * only looks at, and has room of its own: whoever looks a lot in somebody's
 * name cannot keep him from stopping it.
 *
 * There are three: the operators', so that a command never holds up
 * payments; the customers', so that neither holds up the other; and one for
 * customers who stop their payments (COMMAND_STOPS).  What changes something
 * is done by one of the first two at a time; the third waits for neither.
 */
#ifndef CTL_CALLS_H
#define CTL_CALLS_H

#include "ctl/call.h"
#include "link/link.h"
#include "rear/sessions.h"

#define CALLS_CHANGES_MAX 4 /* of one owner that wait beside his looks */
#define CALLS_COMMAND_MAX 64 /* octets of a command's name, with its NUL */

struct accounts;
struct calls;

/* A call on its way; made by queued_new, ended by queued_free, which wipes
 * its secrets. */
struct queued {
	struct call call;
	struct link_peer *peer; /* counted */
	uint64_t id;
	char command[CALLS_COMMAND_MAX];
	struct accounts *accounts; /* of an account's; else NULL */
	unsigned char session[SESSION_NAME_SIZE]; /* likewise */
	char owner[TILL_ID_MAX]; /* who takes turns; or "" */
	bool changes; /* something, and goes before his looks */
	struct queued *next; /* in the order of their turns */
	uint64_t turn;
};

/* Of a frame with TAG_COMMAND and, perhaps, TAG_ARGS and TAG_SECRET.
 * 0; 1: its arguments cannot be read as a JSON object, or there are too many
 * secrets; -1: no memory. */
int queued_new(struct rear *, struct link_peer *, const struct frame *,
    struct queued **queued_r);
void queued_free(struct queued *); /* NULL is fine */

/* NULL: the table, which ends with a name of NULL, has none of this name. */
const struct command *command_find(const struct command *table,
    const char *name);

/*
 * Do the command of this name, if the table has it, with its arguments
 * checked; EX_OK or call.err says why not.  *json_r is what it answers, freed
 * by the caller; NULL: out of memory.
 */
int queued_do(struct queued *, const struct command *table, char **json_r);

/* run gets each call, on the thread, and frees it.  At most max wait, and
 * each of one owner's looks with CALLS_CHANGES_MAX changes of his. */
int calls_start(size_t max, size_t each, void (*run)(struct queued *),
    struct calls **calls_r, struct till_error *err);
/* False: so many wait already, or it was stopped. */
bool calls_put(struct calls *, struct queued *);
/* Takes no more, ends what waits, and joins the thread.  calls_put may still
 * be called.  NULL is fine. */
void calls_stop(struct calls *);
/* After calls_stop, when nobody calls calls_put any more.  NULL is fine. */
void calls_free(struct calls *);

#endif
