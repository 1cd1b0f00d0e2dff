/*
 * printable.c - text that is safe to show on a terminal or in a log.
 */
#include <string.h>

#include <till/ticket.h>

#include "config/printable.h"

size_t
printable_len(const char *p)
{
	const unsigned char lead = (unsigned char)*p;
	char character[5];
	size_t n;

	if (lead < 0x80)
		return lead >= 0x20 && lead < 0x7f;
	n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	if (strnlen(p, n) < n)
		return 0;
	memcpy(character, p, n);
	character[n] = '\0';
	return till_text_ok(character, n) ? n : 0;
}

void
printable(char *text)
{
	size_t n;

	for (; *text != '\0'; text += n) {
		n = printable_len(text);
		if (n == 0) {
			*text = '?';
			n = 1;
		}
	}
}
