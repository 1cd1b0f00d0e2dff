/*
 * process_settings.c - values into the instance of a module host.
 *
 * The rear unit has read, checked and bounded them; the place is that of
 * the module's own table.  What they point to lives as long as the host.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "config/conf.h"
#include "host/process.h"

static int set_number(struct wire_reader *, void *);
static int set_flag(struct wire_reader *, void *);
static int set_money(struct wire_reader *, void *);
static int set_text(struct wire_reader *, void *);
static int set_list(struct wire_reader *, void *);
static char *copy_of(const char *);

static int (*const setters[])(struct wire_reader *, void *) = {
	[TILL_SET_BOOL] = set_flag,
	[TILL_SET_INT] = set_number,
	[TILL_SET_DURATION] = set_number,
	[TILL_SET_MONEY] = set_money,
	[TILL_SET_STRING] = set_text,
	[TILL_SET_SECRET_FILE] = set_text,
	[TILL_SET_PATH] = set_text,
	[TILL_SET_ENUM] = set_flag,
	[TILL_SET_LIST] = set_list,
};

int
process_set(struct process *process, struct wire_reader *reader)
{
	const struct till_setting *setting = process->module.settings;
	uint32_t number = wire_get_u32(reader);

	for (; setting != NULL && setting->name != NULL && number > 0; number--)
		setting++;
	if (setting == NULL || setting->name == NULL)
		return -1;
	return setters[setting->type](reader,
	    (unsigned char *)process->self + setting->offset);
}

static int
set_number(struct wire_reader *reader, void *value)
{
	const int64_t n = wire_get_i64(reader);

	memcpy(value, &n, sizeof(n));
	return wire_done(reader) ? 0 : -1;
}

static int
set_flag(struct wire_reader *reader, void *value)
{
	const int n = (int)wire_get_i64(reader);

	memcpy(value, &n, sizeof(n));
	return wire_done(reader) ? 0 : -1;
}

static int
set_money(struct wire_reader *reader, void *value)
{
	struct till_money money;

	memset(&money, 0, sizeof(money));
	money.micro = wire_get_i64(reader);
	wire_get_array(reader, money.currency, sizeof(money.currency));
	memcpy(value, &money, sizeof(money));
	return wire_done(reader) ? 0 : -1;
}

/* NULL stays NULL: what was not written and has no initial value. */
static int
set_text(struct wire_reader *reader, void *value)
{
	const char *text = wire_get_text(reader);
	char *copy = NULL;

	if (!wire_done(reader))
		return -1;
	if (text != NULL) {
		copy = copy_of(text);
		if (copy == NULL)
			return -1;
	}
	memcpy(value, &copy, sizeof(copy));
	return 0;
}

static int
set_list(struct wire_reader *reader, void *value)
{
	const uint32_t n = wire_get_u32(reader);
	const char *text;
	char **words;
	uint32_t i;

	if (n > CONF_SETTINGS_MAX)
		return -1;
	words = OPENSSL_secure_zalloc((n + 1) * sizeof(*words));
	if (words == NULL)
		return -1;
	memcpy(value, &words, sizeof(words));
	for (i = 0; i < n; i++) {
		text = wire_get_text(reader);
		words[i] = text == NULL ? NULL : copy_of(text);
		if (words[i] == NULL)
			return -1;
	}
	return wire_done(reader) ? 0 : -1;
}

/* Any of them may be a secret, and they are few. */
static char *
copy_of(const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = OPENSSL_secure_malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}
