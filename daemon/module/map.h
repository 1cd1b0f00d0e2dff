/*
 * map.h - run a module's file: the very one that is open and was checked.
 */
#ifndef MODULE_MAP_H
#define MODULE_MAP_H

#include <till/error.h>
#include <till/module.h>

#define MAP_FD_DIR "/proc/self/fd" /* names open descriptors */

/*
 * Load the shared object behind *fd, whose note says note, and copy its
 * descriptor to *module_r, as descriptor_check does.  Once its code is
 * mapped, also where a later check fails, *fd becomes -1: the descriptor
 * then stays open for ever.  path is for messages, and the way where
 * descriptors have no names.
 */
int map_module(const char *fd_dir, const char *path, int *fd,
    const struct till_note *note, struct till_module *module_r,
    struct till_error *err);

#endif
