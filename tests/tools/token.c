/*
 * token.c - keys, tickets and vouchers for scripts and for other
 * libraries to be tried against.
 *
 *	token key ES256|Ed25519		a new private key, as PEM
 *	token jwk			PEM in, public JWK out
 *	token id			JWK in, its thumbprint out
 *	token ticket KEY.pem AUD JTI NOW
 *					a ticket of merchant "shop" for 0.05
 *					EUR, out
 *	token open KEYS.json AUD NOW	a ticket in, its claims out
 *	token voucher KEYS.json SERVER.pem NOW
 *					a ticket in, the voucher for it out
 *	token refuse KEYS.json SERVER.pem NOW REASON
 *					the same, a refusal
 *	token check SHOP.pem KEYS.json TICKETFILE NOW
 *					a voucher in, what it is worth out
 *	token event SERVER.pem SEQ NOW	an event for merchant "shop", out
 *	token judge SHOP.pem KEYS.json LAST NOW
 *					an event in, what it is out
 *
 * Exit status 1 and the reason on standard error for what is refused.
 * KEYS.json is a JWK set.  Claims are printed as NAME=VALUE, one a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <till/merchant.h>

#define INPUT_MAX 65536
#define LIFETIME 900

struct input {
	size_t len;
	char text[INPUT_MAX];
};

static int cmd_key(char **);
static int cmd_jwk(char **);
static int cmd_id(char **);
static int cmd_ticket(char **);
static int cmd_open(char **);
static int cmd_voucher(char **);
static int cmd_refuse(char **);
static int cmd_check(char **);
static int cmd_event(char **);
static int cmd_judge(char **);

static const struct {
	const char *name;
	int args;
	int (*run)(char **);
} commands[] = {
	{ "key", 1, cmd_key },
	{ "jwk", 0, cmd_jwk },
	{ "id", 0, cmd_id },
	{ "ticket", 4, cmd_ticket },
	{ "open", 3, cmd_open },
	{ "voucher", 3, cmd_voucher },
	{ "refuse", 4, cmd_refuse },
	{ "check", 4, cmd_check },
	{ "event", 3, cmd_event },
	{ "judge", 4, cmd_judge },
};

static struct till_error err;

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (argc != commands[i].args + 2 ||
		    strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (commands[i].run(argv + 2) == 0)
			return fflush(stdout) == 0 ? 0 : 1;
		(void)fprintf(stderr, "token: %s\n", err.text);
		return 1;
	}
	(void)fprintf(stderr, "usage: see the head of tests/tools/token.c\n");
	return 64;
}

static int
read_all(FILE *file, struct input *input)
{
	input->len = fread(input->text, 1, sizeof(input->text) - 1, file);
	input->text[input->len] = '\0';
	if (ferror(file) || !feof(file))
		return till_fail(&err, "the input cannot be read");
	return 0;
}

/* Standard input, without the line end that echo puts behind a token. */
static int
read_token(struct input *input)
{
	if (read_all(stdin, input) == -1)
		return -1;
	if (input->len > 0 && input->text[input->len - 1] == '\n')
		input->text[--input->len] = '\0';
	return 0;
}

static int
read_file(const char *path, struct input *input)
{
	FILE *file = fopen(path, "re");
	int r;

	if (file == NULL)
		return till_fail(&err, "%s cannot be opened", path);
	r = read_all(file, input);
	(void)fclose(file);
	return r;
}

static int
load_key(const char *path, struct till_key **key_r)
{
	static struct input input;

	if (read_file(path, &input) == -1)
		return -1;
	return till_key_from_pem(input.text, input.len, key_r, &err);
}

static int
load_set(const char *path, struct till_keyset **set_r)
{
	static struct input input;

	if (read_file(path, &input) == -1)
		return -1;
	return till_keyset_from_json(input.text, input.len, set_r, &err);
}

static int
cmd_key(char **args)
{
	struct till_key *key = NULL;
	char *pem = NULL;
	int r = -1;

	if (till_key_generate(till_alg_from_name(args[0]), &key, &err) == 0 &&
	    till_key_pem(key, &pem, &err) == 0) {
		(void)fputs(pem, stdout);
		r = 0;
	}
	till_key_pem_free(pem);
	till_key_free(key);
	return r;
}

static int
cmd_jwk(char **args)
{
	static struct input input;
	struct till_key *key = NULL;
	char *jwk = NULL;
	int r = -1;

	(void)args;
	if (read_all(stdin, &input) == 0 &&
	    till_key_from_pem(input.text, input.len, &key, &err) == 0 &&
	    till_key_jwk(key, &jwk, &err) == 0) {
		(void)puts(jwk);
		r = 0;
	}
	free(jwk);
	till_key_free(key);
	return r;
}

