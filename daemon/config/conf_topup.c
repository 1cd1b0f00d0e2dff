/*
 * conf_topup.c - do the settings of top-ups fit together?
 *
 * A value that is no IBAN or BIC at all is found where its line is read.
 */
#include <string.h>

#include "config/conf.h"
#include "iban.h"

static const struct conf_setting *find(const struct conf *, const char *key);
static void check_iban(const struct conf *, const struct conf_setting *,
    struct diag *);
static void check_alone(const struct conf_setting *, struct diag *);
static bool has_euros(const struct conf *);

void
conf_check_topup(const struct conf *conf, struct diag *diag)
{
	const struct conf_setting *iban = find(conf, "topup-iban");

	/* What seems to be missing may be in a line that was not read. */
	if (conf->set_unread || conf->unread > 0)
		return;
	if (iban != NULL) {
		check_iban(conf, iban, diag);
		return;
	}
	check_alone(find(conf, "topup-bic"), diag);
	check_alone(find(conf, "topup-name"), diag);
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

static void
check_iban(const struct conf *conf, const struct conf_setting *setting,
    struct diag *diag)
{
	char iban[IBAN_MAX];
	struct till_error err;

	if (iban_read(setting->value, iban, &err) == -1)
		return;
	switch (iban_area(iban)) {
	case IBAN_NOWHERE:
	case IBAN_ELSEWHERE:
		diag_error(diag, &setting->value_place,
		    "no SEPA transfer goes to an account of %.2s", iban);
		return;
	case IBAN_SEPA:
		if (find(conf, "topup-bic") == NULL) {
			diag_error(diag, &setting->value_place,
			    "a transfer to %.2s, outside of the EEA, needs "
			    "the bank's BIC",
			    iban);
			diag_note(diag, "add: set topup-bic BIC");
		}
		break;
	case IBAN_EEA:
		break;
	}
	if (!has_euros(conf))
		diag_error(diag, &setting->place,
		    "top-ups by transfer are in euros, which 'currencies' "
		    "has not");
}

static void
check_alone(const struct conf_setting *setting, struct diag *diag)
{
	if (setting == NULL)
		return;
	diag_error(diag, &setting->place, "'%s' is set, but not 'topup-iban'",
	    setting->key);
}

/* The codes are of three letters, divided by blanks. */
static bool
has_euros(const struct conf *conf)
{
	return strstr(conf_set(conf, "currencies"), "EUR") != NULL;
}
