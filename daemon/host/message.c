/*
 * message.c - the structs of the module ABI as messages, member by member.
 *
 * A member that a later minor version appends is appended here, too: put
 * at the end of its struct, got at the end, zero from one who has it not.
 */
#include <string.h>

#include "host/message.h"

static void put_money(struct wire_writer *, const struct till_money *);
static void get_money(struct wire_reader *, struct till_money *);
static void put_octets(struct wire_writer *, const struct till_bytes *);
static void get_octets(struct wire_reader *, struct till_bytes *);
static void put_words(struct wire_writer *, const char *const *, size_t max);
static void get_words(struct wire_reader *, const char **, size_t max);
static void put_posting(struct wire_writer *, const struct till_posting *);
static void get_posting(struct wire_reader *, struct till_posting *);

void
message_begin(struct wire_writer *writer, void *buf, size_t size,
    enum message_kind kind)
{
	wire_begin(writer, buf, size);
	wire_put_u32(writer, (uint32_t)kind);
}

void
message_put_order(struct wire_writer *writer, const struct till_order *order)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_u32(writer, order->auth_level);
	wire_put_text(writer, order->ticket);
	wire_put_text(writer, order->merchant);
	wire_put_text(writer, order->merchant_name);
	wire_put_text(writer, order->merchant_country);
	wire_put_text(writer, order->customer);
	wire_put_text(writer, order->jti);
	wire_put_text(writer, order->oid);
	wire_put_text(writer, order->desc);
	wire_put_text(writer, order->kind);
	wire_put_text(writer, order->channel);
	wire_put_text(writer, order->lang);
	put_money(writer, &order->amount);
	wire_put_i64(writer, order->issued_s);
	wire_put_i64(writer, order->expires_s);
	wire_put_text(writer, order->merchant_origin);
	wire_struct_end(writer, begin);
}

void
message_get_order(struct wire_reader *reader, struct till_order *order)
{
	struct wire_reader in;

	memset(order, 0, sizeof(*order));
	order->size = sizeof(*order);
	wire_enter(reader, &in);
	order->auth_level = wire_get_u32(&in);
	order->ticket = wire_get_text(&in);
	order->merchant = wire_get_text(&in);
	order->merchant_name = wire_get_text(&in);
	order->merchant_country = wire_get_text(&in);
	order->customer = wire_get_text(&in);
	order->jti = wire_get_text(&in);
	order->oid = wire_get_text(&in);
	order->desc = wire_get_text(&in);
	order->kind = wire_get_text(&in);
	order->channel = wire_get_text(&in);
	order->lang = wire_get_text(&in);
	get_money(&in, &order->amount);
	order->issued_s = wire_get_i64(&in);
	order->expires_s = wire_get_i64(&in);
	order->merchant_origin = wire_get_text(&in);
	wire_leave(reader, &in);
}

void
message_put_settlement(struct wire_writer *writer,
    const struct till_settlement *settlement)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_u32(writer, (uint32_t)settlement->verb);
	wire_put_bytes(writer, settlement->key, sizeof(settlement->key));
	wire_put_bytes(writer, settlement->digest, sizeof(settlement->digest));
	wire_put_u32(writer, settlement->attempt);
	wire_put_i64(writer, settlement->deadline_ms);
	put_money(writer, &settlement->amount);
	wire_put_text(writer, settlement->payer);
	wire_put_text(writer, settlement->payee);
	put_octets(writer, &settlement->payer_bank);
	put_octets(writer, &settlement->payee_bank);
	wire_put_text(writer, settlement->original);
	wire_put_text(writer, settlement->reason);
	wire_struct_end(writer, begin);
}

void
message_get_settlement(struct wire_reader *reader,
    struct till_settlement *settlement)
{
	struct till_bytes key, digest;
	struct wire_reader in;

