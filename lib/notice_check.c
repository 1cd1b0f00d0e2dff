/*
 * notice_check.c - is this event for me, and is it the next one?
 */
#include <string.h>

#include <till/notice.h>

enum till_event_answer
till_notice_check(const struct till_notice *notice, const char *iss,
    const char *aud, uint64_t last, int64_t now, struct till_error *err)
{
	if (strcmp(notice->iss, iss) != 0) {
		till_fail(err, "iss: is another payment server");
		return TILL_EVENT_BAD;
	}
	if (strcmp(notice->aud, aud) != 0) {
		till_fail(err, "aud: this is for somebody else");
		return TILL_EVENT_BAD;
	}
	if (notice->iat > now + TILL_CLOCK_SKEW) {
		till_fail(err, "iat: lies in the future");
		return TILL_EVENT_BAD;
	}
	if (notice->seq <= last)
		return TILL_EVENT_AGAIN;
	return notice->seq == last + 1 ? TILL_EVENT_NEXT : TILL_EVENT_GAP;
}
