/*
 * journal_line.h - the lines of the journal's file.
 *
 *	new KEY DIGEST VERB ORIGINAL LINK MTI DE3 DE4 DE49 DE11 DE7 DE12
 *	    DE13 DE37 STATE DE39 DE38 DE15 TIME
 *	now KEY STATE DE39 DE38 DE15 TIME
 *	old TIME
 *	end NUMBER SUM
 *
 * with one blank between two words, "-" for what is empty and "_" for a
 * blank within a word.  Entries of before the TIME of "old" may be gone.
 * What is made durable together ends with the
 * number of times that this has been done, and with the first digits of
 * the SHA-256 of the lines since the last one.
 */
#ifndef SETTLE_BANK_JOURNAL_LINE_H
#define SETTLE_BANK_JOURNAL_LINE_H

#include <stddef.h>

#include "settle_bank/journal.h"

#define JOURNAL_LINE_MAX 512 /* octets, with its newline */

/* At least JOURNAL_LINE_MAX octets are free at text.  How many were
 * written, with the newline; 0 if it does not fit. */
size_t journal_line_write(const struct journal_entry *, bool is_new,
    char *text);
size_t journal_line_old(int64_t time_s, char *text);
/* The last one of the len octets from batch on. */
size_t journal_line_end(uint64_t number, const char *batch, size_t len,
    char *text);

/* A line without its newline, which is changed.  Of a "now" line only the
 * key and what it changes are set.  -1: it is none. */
int journal_line_read(char *text, struct journal_entry *entry_r,
    bool *is_new_r);
/* -1: it is no such line. */
int journal_line_read_old(const char *text, int64_t *time_s_r);
/* Its number, and whether it ends that batch; -1 if it is no such line. */
int journal_line_read_end(const char *text, const char *batch, size_t len,
    uint64_t *number_r, bool *fits_r);

/* What a "now" line changes. */
void journal_line_change(struct journal_entry *,
    const struct journal_entry *by);

#endif
