/*
 * vectors.c - reads tests/vectors/iso8583.json.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/vectors.h"

#define PATH_SIZE 1024

static const char *member(const json_t *, const char *name);
static bool starts(const char *, const char *);

size_t
vectors_each(void (*each)(const struct vector *, void *arg), void *arg)
{
	const char *src = getenv("TILL_SRC");
	struct vector vector;
	char path[PATH_SIZE];
	json_error_t why;
	json_t *file, *list, *one;
	size_t i, n;

	(void)snprintf(path, sizeof(path), "%s/tests/vectors/iso8583.json",
	    src != NULL ? src : ".");
	file = json_load_file(path, 0, &why);
	if (file == NULL)
		fail_msg("%s: %s; set TILL_SRC", path, why.text);
	list = json_object_get(file, "vectors");
	n = json_array_size(list);
	json_array_foreach(list, i, one)
	{
		memset(&vector, 0, sizeof(vector));
		vector.id = member(one, "id");
		vector.encoding = member(one, "encoding");
		vector.layer = member(one, "layer");
		vector.accept = strcmp(member(one, "expect"), "accept") == 0;
		vector.note =
		    member(one, vector.accept ? "note" : "why_refused");
		vector.fields = json_object_get(one, "fields");
		vector.len = vector_hex(member(one, "hex"), vector.octets,
		    sizeof(vector.octets));
		each(&vector, arg);
	}
	json_decref(file);
	return n;
}

bool
vector_coding(const struct vector *vector, struct iso_coding *coding)
{
	memset(coding, 0, sizeof(*coding));
	coding->odd = ISO_ODD_RIGHT_0;
	coding->bcd = strcmp(vector->encoding, "bcd") == 0;
	coding->hex_bitmap = strcmp(vector->encoding, "ascii_hexbitmap") == 0;
	return coding->bcd || coding->hex_bitmap ||
	    strcmp(vector->encoding, "ascii_binbitmap") == 0;
}

void
vector_framing(const struct vector *vector, struct framing *framing)
{
	static const struct iso_coding ascii = { .odd = ISO_ODD_RIGHT_0 };

	memset(framing, 0, sizeof(*framing));
	framing->message_min = iso_octets_min(&ascii);
	framing->tpdu = strstr(vector->encoding, "TPDU") != NULL;
	if (starts(vector->encoding, "frame: 4 ASCII digits"))
		framing->length = FRAMING_ASCII4;
	else if (starts(vector->encoding, "frame: 2-byte big-endian length"))
		framing->length = FRAMING_BE2;
	else
		fail_msg("%s: %s is new", vector->id, vector->encoding);
}

size_t
vector_hex(const char *text, unsigned char *octets, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const size_t n = strlen(text) / 2;
	size_t i;

	assert_int_equal(strlen(text), strspn(text, digits));
	assert_true(strlen(text) % 2 == 0 && n <= size);
	for (i = 0; i < n; i++)
		octets[i] = (unsigned char)(16 *
			(strchr(digits, text[2 * i]) - digits) +
		    (strchr(digits, text[2 * i + 1]) - digits));
	return n;
}

void
vector_same(const struct vector *vector, const struct iso_message *message)
{
	const char *name, *value;
	size_t len, has = 0;
	json_t *field;
	int i;

	json_object_foreach((json_t *)(uintptr_t)vector->fields, name, field)
	{
		const int number = (int)strtol(name, NULL, 10);

		if (number == 0) {
			assert_string_equal(message->mti,
			    json_string_value(field));
			continue;
		}
		value = iso_get(message, number, &len);
		if (value == NULL)
			fail_msg("%s: DE%d is lost", vector->id, number);
		assert_int_equal(len, json_string_length(field));
		assert_memory_equal(value, json_string_value(field), len);
		has++;
	}
	for (i = 1; i <= ISO_DE_MAX; i++)
		has -= message->has[i];
	assert_int_equal(has, 0);
}

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static bool
starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}
