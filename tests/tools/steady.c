/*
 * steady - customers who pay and never give up: the load of crash tests.
 *
 * Each thread makes one ticket after the other and sends it as an order.
 * Where the answer does not come, or says "try again", the same order is
 * sent again until it is known what became of it, as an honest program
 * does.  Every answer is written to the journal: "JTI TXN" for a payment,
 * "JTI refused" for the rest.  Ends at SIGTERM, when what was begun is
 * known.
 *
 *	steady ISSUER MERCHANT KEYFILE CUSTOMER THREADS JOURNAL
 */
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <till/ticket.h>

#define THREADS_MAX 64
#define PATIENCE_S 120 /* in which it is known what became of an order */
#define ANSWER_MAX 65536
#define BODY_MAX (TILL_TOKEN_MAX + 256)

struct steady {
	const char *issuer, *merchant, *customer;
	struct till_key *key;
	FILE *journal;
	pthread_mutex_t lock; /* of the journal */
	char run_id[24];
};

struct worker {
	struct steady *steady;
	int number;
};

struct answer {
	size_t len;
	char data[ANSWER_MAX];
};

static atomic_bool stop_flag; /* set by a signal, read by threads */

static _Noreturn void
die(const char *what, const char *why)
{
	fprintf(stderr, "steady: %s: %s\n", what, why);
	exit(1);
}

static void
on_term(int sig)
{
	(void)sig;
	stop_flag = true;
}

static size_t
receive(char *data, size_t size, size_t n, void *arg)
{
	struct answer *answer = arg;

	if (size * n > ANSWER_MAX - answer->len - 1)
		return 0;
	memcpy(answer->data + answer->len, data, size * n);
	answer->len += size * n;
	answer->data[answer->len] = '\0';
	return size * n;
}

static char *
make_ticket(const struct steady *s, const char *jti)
{
	struct till_ticket t = { .kind = TILL_KIND_SINGLE };
	struct till_error err;
	char *token;

	t.iss = s->merchant;
	t.aud = s->issuer;
	t.jti = jti;
	t.iat = (int64_t)time(NULL);
	t.exp = t.iat + 900;
	t.oid = "page";
	t.desc = "One page";
	t.amount = (struct till_money){ .micro = 10000, .currency = "EUR" };
	t.ret = "http://127.0.0.1:9/return";
	if (till_ticket_sign(&t, s->key, &token, &err) == -1)
		die("ticket", err.text);
	return token;
}

/* One try: the status, 0 where no answer came. */
static long
try_order(const struct steady *s, CURL *curl, const char *body,
    struct answer *answer)
{
	struct curl_slist *headers;
	char url[TILL_URL_MAX + 16];
	long status = 0;

	answer->len = 0;
	(void)snprintf(url, sizeof(url), "%s/v1/orders", s->issuer);
	headers = curl_slist_append(NULL, "Content-Type: application/json");
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	if (curl_easy_perform(curl) == CURLE_OK)
		(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	return status;
}

static void
note(struct steady *s, const char *jti, long status, const char *text)
{
	json_t *json = json_loads(text, 0, NULL), *txn;

	txn = json_object_get(json, "txn");
	(void)pthread_mutex_lock(&s->lock);
	if (status == 200 && json_is_integer(txn))
		fprintf(s->journal, "%s %" JSON_INTEGER_FORMAT "\n", jti,
		    json_integer_value(txn));
	else
		fprintf(s->journal, "%s refused\n", jti);
	(void)fflush(s->journal);
	(void)pthread_mutex_unlock(&s->lock);
	json_decref(json);
}

static void
pay(struct steady *s, CURL *curl, const char *jti, struct answer *answer)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	char body[BODY_MAX], *token = make_ticket(s, jti);
	const time_t end = time(NULL) + PATIENCE_S;
	long status = 0;

	(void)snprintf(body, sizeof(body),
	    "{\"ticket\":\"%s\",\"customer\":\"%s\"}", token, s->customer);
	free(token);
	for (;;) {
		status = try_order(s, curl, body, answer);
		if (status == 200 || (status >= 400 && status < 500))
			break;
		if (time(NULL) >= end) {
			fprintf(stderr, "steady: %s: last %ld %s\n", jti,
			    status, answer->data);
			die(jti, "it was never known what became of it");
		}
		(void)nanosleep(&pause, NULL);
	}
	note(s, jti, status, answer->data);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct answer *answer = calloc(1, sizeof(*answer));
	CURL *curl = curl_easy_init();
	char jti[TILL_JTI_MAX];
	unsigned int n;

	if (curl == NULL || answer == NULL)
		die("memory", "out of it");
	for (n = 0; !stop_flag; n++) {
		(void)snprintf(jti, sizeof(jti), "%s-%d-%u", w->steady->run_id,
		    w->number, n);
		pay(w->steady, curl, jti, answer);
	}
	curl_easy_cleanup(curl);
	free(answer);
	return NULL;
}

int
main(int argc, char **argv)
{
	struct steady s = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct worker workers[THREADS_MAX];
	pthread_t threads[THREADS_MAX];
	struct till_error err;
	char pem[4096];
	long n, i;
	size_t len;
	FILE *file;

	if (argc != 7)
		die("usage",
		    "steady ISSUER MERCHANT KEYFILE CUSTOMER THREADS JOURNAL");
	s.issuer = argv[1];
	s.merchant = argv[2];
	s.customer = argv[4];
	n = strtol(argv[5], NULL, 10);
	if (n < 1 || n > THREADS_MAX)
		die("threads", argv[5]);
	file = fopen(argv[3], "re");
	if (file == NULL)
		die(argv[3], strerror(errno));
	len = fread(pem, 1, sizeof(pem), file);
	(void)fclose(file);
	if (till_key_from_pem(pem, len, &s.key, &err) == -1)
		die(argv[3], err.text);
	s.journal = fopen(argv[6], "we");
	if (s.journal == NULL)
		die(argv[6], strerror(errno));
	(void)snprintf(s.run_id, sizeof(s.run_id), "s%ld-%ld", (long)getpid(),
	    (long)time(NULL) % 100000);
	(void)signal(SIGTERM, on_term);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	for (i = 0; i < n; i++) {
		workers[i] = (struct worker){ &s, (int)i };
		if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
			die("thread", "cannot start");
	}
	for (i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	(void)fclose(s.journal);
	till_key_free(s.key);
	curl_global_cleanup();
	return 0;
}
