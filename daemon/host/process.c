/*
 * process.c - a module host from its start to its end.
 *
 * The module's file is open already, and was found fit by the rear unit;
 * its note is read again here before any of its code runs.  The main
 * thread opens and closes the instance, and makes the calls of the first
 * channel; a module that several threads may call has one more for each
 * further channel.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "host/channel.h"
#include "host/process.h"
#include "host/spawner.h"
#include "module/descriptor.h"
#include "module/loader.h"
#include "module/map.h"
#include "super/harden.h"

static void pass_over(int);
static int arguments(int, char **);
static int asker_init(struct asker *, struct process *, int fd);
static int load(struct process *, struct till_error *);
static int make_instance(struct process *, struct till_error *);
static void declare(struct asker *);
static void send_text(struct asker *, enum message_kind, int64_t, const char *);
static bool configure(struct asker *);
static bool open_module(struct asker *, bool);
static int start_threads(struct process *, struct asker *, size_t);
static void *run(void *);

int
process_main(int argc, char **argv)
{
	static struct asker askers[HOST_CHANNELS_MAX];
	static struct process process;
	const int channels = arguments(argc, argv);
	struct till_error err;
	int i;

	if (channels <= 0)
		return EX_USAGE;
	harden();
	/* Not for us, but for programs that the module may start. */
	(void)signal(SIGTERM, pass_over);
	(void)signal(SIGINT, pass_over);
	(void)signal(SIGHUP, pass_over);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)CRYPTO_secure_malloc_init(PROCESS_SECURE_HEAP,
	    PROCESS_SECURE_MIN);
	for (i = 0; i < channels; i++)
		if (asker_init(&askers[i], &process, HOST_FD_CALLS + i) == -1)
			return EX_OSERR;
	if (process_late_init(&process.late) == -1)
		return EX_OSERR;
	if (load(&process, &err) == -1) {
		send_text(&askers[0], MESSAGE_UNFIT, 0, err.text);
		return EX_DATAERR;
	}
	declare(&askers[0]);
	if (!configure(&askers[0]))
		return EX_CONFIG;
	if (start_threads(&process, askers, (size_t)channels) == -1)
		return EX_OSERR;
	process_serve(&askers[0]);
	if (process.module.close != NULL) {
		(void)mprotect(process.self, process.self_size,
		    PROT_READ | PROT_WRITE);
		process.module.close(process.self);
	}
	return EX_OK;
}

/* A handler is gone with exec; what is ignored stays so. */
static void
pass_over(int number)
{
	(void)number;
}

/* The number of channels; -1 where nobody has made them. */
static int
arguments(int argc, char **argv)
{
	socklen_t len = sizeof(int);
	int type, n;

	if (argc != 3 || argv[2][0] < '1' ||
	    argv[2][0] > '0' + HOST_CHANNELS_MAX || argv[2][1] != '\0' ||
	    getsockopt(HOST_FD_CALLS, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    type != SOCK_SEQPACKET) {
		fputs("tilld: 'host' is a part that tilld itself starts\n",
		    stderr);
		return -1;
	}
	n = argv[2][0] - '0';
	/* What the module starts must not have them. */
	for (type = HOST_FD_MODULE; type < HOST_FD_CALLS + n; type++)
		if (fcntl(type, F_SETFD, FD_CLOEXEC) == -1)
			return -1;
	return n;
}

static int
asker_init(struct asker *asker, struct process *process, int fd)
{
	asker->process = process;
	asker->fd = fd;
	asker->call = malloc(HOST_MESSAGE_MAX);
	asker->answer = OPENSSL_secure_malloc(HOST_MESSAGE_MAX);
	asker->request = OPENSSL_secure_malloc(HOST_REQUEST_MAX);
	return asker->call == NULL || asker->answer == NULL ||
		asker->request == NULL
	    ? -1
	    : 0;
}

static int
load(struct process *process, struct till_error *err)
{
	struct till_note note;
	int fd = HOST_FD_MODULE;

	if (note_read(fd, &note, err) == -1 || note_check(&note, err) == -1 ||
	    map_module(MAP_FD_DIR, note.name, &fd, &note, &process->module,
		err) == -1)
		return -1;
	return make_instance(process, err);
}

/* Pages of its own, as in the server's process. */
static int
make_instance(struct process *process, struct till_error *err)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = process->module.instance_size;

	size = size == 0 ? page : (size + page - 1) / page * page;
	process->self = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (process->self == MAP_FAILED)
		return till_fail(err, "%s", strerror(errno));
	process->self_size = size;
	return 0;
}

