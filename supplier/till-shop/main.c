/*
 * main.c - till-shop: a small merchant server.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "config.h"
#include "desk.h"
#include "shop.h"

#define PEM_MAX 4096

struct arguments {
	const char *path, *listen;
	struct desk_order order;
	bool check;
};

static int take(struct arguments *, int, char **);
static int take_one(struct arguments *, int);
static int key_command(int);
static void usage(FILE *);
static int make_key(const char *path, struct till_error *);
static int print_jwk(const char *path, struct till_error *);
static int read_key(const char *path, struct till_key **, struct till_error *);
static int serve(struct shop *, struct till_error *);
static void shop_close(struct shop *);

static const struct option options[] = {
	{ "catalogue", required_argument, NULL, 'c' },
	{ "listen", required_argument, NULL, 'l' },
	{ "make-key", required_argument, NULL, 'k' },
	{ "jwk", required_argument, NULL, 'j' },
	{ "check", no_argument, NULL, 'n' },
	{ "refund", required_argument, NULL, 'r' },
	{ "amount", required_argument, NULL, 'a' },
	{ "id", required_argument, NULL, 'i' },
	{ "note", required_argument, NULL, 't' },
	{ "sales", no_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

int
main(int argc, char **argv)
{
	struct arguments arguments = { .path = NULL };
	struct shop shop = { 0 };
	struct till_error err;
	int r, status;

	status = take(&arguments, argc, argv);
	if (status != -1)
		return status;
	status = EX_CONFIG;
	r = catalogue_read(arguments.path, &shop.catalogue, &err);
	if (r == 0 && arguments.listen != NULL)
		(void)snprintf(shop.catalogue->listen,
		    sizeof(shop.catalogue->listen), "%s", arguments.listen);
	if (r == 0)
		r = read_key(shop.catalogue->key_path, &shop.key, &err);
	if (r == 0 && (arguments.order.sale != NULL || arguments.order.list))
		r = desk(&shop, &arguments.order, &status, &err);
	else if (r == 0 && !arguments.check)
		r = serve(&shop, &err);
	if (r == -1)
		fprintf(stderr, "till-shop: %s\n", err.text);
	shop_close(&shop);
	return r == -1 ? status : EX_OK;
}

/* -1 to go on, else the exit status. */
static int
take(struct arguments *to, int argc, char **argv)
{
	int c, r;

	while ((c = getopt_long(argc, argv, "c:l:nhV", options, NULL)) != -1) {
		r = take_one(to, c);
		if (r != -1)
			return r;
	}
	if (to->path != NULL && optind == argc && desk_order_ok(&to->order))
		return -1;
	usage(stderr);
	return EX_USAGE;
}

static int
take_one(struct arguments *to, int c)
{
	switch (c) {
	case 'c':
		to->path = optarg;
		return -1;
	case 'l':
		to->listen = optarg;
		return -1;
	case 'n':
		to->check = true;
		return -1;
	case 'r':
		to->order.sale = optarg;
		return -1;
	case 'a':
		to->order.amount = optarg;
		return -1;
	case 'i':
		to->order.id = optarg;
		return -1;
	case 't':
		to->order.note = optarg;
		return -1;
	case 's':
		to->order.list = true;
		return -1;
	case 'k':
	case 'j':
		return key_command(c);
	case 'h':
		usage(stdout);
		return EX_OK;
	case 'V':
		puts("till-shop " TILL_VERSION);
		return EX_OK;
	}
	usage(stderr);
	return EX_USAGE;
}

static int
key_command(int c)
{
	struct till_error err;
	int r;

	r = c == 'k' ? make_key(optarg, &err) : print_jwk(optarg, &err);
	if (r == -1)
		fprintf(stderr, "till-shop: %s\n", err.text);
	return r == -1 ? EX_DATAERR : EX_OK;
}

