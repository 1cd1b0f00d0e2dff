// tokens.js WHAT [CUSTOMER] - orders that are paid by tokens.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { Browser } = require('../http/browser.js');
const { Merchant, opened } = require('./merchant.js');

const url = process.env.TILL_URL, folder = process.env.TMPDIR;
const ret = 'http://127.0.0.1:9/return';
const press = new Merchant(folder, 'press-1', ret);
const other = new Merchant(path.join(folder, 'other'), 'press-2', ret);
const what = process.argv[2];
let number = 0;

const token = (name) =>
	fs.readFileSync(path.join(folder, `${name}.token`), 'utf8').trim();
const ticket = (amount, claims) => press.ticket(url,
	`${what}-${number++}`, { amount, ...claims });

async function post(where, body) {
	const response = await fetch(url + where, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: response.status, json: await response.json() };
}

const order = (body) => post('/v1/orders', body);
const pay = (of, by, customer = 'alice') =>
	order({ ticket: of, customer, answers: { token: by } });

function paid({ status, json }) {
	assert.equal(status, 200, JSON.stringify(json));
	assert.ok(json.voucher);
	return json;
}

// Refused for good, and the merchant is told the reason alone.
async function refused({ status, json }, reason, code) {
	assert.equal(status, 403, JSON.stringify(json));
	assert.equal(json.reason, reason);
	assert.equal(json.code, code);
	assert.equal((await opened(url, json.refusal)).reason, reason);
}

// Twenty of a euro each at one time: so many are paid, all others are not.
async function twenty(by, customer, fit) {
	const tickets = Array.from({ length: 20 }, () => ticket('1.00'));
	const all = () => Promise.all(tickets.map((one) =>
		pay(one, by, customer)));
	const first = await all();
	for (const answer of first)
		if (answer.status !== 200)
			await refused(answer, 'limit', 'limit');
	assert.equal(first.filter(({ status }) => status === 200).length, fit);
	// What is paid can be had again though the day is full; and no more.
	const again = await all();
	again.forEach(({ status, json }, i) => {
		assert.equal(status, first[i].status, JSON.stringify(json));
		assert.equal(json.txn, first[i].json.txn);
	});
}

const tests = {
	async caps() {
		const small = token('small');
		const json = paid(await pay(ticket('0.10'), small));
		assert.deepEqual((await opened(url, json.voucher)).amr, ['pwd']);
		assert.equal(json.balance, undefined);
		await refused(await pay(ticket('0.100001'), small), 'limit',
			'limit');
		await refused(await pay(other.ticket(url, 'caps-other',
			{ amount: '0.10' }), small), 'limit', 'limit-merchant');
		await refused(await pay(ticket('0', { kind: 'identity' }), small),
			'limit', 'limit-kind');
		// A token opens no session.
		const kept = paid(await order({ ticket: ticket('0.10'),
			customer: 'alice', session: true,
			answers: { token: small } }));
		assert.equal(kept.session, undefined);
		// Step by step.
		const open = await order({ ticket: ticket('0.10'),
			customer: 'alice' });
		assert.equal(open.status, 202);
		assert.deepEqual(open.json.prompts.map(({ id, kind }) =>
			[id, kind]), [['token', 'secret']]);
		paid(await post(`/v1/orders/${open.json.conversation}`,
			{ answers: { token: small } }));
	},

	// Who has none may give a password where the stack says so.
	async password() {
		const password = 'correct horse';
		paid(await order({ ticket: ticket('0.10'), customer: 'dave',
			answers: { token: '', password } }));
		// But not in place of one that is wrong.
		await refused(await order({ ticket: ticket('0.10'),
			customer: 'dave', answers: { token: 'x', password } }),
		'auth', 'auth');
	},

	// The same answer, but for the ticket, and no word of a cap.
	async strangers() {
		const small = token('small'), [, id, secret] = small.split('_');
		const other = secret.replace(/./, (c) => c === '0' ? '1' : '0');
		const bodies = [];
		for (const [customer, by] of [['alice', `till_${id}_${other}`],
			['alice', `till_0123456789abcdef_${secret}`],
			['alice', `till_${id}_${secret}0`], ['alice', 'x'],
			['carol', small], ['carol', 'x'], ['alice', small.toUpperCase()],
			['alice', token('boxed')]]) {
			const answer = await pay(ticket('9.00'), by, customer);
			await refused(answer, 'auth', 'auth');
			delete answer.json.refusal;
			bodies.push(JSON.stringify(answer.json));
		}
		assert.equal(new Set(bodies).size, 1, bodies.join('\n'));
		const asked = [];
		for (const customer of ['alice', 'carol']) {
			const { status, json } = await order({ customer,
				ticket: ticket('0.10') });
			assert.equal(status, 202);
			asked.push(JSON.stringify(json.prompts));
		}
		assert.equal(asked[0], asked[1]);
	},

	async pages() {
		const answers = (name) => ({ customer: 'alice',
			'answers.token': token(name) });
		const closed = new Browser(url), open = new Browser(url);
		const page = await closed.pay(await closed.open(ticket('0.10')),
			answers('small'));
		assert.match(page.text, /The token is not for pages\./);
		assert.match(page.text, /You have not been charged\./);
		assert.match((await open.pay(await open.open(ticket('0.10')),
			answers('count'))).text, /You have paid/);
	},

	day: (customer) => twenty(token('day'), customer, 7),
	count: (customer) => twenty(token('count'), customer, 2),
	boxed: (customer) => twenty(token('boxed'), customer, 7),

	async brief(name) {
		const until = Date.now() + 60000, brief = token(name);
		let first, answer = { status: 200 };
		while (answer.status === 200 && Date.now() < until) {
			const next = ticket('0.000001', { jti: `${name}-${number}` });
			answer = await pay(next, brief, 'erin');
			if (answer.status === 200)
				first = first ?? next;
		}
		await refused(answer, 'limit', 'limit-expired');
		if (first === undefined)
			process.exit(3);
		// The answer to it may have been lost.
		paid(await pay(first, brief, 'erin'));
	},

	async revoked() {
		await refused(await pay(ticket('0.10'), token('small')), 'auth',
			'auth');
	},
};

tests[what](process.argv[3]).catch((error) => {
	console.error(error);
	process.exit(1);
});
