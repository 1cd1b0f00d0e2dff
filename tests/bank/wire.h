/*
 * wire.h - one connection to the simulated bank: octets in, octets out,
 * with TLS or without; nothing here waits.
 */
#ifndef BANK_WIRE_H
#define BANK_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define WIRE_OUT_MAX 1048576 /* octets that wait for a slow peer */

struct wire;
struct wire_tls;

/* The bank's certificate; who must show one of theirs, or NULL. */
struct wire_tls *bank_wire_tls_new(const char *certificate, const char *key,
    const char *client_ca, struct till_error *err);
void bank_wire_tls_free(struct wire_tls *);

/* Takes the descriptor in any case; tls may be NULL. */
struct wire *bank_wire_new(int fd, struct wire_tls *, struct till_error *err);
void bank_wire_free(struct wire *);

int bank_wire_fd(const struct wire *);
/* POLLIN, and POLLOUT while something waits. */
short bank_wire_events(const struct wire *);

/* What has come: octets, 0 for nothing yet, -1 at the end. */
long bank_wire_read(struct wire *, void *buf, size_t size,
    struct till_error *err);
/* Send now or when there is room; -1 if it is the end, or too much waits. */
int bank_wire_write(struct wire *, const void *octets, size_t len,
    struct till_error *err);
int bank_wire_flush(struct wire *, struct till_error *err);

#endif
