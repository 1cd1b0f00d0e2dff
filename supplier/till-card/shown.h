/*
 * shown.h - texts that come from outside, for a person to read.
 *
 * A payment server, a card and a token say what they like; a terminal
 * does what it is told.  So whatever of theirs is shown goes through here.
 */
#ifndef SHOWN_H
#define SHOWN_H

#include <stddef.h>

#define SHOWN_MAX 201 /* octets of what is shown, with its NUL */

/*
 * The text as it may be shown, in buf: at most max octets of it (less
 * than SHOWN_MAX), cut between two characters; or the other one if there is
 * none (NULL), or if it is no text by till_text_ok.
 */
const char *shown(const char *text, const char *other, size_t max,
    char buf[SHOWN_MAX]);

/* How many octets of a text, at most max, are whole characters of UTF-8
 * from its beginning on. */
size_t shown_whole(const char *text, size_t max);

#endif
