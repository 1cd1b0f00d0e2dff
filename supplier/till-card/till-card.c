/*
 * till-card.c - the customer's station on the command line: it pays a
 * ticket with a card, a password or a token.
 */
#include <openssl/crypto.h>

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "config.h"
#include "pay.h"
#include "report.h"

#define SECURE_HEAP 262144 /* octets */
#define SECURE_MIN 64
#define STATUS_UNKNOWN 2
#define STATUS_SECRET 3
#define STATUS_CARD 4
#define GO_ON (-1)

enum {
	OPTION_SERVER = 256,
	OPTION_PAYEE,
	OPTION_MAX,
	OPTION_TIMEOUT,
	OPTION_READER,
	OPTION_SLOT,
	OPTION_PKCS11,
	OPTION_TOKEN_LABEL,
	OPTION_LABEL,
	OPTION_ID,
	OPTION_CERTIFICATE,
	OPTION_PIN_FILE,
	OPTION_PASSWORD_FILE,
	OPTION_TOKEN_FILE,
};

struct arguments {
	const char *command;
	const char *ticket;
	struct pay_wish wish;
	bool json;
};

static int take(struct arguments *, int, char **);
static int take_one(struct arguments *, int);
static int take_card(struct arguments *, int);
static int take_secret(struct arguments *, int);
static int take_max(struct arguments *);
static int take_timeout(struct arguments *);
static int take_slot(struct arguments *);
static int wrong(const char *);
static int run(struct arguments *);
static int pay_command(struct arguments *);
static int status_of(enum pay_end);
static int not_written(void);
static int key_command(const struct signer_place *);
static int list_command(const struct signer_place *);
static int complain(int, const struct till_error *);
static void usage(FILE *);

static const struct option options[] = {
	{ "customer", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ "server", required_argument, NULL, OPTION_SERVER },
	{ "payee", required_argument, NULL, OPTION_PAYEE },
	{ "max", required_argument, NULL, OPTION_MAX },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "reader", required_argument, NULL, OPTION_READER },
	{ "slot", required_argument, NULL, OPTION_SLOT },
	{ "pkcs11", required_argument, NULL, OPTION_PKCS11 },
	{ "token-label", required_argument, NULL, OPTION_TOKEN_LABEL },
	{ "label", required_argument, NULL, OPTION_LABEL },
	{ "id", required_argument, NULL, OPTION_ID },
	{ "certificate", no_argument, NULL, OPTION_CERTIFICATE },
	{ "pin-file", required_argument, NULL, OPTION_PIN_FILE },
	{ "password-file", required_argument, NULL, OPTION_PASSWORD_FILE },
	{ "token-file", required_argument, NULL, OPTION_TOKEN_FILE },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

int
main(int argc, char **argv)
{
	struct arguments arguments = { .wish = { .timeout_s = PAY_TIMEOUT_S,
					   .place = { .slot = 0x9a } } };
	int status;

	if (CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_MIN) == 0) {
		(void)fprintf(stderr, "till-card: there is no secure memory\n");
		return EX_OSERR;
	}
	status = take(&arguments, argc, argv);
	return status != GO_ON ? status : run(&arguments);
}

/* GO_ON, else the exit status. */
static int
take(struct arguments *to, int argc, char **argv)
{
	int c, r;

	while ((c = getopt_long(argc, argv, "c:jhV", options, NULL)) != -1) {
		r = take_one(to, c);
		if (r != GO_ON)
			return r;
	}
	if (optind < argc)
		to->command = argv[optind++];
	if (to->command != NULL && strcmp(to->command, "pay") == 0 &&
	    optind < argc)
		to->ticket = argv[optind++];
	if (to->command != NULL && optind == argc &&
	    (to->ticket != NULL || strcmp(to->command, "pay") != 0))
		return GO_ON;
	usage(stderr);
	return EX_USAGE;
}

static int
take_one(struct arguments *to, int c)
{
	switch (c) {
	case 'c':
		to->wish.customer = optarg;
		return till_id_ok(optarg) ? GO_ON
					  : wrong("--customer: no such id");
	case 'j':
		to->json = true;
		return GO_ON;
	case OPTION_SERVER:
		to->wish.server = optarg;
		return till_url_ok(optarg) ? GO_ON
					   : wrong("--server: no address");
	case OPTION_PAYEE:
		to->wish.payee = optarg;
		return GO_ON;
	case OPTION_MAX:
		return take_max(to);
	case OPTION_TIMEOUT:
		return take_timeout(to);
	case 'h':
		usage(stdout);
		return EX_OK;
	case 'V':
		puts("till-card " TILL_VERSION);
		return EX_OK;
	}
	return take_card(to, c);
}

static int
take_card(struct arguments *to, int c)
{
	struct signer_place *place = &to->wish.place;

	switch (c) {
	case OPTION_READER:
		place->reader = optarg;
		return GO_ON;
	case OPTION_SLOT:
		return take_slot(to);
	case OPTION_PKCS11:
		place->module = optarg;
		return GO_ON;
	case OPTION_TOKEN_LABEL:
		place->token = optarg;
		return GO_ON;
	case OPTION_LABEL:
		place->label = optarg;
		return GO_ON;
	case OPTION_ID:
		place->id = optarg;
		return GO_ON;
	case OPTION_CERTIFICATE:
		to->wish.by_certificate = true;
		return GO_ON;
	}
	return take_secret(to, c);
}

static int
take_secret(struct arguments *to, int c)
{
	switch (c) {
	case OPTION_PIN_FILE:
		to->wish.pin_path = optarg;
		return GO_ON;
	case OPTION_PASSWORD_FILE:
		to->wish.password_path = optarg;
		return GO_ON;
	case OPTION_TOKEN_FILE:
		to->wish.token_path = optarg;
		return GO_ON;
	}
	usage(stderr);
	return EX_USAGE;
}

