/*
 * test_note.c - a module's note is read from a sound file, and any other
 * file is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/descriptor.h"
#include "support/owner.h"

#define NOTE_AT (sizeof(ElfW(Ehdr)) + 2 * sizeof(ElfW(Phdr)))

/* The smallest file that has what is looked at: a program header for a
 * foreign note and for ours, and one more that nobody cares for. */
struct file {
	ElfW(Ehdr) head;
	ElfW(Phdr) segments[2];
	struct till_note_section foreign, own;
};

static struct file sound;
static struct till_error err;

/* That of this very program. */
static ElfW(Half) machine(void)
{
	FILE *own = fopen("/proc/self/exe", "r");
	ElfW(Ehdr) head;

	assert_non_null(own);
	assert_int_equal(fread(&head, sizeof(head), 1, own), 1);
	(void)fclose(own);
	return head.e_machine;
}

static int
setup(void **state)
{
	struct file *f = &sound;

	(void)state;
	memset(f, 0, sizeof(*f));
	memcpy(f->head.e_ident, ELFMAG, SELFMAG);
	f->head.e_ident[EI_CLASS] =
	    sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
	f->head.e_ident[EI_DATA] =
	    *(const unsigned char *)&(const int){ 1 } == 1 ? ELFDATA2LSB
							   : ELFDATA2MSB;
	f->head.e_type = ET_DYN;
	f->head.e_machine = machine();
	f->head.e_phoff = offsetof(struct file, segments);
	f->head.e_phentsize = sizeof(ElfW(Phdr));
	f->head.e_phnum = 2;
	f->segments[0].p_type = PT_LOAD;
	f->segments[0].p_filesz = sizeof(*f);
	f->segments[1].p_type = PT_NOTE;
	f->segments[1].p_offset = offsetof(struct file, foreign);
	f->segments[1].p_filesz = 2 * sizeof(struct till_note_section);
	f->segments[1].p_align = 4;
	f->own =
	    (struct till_note_section){ 5, sizeof(struct till_note), 1, "till",
		    { 1, 0, TILL_POLICY, TILL_CAP_PURE, "policy_x", "1.0" } };
	f->foreign = f->own;
	memcpy(f->foreign.owner, "GNU\0\0", 5);
	return 0;
}

static int
parse(const struct file *file, size_t len, struct till_note *note)
{
	unsigned char *octets = malloc(len + 1);
	int r;

	assert_non_null(octets);
	memcpy(octets, file, len);
	/* Exactly as large as the file, so that a read beyond it shows. */
	octets = realloc(octets, len > 0 ? len : 1);
	assert_non_null(octets);
	r = note_parse(octets, len, note, &err);
	free(octets);
	return r;
}

static void
test_sound_note_is_read(void **state)
{
	struct till_note note;

	(void)state;
	assert_int_equal(parse(&sound, sizeof(sound), &note), 0);
	assert_string_equal(note.name, "policy_x");
	assert_string_equal(note.version, "1.0");
	assert_int_equal(note.facilities, TILL_POLICY);
	assert_int_equal(note.caps, TILL_CAP_PURE);
}

static void
test_every_shorter_file_is_refused(void **state)
{
	struct till_note note;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(sound); len++)
		assert_int_equal(parse(&sound, len, &note), -1);
}

/* One member changed, and what is said of it. */
static void
refused(const struct file *file, const char *why)
{
	struct till_note note;

	assert_int_equal(parse(file, sizeof(*file), &note), -1);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, why);
}

#define REFUSED(member, value, why)                                            \
	do {                                                                   \
		struct file f = sound;                                         \
		f.member = (value);                                            \
		refused(&f, (why));                                            \
	} while (0)

