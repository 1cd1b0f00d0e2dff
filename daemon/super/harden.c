/*
 * harden.c - what every process of tilld gives up.
 *
 * A core file or a debugger of the same user would show keys and
 * passwords.  The sanitizers need to look at their own process, so where
 * they are compiled in it stays open to them.
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include "super/harden.h"
#include "super/sanitized.h"

void
harden(void)
{
	const struct rlimit none = { 0, 0 };
	struct rlimit files;

	(void)setrlimit(RLIMIT_CORE, &none);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!SANITIZED)
		(void)prctl(PR_SET_DUMPABLE, 0);
}
