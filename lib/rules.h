/*
 * rules.h - what holds for the claims of tickets and vouchers, when
 * they are signed as when they are read.  The first broken rule is told
 * with the claim's name in front.
 */
#ifndef RULES_H
#define RULES_H

#include <till/error.h>
#include <till/ticket.h>
#include <till/voucher.h>

int ticket_rules(const struct till_ticket *ticket, struct till_error *err);
int voucher_rules(const struct till_voucher *voucher, struct till_error *err);

/* Single rules that both have. */
int rule_id(const char *claim, const char *id, struct till_error *err);
int rule_jti(const char *claim, const char *jti, struct till_error *err);
/* A SHA-256 in base64url. */
int rule_hash(const char *claim, const char *th, struct till_error *err);
int rule_text(const char *claim, const char *text, struct till_error *err);
int rule_url(const char *claim, const char *url, size_t size,
    struct till_error *err);
int rule_times(int64_t iat, int64_t exp, struct till_error *err);
int rule_amount(const struct till_money *amount, enum till_kind kind,
    struct till_error *err);

#endif
