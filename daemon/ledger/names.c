/*
 * names.c - words for what the ledger's enums say.
 */
#include "ledger/ledger.h"

const char *
order_state_name(enum order_state state)
{
	switch (state) {
	case ORDER_NONE:
		return "none";
	case ORDER_INTENT:
		return "intent";
	case ORDER_UNKNOWN:
		return "unknown";
	case ORDER_PAID:
		return "paid";
	case ORDER_REFUSED:
		return "refused";
	case ORDER_CANCELLED:
		return "cancelled";
	case ORDER_EXPIRED:
		return "expired";
	case ORDER_REFUNDED:
		return "refunded";
	}
	return "?";
}

const char *
order_channel_name(enum order_channel channel)
{
	switch (channel) {
	case CHANNEL_NONE:
		return NULL;
	case CHANNEL_BROWSER:
		return "browser";
	case CHANNEL_API:
		return "api";
	}
	return NULL;
}

const char *
reversal_state_name(enum reversal_state state)
{
	switch (state) {
	case REVERSAL_NONE:
		return "none";
	case REVERSAL_WAITING:
		return "waiting";
	case REVERSAL_PARKED:
		return "parked";
	case REVERSAL_DONE:
		return "done";
	case REVERSAL_DROPPED:
		return "dropped";
	}
	return "?";
}

const char *
entry_kind_name(enum entry_kind kind)
{
	switch (kind) {
	case ENTRY_NONE:
		return "none";
	case ENTRY_PAYMENT:
		return "payment";
	case ENTRY_IDENTITY:
		return "identity";
	case ENTRY_TOPUP:
		return "topup";
	case ENTRY_REFUND:
		return "refund";
	case ENTRY_PAYOUT:
		return "payout";
	case ENTRY_ADJUSTMENT:
		return "adjustment";
	case ENTRY_ADMIN:
		return "admin";
	case ENTRY_REFUND_DONE:
		return "refund-done";
	case ENTRY_REFUND_BACK:
		return "refund-back";
	}
	return "?";
}

const char *
ledger_result_name(enum ledger_result result)
{
	switch (result) {
	case LEDGER_NONE:
		return "none";
	case LEDGER_DONE:
		return "done";
	case LEDGER_REPEAT:
		return "repeat";
	case LEDGER_CONFLICT:
		return "conflict";
	case LEDGER_DECLINED:
		return "declined";
	case LEDGER_LIMITED:
		return "limited";
	case LEDGER_STALE:
		return "stale";
	case LEDGER_ASK:
		return "ask";
	case LEDGER_NO_ROOM:
		return "no-room";
	case LEDGER_BUSY:
		return "busy";
	case LEDGER_INVALID:
		return "invalid";
	}
	return "?";
}
