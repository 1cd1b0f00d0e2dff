/*
 * conf.h - the file that describes one link to a bank's network: where it
 * is, how it writes, and who we are to it.
 *
 * One setting a line, "name=value"; "#" begins a comment.  settle_bank(8)
 * lists them.
 */
#ifndef SETTLE_BANK_CONF_H
#define SETTLE_BANK_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "settle_bank/framing.h"
#include "settle_bank/iso8583.h"

#define CONF_FILE_MAX 65536
#define CONF_TEXT_MAX 256 /* a path or host, with its NUL */
#define CONF_CODE_MAX 4 /* a network code of DE70, with its NUL */

struct bank_conf {
	char host[CONF_TEXT_MAX], port[8];
	bool tls;
	char tls_name[CONF_TEXT_MAX]; /* that its certificate must bear */
	char tls_ca[CONF_TEXT_MAX]; /* PEM; "": those of the system */
	char tls_certificate[CONF_TEXT_MAX], tls_key[CONF_TEXT_MAX];

	struct framing framing;
	unsigned char tpdu[FRAMING_TPDU_LEN];
	struct iso_coding coding;

	char sign_on[CONF_CODE_MAX], sign_off[CONF_CODE_MAX];
	char echo[CONF_CODE_MAX], cutover[CONF_CODE_MAX];
	int64_t connect_ms, response_ms, echo_ms;
	int64_t in_flight; /* requests that may wait for answers */
	bool reverse_0400; /* 0400 reverses, instead of 0420 */
	bool net_debit_is_c; /* C in DE97: debits exceed credits */

	char acquirer[12]; /* DE32 */
	char terminal[9]; /* DE41: 8 characters */
	char merchant[16]; /* DE42: 15 characters */
	char mcc[5], country[4]; /* DE18; DE19 or "" */
	char city[14], land[3]; /* in DE43 */
	char entry_mode[4], condition[3]; /* DE22, DE25 */
};

/* Read and check a link's file; the error names file and line. */
int bank_conf_read(const char *path, struct bank_conf *conf_r,
    struct till_error *err);
/* The same of its text, which is changed. */
int bank_conf_parse(const char *path, char *text, struct bank_conf *conf_r,
    struct till_error *err);

#endif
