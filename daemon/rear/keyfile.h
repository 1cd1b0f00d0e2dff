/*
 * keyfile.h - files of the key folder: small, secret, never half written.
 */
#ifndef REAR_KEYFILE_H
#define REAR_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define KEYFILE_MAX 8192 /* octets of one file */
#define KEYFILE_PATH_MAX 4096

/* The key folder of a state dir. */
int keyfile_folder(const char *dir, char folder_r[KEYFILE_PATH_MAX],
    struct till_error *err);

bool keyfile_exists(const char *dir, const char *name);

/* Write a new file of mode 0400 and sync it and its folder.  An old one of
 * this name is replaced in one step. */
int keyfile_write(const char *dir, const char *name, const void *data,
    size_t len, struct till_error *err);

/* Read a whole file into secure memory (with a NUL behind it that is not
 * counted).  Refuses a file that is not ours or root's alone.  Given back
 * with keyfile_wipe. */
int keyfile_read(const char *dir, const char *name, unsigned char **data_r,
    size_t *len_r, struct till_error *err);
void keyfile_wipe(unsigned char *data, size_t len); /* NULL is fine */

/* Give a file a second name, or another one in place of what bears it;
 * both are on disk when they return. */
int keyfile_link(const char *dir, const char *from, const char *to,
    struct till_error *err);
int keyfile_rename(const char *dir, const char *from, const char *to,
    struct till_error *err);
int keyfile_remove(const char *dir, const char *name, struct till_error *err);

#endif
