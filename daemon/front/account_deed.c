/*
 * account_deed.c - what a customer was about to do when a sign-in came
 * between.
 *
 * The way to the sign-in and back has it in the address of the page of
 * security, which points it out and does nothing: the customer presses once
 * more.  A token of the browser's own secret goes with it, so that nobody else
 * makes such an address.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "front/account_priv.h"

#define CHARS                                                                  \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define PURPOSE_MAX 256

static int read_from(struct work *, const char *, struct account_deed *);
static const char *read_id(const struct work *, const char *);
static int make_token(struct work *, char[CSRF_SIZE]);

/* What can be done, whether it is to a credential, and, of a form that a button
 * has brought, which button it was. */
static const struct {
	const char *what;
	bool one;
	const char *form;
} deeds[] = { { "freeze", false, NULL }, { "unfreeze", false, NULL },
	{ "revoke-token", true, NULL }, { "revoke-key", true, NULL },
	{ "password", false, NULL }, { "passkey", false, NULL },
	{ "token", false, NULL }, { "new-password", false, "password" },
	{ "new-passkey", false, "passkey" }, { "new-token", false, "token" } };

int
account_deed_read(struct work *work)
{
	return read_from(work, "do", &work->account->deed);
}

void
account_deed_back(struct work *work)
{
	struct account_deed *deed = &work->account->deed;
	const char *token = body_text(&work->body, "", "token");
	char wanted[CSRF_SIZE];

	if (token == NULL || strlen(token) != CSRF_SIZE - 1 ||
	    read_from(work, "want", deed) == -1 ||
	    make_token(work, wanted) == -1 ||
	    CRYPTO_memcmp(token, wanted, CSRF_SIZE - 1) != 0)
		*deed = (struct account_deed){ .what = NULL };
}

char *
account_deed_path(struct work *work)
{
	const struct account_deed *deed = &work->account->deed;
	struct text text = { 0 };
	char token[CSRF_SIZE];
	size_t len;

	if (make_token(work, token) == -1)
		return NULL;
	text_add(&text, "/account/security?want=");
	text_add(&text, account_deed_form(deed->what));
	if (deed->id[0] != '\0') {
		text_add(&text, "&instance=");
		text_add(&text, deed->instance);
		text_add(&text, "&id=");
		text_add(&text, deed->id);
	}
	text_add(&text, "&token=");
	text_add(&text, token);
	return text_take(&text, &len);
}

const char *
account_deed_form(const char *what)
{
	size_t i;

	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(what, deeds[i].what) == 0 && deeds[i].form != NULL)
			return deeds[i].form;
	return what;
}

bool
account_deed_is(const struct account_deed *deed, const char *what,
    const char *instance, const char *id)
{
	return deed->what != NULL && strcmp(deed->what, what) == 0 &&
	    strcmp(deed->instance, instance) == 0 && strcmp(deed->id, id) == 0;
}

static int
read_from(struct work *work, const char *name, struct account_deed *deed)
{
	const char *what = body_text(&work->body, "", name);
	size_t i;

	for (i = 0; what != NULL && i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		if (strcmp(what, deeds[i].what) != 0)
			continue;
		*deed = (struct account_deed){ .what = deeds[i].what,
			.instance = "",
			.id = "" };
		if (!deeds[i].one)
			return 0;
		deed->instance = read_id(work, "instance");
		deed->id = read_id(work, "id");
		return deed->instance == NULL || deed->id == NULL ? -1 : 0;
	}
	return -1;
}

static const char *
read_id(const struct work *work, const char *name)
{
	const char *id = body_text(&work->body, "", name);

	return id == NULL || id[0] == '\0' || strlen(id) > ACCOUNT_ID_MAX ||
		id[strspn(id, CHARS)] != '\0'
	    ? NULL
	    : id;
}

/* The session is another one behind the sign-in; the browser is the same. */
static int
make_token(struct work *work, char token_r[CSRF_SIZE])
{
	const struct account_deed *deed = &work->account->deed;
	char purpose[PURPOSE_MAX];

	if (cookie_browser(work) == -1)
		return -1;
	(void)snprintf(purpose, sizeof(purpose), "want %s %s %s",
	    account_deed_form(deed->what), deed->instance, deed->id);
	return form_token(purpose, work->cookie, token_r);
}
