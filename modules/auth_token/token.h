/*
 * token.h - what the parts of auth_token share: the text of a token, its
 * caps, and the record of both.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/module.h>
#include <till/ticket.h>

#define TOKEN_ID_SIZE 8 /* octets */
#define TOKEN_ID_MAX (2 * TOKEN_ID_SIZE + 1) /* in hexadecimal, with NUL */
#define TOKEN_SECRET_SIZE 32
#define TOKEN_HASH_SIZE 32 /* SHA-256 */
/* "till_", the id, "_", the secret in hexadecimal */
#define TOKEN_LEN (5 + 2 * TOKEN_ID_SIZE + 1 + 2 * TOKEN_SECRET_SIZE)

#define TOKEN_MERCHANTS_MAX 32 /* of one token */
#define TOKEN_COUNT_MAX 1000000 /* payments of a day */
#define TOKEN_LABEL_MAX 48 /* octets of what the customer calls it */
#define TOKEN_RECORD_MAX 2048 /* octets of a credential, with a NUL */
#define TOKEN_SUMMARY_MAX 129 /* a credential's label, with its NUL */

enum token_channel { TOKEN_API = 1, TOKEN_BROWSER, TOKEN_ANY };

/* What a token may be used for. */
struct token_caps {
	struct till_money each; /* most of one payment; says the currency */
	struct till_money day; /* most of a day; of the same currency */
	int64_t count; /* payments of a day; -1: no bound */
	enum token_channel channel;
	int64_t expires_s; /* seconds since 1970 UTC */
	size_t merchants_len; /* 0: all */
	char merchants[TOKEN_MERCHANTS_MAX][TILL_ID_MAX];
};

/* A credential of the module; its id is the token's. */
struct token_record {
	unsigned char hash[TOKEN_HASH_SIZE]; /* of the secret */
	struct token_caps caps;
};

/* An instance. */
struct token {
	int64_t alert_after; /* wrong tokens one after the other */
	int64_t lifetime_ms; /* of a token, at most */
	struct till_money max_each, max_day; /* currency "": no bound */
	struct till_instance *instance;
};

/* auth_token.c, token_enrol.c: the entry points. */
enum till_result token_enrol(const struct till_host *, struct till_context *,
    const void *self, enum till_enrol);

/*
 * token_text.c.  Make a token: text_r has TOKEN_LEN octets and a NUL.
 * -1: no randomness.  Take one apart: false if it has not the form of a
 * token, with outputs of zeros then, so that the caller can go on alike.
 */
int token_make(char text_r[TOKEN_LEN + 1], char id_r[TOKEN_ID_MAX],
    unsigned char hash_r[TOKEN_HASH_SIZE]);
bool token_read(const unsigned char *data, size_t len, char id_r[TOKEN_ID_MAX],
    unsigned char secret_r[TOKEN_SECRET_SIZE]);
int token_hash(const unsigned char secret[TOKEN_SECRET_SIZE],
    unsigned char hash_r[TOKEN_HASH_SIZE]);
void token_hex(const unsigned char *data, size_t len, char *text_r);
bool token_unhex(const char *text, size_t len, unsigned char *data_r);

/* token_record.c: as kept.  -1: it does not fit, or is none. */
int token_record_print(const struct token_record *,
    char text_r[TOKEN_RECORD_MAX]);
int token_record_read(const unsigned char *data, size_t len,
    struct token_record *record_r);

/* token_caps.c: from what people write.  An empty text is what is left
 * out: no bound, all merchants, programs only. */
int token_caps_money(const char *each, const char *day, struct token_caps *,
    struct till_error *err);
int token_caps_count(const char *text, struct token_caps *,
    struct till_error *err);
int token_caps_merchants(const char *text, struct token_caps *,
    struct till_error *err);
int token_caps_channel(const char *text, struct token_caps *,
    struct till_error *err);
/* "2027-01-31", to its end, or "2027-01-31T18:00:00Z"; empty: the last
 * moment that is allowed. */
int token_caps_expires(const char *text, int64_t now_s, int64_t lifetime_s,
    struct token_caps *, struct till_error *err);
const char *token_channel_name(enum token_channel);
/* "robot: 0.10 each, 2.00 EUR a day, ..."; cut where it is too long. */
void token_caps_say(const char *label, const struct token_caps *,
    char text_r[TOKEN_SUMMARY_MAX]);

/* A whole number of decimal digits and nothing else, at most max. */
int token_number(const char *text, size_t len, int64_t max, int64_t *number_r);

#endif
