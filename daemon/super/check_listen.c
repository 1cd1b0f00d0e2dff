/*
 * check_listen.c - what a check says of a public address.
 */
#include <string.h>

#include "front/http.h"
#include "super/check_listen.h"

void
check_listen(const struct conf *conf, struct diag *diag)
{
	const struct conf_setting *listen = NULL, *proxies = NULL;
	const char *version;
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
	    !http_is_public(listen->value))
		return;
	diag_warning(diag, &listen->value_place,
	    "libmicrohttpd %s should not face a public network without a "
	    "web server before it",
	    version);
	diag_note(diag,
	    "listen on loopback or unix:PATH and see doc/operating.md");
}
