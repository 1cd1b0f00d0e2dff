/*
 * conf.c - any octets are a configuration or have findings; what is one
 * is printed, read again and printed alike, and its guards can be asked.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "stack/guard.h"

struct text {
	char *data;
	size_t len;
};

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static struct conf *parse(const char *, size_t, size_t *warnings_r);
static void look_at_findings(const struct diag *);
static struct text dump(const struct conf *);
static void ask(const struct conf_stack *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t warnings, again_warnings;
	struct conf *conf, *again, *once_more;
	struct text first, second, third;

	conf = parse((const char *)data, size, &warnings);
	if (conf == NULL)
		return 0;
	ask(&conf->policy);
	ask(&conf->auth);
	ask(&conf->settle);
	ask(&conf->notify);
	first = dump(conf);
	again = parse(first.data, first.len, &again_warnings);
	assert(again != NULL);
	second = dump(again);
	once_more = parse(second.data, second.len, &warnings);
	assert(once_more != NULL);
	assert(warnings == again_warnings);
	third = dump(once_more);
	/* Both were read from texts of the same lines. */
	assert(second.len == third.len);
	assert(memcmp(second.data, third.data, second.len) == 0);
	free(first.data);
	free(second.data);
	free(third.data);
	conf_free(conf);
	conf_free(again);
	conf_free(once_more);
	return 0;
}

static struct conf *
parse(const char *text, size_t len, size_t *warnings_r)
{
	struct conf *conf = NULL;
	struct diag *diag;
	char *copy;
	int r;

	/* Exactly as large as the text, so that a read beyond it shows. */
	copy = malloc(len > 0 ? len : 1);
	assert(copy != NULL);
	if (len > 0)
		memcpy(copy, text, len);
	diag = diag_new();
	assert(diag != NULL);
	r = conf_parse_text("f", copy, len, diag, &conf);
	assert((r == 0) == (conf != NULL));
	assert((r == 0) == (diag_errors(diag) == 0));
	*warnings_r = diag_warnings(diag);
	look_at_findings(diag);
	diag_free(diag);
	free(copy);
	return conf;
}

/* They are told, in text and in JSON that is JSON. */
static void
look_at_findings(const struct diag *diag)
{
	struct text text = { 0 };
	json_t *array;
	FILE *file;

	if (diag_size(diag) == 0)
		return;
	file = open_memstream(&text.data, &text.len);
	assert(file != NULL);
	diag_print(diag, file);
	assert(fclose(file) == 0 && text.len > 0);
	free(text.data);
	file = open_memstream(&text.data, &text.len);
	assert(file != NULL);
	diag_print_json(diag, file);
	assert(fclose(file) == 0);
	array = json_loadb(text.data, text.len, 0, NULL);
	assert(json_array_size(array) == diag_size(diag));
	json_decref(array);
	free(text.data);
}

static struct text
dump(const struct conf *conf)
{
	struct text text = { 0 };
	FILE *file;

	file = open_memstream(&text.data, &text.len);
	assert(file != NULL);
	conf_dump(conf, file);
	assert(fclose(file) == 0);
	return text;
}

static void
ask(const struct conf_stack *stack)
{
	const struct facts facts = {
		.amount = { .micro = 30 * TILL_MICRO, .currency = "EUR" },
		.merchant = "press-1",
		.customer = "",
		.kind = "single",
		.channel = "api",
	};
	size_t i;

	for (i = 0; i < stack->len; i++)
		(void)guard_holds(stack->rules[i].when, &facts);
}
