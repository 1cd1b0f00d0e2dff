// bank-books.js - the books of the simulated bank beside those of till.
//
// compare() looks at what both have written, and at what the customers were
// told, and says what does not agree, in words.  It reads nothing itself, so
// that it can be given books that are wrong: see spoiled().
'use strict';

const DEBITS = 'payments', UNDONE = 'payments reversed';

const euro = (cents) =>
	`${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
const cents = (text) => {
	const [whole, part] = text.split(' ')[0].split('.');
	return Number(whole) * 100 + Number((part || '').padEnd(2, '0'));
};

const jsons = (text) => text.split('\n').filter((line) => line !== '')
	.map((line) => JSON.parse(line));

// The bank's "dump".
function bankBooks(text) {
	const books = { accounts: [], charges: new Map(), reversals: [],
		odd: [], keys: new Map() };
	for (const line of jsons(text)) {
		if (line.name !== undefined) {
			books.accounts.push(line);
			continue;
		}
		books.keys.set(line.key, line);
		if (line.mti === '0200' && !books.charges.has(line.amount))
			books.charges.set(line.amount, line);
		else if (line.mti === '0420')
			books.reversals.push(line);
		else
			books.odd.push(line);
	}
	return books;
}

// The journal of settle_bank, by type, trace number and time: of which the
// bank's approval was heard?  See journal_line.h.
function heard(text) {
	const byKey = new Map(), approved = new Set();
	for (const line of text.split('\n')) {
		const w = line.split(' ');
		if (w[0] === 'new')
			byKey.set(w[1], { name: w[6] + w[10] + w[11], code: w[16] });
		else if (w[0] === 'now' && byKey.has(w[1]))
			byKey.get(w[1]).code = w[3];
	}
	for (const { name, code } of byKey.values()) {
		if (code === '00' || code === '11')
			approved.add(name);
	}
	return approved;
}

// "tillctl bank reconcile", by day.
function sums(text) {
	const days = new Map();
	let day;
	for (const line of text.split('\n')) {
		let m = /^day (\d{4}), currency 978: (.*)$/.exec(line);
		if (m) {
			day = { said: m[2] };
			days.set(m[1], day);
			continue;
		}
		m = RegExp("^  (.+): ours (\\d+), (\\d+) minor units; the bank's " +
			'(\\d+), (\\d+);').exec(line);
		if (m && day)
			day[m[1]] = { ours: [Number(m[2]), Number(m[3])],
				theirs: [Number(m[4]), Number(m[5])] };
	}
	return days;
}

// [count, cents] of those for which it is true.
function total(entries, is) {
	const those = entries.filter(is);
	return [those.length, those.reduce((sum, e) => sum + e.taken, 0)];
}

// The totals of a day: the bank's are those of its books, and what ours lack
// is what we never heard the approval of.
function daysDiffer(books, found) {
	const { bank, approved, reconciled } = books;
	const moved = [...bank.charges.values(), ...bank.reversals]
		.filter((entry) => entry.taken > 0);
	const isHeard = (entry) => approved.has(entry.key.slice(0, 20));
	const isKnown = { [DEBITS]: isHeard,
		[UNDONE]: (entry) => isHeard(bank.keys.get(entry.original)) };
	const days = new Set(moved.map((entry) => entry.date));
	for (const date of [...days].sort()) {
		const day = reconciled.get(date);
		// What we never heard of is a day for the bank only.
		if (!day) {
			if (moved.some((e) => e.date === date && isHeard(e)))
				found.push(`day ${date} was not reconciled`);
			continue;
		}
		for (const row of [DEBITS, UNDONE]) {
			const is = (entry) => entry.date === date &&
				(entry.mti === '0200') === (row === DEBITS);
			const theirs = total(moved, is);
			const ours = total(moved, (entry) =>
				is(entry) && isKnown[row](entry));
			const said = day[row] || { ours: [0, 0], theirs: [0, 0] };
			if (`${said.theirs}` !== `${theirs}`)
				found.push(`day ${date}, ${row}: the bank is said to ` +
					`have ${said.theirs}, and has ${theirs}`);
			if (`${said.ours}` !== `${ours}`)
				found.push(`day ${date}, ${row}: we say ${said.ours}; ` +
					`the bank's ${theirs} less what is in doubt is ${ours}`);
		}
		const same = [DEBITS, UNDONE].every((row) => !day[row] ||
			`${day[row].ours}` === `${day[row].theirs}`);
		if (!/^the bank says (the same|something else)$/.test(day.said) ||
			same !== day.said.endsWith('the same'))
			found.push(`day ${date}: ${day.said}`);
	}
}