	memset(settlement, 0, sizeof(*settlement));
	settlement->size = sizeof(*settlement);
	wire_enter(reader, &in);
	settlement->verb = (enum till_verb)wire_get_u32(&in);
	get_octets(&in, &key);
	get_octets(&in, &digest);
	if (key.len == sizeof(settlement->key) &&
	    digest.len == sizeof(settlement->digest)) {
		memcpy(settlement->key, key.data, key.len);
		memcpy(settlement->digest, digest.data, digest.len);
	} else {
		in.failed = true;
	}
	settlement->attempt = wire_get_u32(&in);
	settlement->deadline_ms = wire_get_i64(&in);
	get_money(&in, &settlement->amount);
	settlement->payer = wire_get_text(&in);
	settlement->payee = wire_get_text(&in);
	get_octets(&in, &settlement->payer_bank);
	get_octets(&in, &settlement->payee_bank);
	settlement->original = wire_get_text(&in);
	settlement->reason = wire_get_text(&in);
	wire_leave(reader, &in);
}

/* More postings than there can be are not sent, but their number is: it
 * is for the rules of outcomes to refuse them. */
void
message_put_outcome(struct wire_writer *writer,
    const struct till_outcome *outcome)
{
	const size_t begin = wire_struct_begin(writer);
	uint32_t i;

	wire_put_array(writer, outcome->reference, sizeof(outcome->reference));
	wire_put_array(writer, outcome->code, sizeof(outcome->code));
	wire_put_array(writer, outcome->text, sizeof(outcome->text));
	put_money(writer, &outcome->moved);
	wire_put_i64(writer, outcome->value_date_s);
	wire_put_u32(writer, outcome->retry_after_ms);
	wire_put_u32(writer, outcome->postings_len);
	if (outcome->postings_len <= TILL_POSTINGS_MAX)
		for (i = 0; i < outcome->postings_len; i++)
			put_posting(writer, &outcome->postings[i]);
	wire_struct_end(writer, begin);
}

void
message_get_outcome(struct wire_reader *reader, struct till_outcome *outcome)
{
	struct wire_reader in;
	uint32_t i;

	memset(outcome, 0, sizeof(*outcome));
	outcome->size = sizeof(*outcome);
	wire_enter(reader, &in);
	wire_get_array(&in, outcome->reference, sizeof(outcome->reference));
	wire_get_array(&in, outcome->code, sizeof(outcome->code));
	wire_get_array(&in, outcome->text, sizeof(outcome->text));
	get_money(&in, &outcome->moved);
	outcome->value_date_s = wire_get_i64(&in);
	outcome->retry_after_ms = wire_get_u32(&in);
	outcome->postings_len = wire_get_u32(&in);
	if (outcome->postings_len <= TILL_POSTINGS_MAX)
		for (i = 0; i < outcome->postings_len; i++)
			get_posting(&in, &outcome->postings[i]);
	wire_leave(reader, &in);
}

void
message_put_event(struct wire_writer *writer, const struct till_event *event)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_u32(writer, event->attempt);
	wire_put_text(writer, event->type);
	wire_put_text(writer, event->id);
	wire_put_text(writer, event->merchant);
	wire_put_text(writer, event->json);
	wire_put_u64(writer, event->sequence);
	wire_put_i64(writer, event->time_ms);
	wire_put_text(writer, event->token);
	wire_put_text(writer, event->endpoint);
	wire_struct_end(writer, begin);
}

void
message_get_event(struct wire_reader *reader, struct till_event *event)
{
	struct wire_reader in;

	memset(event, 0, sizeof(*event));
	event->size = sizeof(*event);
	wire_enter(reader, &in);
	event->attempt = wire_get_u32(&in);
	event->type = wire_get_text(&in);
	event->id = wire_get_text(&in);
	event->merchant = wire_get_text(&in);
	event->json = wire_get_text(&in);
	event->sequence = wire_get_u64(&in);
	event->time_ms = wire_get_i64(&in);
	event->token = wire_get_text(&in);
	event->endpoint = wire_get_text(&in);
	wire_leave(reader, &in);
}

void
message_put_limit(struct wire_writer *writer, const struct till_limit *limit)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_text(writer, limit->name);
	wire_put_u32(writer, (uint32_t)limit->scope);
	wire_put_u32(writer, (uint32_t)limit->window);
	wire_put_i64(writer, limit->max_micro);
	wire_put_i64(writer, limit->max_count);
	wire_struct_end(writer, begin);
}

