/*
 * cmd_token.c - "tillctl token": what a ticket, voucher or refusal says.
 *
 * Reads one token and prints its header and claims.  With a set of keys
 * it verifies the signature first; without one it says that it did not.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <till/key.h>
#include <till/ticket.h>
#include <till/voucher.h>

#include "base64url.h"
#include "ctl/commands.h"
#include "ctl/options.h"
#include "jws.h"

#define KEYS_MAX 65536

static const char *const token_types[] = { "till-ticket+jwt",
	"till-id-ticket+jwt", "till-voucher+jwt", "till-id-voucher+jwt",
	"till-refusal+jwt", "till-event+jwt", NULL };

static void usage(FILE *);
static int read_token(const char *, char *, size_t, struct till_error *);
static int read_keys(const char *, struct till_keyset **, struct till_error *);
static json_t *part(const char *, size_t);
static int show(const char *, struct till_keyset *, bool, struct till_error *);

int
cmd_token(int argc, char **argv)
{
	char token[TILL_TOKEN_MAX + 2];
	struct till_keyset *keys = NULL;
	const char *jwks = NULL;
	struct till_error err;
	bool json = false;
	const struct ctl_option options[] = {
		{ "jwks", 'k', &jwks, NULL },
		{ "json", 'j', NULL, &json },
		{ NULL, 0, NULL, NULL },
	};
	int first, r;

	r = options_take(options, argc, argv, usage, &first);
	if (r != -1)
		return r;
	if (argc - first > 1)
		return options_wrong(usage, argv, NULL);
	r = read_token(first < argc ? argv[first] : "-", token, sizeof(token),
	    &err);
	if (r == 0 && jwks != NULL)
		r = read_keys(jwks, &keys, &err);
	if (r == 0)
		r = show(token, keys, json, &err);
	till_keyset_free(keys);
	if (r == -1) {
		fprintf(stderr, "tillctl: %s\n", err.text);
		return EX_DATAERR;
	}
	return EX_OK;
}

static void
usage(FILE *file)
{
	fputs("usage: tillctl token [--jwks FILE] [--json] [TOKEN | -]\n"
	      "Print what a ticket, voucher or refusal says; with the keys\n"
	      "of a JWK set also verify its signature.\n",
	    file);
}

/* The token itself, or "-" for standard input. */
static int
read_token(const char *arg, char *token, size_t size, struct till_error *err)
{
	size_t len;

	if (strcmp(arg, "-") != 0) {
		if (strlen(arg) >= size)
			return till_fail(err, "the token is too long");
		(void)snprintf(token, size, "%s", arg);
		return 0;
	}
	len = fread(token, 1, size - 1, stdin);
	if (ferror(stdin))
		return till_fail(err, "standard input: %s", strerror(errno));
	while (len > 0 && (token[len - 1] == '\n' || token[len - 1] == '\r'))
		len--;
	token[len] = '\0';
	return 0;
}

static int
read_keys(const char *path, struct till_keyset **keys_r, struct till_error *err)
{
	char *text;
	size_t len;
	FILE *file;
	int r;

	file = fopen(path, "re");
	if (file == NULL)
		return till_fail(err, "%s: %s", path, strerror(errno));
	text = malloc(KEYS_MAX);
	if (text == NULL) {
		(void)fclose(file);
		return till_fail(err, "out of memory");
	}
	len = fread(text, 1, KEYS_MAX, file);
	(void)fclose(file);
	r = till_keyset_from_json(text, len, keys_r, err);
	free(text);
	return r;
}

static json_t *
part(const char *text, size_t len)
{
	char buf[TILL_TOKEN_MAX];
	size_t n;

	if (base64url_decode(text, len, buf, sizeof(buf), &n) == -1)
		return NULL;
	return json_loadb(buf, n, JSON_REJECT_DUPLICATES, NULL);
}

static int
show(const char *token, struct till_keyset *keys, bool json,
    struct till_error *err)
{
	const char *dot, *second;
	json_t *document;
	struct jws *jws;
	char *text;
	int r;

	if (jws_form(token, strlen(token), token_types, err) == -1)
		return -1;
	if (keys != NULL) {
		jws = malloc(sizeof(*jws));
		if (jws == NULL)
			return till_fail(err, "out of memory");
		r = jws_open(token, strlen(token), token_types,
		    till_keyset_find, keys, jws, err);
		free(jws);
		if (r == -1)
			return -1;
	}
	dot = strchr(token, '.');
	second = strchr(dot + 1, '.'); /* jws_form has seen both */
	document = json_pack("{s:o*,s:o*,s:s}", "header",
	    part(token, (size_t)(dot - token)), "claims",
	    part(dot + 1, (size_t)(second - dot - 1)), "signature",
	    keys != NULL ? "verified" : "not verified");
	text = document == NULL
	    ? NULL
	    : json_dumps(document, json ? JSON_COMPACT : JSON_INDENT(2));
	json_decref(document);
	if (text == NULL)
		return till_fail(err, "not a token");
	puts(text);
	free(text);
	return 0;
}
