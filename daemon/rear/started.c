/*
 * started.c - the settings that the server was started with.
 */
#include <stdlib.h>
#include <string.h>

#include "rear/started.h"

/* By the number of the key; NULL for those that a reload puts to work. */
struct started {
	char *values[CONF_SETS_MAX];
};

static struct diag_place place_of(const struct conf *, const char *key);

struct started *
started_new(const struct conf *conf)
{
	struct started *started = calloc(1, sizeof(*started));
	const char *key, *help;
	size_t i;

	for (i = 0; started != NULL; i++) {
		key = conf_set_key(i, &help);
		if (key == NULL)
			break;
		if (!conf_set_is_for_start(key))
			continue;
		started->values[i] = strdup(conf_set(conf, key));
		if (started->values[i] == NULL) {
			started_free(started);
			started = NULL;
		}
	}
	return started;
}

void
started_free(struct started *started)
{
	size_t i;

	if (started == NULL)
		return;
	for (i = 0; i < CONF_SETS_MAX; i++)
		free(started->values[i]);
	free(started);
}

void
started_compare(const struct started *started, const struct conf *conf,
    struct diag *diag)
{
	struct diag_place place;
	const char *key, *help;
	size_t i;

	for (i = 0; i < CONF_SETS_MAX; i++) {
		if (started->values[i] == NULL)
			continue;
		key = conf_set_key(i, &help);
		if (strcmp(conf_set(conf, key), started->values[i]) == 0)
			continue;
		place = place_of(conf, key);
		diag_warning(diag, &place,
		    "set %s: takes effect when tilld is started again", key);
		if (started->values[i][0] != '\0')
			diag_note(diag, "until then it is '%.200s'",
			    started->values[i]);
	}
}

static struct diag_place
place_of(const struct conf *conf, const char *key)
{
	size_t i;

	for (i = 0; i < conf->sets_len; i++)
		if (strcmp(conf->sets[i].key, key) == 0)
			return conf->sets[i].value_place;
	return (struct diag_place){ .file = conf->file };
}
