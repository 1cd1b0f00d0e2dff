/*
 * check_set.c - what tilld would refuse at its start.
 */
#include <stdio.h>
#include <string.h>

#include "front/http.h"
#include "super/address.h"
#include "super/check_set.h"
#include "super/check_tls.h"

#define PROXIES_TEXT_MAX 257 /* as long as "set proxies" may be */

static const struct conf_setting *find(const struct conf *, const char *key);
static void check_address(const struct conf_setting *, struct diag *);
static void check_same(const struct conf_setting *, const struct conf_setting *,
    struct diag *);
static void check_issuer(const struct conf_setting *, struct diag *);
static void check_proxies(const struct conf_setting *, struct diag *);
static void check_pair(const struct conf_setting *, const char *other,
    struct diag *);
static void check_dir(const struct conf_setting *, struct diag *);

void
check_set(const struct conf *conf, const struct settings *settings,
    struct diag *diag)
{
	const struct conf_setting *certificate, *key, *listen, *admin;
	/* What seems to be missing may be in a line that was not read. */
	const bool all = !conf->set_unread && conf->unread == 0;

	listen = find(conf, "listen");
	admin = find(conf, "admin-listen");
	certificate = find(conf, "tls-certificate");
	key = find(conf, "tls-key");
	check_address(listen, diag);
	check_address(admin, diag);
	if (settings == NULL ||
	    (settings->listen == NULL && settings->admin_listen == NULL))
		check_same(listen, admin, diag);
	if (all && find(conf, "issuer") == NULL &&
	    (settings == NULL ||
		(settings->listen == NULL && settings->issuer == NULL)))
		check_issuer(listen, diag);
	check_proxies(find(conf, "proxies"), diag);
	check_tls(certificate, key, diag);
	if (all && key == NULL)
		check_pair(certificate, "tls-key", diag);
	if (all && certificate == NULL)
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

/* The supervisor resolves both and hands on the results. */
static void
check_address(const struct conf_setting *setting, struct diag *diag)
{
	char text[SETTINGS_LISTEN_MAX];
	struct till_error err;

	if (setting == NULL)
		return;
	if (address_resolve(setting->value, text, sizeof(text), &err) == -1 ||
	    http_check_listen(text, &err) == -1)
		diag_error(diag, &setting->value_place, "%s: %s", setting->key,
		    err.text);
}

static void
check_same(const struct conf_setting *listen, const struct conf_setting *admin,
    struct diag *diag)
{
	const char *where = listen == NULL ? SETTINGS_LISTEN : listen->value;

	if (admin != NULL && address_is_same(where, admin->value))
		diag_error(diag, &admin->value_place,
		    "admin-listen is the address of listen, %s", where);
}

/* A loopback address is its own URL. */
static void
check_issuer(const struct conf_setting *listen, struct diag *diag)
{
	char text[SETTINGS_LISTEN_MAX], url[TILL_URL_MAX];
	struct till_error err;

	if (listen == NULL ||
	    address_resolve(listen->value, text, sizeof(text), &err) == -1)
		return;
	if (address_issuer(text, false, url, sizeof(url), &err) == -1)
		diag_error(diag, &listen->value_place, "%s", err.text);
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
