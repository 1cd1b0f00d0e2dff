/*
 * words.h - what a note's bits mean, in words.
 */
#ifndef KIT_WORDS_H
#define KIT_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include <till/module.h>

struct kit_word {
	uint32_t bit;
	const char *name, *meaning;
};

/* Each ends with a name of NULL. */
extern const struct kit_word kit_facilities[];
extern const struct kit_word kit_caps[];

const char *kit_setting_type(enum till_setting_type);

/* Memory that child processes share; NULL: there is none. */
void *kit_shared_new(size_t size);
void kit_shared_free(void *, size_t size); /* NULL is fine */

#endif
