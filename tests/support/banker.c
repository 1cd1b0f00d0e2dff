/*
 * banker.c - the simulated bank's process, and clients of it.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "support/banker.h"
#include "support/scratch.h"

#define OPTIONS_MAX 32
#define PROGRAM "tests/tools/bank"
#define PATIENCE_MS 20000

struct banker {
	const struct banker_link *link;
	int fd;
	SSL_CTX *context;
	SSL *ssl;
	bool over;
	struct framing framing;
	struct framing_reader reader;
};

static void run(const char *options, int out);
static int read_port(int);
static bool start_tls(struct banker *);
static int64_t now_ms(void);
static bool read_more(struct banker *, int timeout_ms);

/* One bank at a time. */
static struct {
	pid_t pid;
	int port;
	char text[BANKER_ANSWER_MAX];
} bank;

const struct banker_link banker_plain = {
	.coding = { .odd = ISO_ODD_RIGHT_0 },
	.framing = { .length = FRAMING_BE2 },
};

void
banker_start(const char *options)
{
	int out[2];

	assert_int_equal(pipe(out), 0);
	bank.pid = fork();
	assert_true(bank.pid != -1);
	if (bank.pid == 0) {
		(void)close(out[0]);
		run(options, out[1]);
		_exit(127);
	}
	(void)close(out[1]);
	bank.port = read_port(out[0]);
	(void)close(out[0]);
	if (bank.port == 0)
		fail_msg("the bank does not start: %s", options);
}

void
banker_end(void)
{
	int status;

	if (bank.pid == 0)
		return;
	(void)banker_ctl("quit");
	assert_int_equal(waitpid(bank.pid, &status, 0), bank.pid);
	bank.pid = 0;
	assert_int_equal(status, 0);
}

void
banker_kill(void)
{
	(void)kill(bank.pid, SIGKILL);
	(void)waitpid(bank.pid, NULL, 0);
	bank.pid = 0;
}

const char *
banker_ctl(const char *command)
{
	char *end;

	(void)banker_ask(command);
	end = bank.text + strlen(bank.text);
	if (end - bank.text < 3 || strcmp(end - 3, "ok\n") != 0)
		fail_msg("%s: %s", command, bank.text);
	end[-3] = '\0';
	return bank.text;
}

/* By the program's own client, so that this is tested as well. */
const char *
banker_ask(const char *command)
{
	char program[SCRATCH_PATH_MAX], control[SCRATCH_PATH_MAX];
	size_t len = 0;
	ssize_t n;
	int out[2];
	pid_t pid;

	(void)snprintf(program, sizeof(program), "%s/" PROGRAM,
	    getenv("TILL_BUILD") == NULL ? "." : getenv("TILL_BUILD"));
	(void)snprintf(control, sizeof(control), "%s", scratch_path("bank.s"));
	assert_int_equal(pipe(out), 0);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		(void)dup2(out[1], STDOUT_FILENO);
		(void)close(out[0]);
		(void)close(out[1]);
		(void)execl(program, "bank", "ctl", control, command,
		    (char *)NULL);
		_exit(127);
	}
	(void)close(out[1]);
	while (len < sizeof(bank.text) - 1 &&
	    (n = read(out[0], bank.text + len, sizeof(bank.text) - 1 - len)) >
		0)
		len += (size_t)n;
	bank.text[len] = '\0';
	(void)close(out[0]);
	(void)waitpid(pid, NULL, 0);
	return bank.text;
}

const char *
banker_log(void)
{
	return scratch_read("bank.log", bank.text, sizeof(bank.text));
}

struct banker *
banker_connect(const struct banker_link *link)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct banker *banker = calloc(1, sizeof(*banker));

	assert_non_null(banker);
	banker->link = link;
	banker->framing = link->framing;
	banker->framing.message_min = iso_octets_min(&link->coding);
	framing_begin(&banker->reader, &banker->framing);
	at.sin_port = htons((uint16_t)bank.port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	banker->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(banker->fd != -1);
	assert_int_equal(connect(banker->fd, (struct sockaddr *)&at,
			     sizeof(at)),
	    0);
	if (link->ca == NULL || start_tls(banker))
		return banker;
	banker_close(banker);
	return NULL;
}

void
banker_close(struct banker *banker)
{
	if (banker == NULL)
		return;
	SSL_free(banker->ssl);
	SSL_CTX_free(banker->context);
	(void)close(banker->fd);
	free(banker);
}

void
banker_edit(struct iso_message *message, const char *fields)
{
	char text[1024], *at = text, *value;
	struct till_error err;
	size_t len;
	int number;

	(void)snprintf(text, sizeof(text), "%s", fields);
	while (*at != '\0') {
		len = strcspn(at, " ");
		value = at + len + (at[len] != '\0');
		at[len] = '\0';
		number = abs((int)strtol(at, NULL, 10));
		message->has[number] = false;
		at = strchr(at, '=');
		if (at != NULL &&
		    iso_put_text(message, number, at + 1, &err) == -1)
			fail_msg("%s", err.text);
		at = value;
	}
}

void
banker_make(struct iso_message *message, const char *mti, const char *fields)
{
	iso_begin(message, mti);
	banker_edit(message, fields);
}

void
banker_send(struct banker *banker, const struct iso_message *message)
{
	static const unsigned char tpdu[FRAMING_TPDU_LEN] = { 0x60, 0x12, 0x34,
		0x56, 0x78 };
	unsigned char octets[ISO_OCTETS_MAX], frame[ISO_OCTETS_MAX + 128];
	struct till_error err;
	size_t len;

	if (iso_write(&banker->link->coding, message, octets, sizeof(octets),
		&len, &err) == -1 ||
	    framing_write(&banker->framing, tpdu, octets, len, frame,
		sizeof(frame), &len, &err) == -1)
		fail_msg("%s", err.text);
	banker_send_octets(banker, frame, len);
}

