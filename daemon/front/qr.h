/*
 * qr.h - a text as a picture that a telephone reads (ISO/IEC 18004).
 */
#ifndef FRONT_QR_H
#define FRONT_QR_H

#include "front/text.h"

#define QR_VERSION_MAX 13 /* 69 squares wide: what EPC069-12 allows */

/*
 * Add it as SVG, with the quiet zone, black on white whatever the page is
 * like; label is what it is to who does not see it.  Of each fifteen in a
 * hundred of its words may be spoilt (level M).  -1: the text is empty or
 * does not fit, or there is no memory, and nothing was added.
 */
int qr_svg(struct text *, const char *text, const char *label);

#endif
