/*
 * say.c - lines for the operator, of which a part may be anybody's.
 */
#include <stdarg.h>
#include <stdio.h>

#include "shop.h"

#define LINE_MAX_OCTETS 1024

void
shop_say(const char *fmt, ...)
{
	char line[LINE_MAX_OCTETS], *c;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (c = line; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	fprintf(stderr, "till-shop: %s\n", line);
}
