/*
 * setup.c - see setup.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "rear/setup.h"
#include "sha256.h"

#define DIGEST_OCTETS 16 /* of the hash that are kept: 22 characters */

static bool is_the_cores(const char *key);

static const char *const the_cores[] = { "timeout", "isolate", "recycle" };

void
setup_digest(const struct conf_instance *conf, char text[LEDGER_WORD_MAX])
{
	unsigned char hash[SHA256_SIZE];
	char *all = NULL;
	size_t size = 0, i;
	FILE *out = open_memstream(&all, &size);

	_Static_assert((DIGEST_OCTETS * 8 + 5) / 6 < LEDGER_WORD_MAX,
	    "the digest fits");
	text[0] = '\0';
	if (out == NULL)
		return;
	(void)fprintf(out, "%s\n", conf->module);
	for (i = 0; i < conf->settings_len; i++) {
		if (!is_the_cores(conf->settings[i].key))
			(void)fprintf(out, "%s=%s\n", conf->settings[i].key,
			    conf->settings[i].value);
	}
	if (fclose(out) == 0 && sha256(all, size, hash) == 0)
		(void)base64url_encode(hash, DIGEST_OCTETS, text);
	free(all);
}

static bool
is_the_cores(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof(the_cores) / sizeof(the_cores[0]); i++) {
		if (strcmp(key, the_cores[i]) == 0)
			return true;
	}
	return false;
}
