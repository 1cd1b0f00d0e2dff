// bank-random.js MODE... - PURCHASES through a bank that fails in every way it
// knows, in each of its modes, BUYERS at once, and kill -9 of the rear unit
// every KILL_EVERY; then all that is owed is waited for, and the books of the
// bank and ours are compared.  REPORT gets a table.
//
// Uses $TMPDIR/bank.s, the bank's control socket, $TMPDIR/books, the state of
// settle_bank, and TILL_PID, whose rear unit it kills.
'use strict';
const assert = require('assert');
const { execFile } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');
const { promisify } = require('util');
const { Merchant } = require('./merchant.js');
const { BALANCE, FAULTS, Chance, plan, script, struck } = require('./bank-plan.js');
const { euro, cents, bankBooks, heard, sums, compare, spoiled } =
	require('./bank-books.js');

const { TILL_URL: url, TMPDIR: folder, TILL_PID, CTL } = process.env;
const { hostname, port } = new URL(url);
const number = (name) => Number(process.env[name]);
const purchases = number('PURCHASES'), killEvery = number('KILL_EVERY');
const buyers = number('BUYERS'), seed = number('SEED');
// For one purchase, and for what is owed in the end: the machine may have
// other work.
const patience = 240000, longPatience = 900000;
const SHOWN = 20;	// differences
const TAIL = 600;	// octets that the last line of an answer fits into

const press = new Merchant(folder, 'press-1', 'http://127.0.0.1:9/return');
const agent = new http.Agent({ keepAlive: true, maxSockets: buyers });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const run = promisify(execFile);
const problems = [];

async function ctl(...words) {
	const [program, ...options] = CTL.split(' ');
	const { stdout } = await run(program, [...options, ...words, '--json'],
		{ maxBuffer: 1 << 30 });
	return JSON.parse(stdout);
}

// A command to the bank, and its answer without the "ok".
function bank(command) {
	return new Promise((done, fail) => {
		const socket = net.connect(path.join(folder, 'bank.s'));
		const parts = [];
		let tail = '';
		socket.on('error', fail);
		socket.on('connect', () => socket.write(`${command}\n`));
		socket.on('data', (part) => {
			parts.push(part);
			tail = (tail + part.toString('latin1')).slice(-TAIL);
			if (!/(^|\n)(ok|error [^\n]*)\n$/.test(tail))
				return;
			const text = Buffer.concat(parts).toString();
			socket.destroy();
			if (text.endsWith('ok\n'))
				done(text.slice(0, -3));
			else
				fail(new Error(`${command}: ${text}`));
		});
	});
}

// { status, json }; status 0 where no answer came.
function ask(method, where, body, headers = {}) {
	return new Promise((done) => {
		const request = http.request({ hostname, port, agent, method,
			path: where, headers: { 'Content-Type': 'application/json',
				...headers } }, (response) => {
			let text = '';
			response.on('data', (part) => { text += part; });
			response.on('error', () => done({ status: 0 }));
			response.on('end', () => done({ status: response.statusCode,
				json: text && JSON.parse(text) }));
		});
		request.on('error', () => done({ status: 0 }));
		request.end(body && JSON.stringify(body));
	});
}

let keys;

// A voucher for this very purchase, under the server's seal.
function checkVoucher(p, token, txn) {
	const [head, payload, seal] = token.split('.');
	const { kid } = JSON.parse(Buffer.from(head, 'base64url'));
	const claims = JSON.parse(Buffer.from(payload, 'base64url'));
	if (!crypto.verify('sha256', Buffer.from(`${head}.${payload}`),
		{ key: keys.get(kid), dsaEncoding: 'ieee-p1363' },
		Buffer.from(seal, 'base64url')) || claims.tjti !== p.jti ||
		claims.amount !== euro(p.cents) || claims.txn !== txn)
		problems.push(`${p.jti}: its voucher is none: ${payload}`);
}

// Buy it and ask until there is an end; who does not stay goes away while it
// is at work, or when the server is.
async function buy(p) {
	const ticket = press.ticket(url, p.jti, { amount: euro(p.cents),
		exp: Math.floor(Date.now() / 1000) + 3590 });
	const until = Date.now() + patience;
	let conversation = null, wait = 20;
	for (;; await sleep(wait)) {
		const { status, json } = conversation === null
			? await ask('POST', '/v1/orders', { ticket, customer: p.customer })
			: await ask('POST', `/v1/orders/${conversation}`, {});
		if (status === 200) {
			p.told = 'paid';
			p.txn = json.txn;
			checkVoucher(p, json.voucher, json.txn);
			return;
		}
		if (status === 403 && json.state === 'refused') {
			p.told = 'refused';
			p.code = json.code;
			return;
		}
		if (![0, 202, 404, 503].includes(status) ||
			(status === 404 && conversation === null))
			throw new Error(`${p.jti}: ${status} ${JSON.stringify(json)}`);
		if (!p.stays)
			return;
		if (Date.now() > until)
			throw new Error(`${p.jti}: still ${status}`);
		// A conversation ends with the unit that had it.
		conversation = status === 202 ? json.conversation : null;
		wait = Math.min(wait * 2, 250);
	}
}