static int
cmd_id(char **args)
{
	static struct input input;
	struct till_key *key = NULL;

	(void)args;
	if (read_token(&input) == -1 ||
	    till_key_from_jwk(input.text, input.len, &key, &err) == -1)
		return -1;
	(void)puts(till_key_id(key));
	till_key_free(key);
	return 0;
}

static int
cmd_ticket(char **args)
{
	struct till_ticket ticket = { .iss = "shop",
		.aud = args[1],
		.jti = args[2],
		.iat = strtoll(args[3], NULL, 10),
		.kind = TILL_KIND_SINGLE,
		.oid = "song-17",
		.desc = "Ein Lied f\xc3\xbcr \"Elise\"",
		.amount = { 50000, "EUR" },
		.ret = "https://shop.example/voucher" };
	struct till_key *key = NULL;
	char *token = NULL;
	int r = -1;

	ticket.exp = ticket.iat + LIFETIME;
	if (load_key(args[0], &key) == 0 &&
	    till_ticket_sign(&ticket, key, &token, &err) == 0) {
		(void)puts(token);
		r = 0;
	}
	free(token);
	till_key_free(key);
	return r;
}

static int
ticket_valid(const struct till_ticket *ticket, const char *aud, int64_t now)
{
	switch (till_ticket_valid(ticket, aud, now, TILL_LIFETIME_MAX)) {
	case TILL_VALID:
		return 0;
	case TILL_WRONG_AUDIENCE:
		return till_fail(&err, "wrong audience");
	case TILL_NOT_YET:
		return till_fail(&err, "not yet valid");
	case TILL_EXPIRED:
		return till_fail(&err, "expired");
	case TILL_TOO_LONG:
		return till_fail(&err, "valid for too long");
	case TILL_VALIDITY_NONE:
		break;
	}
	return till_fail(&err, "no verdict");
}

static int
open_ticket(const char *keys, struct till_ticket **ticket_r)
{
	static struct input input;
	struct till_keyset *set = NULL;
	int r = -1;

	if (read_token(&input) == 0 && load_set(keys, &set) == 0)
		r = till_ticket_open(input.text, input.len, till_keyset_find,
		    set, ticket_r, &err);
	till_keyset_free(set);
	return r;
}

static int
cmd_open(char **args)
{
	struct till_ticket *ticket = NULL;
	char amount[TILL_MONEY_MAX];

	if (open_ticket(args[0], &ticket) == -1)
		return -1;
	if (ticket_valid(ticket, args[1], strtoll(args[2], NULL, 10)) == -1) {
		till_ticket_free(ticket);
		return -1;
	}
	(void)printf("iss=%s\njti=%s\nkind=%s\noid=%s\ndesc=%s\n", ticket->iss,
	    ticket->jti, till_kind_name(ticket->kind), ticket->oid,
	    ticket->desc);
	(void)printf("amount=%s\ncurrency=%s\nitems=%zu\nth=%s\n",
	    till_money_print(&ticket->amount, amount), ticket->amount.currency,
	    ticket->items_len, ticket->th);
	till_ticket_free(ticket);
	return 0;
}

/* What both kinds of answer say about the ticket. */
static struct till_voucher
answer_to(const struct till_ticket *ticket, int64_t now)
{
	return (struct till_voucher){ .type = TILL_VOUCHER_PAID,
		.iss = ticket->aud,
		.aud = ticket->iss,
		.jti = "voucher-1",
		.iat = now,
		.exp = now + TILL_VOUCHER_LIFETIME,
		.tjti = ticket->jti,
		.th = ticket->th,
		.oid = ticket->oid,
		.kind = ticket->kind,
		.sub = "3qF0T2Yk0s8b9c1mJ7hVxg",
		.cid = ticket->cid,
		.amr = { "pwd" },
		.amr_len = 1,
		.auth_time = now };
}

static int
print_voucher(const struct till_voucher *voucher, const char *key_path)
{
	struct till_key *key = NULL;
	char *token = NULL;
	int r = -1;

	if (load_key(key_path, &key) == 0 &&
	    till_voucher_sign(voucher, key, &token, &err) == 0) {
		(void)puts(token);
		r = 0;
	}
	free(token);
	till_key_free(key);
	return r;
}

static int
cmd_voucher(char **args)
{
	struct till_ticket *ticket = NULL;
	struct till_voucher voucher;
	int r;

	if (open_ticket(args[0], &ticket) == -1)
		return -1;
	voucher = answer_to(ticket, strtoll(args[2], NULL, 10));
	voucher.txn = 1;
	voucher.amount = ticket->amount;
	voucher.vat = ticket->vat;
	voucher.vat_len = ticket->vat_len;
	voucher.via = "wallet";
	if (ticket->kind == TILL_KIND_IDENTITY) {
		voucher.type = TILL_VOUCHER_IDENTITY;
		voucher.via = NULL;
	}
	r = print_voucher(&voucher, args[1]);
	till_ticket_free(ticket);
	return r;
}

