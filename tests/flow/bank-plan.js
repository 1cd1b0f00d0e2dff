// bank-plan.js - what befalls each purchase of the random run, from a seed.
//
// The fault that strikes a purchase's request is in its amount: each fault has
// a range of its own, and within it no two purchases cost the same.  So the
// bank's script knows what to do with it, and both ledgers name it by what it
// costs.  The fault that strikes its reversal, if there is one, is that of the
// customer, each of whom has another card.
'use strict';

const WIDTH = 1000000;		// cents: purchases of one fault
const FIRST = 10000;		// the cheapest is 100.00 EUR
const BALANCE = 900000000000;	// of each card
const PATIENCE_MS = 1000;	// response= of the links
const REVERSAL_MS = 4000;	// set reversal-after, from then on

// Shares are of 100,000 purchases.  A request that takes longer than the first
// reversal waits is beyond a bank that forgets: tests/model/README.
const FAULTS = [
	{ name: 'none', does: 'delay=0..30' },
	{ name: 'request lost', kind: 'lost', share: 1000, does: 'lose' },
	{ name: 'answer lost', kind: 'lost', share: 1000, does: 'drop' },
	{ name: 'answer late', kind: 'late', share: 1000, does: 'delay=1100..8000' },
	{ name: 'request late', kind: 'late', share: 900, does: {
		remembers: 'arrive=1100..8000', forgets: 'arrive=1100..1600' } },
	{ name: 'both late', kind: 'late', share: 100,
		does: 'arrive=600..1600 delay=600..6000' },
	{ name: 'doubled', kind: 'doubled', share: 800, does: 'twice=0..400' },
	{ name: 'late and doubled', kind: 'doubled', share: 200,
		does: 'delay=1100..6000 twice=0..3000' },
	{ name: 'garbage', kind: 'garbage', share: 200, does: 'garbage=frame' },
	{ name: 'garbage, no frame', kind: 'garbage', share: 30,
		does: 'garbage=stream' },
	{ name: 'closed before', kind: 'closes', share: 40, does: 'close=before' },
	{ name: 'closed after', kind: 'closes', share: 40, does: 'close=after' },
	{ name: 'wrong trace number', kind: 'wrong', share: 50,
		does: 'wrong=stan' },
	{ name: 'wrong amount', kind: 'wrong', share: 50, does: 'wrong=amount' },
	{ name: 'wrong currency', kind: 'wrong', share: 50,
		does: 'wrong=currency' },
	{ name: 'wrong reference', kind: 'wrong', share: 50, does: 'wrong=rrn' },
	{ name: 'wrong type', kind: 'wrong', share: 50, does: 'wrong=type' },
	{ name: 'no code', kind: 'wrong', share: 50, does: 'no-code' },
	{ name: 'no cover', kind: 'declined', share: 1000, does: 'answer=51' },
	{ name: 'declined', kind: 'declined', share: 500, does: 'answer=05' },
	{ name: 'unavailable', kind: 'declined', share: 300, does: 'answer=91' },
	{ name: 'part only', kind: 'partial', share: 100, does: 'partial=5000' },
	{ name: 'honoured', kind: 'partial', share: 50, does: 'answer=08' },
	{ name: 'duplicate', kind: 'partial', share: 50, does: 'answer=94' },
];

// Of the first request of a reversal (0420), where nothing else is said; the
// repeats are 0421.  Shares are of 1,000 customers' purchases.  Each connection
// that ends loses all that is under way on it, which makes more reversals: few
// of these may end another one.
const REVERSALS = [
	{ name: 'none', share: 400, does: '' },
	{ name: 'lost', share: 80, does: 'lose' },
	{ name: 'answer lost', share: 80, does: 'drop' },
	{ name: 'late', share: 50, does: 'delay=1100..4000' },
	{ name: 'request late', share: 50, does: 'arrive=200..3000' },
	{ name: 'doubled', share: 50, does: 'twice=0..400' },
	{ name: 'stubborn', share: 50, does: 'lose', of: '04xx', chance: '30%' },
	{ name: '91', share: 30, does: 'answer=91' },
	{ name: '96', share: 30, does: 'answer=96' },
	{ name: '80', share: 20, does: 'answer=80' },
	{ name: '68', share: 20, does: 'answer=68' },
	{ name: '06', share: 20, does: 'answer=06' },
	{ name: 'parked', share: 30, does: 'answer=05' },
	{ name: 'wrong', share: 40, does: 'wrong=amount' },
	{ name: 'garbage', share: 40, does: 'garbage=frame' },
	{ name: 'closed before', share: 3, does: 'close=before' },
	{ name: 'closed after', share: 4, does: 'close=after' },
	{ name: 'garbage, no frame', share: 3, does: 'garbage=stream' },
];

