/*
 * enrol_page.h - passkeys that customers make in their browsers.
 *
 * It takes two commands: the first has the module ask for a passkey, with a
 * challenge; the second brings what the browser has made of it.  What is kept
 * between them is the session's that began it, and nobody else's: one for each
 * customer, the latest, good for one answer, whatever comes of that, and for
 * ENROL_PAGE_S.
 *
 * All of it is called on the one thread of the customers' commands.
 */
#ifndef CTL_ENROL_PAGE_H
#define CTL_ENROL_PAGE_H

#include "ctl/call.h"

#define ENROL_PAGES_MAX 256 /* at one time; the oldest makes room */
#define ENROL_PAGE_S 300

struct enrol_pages;

struct enrol_pages *enrol_pages_new(void); /* NULL: out of memory */
void enrol_pages_free(struct enrol_pages *); /* NULL is fine */

/*
 * Ask the first instance of that module in the auth stack; "prompt" in the
 * reply has what a page needs: id, format and data.  EX_OK, or EX_NOINPUT if it
 * makes none in a browser, or why not.
 */
int enrol_page_begin(struct enrol_pages *, struct call *, const char *cid,
    const char *module);

/*
 * Answer it by the call's secret, and by its argument "label".  EX_OK: what is
 * to be stored is in *enrolment_r, the caller's; EX_NOINPUT: nothing of this
 * session waits (any more); EX_DATAERR: the module has not taken it.
 */
int enrol_page_end(struct enrol_pages *, struct call *, const char *cid,
    struct enrolment **enrolment_r);

#endif
