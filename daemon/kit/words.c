/*
 * words.c - what a note's bits mean, in words.
 */
#include <sys/mman.h>

#include "kit/words.h"

const struct kit_word kit_facilities[] = {
	{ TILL_POLICY, "policy", "says whether an order may be paid" },
	{ TILL_AUTH, "auth", "says who the customer is" },
	{ TILL_SETTLE, "settle", "moves the money" },
	{ TILL_NOTIFY, "notify", "is told what happened" },
	{ 0, NULL, NULL },
};

const struct kit_word kit_caps[] = {
	{ TILL_CAP_ASYNC, "async", "may answer a settlement later" },
	{ TILL_CAP_THREADSAFE, "threadsafe",
	    "may be called by several threads at one time" },
	{ TILL_CAP_HOLD, "hold", "holds money, then commits or releases it" },
	{ TILL_CAP_REVERSE, "reverse", "gives back what was charged" },
	{ TILL_CAP_QUERY, "query", "tells what became of a settlement" },
	{ TILL_CAP_IDEMPOTENT, "idempotent",
	    "same key, same outcome, for ever" },
	{ TILL_CAP_MOCK, "mock", "for tests: needs tilld --allow-mock" },
	{ TILL_CAP_LEDGER, "ledger",
	    "moves nothing but the postings it proposes" },
	{ TILL_CAP_SESSION, "session",
	    "its grant may be remembered in the customer's session" },
	{ TILL_CAP_SLOW, "slow", "a call may take much time" },
	{ TILL_CAP_PURE, "pure", "asking has no effect, so explain may ask" },
	{ TILL_CAP_ABSTAINS, "abstains", "never grants" },
	{ TILL_CAP_SIGNED, "signed", "wants events as signed tokens" },
	{ TILL_CAP_BANK, "bank", "is given the payer's bank identity" },
	{ 0, NULL, NULL },
};

const char *
kit_setting_type(enum till_setting_type type)
{
	switch (type) {
	case TILL_SET_BOOL:
		return "yes/no";
	case TILL_SET_INT:
		return "number";
	case TILL_SET_DURATION:
		return "duration";
	case TILL_SET_MONEY:
		return "money";
	case TILL_SET_STRING:
		return "text";
	case TILL_SET_SECRET_FILE:
		return "secret-file";
	case TILL_SET_PATH:
		return "path";
	case TILL_SET_ENUM:
		return "word";
	case TILL_SET_LIST:
		return "list";
	}
	return "unknown";
}

void *
kit_shared_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void
kit_shared_free(void *memory, size_t size)
{
	if (memory != NULL)
		(void)munmap(memory, size);
}