void
message_get_limit(struct wire_reader *reader, struct till_limit *limit)
{
	struct wire_reader in;

	memset(limit, 0, sizeof(*limit));
	limit->size = sizeof(*limit);
	wire_enter(reader, &in);
	limit->name = wire_get_text(&in);
	limit->scope = (enum till_scope)wire_get_u32(&in);
	limit->window = (enum till_window)wire_get_u32(&in);
	limit->max_micro = wire_get_i64(&in);
	limit->max_count = wire_get_i64(&in);
	wire_leave(reader, &in);
}

void
message_put_failures(struct wire_writer *writer,
    const struct till_failures *failures)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_u32(writer, failures->count);
	wire_put_i64(writer, failures->first_ms);
	wire_put_i64(writer, failures->last_ms);
	wire_struct_end(writer, begin);
}

void
message_get_failures(struct wire_reader *reader, struct till_failures *failures)
{
	struct wire_reader in;

	memset(failures, 0, sizeof(*failures));
	failures->size = sizeof(*failures);
	wire_enter(reader, &in);
	failures->count = wire_get_u32(&in);
	failures->first_ms = wire_get_i64(&in);
	failures->last_ms = wire_get_i64(&in);
	wire_leave(reader, &in);
}

void
message_put_reply(struct wire_writer *writer, const struct till_reply *reply)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_text(writer, reply->format);
	wire_put_u32(writer, reply->age_ms);
	wire_struct_end(writer, begin);
	wire_put_bytes_head(writer, reply->data.len);
}

void
message_get_reply(struct wire_reader *reader, struct till_reply *reply)
{
	struct wire_reader in;

	memset(reply, 0, sizeof(*reply));
	reply->size = sizeof(*reply);
	wire_enter(reader, &in);
	reply->format = wire_get_text(&in);
	reply->age_ms = wire_get_u32(&in);
	wire_leave(reader, &in);
	get_octets(reader, &reply->data);
}

void
message_put_credential(struct wire_writer *writer,
    const struct till_credential *credential)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_u32(writer, credential->secret);
	wire_put_text(writer, credential->id);
	wire_put_text(writer, credential->label);
	wire_put_i64(writer, credential->created_ms);
	wire_struct_end(writer, begin);
	wire_put_bytes_head(writer, credential->data.len);
}

void
message_get_credential(struct wire_reader *reader,
    struct till_credential *credential)
{
	struct wire_reader in;

	memset(credential, 0, sizeof(*credential));
	credential->size = sizeof(*credential);
	wire_enter(reader, &in);
	credential->secret = wire_get_u32(&in);
	credential->id = wire_get_text(&in);
	credential->label = wire_get_text(&in);
	credential->created_ms = wire_get_i64(&in);
	wire_leave(reader, &in);
	get_octets(reader, &credential->data);
}

void
message_put_prompt(struct wire_writer *writer, const struct till_prompt *prompt)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_u32(writer, (uint32_t)prompt->kind);
	wire_put_text(writer, prompt->id);
	wire_put_text(writer, prompt->label);
	wire_put_text(writer, prompt->text);
	wire_put_u32(writer, prompt->min_len);
	wire_put_u32(writer, prompt->max_len);
	wire_put_u32(writer, prompt->ttl_ms);
	put_octets(writer, &prompt->challenge);
	wire_put_text(writer, prompt->format);
	put_words(writer, prompt->choices, MESSAGE_CHOICES_MAX);
	wire_put_text(writer, prompt->data);
	wire_struct_end(writer, begin);
}

void
message_get_prompt(struct wire_reader *reader, struct till_prompt *prompt,
    const char **choices)
{
	struct wire_reader in;

	memset(prompt, 0, sizeof(*prompt));
	prompt->size = sizeof(*prompt);
	wire_enter(reader, &in);
	prompt->kind = (enum till_prompt_kind)wire_get_u32(&in);
	prompt->id = wire_get_text(&in);
	prompt->label = wire_get_text(&in);
	prompt->text = wire_get_text(&in);
	prompt->min_len = wire_get_u32(&in);
	prompt->max_len = wire_get_u32(&in);
	prompt->ttl_ms = wire_get_u32(&in);
	get_octets(&in, &prompt->challenge);
	prompt->format = wire_get_text(&in);
	get_words(&in, choices, MESSAGE_CHOICES_MAX);
	prompt->choices = choices;
	prompt->data = wire_get_text(&in);
	wire_leave(reader, &in);
}

