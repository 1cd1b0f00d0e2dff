/*
 * html.h - pages are put together here, and escaped.
 */
#ifndef HTML_H
#define HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTML_MAX (1024 * 1024) /* octets of one page */

struct html {
	char *data;
	size_t len, size;
	bool failed; /* out of memory or too long: no page */
};

/* Markup, as it is: only ever a literal. */
void html_raw(struct html *, const char *markup);
/* A text from anywhere: escaped for content and quoted attributes. */
void html_text(struct html *, const char *text);
void html_number(struct html *, uint64_t number);
/* "1.25 EUR" */
void html_money(struct html *, int64_t micro, const char *currency);

#endif
