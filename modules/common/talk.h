/*
 * talk.h - ask a program that speaks JSON in lines.
 *
 * doc/module-protocol.md says how programs must answer.
 */
#ifndef COMMON_TALK_H
#define COMMON_TALK_H

#include <stdint.h>

#include <jansson.h>

#include "common/line.h"
#include "common/pool.h"

#define TALK_PROTOCOL 1
#define TALK_ANSWER_MAX 65536 /* octets of one answer, with its newline */

enum talk_end {
	TALK_ANSWERED = 1,
	TALK_NOT_SENT, /* nothing of the request has left */
	TALK_LOST /* it has, and no proper answer came */
};

/*
 * Send a request (an object that has no "id") to one of a pool's programs
 * and wait for the answer until until_ms of child_clock_ms.  A program
 * that has just started is greeted first, with the facility's name.
 * *answer_r is an object, freed with json_decref; *err says what else.
 */
enum talk_end talk_ask(struct pool *, const char *facility,
    const struct line *request, int64_t until_ms, json_t **answer_r,
    struct till_error *err);

/* A member that is a string of less than size octets without a NUL in
 * it, or, where it may be left out, "".  NULL if it is not that. */
const char *talk_text(const json_t *object, const char *name, size_t size);
/* A whole number within the bounds, initial if left out; -1 if not. */
int talk_int(const json_t *object, const char *name, int64_t low, int64_t high,
    int64_t initial, int64_t *number_r);

/* Words of till.conf for results; ends with a NULL name. */
struct talk_word {
	const char *name;
	enum till_result result;
};
/* The "result" of an answer; -1 if it has none that is in words. */
int talk_result(const json_t *answer, const struct talk_word *words);

#endif
