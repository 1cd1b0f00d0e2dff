/*
 * intent.pml - one order that is settled over the bank network: the rear
 * unit, settle_bank, the network, the bank, and what may go wrong between.
 *
 * README beside this file says what stands for what in the code.  Each
 * option is 0 unless spin is called with -DOPTION=1.
 */

/* How the world is. */
#ifndef FORGETS		/* the bank: a reversal that overtook its original */
#define FORGETS 0
#endif
#ifndef OVERTAKES	/* a request may be under way for longer than the first
			 * reversal waits (15 s + 45 s) */
#define OVERTAKES 0
#endif
#ifndef LATE_COMES	/* an approval that comes too late does come */
#define LATE_COMES 0
#endif

/* Mistakes, each of which must violate something. */
#ifndef NO_INTENT	/* the intent is not written before the call */
#define NO_INTENT 0
#endif
#ifndef NO_JOURNAL	/* a request is sent before it is written down */
#define NO_JOURNAL 0
#endif
#ifndef NO_REVERSAL	/* nobody reverses what had no answer */
#define NO_REVERSAL 0
#endif
#ifndef TWO_WRITES	/* the refusal is written before what it owes */
#define TWO_WRITES 0
#endif
#ifndef MEMORY_QUEUE	/* a crash loses the reversal queue */
#define MEMORY_QUEUE 0
#endif
#ifndef NO_AGAIN	/* a late approval is not reversed again */
#define NO_AGAIN 0
#endif
#ifndef SAME_KEY	/* it is, with the key of the first reversal */
#define SAME_KEY 0
#endif
#ifndef TOLD_FIRST	/* it is written down as told before it is */
#define TOLD_FIRST 0
#endif
#ifndef ACCEPT_LATE	/* a late approval turns a refusal */
#define ACCEPT_LATE 0
#endif
#ifndef NEW_KEY		/* what is unknown is tried again with a new key */
#define NEW_KEY 0
#endif
#ifndef NEXT_ROUTE	/* what is unknown goes to the next route */
#define NEXT_ROUTE 0
#endif
#ifndef QUERY_FIRST	/* a question overtakes the charge that it is about */
#define QUERY_FIRST 0
#endif
#ifndef SENDS_LATE	/* what timed out before it was sent is sent */
#define SENDS_LATE 0
#endif

#define CRASHES 2	/* of the rear unit and of the module, together */
#define LOSSES 2	/* of messages */
#define DOUBLES 1	/* messages that arrive twice */
#define DOWNS 1		/* calls that find no link, or lose it in sending */

mtype = { NEW, INTENT, DOUBT, PAID, REFUSED };
mtype = { NOTHING, SENT, NEVER, APPROVED, DECLINED, SILENT, LATE, TOLD };
mtype = { OWED, DONE };
mtype = { CHARGED, GIVEN_BACK, REMEMBERED };
mtype = { NONE, COMMITTED, NOT_ATTEMPTED, UNKNOWN, LOST };

/* Durable: the ledger's order and its reversals, of which 0 is owed for what
 * was lost and 1 for an approval that came late; and the module's journal, by
 * the key of a charge and by that of a reversal. */
mtype order = NEW;
mtype queue[2] = NOTHING;
bool late_owed;
mtype journal[2] = NOTHING;
mtype undo[2] = NOTHING;

/* Lost in a crash: what the module holds, what the rear unit waits for. */
bool hand[2], flight[2], sending[2], telling;
bool asked[2], undoing[2];
bool waiting;
mtype result = NONE;

/* Under way; only the first key is ever reversed. */
bool request[2], yes[2], no[2];
bool reversal[2], done[2];

/* The bank's books, and ours. */
mtype bank[2] = NOTHING;
bool wallet, voucher, gone;
byte taken;		/* times that money was taken, by whomever */
byte key;

byte crashes, losses, doubles, downs;

#define HAS_MONEY (bank[0] == CHARGED || bank[1] == CHARGED || wallet)
#define MAY_HAVE_LEFT(k) (journal[k] == SENT || journal[k] == SILENT || \
    journal[k] == LATE || journal[k] == TOLD)

inline wipe(k) {
	hand[k] = false;
	flight[k] = false;
	sending[k] = false;
	asked[k] = false;
	undoing[k] = false;
	if
	:: NO_JOURNAL && journal[k] == SENT -> journal[k] = NOTHING
	:: else
	fi;
	if
	:: MEMORY_QUEUE && queue[k] == OWED -> queue[k] = NOTHING
	:: else
	fi
}

inline crash_module() {
	crashes++;
	wipe(0);
	wipe(1);
	telling = false;
	if
	:: waiting && result == NONE -> result = UNKNOWN
	:: else
	fi
}

inline maybe_crash() {
	if
	:: atomic { crashes < CRASHES -> waiting = false; crash_module();
	    result = NONE; goto restart }
	:: true
	fi
}

