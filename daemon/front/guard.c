/*
 * guard.c - the rules of what is let in.
 *
 * Where HTTP lets a receiver choose between refusing and guessing, this
 * refuses: two readers that guess differently are how a request is
 * smuggled past one of them (RFC 9112, 11.2).
 */
#include <string.h>
#include <strings.h>

#include "front/guard.h"

#define LENGTH_DIGITS_MAX 9 /* of a Content-Length */

struct verdict {
	unsigned int status;
	const char *why;
};

/* What the fields said, for the rules that need several of them. */
struct framing {
	size_t hosts, lengths, codings;
	const struct guard_field *host, *length, *coding;
};

static struct verdict check_line(const struct guard_head *);
static struct verdict check_target(const char *);
static struct verdict check_fields(const struct guard_head *, struct framing *);
static bool name_ok(const struct guard_field *);
static bool value_ok(const struct guard_field *);
static bool named(const struct guard_field *, const char *);
static struct verdict check_host(const struct guard_head *,
    const struct framing *);
static bool host_ok(const struct guard_field *);
static bool host_ours(const struct guard_head *, const struct guard_field *);
static struct verdict check_framing(const struct guard_head *,
    const struct framing *, bool *);
static struct verdict check_length(const struct guard_head *,
    const struct guard_field *, size_t *);
static bool is_token_char(unsigned char);
static bool is_hex(char);

static const struct verdict fine = { 0, NULL };

unsigned int
guard_check(const struct guard_head *head, bool *body_r, const char **why_r)
{
	struct framing framing = { 0 };
	struct verdict verdict;

	*body_r = false;
	verdict = check_line(head);
	if (verdict.status == 0)
		verdict = check_fields(head, &framing);
	if (verdict.status == 0)
		verdict = check_host(head, &framing);
	if (verdict.status == 0)
		verdict = check_framing(head, &framing, body_r);
	*why_r = verdict.why;
	return verdict.status;
}

static struct verdict
check_line(const struct guard_head *head)
{
	if (strcmp(head->version, "HTTP/1.1") != 0 &&
	    strcmp(head->version, "HTTP/1.0") != 0)
		return (struct verdict){ 400, "not a version we speak" };
	if (strcmp(head->method, "GET") != 0 &&
	    strcmp(head->method, "HEAD") != 0 &&
	    strcmp(head->method, "POST") != 0)
		return (struct verdict){ 501, "not a method we know" };
	return check_target(head->target);
}

/* Origin form (RFC 9112, 3.2.1), of the characters of RFC 3986 and a few
 * that browsers leave bare in a query; escapes complete, no escaped
 * control. */
static struct verdict
check_target(const char *target)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789-._~:/?@!$&'()*+,;=%[]";
	const char *p;

	if (target[0] != '/')
		return (struct verdict){ 400, "the target is not a path" };
	if (strlen(target) > HTTP_TARGET_MAX)
		return (struct verdict){ 414, "the target is too long" };
	if (target[strspn(target, allowed)] != '\0')
		return (struct verdict){ 400,
			"the target has an octet that it may not" };
	for (p = strchr(target, '%'); p != NULL; p = strchr(p + 1, '%')) {
		if (!is_hex(p[1]) || !is_hex(p[2]))
			return (struct verdict){ 400,
				"the target has a broken escape" };
		if (p[1] < '2' || (p[1] == '7' && (p[2] | 32) == 'f'))
			return (struct verdict){ 400,
				"the target has an escaped control" };
	}
	return fine;
}

static struct verdict
check_fields(const struct guard_head *head, struct framing *framing)
{
	const struct guard_field *field;
	size_t i;

	if (head->fields_len > HTTP_FIELDS_MAX)
		return (struct verdict){ 431, "too many header fields" };
	if (head->size > HTTP_HEAD_MAX)
		return (struct verdict){ 431, "the head is too large" };
	for (i = 0; i < head->fields_len; i++) {
		field = &head->fields[i];
		if (!name_ok(field))
			return (struct verdict){ 400,
				"a field's name is not a token" };
		if (!value_ok(field))
			return (struct verdict){ 400,
				"a field's value has a control" };
		if (named(field, "host")) {
			framing->host = field;
			framing->hosts++;
		} else if (named(field, "content-length")) {
			framing->length = field;
			framing->lengths++;
		} else if (named(field, "transfer-encoding")) {
			framing->coding = field;
			framing->codings++;
		}
	}
	return fine;
}

static bool
name_ok(const struct guard_field *field)
{
	size_t i;

	if (field->name_len == 0)
		return false;
	for (i = 0; i < field->name_len; i++)
		if (!is_token_char((unsigned char)field->name[i]))
			return false;
	return true;
}