async function kill() {
	const until = Date.now() + patience;
	for (;; await sleep(20)) {
		const { stdout } = await run('pgrep', ['-P', TILL_PID, '-f',
			'tilld rear ']).catch(() => ({ stdout: '' }));
		if (stdout !== '') {
			process.kill(Number(stdout), 'SIGKILL');
			return;
		}
		assert.ok(Date.now() < until, 'there is no rear unit');
	}
}

// What happens to all, now and then: a kill, a new day, an end of all links.
async function meanwhile(i, counts) {
	const at = (part) => (i + 1) % killEvery === Math.floor(killEvery * part);
	if (at(0)) {
		counts.kills++;
		await kill();
	} else if (at(1 / 2) && i < killEvery * 2) {
		await bank('cutover');
	} else if (at(3 / 4)) {
		counts.closes++;
		await bank('close');
	}
}

let linking = null;	// whoever waits for a link waits for this

// Without a link all is refused: let it come back.
function linked() {
	linking = linking || awaitLink().finally(() => { linking = null; });
	return linking;
}

async function awaitLink() {
	const until = Date.now() + patience;
	while (JSON.parse(await bank('stats')).signed_on === 0) {
		assert.ok(Date.now() < until, 'the links do not come back');
		await sleep(50);
	}
}

async function buyAll(list, counts) {
	let next = 0;
	const buyer = async () => {
		while (next < list.length) {
			const i = next++;
			await meanwhile(i, counts);
			await buy(list[i]);
			if (list[i].code === 'bank_unavailable')
				await linked();
		}
	};
	await Promise.all(Array.from({ length: buyers }, buyer));
}

// What an operator does about what the bank will not take back.
async function retryParked(owed, counts) {
	for (const { state, merchant, jti, number: n } of owed) {
		if (state !== 'parked')
			continue;
		await ctl('bank', 'retry', '--number', String(n), merchant, jti);
		counts.parked++;
	}
}

// What is still to come, or "".
async function toCome(counts) {
	const { under_way: slow, own_waiting: own } = JSON.parse(await bank('stats'));
	if (slow + own > 0)
		return `${slow + own} messages of the bank`;
	const { in_flight: busy, orders_open: open } = await ctl('status');
	if (busy + open > 0)
		return `${busy} orders at work, ${open} in doubt`;
	const { reversals } = await ctl('bank', 'reversals');
	await retryParked(reversals, counts);
	if (reversals.length > 0)
		return `${reversals.length} reversals, as ` +
			JSON.stringify(reversals[0]);
	const { reports } = await ctl('bank', 'status');
	return /^under way 0$[^]*^the server is still to hear of 0$/m
		.test(reports[0].text) ? '' : reports[0].text;
}

async function drain(counts) {
	const until = Date.now() + longPatience;
	let quiet = 0, why = '';
	while (quiet < 2) {
		await sleep(250);
		why = await toCome(counts).catch((error) => String(error));
		quiet = why === '' ? quiet + 1 : 0;
		if (Date.now() > until)
			throw new Error(`still to come: ${why}`);
	}
}

async function ticketOf(p) {
	const where = `/v1/tickets/press-1/${p.jti}`;
	const { status, json } = await ask('GET', where, null, { Authorization:
		`Till ${press.request(url, 'GET', where)}` });
	if (status !== 200)
		throw new Error(`${where}: ${status} ${JSON.stringify(json)}`);
	if (json.state === 'paid')
		checkVoucher(p, json.voucher, json.txn);
	return { state: json.state, txn: json.txn };
}

async function ticketsOf(list) {
	const tickets = new Map();
	let next = 0;
	await Promise.all(Array.from({ length: 32 }, async () => {
		while (next < list.length) {
			const p = list[next++];
			tickets.set(p.jti, await ticketOf(p));
		}
	}));
	return tickets;
}

// Lists by the order that they are about.
function byOrder(list) {
	const map = new Map();
	for (const one of list) {
		if (!map.has(one.jti))
			map.set(one.jti, []);
		map.get(one.jti).push(one);
	}
	return map;
}