static void
declare(struct asker *asker)
{
	const struct till_module *module = &asker->process->module;
	const struct till_setting *setting = module->settings;
	struct wire_writer writer;

	message_begin(&writer, asker->request, HOST_REQUEST_MAX, MESSAGE_HELLO);
	wire_put_u32(&writer, module->facilities);
	wire_put_u32(&writer, module->caps);
	wire_put_u32(&writer,
	    (module->enrol != NULL ? MESSAGE_HAS_ENROL : 0) |
		(module->health != NULL ? MESSAGE_HAS_HEALTH : 0) |
		(module->report != NULL ? MESSAGE_HAS_REPORT : 0));
	wire_put_u64(&writer, module->instance_size);
	if (channel_send(asker->fd, &writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
	for (; setting != NULL && setting->name != NULL; setting++) {
		message_begin(&writer, asker->request, HOST_REQUEST_MAX,
		    MESSAGE_DECLARE);
		message_put_setting(&writer, setting);
		if (writer.failed)
			send_text(asker, MESSAGE_UNFIT, 0,
			    "says too much of its settings");
		else if (channel_send(asker->fd, &writer, NULL, 0) !=
		    CHANNEL_DONE)
			process_lost();
	}
	message_begin(&writer, asker->request, HOST_REQUEST_MAX,
	    MESSAGE_DECLARED);
	if (channel_send(asker->fd, &writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
}

static void
send_text(struct asker *asker, enum message_kind kind, int64_t number,
    const char *text)
{
	struct wire_writer writer;

	message_begin(&writer, asker->request, HOST_REQUEST_MAX, kind);
	wire_put_i64(&writer, number);
	wire_put_array(&writer, text, sizeof(((struct till_error *)0)->text));
	if (channel_send(asker->fd, &writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
}

/* False if the instance is not open in the end. */
static bool
configure(struct asker *asker)
{
	struct wire_reader reader;
	enum message_kind kind;
	bool check_only;
	size_t len;

	for (;;) {
		if (channel_recv(asker->fd, asker->answer, HOST_MESSAGE_MAX,
			&len) != CHANNEL_DONE)
			return false;
		wire_read(&reader, asker->answer, len);
		kind = (enum message_kind)wire_get_u32(&reader);
		if (kind == MESSAGE_OPEN)
			break;
		if (kind != MESSAGE_SET ||
		    process_set(asker->process, &reader) == -1)
			return false;
		explicit_bzero(asker->answer, len);
	}
	check_only = wire_get_u32(&reader) != 0;
	atomic_store(&asker->process->time_s, wire_get_i64(&reader));
	return wire_done(&reader) && open_module(asker, check_only);
}

static bool
open_module(struct asker *asker, bool check_only)
{
	struct process *process = asker->process;
	struct till_error err;
	int r = 0;

	(void)snprintf(err.text, sizeof(err.text), "does not say why");
	if (process->module.open != NULL)
		r = process->module.open(process_host(),
		    (struct till_instance *)(void *)process, process->self,
		    check_only, &err);
	if (r == 0 &&
	    mprotect(process->self, process->self_size, PROT_READ) == -1)
		r = till_fail(&err, "%s", strerror(errno));
	send_text(asker, MESSAGE_OPENED, r == 0 ? 0 : 1,
	    r == 0 ? "" : err.text);
	return r == 0;
}

static int
start_threads(struct process *process, struct asker *askers, size_t n)
{
	pthread_t thread;
	size_t i;

	(void)process;
	for (i = 1; i < n; i++)
		if (pthread_create(&thread, NULL, run, &askers[i]) != 0 ||
		    pthread_detach(thread) != 0)
			return -1;
	return 0;
}

static void *
run(void *arg)
{
	process_serve(arg);
	return NULL;
}