static bool
value_ok(const struct guard_field *field)
{
	unsigned char c;
	size_t i;

	for (i = 0; i < field->value_len; i++) {
		c = (unsigned char)field->value[i];
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
named(const struct guard_field *field, const char *name)
{
	return field->name_len == strlen(name) &&
	    strncasecmp(field->name, name, field->name_len) == 0;
}

static struct verdict
check_host(const struct guard_head *head, const struct framing *framing)
{
	if (framing->hosts == 0)
		return (struct verdict){ 400, "no Host" };
	if (framing->hosts > 1)
		return (struct verdict){ 400, "more than one Host" };
	if (!host_ok(framing->host))
		return (struct verdict){ 400, "not a Host" };
	if (!host_ours(head, framing->host))
		return (struct verdict){ 421, "not a Host of ours" };
	return fine;
}

/* A name or an address in brackets, and perhaps a port. */
static bool
host_ok(const struct guard_field *host)
{
	const char *p = host->value, *end = p + host->value_len;
	size_t digits = 0;

	if (p < end && *p == '[') {
		for (p++; p < end && (is_hex(*p) || *p == ':' || *p == '.');)
			p++;
		if (p == end || *p++ != ']')
			return false;
	} else {
		while (p < end &&
		    (is_hex(*p) || (*p >= 'g' && *p <= 'z') ||
			(*p >= 'G' && *p <= 'Z') || *p == '-' || *p == '.' ||
			*p == '_'))
			p++;
		if (p == host->value)
			return false;
	}
	if (p == end)
		return true;
	if (*p++ != ':')
		return false;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		digits++;
	return p == end && digits >= 1 && digits <= 5;
}

static bool
host_ours(const struct guard_head *head, const struct guard_field *host)
{
	const char *ours;
	size_t i;

	if (head->hosts[0] == NULL && head->hosts[1] == NULL)
		return true;
	for (i = 0; i < sizeof(head->hosts) / sizeof(head->hosts[0]); i++) {
		ours = head->hosts[i];
		if (ours != NULL && strlen(ours) == host->value_len &&
		    strncasecmp(ours, host->value, host->value_len) == 0)
			return true;
	}
	return false;
}

/* How long is the body?  One answer only (RFC 9112, 6.3). */
static struct verdict
check_framing(const struct guard_head *head, const struct framing *framing,
    bool *body_r)
{
	struct verdict verdict;
	size_t length = 0;

	if (framing->lengths > 1)
		return (struct verdict){ 400, "more than one Content-Length" };
	if (framing->codings > 1)
		return (
		    struct verdict){ 400, "more than one Transfer-Encoding" };
	if (framing->codings == 1) {
		if (framing->lengths == 1)
			return (struct verdict){ 400,
				"Transfer-Encoding beside Content-Length" };
		if (strcmp(head->version, "HTTP/1.1") != 0)
			return (struct verdict){ 400,
				"Transfer-Encoding in HTTP/1.0" };
		if (framing->coding->value_len != strlen("chunked") ||
		    strncasecmp(framing->coding->value, "chunked",
			strlen("chunked")) != 0)
			return (struct verdict){ 501,
				"a Transfer-Encoding that is not chunked" };
	} else if (framing->lengths == 1) {
		verdict = check_length(head, framing->length, &length);
		if (verdict.status != 0)
			return verdict;
	}
	*body_r = framing->codings == 1 || length > 0;
	if (*body_r && strcmp(head->method, "POST") != 0)
		return (struct verdict){ 400, "a body where none belongs" };
	return fine;
}

static struct verdict
check_length(const struct guard_head *head, const struct guard_field *field,
    size_t *length_r)
{
	size_t i, length = 0;

	if (field->value_len == 0)
		return (struct verdict){ 400, "an empty Content-Length" };
	for (i = 0; i < field->value_len; i++)
		if (field->value[i] < '0' || field->value[i] > '9')
			return (struct verdict){ 400,
				"a Content-Length that is not a number" };
	if (field->value_len > LENGTH_DIGITS_MAX)
		return (struct verdict){ 413, "the body is too large" };
	for (i = 0; i < field->value_len; i++)
		length = length * 10 + (size_t)(field->value[i] - '0');
	if (length > head->body_max)
		return (struct verdict){ 413, "the body is too large" };
	*length_r = length;
	return fine;
}

/* tchar of RFC 9110, 5.6.2. */
static bool
is_token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
	    (c >= 'a' && c <= 'f');
}