// All books, as they are now.
async function gather(list) {
	const { entries } = await ctl('register', 'list');
	const { reversals } = await ctl('bank', 'reversals', '--all');
	const { reports } = await ctl('bank', 'reconcile');
	const till = (await ctl('balance', '--merchant', 'press-1')).accounts[0];
	return { purchases: list, opening: BALANCE,
		bank: bankBooks(await bank('dump')),
		payments: byOrder(entries.filter(({ kind }) => kind === 'payment')),
		owed: byOrder(reversals), reversals,
		approved: heard(fs.readFileSync(path.join(folder, 'books/journal'),
			'utf8')),
		reconciled: sums(reports[0].text), till: cents(till.balance),
		tickets: await ticketsOf(list) };
}

// Where it asks already, of its own accord, the answer is that it does.
async function reconcileNow() {
	try {
		await ctl('bank', 'reconcile', '--now');
	} catch (error) {
		assert.match(`${error.stdout}`, /is being asked already/, error);
	}
}

// The bank's day ends, and its totals are asked for, which takes its time.
async function settleUp(list) {
	const until = Date.now() + patience;
	await bank('cutover');
	for (;;) {
		await reconcileNow();
		await sleep(500);
		const books = await gather(list), found = compare(books);
		if (found.length === 0 || Date.now() > until)
			return { books, found };
	}
}

function reversalsOf(books, mode) {
	const those = books.reversals.filter(({ jti }) => jti.startsWith(`${mode}-`));
	return { sent: those.reduce((sum, { tries }) => sum + tries, 0),
		all: those.length,
		late: those.filter(({ reason }) => reason === 'late').length };
}

async function round(mode, list, rows, chance) {
	const counts = { kills: 0, closes: 0, parked: 0 };
	const began = Date.now();
	fs.writeFileSync(path.join(folder, `script-${mode}`), script(mode, seed));
	await bank(`script ${path.join(folder, `script-${mode}`)}`);
	await bank(`mode ${mode}`);
	const mine = plan(mode, purchases, list.length, chance);
	list.push(...mine);
	await buyAll(mine, counts);
	const bought = Date.now();
	await drain(counts);
	const drained = Date.now();
	const { books, found } = await settleUp(list);
	const { kinds, reversals } = struck((await bank('rules')).split('\n')
		.filter((line) => line !== '').map((line) => JSON.parse(line)));
	const ended = (state) => mine.filter(({ jti }) =>
		books.tickets.get(jti).state === state).length;
	const made = reversalsOf(books, mode);
	const unlinked = mine.filter((p) => p.code === 'bank_unavailable' &&
		FAULTS[p.fault].name !== 'unavailable').length;
	rows.push([mode, { purchases: mine.length, paid: ended('paid'),
		refused: ended('refused'), 'as no link was up': unlinked,
		'never came': ended('open'),
		'buyer went away': mine.filter(({ told }) => !told).length, ...kinds,
		closes: kinds.closes + counts.closes, kills: counts.kills,
		'reversals owed': made.all, 'reversals sent': made.sent,
		'and hindered': reversals, 'parked, tried again': counts.parked,
		'late approvals reversed again': made.late,
		differences: found.length,
		'seconds to buy': Math.round((bought - began) / 1000),
		'seconds to drain': Math.round((drained - bought) / 1000) }]);
	return { books, found };
}

function table(rows) {
	const names = Object.keys(rows[0][1]);
	const line = (name, values) => name.padEnd(32) +
		values.map((value) => String(value).padStart(12)).join('');
	return [line('', rows.map(([mode]) => mode)),
		...names.map((name) => line(name, rows.map(([, row]) => row[name])))]
		.join('\n');
}

// A comparison that finds nothing in wrong books has found nothing.
function checkComparison(books) {
	let n = 0;
	for (const [what, wrong] of spoiled(books)) {
		assert.ok(compare(wrong).length > 0, `it does not see ${what}`);
		n++;
	}
	return n;
}

async function main(modes) {
	const { keys: list } = (await ask('GET', '/.well-known/jwks.json')).json;
	keys = new Map(list.map((jwk) => [jwk.kid,
		crypto.createPublicKey({ key: jwk, format: 'jwk' })]));
	const all = [], rows = [], chance = new Chance(seed);
	let last;
	for (const mode of modes) {
		last = await round(mode, all, rows, chance);
		const text = table(rows);
		fs.writeFileSync(path.join(folder, 'report'), `${text}\n`);
		console.log(text);
		last.found.slice(0, SHOWN).forEach((one) => console.error(one));
		problems.slice(0, SHOWN).forEach((one) => console.error(one));
		assert.equal(last.found.length + problems.length, 0,
			`${last.found.length} differences (seed ${seed})`);
	}
	console.log(`of ${checkComparison(last.books)} mistakes in the books each ` +
		'is found');
}

main(process.argv.slice(2)).then(() => process.exit(0), (error) => {
	console.error(error);
	process.exit(1);
});
