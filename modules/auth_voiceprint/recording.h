/*
 * recording.h - is this a recording that somebody could judge?
 *
 * A recording is signed 16-bit samples, little-endian, one channel, 16,000
 * a second, without a head: 32 octets a millisecond.  What is said here is
 * about its form and whether there is any sound in it; nothing about whose
 * voice it is.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include <till/module.h>

#define RECORDING_RATE 16000 /* samples a second */
#define RECORDING_MIN (RECORDING_RATE / 2 * 2) /* octets: half a second */
#define RECORDING_MAX (RECORDING_RATE * 3 / 2 * 2) /* one and a half */
#define RECORDING_FORMAT "pcm-s16le-16000"

enum recording {
	RECORDING_UNJUDGED = 0,
	RECORDING_USABLE,
	RECORDING_SHORT, /* or none at all */
	RECORDING_LONG,
	RECORDING_ODD, /* half a sample at its end */
	RECORDING_WRAPPED, /* a sound file: WAV, Ogg, FLAC, WebM */
	RECORDING_SILENT
};

enum recording recording_judge(struct till_bytes);

#endif
