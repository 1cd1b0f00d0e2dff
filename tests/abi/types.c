/*
 * types.c - names every type and every number of till/module.h, so that
 * abidw finds all of the ABI in one object.  The numbers are enumerators
 * here because a macro leaves no trace in an object.
 */
#include <till/module.h>

/* What a binary module was compiled with: none of these may change. */
enum till_abi_number {
	ABI_MAJOR = TILL_ABI_MAJOR,
	ABI_ERROR_MAX = TILL_ERROR_MAX,
	ABI_MICRO = TILL_MICRO,
	ABI_CURRENCY_MAX = TILL_CURRENCY_MAX,
	ABI_NAME_MAX = TILL_MODULE_NAME_MAX,
	ABI_VERSION_MAX = TILL_MODULE_VERSION_MAX,
	ABI_PROMPT_MAX = TILL_PROMPT_MAX,
	ABI_PROMPT_ID_MAX = TILL_PROMPT_ID_MAX,
	ABI_REPLY_MAX = TILL_REPLY_MAX,
	ABI_STATE_MAX = TILL_STATE_MAX,
	ABI_CREDENTIAL_MAX = TILL_CREDENTIAL_MAX,
	ABI_CREDENTIALS_MAX = TILL_CREDENTIALS_MAX,
	ABI_POSTINGS_MAX = TILL_POSTINGS_MAX,
	ABI_ACCOUNT_MAX = TILL_ACCOUNT_MAX,
	ABI_REF_MAX = TILL_REF_MAX,
	ABI_KEY_SIZE = TILL_KEY_SIZE,
	ABI_REQUIRED = TILL_SETTING_REQUIRED,
	ABI_REPEATABLE = TILL_SETTING_REPEATABLE,
	ABI_NOTE_TYPE = TILL_NOTE_TYPE
};

/* Pointers only, so that a longer struct moves nothing here. */
struct till_abi {
	enum till_abi_number number;
	enum till_facility facility;
	enum till_cap cap;
	const struct till_note_section *note;
	const struct till_credential *credential;
	const struct till_module *module;
};

const struct till_abi till_abi __attribute__((visibility("default"))) = {
	.number = ABI_MAJOR,
};
