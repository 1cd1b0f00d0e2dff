/*
 * note.c - any file is a module or is refused, without a look beyond it.
 *
 * Inputs as unhex takes them.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "module/descriptor.h"
#include "module/loader.h"
#include "support/unhex.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *octets;
	size_t len;

	octets = unhex(data, size, &len);
	look(octets, len);
	free(octets);
	return 0;
}

static void
look(const unsigned char *octets, size_t len)
{
	struct till_error err = { "" };
	struct till_note note;

	if (note_parse(octets, len, &note, &err) == -1) {
		assert(strlen(err.text) > 0);
		return;
	}
	assert(strlen(note.name) < TILL_MODULE_NAME_MAX);
	assert(strlen(note.name) > 0);
	assert(strlen(note.version) < TILL_MODULE_VERSION_MAX);
	if (note_check(&note, &err) == 0)
		assert(
		    note.abi_major == TILL_ABI_MAJOR && note.facilities != 0);
}
