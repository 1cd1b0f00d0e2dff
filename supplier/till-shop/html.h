/*
 * html.h - pages are put together here, and escaped.
 */
#ifndef HTML_H
#define HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "words.h"

#define HTML_MAX (1024 * 1024) /* octets of one page */

struct html {
	char *data;
	size_t len, size;
	bool failed; /* out of memory or too long: no page */
	const struct language *language;
	const char *here; /* the path to come back to in another language */
	size_t basket; /* pieces in the visitor's basket */
};

/* Markup, as it is: only ever a literal. */
void html_raw(struct html *, const char *markup);
/* A text from anywhere: escaped for content and quoted attributes. */
void html_text(struct html *, const char *text);
void html_number(struct html *, uint64_t number);
/* In the page's language. */
void html_word(struct html *, enum word);
/* A word with its {} and {2}, which may be NULL; in content each value is in
 * a <bdi>, so that its writing direction stays its own. */
void html_fill(struct html *, enum word, const char *value, const char *value2);
void html_fill_plain(struct html *, enum word, const char *value);
void html_money(struct html *, int64_t micro, const char *currency);

#endif
