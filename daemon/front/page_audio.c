/*
 * page_audio.c - a phrase to be said, and what records it.
 *
 * The recording goes into a hidden field, put there by microphone.js, which
 * also shows the button.  Without it the field stays empty, which the module
 * takes for "none can be made", and the page says so.
 */
#include <string.h>

#include "front/page_parts.h"
#include "front/utf8.h"

#define PHRASE_MAX 64 /* characters of what is to be said */

static void put_data(struct page *, const char *name, const char *key);
static void put_phrase(struct page *, const struct answer_prompt *);

void
put_audio(struct page *page, const struct answer_prompt *prompt)
{
	put(page, "<div class=\"audio\" data-audio");
	put_data(page, "recording", "voice.recording");
	put_data(page, "recorded", "voice.recorded");
	put_data(page, "again", "voice.again");
	put_data(page, "missing", "voice.missing");
	put_data(page, "silent", "voice.no-microphone");
	put(page, ">\n<p id=\"say-");
	text_html(&page->text, prompt->id);
	put(page, "\">");
	put_word(page, "voice.say");
	put_phrase(page, prompt);
	put(page, "</p>\n<p>");
	put_word(page, "voice.needs");
	put(page,
	    "</p>\n<p hidden><button type=\"button\" aria-describedby=\"say-");
	text_html(&page->text, prompt->id);
	put(page, "\">");
	put_word(page, "voice.record");
	put(page,
	    "</button> <output></output></p>\n"
	    "<input type=\"hidden\" name=\"octets.");
	text_html(&page->text, prompt->id);
	put(page,
	    "\" value=\"\">\n</div>\n"
	    "<script type=\"module\" src=\"/microphone.js\"></script>\n");
}

static void
put_data(struct page *page, const char *name, const char *key)
{
	put(page, " data-");
	put(page, name);
	put(page, "=\"");
	put_word(page, key);
	put(page, "\"");
}

/* The challenge, if it is text; otherwise what the module says. */
static void
put_phrase(struct page *page, const struct answer_prompt *prompt)
{
	char phrase[PHRASE_MAX + 1];

	put(page, " <strong class=\"phrase\">");
	if (prompt->challenge != NULL && prompt->challenge->len > 0 &&
	    prompt->challenge->len <= PHRASE_MAX &&
	    utf8_ok((const char *)prompt->challenge->data,
		prompt->challenge->len) &&
	    memchr(prompt->challenge->data, '\0', prompt->challenge->len) ==
		NULL) {
		memcpy(phrase, prompt->challenge->data, prompt->challenge->len);
		phrase[prompt->challenge->len] = '\0';
		put_foreign(page, phrase, FOREIGN_MAX);
	} else if (prompt->text != NULL) {
		put_foreign(page, prompt->text, FOREIGN_MAX);
	}
	put(page, "</strong>");
}
