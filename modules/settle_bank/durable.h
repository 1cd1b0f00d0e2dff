/*
 * durable.h - files that are whole after a crash.
 */
#ifndef SETTLE_BANK_DURABLE_H
#define SETTLE_BANK_DURABLE_H

#include <stddef.h>

#include <till/error.h>

/* All of a file of at most size octets.  0; 1 if there is none; -1. */
int durable_read(const char *path, void *buf, size_t size, size_t *len_r,
    struct till_error *err);

/* Put a new file in the place of path, or leave the old one; on disk when
 * it returns 0. */
int durable_replace(const char *path, const void *data, size_t len,
    struct till_error *err);

/* The folder that holds path, on disk as it is now. */
int durable_folder(const char *path, struct till_error *err);

/* Write all of it to fd. */
int durable_write(int fd, const void *data, size_t len, const char *path,
    struct till_error *err);

#endif
