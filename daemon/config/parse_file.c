/*
 * parse_file.c - the files that a configuration is made of.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/parse.h"
#include "module/loader.h"

static int read_path(struct parser *, const char *path,
    const struct diag_place *);
static int note_file(struct parser *, const char *path, const struct stat *,
    const struct diag_place *, struct conf_file **file_r);
static int check_file(struct parser *, const char *path, int fd,
    const struct stat *, const struct diag_place *);
static char *read_all(int fd, size_t *len_r);
static char *include_pattern(const struct parser *, const struct token *);
static int include_matches(struct parser *, const struct token *,
    const char *pattern);
static int unreadable(const char *path, int error);
static int by_name(const void *, const void *);

int
parse_text(struct parser *parser, const char *file, const char *text,
    size_t len)
{
	const struct diag_place place = { .file = file };
	struct lexer lexer, *outer = parser->lexer;
	const char *name, *copy;

	if (len > CONF_FILE_MAX) {
		diag_error(parser->diag, &place,
		    "this file is larger than %d octets", CONF_FILE_MAX);
		return -1;
	}
	name = arena_string(parser->arena, file, strlen(file));
	copy = arena_string(parser->arena, text, len);
	if (name == NULL || copy == NULL ||
	    diag_source(parser->diag, name, copy, len) == NULL)
		return out_of_memory(parser);
	parser->lexer = &lexer;
	lex_begin(&lexer, name, copy, len, parser->arena, parser->diag);
	parse_lines(parser);
	parser->lexer = outer;
	return 0;
}

int
parse_path(struct parser *parser, const char *path)
{
	const struct diag_place place = { .file = path };

	return read_path(parser, path, &place);
}

int
parse_include(struct parser *parser)
{
	struct token token;
	char *pattern;
	int r;

	if (look(parser)->kind != TOKEN_STRING)
		return unexpected(parser, "a file name in quotes");
	token = *look(parser);
	advance(parser);
	if (!token_is_end(look(parser)))
		return unexpected(parser, "the end of the line");
	if (parser->in_memory) {
		diag_error(parser->diag, &token.place,
		    "include needs a configuration that is a file");
		return -1;
	}
	if (parser->depth == CONF_DEPTH_MAX) {
		diag_error(parser->diag, &token.place,
		    "more than %d includes within each other", CONF_DEPTH_MAX);
		return -1;
	}
	pattern = include_pattern(parser, &token);
	if (pattern == NULL)
		return out_of_memory(parser);
	parser->depth++;
	r = include_matches(parser, &token, pattern);
	parser->depth--;
	free(pattern);
	return r;
}

/* place is where the file was asked for. */
static int
read_path(struct parser *parser, const char *path,
    const struct diag_place *place)
{
	const bool is_stdin = strcmp(path, "-") == 0 && parser->depth == 0;
	struct conf_file *file;
	struct stat st;
	char *text = NULL;
	size_t len;
	int fd, r = -1;

	/* A pipe in the place of a file must not make us wait. */
	fd = is_stdin
	    ? STDIN_FILENO
	    : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1) {
		diag_error(parser->diag, place, "cannot open '%s': %s", path,
		    strerror(errno));
		goto out;
	}
	if (note_file(parser, path, &st, place, &file) == -1)
		goto out;
	if (!is_stdin && check_file(parser, path, fd, &st, place) == -1)
		goto out;
	text = read_all(fd, &len);
	if (text == NULL) {
		diag_error(parser->diag, place, "cannot read '%s': %s", path,
		    strerror(errno));
		goto out;
	}
	file->open = true;
	r = parse_text(parser, is_stdin ? "stdin" : path, text, len);
	file->open = false;
out:
	/* Any line may have been in what was not read. */
	if (r == -1)
		parser->conf->broken = parser->conf->open_end = ALL_FACILITIES;
	free(text);
	if (fd != -1 && !is_stdin)
		(void)close(fd);
	return r;
}