static int
take_max(struct arguments *to)
{
	struct till_error err;

	if (till_money_parse_with_currency(optarg, &to->wish.max, &err) == -1)
		return complain(EX_USAGE, &err);
	return GO_ON;
}

static int
take_timeout(struct arguments *to)
{
	char *end;

	to->wish.timeout_s = strtol(optarg, &end, 10);
	if (*end != '\0' || end == optarg || to->wish.timeout_s < 1 ||
	    to->wish.timeout_s > PAY_TIMEOUT_MAX_S)
		return wrong("--timeout: 1 to 3600 seconds");
	return GO_ON;
}

static int
take_slot(struct arguments *to)
{
	static const struct {
		const char *name;
		unsigned char slot;
	} slots[] = { { "9a", 0x9a }, { "9c", 0x9c }, { "9d", 0x9d },
		{ "9e", 0x9e } };
	size_t i;

	for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (strcmp(optarg, slots[i].name) == 0) {
			to->wish.place.slot = slots[i].slot;
			return GO_ON;
		}
	return wrong("--slot: 9a, 9c, 9d or 9e");
}

static int
wrong(const char *text)
{
	(void)fprintf(stderr, "till-card: %s\n", text);
	return EX_USAGE;
}

static int
run(struct arguments *arguments)
{
	if (strcmp(arguments->command, "pay") == 0)
		return pay_command(arguments);
	if (strcmp(arguments->command, "key") == 0)
		return key_command(&arguments->wish.place);
	if (strcmp(arguments->command, "list") == 0)
		return list_command(&arguments->wish.place);
	usage(stderr);
	return EX_USAGE;
}

static int
pay_command(struct arguments *arguments)
{
	struct pay_report report = { .tries = SIGNER_TRIES_UNKNOWN };
	struct till_error err = { "" };
	struct bill *bill = NULL;
	enum pay_end end = PAY_TICKET;
	int r = 0;

	if (bill_read(arguments->ticket, stdin, &bill, &err) == 0)
		end = pay(&arguments->wish, bill, stderr, &report, &err);
	if (end != PAY_PAID)
		(void)fprintf(stderr, "till-card: %s\n", err.text);
	if (arguments->json)
		r = report_json(end, bill, &report, err.text, stdout);
	else if (end == PAY_PAID)
		r = report_text(&report, stdout);
	pay_report_clear(&report);
	bill_free(bill);
	return r == 0 ? status_of(end) : not_written();
}

static int
not_written(void)
{
	(void)fprintf(stderr, "till-card: standard output: %s\n",
	    strerror(errno));
	return EX_IOERR;
}

static int
status_of(enum pay_end end)
{
	switch (end) {
	case PAY_PAID:
		return EX_OK;
	case PAY_REFUSED:
		return EXIT_FAILURE;
	case PAY_UNKNOWN:
		return STATUS_UNKNOWN;
	case PAY_SECRET:
		return STATUS_SECRET;
	case PAY_CARD:
		return STATUS_CARD;
	case PAY_USAGE:
		return EX_USAGE;
	case PAY_TICKET:
		return EX_DATAERR;
	case PAY_UNAVAILABLE:
		return EX_UNAVAILABLE;
	case PAY_NONE:
		break;
	}
	return EX_SOFTWARE;
}

static int
key_command(const struct signer_place *place)
{
	char jwk[PUBKEY_JWK_MAX];
	struct signer *signer = NULL;
	struct till_error err;
	int r;

	r = signer_open(place, &signer, &err);
	if (r == 0)
		r = pubkey_jwk(&signer->pub, jwk, &err);
	signer_close(signer);
	if (r == -1)
		return complain(STATUS_CARD, &err);
	return puts(jwk) == EOF || fflush(stdout) == EOF ? not_written()
							 : EX_OK;
}

static int
list_command(const struct signer_place *place)
{
	struct till_error err;

	if (signer_list(place, stdout, &err) == -1)
		return complain(STATUS_CARD, &err);
	return ferror(stdout) != 0 || fflush(stdout) == EOF ? not_written()
							    : EX_OK;
}

static int
complain(int status, const struct till_error *err)
{
	(void)fprintf(stderr, "till-card: %s\n", err->text);
	return status;
}

static void
usage(FILE *file)
{
	fputs("usage: till-card pay [--json] [-c CUSTOMER] [option ...] "
	      "TICKET | - | PAGE\n"
	      "       till-card list [option ...]\n"
	      "       till-card key [option ...]\n"
	      "  -c, --customer ID      who pays\n"
	      "  -j, --json             say what became of it in JSON\n"
	      "      --server URL       only if the ticket is for this one\n"
	      "      --payee ID         only if this merchant is paid\n"
	      "      --max AMOUNT       only up to so much, as \"2.00 EUR\"\n"
	      "      --timeout SECONDS  how long to wait (60)\n"
	      "  A card in a reader (PIV):\n"
	      "      --reader NAME      where there is more than one\n"
	      "      --slot 9a|9c|9d|9e its key (9a)\n"
	      "  A token of a PKCS #11 module:\n"
	      "      --pkcs11 MODULE    the module's path\n"
	      "      --token-label L    which token\n"
	      "      --label L, --id HEX  which key\n"
	      "  Both:\n"
	      "      --certificate      sign by the certificate's name, not "
	      "the key's\n"
	      "      --pin-file FILE    else the PIN is asked for\n"
	      "  Without a card:\n"
	      "      --password-file FILE, --token-file FILE\n",
	    file);
}
