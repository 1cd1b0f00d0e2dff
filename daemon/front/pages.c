/*
 * pages.c - what the pages are made of, read once at the start.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/pages.h"
#include "front/unit.h"

#define FILE_MAX 65536
#define PATH_SIZE 4096

/* Each has a path of its own in route.c, and is read by the pages that
 * need it. */
static const char *const scripts[PAGES_SCRIPTS] = { "allowance.js",
	"announce.js", "microphone.js", "passkey.js", "web-eid.js" };

static int read_file(const char *, const char *, char **, struct till_error *);
static void send_file(struct work *, const char *, const char *);

int
pages_start(const char *dir, struct pages **pages_r, struct till_error *err)
{
	struct pages *pages = calloc(1, sizeof(*pages));
	size_t i;

	if (pages == NULL)
		return till_fail(err, "out of memory");
	if (catalogues_load(dir, &pages->catalogues, err) == -1 ||
	    read_file(dir, "style.css", &pages->style, err) == -1 ||
	    read_file(dir, "icon.svg", &pages->icon, err) == -1) {
		pages_stop(pages);
		return -1;
	}
	for (i = 0; i < PAGES_SCRIPTS; i++) {
		if (read_file(dir, scripts[i], &pages->scripts[i], err) == 0)
			continue;
		pages_stop(pages);
		return -1;
	}
	*pages_r = pages;
	return 0;
}

void
pages_stop(struct pages *pages)
{
	size_t i;

	if (pages == NULL)
		return;
	for (i = 0; i < PAGES_SCRIPTS; i++)
		free(pages->scripts[i]);
	catalogues_free(pages->catalogues);
	free(pages->style);
	free(pages->icon);
	free(pages);
}

void
page_style(struct work *work)
{
	send_file(work, "text/css; charset=utf-8", work->front->pages->style);
}

void
page_icon(struct work *work)
{
	send_file(work, "image/svg+xml", work->front->pages->icon);
}

void
page_script(struct work *work)
{
	const char *name = http_path(work->http) + 1;
	size_t i;

	for (i = 0; i < PAGES_SCRIPTS; i++)
		if (strcmp(name, scripts[i]) == 0) {
			send_file(work, "text/javascript; charset=utf-8",
			    work->front->pages->scripts[i]);
			return;
		}
	page_not_found(work);
}

static int
read_file(const char *dir, const char *name, char **text_r,
    struct till_error *err)
{
	char path[PATH_SIZE];
	FILE *file;
	size_t len;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    sizeof(path))
		return till_fail(err, "%s: the name is too long", dir);
	file = fopen(path, "re");
	if (file == NULL)
		return till_fail(err, "%s: %s", path, strerror(errno));
	*text_r = malloc(FILE_MAX);
	len = *text_r == NULL ? 0 : fread(*text_r, 1, FILE_MAX, file);
	(void)fclose(file);
	if (*text_r == NULL)
		return till_fail(err, "out of memory");
	if (len == FILE_MAX)
		return till_fail(err, "%s: more than %d octets", path,
		    FILE_MAX - 1);
	(*text_r)[len] = '\0';
	return 0;
}

static void
send_file(struct work *work, const char *type, const char *content)
{
	struct http_field fields[] = { { "Content-Type", type },
		{ "Cache-Control", "public, max-age=600" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ NULL, NULL } };
	struct text text = { 0 };

	text_add(&text, content);
	reply_fields(work, 200, fields, &text);
}
