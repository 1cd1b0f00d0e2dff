/*
 * html.c - a growing page.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <till/money.h>

#include "html.h"

static void fill(struct html *, enum word, const char *, const char *, bool);
static void add(struct html *, const char *, size_t);

void
html_raw(struct html *h, const char *markup)
{
	add(h, markup, strlen(markup));
}

void
html_text(struct html *h, const char *text)
{
	size_t n;

	while (*text != '\0') {
		n = strcspn(text, "&<>\"'");
		add(h, text, n);
		text += n;
		switch (*text) {
		case '&':
			html_raw(h, "&amp;");
			break;
		case '<':
			html_raw(h, "&lt;");
			break;
		case '>':
			html_raw(h, "&gt;");
			break;
		case '"':
			html_raw(h, "&quot;");
			break;
		case '\'':
			html_raw(h, "&#39;");
			break;
		default:
			return;
		}
		text++;
	}
}

void
html_number(struct html *h, uint64_t number)
{
	char buf[24];

	(void)snprintf(buf, sizeof(buf), "%" PRIu64, number);
	html_raw(h, buf);
}

void
html_money(struct html *h, int64_t micro, const char *currency)
{
	struct till_money money = { .micro = micro };
	char buf[LANGUAGE_TEXT_MAX];

	(void)snprintf(money.currency, sizeof(money.currency), "%s", currency);
	html_text(h, language_money(h->language, &money, buf));
}

void
html_word(struct html *h, enum word word)
{
	html_text(h, h->language->words[word]);
}

void
html_fill(struct html *h, enum word word, const char *value, const char *value2)
{
	fill(h, word, value, value2, true);
}

void
html_fill_plain(struct html *h, enum word word, const char *value)
{
	fill(h, word, value, NULL, false);
}

static void
fill(struct html *h, enum word word, const char *value, const char *value2,
    bool isolate)
{
	const char *text = h->language->words[word], *put;
	size_t n;

	for (;;) {
		n = strcspn(text, "{");
		add(h, text, n);
		text += n;
		if (*text == '\0')
			return;
		put = strncmp(text, "{2}", 3) == 0 ? value2 : value;
		text += strcspn(text, "}") + 1;
		if (isolate)
			html_raw(h, "<bdi>");
		html_text(h, put == NULL ? "" : put);
		if (isolate)
			html_raw(h, "</bdi>");
	}
}

static void
add(struct html *h, const char *data, size_t len)
{
	size_t size = h->size == 0 ? 8192 : h->size;
	char *grown;

	if (h->failed || len > HTML_MAX - h->len) {
		h->failed = true;
		return;
	}
	while (size < h->len + len)
		size *= 2;
	if (size != h->size) {
		grown = realloc(h->data, size);
		if (grown == NULL) {
			h->failed = true;
			return;
		}
		h->data = grown;
		h->size = size;
	}
	memcpy(h->data + h->len, data, len);
	h->len += len;
}
