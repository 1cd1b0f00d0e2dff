/*
 * pages.h - what visitors of the shop see.
 */
#ifndef PAGES_H
#define PAGES_H

#include "html.h"
#include "shop.h"

void page_catalogue(struct html *, const struct shop *, const struct visitor *);
void page_basket(struct html *, const struct shop *, const struct visitor *);
void page_order(struct html *, const struct shop *, const struct sale *);
/* The two-step way out: a page with a link and a Refresh header, since a
 * form may only lead to the shop's own pages. */
void page_go(struct html *, const struct shop *, const struct sale *,
    const char *url);
/* A document to bring along: what, where, for whom. */
void page_collection(struct html *, const struct shop *, const struct sale *);
void page_message(struct html *, const struct shop *, const char *title,
    const char *text);
/* look.c: what all pages ask for. */
const char *page_style(void);
const char *page_icon(void);

#endif
