// pages.js - purchases in a browser and by programs, against the real server.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const { Browser, actionOf, titleOf, safe } = require('../http/browser.js');
const { Merchant, opened } = require('./merchant.js');

const url = process.env.TILL_URL, ret = process.env.RETURN_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1', ret);
const run = crypto.randomBytes(4).toString('hex');
let serial = 0;
const fresh = () => `${run}-${serial++}`;
const ticket = (jti, claims) => press.ticket(url, jti, claims);
const alice = { customer: 'alice', 'answers.password': 'sesame-street-1' };

const voucherOf = (page) => new URL(/url=(.*)$/
	.exec(page.headers.get('refresh'))[1]).searchParams.get('voucher');

const browserPays = async (token, who) => {
	const browser = new Browser(url);
	return browser.pay(await browser.open(token), who);
};

async function order(body, headers = {}) {
	const response = await fetch(`${url}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json', ...headers },
		body: JSON.stringify(body) });
	return { status: response.status, json: await response.json() };
}

const tests = {
	async 'a purchase, and its voucher again'() {
		const browser = new Browser(url), jti = fresh();
		const page = await browser.open(ticket(jti));
		assert.equal(page.status, 200, page.text);
		safe(page, 'same-origin');
		assert.match(page.text, /Le Journal S\.A\./);
		assert.match(page.text, /Test till/);
		const done = await browser.pay(page, alice);
		safe(done, 'no-referrer');
		assert.match(titleOf(done), /^Paid – 1\.20 EUR/);
		const voucher = await opened(url, voucherOf(done));
		assert.equal(voucher.typ, 'till-voucher+jwt');
		assert.equal(voucher.iss, url);
		assert.equal(voucher.aud, 'press-1');
		assert.equal(voucher.tjti, jti);
		assert.equal(voucher.amount, '1.20');
		const again = await opened(url, voucherOf(await browser.go(done.where)));
		assert.equal(again.txn, voucher.txn);
		// Back, and the same button again.
		const twice = await browser.pay(page, alice);
		assert.equal((await opened(url, voucherOf(twice))).txn, voucher.txn);
	},

	async 'sixty-four confirmations are one payment'() {
		const browser = new Browser(url);
		const page = await browser.open(ticket(fresh()));
		const list = await Promise.all(Array.from({ length: 64 }, () =>
			browser.submit(page, 'pay', alice)));
		for (const one of list) {
			assert.equal(one.status, 303);
			assert.match(one.headers.get('location'), /\/done$/);
		}
		const done = await browser.go(list[0].headers.get('location'));
		assert((await opened(url, voucherOf(done))).txn > 0);
	},

	async 'a wrong password, then a right one'() {
		const browser = new Browser(url);
		const page = await browser.open(ticket(fresh()));
		const wrong = await browser.pay(page, { ...alice,
			'answers.password': 'wrong' });
		assert.match(titleOf(wrong), /^Error:/);
		assert.match(wrong.text, /You have not been charged\./);
		assert.match((await browser.pay(wrong, alice)).text, /You have paid/);
	},

	async 'cancelled: the refusal goes back'() {
		const browser = new Browser(url);
		const page = await browser.open(ticket(fresh()));
		const response = await browser.submit(page, 'cancel');
		const done = await browser.go(response.headers.get('location'));
		const refusal = await opened(url, voucherOf(done));
		assert.equal(refusal.typ, 'till-refusal+jwt');
		assert.equal(refusal.reason, 'cancelled');
		assert.match(done.text, /You have not been charged\./);
	},

	async 'funds and limits'() {
		const browser = new Browser(url);
		const poor = await browser.pay(await browser.open(
			ticket(fresh(), { amount: '400.00' })), alice);
		assert.match(poor.text, /not enough money/);
		assert.match(poor.text, /You have not been charged\./);
		const much = await browser.pay(await browser.open(
			ticket(fresh(), { amount: '501.00' })), alice);
		assert.match(much.text, /limit/);
		assert.match(much.text, /You have not been charged\./);
	},

	async 'who is not shown is told nothing of what is paid'() {
		const bob = { customer: 'bob', 'answers.password': 'sesame-street-2' };
		const token = ticket(fresh());
		assert.match((await browserPays(token, bob)).text, /You have paid/);
		// Somebody else, by his own name.
		const other = await browserPays(token, alice);
		assert.match(other.text, /from another account/);
		assert.match(other.text, /You have not been charged\./);
		// Perhaps bob himself, who has forgotten his password.
		const stranger = new Browser(url);
		let page = await stranger.open(token);
		for (let i = 0; i < 5; i++)
			page = await stranger.pay(page, { ...bob,
				'answers.password': 'wrong' });
		assert.match(page.text, /is told to the one who has paid/);
		assert.doesNotMatch(page.text, /charged|You have paid/);
		const { status, json } = await order({ ticket: token,
			customer: 'bob', answers: { password: 'wrong' } });
		assert.equal(status, 403, JSON.stringify(json));
		assert.equal(json.refusal, undefined);
	},

	async 'stay signed in, pay with one click, sign out'() {
		const browser = new Browser(url);
		await browser.pay(await browser.open(ticket(fresh())),
			{ ...alice, remember: '1' });
		assert(browser.cookies.has('till-session'));
		const page = await browser.open(ticket(fresh()));
		assert.match(page.text, /signed in as <bdi>alice/);
		assert.doesNotMatch(page.text, /type="password"/);
		assert.match((await browser.pay(page, {})).text, /You have paid/);
		const next = await browser.open(ticket(fresh()));
		const out = await browser.submit(next, 'sign-out');
		assert(!browser.cookies.has('till-session'));
		assert.match((await browser.go(out.headers.get('location'))).text,
			/type="password"/);
	},

	async 'what one browser said is not told to another'() {
		const browser = new Browser(url);
		await browser.pay(await browser.open(ticket(fresh())),
			{ ...alice, remember: '1' });
		const page = await browser.open(ticket(fresh()));
		assert.match(page.text, /signed in as <bdi>alice/);
		const stranger = new Browser(url);
		const seen = await stranger.go(page.where);
		assert.doesNotMatch(seen.text, /alice|which holds/);
		assert.match(seen.text, /type="password"/);
		assert.doesNotMatch((await stranger.pay(seen, {})).text,
			/You have paid/);
		// Not even in the same browser, once somebody else was said.
		const other = await browser.go(`${page.where}?as=other`);
		assert.match(other.text, /type="password"/);
		assert.doesNotMatch((await browser.pay(other, {})).text,
			/You have paid/);
		assert.match((await browser.pay(await browser.go(page.where), {}))
			.text, /You have paid/);
	},

	async 'who says that he is another is asked as another until he is in'() {
		const browser = new Browser(url);
		const sign = async (page, fields) => {
			const form = new URLSearchParams(fields);
			for (const [, name, value] of page.text.matchAll(
				/<input type="hidden" name="([^"]*)" value="([^"]*)">/g))
				form.set(name, value);
			return browser.fetch(actionOf(page), { method: 'POST',
				body: form,
				headers: { 'Sec-Fetch-Site': 'same-origin' } });
		};
		let page = await browser.go('/sign-in');
		assert.equal((await sign(page, alice)).status, 303);
		page = await browser.go('/sign-in');
		assert.match(page.text, /signed in as <bdi>alice/);
		page = await browser.go('/sign-in?as=other');
		// As often as it is wrong, and when it begins anew.
		for (let i = 0; i < 6; i++) {
			page = await sign(page, { customer: 'bob',
				'answers.password': 'wrong' });
			assert.match(titleOf(page), /^Error:/);
			assert.doesNotMatch(page.text, /alice/);
			assert.match(page.text, /name="customer"/);
		}
	},

	async 'an identity ticket'() {
		const browser = new Browser(url);
		const done = await browser.pay(await browser.open(ticket(fresh(),
			{ kind: 'identity', amount: '0.00' })), alice);
		const voucher = await opened(url, voucherOf(done));
		assert.equal(voucher.typ, 'till-id-voucher+jwt');
	},

	async 'tickets that are not good'() {
		const good = ticket(fresh()), now = Math.floor(Date.now() / 1000);
		const flipped = good.slice(0, -10) +
			(good.at(-10) === 'A' ? 'B' : 'A') + good.slice(-9);
		for (const [token, text] of [[flipped, /cannot be used/],
			[ticket(fresh(), { iss: 'press-2' }), /cannot be used/],
			[ticket(fresh(), { ret: 'https://evil.example/' }), /cannot be used/],
			[ticket(fresh(), { iat: now - 900, exp: now - 300 }), /expired/] ]) {
			const page = await new Browser(url).open(token);
			assert.match(page.text, text);
			assert.match(page.text, /You have not been charged\./);
		}
		const jti = fresh(), browser = new Browser(url);
		await browser.pay(await browser.open(ticket(jti)), alice);
		const other = await new Browser(url).open(ticket(jti, { amount: '9.00' }));
		assert.match(other.text, /contradicts/);
	},

	async 'a pushed ticket of 6000 octets'() {
		const long = ticket(fresh(), { kind: 'basket', amount: '64.00',
			items: Array.from({ length: 64 }, (x, i) => ({ oid: `a${i}`,
				desc: 'A thing with a rather long description', qty: 1,
				price: '1.00' })) });
		assert(long.length > 6000);
		const response = await fetch(`${url}/tickets`,
			{ method: 'POST', body: long });
		assert.equal(response.status, 201);
		const browser = new Browser(url);
		const page = await browser.go((await response.json()).url);
		assert.equal(page.text.match(/rather long/g).length, 64);
		assert.match((await browser.pay(page, alice)).text, /You have paid/);
	},

	async 'programs: session, conversation, status, conflict'() {
		const jti = fresh(), t = ticket(jti);
		const first = await order({ ticket: t, customer: 'alice',
			answers: { password: 'sesame-street-1' }, session: true });
		assert.equal(first.status, 200, JSON.stringify(first));
		const bearer = { Authorization: `Bearer ${first.json.session}` };
		const many = await Promise.all(Array.from({ length: 64 }, () =>
			order({ ticket: t }, bearer)));
		for (const one of many) {
			assert.equal(one.status, 200);
			assert.equal(one.json.txn, first.json.txn);
		}
		const next = await order({ ticket: ticket(fresh()) }, bearer);
		assert.equal(next.status, 200);
		assert.equal((await order({ ticket: ticket(jti, { amount: '2.00' }) },
			bearer)).status, 409);
		const poor = await order({ ticket: ticket(fresh(),
			{ amount: '450.00' }) }, bearer);
		assert.equal(poor.status, 403);
		assert.equal(poor.json.reason, 'funds');
		const open = await order({ ticket: ticket(fresh()) });
		assert.equal(open.status, 202);
		const path = `/v1/tickets/press-1/${jti}`;
		const status = (authorization) => fetch(url + path,
			{ headers: { Authorization: authorization } });
		const merchant = await status(
			`Till ${press.request(url, 'GET', path)}`);
		assert.equal(merchant.status, 200);
		const seen = await merchant.json();
		assert.equal(seen.state, 'paid');
		assert.equal((await opened(url, seen.voucher)).txn, first.json.txn);
		assert.equal((await status(bearer.Authorization)).status, 200);
		assert.equal((await status('Bearer nonsense')).status, 404);
	},

	async 'what the server says of itself'() {
		const till = await (await fetch(`${url}/.well-known/till.json`)).json();
		assert.equal(till.issuer, url);
	},
};

async function main() {
	let failed = 0;
	for (const [name, test] of Object.entries(tests)) {
		try {
			await test();
			console.log(`ok ${name}`);
		} catch (error) {
			failed++;
			console.log(`FAILED ${name}:`, error);
		}
	}
	process.exit(failed);
}

main();