/* daemon/rear: order_route.c, order_charge.c, keeper.c, resolve.c */
active proctype rear() {
	mtype got;
	bool resolving, began;

restart:
	resolving = false;
	if
	:: order == NEW ->
		if
		:: began -> gone = true; goto ended
		:: true
		fi;
		began = true;
		if
		:: NO_INTENT
		:: else -> order = INTENT
		fi;
		maybe_crash()
	:: order == INTENT || order == DOUBT -> goto resolve
	:: order == PAID -> goto give
	:: order == REFUSED -> goto ended
	fi;

call:
	atomic { hand[key] = true; waiting = true; result = NONE };
	if
	:: atomic { result != NONE -> got = result; waiting = false }
	:: atomic { got = UNKNOWN; waiting = false }	/* the deadline */
	:: atomic { crashes < CRASHES -> waiting = false; crash_module();
	    result = NONE; goto restart }
	fi;
	maybe_crash();
	if
	:: got == COMMITTED -> order = PAID; goto give
	:: got == LOST -> goto lost
	:: got == UNKNOWN && !(NEXT_ROUTE) -> order = DOUBT; goto resolve
	:: got == NOT_ATTEMPTED && resolving -> goto resolve
	:: got == DECLINED && resolving -> order = REFUSED; goto ended
	:: else ->
		/* The next route, or none. */
		if
		:: atomic {
			assert(got == DECLINED || got == NOT_ATTEMPTED);
			wallet = true; taken++; order = PAID };
			goto give
		:: order = REFUSED; goto ended
		fi
	fi;

resolve:
	maybe_crash();
	if
	:: NEW_KEY && key == 0 && journal[0] != APPROVED ->
		key = 1; resolving = true; goto call
	:: else
	fi;
	/* A question waits for what is under way with its key. */
	atomic { (QUERY_FIRST || !hand[key]) && !flight[key] ->
	    got = journal[key] };
	maybe_crash();
	if
	:: got == APPROVED -> order = PAID; goto give
	:: got == DECLINED || got == NEVER -> order = REFUSED; goto ended
	:: got == NOTHING ->
		if
		:: resolving = true; goto call		/* the ticket is valid */
		:: order = REFUSED; goto ended		/* or not any more */
		fi
	:: else
	fi;

lost:
	if
	:: NO_REVERSAL -> order = REFUSED
	:: TWO_WRITES -> order = REFUSED; maybe_crash(); queue[0] = OWED
	:: else -> atomic { order = REFUSED; queue[0] = OWED }
	fi;
	goto ended;

give:
	maybe_crash();
	voucher = true;

ended:
	skip
}

/* The answer to the call that the rear unit waits for, if it does. */
inline answer(k, r) {
	hand[k] = false;
	if
	:: waiting && result == NONE -> result = r
	:: else
	fi
}

inline too_late(k) {
	if
	:: ACCEPT_LATE ->
		journal[k] = APPROVED;
		if
		:: order == REFUSED -> order = PAID; voucher = true
		:: else
		fi
	:: NO_AGAIN && !(ACCEPT_LATE) -> journal[k] = TOLD
	:: else -> journal[k] = LATE
	fi
}

/* modules/settle_bank, for the key of a charge; each step is one durable
 * write or one message. */
proctype module(byte k) {
end:	do
	:: atomic { hand[k] && journal[k] == NOTHING ->
		hand[k] = false;
		journal[k] = SENT; flight[k] = true; sending[k] = true }
	:: atomic { hand[k] && journal[k] == NOTHING && downs < DOWNS ->
		downs++; answer(k, NOT_ATTEMPTED) }
	:: atomic { hand[k] && journal[k] == APPROVED -> answer(k, COMMITTED) }
	:: atomic { hand[k] && journal[k] == DECLINED -> answer(k, DECLINED) }
	:: atomic { hand[k] && journal[k] == NEVER ->
		answer(k, NOT_ATTEMPTED) }
	:: atomic { hand[k] && !flight[k] && MAY_HAVE_LEFT(k) ->
		answer(k, LOST) }
	:: atomic { sending[k] -> sending[k] = false; request[k] = true }
	:: atomic { sending[k] && downs < DOWNS ->
		downs++; sending[k] = false; flight[k] = false;
		journal[k] = NEVER; answer(k, NOT_ATTEMPTED) }
	/* No answer in time. */
	:: atomic { flight[k] ->
		flight[k] = false; sending[k] = sending[k] && SENDS_LATE;
		journal[k] = SILENT; answer(k, LOST) }
	:: atomic { yes[k] ->
		if
		:: doubles < DOUBLES -> doubles++
		:: yes[k] = false
		fi;
		if
		:: flight[k] ->
			flight[k] = false;
			journal[k] = APPROVED; answer(k, COMMITTED)
		:: !flight[k] && (journal[k] == SENT || journal[k] == SILENT) ->
			too_late(k)
		:: else
		fi }
	:: atomic { no[k] ->
		no[k] = false;
		if
		:: flight[k] ->
			flight[k] = false;
			journal[k] = DECLINED; answer(k, DECLINED)
		:: !flight[k] && (journal[k] == SENT || journal[k] == SILENT) ->
			journal[k] = DECLINED
		:: else
		fi }
	/* What came late is told until the rear unit has it for good: desk_late.c
	 * and reverser_late.c. */
	:: atomic { journal[k] == LATE && !telling && TOLD_FIRST ->
		journal[k] = TOLD; telling = true }
	:: atomic { journal[k] == TOLD && telling && TOLD_FIRST &&
	    order == REFUSED -> telling = false; queue[1] = OWED }
	:: atomic { journal[k] == LATE && !telling && order == REFUSED &&
	    !(TOLD_FIRST) ->
		telling = true;
		if
		:: late_owed
		:: !late_owed && !(SAME_KEY) -> queue[1] = OWED
		:: !late_owed && SAME_KEY -> queue[0] = OWED
		fi;
		late_owed = true }
	:: atomic { journal[k] == LATE && !telling && order == PAID ->
		telling = true }
	:: atomic { journal[k] == LATE && telling ->
		telling = false; journal[k] = TOLD }
	od
}