// One purchase: in the bank's books, in ours, and in what its buyer was told.
function purchaseDiffers(p, books, found) {
	const say = (text) => found.push(`${p.jti} (${euro(p.cents)}): ${text}`);
	const charge = books.bank.charges.get(p.cents);
	const payments = books.payments.get(p.jti) || [];
	const reversals = books.owed.get(p.jti) || [];
	const ticket = books.tickets.get(p.jti);
	const charged = charge !== undefined && charge.state === 'charged';
	const paid = payments.length > 0;

	if (charged && !paid)
		say('charged without a voucher');
	if (paid && !charged)
		say(`a voucher without a charge: ${charge && charge.state}`);
	if (payments.length > 1)
		say('in the register more than once');
	if (paid && (cents(payments[0].amount) !== p.cents ||
		payments[0].customer !== p.customer ||
		(charged && (payments[0].reference !== charge.rrn ||
			charge.left !== p.cents))))
		say(`the register has ${JSON.stringify(payments[0])}`);
	if (charge && !charged &&
		!['declined', 'reversed', 'overtaken'].includes(charge.state))
		say(`the bank has it ${charge.state}`);
	if (charge && charge.state === 'reversed' && reversals.length === 0)
		say('reversed, and we do not know of it');
	for (const { state, number } of reversals) {
		if (state !== 'done')
			say(`reversal ${number} is ${state}`);
	}
	if (paid && reversals.length > 0)
		say('paid, and reversed');
	if (!ticket || ticket.state !== (paid ? 'paid' :
		p.told || ticket.state !== 'open' ? 'refused' : 'open'))
		say(`its state is ${ticket && ticket.state}`);
	if (ticket && ticket.state === 'open' && charge)
		say('the bank knows an order that we do not');
	if (ticket && paid && ticket.txn !== payments[0].serial)
		say(`voucher ${ticket.txn} for entry ${payments[0].serial}`);
	if (p.told && p.told !== (paid ? 'paid' : 'refused'))
		say(`its buyer was told that it is ${p.told}`);
	if (p.told === 'paid' && p.txn !== ticket.txn)
		say(`its buyer has voucher ${p.txn}, not ${ticket.txn}`);
}

// What does not agree; [] if all does.
function compare(books) {
	const { bank, purchases } = books, found = [];
	const known = new Map(purchases.map((p) => [p.cents, p]));
	const jtis = new Set(purchases.map((p) => p.jti));

	for (const p of purchases)
		purchaseDiffers(p, books, found);
	for (const entry of bank.odd)
		found.push(`the bank has a second ${entry.mti} of ${entry.amount}`);
	for (const entry of bank.charges.values()) {
		if (!known.has(entry.amount))
			found.push(`the bank has ${entry.amount}, which nobody spent`);
	}
	for (const entry of bank.reversals) {
		const of = bank.keys.get(entry.original);
		if (!of || of.amount !== entry.amount)
			found.push(`the bank has reversed ${entry.amount} of nothing`);
	}
	for (const jti of books.payments.keys()) {
		if (!jtis.has(jti))
			found.push(`the register has ${jti}, which nobody bought`);
	}
	// Of each card, and of the till.
	const spent = bank.accounts.map(() => 0);
	let all = 0;
	for (const { account, state, left } of bank.charges.values()) {
		if (state === 'charged')
			spent[account - 1] += left;
		all += state === 'charged' ? left : 0;
	}
	bank.accounts.forEach(({ account, balance, reserved }, i) => {
		if (balance + spent[i] !== books.opening || reserved !== 0)
			found.push(`card ${account} has ${balance}, and has spent ` +
				`${spent[i]} of ${books.opening}`);
	});
	if (books.till !== all)
		found.push(`the till has ${books.till} of ${all}`);
	daysDiffer(books, found);
	return found;
}

const copyOf = (map) => new Map([...map].map(([k, v]) =>
	[k, structuredClone(v)]));

// The same books, each time with one mistake that compare() must find.
function* spoiled(books) {
	const again = () => ({ ...books,
		purchases: structuredClone(books.purchases),
		bank: { ...books.bank, accounts: structuredClone(books.bank.accounts),
			charges: copyOf(books.bank.charges) },
		payments: copyOf(books.payments), owed: copyOf(books.owed),
		tickets: copyOf(books.tickets), reconciled: copyOf(books.reconciled) });
	const one = (map, is) => [...map.values()].find(is);
	let wrong;
	const spoil = (what, how) => {
		wrong = again();
		how(wrong);
		return [what, wrong];
	};
	yield spoil('a charge that was reversed', ({ bank }) => {
		one(bank.charges, (e) => e.state === 'charged').state = 'reversed';
	});
	yield spoil('a reversal that was not made', ({ bank }) => {
		one(bank.charges, (e) => e.state === 'reversed').state = 'charged';
	});
	yield spoil('a cent more', ({ bank }) => {
		bank.accounts[0].balance++;
	});
	yield spoil('a payment that is not there', ({ payments }) => {
		payments.delete(payments.keys().next().value);
	});
	yield spoil('a payment that is there twice', ({ payments }) => {
		const list = payments.values().next().value;
		list.push(list[0]);
	});
	yield spoil('another reference', ({ payments }) => {
		payments.values().next().value[0].reference = '632700000000';
	});
	yield spoil('a reversal that waits', ({ owed }) => {
		owed.values().next().value[0].state = 'waiting';
	});
	yield spoil('a voucher for a refusal', ({ tickets }) => {
		one(tickets, (t) => t.state === 'refused').state = 'paid';
	});
	yield spoil('a refusal told of a payment', ({ purchases }) => {
		purchases.find((p) => p.told === 'paid').told = 'refused';
	});
	yield spoil('a payment told of a refusal', ({ purchases }) => {
		purchases.find((p) => p.told === 'refused').told = 'paid';
	});
	yield spoil('another till', (wrongly) => {
		wrongly.till++;
	});
	yield spoil('another total', ({ reconciled }) => {
		one(reconciled, (day) => day[DEBITS])[DEBITS].ours[1]++;
	});
}

module.exports = { euro, cents, bankBooks, heard, sums, compare, spoiled };
