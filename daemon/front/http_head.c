/*
 * http_head.c - a request's head, put before the guard.
 *
 * libmicrohttpd 0.9 is lenient where it reads the head, and hands over
 * what it made of it, not the octets: it takes a bare LF for a line's
 * end, several blanks for one, cuts a line at a NUL and appends a folded
 * line to the field's name.  But it reads in place.  From the method on,
 * as many octets as it says the head has, lies the head, with NULs where
 * a method, target, version, name and line ended; so the distance from
 * each part to the next tells what was between them, and anything that
 * is not one blank, one colon or one CR LF is refused.  Later versions
 * refuse all this themselves when they are told to be strict.
 *
 * Still hidden: empty lines before the request line (RFC 9112, 2.2, lets
 * a server skip them), and all within a chunked body but its content;
 * there the library is strict.
 */
#include <string.h>

#include "front/http_priv.h"

struct gather {
	struct guard_field fields[HTTP_FIELDS_MAX];
	size_t len; /* one more than fit stands for too many */
};

static enum MHD_Result gather_field(void *, enum MHD_ValueKind, const char *,
    size_t, const char *, size_t);
static size_t head_size(struct MHD_Connection *);
static bool head_intact(const struct http_request *, const char *, const char *,
    const struct gather *, size_t);
static bool line_ended(const char **, const char *);

unsigned int
head_check(struct http_request *request, const char *method,
    const char *version, const char **why_r)
{
	struct http_server *server = request->server;
	struct gather gather = { .len = 0 };
	struct guard_head head = { .method = method,
		.version = version,
		.fields = gather.fields,
		.body_max = HTTP_BODY_MAX };
	unsigned int status;
	char *query;

	(void)MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND,
	    gather_field, &gather);
	head.fields_len = gather.len;
	head.size = head_size(request->connection);
	head.hosts[0] = server->options.hosts[0];
	head.hosts[1] = server->options.hosts[1];
	head.target = request->target;
	status = guard_check(&head, &request->has_body, why_r);
	if (status == 0 && strncmp(MHD_get_version(), "0.9.", 4) == 0 &&
	    !head_intact(request, method, version, &gather, head.size)) {
		*why_r = "the head is not laid out as HTTP/1.1 wants it";
		status = 400;
	}
	request->method = strcmp(method, "POST") == 0 ? HTTP_POST
	    : strcmp(method, "HEAD") == 0             ? HTTP_HEAD
						      : HTTP_GET;
	query = strchr(request->target, '?');
	if (query != NULL)
		*query++ = '\0';
	request->query =
	    query != NULL ? query : request->target + request->target_len;
	return status;
}

static enum MHD_Result
gather_field(void *arg, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t value_len)
{
	struct gather *gather = arg;

	(void)kind;
	if (gather->len == HTTP_FIELDS_MAX) {
		gather->len++;
		return MHD_NO;
	}
	gather->fields[gather->len++] = (struct guard_field){ .name = name,
		.name_len = name_len,
		.value = value == NULL ? "" : value,
		.value_len = value == NULL ? 0 : value_len };
	return MHD_YES;
}

static size_t
head_size(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	return info == NULL ? 0 : info->header_size;
}

static bool
head_intact(const struct http_request *request, const char *method,
    const char *version, const struct gather *gather, size_t size)
{
	const char *p = method, *end = method + size;
	const struct guard_field *field;
	size_t i;

	/* The guard knows these three words, so none has a NUL. */
	if (request->raw != method + strlen(method) + 1 ||
	    version != request->raw + request->target_len + 1)
		return false;
	p = version + strlen(version);
	if (!line_ended(&p, end))
		return false;
	for (i = 0; i < gather->len; i++) {
		field = &gather->fields[i];
		if (field->name != p)
			return false;
		p += field->name_len + 1;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p != field->value)
			return false;
		p += field->value_len;
		if (!line_ended(&p, end))
			return false;
	}
	return line_ended(&p, end) && p == end;
}

/* CR LF, of which the library made two NULs. */
static bool
line_ended(const char **p, const char *end)
{
	if (end - *p < 2 || (*p)[0] != '\0' || (*p)[1] != '\0')
		return false;
	*p += 2;
	return true;
}