static void
test_each_wrong_member_is_named(void **state)
{
	struct file changed;

	(void)state;
	REFUSED(head.e_ident[0], 'E', "not an ELF file");
	REFUSED(head.e_ident[EI_CLASS], ELFCLASSNONE,
	    "another kind of machine");
	REFUSED(head.e_ident[EI_DATA], ELFDATANONE, "another kind of machine");
	REFUSED(head.e_machine, 0xcafe, "another kind of machine");
	REFUSED(head.e_type, ET_EXEC, "not a shared object");
	REFUSED(head.e_type, ET_REL, "not a shared object");
	REFUSED(head.e_phnum, 0, "program headers");
	REFUSED(head.e_phnum, PN_XNUM, "program headers");
	REFUSED(head.e_phnum, 60, "program headers");
	REFUSED(head.e_phentsize, 8, "program headers");
	REFUSED(head.e_phoff, sizeof(sound), "program headers");
	REFUSED(head.e_phoff, (ElfW(Off)) - 1, "program headers");
	REFUSED(segments[0].p_filesz, sizeof(sound) + 1, "cut short");
	REFUSED(segments[0].p_offset, (ElfW(Off)) - 8, "cut short");
	REFUSED(segments[1].p_offset, sizeof(sound) + 1, "cut short");
	REFUSED(segments[1].p_filesz, (ElfW(Xword)) - 1, "cut short");
	REFUSED(segments[1].p_type, PT_NULL, "no till note");
	REFUSED(own.owner[0], 'T', "no till note");
	REFUSED(own.type, 2, "no till note");
	REFUSED(own.owner_size, 0xffffffff, "cut short");
	REFUSED(own.note_size, 0xffffffff, "cut short");
	REFUSED(own.note_size, sizeof(struct till_note) + 4, "cut short");
	REFUSED(own.note_size, 8, "cut short");
	REFUSED(foreign.note_size, 0xfffffffd, "cut short");
	REFUSED(own.note.name[0], '\0', "proper name");
	REFUSED(own.note.name[3], '/', "proper name");
	REFUSED(own.note.version[0], '\0', "proper version");
	REFUSED(own.note.version[0], '\n', "proper version");
	changed = sound;
	memset(changed.own.note.name, 'x', sizeof(changed.own.note.name));
	refused(&changed, "proper name");
	changed = sound;
	changed.foreign = changed.own;
	refused(&changed, "two till notes");
}

/* What later minor versions append to the note is passed over. */
static void
test_longer_note_is_read(void **state)
{
	struct {
		struct file file;
		uint32_t more[2];
	} longer = { sound, { 0 } };
	struct till_note note;

	(void)state;
	longer.file.own.note_size += sizeof(longer.more);
	longer.file.segments[1].p_filesz += sizeof(longer.more);
	assert_int_equal(note_parse(&longer, sizeof(longer), &note, &err), 0);
	assert_string_equal(note.name, "policy_x");
}

static void
test_facilities_and_abi_must_fit(void **state)
{
	static const struct {
		struct till_note note;
		const char *why;
	} cases[] = {
		{ { 1, 0, TILL_POLICY, TILL_CAP_PURE, "", "" }, NULL },
		{ { 1, 0, TILL_SETTLE, TILL_CAP_ASYNC | TILL_CAP_QUERY, "",
		      "" },
		    NULL },
		{ { 2, 0, TILL_POLICY, 0, "", "" },
		    "built for module ABI 2.0" },
		{ { 0, 0, TILL_POLICY, 0, "", "" },
		    "built for module ABI 0.0" },
		{ { 1, TILL_ABI_MINOR + 1, TILL_POLICY, 0, "", "" },
		    "needs module ABI 1.3" },
		{ { 1, 0, 0, 0, "", "" }, "no known facility" },
		{ { 1, 0, 16 | TILL_AUTH, 0, "", "" }, "no known facility" },
		{ { 1, 0, TILL_POLICY, TILL_CAP_SESSION, "", "" },
		    "do not go with" },
		{ { 1, 0, TILL_AUTH, TILL_CAP_LEDGER, "", "" },
		    "do not go with" },
		{ { 1, 0, TILL_NOTIFY, 1u << 31, "", "" }, "do not go with" },
		{ { 1, 0, TILL_SETTLE, TILL_CAP_ASYNC | TILL_CAP_LEDGER, "",
		      "" },
		    "LEDGER" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].why == NULL) {
			assert_int_equal(note_check(&cases[i].note, &err), 0);
			continue;
		}
		assert_int_equal(note_check(&cases[i].note, &err), -1);
		if (strstr(err.text, cases[i].why) == NULL)
			fail_msg("'%s' does not say '%s'", err.text,
			    cases[i].why);
	}
}

static void
test_real_module_survives_every_flip(void **state)
{
	static unsigned char octets[512 * 1024];
	struct till_note note;
	char path[600];
	size_t len, i;
	ssize_t n;
	int fd;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/modules/settle_wallet.so",
	    build_dir());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd != -1);
	assert_int_equal(note_read(fd, &note, &err), 0);
	assert_string_equal(note.name, "settle_wallet");
	n = read(fd, octets, sizeof(octets));
	assert_true(n > 4096 && (size_t)n < sizeof(octets));
	len = (size_t)n;
	for (i = 0; i < 4096 * 8; i++) {
		octets[i / 8] ^= (unsigned char)(1 << i % 8);
		(void)note_parse(octets, len, &note, &err);
		octets[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	assert_int_equal(note_parse(octets, len, &note, &err), 0);
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound_note_is_read),
		cmocka_unit_test(test_every_shorter_file_is_refused),
		cmocka_unit_test(test_each_wrong_member_is_named),
		cmocka_unit_test(test_longer_note_is_read),
		cmocka_unit_test(test_facilities_and_abi_must_fit),
		cmocka_unit_test(test_real_module_survives_every_flip),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
