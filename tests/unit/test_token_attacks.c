/*
 * test_token_attacks.c - the tokens of tests/tokens/attacks.txt, each
 * judged as the payment server judges a ticket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/ticket.h>

#include "support/attack.h"
#include "support/token.h"

#define LINE_MAX_LEN 2048
#define ATTACKS_MIN 60 /* the table must not shrink unseen */

static struct attack_keys keys;
static int wrong;

static int
setup(void **state)
{
	(void)state;
	keys.es256 = test_key(TILL_ALG_ES256);
	keys.ed25519 = test_key(TILL_ALG_ED25519);
	keys.other = test_key(TILL_ALG_ES256);
	keys.stranger = test_key(TILL_ALG_ES256);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	till_key_free(keys.es256);
	till_key_free(keys.ed25519);
	till_key_free(keys.other);
	till_key_free(keys.stranger);
	return 0;
}

struct found {
	const char *owner;
};

static const struct till_key *
find(void *arg, const char *kid)
{
	struct found *found = arg;

	if (strcmp(kid, till_key_id(keys.other)) == 0) {
		found->owner = "other";
		return keys.other;
	}
	found->owner = TEST_MERCHANT;
	if (strcmp(kid, till_key_id(keys.es256)) == 0)
		return keys.es256;
	if (strcmp(kid, till_key_id(keys.ed25519)) == 0)
		return keys.ed25519;
	return NULL;
}

static const char *
validity_text(enum till_validity validity)
{
	switch (validity) {
	case TILL_VALID:
		return "accepted";
	case TILL_WRONG_AUDIENCE:
		return "wrong audience";
	case TILL_NOT_YET:
		return "not yet";
	case TILL_EXPIRED:
		return "expired";
	case TILL_TOO_LONG:
		return "too long";
	case TILL_VALIDITY_NONE:
		break;
	}
	return "no verdict";
}

/* What becomes of the token, as text. */
static void
judge(const char *token, size_t len, struct till_error *outcome)
{
	struct till_ticket *ticket = NULL;
	struct found found = { NULL };
	const char *text = NULL;

	if (till_ticket_open(token, len, find, &found, &ticket, outcome) == -1)
		return;
	if (strcmp(ticket->iss, found.owner) != 0)
		text = "the key is another merchant's";
	else
		text = validity_text(till_ticket_valid(ticket, TEST_ISSUER,
		    TEST_NOW, TILL_LIFETIME_MAX));
	(void)till_fail(outcome, "%s", text);
	till_ticket_free(ticket);
}

/* All that is wrong is told in one run. */
static void
complain(int number, const char *name, const char *is, const char *is_not)
{
	print_error("attacks.txt:%d: %s: is %s, not %s\n", number, name, is,
	    is_not);
	wrong++;
}

static bool
try_line(char *line, int number)
{
	struct attack_text *token = calloc(1, sizeof(*token));
	struct till_error outcome;
	struct attack attack;
	char *exact;
	bool accepted;

	assert_non_null(token);
	if (attack_split(line, &attack) == NULL)
		fail_msg("attacks.txt:%d: has not six columns", number);
	attack_make(&attack, &keys, token);
	/* Exactly as long as the token, so that reading past it shows. */
	exact = malloc(token->len > 0 ? token->len : 1);
	assert_non_null(exact);
	memcpy(exact, token->data, token->len);
	judge(exact, token->len, &outcome);
	free(exact);
	free(token);

	accepted = strcmp(outcome.text, "accepted") == 0;
	if (accepted != (strcmp(attack.outcome, "accepted") == 0) ||
	    strstr(outcome.text, attack.outcome) == NULL)
		complain(number, attack.name, outcome.text, attack.outcome);
	if (!till_text_ok(outcome.text, sizeof(outcome.text)))
		complain(number, attack.name, "the reason", "fit for a log");
	return accepted;
}

static void
every_attack_is_refused_for_its_reason(void **state)
{
	const char *src = getenv("TILL_SRC");
	char path[1024], line[LINE_MAX_LEN];
	int number = 0, accepted = 0, refused = 0;
	FILE *file;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/tests/tokens/attacks.txt",
	    src == NULL ? "." : src);
	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("%s: cannot be read", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		number++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (try_line(line, number))
			accepted++;
		else
			refused++;
	}
	(void)fclose(file);
	print_message("%d attacks refused, %d honest tokens accepted\n",
	    refused, accepted);
	assert_int_equal(wrong, 0);
	assert_true(refused >= ATTACKS_MIN && accepted > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_attack_is_refused_for_its_reason),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
