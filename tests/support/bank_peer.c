/*
 * bank_peer.c - the simulated bank's process, and clients of it.
 */
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

#include "support/bank_peer.h"
#include "support/scratch.h"

#define OPTIONS_MAX 32
#define PROGRAM "tests/tools/bank"
#define PATIENCE_MS 20000

struct peer {
	const struct peer_link *link;
	int fd;
	SSL_CTX *context;
	SSL *ssl;
	bool over;
	struct framing framing;
	struct framing_reader reader;
};

static void run(const char *options, int out);
static int read_port(int);
static bool start_tls(struct peer *);
static int64_t now_ms(void);
static bool read_more(struct peer *, int timeout_ms);

/* One bank at a time. */
static struct {
	pid_t pid;
	int port;
	char text[PEER_ANSWER_MAX];
} bank;

const struct peer_link peer_plain = {
	.coding = { .odd = ISO_ODD_RIGHT_0 },
	.framing = { .length = FRAMING_BE2 },
};

void
peer_bank(const char *options)
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
peer_end(void)
{
	int status;

	if (bank.pid == 0)
		return;
	(void)peer_ctl("quit");
	assert_int_equal(waitpid(bank.pid, &status, 0), bank.pid);
	bank.pid = 0;
	assert_int_equal(status, 0);
}

void
peer_kill(void)
{
	(void)kill(bank.pid, SIGKILL);
	(void)waitpid(bank.pid, NULL, 0);
	bank.pid = 0;
}

const char *
peer_ctl(const char *command)
{
	char *end;

	(void)peer_ask(command);
	end = bank.text + strlen(bank.text);
	if (end - bank.text < 3 || strcmp(end - 3, "ok\n") != 0)
		fail_msg("%s: %s", command, bank.text);
	end[-3] = '\0';
	return bank.text;
}

/* By the program's own client, so that this is tested as well. */
const char *
peer_ask(const char *command)
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
peer_log(void)
{
	return scratch_read("bank.log", bank.text, sizeof(bank.text));
}

struct peer *
peer_connect(const struct peer_link *link)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct peer *peer = calloc(1, sizeof(*peer));

	assert_non_null(peer);
	peer->link = link;
	peer->framing = link->framing;
	peer->framing.message_min = iso_octets_min(&link->coding);
	framing_begin(&peer->reader, &peer->framing);
	at.sin_port = htons((uint16_t)bank.port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(peer->fd != -1);
	assert_int_equal(connect(peer->fd, (struct sockaddr *)&at, sizeof(at)),
	    0);
	if (link->ca == NULL || start_tls(peer))
		return peer;
	peer_close(peer);
	return NULL;
}

void
peer_close(struct peer *peer)
{
	if (peer == NULL)
		return;
	SSL_free(peer->ssl);
	SSL_CTX_free(peer->context);
	(void)close(peer->fd);
	free(peer);
}

void
peer_edit(struct iso_message *message, const char *fields)
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
peer_make(struct iso_message *message, const char *mti, const char *fields)
{
	iso_begin(message, mti);
	peer_edit(message, fields);
}

void
peer_send(struct peer *peer, const struct iso_message *message)
{
	static const unsigned char tpdu[FRAMING_TPDU_LEN] = { 0x60, 0x12, 0x34,
		0x56, 0x78 };
	unsigned char octets[ISO_OCTETS_MAX], frame[ISO_OCTETS_MAX + 128];
	struct till_error err;
	size_t len;

	if (iso_write(&peer->link->coding, message, octets, sizeof(octets),
		&len, &err) == -1 ||
	    framing_write(&peer->framing, tpdu, octets, len, frame,
		sizeof(frame), &len, &err) == -1)
		fail_msg("%s", err.text);
	peer_send_octets(peer, frame, len);
}

void
peer_send_octets(struct peer *peer, const void *octets, size_t len)
{
	if (peer->ssl != NULL)
		assert_int_equal(SSL_write(peer->ssl, octets, (int)len), len);
	else
		assert_int_equal(send(peer->fd, octets, len, MSG_NOSIGNAL),
		    len);
}

bool
peer_receive(struct peer *peer, struct iso_message *message, int timeout_ms)
{
	const int64_t until = now_ms() + timeout_ms;
	static const unsigned char swapped[] = { 0x60, 0x56, 0x78, 0x12, 0x34 };
	struct framing_frame frame;
	enum framing_result result;
	struct till_error err;

	while (!peer->over) {
		result = framing_next(&peer->reader, &frame, &err);
		if (result == FRAMING_MESSAGE) {
			peer->over =
			    iso_read(&peer->link->coding, frame.message,
				frame.len, message, &err) == -1;
			if (peer->over)
				return false;
			if (peer->framing.tpdu && message->mti[2] == '1')
				assert_memory_equal(frame.tpdu, swapped,
				    sizeof(swapped));
			return true;
		}
		peer->over = result == FRAMING_BAD;
		if (peer->over || now_ms() >= until ||
		    !read_more(peer, (int)(until - now_ms())))
			break;
	}
	return false;
}

bool
peer_is_over(struct peer *peer, int timeout_ms)
{
	struct iso_message message;

	return !peer_receive(peer, &message, timeout_ms) && peer->over;
}

void
peer_exchange(struct peer *peer, const struct iso_message *request,
    struct iso_message *answer)
{
	peer_send(peer, request);
	if (!peer_receive(peer, answer, PATIENCE_MS))
		fail_msg("no answer to a %s\n%s", request->mti, peer_log());
}

void
peer_sign_on(struct peer *peer)
{
	struct iso_message message;

	peer_make(&message, "0800", "7=1122120000 11=000001 70=001");
	peer_exchange(peer, &message, &message);
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
start_tls(struct peer *peer)
{
	const struct peer_link *link = peer->link;
	bool good;

	peer->context = SSL_CTX_new(TLS_client_method());
	assert_non_null(peer->context);
	assert_int_equal(SSL_CTX_load_verify_locations(peer->context, link->ca,
			     NULL),
	    1);
	SSL_CTX_set_verify(peer->context, SSL_VERIFY_PEER, NULL);
	if (link->certificate != NULL) {
		assert_int_equal(SSL_CTX_use_certificate_file(peer->context,
				     link->certificate, SSL_FILETYPE_PEM),
		    1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(peer->context,
				     link->key, SSL_FILETYPE_PEM),
		    1);
	}
	peer->ssl = SSL_new(peer->context);
	assert_non_null(peer->ssl);
	(void)SSL_set1_host(peer->ssl, "bank.example");
	(void)SSL_set_fd(peer->ssl, peer->fd);
	good = SSL_connect(peer->ssl) == 1;
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
read_more(struct peer *peer, int timeout_ms)
{
	struct pollfd polled = { peer->fd, POLLIN, 0 };
	unsigned char *space;
	size_t size;
	long n;

	if ((peer->ssl == NULL || SSL_pending(peer->ssl) == 0) &&
	    poll(&polled, 1, timeout_ms) != 1)
		return false;
	space = framing_space(&peer->reader, &size);
	n = peer->ssl != NULL ? SSL_read(peer->ssl, space, (int)size)
			      : recv(peer->fd, space, size, 0);
	peer->over = n <= 0;
	if (n > 0)
		framing_took(&peer->reader, (size_t)n);
	return true;
}
