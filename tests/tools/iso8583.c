/*
 * iso8583.c - till's messages of ISO 8583 for other libraries to be tried
 * against.
 *
 *	iso8583 read		hexadecimal in, an object of its fields out
 *	iso8583 write		the object in, hexadecimal out
 *	iso8583 dump		hexadecimal in, what an operator sees out
 *
 * One message a line; ASCII digits and a binary bitmap.  Field "0" is the
 * type.  Exit status 1 and the reason on standard error for the first that
 * is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "settle_bank/iso8583.h"

#define LINE_SIZE (4 * ISO_OCTETS_MAX)

static int each(const char *command, const char *line, struct till_error *err);
static int take_hex(const char *line, struct iso_message *,
    struct till_error *err);
static int take_fields(const char *line, struct iso_message *,
    struct till_error *err);
static void give_hex(const unsigned char *, size_t);
static void give_fields(const struct iso_message *);

static const struct iso_coding coding = { .odd = ISO_ODD_RIGHT_0 };

int
main(int argc, char **argv)
{
	static char line[LINE_SIZE];
	struct till_error err;

	if (argc != 2) {
		(void)fputs("usage: iso8583 read|write|dump\n", stderr);
		return 2;
	}
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (each(argv[1], line, &err) == -1) {
			(void)fprintf(stderr, "%s\n", err.text);
			return 1;
		}
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

static int
each(const char *command, const char *line, struct till_error *err)
{
	static struct iso_message message;
	unsigned char octets[ISO_OCTETS_MAX];
	char dump[ISO_DUMP_MAX];
	size_t len;

	if (strcmp(command, "write") == 0) {
		if (take_fields(line, &message, err) == -1 ||
		    iso_write(&coding, &message, octets, sizeof(octets), &len,
			err) == -1)
			return -1;
		give_hex(octets, len);
		return 0;
	}
	if (take_hex(line, &message, err) == -1)
		return -1;
	if (strcmp(command, "dump") == 0)
		(void)fputs(iso_dump(&message, dump, sizeof(dump)), stdout);
	else
		give_fields(&message);
	return 0;
}

static int
take_hex(const char *line, struct iso_message *message, struct till_error *err)
{
	unsigned char octets[ISO_OCTETS_MAX];
	size_t i, len = strlen(line) / 2;
	char pair[3] = "", *end;

	if (len > sizeof(octets))
		return till_fail(err, "too long");
	for (i = 0; i < len; i++) {
		memcpy(pair, line + 2 * i, 2);
		octets[i] = (unsigned char)strtoul(pair, &end, 16);
		if (*end != '\0')
			return till_fail(err, "not hexadecimal");
	}
	return iso_read(&coding, octets, len, message, err);
}

static int
take_fields(const char *line, struct iso_message *message,
    struct till_error *err)
{
	const char *name, *value, *mti;
	json_t *fields, *field;
	long number;
	int r = 0;

	fields = json_loads(line, 0, NULL);
	mti = json_string_value(json_object_get(fields, "0"));
	if (mti == NULL || strlen(mti) != ISO_MTI_LEN) {
		json_decref(fields);
		return till_fail(err, "no object with a type");
	}
	iso_begin(message, mti);
	json_object_foreach(fields, name, field)
	{
		value = json_string_value(field);
		number = strtol(name, NULL, 10);
		if (number == 0 || r == -1)
			continue;
		r = value == NULL || number < 0 || number > ISO_DE_MAX
		    ? till_fail(err, "no field: %s", name)
		    : iso_put_text(message, (int)number, value, err);
	}
	json_decref(fields);
	return r;
}

static void
give_hex(const unsigned char *octets, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		(void)printf("%02x", octets[i]);
	(void)putchar('\n');
}

static void
give_fields(const struct iso_message *message)
{
	const char *value;
	size_t len;
	int i;

	(void)printf("{\"0\":\"%s\"", message->mti);
	for (i = 2; i <= ISO_DE_MAX; i++) {
		value = iso_get(message, i, &len);
		if (value != NULL)
			(void)printf(",\"%d\":\"%.*s\"", i, (int)len, value);
	}
	(void)puts("}");
}
