/*
 * check_set.c - what tilld would refuse at its start.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front/http.h"
#include "super/address.h"
#include "super/check_set.h"

#define ADDRESS_TEXT_MAX 160
#define PROXIES_TEXT_MAX 257 /* as long as "set proxies" may be */

static const struct conf_setting *find(const struct conf *, const char *key);
static void check_address(const struct conf_setting *, struct diag *);
static void check_proxies(const struct conf_setting *, struct diag *);
static void check_file(const struct conf_setting *, struct diag *);
static void check_pair(const struct conf_setting *, const char *other,
    struct diag *);
static void check_dir(const struct conf_setting *, struct diag *);

void
check_set(const struct conf *conf, struct diag *diag)
{
	const struct conf_setting *certificate, *key;

	certificate = find(conf, "tls-certificate");
	key = find(conf, "tls-key");
	check_address(find(conf, "listen"), diag);
	check_address(find(conf, "admin-listen"), diag);
	check_proxies(find(conf, "proxies"), diag);
	check_file(certificate, diag);
	check_file(key, diag);
	/* What seems to be missing may be in a line that was not read. */
	if (key == NULL && !conf->set_unread && conf->unread == 0)
		check_pair(certificate, "tls-key", diag);
	if (certificate == NULL && !conf->set_unread && conf->unread == 0)
		check_pair(key, "tls-certificate", diag);
	check_dir(find(conf, "state-dir"), diag);
}

/* NULL for what is not set; an empty value is none. */
static const struct conf_setting *
find(const struct conf *conf, const char *key)
{
	size_t i;

	for (i = 0; i < conf->sets_len; i++)
		if (strcmp(conf->sets[i].key, key) == 0 &&
		    conf->sets[i].value[0] != '\0')
			return &conf->sets[i];
	return NULL;
}

/* The supervisor resolves the one of "listen" and hands on the result. */
static void
check_address(const struct conf_setting *setting, struct diag *diag)
{
	char text[ADDRESS_TEXT_MAX];
	struct till_error err;
	const char *where;

	if (setting == NULL)
		return;
	where = strcmp(setting->key, "listen") == 0 ? text : setting->value;
	if (address_resolve(setting->value, text, sizeof(text), &err) == -1 ||
	    http_check_listen(where, &err) == -1)
		diag_error(diag, &setting->value_place, "%s: %s", setting->key,
		    err.text);
}

static void
check_proxies(const struct conf_setting *setting, struct diag *diag)
{
	char text[PROXIES_TEXT_MAX], *at = text;
	size_t len, n = 0;

	if (setting == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%s", setting->value);
	for (;;) {
		at += strspn(at, " ,");
		len = strcspn(at, " ,");
		if (len == 0)
			break;
		if (at[len] != '\0')
			at[len++] = '\0';
		if (!http_is_proxy(at))
			diag_error(diag, &setting->value_place,
			    "'%s' is not a proxy's address", at);
		at += len;
		n++;
	}
	if (n > HTTP_PROXIES_MAX)
		diag_error(diag, &setting->value_place, "more than %d proxies",
		    HTTP_PROXIES_MAX);
}

/* Whoever checks may not be one who may read it. */
static void
check_file(const struct conf_setting *setting, struct diag *diag)
{
	if (setting == NULL || access(setting->value, R_OK) == 0 ||
	    (errno == EACCES && geteuid() != 0))
		return;
	diag_error(diag, &setting->value_place, "%s: %s: %s", setting->key,
	    setting->value, strerror(errno));
}

static void
check_pair(const struct conf_setting *setting, const char *other,
    struct diag *diag)
{
	if (setting == NULL)
		return;
	diag_error(diag, &setting->place, "'%s' is set, but not '%s'",
	    setting->key, other);
	diag_note(diag, "tls-certificate and tls-key belong together");
}

static void
check_dir(const struct conf_setting *setting, struct diag *diag)
{
	if (setting != NULL && setting->value[0] != '/')
		diag_error(diag, &setting->value_place,
		    "%s is a path from the root, not '%s'", setting->key,
		    setting->value);
}
