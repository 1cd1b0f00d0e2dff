/*
 * text.c - the rules for ids and strings that come from outside.
 *
 * A text may be shown to a customer who decides by it what to pay.  So
 * it holds nothing that makes it look other than it is: no controls, no
 * overriding of the writing direction, no invisible characters.
 */
#include <stdint.h>
#include <string.h>

#include <till/ticket.h>

#define BAD UINT32_MAX

static bool all_of(const char *, size_t, const char *);
static uint32_t next_character(const unsigned char **);
static bool character_ok(uint32_t);

bool
till_id_ok(const char *id)
{
	return all_of(id, TILL_ID_MAX, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

bool
till_jti_ok(const char *jti)
{
	return all_of(jti, TILL_JTI_MAX,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._-");
}

bool
till_text_ok(const char *text, size_t max)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t len = strnlen(text, max + 1);

	if (len == 0 || len > max)
		return false;
	while (*at != '\0') {
		if (!character_ok(next_character(&at)))
			return false;
	}
	return true;
}

/* Are there 1 to size - 1 characters, and all of those allowed? */
static bool
all_of(const char *text, size_t size, const char *allowed)
{
	size_t len = strnlen(text, size);

	return len > 0 && len < size && strspn(text, allowed) == len;
}

/*
 * One character of UTF-8 (RFC 3629); BAD for an octet or a sequence that
 * is none: stray, cut short, longer than needed, a surrogate, or past
 * U+10FFFF.  Stops at a NUL, which never continues a sequence.
 */
static uint32_t
next_character(const unsigned char **at)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = *at;
	uint32_t c = *s++;
	unsigned int more, i;

	if (c < 0x80)
		more = 0;
	else if (c >= 0xc2 && c < 0xe0)
		more = 1;
	else if (c >= 0xe0 && c < 0xf0)
		more = 2;
	else if (c >= 0xf0 && c < 0xf5)
		more = 3;
	else
		return BAD;
	if (more > 0)
		c &= 0x3fU >> more;
	for (i = 0; i < more; i++) {
		if ((*s & 0xc0) != 0x80)
			return BAD;
		c = c << 6 | (*s++ & 0x3fU);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return BAD;
	*at = s;
	return c;
}

static bool
character_ok(uint32_t c)
{
	if (c == BAD || c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false; /* not UTF-8, or a control */
	if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return false; /* overrides and isolates of direction */
	if (c == 0x200b || c == 0x200e || c == 0x200f || c == 0xfeff)
		return false; /* no width */
	if ((c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe)
		return false; /* noncharacters */
	return true;
}
