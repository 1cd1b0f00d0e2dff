/*
 * note.c - read a module's ELF note without running any of its code.
 *
 * Nothing in the file is believed: every offset and length is held
 * against what was really read.  The formats are those of the System V
 * ABI, chapters 4 and 5 (ELF header, program header, note section).
 */
#include <sys/stat.h>

#include <assert.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/loader.h"

#define NOTE_FILE_MAX ((off_t)64 * 1024 * 1024) /* octets of one module */
#define NOTE_SEGMENTS_MAX 64 /* program headers of one module */
#define NOTE_OWNER "till"

#if __BYTE_ORDER == __LITTLE_ENDIAN
#define NOTE_ELFDATA ELFDATA2LSB
#else
#define NOTE_ELFDATA ELFDATA2MSB
#endif
#define NOTE_ELFCLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)

/* The machine that this program is for; EM_NONE: not known here, and not
 * compared. */
#if defined(__x86_64__)
#define NOTE_MACHINE EM_X86_64
#elif defined(__i386__)
#define NOTE_MACHINE EM_386
#elif defined(__aarch64__)
#define NOTE_MACHINE EM_AARCH64
#elif defined(__arm__)
#define NOTE_MACHINE EM_ARM
#elif defined(__riscv)
#define NOTE_MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define NOTE_MACHINE EM_PPC64
#elif defined(__s390x__)
#define NOTE_MACHINE EM_S390
#else
#define NOTE_MACHINE EM_NONE
#endif

static int head_parse(const unsigned char *, size_t, ElfW(Ehdr) *,
    struct till_error *);
static int segment_parse(const unsigned char *, size_t, size_t align,
    bool *found, struct till_note *, struct till_error *);
static int take(const unsigned char *, size_t, struct till_note *,
    struct till_error *);
static bool word_ok(const char *, size_t size, const char *more);
static size_t padded(size_t, size_t align);
static int read_all(int fd, unsigned char *, size_t, struct till_error *);

