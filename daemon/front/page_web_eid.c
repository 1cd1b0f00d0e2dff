/*
 * page_web_eid.c - a prompt for the signature of an ID card, by the browser
 * extension Web eID.
 *
 * What web-eid.js makes goes into a hidden field.  Without it, or without the
 * extension, the field stays empty, which is no answer, and the page says what
 * it takes.
 */
#include <string.h>

#include "base64url.h"
#include "front/page_parts.h"

#define CHALLENGE_MAX 256
#define FORMAT "web-eid-1"

static void put_data(struct page *, const char *name, const char *text);
static void put_data_word(struct page *, const char *name, const char *key);

bool
is_web_eid(const struct answer_prompt *prompt)
{
	return prompt->kind == TILL_ASK_SIGNATURE && prompt->format != NULL &&
	    strcmp(prompt->format, FORMAT) == 0 && prompt->challenge != NULL &&
	    prompt->challenge->len <= CHALLENGE_MAX;
}

/* customer: who is to sign; "" while nobody knows. */
void
put_web_eid(struct page *page, const struct answer_prompt *prompt,
    const char *customer)
{
	char challenge[BASE64URL_SIZE(CHALLENGE_MAX)];

	(void)base64url_encode(prompt->challenge->data, prompt->challenge->len,
	    challenge);
	put(page, "<div class=\"passkey\" data-web-eid");
	put_data(page, "challenge", challenge);
	put_data(page, "customer", customer);
	put_data_word(page, "asked", "web-eid.asked");
	put_data_word(page, "refused", "web-eid.refused");
	put(page, ">\n");
	put_element(page, "p class=\"info\"", "web-eid.needs");
	if (customer[0] == '\0') {
		put_element(page, "p class=\"info\" hidden", "web-eid.whose");
	} else {
		put(page, "<p hidden><button type=\"button\">");
		/* The same press sends the form. */
		if (page->amount[0] == '\0')
			put_word(page, "web-eid.use");
		else
			put_word_with(page, "web-eid.pay", page->amount);
		put(page, "</button></p>\n");
	}
	put(page, "<output></output>\n<input type=\"hidden\" name=\"answers.");
	text_html(&page->text, prompt->id);
	put(page,
	    "\" value=\"\">\n</div>\n"
	    "<script type=\"module\" src=\"/web-eid.js\"></script>\n");
}

static void
put_data(struct page *page, const char *name, const char *text)
{
	put(page, " data-");
	put(page, name);
	put(page, "=\"");
	text_html(&page->text, text);
	put(page, "\"");
}

static void
put_data_word(struct page *page, const char *name, const char *key)
{
	put(page, " data-");
	put(page, name);
	put(page, "=\"");
	put_word(page, key);
	put(page, "\"");
}