/* daemon/rear: reverser.c, undo.c; and modules/settle_bank for the key of a
 * reversal. */
proctype reverser(byte r) {
end:	do
	:: atomic { queue[r] == OWED && !asked[r] && (OVERTAKES || !request[0]) ->
		asked[r] = true }
	:: atomic { asked[r] && undo[r] == APPROVED ->
		asked[r] = false; queue[r] = DONE }
	:: atomic { asked[r] && (journal[0] == NOTHING || journal[0] == NEVER) ->
		asked[r] = false; queue[r] = DONE }
	:: atomic { asked[r] && !undoing[r] && undo[r] != APPROVED &&
	    journal[0] != NOTHING && journal[0] != NEVER ->
		undo[r] = SENT; undoing[r] = true; reversal[r] = true }
	/* No answer in time: the same again. */
	:: atomic { undoing[r] -> undoing[r] = false; asked[r] = false }
	:: atomic { done[r] ->
		if
		:: doubles < DOUBLES -> doubles++
		:: done[r] = false
		fi;
		undoing[r] = false;
		if
		:: undo[r] == SENT -> undo[r] = APPROVED
		:: else
		fi }
	od
}

inline arrive(k) {
	if
	:: doubles < DOUBLES -> doubles++
	:: request[k] = false
	fi;
	if
	:: bank[k] == NOTHING -> bank[k] = CHARGED; taken++; yes[k] = true
	:: bank[k] == NOTHING -> bank[k] = DECLINED; no[k] = true
	:: bank[k] == CHARGED || bank[k] == GIVEN_BACK -> yes[k] = true
	:: bank[k] == DECLINED -> no[k] = true
	:: bank[k] == REMEMBERED -> bank[k] = DECLINED; no[k] = true
	fi
}

inline reverse(r) {
	reversal[r] = false;
	if
	:: bank[0] == CHARGED -> bank[0] = GIVEN_BACK
	:: bank[0] == NOTHING && !(FORGETS) -> bank[0] = REMEMBERED
	:: else
	fi;
	done[r] = true
}

/* tests/bank, or another, for one key and one reversal. */
proctype network(byte k) {
end:	do
	:: atomic { request[k] -> arrive(k) }
	:: atomic { reversal[k] -> reverse(k) }
	od
}

/* What is lost, and when the module dies by itself. */
active proctype trouble() {
end:	do
	:: atomic { losses < LOSSES && request[0] ->
		losses++; request[0] = false }
	:: atomic { losses < LOSSES && yes[0] &&
	    !(LATE_COMES && undo[0] != NOTHING) ->
		losses++; yes[0] = false }
	:: atomic { losses < LOSSES && no[0] -> losses++; no[0] = false }
	:: atomic { losses < LOSSES && reversal[0] ->
		losses++; reversal[0] = false }
	:: atomic { losses < LOSSES && done[0] -> losses++; done[0] = false }
	:: atomic { losses < LOSSES && reversal[1] ->
		losses++; reversal[1] = false }
	:: atomic { losses < LOSSES && done[1] -> losses++; done[1] = false }
	:: atomic { crashes < CRASHES -> crash_module() }
	:: break
	od
}

/* When nothing can happen any more: the queue has drained. */
active proctype judge() {
	timeout ->
	assert(order == PAID || order == REFUSED || gone);
	assert(!(order == PAID) || voucher);
	assert(!voucher || HAS_MONEY);
	assert(voucher || !HAS_MONEY);
	assert(queue[0] != OWED && queue[1] != OWED);
	assert(journal[0] != LATE && !flight[0]);
}

init {
	atomic {
		run module(0);
		run network(0);
		run network(1);
		run reverser(0);
		run reverser(1);
		if
		:: NEW_KEY -> run module(1)
		:: else
		fi
	}
}

ltl safe { [] (taken <= 1 && (voucher -> HAS_MONEY)) }
ltl ends { [] ((order == INTENT || order == DOUBT) ->
    <> (order == PAID || order == REFUSED)) }
