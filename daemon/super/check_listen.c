/*
 * check_listen.c - what a check says of a public address.
 */
#include <string.h>

#include "front/http.h"
#include "super/address.h"
#include "super/check_listen.h"
#include "super/settings.h"

void
check_listen(const struct conf *conf, struct diag *diag)
{
	const struct conf_setting *listen = NULL, *proxies = NULL;
	char text[SETTINGS_LISTEN_MAX];
	const char *version;
	struct till_error err;
	bool may_be_public;
	size_t i;

	for (i = 0; i < conf->sets_len; i++) {
		if (strcmp(conf->sets[i].key, "listen") == 0)
			listen = &conf->sets[i];
		else if (strcmp(conf->sets[i].key, "proxies") == 0)
			proxies = &conf->sets[i];
	}
	version = http_library(&may_be_public);
	if (may_be_public || listen == NULL ||
	    (proxies != NULL && proxies->value[0] != '\0') ||
	    address_resolve(listen->value, text, sizeof(text), &err) == -1 ||
	    !http_is_public(text))
		return;
	diag_warning(diag, &listen->value_place,
	    "libmicrohttpd %s should not face a public network without a "
	    "web server before it",
	    version);
	diag_note(diag,
	    "listen on loopback or unix:PATH and see doc/operating.md");
}
