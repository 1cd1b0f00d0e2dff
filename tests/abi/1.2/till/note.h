/*
 * till/note.h - the ELF note by which a module is known without running it.
 */
#ifndef TILL_NOTE_H
#define TILL_NOTE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_MODULE_NAME_MAX 32 /* with its NUL; [a-z0-9_] */
#define TILL_MODULE_VERSION_MAX 16 /* with its NUL */

/* The ELF note (owner "till", type 1): what a module is can be read
 * before any of its code runs. */
#define TILL_NOTE_TYPE 1u

struct till_note {
	uint16_t abi_major, abi_minor;
	uint32_t facilities, caps;
	char name[TILL_MODULE_NAME_MAX];
	char version[TILL_MODULE_VERSION_MAX];
};

struct till_note_section {
	uint32_t owner_size, note_size, type;
	char owner[8];
	struct till_note note;
};

#ifdef __cplusplus
}
#endif

#endif
