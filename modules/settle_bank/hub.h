/*
 * hub.h - one desk for each state folder, whoever uses it.
 *
 * A reload opens the instances of the new configuration while those of the
 * old one still serve.  Two desks over one journal would ruin it, so all
 * instances of a folder share one desk; links that differ take the place
 * of the old ones.  Another process is kept out, unless it is another host
 * of the same server: that gets the folder, and this one has no desk until
 * the folder is free again.
 */
#ifndef SETTLE_BANK_HUB_H
#define SETTLE_BANK_HUB_H

#include "settle_bank/desk.h"
#include "settle_bank/diary.h"

#define HUB_LOOK_MS 200 /* whether another host wants the folder */
#define HUB_WAIT_MS (DESK_STOP_MS + 3000) /* for a host to let it go */

/* What the desk is made with; its own copy of all that was read. */
struct hub_setup {
	struct bank_conf links[NET_LINKS_MAX];
	size_t links_len;
	struct codes codes;
	char state_dir[DESK_PATH_MAX];
	int64_t cutover_s;
};

struct hub_seat; /* of one instance */

/* NULL: *err; what was there before goes on. */
struct hub_seat *hub_enter(const struct hub_setup *, const struct till_host *,
    struct till_instance *, struct till_error *err);
void hub_leave(struct hub_seat *);

/* Use the desk; it stays until hub_done.  NULL: it could not be put to work,
 * or another host has the folder. */
struct desk *hub_desk(struct hub_seat *);
void hub_done(struct hub_seat *);
struct diary *hub_diary(struct hub_seat *);

#endif
