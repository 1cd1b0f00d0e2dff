/*
 * account.c - names of accounts and checks of single words.
 */
#include <string.h>

#include <till/ticket.h>

#include "ledger/internal.h"

static const char *behind(const char *, const char *);

bool
account_ok(const char *account)
{
	size_t class, part;
	const char *p;

	if (!text_ends(account, TILL_ACCOUNT_MAX))
		return false;
	/* The class is of letters only, so that no id can look like one. */
	class = strspn(account, "abcdefghijklmnopqrstuvwxyz");
	if (class == 0)
		return false;
	for (p = account + class; *p == ':'; p += part) {
		p++;
		part = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-");
		if (part == 0)
			return false;
	}
	return *p == '\0';
}

const char *
account_customer(const char *account)
{
	return behind(account, CLASS_WALLET);
}

const char *
account_merchant(const char *account)
{
	return behind(account, CLASS_TILL);
}

bool
text_ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

bool
word_ok(const char *word)
{
	size_t i;

	if (word == NULL)
		return false;
	for (i = 0; word[i] != '\0'; i++) {
		if (i == LEDGER_WORD_MAX - 1)
			return false;
		if (word[i] <= ' ' || word[i] == '\x7f')
			return false;
	}
	return i > 0;
}

static const char *
behind(const char *account, const char *class)
{
	size_t len = strlen(class);

	return strncmp(account, class, len) == 0 ? account + len : NULL;
}