int
note_read(int fd, struct till_note *note_r, struct till_error *err)
{
	unsigned char *file = NULL;
	struct stat st;
	int r = -1;

	if (fstat(fd, &st) == -1)
		return till_fail(err, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return till_fail(err, "is not a regular file");
	if (st.st_size <= 0 || st.st_size > NOTE_FILE_MAX)
		return till_fail(err, "is empty or too large for a module");
	file = malloc((size_t)st.st_size);
	if (file == NULL)
		return till_fail(err, "out of memory");
	if (read_all(fd, file, (size_t)st.st_size, err) == -1)
		goto out;
	r = note_parse(file, (size_t)st.st_size, note_r, err);
out:
	free(file);
	return r;
}

int
note_parse(const void *file, size_t len, struct till_note *note_r,
    struct till_error *err)
{
	const unsigned char *octets = file;
	struct till_note note;
	ElfW(Ehdr) head;
	ElfW(Phdr) segment;
	bool found = false;
	size_t i;

	memset(&note, 0, sizeof(note));
	if (head_parse(octets, len, &head, err) == -1)
		return -1;
	for (i = 0; i < head.e_phnum; i++) {
		memcpy(&segment, octets + head.e_phoff + i * sizeof(segment),
		    sizeof(segment));
		/* The loader of programs believes these: it would run into
		 * the missing pages. */
		if ((segment.p_type == PT_NOTE || segment.p_type == PT_LOAD) &&
		    (segment.p_offset > len ||
			segment.p_filesz > len - segment.p_offset))
			return till_fail(err, "is cut short");
		if (segment.p_type != PT_NOTE)
			continue;
		if (segment_parse(octets + segment.p_offset, segment.p_filesz,
			segment.p_align == 8 ? 8 : 4, &found, &note, err) == -1)
			return -1;
	}
	if (!found)
		return till_fail(err, "is no till module: it has no till note");
	*note_r = note;
	return 0;
}

/* A shared object of this machine's class and order of octets; *head_r's
 * program headers lie within the file. */
static int
head_parse(const unsigned char *octets, size_t len, ElfW(Ehdr) * head_r,
    struct till_error *err)
{
	if (len < sizeof(*head_r) || memcmp(octets, ELFMAG, SELFMAG) != 0)
		return till_fail(err, "is not an ELF file");
	memcpy(head_r, octets, sizeof(*head_r));
	if (head_r->e_ident[EI_CLASS] != NOTE_ELFCLASS ||
	    head_r->e_ident[EI_DATA] != NOTE_ELFDATA)
		return till_fail(err, "is for another kind of machine");
	if (NOTE_MACHINE != EM_NONE && head_r->e_machine != NOTE_MACHINE)
		return till_fail(err,
		    "is for another kind of machine (ELF machine %u, here it "
		    "is %u)",
		    (unsigned int)head_r->e_machine,
		    (unsigned int)NOTE_MACHINE);
	if (head_r->e_type != ET_DYN)
		return till_fail(err, "is not a shared object");
	if (head_r->e_phentsize != sizeof(ElfW(Phdr)) || head_r->e_phnum == 0 ||
	    head_r->e_phnum > NOTE_SEGMENTS_MAX)
		return till_fail(err, "has no sound program headers");
	if (head_r->e_phoff > len ||
	    head_r->e_phnum * sizeof(ElfW(Phdr)) > len - head_r->e_phoff)
		return till_fail(err, "is cut short: no program headers");
	return 0;
}

static int
segment_parse(const unsigned char *at, size_t len, size_t align, bool *found,
    struct till_note *note, struct till_error *err)
{
	ElfW(Nhdr) head;
	size_t name, desc;

	while (len >= sizeof(head)) {
		memcpy(&head, at, sizeof(head));
		at += sizeof(head);
		len -= sizeof(head);
		name = padded(head.n_namesz, align);
		if (name > len)
			return till_fail(err, "has a note that is cut short");
		desc = padded(head.n_descsz, align);
		if (head.n_descsz > len - name)
			return till_fail(err, "has a note that is cut short");
		if (desc > len - name)
			desc = len - name; /* the last may lack its padding */
		if (head.n_namesz == sizeof(NOTE_OWNER) &&
		    memcmp(at, NOTE_OWNER, sizeof(NOTE_OWNER)) == 0 &&
		    head.n_type == TILL_NOTE_TYPE) {
			if (*found)
				return till_fail(err, "has two till notes");
			if (take(at + name, head.n_descsz, note, err) == -1)
				return -1;
			*found = true;
		}
		at += name + desc;
		len -= name + desc;
	}
	return 0;
}

/* Later minor versions may have appended to the note. */
static int
take(const unsigned char *desc, size_t len, struct till_note *note,
    struct till_error *err)
{
	if (len < sizeof(*note))
		return till_fail(err, "its till note is cut short");
	memcpy(note, desc, sizeof(*note));
	if (!word_ok(note->name, sizeof(note->name), "_"))
		return till_fail(err, "its till note has no proper name");
	if (!word_ok(note->version, sizeof(note->version), ".+~-_"))
		return till_fail(err, "its till note has no proper version");
	return 0;
}

/* Lower case letters, digits and those of more, with a NUL within size. */
static bool
word_ok(const char *word, size_t size, const char *more)
{
	size_t i;

	for (i = 0; i < size && word[i] != '\0'; i++) {
		if (!(word[i] >= 'a' && word[i] <= 'z') &&
		    !(word[i] >= '0' && word[i] <= '9') &&
		    strchr(more, word[i]) == NULL)
			return false;
	}
	return i > 0 && i < size;
}

static size_t
padded(size_t n, size_t align)
{
	assert(align == 4 || align == 8);
	return (n + align - 1) & ~(align - 1);
}

static int
read_all(int fd, unsigned char *buf, size_t len, struct till_error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, buf + done, len - done, (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return till_fail(err, "%s", strerror(errno));
		if (n == 0)
			return till_fail(err, "shrank while it was read");
		done += (size_t)n;
	}
	return 0;
}
