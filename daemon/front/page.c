/*
 * page.c - what all pages have: head, words, foot, headers.
 *
 * Pages are plain HTML with forms; they work without script, and the
 * policy that goes with each of them allows nothing from elsewhere.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/pages.h"
#include "front/unit.h"
#include "front/utf8.h"

#define PAGE_FIELDS_MAX 16
#define WORD_MAX 96
#define POLICY                                                                 \
	"default-src 'none'; script-src 'self'; style-src 'self'; "            \
	"img-src 'self'; connect-src 'self'; form-action 'self'; "             \
	"base-uri 'none'; frame-ancestors 'none'"
#define PERMISSIONS                                                            \
	"camera=(), microphone=(self), geolocation=(), usb=(), "               \
	"publickey-credentials-get=(self), payment=(self)"

static const struct http_field page_fields[] = {
	{ "Content-Type", "text/html; charset=utf-8" },
	{ "Cache-Control", "no-store" }, { "Content-Security-Policy", POLICY },
	{ "X-Content-Type-Options", "nosniff" }, { "X-Frame-Options", "DENY" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Permissions-Policy", PERMISSIONS }, { "X-Robots-Tag", "noindex" }
};

static void put_title(struct page *);
static void put_languages(struct page *);
static const char *word(const struct page *, const char *);

void
page_begin(struct page *page, struct work *work, const char *title)
{
	page_language(work, NULL);
	*page = (struct page){ .work = work,
		.words = work->words,
		.title = title,
		.help = "help",
		.query = "",
		.status = 200,
		.kind = PAGE_END };
}

void
page_open(struct page *page)
{
	const struct greeting *greeting = page->work->greeting;

	put(page, "<!doctype html>\n<html lang=\"");
	put(page, page->words->lang);
	put(page,
	    "\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<title>");
	put_title(page);
	put(page,
	    "</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n"
	    "<link rel=\"icon\" href=\"/icon.svg\">\n</head>\n");
	put(page,
	    page->kind == PAGE_CONFIRM       ? "<body class=\"confirm\">\n"
		: page->kind == PAGE_ACCOUNT ? "<body class=\"account\">\n"
					     : "<body>\n");
	put(page,
	    "<header class=\"operator\"><p><img src=\"/icon.svg\" alt=\"\" "
	    "width=\"28\" height=\"28\"> <bdi>");
	text_html(&page->text,
	    greeting != NULL && greeting->operator_name != NULL
		? greeting->operator_name
		: page->work->front->host);
	put(page, "</bdi></p></header>\n<main>\n");
}

void
page_close(struct page *page)
{
	struct http_field fields[PAGE_FIELDS_MAX];
	size_t n = sizeof(page_fields) / sizeof(page_fields[0]);

	put(page, "</main>\n<footer>\n");
	put_languages(page);
	put(page, "<p class=\"help\">");
	put_word(page, page->help);
	put(page, "</p>\n</footer>\n</body>\n</html>\n");
	memcpy(fields, page_fields, sizeof(page_fields));
	/* With no-referrer a form's own POST would say "Origin: null". */
	fields[n++] = (struct http_field){ "Referrer-Policy",
		page->kind == PAGE_END ? "no-referrer" : "same-origin" };
	fields[n++] =
	    (struct http_field){ "Content-Language", page->words->lang };
	if (page->refresh != NULL)
		fields[n++] = (struct http_field){ "Refresh", page->refresh };
	if (page->status == 503)
		fields[n++] = (struct http_field){ "Retry-After", "3" };
	if (page->cookie != NULL)
		fields[n++] = (struct http_field){ "Set-Cookie", page->cookie };
	fields[n] = (struct http_field){ NULL, NULL };
	reply_fields(page->work, page->status, fields, &page->text);
}

void
put(struct page *page, const char *html)
{
	text_add(&page->text, html);
}

void
put_word(struct page *page, const char *key)
{
	text_html(&page->text, word(page, key));
}

void
put_word_with(struct page *page, const char *key, const char *value)
{
	const char *text = word(page, key), *hole = strstr(text, "{}");

	if (hole == NULL) {
		text_html(&page->text, text);
		return;
	}
	while (text < hole) {
		char one[2] = { *text++, '\0' };

		text_html(&page->text, one);
	}
	put(page, "<bdi>");
	text_html(&page->text, value);
	put(page, "</bdi>");
	text_html(&page->text, hole + 2);
}

void
put_foreign(struct page *page, const char *text, size_t max)
{
	size_t len = utf8_prefix(text, max);
	char *part;

	put(page, "<bdi>");
	if (text[len] == '\0') {
		text_html(&page->text, text);
	} else {
		part = strndup(text, len);
		if (part == NULL)
			page->text.failed = true;
		else
			text_html(&page->text, part);
		free(part);
		put(page, "\342\200\246"); /* an ellipsis */
	}
	put(page, "</bdi>");
}

void
put_element(struct page *page, const char *name, const char *key)
{
	put(page, "<");
	put(page, name);
	put(page, ">");
	put_word(page, key);
	put(page, "</");
	text_octets(&page->text, name, strcspn(name, " "));
	put(page, ">\n");
}

/* Whoever has several windows open tells them apart by state and
 * amount. */
static void
put_title(struct page *page)
{
	if (page->title_prefix != NULL) {
		put_word(page, page->title_prefix);
		put(page, " ");
	}
	put_word(page, page->title);
	if (page->amount[0] != '\0') {
		put(page, " \342\200\223 ");
		text_html(&page->text, page->amount);
	}
}

/* The same page in the other languages.  A page that a POST answers has
 * no address to come back to, so its links go to where the GET is. */
static void
put_languages(struct page *page)
{
	const struct catalogues *all = page->work->front->pages->catalogues;
	const char *path = http_path(page->work->http);
	const struct catalogue *other;
	size_t i;

	if (all->len < 2)
		return;
	put(page, "<nav aria-label=\"");
	put_word(page, "languages");
	put(page, "\"><ul>");
	for (i = 0; i < all->len; i++) {
		other = all->list[i];
		put(page, "<li>");
		if (other == page->words) {
			put(page, "<span aria-current=\"true\" lang=\"");
			put(page, other->lang);
			put(page, "\">");
			text_html(&page->text,
			    catalogue_word(other, "language"));
			put(page, "</span>");
		} else {
			put(page, "<a href=\"");
			text_html(&page->text,
			    strcmp(path, "/pay") == 0 ? "/" : path);
			put(page, "?lang=");
			put(page, other->lang);
			put(page, page->work->other ? "&amp;as=other" : "");
			put(page, page->query[0] == '\0' ? "" : "&amp;");
			text_html(&page->text, page->query);
			put(page, "\" hreflang=\"");
			put(page, other->lang);
			put(page, "\" lang=\"");
			put(page, other->lang);
			put(page, "\">");
			text_html(&page->text,
			    catalogue_word(other, "language"));
			put(page, "</a>");
		}
		put(page, "</li>");
	}
	put(page, "</ul></nav>\n");
}

/* Where merchants are told something else than customers, the key has
 * "merchant/" before it.  One that is missing shows, and the tests look for
 * it. */
static const char *
word(const struct page *page, const char *key)
{
	char own[WORD_MAX];
	const char *text = NULL;

	if (page->work->merchant) {
		(void)snprintf(own, sizeof(own), "merchant/%s", key);
		text = catalogue_word(page->words, own);
	}
	if (text == NULL)
		text = catalogue_word(page->words, key);
	return text == NULL ? key : text;
}