static int
cmd_refuse(char **args)
{
	struct till_ticket *ticket = NULL;
	struct till_voucher voucher;
	int r;

	if (open_ticket(args[0], &ticket) == -1)
		return -1;
	voucher = answer_to(ticket, strtoll(args[2], NULL, 10));
	voucher.type = TILL_VOUCHER_REFUSAL;
	voucher.reason = till_reason_from_name(args[3]);
	r = print_voucher(&voucher, args[1]);
	till_ticket_free(ticket);
	return r;
}

static int
print_answer(enum till_merchant_answer answer,
    const struct till_voucher *voucher)
{
	switch (answer) {
	case TILL_MERCHANT_PAID:
		(void)printf("paid %llu\n", (unsigned long long)voucher->txn);
		return 0;
	case TILL_MERCHANT_IDENTIFIED:
		(void)printf("identified %s\n", voucher->sub);
		return 0;
	case TILL_MERCHANT_REFUSED:
		(void)printf("refused %s\n", till_reason_name(voucher->reason));
		return 0;
	case TILL_MERCHANT_BAD:
	case TILL_MERCHANT_NONE:
		break;
	}
	return -1;
}

static int
open_merchant(const char *key_path, const char *set_path,
    struct till_merchant **merchant_r)
{
	static struct input pem, set;
	struct till_merchant_options options = { .id = "shop",
		.issuer = "https://pay.example",
		.key = pem.text,
		.keyset = set.text };

	if (read_file(key_path, &pem) == -1 || read_file(set_path, &set) == -1)
		return -1;
	options.key_len = pem.len;
	options.keyset_len = set.len;
	return till_merchant_open(&options, merchant_r, &err);
}

/* The merchant is "shop", the payment server https://pay.example. */
static int
cmd_check(char **args)
{
	static struct input ticket, voucher;
	struct till_merchant *merchant = NULL;
	struct till_voucher *opened = NULL;
	enum till_merchant_answer answer;
	int r;

	if (read_file(args[2], &ticket) == -1 || read_token(&voucher) == -1)
		return -1;
	ticket.text[strcspn(ticket.text, "\n")] = '\0';
	if (open_merchant(args[0], args[1], &merchant) == -1)
		return -1;
	answer = till_merchant_check(merchant, ticket.text, voucher.text,
	    strtoll(args[3], NULL, 10), &opened, &err);
	r = print_answer(answer, opened);
	till_voucher_free(opened);
	till_merchant_free(merchant);
	return r;
}

static int
cmd_event(char **args)
{
	struct till_notice notice = { .iss = "https://pay.example",
		.aud = "shop",
		.jti = "event-1",
		.iat = strtoll(args[2], NULL, 10),
		.seq = strtoull(args[1], NULL, 10),
		.type = "voucher.issued",
		.tjti = "sale-1",
		.th = "0123456789012345678901234567890123456789010",
		.kind = TILL_KIND_SINGLE,
		.amount = { 50000, "EUR" },
		.txn = 12,
		.via = "wallet",
		.sub = "3qF0T2Yk0s8b9c1mJ7hVxg" };
	struct till_key *key = NULL;
	char *token = NULL;
	int r = -1;

	if (load_key(args[0], &key) == 0 &&
	    till_notice_sign(&notice, key, &token, &err) == 0) {
		(void)puts(token);
		r = 0;
	}
	free(token);
	till_key_free(key);
	return r;
}

static int
cmd_judge(char **args)
{
	static const char *const words[] = { [TILL_EVENT_NEXT] = "next",
		[TILL_EVENT_AGAIN] = "again",
		[TILL_EVENT_GAP] = "gap" };
	static struct input token;
	struct till_merchant *merchant = NULL;
	struct till_notice *opened = NULL;
	enum till_event_answer answer;

	if (read_token(&token) == -1 ||
	    open_merchant(args[0], args[1], &merchant) == -1)
		return -1;
	answer = till_merchant_event(merchant, token.text, strlen(token.text),
	    strtoull(args[2], NULL, 10), strtoll(args[3], NULL, 10), &opened,
	    &err);
	if (opened != NULL)
		(void)printf("%s %s %llu\n", words[answer], opened->type,
		    (unsigned long long)opened->txn);
	till_notice_free(opened);
	till_merchant_free(merchant);
	return answer == TILL_EVENT_BAD ? -1 : 0;
}
