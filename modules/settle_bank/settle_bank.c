/*
 * settle_bank - a bank's network, over ISO 8583.
 *
 *	module bank settle_bank link=/etc/till/bank.conf
 *state=/var/lib/till/bank
 *
 * Charges are answered later (TILL_PENDING), so that many are under way on
 * one connection.  What had no answer is TILL_LOST: the host refuses it
 * and reverses it.  The desk does the work; here are settings and calls.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settle_bank/conn.h"
#include "settle_bank/hub.h"

#define LINKS_IDLE                                                             \
	"the links could not be put to work, or another host of the "          \
	"server has them"
#define DIGITS "0123456789"
#define NOW "reconcile-now" /* a word of report, which a day may follow */

struct settle_bank {
	const char *const *links; /* files, by priority */
	const char *codes, *state, *cutover;
	const struct till_host *host;
	struct hub_seat *seat;
};

static int bank_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void bank_close(void *);
static enum till_result bank_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static int bank_health(const struct till_host *, const void *,
    struct till_error *);
static int bank_report(const struct till_host *, const void *, const char *,
    char[TILL_REPORT_MAX], struct till_error *);
static int reconcile_now(struct desk *, const char *, char *,
    struct till_error *);
static bool day_ok(const char *);
static int set_up(const struct settle_bank *, struct hub_setup *,
    struct till_error *);
static int read_links(const struct settle_bank *, struct hub_setup *,
    struct till_error *);
static int check_folder(const char *, struct till_error *);
static int read_clock(const char *, int64_t *, struct till_error *);
static void add_finding(struct till_error *, const char *);

static const struct till_setting settings[] = {
	{ "link", TILL_SET_LIST,
	    TILL_SETTING_REQUIRED | TILL_SETTING_REPEATABLE,
	    offsetof(struct settle_bank, links), NULL, 0, 0, NULL,
	    "file of a link to the network; the first that is up is used" },
	{ "state", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct settle_bank, state), NULL, 0, 0, NULL,
	    "folder for journal and trace numbers, of this instance only" },
	{ "codes", TILL_SET_PATH, 0, offsetof(struct settle_bank, codes), NULL,
	    0, 0, NULL, "file of the network's own meanings of answer codes" },
	{ "cutover", TILL_SET_STRING, 0, offsetof(struct settle_bank, cutover),
	    NULL, 0, 5, NULL,
	    "HH:MM in UTC when a settlement day ends, if the bank does not "
	    "say it" },
	TILL_SETTING_END
};

#define CAPS                                                                   \
	(TILL_CAP_ASYNC | TILL_CAP_THREADSAFE | TILL_CAP_HOLD |                \
	    TILL_CAP_REVERSE | TILL_CAP_QUERY | TILL_CAP_IDEMPOTENT |          \
	    TILL_CAP_BANK)

TILL_MODULE("settle_bank", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_bank", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct settle_bank),
	.open = bank_open,
	.close = bank_close,
	.settle = bank_settle,
	.health = bank_health,
	.report = bank_report,
};

static int
bank_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct settle_bank *bank = self;
	/* Compared as a whole with another one: no octet is left to chance. */
	struct hub_setup *setup = calloc(1, sizeof(*setup));
	int r;

	if (setup == NULL)
		return till_fail(err, "out of memory");
	bank->host = host;
	r = set_up(bank, setup, err);
	if (r == 0 && !check_only) {
		bank->seat = hub_enter(setup, host, instance, err);
		r = bank->seat == NULL ? -1 : 0;
	}
	free(setup);
	return r;
}

static void
bank_close(void *self)
{
	struct settle_bank *bank = self;

	hub_leave(bank->seat);
}

static enum till_result
bank_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct settle_bank *bank = self;
	enum till_result result;
	struct till_error why;
	struct desk *desk;

	if (bank->seat == NULL)
		return host->fail(ctx, TILL_UNAVAILABLE, "technical",
		    "it has only been checked");
	diary_log(hub_diary(bank->seat), host, ctx);
	desk = hub_desk(bank->seat);
	if (desk == NULL) {
		till_error_set(&why, LINKS_IDLE);
		result = s->verb == TILL_QUERY ? TILL_UNAVAILABLE
					       : TILL_NOT_ATTEMPTED;
	} else if (op != NULL) {
		result = desk_take(desk, s, host->order(ctx), op, &why);
	} else {
		result =
		    desk_take_now(desk, s, host->order(ctx), outcome_r, &why);
	}
	hub_done(bank->seat);
	if (result == TILL_PENDING)
		return result;
	return host->fail(ctx, result,
	    outcome_r->code[0] != '\0' ? outcome_r->code : "bank_unavailable",
	    "%s", why.text);
}

static int
bank_health(const struct till_host *host, const void *self,
    struct till_error *err)
{
	const struct settle_bank *bank = self;
	struct desk *desk;
	int r;

	(void)host;
	if (bank->seat == NULL)
		return till_fail(err, "it has only been checked");
	desk = hub_desk(bank->seat);
	r = desk == NULL ? till_fail(err, LINKS_IDLE) : desk_health(desk, err);
	hub_done(bank->seat);
	return r;
}

