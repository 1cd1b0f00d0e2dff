/*
 * iso8583_dump.c - a message for a person, without what nobody may see.
 */
#include <stdio.h>
#include <string.h>

#include "settle_bank/iso8583.h"

#define SHOWN_MAX 64 /* of one value */
#define LAST 4
#define FIRST 6
#define FIRST_FROM 16 /* shorter ones show no more than their end */

const char *
iso_dump(const struct iso_message *message, char *buf, size_t size)
{
	const struct iso_element *element;
	char shown[SHOWN_MAX];
	const char *value;
	size_t len, used;
	int number;

	(void)snprintf(buf, size, "%s\n", message->mti);
	for (number = 2; number <= ISO_DE_MAX; number++) {
		element = iso_element(number);
		value = iso_get(message, number, &len);
		if (element == NULL || value == NULL)
			continue;
		used = strlen(buf);
		(void)snprintf(buf + used, size - used, "%5d %-26s %s\n",
		    number, element->name,
		    iso_mask(element->show, value, len, shown, sizeof(shown)));
	}
	return buf;
}

const char *
iso_mask(enum iso_show show, const char *value, size_t len, char *buf,
    size_t size)
{
	size_t i, open, first = 0;

	if (size == 0)
		return "";
	if (show == ISO_HIDDEN) {
		(void)snprintf(buf, size, "(%zu characters)", len);
		return buf;
	}
	open = show == ISO_OPEN ? len : len > LAST ? LAST : 0;
	if (show == ISO_LAST_FOUR && len >= FIRST_FROM)
		first = FIRST;
	for (i = 0; i < len && i + 1 < size; i++)
		buf[i] = i < first || i >= len - open ? value[i] : '*';
	buf[i] = '\0';
	return buf;
}
