/*
 * script.c - test scripts of modules: any text is read or refused, with
 * every finding at a place that the text has.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kit/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(const struct script *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag *diag = diag_new();
	struct script *script;
	size_t i;

	assert(diag != NULL);
	script = script_parse("fuzz.test", (const char *)data, size, diag);
	assert((script == NULL) == (diag_errors(diag) > 0));
	for (i = 0; i < diag_size(diag); i++) {
		assert(diag_at(diag, i)->place.line > 0);
		assert(diag_at(diag, i)->place.col > 0);
		assert(diag_at(diag, i)->place.col <= size + 1);
	}
	if (script != NULL)
		look(script);
	script_free(script);
	diag_free(diag);
	return 0;
}

static void
look(const struct script *script)
{
	const struct script_step *step;
	size_t i, k;

	assert(script->len <= SCRIPT_STEPS_MAX);
	for (i = 0; i < script->len; i++) {
		step = &script->steps[i];
		assert(step->verb != SCRIPT_NOTHING);
		assert(step->args_len <= SCRIPT_ARGS_MAX);
		for (k = 0; k < step->args_len; k++) {
			assert(step->args[k].value != NULL);
			assert(script_value(step, step->args[k].key) != NULL);
			(void)script_number(step, step->args[k].key, 0);
		}
	}
}
