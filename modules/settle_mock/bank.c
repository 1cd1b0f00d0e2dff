/*
 * bank.c - the memory of settle_mock's bank.
 *
 * A bank does not forget with whom it has dealt because a payment server
 * was killed; so with a journal neither does this one.
 */
#include "settle_mock.h"

#define JOURNAL_LINE_MAX 512
#define NOTE_WORDS 9 /* of a line, after "done" */
#define HEX_MAX (2 * TILL_KEY_SIZE + 1)

static unsigned int bucket_of(const unsigned char *key);
static int restore_line(struct bank *, const char *);
static int words_split(char *, char *[NOTE_WORDS]);
static int number_read(const char *, int64_t *);
static int hex_read(const char *, unsigned char *, size_t);
static unsigned int hex_digit(char);
static void hex_print(const unsigned char *, size_t, char *);
static void end_original(struct bank *, const char *reference);

struct bank *
bank_new(void)
{
	struct bank *bank;

	bank = calloc(1, sizeof(*bank));
	if (bank == NULL)
		return NULL;
	if (pthread_mutex_init(&bank->lock, NULL) != 0) {
		free(bank);
		return NULL;
	}
	return bank;
}

void
bank_free(struct bank *bank)
{
	struct bank_entry *entry;
	size_t i;

	if (bank == NULL)
		return;
	for (i = 0; i < BANK_BUCKETS; i++) {
		while (bank->buckets[i] != NULL) {
			entry = bank->buckets[i];
			bank->buckets[i] = entry->next;
			free(entry);
		}
	}
	(void)pthread_mutex_destroy(&bank->lock);
	free(bank);
}

int
bank_restore(struct bank *bank, const char *journal, struct till_error *err)
{
	char line[JOURNAL_LINE_MAX];
	unsigned int n = 0;
	off_t whole = 0;
	FILE *file;
	int r = 0;

	file = fopen(journal, "re");
	if (file == NULL && errno == ENOENT)
		return 0;
	if (file == NULL)
		return till_fail(err, "%s: %s", journal, strerror(errno));
	while (r == 0 && fgets(line, sizeof(line), file) != NULL) {
		n++;
		if (strchr(line, '\n') == NULL)
			break;
		whole += (off_t)strlen(line);
		if (strncmp(line, "done ", 5) == 0 &&
		    restore_line(bank, line + 5) == -1)
			r = till_fail(err, "%s:%u: is no journal of mine",
			    journal, n);
	}
	(void)fclose(file);
	/* A kill may have cut the last line short: it never was. */
	if (r == 0 && truncate(journal, whole) == -1)
		r = till_fail(err, "%s: %s", journal, strerror(errno));
	return r;
}

struct bank_entry *
bank_find(struct bank *bank, const unsigned char *key)
{
	struct bank_entry *entry = bank->buckets[bucket_of(key)];

	while (entry != NULL && memcmp(entry->key, key, TILL_KEY_SIZE) != 0)
		entry = entry->next;
	return entry;
}

struct bank_entry *
bank_by_reference(struct bank *bank, const char *reference)
{
	struct bank_entry *entry;
	size_t i;

	if (reference == NULL || reference[0] == '\0')
		return NULL;
	for (i = 0; i < BANK_BUCKETS; i++) {
		for (entry = bank->buckets[i]; entry != NULL;
		     entry = entry->next) {
			if (strcmp(entry->reference, reference) == 0)
				return entry;
		}
	}
	return NULL;
}

struct bank_entry *
bank_add(struct bank *bank, const struct till_settlement *s,
    enum till_result result)
{
	struct bank_entry *entry, **bucket = &bank->buckets[bucket_of(s->key)];

	if (bank->len == BANK_ENTRIES_MAX)
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	memcpy(entry->key, s->key, sizeof(entry->key));
	memcpy(entry->digest, s->digest, sizeof(entry->digest));
	entry->verb = s->verb;
	entry->result = result;
	entry->amount = s->amount;
	(void)snprintf(entry->reference, sizeof(entry->reference), "mock-%u",
	    ++bank->len);
	entry->next = *bucket;
	*bucket = entry;
	return entry;
}

