/*
 * device.h - browsers in which a customer has shown who he is.
 *
 * Such a browser keeps a text that names it: "ID.DAY.MAC", where the MAC
 * of the installation's secret binds the name and the day of its making to
 * one customer.  It opens nothing.  It only keeps the tries of this browser
 * apart from those of everybody else, so that whoever guesses a customer's
 * password does not shut him out.
 */
#ifndef REAR_DEVICE_H
#define REAR_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "rear/mint.h"

#define DEVICE_MAX 64 /* octets of the text, with its NUL */
#define DEVICE_ID_MAX 17 /* base64url of 12 octets, with NUL */
#define DEVICE_DAYS 400 /* as long as browsers keep a cookie at most */
#define DEVICE_RENEW_DAYS 30

/* What a text is worth.  Zero is nothing. */
enum device_worth {
	DEVICE_NONE = 0, /* not ours, not this customer's, or too old */
	DEVICE_OLD, /* known; a newer text of the same name is due */
	DEVICE_KNOWN
};

/* Name a browser: as it was named, or with id "" anew.  -1 if the library
 * fails, as it may without memory or random numbers. */
int device_make(const struct mint *, const char *cid, const char *id,
    int64_t now_s, char device_r[DEVICE_MAX]);

/* id_r is "" for DEVICE_NONE. */
enum device_worth device_look(const struct mint *, const char *cid,
    const char *device, int64_t now_s, char id_r[DEVICE_ID_MAX]);

#endif