// A number below n, by splitmix32.
class Chance {
	constructor(seed) {
		this.state = seed >>> 0;
	}

	below(n) {
		this.state = (this.state + 0x9e3779b9) >>> 0;
		let z = this.state;
		z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
		z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
		return ((z ^ (z >>> 15)) >>> 0) % n;
	}

	shuffle(list) {
		for (let i = list.length - 1; i > 0; i--) {
			const k = this.below(i + 1);
			[list[i], list[k]] = [list[k], list[i]];
		}
		return list;
	}
}

// Of 16 digits; the last one is Luhn's.
function card(i) {
	const digits = `40000012345${String(i).padStart(4, '0')}`;
	let sum = 0;
	[...digits].reverse().forEach((c, k) => {
		const twice = Number(c) * (k % 2 === 0 ? 2 : 1);
		sum += twice > 9 ? twice - 9 : twice;
	});
	return digits + (10 - sum % 10) % 10;
}

const customer = (i) => `reader-${i}`;

// Each fault's part of n, at least one of each, in an order of chance.
// serial: how many purchases there were in all before these.
function plan(mode, n, serial, chance) {
	const faults = FAULTS.flatMap((fault, i) => Array(i === 0 ? 0 :
		Math.max(1, Math.round(n * fault.share / 100000))).fill(i));
	const readers = REVERSALS.flatMap(({ share }, i) => Array(share).fill(i));
	while (faults.length < n)
		faults.push(0);
	return chance.shuffle(faults.slice(0, n)).map((fault, i) => {
		const reader = readers[chance.below(readers.length)];
		return { jti: `${mode}-${i}`, fault, reader,
			customer: customer(reader),
			cents: FIRST + fault * WIDTH + serial + i,
			// Does the buyer ask until there is an end, or go away?
			stays: chance.below(10) > 0 };
	});
}

// The bank's script for a mode; the rules are those of FAULTS, then those of
// REVERSALS that do something.
function script(mode, seed) {
	const lines = [`seed ${seed}`];
	REVERSALS.forEach((_, i) =>
		lines.push(`account ${card(i)} 978 ${BALANCE}`));
	FAULTS.forEach(({ does }, i) => {
		const from = FIRST + i * WIDTH;
		lines.push(`when mti=0200 amount=${from}..${from + WIDTH - 1} do ` +
			(typeof does === 'string' ? does : does[mode]));
	});
	REVERSALS.forEach(({ does, of, chance }, i) => {
		if (does !== '')
			lines.push(`when mti=${of || '0420'} card=${card(i)} ` +
				(chance ? `chance=${chance} ` : '') + `do ${does}`);
	});
	return `${lines.join('\n')}\n`;
}

const ruled = REVERSALS.filter(({ does }) => does !== '');

// From the bank's "rules": how often each kind of fault struck a purchase, and
// how often a reversal was struck.
function struck(rules) {
	const kinds = {};
	FAULTS.forEach(({ kind }, i) => {
		if (kind)
			kinds[kind] = (kinds[kind] || 0) + rules[i].done;
	});
	const reversals = ruled.reduce((sum, _, i) =>
		sum + rules[FAULTS.length + i].done, 0);
	return { kinds, reversals };
}

module.exports = { FAULTS, REVERSALS, BALANCE, PATIENCE_MS, REVERSAL_MS, Chance,
	card, customer, plan, script, struck };

// bank-plan.js cards: "CUSTOMER NUMBER" of each; settings: for till.conf and
// the links.
if (require.main === module) {
	if (process.argv[2] === 'cards')
		REVERSALS.forEach((_, i) => console.log(customer(i), card(i)));
	else if (process.argv[2] === 'script')
		process.stdout.write(script(process.argv[3], process.argv[4]));
	else
		console.log(`${PATIENCE_MS}ms ${REVERSAL_MS}ms`);
}
