/*
 * eager - runs code as soon as it is loaded, and says in its note that
 * it is built for another ABI: it must never get that far.
 *
 * The constructor leaves a file behind whose name is in EAGER_MARK.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <till/module.h>

static enum till_result eager_policy(const struct till_host *,
    struct till_context *, const void *);

__attribute__((used, aligned(4),
    section(".note.till"))) static const struct till_note_section note = { 5,
	(uint32_t)sizeof(struct till_note), TILL_NOTE_TYPE, "till",
	{ TILL_ABI_MAJOR + 1, 0, TILL_POLICY, 0, "eager", "1.0" } };

const struct till_module till_module_v1 = {
	TILL_MODULE_HEAD("eager", "1.0", TILL_POLICY, 0),
	.policy = eager_policy,
};

__attribute__((constructor)) static void
leave_mark(void)
{
	const char *mark = getenv("EAGER_MARK");
	int fd;

	if (mark == NULL)
		return;
	fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd != -1)
		(void)close(fd);
}

static enum till_result
eager_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	(void)host;
	(void)ctx;
	(void)self;
	return TILL_ALLOW;
}
