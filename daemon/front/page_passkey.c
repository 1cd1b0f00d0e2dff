/*
 * page_passkey.c - a prompt for a signature: a passkey's, or one that a page
 * cannot give.
 *
 * What passkey.js makes goes into a hidden field.  Without it, or in a browser
 * without passkeys, the field stays empty, which is no answer, and the page
 * says what to do.
 */
#include <string.h>

#include "base64url.h"
#include "front/page_parts.h"

#define CHALLENGE_MAX 256
#define FORMAT_USE "webauthn"
#define FORMAT_NEW "webauthn-create"

static bool is_passkey(const struct answer_prompt *);
static bool is_ours(const struct answer *);
static void put_data(struct page *, const char *name, const char *text);
static void put_data_word(struct page *, const char *name, const char *key);
static void put_account(struct page *, const char *customer);
static void put_challenge(struct page *, const struct answer_prompt *);
static void put_use(struct page *, const struct answer_prompt *,
    const char *customer);
static void put_new(struct page *);

void
put_signature(struct page *page, const struct answer *answer,
    const struct answer_prompt *prompt)
{
	const char *customer = answer_text(answer, TAG_CUSTOMER);

	if (is_web_eid(prompt)) {
		put_web_eid(page, prompt, customer == NULL ? "" : customer);
		return;
	}
	if (!is_passkey(prompt)) {
		/* Any one of the signatures that are asked for will do. */
		if (!is_ours(answer))
			put_element(page, "p class=\"info\"",
			    "prompt.needs-program");
		return;
	}
	put(page, "<div class=\"passkey\"");
	put_data(page, "options", prompt->data);
	put_data_word(page, "asked", "passkey.asked");
	put_data_word(page, "refused", "passkey.refused");
	if (strcmp(prompt->format, FORMAT_NEW) == 0)
		put_new(page);
	else
		put_use(page, prompt, customer == NULL ? "" : customer);
	put(page, "<output></output>\n<input type=\"hidden\" name=\"answers.");
	text_html(&page->text, prompt->id);
	put(page,
	    "\" value=\"\">\n</div>\n"
	    "<script type=\"module\" src=\"/passkey.js\"></script>\n");
}

static bool
is_passkey(const struct answer_prompt *prompt)
{
	return prompt->kind == TILL_ASK_SIGNATURE && prompt->data != NULL &&
	    prompt->format != NULL &&
	    (strcmp(prompt->format, FORMAT_USE) == 0 ||
		strcmp(prompt->format, FORMAT_NEW) == 0);
}

/* Is there one that a page can give? */
static bool
is_ours(const struct answer *answer)
{
	struct answer_prompt prompt;
	size_t at = 0;

	while (answer_prompt(answer, &at, &prompt))
		if (is_passkey(&prompt) || is_web_eid(&prompt))
			return true;
	return false;
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

/* A browser's own dialog shows whose account it is. */
static void
put_account(struct page *page, const char *customer)
{
	put(page, " data-account=\"");
	put_word(page, "customer");
	put(page, " ");
	text_html(&page->text, customer);
	put(page, "\"");
}

static void
put_challenge(struct page *page, const struct answer_prompt *prompt)
{
	char challenge[BASE64URL_SIZE(CHALLENGE_MAX)] = "";

	if (prompt->challenge != NULL &&
	    prompt->challenge->len <= CHALLENGE_MAX)
		(void)base64url_encode(prompt->challenge->data,
		    prompt->challenge->len, challenge);
	put_data(page, "challenge", challenge);
}

/* customer: whose passkeys these are; "" while nobody knows. */
static void
put_use(struct page *page, const struct answer_prompt *prompt,
    const char *customer)
{
	put_data(page, "passkey", "get");
	put_data(page, "customer", customer);
	put_account(page, customer);
	put_data_word(page, "total", "total");
	put_challenge(page, prompt);
	put(page, ">\n");
	put_element(page, "p class=\"info\"", "passkey.needs");
	put_element(page, "p class=\"info\" hidden",
	    customer[0] == '\0' ? "passkey.whose" : "passkey.use");
}

static void
put_new(struct page *page)
{
	put_data(page, "passkey", "create");
	put_data_word(page, "made", "passkey.made");
	put_data_word(page, "known", "passkey.known");
	put(page, ">\n");
	put_element(page, "p class=\"info\"", "passkey.new-needs");
	put(page,
	    "<p hidden class=\"buttons\"><button type=\"button\" "
	    "value=\"platform\">");
	put_word(page, "passkey.new-device");
	put(page,
	    "</button>\n<button type=\"button\" value=\"cross-platform\">");
	put_word(page, "passkey.new-key");
	put(page, "</button></p>\n");
}