void
banker_send_octets(struct banker *banker, const void *octets, size_t len)
{
	if (banker->ssl != NULL)
		assert_int_equal(SSL_write(banker->ssl, octets, (int)len), len);
	else
		assert_int_equal(send(banker->fd, octets, len, MSG_NOSIGNAL),
		    len);
}

bool
banker_receive(struct banker *banker, struct iso_message *message,
    int timeout_ms)
{
	const int64_t until = now_ms() + timeout_ms;
	static const unsigned char swapped[] = { 0x60, 0x56, 0x78, 0x12, 0x34 };
	struct framing_frame frame;
	enum framing_result result;
	struct till_error err;

	while (!banker->over) {
		result = framing_next(&banker->reader, &frame, &err);
		if (result == FRAMING_MESSAGE) {
			banker->over =
			    iso_read(&banker->link->coding, frame.message,
				frame.len, message, &err) == -1;
			if (banker->over)
				return false;
			if (banker->framing.tpdu && message->mti[2] == '1')
				assert_memory_equal(frame.tpdu, swapped,
				    sizeof(swapped));
			return true;
		}
		banker->over = result == FRAMING_BAD;
		if (banker->over || now_ms() >= until ||
		    !read_more(banker, (int)(until - now_ms())))
			break;
	}
	return false;
}

bool
banker_is_over(struct banker *banker, int timeout_ms)
{
	struct iso_message message;

	return !banker_receive(banker, &message, timeout_ms) && banker->over;
}

void
banker_exchange(struct banker *banker, const struct iso_message *request,
    struct iso_message *answer)
{
	banker_send(banker, request);
	if (!banker_receive(banker, answer, PATIENCE_MS))
		fail_msg("no answer to a %s\n%s", request->mti, banker_log());
}

void
banker_sign_on(struct banker *banker)
{
	struct iso_message message;

	banker_make(&message, "0800", "7=1122120000 11=000001 70=001");
	banker_exchange(banker, &message, &message);
	assert_string_equal(message.mti, "0810");
	assert_true(iso_is(&message, 39, "00"));
}

/* In the child. */
static void
run(const char *options, int out)
{
	char program[SCRATCH_PATH_MAX], control[SCRATCH_PATH_MAX];
	char log[SCRATCH_PATH_MAX], text[1024], *at = text;
	char control_option[] = "--control", log_option[] = "--log";
	char *argv[OPTIONS_MAX + 1] = { program, control_option, control,
		log_option, log };
	size_t n = 5;

	(void)snprintf(program, sizeof(program), "%s/" PROGRAM,
	    getenv("TILL_BUILD") == NULL ? "." : getenv("TILL_BUILD"));
	(void)snprintf(control, sizeof(control), "%s", scratch_path("bank.s"));
	(void)snprintf(log, sizeof(log), "%s", scratch_path("bank.log"));
	(void)snprintf(text, sizeof(text), "%s", options);
	while (*at != '\0' && n < OPTIONS_MAX) {
		argv[n++] = at;
		at += strcspn(at, " ");
		if (*at != '\0')
			*at++ = '\0';
	}
	argv[n] = NULL;
	/* A test that fails does not end it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(out, STDOUT_FILENO);
	(void)close(out);
	(void)execv(program, argv);
}

static int
read_port(int fd)
{
	char line[16] = "";
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(line) - 1 && strchr(line, '\n') == NULL &&
	    (n = read(fd, line + len, sizeof(line) - 1 - len)) > 0)
		len += (size_t)n;
	return (int)strtol(line, NULL, 10);
}

/* A certificate that is asked for and not there shows with the first
 * octet that does not come (TLS 1.3). */
static bool
start_tls(struct banker *banker)
{
	const struct banker_link *link = banker->link;
	bool good;

	banker->context = SSL_CTX_new(TLS_client_method());
	assert_non_null(banker->context);
	assert_int_equal(SSL_CTX_load_verify_locations(banker->context,
			     link->ca, NULL),
	    1);
	SSL_CTX_set_verify(banker->context, SSL_VERIFY_PEER, NULL);
	if (link->certificate != NULL) {
		assert_int_equal(SSL_CTX_use_certificate_file(banker->context,
				     link->certificate, SSL_FILETYPE_PEM),
		    1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(banker->context,
				     link->key, SSL_FILETYPE_PEM),
		    1);
	}
	banker->ssl = SSL_new(banker->context);
	assert_non_null(banker->ssl);
	(void)SSL_set1_host(banker->ssl, "bank.example");
	(void)SSL_set_fd(banker->ssl, banker->fd);
	good = SSL_connect(banker->ssl) == 1;
	ERR_clear_error();
	return good;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False if nothing came in time. */
static bool
read_more(struct banker *banker, int timeout_ms)
{
	struct pollfd polled = { banker->fd, POLLIN, 0 };
	unsigned char *space;
	size_t size;
	long n;

	if ((banker->ssl == NULL || SSL_pending(banker->ssl) == 0) &&
	    poll(&polled, 1, timeout_ms) != 1)
		return false;
	space = framing_space(&banker->reader, &size);
	n = banker->ssl != NULL ? SSL_read(banker->ssl, space, (int)size)
				: recv(banker->fd, space, size, 0);
	banker->over = n <= 0;
	if (n > 0)
		framing_took(&banker->reader, (size_t)n);
	return true;
}
