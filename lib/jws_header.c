/*
 * jws_header.c - read a token's header.
 *
 * The header is read before anything is known of the sender, and twice
 * for each payment.  A general parser takes longer for it than for all
 * the rest of the form, so the plain form is read without one.
 */
#include <string.h>

#include <till/ticket.h>

#include "claims.h"
#include "jws_header.h"

#define MEMBERS 3
#define NAME_MAX_TOLD 32 /* octets of a strange member's name in an error */

static const char *scan_member(const char *, const char *, char, char **,
    struct jws_header *);
static const char **slot(struct jws_header *, const char *);
static int check_members(json_t *, struct till_error *);

int
jws_header_read(const char *json, size_t len, struct jws_header *header_r,
    struct till_error *err)
{
	if (jws_header_scan(json, len, header_r))
		return 0;
	return jws_header_parse(json, len, header_r, err);
}

bool
jws_header_scan(const char *json, size_t len, struct jws_header *header_r)
{
	const char *at = json, *end = json + len;
	char *text = header_r->text;
	int i;

	if (len >= sizeof(header_r->text))
		return false;
	header_r->alg = header_r->kid = header_r->typ = NULL;
	for (i = 0; i < MEMBERS; i++) {
		at = scan_member(at, end, i == 0 ? '{' : ',', &text, header_r);
		if (at == NULL)
			return false;
	}
	/* Three members, none of them twice: so it is all three. */
	return end - at == 1 && *at == '}';
}

int
jws_header_parse(const char *json, size_t len, struct jws_header *header_r,
    struct till_error *err)
{
	struct claims claims = { .within = "",
		.text = header_r->text,
		.left = sizeof(header_r->text) };
	json_t *object = NULL;
	int r = -1;

	if (len > sizeof(header_r->text))
		return till_fail(err, "the header has over %d octets",
		    JWS_HEADER_MAX);
	if (claims_load(json, len, "the header", &object, err) == -1)
		return -1;
	claims.object = object;
	if (check_members(object, err) == 0 &&
	    claims_text(&claims, "alg", &header_r->alg, err) == 0 &&
	    claims_text(&claims, "kid", &header_r->kid, err) == 0 &&
	    claims_text(&claims, "typ", &header_r->typ, err) == 0)
		r = 0;
	json_decref(object);
	return r;
}

/* One of {"alg":"x" and ,"alg":"x" ; returns what follows, or NULL. */
static const char *
scan_member(const char *at, const char *end, char first, char **text,
    struct jws_header *header)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-_+";
	const char **member;
	size_t len;

	if (end - at < 8 || at[0] != first || at[1] != '"' ||
	    memcmp(at + 5, "\":\"", 3) != 0)
		return NULL;
	member = slot(header, at + 2);
	if (member == NULL || *member != NULL)
		return NULL;
	at += 8;
	len = strspn(at, plain);
	if (at[len] != '"')
		return NULL;
	memcpy(*text, at, len);
	(*text)[len] = '\0';
	*member = *text;
	*text += len + 1;
	return at + len + 1;
}

static const char **
slot(struct jws_header *header, const char *name)
{
	if (memcmp(name, "alg", 3) == 0)
		return &header->alg;
	if (memcmp(name, "kid", 3) == 0)
		return &header->kid;
	if (memcmp(name, "typ", 3) == 0)
		return &header->typ;
	return NULL;
}

static int
check_members(json_t *object, struct till_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		if (strcmp(name, "alg") != 0 && strcmp(name, "kid") != 0 &&
		    strcmp(name, "typ") != 0)
			return till_fail(err,
			    "%s: only alg, kid and typ may be in a header",
			    till_text_ok(name, NAME_MAX_TOLD) ? name
							      : "header");
		if (!json_is_string(value))
			return till_fail(err, "%s: must be a string", name);
	}
	if (json_object_size(object) != MEMBERS)
		return till_fail(err, "the header needs alg, kid and typ");
	return 0;
}