int
bank_note(const struct mock *mock, const struct bank_entry *entry,
    const char *original)
{
	char key[HEX_MAX], digest[HEX_MAX];

	hex_print(entry->key, sizeof(entry->key), key);
	hex_print(entry->digest, sizeof(entry->digest), digest);
	return mock_note(mock, "done %s %s %d %lld %s %d %s %s %s", key, digest,
	    (int)entry->verb, (long long)entry->amount.micro,
	    entry->amount.currency, (int)entry->result, entry->reference,
	    entry->code[0] != '\0' ? entry->code : "-",
	    original != NULL && original[0] != '\0' ? original : "-");
}

static unsigned int
bucket_of(const unsigned char *key)
{
	return (key[0] | (unsigned int)key[1] << 8) % BANK_BUCKETS;
}

/* The words of a line as bank_note writes them. */
static int
restore_line(struct bank *bank, const char *text)
{
	char line[JOURNAL_LINE_MAX], *words[NOTE_WORDS];
	struct till_settlement s = { .size = sizeof(s) };
	struct bank_entry *entry;
	int64_t verb, result;

	(void)snprintf(line, sizeof(line), "%s", text);
	if (words_split(line, words) == -1 ||
	    hex_read(words[0], s.key, sizeof(s.key)) == -1 ||
	    hex_read(words[1], s.digest, sizeof(s.digest)) == -1 ||
	    number_read(words[2], &verb) == -1 ||
	    number_read(words[3], &s.amount.micro) == -1 ||
	    number_read(words[5], &result) == -1)
		return -1;
	s.verb = (enum till_verb)verb;
	(void)snprintf(s.amount.currency, sizeof(s.amount.currency), "%s",
	    words[4]);
	entry = bank_add(bank, &s, (enum till_result)result);
	if (entry == NULL)
		return -1;
	(void)snprintf(entry->reference, sizeof(entry->reference), "%s",
	    words[6]);
	if (strcmp(words[7], "-") != 0)
		(void)snprintf(entry->code, sizeof(entry->code), "%s",
		    words[7]);
	if (entry->result != TILL_DECLINED)
		end_original(bank, words[8]);
	return 0;
}

/* Cut a line at its single blanks and its newline; it has NOTE_WORDS
 * words, none of them empty, or is none of ours. */
static int
words_split(char *line, char *words[NOTE_WORDS])
{
	size_t i, len;

	for (i = 0; i < NOTE_WORDS; i++) {
		len = strcspn(line, " \n");
		if (len == 0 || line[len] != (i + 1 < NOTE_WORDS ? ' ' : '\n'))
			return -1;
		words[i] = line;
		line[len] = '\0';
		line += len + 1;
	}
	return *line == '\0' ? 0 : -1;
}

static int
number_read(const char *word, int64_t *number_r)
{
	char *end;

	errno = 0;
	*number_r = strtoll(word, &end, 10);
	return errno == 0 && end != word && *end == '\0' ? 0 : -1;
}

static int
hex_read(const char *text, unsigned char *octets, size_t len)
{
	size_t i;

	if (strlen(text) != 2 * len ||
	    strspn(text, "0123456789abcdef") != 2 * len)
		return -1;
	for (i = 0; i < len; i++)
		octets[i] = (unsigned char)(16 * hex_digit(text[2 * i]) +
		    hex_digit(text[2 * i + 1]));
	return 0;
}

static unsigned int
hex_digit(char c)
{
	return (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void
hex_print(const unsigned char *octets, size_t len, char *text)
{
	size_t i;

	for (i = 0; i < len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", octets[i]);
}

static void
end_original(struct bank *bank, const char *reference)
{
	struct bank_entry *entry = bank_by_reference(bank, reference);

	if (entry != NULL)
		entry->ended = 1;
}