/* Each file is read once: what is read twice is defined twice. */
static int
note_file(struct parser *parser, const char *path, const struct stat *st,
    const struct diag_place *place, struct conf_file **file_r)
{
	struct conf_file *file;
	size_t i;

	for (i = 0; i < parser->files_len; i++) {
		file = &parser->files[i];
		if (file->dev != st->st_dev || file->ino != st->st_ino)
			continue;
		if (file->open)
			diag_error(parser->diag, place,
			    "include loop: '%s' is being read already", path);
		else
			diag_error(parser->diag, place,
			    "'%s' was included at %s:%u already", path,
			    file->place.file, file->place.line);
		return -1;
	}
	if (parser->files_len == CONF_FILES_MAX) {
		diag_error(parser->diag, place, "more than %d files",
		    CONF_FILES_MAX);
		return -1;
	}
	file = &parser->files[parser->files_len++];
	*file = (struct conf_file){ .dev = st->st_dev,
		.ino = st->st_ino,
		.place = *place };
	*file_r = file;
	return 0;
}

static int
check_file(struct parser *parser, const char *path, int fd,
    const struct stat *st, const struct diag_place *place)
{
	struct diag_place whole = { .file = path };
	struct till_error err;

	if (!S_ISREG(st->st_mode)) {
		diag_error(parser->diag, place, "'%s' is not a regular file",
		    path);
		return -1;
	}
	/* It is read all the same: its mistakes are worth telling. */
	if (file_is_safe(path, fd, &err) == -1)
		diag_error(parser->diag, place->line > 0 ? place : &whole, "%s",
		    err.text);
	return 0;
}

/* NULL with errno set; one octet more than is allowed shows what is too
 * large. */
static char *
read_all(int fd, size_t *len_r)
{
	const size_t size = CONF_FILE_MAX + 1;
	size_t len = 0;
	char *text;
	ssize_t n;

	text = malloc(size);
	if (text == NULL)
		return NULL;
	while (len < size) {
		n = read(fd, text + len, size - len);
		if (n == 0)
			break;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			free(text);
			return NULL;
		}
		len += (size_t)n;
	}
	*len_r = len;
	return text;
}

/* The folder of the including file and what it asks for; in the folder's
 * own name no character means anything to glob. */
static char *
include_pattern(const struct parser *parser, const struct token *token)
{
	const char *file = parser->lexer->file;
	const char *slash = strrchr(file, '/');
	const char *at;
	char *pattern, *out;

	if (slash == NULL || token->text[0] == '/')
		return strdup(token->text);
	pattern = malloc(2 * (size_t)(slash - file) + strlen(token->text) + 2);
	if (pattern == NULL)
		return NULL;
	out = pattern;
	for (at = file; at <= slash; at++) {
		if (strchr("*?[]\\", *at) != NULL)
			*out++ = '\\';
		*out++ = *at;
	}
	memcpy(out, token->text, strlen(token->text) + 1);
	return pattern;
}

static int
include_matches(struct parser *parser, const struct token *token,
    const char *pattern)
{
	const bool is_pattern = strpbrk(token->text, "*?[") != NULL;
	glob_t found = { 0 };
	size_t i;
	int r;

	r = glob(pattern, GLOB_NOSORT, unreadable, &found);
	if (r == GLOB_NOMATCH && !is_pattern)
		diag_error(parser->diag, &token->place, "there is no file '%s'",
		    token->text);
	else if (r != 0 && r != GLOB_NOMATCH)
		diag_error(parser->diag, &token->place,
		    "cannot look for '%s': %s", token->text,
		    r == GLOB_NOSPACE ? "out of memory" : strerror(errno));
	if (r == 0)
		qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv),
		    by_name);
	for (i = 0; r == 0 && i < found.gl_pathc; i++)
		(void)read_path(parser, found.gl_pathv[i], &token->place);
	globfree(&found);
	return r == 0 || is_pattern ? 0 : -1;
}

/* A folder that is not there has no files; one that cannot be read may. */
static int
unreadable(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}
