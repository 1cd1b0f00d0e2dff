/*
 * html.c - a growing page.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <till/money.h>

#include "html.h"

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
	char buf[TILL_MONEY_MAX];

	(void)snprintf(money.currency, sizeof(money.currency), "%s", currency);
	html_text(h, till_money_print(&money, buf));
	html_raw(h, "&nbsp;");
	html_text(h, currency);
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