static int
bank_report(const struct till_host *host, const void *self, const char *word,
    char text_r[TILL_REPORT_MAX], struct till_error *err)
{
	const struct settle_bank *bank = self;
	struct desk *desk;
	int r = 0;

	(void)host;
	if (bank->seat == NULL)
		return till_fail(err, "it has only been checked");
	desk = hub_desk(bank->seat);
	text_r[0] = '\0';
	if (desk == NULL) {
		r = till_fail(err, LINKS_IDLE);
	} else if (strcmp(word, "status") == 0) {
		desk_status(desk, text_r, TILL_REPORT_MAX);
		(void)diary_show(hub_diary(bank->seat), text_r, strlen(text_r),
		    TILL_REPORT_MAX);
	} else if (strcmp(word, "reconcile") == 0) {
		desk_reconciled(desk, text_r, TILL_REPORT_MAX);
	} else if (strncmp(word, NOW, strlen(NOW)) == 0) {
		r = reconcile_now(desk, word + strlen(NOW), text_r, err);
	} else {
		r = till_fail(err,
		    "it reports on status, reconcile, " NOW " and " NOW
		    "-MMDD");
	}
	hub_done(bank->seat);
	return r;
}

/* What follows the word is nothing, or a line and a day. */
static int
reconcile_now(struct desk *desk, const char *rest, char *text,
    struct till_error *err)
{
	size_t len;

	if (rest[0] != '\0' && (rest[0] != '-' || !day_ok(++rest)))
		return till_fail(err, "a day is MMDD, as 1122");
	if (desk_reconcile(desk, rest, &len, err) == -1)
		return -1;
	(void)snprintf(text, TILL_REPORT_MAX,
	    "the bank is asked for %zu total%s; \"tillctl bank reconcile\" "
	    "shows what it says\n",
	    len, len == 1 ? "" : "s");
	return 0;
}

static bool
day_ok(const char *day)
{
	const long number = strtol(day, NULL, 10);

	return strspn(day, DIGITS) == 4 && day[4] == '\0' && number > 100 &&
	    number < 1300 && number % 100 >= 1 && number % 100 <= 31;
}

/* All that is wrong is said, as far as there is room. */
static int
set_up(const struct settle_bank *bank, struct hub_setup *setup,
    struct till_error *err)
{
	struct till_error why;

	err->text[0] = '\0';
	(void)read_links(bank, setup, err);
	if (bank->codes != NULL &&
	    codes_read(bank->codes, &setup->codes, &why) == -1)
		add_finding(err, why.text);
	if (check_folder(bank->state, &why) == -1)
		add_finding(err, why.text);
	else
		(void)snprintf(setup->state_dir, sizeof(setup->state_dir), "%s",
		    bank->state);
	if (read_clock(bank->cutover, &setup->cutover_s, &why) == -1)
		add_finding(err, why.text);
	return err->text[0] == '\0' ? 0 : -1;
}

static int
read_links(const struct settle_bank *bank, struct hub_setup *setup,
    struct till_error *err)
{
	struct ssl_ctx_st *context;
	struct till_error why;
	struct bank_conf *conf;
	size_t i;

	for (i = 0; bank->links[i] != NULL; i++) {
		if (i == NET_LINKS_MAX) {
			till_error_set(&why, "more than %d links",
			    NET_LINKS_MAX);
			add_finding(err, why.text);
			return -1;
		}
		conf = &setup->links[i];
		context = NULL;
		if (bank_conf_read(bank->links[i], conf, &why) == -1) {
			add_finding(err, why.text);
		} else if (conn_context(conf, &context, &why) == -1) {
			add_finding(err, bank->links[i]);
			add_finding(err, why.text);
		}
		conn_context_free(context);
	}
	setup->links_len = i;
	return 0;
}

/* Of ours, and nobody else may look into it. */
static int
check_folder(const char *path, struct till_error *err)
{
	struct stat st;

	if (strlen(path) >= DESK_PATH_MAX - sizeof("/reconcile.new"))
		return till_fail(err, "%.100s...: name too long", path);
	if (lstat(path, &st) == -1)
		return till_fail(err, "%.200s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return till_fail(err, "%.200s: this is no folder", path);
	if (st.st_uid != geteuid() && geteuid() != 0)
		return till_fail(err, "%.200s: it is another user's", path);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return till_fail(err,
		    "%.200s: others may use this folder; chmod 700 it", path);
	return 0;
}

static int
read_clock(const char *text, int64_t *seconds, struct till_error *err)
{
	int64_t hours, minutes;

	*seconds = -1;
	if (text == NULL)
		return 0;
	hours = strtoll(text, NULL, 10);
	minutes = strlen(text) == 5 ? strtoll(text + 3, NULL, 10) : 60;
	if (strspn(text, DIGITS) != 2 || text[2] != ':' ||
	    strspn(text + 3, DIGITS) != 2 || hours > 23 || minutes > 59)
		return till_fail(err, "cutover is a time as 22:30, in UTC");
	*seconds = hours * 3600 + minutes * 60;
	return 0;
}

static void
add_finding(struct till_error *err, const char *text)
{
	const size_t len = strlen(err->text);

	(void)snprintf(err->text + len, sizeof(err->text) - len, "%s%s",
	    len == 0 ? "" : "; ", text);
}
