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
#ifndef MEMORY_QUEUE	/* a crash loses the reversal queue */
#define MEMORY_QUEUE 0
#endif
#ifndef NO_AGAIN	/* a late approval is not reversed again */
#define NO_AGAIN 0
#endif
#ifndef SAME_TRACE	/* it is, with the trace number of the first reversal */
#define SAME_TRACE 0
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
#define DOWNS 1		/* calls that find no link */
#define ROUNDS 3	/* reversals of one request, with a number each */

mtype = { NEW, INTENT, DOUBT, PAID, REFUSED };
mtype = { NOTHING, SENT, APPROVED, DECLINED, REVERSING, REVERSED };
mtype = { CHARGED, GIVEN_BACK, REMEMBERED };
mtype = { NONE, COMMITTED, NOT_ATTEMPTED, UNKNOWN };

/* Durable: the ledger's order, the module's journal by key. */
mtype order = NEW;
mtype journal[2] = NOTHING;
byte round[2];

/* Lost in a crash: what the module holds, what the rear unit waits for. */
bool hand[2], sending[2];
bool waiting;
mtype result = NONE;

/* Under way. */
bool request[2], yes[2], no[2];
bool reversal[6], done[6];
#define AT(k, r) (3 * (k) + (r))

/* The bank's books, and ours. */
mtype bank[2] = NOTHING;
bool wallet, voucher, gone;
byte taken;		/* times that money was taken, by whomever */
byte key;
bool flipped;

byte crashes, losses, doubles, downs;

#define HAS_MONEY (bank[0] == CHARGED || bank[1] == CHARGED || wallet)

inline wipe(k) {
	hand[k] = false;
	sending[k] = false;
	if
	:: NO_JOURNAL && journal[k] == SENT -> journal[k] = NOTHING
	:: MEMORY_QUEUE && journal[k] == REVERSING -> journal[k] = REVERSED
	:: else
	fi
}

inline crash_module() {
	crashes++;
	wipe(0);
	wipe(1);
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
	atomic { (QUERY_FIRST || !hand[key]) && journal[key] != SENT ->
	    got = journal[key] };
	maybe_crash();
	if
	:: got == APPROVED -> order = PAID; goto give
	:: got == DECLINED || got == REVERSING || got == REVERSED ->
		order = REFUSED; goto ended
	:: got == NOTHING ->
		if
		:: resolving = true; goto call		/* the ticket is valid */
		:: order = REFUSED; goto ended		/* or not any more */
		fi
	fi;

give:
	maybe_crash();
	voucher = true;

ended:
	skip
}

/* The answer to the call that the rear unit waits for, if it does. */
inline answer(r) {
	if
	:: waiting && result == NONE -> result = r
	:: else
	fi
}

inline late_approval(k) {
	if
	:: ACCEPT_LATE ->
		journal[k] = APPROVED;
		if
		:: order == REFUSED -> order = PAID; voucher = true
		:: else
		fi
	:: NO_AGAIN && !(ACCEPT_LATE)
	:: else ->
		if
		:: round[k] < ROUNDS - 1 && !(SAME_TRACE) -> round[k]++
		:: else
		fi;
		journal[k] = REVERSING
	fi
}

/* modules/settle_bank, for one key; each step is one durable write or one
 * message. */
proctype module(byte k) {
end:	do
	:: atomic { hand[k] && journal[k] == NOTHING ->
		hand[k] = false; journal[k] = SENT; sending[k] = true }
	:: atomic { hand[k] && journal[k] == NOTHING && downs < DOWNS ->
		hand[k] = false; downs++; answer(NOT_ATTEMPTED) }
	:: atomic { hand[k] && journal[k] == APPROVED ->
		hand[k] = false; answer(COMMITTED) }
	:: atomic { hand[k] && (journal[k] == DECLINED ||
	    journal[k] == REVERSING || journal[k] == REVERSED) ->
		hand[k] = false; answer(DECLINED) }
	:: atomic { sending[k] -> sending[k] = false; request[k] = true }
	/* No answer in time, or none after a restart. */
	:: atomic { journal[k] == SENT ->
		journal[k] = (NO_REVERSAL -> REVERSED : REVERSING);
		sending[k] = sending[k] && SENDS_LATE;
		hand[k] = false;
		answer(UNKNOWN) }
	:: atomic { yes[k] ->
		if
		:: doubles < DOUBLES -> doubles++
		:: yes[k] = false
		fi;
		if
		:: journal[k] == SENT ->
			journal[k] = APPROVED; answer(COMMITTED)
		:: journal[k] == REVERSING || journal[k] == REVERSED ->
			late_approval(k)
		:: else
		fi }
	:: atomic { no[k] ->
		no[k] = false;
		if
		:: journal[k] == SENT ->
			journal[k] = DECLINED; answer(DECLINED)
		:: else
		fi }
	:: atomic { journal[k] == REVERSING && !reversal[AT(k, round[k])] &&
	    !done[AT(k, round[k])] && (OVERTAKES || !request[k]) ->
		reversal[AT(k, round[k])] = true }
	:: atomic { done[AT(k, round[k])] ->
		if
		:: doubles < DOUBLES -> doubles++
		:: done[AT(k, round[k])] = false
		fi;
		if
		:: journal[k] == REVERSING -> journal[k] = REVERSED
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

inline reverse(k, r) {
	reversal[AT(k, r)] = false;
	if
	:: bank[k] == CHARGED -> bank[k] = GIVEN_BACK
	:: bank[k] == NOTHING && !(FORGETS) -> bank[k] = REMEMBERED
	:: else
	fi;
	done[AT(k, r)] = true
}

/* tests/bank, or another, for one key. */
proctype network(byte k) {
end:	do
	:: atomic { request[k] -> arrive(k) }
	:: atomic { reversal[AT(k, 0)] -> reverse(k, 0) }
	:: atomic { reversal[AT(k, 1)] -> reverse(k, 1) }
	:: atomic { reversal[AT(k, 2)] -> reverse(k, 2) }
	od
}

/* What is lost, and when the module dies by itself. */
active proctype trouble() {
end:	do
	:: atomic { losses < LOSSES && request[0] ->
		losses++; request[0] = false }
	:: atomic { losses < LOSSES && yes[0] &&
	    !(LATE_COMES && journal[0] != SENT) ->
		losses++; yes[0] = false }
	:: atomic { losses < LOSSES && no[0] -> losses++; no[0] = false }
	:: atomic { losses < LOSSES && reversal[AT(0, round[0])] ->
		losses++; reversal[AT(0, round[0])] = false }
	:: atomic { losses < LOSSES && done[AT(0, round[0])] ->
		losses++; done[AT(0, round[0])] = false }
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
	assert(journal[0] != SENT && journal[0] != REVERSING);
}

init {
	atomic {
		run module(0);
		run network(0);
		if
		:: NEW_KEY -> run module(1); run network(1)
		:: else
		fi
	}
}

ltl safe { [] (taken <= 1 && (voucher -> HAS_MONEY)) }
ltl ends { [] ((order == INTENT || order == DOUBT) ->
    <> (order == PAID || order == REFUSED)) }
