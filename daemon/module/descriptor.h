/*
 * descriptor.h - is a module's descriptor one that can be worked with?
 */
#ifndef MODULE_DESCRIPTOR_H
#define MODULE_DESCRIPTOR_H

#include <till/error.h>
#include <till/module.h>

#define DESCRIPTOR_INSTANCE_MAX (1024 * 1024) /* octets of instance_size */
#define DESCRIPTOR_SETTINGS_MAX 64

/* What the note says of ABI, facilities and capabilities: can this
 * server use it?  Checked before any code of the module runs. */
int note_check(const struct till_note *, struct till_error *err);

/*
 * Copy the descriptor to *copy_r (zero where the module's is shorter) if
 * it says what the note says, has a function for each facility and none
 * for others, and its settings table is sound.
 */
int descriptor_check(const struct till_module *, const struct till_note *,
    struct till_module *copy_r, struct till_error *err);

/* Octets of a setting's value in the instance, and their alignment; 0
 * for a type that is none. */
size_t setting_size(enum till_setting_type);
size_t setting_align(enum till_setting_type);

#endif
