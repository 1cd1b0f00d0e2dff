/*
 * recording.c - length, form and loudness of a recording.
 *
 * Loudness is looked at in windows of 20 ms: the mean distance of a
 * window's samples from their mean.  So a microphone's constant offset is
 * no sound, and one click is not speech.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"

#define WINDOW (RECORDING_RATE / 50) /* samples: 20 ms */
#define LOUD 150 /* of 32767: some 47 dB below the loudest */
#define WINDOWS_MIN 10 /* loud ones: a fifth of a second */

_Static_assert(RECORDING_MAX <= TILL_REPLY_MAX, "a recording is one reply");

static bool is_wrapped(struct till_bytes);
static bool is_loud(const unsigned char *window);
static int32_t sample(const unsigned char *window, size_t i);

enum recording
recording_judge(struct till_bytes pcm)
{
	const size_t windows = pcm.len / 2 / WINDOW;
	unsigned int loud = 0;
	size_t i;

	if (is_wrapped(pcm))
		return RECORDING_WRAPPED;
	if (pcm.len < RECORDING_MIN)
		return RECORDING_SHORT;
	if (pcm.len > RECORDING_MAX)
		return RECORDING_LONG;
	if (pcm.len % 2 != 0)
		return RECORDING_ODD;
	for (i = 0; i < windows; i++)
		loud += is_loud(pcm.data + i * WINDOW * 2) ? 1 : 0;
	return loud < WINDOWS_MIN ? RECORDING_SILENT : RECORDING_USABLE;
}

/* These heads would be two samples that no microphone gives by chance. */
static bool
is_wrapped(struct till_bytes pcm)
{
	static const char *const heads[] = { "RIFF", "OggS", "fLaC",
		"\x1a\x45\xdf\xa3" };
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (pcm.len >= 4 && memcmp(pcm.data, heads[i], 4) == 0)
			return true;
	return false;
}

static bool
is_loud(const unsigned char *window)
{
	int32_t sum = 0, distance = 0, mean;
	size_t i;

	for (i = 0; i < WINDOW; i++)
		sum += sample(window, i);
	mean = sum / WINDOW;
	for (i = 0; i < WINDOW; i++)
		distance += abs(sample(window, i) - mean);
	return distance / WINDOW >= LOUD;
}

static int32_t
sample(const unsigned char *window, size_t i)
{
	const int32_t value = window[2 * i] | window[2 * i + 1] << 8;

	return value > INT16_MAX ? value - 65536 : value;
}
