/*
 * desk_show.c - how the desk stands, for whoever asks, from any thread.
 */
#include <string.h>

#include "settle_bank/desk_job.h"

static size_t show_link(struct desk *, unsigned int, char *, size_t);

void
desk_show(struct desk *desk)
{
	int i;

	atomic_store(&desk->shown_under_way, desk->under_way_len);
	for (i = 0; i < JOURNAL_STATES; i++)
		atomic_store(&desk->shown[i],
		    journal_count(desk->journal, (enum journal_state)i));
}

int
desk_health(struct desk *desk, struct till_error *err)
{
	struct net_status status;
	unsigned int i;

	till_error_set(err, "no link is configured");
	for (i = 0; i < desk->options.links_len; i++) {
		net_status(desk->net, i, &status);
		if (strcmp(status.state, "up") == 0)
			return 0;
		till_error_set(err, "link %u is %s: %.180s", i + 1,
		    status.state, status.why);
	}
	return -1;
}

void
desk_status(struct desk *desk, char *text, size_t size)
{
	size_t len = 0, states[JOURNAL_STATES], entries = 0;
	unsigned int i;

	for (i = 0; i < desk->options.links_len; i++)
		len += show_link(desk, i, text + len, size - len);
	for (i = 0; i < JOURNAL_STATES; i++) {
		states[i] = atomic_load(&desk->shown[i]);
		entries += states[i];
	}
	(void)snprintf(text + len, size - len,
	    "under way %zu\n"
	    "journal %zu: approved %zu, refused %zu, never sent %zu, "
	    "without answer %zu, too late %zu, taken back %zu\n"
	    "the server is still to hear of %zu\n",
	    atomic_load(&desk->shown_under_way), entries,
	    states[JOURNAL_APPROVED], states[JOURNAL_REFUSED],
	    states[JOURNAL_NEVER],
	    states[JOURNAL_SENT] + states[JOURNAL_SILENT],
	    states[JOURNAL_LATE] + states[JOURNAL_LATE_TOLD],
	    states[JOURNAL_TAKEN] + states[JOURNAL_TAKEN_TOLD],
	    states[JOURNAL_LATE] + states[JOURNAL_TAKEN]);
}

void
desk_reconciled(struct desk *desk, char *text, size_t size)
{
	sums_show(desk->book, text, size);
}

static size_t
show_link(struct desk *desk, unsigned int link, char *text, size_t size)
{
	const struct bank_conf *conf = &desk->options.links[link];
	struct net_status status;
	int n;

	net_status(desk->net, link, &status);
	n = snprintf(text, size,
	    "link %u %.64s:%s %s for %lld s, sent %llu, received %llu%s%s\n",
	    link + 1, conf->host, conf->port, status.state,
	    (long long)(status.since_ms == 0
		    ? 0
		    : (net_clock_ms() - status.since_ms) / 1000),
	    (unsigned long long)status.sent,
	    (unsigned long long)status.received,
	    status.why[0] == '\0' ? "" : "; ", status.why);
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}
