/*
 * till/setting.h - the settings that a module declares for its lines in
 * till.conf.
 */
#ifndef TILL_SETTING_H
#define TILL_SETTING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Settings: checked and stored by the host before open. */
enum till_setting_type {
	TILL_SET_BOOL = 1, /* int: "yes" or "no" */
	TILL_SET_INT, /* int64_t, low..high */
	TILL_SET_DURATION, /* int64_t milliseconds: "15s", "250ms", "5m" */
	TILL_SET_MONEY, /* struct till_money: "500.00 EUR" */
	TILL_SET_STRING, /* const char *, at most high octets if high > 0 */
	TILL_SET_SECRET_FILE, /* const char *: the content of a file that
		only the server's user can read, trailing newline cut */
	TILL_SET_PATH, /* const char *, absolute */
	TILL_SET_ENUM, /* int: index in names */
	TILL_SET_LIST /* const char *const *, NULL at the end */
};

#define TILL_SETTING_REQUIRED 1u
#define TILL_SETTING_REPEATABLE 2u /* TILL_SET_LIST: one word each time */

struct till_setting {
	const char *name; /* [a-z0-9-]; NULL ends the table */
	enum till_setting_type type;
	uint32_t flags;
	size_t offset; /* of the value in the instance */
	const char *initial; /* as if written in the file; NULL: zero */
	int64_t low, high; /* bounds of INT and DURATION; both 0: none */
	const char *const *names; /* ENUM: ends with NULL */
	const char *help; /* one line */
};

#define TILL_SETTING_END                                                       \
	{                                                                      \
		NULL, TILL_SET_BOOL, 0, 0, NULL, 0, 0, NULL, NULL              \
	}

#ifdef __cplusplus
}
#endif

#endif
