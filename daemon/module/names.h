/*
 * names.h - the names of modules.
 */
#ifndef MODULE_NAMES_H
#define MODULE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* [a-z0-9_], fewer than TILL_MODULE_NAME_MAX characters: never a path. */
bool name_is_module(const char *name);

/* Whether a module of this name comes with till; see Makefile.in. */
bool module_is_own(const char *name);

/* Whether a folder (len octets of path) has a file for each of these. */
bool names_are_all_in(const char *path, size_t len);

/* See loader_names; the folders need not exist. */
const char **names_in_dirs(char *const *dirs, size_t len);

#endif
