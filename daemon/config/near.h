/*
 * near.h - the word that was probably meant.
 */
#ifndef CONFIG_NEAR_H
#define CONFIG_NEAR_H

#define NEAR_MAX 64 /* octets of the words that are compared */

/* That one of words (ends with NULL) which is nearest to what was
 * written, or NULL if none is near enough to be meant. */
const char *nearest(const char *written, const char *const *words);

#endif
