/*
 * serve.h - the control socket, on which tillctl talks to the rear unit.
 *
 * One thread of its own does one command after the other, so commands
 * never hold up payments and never run beside each other.  Whoever may
 * use it is checked by the peer's credentials: root, the rear's own user
 * and the members of the admin group.
 */
#ifndef CTL_SERVE_H
#define CTL_SERVE_H

#include <till/error.h>

struct rear;
struct ctl_server;

/* Listen on rear_options(rear)->ctl_path.  The rear must be complete: a
 * command may come at once. */
int ctl_server_start(struct rear *, struct ctl_server **server_r,
    struct till_error *err);
/* Ends the command at work, answers it, and stops.  NULL is fine. */
void ctl_server_stop(struct ctl_server *);

#endif
