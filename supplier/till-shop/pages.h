/*
 * pages.h - what visitors of the shop see.
 */
#ifndef PAGES_H
#define PAGES_H

#include "html.h"
#include "shop.h"

void page_catalogue(struct html *, const struct shop *, const struct visitor *);
void page_basket(struct html *, const struct shop *, const struct visitor *);
/* chosen: the payment server that the visitor has paid at before, or
 * servers_len. */
void page_order(struct html *, const struct shop *, const struct sale *,
    size_t chosen);
/* The two-step way out: a page with a link and a Refresh header, since a
 * form may only lead to the shop's own pages. */
void page_go(struct html *, const struct shop *, const struct sale *,
    const char *url);
/* A document to bring along: what, where, for whom. */
void page_collection(struct html *, const struct shop *, const struct sale *);
/* order: of the visitor, to go back to, or NULL. */
void page_message(struct html *, const struct shop *, enum word title,
    enum word text, const char *order);
/* That sale->server, or the chosen one, does not answer.  Nothing is charged
 * as long as the sale has no ticket; of one that has, nothing is said but that
 * nobody knows. */
void page_down(struct html *, const struct shop *, const struct sale *,
    size_t server);
/* Around each page: title is text of ours, or with {} as value. */
void page_begin(struct html *, const struct shop *, const char *title);
void page_end(struct html *);
/* What is bought; discount counts, and lines can be removed, in a basket. */
void page_lines(struct html *, const struct shop *, const struct sale_line *,
    size_t len, int64_t discount, bool basket);
/* look.c: what all pages ask for. */
const char *const *page_style(void); /* in parts, then NULL */
const char *page_icon(void);

#endif
