/*
 * http_ask.c - what a handler may ask of a request.
 */
#include <string.h>
#include <strings.h>

#include "front/http_priv.h"

struct last {
	const char *name, *value;
};

static enum MHD_Result keep_last(void *, enum MHD_ValueKind, const char *,
    const char *);
static bool forwarded_for(const struct http_request *,
    unsigned char r[ADDRESS_SIZE]);

enum http_method
http_method(const struct http_request *request)
{
	return request->method;
}

const char *
http_path(const struct http_request *request)
{
	return request->target;
}

char *
http_query(struct http_request *request)
{
	return request->query;
}

const char *
http_field(struct http_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
	    name);
}

bool
http_cookie(struct http_request *request, const char *name, char *value_r,
    size_t size)
{
	const char *p = http_field(request, "Cookie");
	size_t name_len = strlen(name), len;

	while (p != NULL && *p != '\0') {
		p += strspn(p, " \t;");
		len = strcspn(p, ";");
		if (len > name_len && strncmp(p, name, name_len) == 0 &&
		    p[name_len] == '=') {
			p += name_len + 1;
			len -= name_len + 1;
			if (len >= size)
				return false;
			memcpy(value_r, p, len);
			value_r[len] = '\0';
			return true;
		}
		p += len;
	}
	return false;
}

char *
http_body(struct http_request *request, size_t *len_r)
{
	*len_r = request->body_len;
	/* The octet behind the target is a NUL and of no other use. */
	return request->body != NULL
	    ? request->body
	    : request->target + request->target_len + 1;
}

const char *
http_address(struct http_request *request)
{
	unsigned char address[ADDRESS_SIZE];

	if (request->address[0] != '\0')
		return request->address;
	if (!request->conn->proxy || !forwarded_for(request, address))
		memcpy(address, request->conn->address, sizeof(address));
	address_print(address, request->address);
	return request->address;
}

void
http_set_data(struct http_request *request, void *data)
{
	request->data = data;
}

void *
http_data(const struct http_request *request)
{
	return request->data;
}

static enum MHD_Result
keep_last(void *arg, enum MHD_ValueKind kind, const char *name,
    const char *value)
{
	struct last *last = arg;

	(void)kind;
	if (strcasecmp(name, last->name) == 0)
		last->value = value;
	return MHD_YES;
}

/* The last address of the last X-Forwarded-For: the one that the trusted
 * proxy itself has put there.  What stands before it anyone may write. */
static bool
forwarded_for(const struct http_request *request, unsigned char r[ADDRESS_SIZE])
{
	struct last last = { .name = "X-Forwarded-For" };
	char text[HTTP_ADDRESS_MAX];
	const char *comma;
	size_t len;

	(void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND,
	    keep_last, &last);
	if (last.value == NULL)
		return false;
	comma = strrchr(last.value, ',');
	if (comma != NULL)
		last.value = comma + 1;
	last.value += strspn(last.value, " \t");
	len = strcspn(last.value, " \t");
	if (len >= sizeof(text))
		return false;
	memcpy(text, last.value, len);
	text[len] = '\0';
	return address_parse(text, r) == 0;
}