void
message_put_setting(struct wire_writer *writer,
    const struct till_setting *setting)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_text(writer, setting->name);
	wire_put_u32(writer, (uint32_t)setting->type);
	wire_put_u32(writer, setting->flags);
	wire_put_u64(writer, setting->offset);
	wire_put_text(writer, setting->initial);
	wire_put_i64(writer, setting->low);
	wire_put_i64(writer, setting->high);
	wire_put_text(writer, setting->help);
	put_words(writer, setting->names, MESSAGE_WORDS_MAX);
	wire_struct_end(writer, begin);
}

void
message_get_setting(struct wire_reader *reader, struct till_setting *setting,
    const char **names)
{
	struct wire_reader in;

	memset(setting, 0, sizeof(*setting));
	wire_enter(reader, &in);
	setting->name = wire_get_text(&in);
	setting->type = (enum till_setting_type)wire_get_u32(&in);
	setting->flags = wire_get_u32(&in);
	setting->offset = (size_t)wire_get_u64(&in);
	setting->initial = wire_get_text(&in);
	setting->low = wire_get_i64(&in);
	setting->high = wire_get_i64(&in);
	setting->help = wire_get_text(&in);
	get_words(&in, names, MESSAGE_WORDS_MAX);
	setting->names = names;
	wire_leave(reader, &in);
}

static void
put_money(struct wire_writer *writer, const struct till_money *money)
{
	wire_put_i64(writer, money->micro);
	wire_put_array(writer, money->currency, sizeof(money->currency));
}

static void
get_money(struct wire_reader *reader, struct till_money *money)
{
	memset(money, 0, sizeof(*money));
	money->micro = wire_get_i64(reader);
	wire_get_array(reader, money->currency, sizeof(money->currency));
}

static void
put_octets(struct wire_writer *writer, const struct till_bytes *bytes)
{
	wire_put_bytes(writer, bytes->data, bytes->len);
}

static void
get_octets(struct wire_reader *reader, struct till_bytes *bytes)
{
	bytes->data = wire_get_bytes(reader, &bytes->len);
}

/* Too many of them fail the message. */
static void
put_words(struct wire_writer *writer, const char *const *words, size_t max)
{
	uint32_t n = 0, i;

	while (words != NULL && words[n] != NULL && n <= max)
		n++;
	if (n > max)
		writer->failed = true;
	wire_put_u32(writer, n);
	for (i = 0; i < n && !writer->failed; i++)
		wire_put_text(writer, words[i]);
}

static void
get_words(struct wire_reader *reader, const char **words, size_t max)
{
	const uint32_t n = wire_get_u32(reader);
	uint32_t i;

	words[0] = NULL;
	if (n > max) {
		reader->failed = true;
		return;
	}
	for (i = 0; i < n; i++) {
		words[i] = wire_get_text(reader);
		if (words[i] == NULL) {
			reader->failed = true;
			return;
		}
	}
	words[n] = NULL;
}

static void
put_posting(struct wire_writer *writer, const struct till_posting *posting)
{
	wire_put_bytes(writer, posting->account, sizeof(posting->account));
	wire_put_i64(writer, posting->micro);
	wire_put_u32(writer, (uint32_t)posting->condition);
	wire_put_i64(writer, posting->limit_micro);
}

static void
get_posting(struct wire_reader *reader, struct till_posting *posting)
{
	struct till_bytes account;

	get_octets(reader, &account);
	if (account.len == sizeof(posting->account))
		memcpy(posting->account, account.data, account.len);
	else
		reader->failed = true;
	posting->micro = wire_get_i64(reader);
	posting->condition = (enum till_condition)wire_get_u32(reader);
	posting->limit_micro = wire_get_i64(reader);
}
