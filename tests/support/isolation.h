/*
 * isolation.h - instances in module hosts, for tests.
 */
#ifndef SUPPORT_ISOLATION_H
#define SUPPORT_ISOLATION_H

#include "host/hosts.h"
#include "support/owner.h"

/* A spawner (the tilld of the build) and its hosts; the test fails if they
 * cannot be. */
struct hosts *isolation_begin(void);
/* A loader like build_loader's, with them. */
struct loader *isolation_loader(struct hosts *);
/* The same with somebody who hears what is told late. */
struct loader *isolation_loader_late(struct hosts *,
    int (*late)(void *arg, const char *instance, const struct till_late *),
    void *arg);

/* "module it MODULE isolate=process SETTINGS"; NULL with the first finding
 * in why.  Of the core's settings timeout_ms and recycle may be 0. */
struct instance *isolation_open(struct loader *, const char *module,
    const char *const *settings, int64_t timeout_ms, int64_t recycle,
    char why[DIAG_TEXT_MAX]);
struct instance *isolation_must_open(struct loader *, const char *module,
    const char *const *settings, int64_t timeout_ms, int64_t recycle);

struct host_status isolation_status(const struct instance *);
/* Of the host that serves it, at last: its spawner says which it is, and
 * may do so after the host's first answer.  Never 0. */
pid_t isolation_pid(const struct instance *);
/* Processes of ours that are module hosts, or their spawner. */
size_t isolation_processes(void);
/* The hosts alone; a sanitizer may have helpers beside the spawner. */
size_t isolation_hosts(void);
/* As nobody but a fault would. */
void isolation_kill_spawner(void);
/* Descriptors of this process. */
size_t isolation_descriptors(void);

#endif