static void
usage(FILE *file)
{
	fputs("usage: till-shop -c CATALOGUE [-l ADDRESS:PORT] [-n]\n"
	      "       till-shop -c CATALOGUE --sales\n"
	      "       till-shop -c CATALOGUE --refund ORDER [--amount AMOUNT] "
	      "[--id ID] [--note TEXT]\n"
	      "       till-shop --make-key FILE | --jwk FILE\n"
	      "  -c, --catalogue FILE  what is sold (see till-shop(1))\n"
	      "  -l, --listen A:P      listen there instead\n"
	      "  -n, --check           only check the catalogue and the key\n"
	      "      --sales           list the sales, and what was given "
	      "back\n"
	      "      --refund ORDER    give back what a sale was paid with\n"
	      "      --amount AMOUNT   so much of it, as 2.50\n"
	      "      --id ID           the same one gives back once\n"
	      "      --note TEXT       what for\n"
	      "      --make-key FILE   make a signing key, print its JWK\n"
	      "      --jwk FILE        print the public JWK of a key\n",
	    file);
}

/* Serve until SIGTERM or SIGINT. */
static int
serve(struct shop *shop, struct till_error *err)
{
	struct web *web;
	sigset_t set;
	int sig;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (sales_open(shop->catalogue, &shop->sales, err) == -1 ||
	    servers_open(shop->catalogue, &shop->servers, err) == -1 ||
	    events_open(shop->catalogue, &shop->events, err) == -1 ||
	    refunds_open(shop->catalogue, &shop->refunds, err) == -1)
		return -1;
	shop->sessions = sessions_new();
	if (shop->sessions == NULL)
		return till_fail(err, "out of memory");
	if (web_start(shop, &web, err) == -1)
		return -1;
	printf("till-shop: %s is open at %s (port %u)\n", shop->catalogue->name,
	    shop->catalogue->url, web_port(web));
	(void)fflush(stdout);
	(void)sigwait(&set, &sig);
	web_stop(web);
	return 0;
}

static void
shop_close(struct shop *shop)
{
	sales_close(shop->sales);
	servers_close(shop->servers);
	events_close(shop->events);
	refunds_close(shop->refunds);
	sessions_free(shop->sessions);
	till_key_free(shop->key);
	catalogue_free(shop->catalogue);
}

static int
make_key(const char *path, struct till_error *err)
{
	struct till_key *key = NULL;
	char *pem = NULL;
	FILE *file;
	int r = -1;

	if (till_key_generate(TILL_ALG_ES256, &key, err) == -1 ||
	    till_key_pem(key, &pem, err) == -1)
		goto out;
	(void)umask(077);
	file = fopen(path, "wxe");
	if (file == NULL) {
		till_fail(err, "%s: %s", path, strerror(errno));
		goto out;
	}
	r = fputs(pem, file) == EOF ? -1 : 0;
	if (fclose(file) == EOF)
		r = -1;
	if (r == -1) {
		till_fail(err, "%s: %s", path, strerror(errno));
		goto out;
	}
	r = print_jwk(path, err);
out:
	till_key_pem_free(pem);
	till_key_free(key);
	return r;
}

static int
print_jwk(const char *path, struct till_error *err)
{
	struct till_key *key;
	char *json = NULL;
	int r;

	if (read_key(path, &key, err) == -1)
		return -1;
	r = till_key_jwk(key, &json, err);
	if (r == 0)
		puts(json);
	free(json);
	till_key_free(key);
	return r;
}

static int
read_key(const char *path, struct till_key **key_r, struct till_error *err)
{
	char pem[PEM_MAX];
	size_t len;
	FILE *file;
	int r;

	file = fopen(path, "re");
	if (file == NULL)
		return till_fail(err, "%s: %s", path, strerror(errno));
	(void)setvbuf(file, NULL, _IONBF, 0);
	len = fread(pem, 1, sizeof(pem), file);
	(void)fclose(file);
	r = till_key_from_pem(pem, len, key_r, err);
	explicit_bzero(pem, sizeof(pem));
	return r;
}
