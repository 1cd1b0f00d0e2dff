/*
 * tamper.h - change a closed ledger behind its back, for tests: what the
 * ledger must notice.
 */
#ifndef TAMPER_H
#define TAMPER_H

#include <stddef.h>
#include <stdint.h>

/* A record of a table, whatever it is; 0, or 1 if there is none. */
int tamper_get(const char *dir, const char *table, const void *key,
    size_t key_len, void *buf, size_t size, size_t *len_r);
/* Put it with pages, checksums and log all in order. */
void tamper_put(const char *dir, const char *table, const void *key,
    size_t key_len, const void *value, size_t len);
void tamper_remove(const char *dir, const char *table, const void *key,
    size_t key_len);

/* The key of an entry in the register. */
void tamper_serial(uint64_t serial, unsigned char key_r[8]);

/* Change one bit of an octet of a file; the file's size. */
void flip_bit(const char *dir, const char *file, size_t at);
size_t size_of(const char *dir, const char *file);

/* Let the next syncs of files fail with this errno; 0: as ever. */
void fail_syncs(int error);
/* Let writes of files fail so. */
void fail_writes(int error);

#endif
