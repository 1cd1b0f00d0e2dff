// enrol.js - a customer, and others, at the page of security without a browser.
'use strict';
const assert = require('assert');
const { Browser, attribute, safe } = require('../http/browser.js');
const { Merchant } = require('./merchant.js');

const url = process.env.TILL_URL, folder = process.env.TMPDIR;
const merchants = [new Merchant(folder, 'press-1', 'http://127.0.0.1:9/return'),
	new Merchant(`${folder}/other`, 'press-2', 'http://127.0.0.1:9/return')];
const OLD = 'correct horse', NEW = 'staple gun and nails';
const SECURITY = '/account/security';
let serial = 0;

const decoded = (text) => text.replaceAll('&amp;', '&');

// Answer a sign-in that was asked for, once; what it led to.
async function answer(browser, page, fields) {
	const form = new URLSearchParams(fields);
	for (const [, name, value] of page.text.matchAll(
		/<input type="hidden" name="([^"]*)" value="([^"]*)"/g))
		form.set(name, decoded(value));
	return browser.go('/sign-in', { method: 'POST', body: form,
		headers: { 'Sec-Fetch-Site': 'same-origin' } });
}

async function signedIn(customer, password) {
	const browser = new Browser(url);
	const page = await answer(browser, await browser.go(SECURITY),
		{ customer, 'answers.password': password });

	return { browser, page };
}

// A button of the page of security, with the sign-in that it asks for.
async function begin({ browser }, what, password) {
	const page = await browser.go(SECURITY);
	const first = await browser.submit(page, what);
	assert.equal(first.status, 303, what);
	const where = first.headers.get('location');
	assert.match(where, /^\/sign-in\?.*&for=enrol/);
	const back = await answer(browser, await browser.go(where),
		{ 'answers.password': password });
	if (!/want=/.test(back.where))
		return back;
	assert.match(back.text, /not done yet/);
	return browser.submit(back, what);
}

async function pay(token, amount, merchant = merchants[0]) {
	const response = await fetch(`${url}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ customer: 'alice', answers: { token },
			ticket: merchant.ticket(url, `enrol-${serial++}`,
				{ amount }) }) });

	return { status: response.status, json: await response.json() };
}

const tests = {
	async 'another password'() {
		const alice = await signedIn('alice', OLD);
		const other = await signedIn('alice', OLD);
		const form = await begin(alice, 'password', OLD);
		assert.equal(form.status, 200);
		safe(form, 'same-origin');
		const send = (password, again) => alice.browser.submit(form,
			'new-password', { 'secrets.password': password,
				'secrets.again': again });
		assert.equal((await send(NEW, `${NEW}!`)).status, 400);
		assert.equal((await send('short', 'short')).status, 400);
		assert.equal((await alice.browser.submit(form, 'new-password'))
			.status, 400);
		const done = await send(NEW, NEW);
		assert.equal(done.status, 200);
		assert.match(done.text, /password is changed/);
		assert.equal((await alice.browser.fetch(SECURITY)).status, 200);
		assert.equal((await other.browser.fetch(SECURITY)).status, 303);
		assert.match((await signedIn('alice', OLD)).page.text,
			/do not match/);
	},

	async 'a token, within its caps'() {
		const alice = await signedIn('alice', NEW);
		const form = await begin(alice, 'token', NEW);
		const send = (fields) => alice.browser.submit(form, 'new-token',
			{ each: '1.00', day: '2.00', currency: 'EUR', ...fields });
		const day = (n) => new Date(Date.now() + n * 86400000)
			.toISOString().slice(0, 10);
		for (const odd of [{ each: '2.01' }, { day: '3.01' }, { each: '' },
			{ each: '-1' }, { each: '1e3' }, { currency: 'XXX' },
			{ currency: 'EUR"' }, { expires: day(-2) },
			{ expires: 'soon' }, { merchants: 'No Such' },
			{ merchants: 'x,'.repeat(300) }, { label: 'x'.repeat(600) }])
			assert.equal((await send(odd)).status, 400,
				JSON.stringify(odd));
		const made = await send({ merchants: 'press-1', label: '<b>robot',
			expires: day(2) });
		assert.equal(made.status, 200);
		assert.equal(made.headers.get('cache-control'), 'no-store');
		const [, token] = /<code>(till_[0-9a-f_]+)<\/code>/.exec(made.text);
		const page = await alice.browser.go(SECURITY);
		assert(!page.text.includes(token.slice(-64)));
		assert.match(page.text, /&lt;b&gt;robot/);
		for (const [amount, status, merchant] of [['1.01', 403],
			['1.00', 403, merchants[1]], ['1.00', 200], ['1.00', 200],
			['0.01', 403]])
			assert.equal((await pay(token, amount, merchant)).status,
				status, amount);
		// It is no proof at a sign-in, and ends when it is revoked.
		const robot = new Browser(url);
		const tried = await answer(robot, await robot.go(SECURITY),
			{ customer: 'alice', 'answers.token': token,
				'answers.password': token });
		assert.doesNotMatch(tried.text, /How you are recognised/);
		const second = await send({ label: 'another one' });
		const [, other] = /<code>(till_[0-9a-f_]+)<\/code>/.exec(second.text);
		assert.equal((await alice.browser.submit(page, 'revoke-token', {
			instance: attribute(page.text, 'instance'),
			id: token.split('_')[1] })).status, 303);
		assert.notEqual((await pay(token, '0.01')).status, 200);
		assert.equal((await pay(other, '0.50')).status, 200);
	},

	// The password alone, where there is a card.
	async 'who has a card needs it'() {
		const bob = await signedIn('bob', OLD);
		assert.match(bob.page.text, /How you are recognised/);
		let page = await begin(bob, 'password', OLD);
		assert.match(page.text, /which this page cannot give/);
		for (const reply of ['', '{}', OLD]) {
			page = await answer(bob.browser, page,
				{ 'answers.card': reply, 'answers.password': OLD });
			assert.match(page.where, /^\/sign-in/, reply);
		}
		const security = await bob.browser.go(SECURITY);
		for (const what of ['password', 'token', 'new-password', 'new-token']) {
			const tried = await bob.browser.submit(security, what, {
				'secrets.password': NEW, 'secrets.again': NEW,
				each: '1.00', day: '1.00', currency: 'EUR' });
			assert.equal(tried.status, 303, what);
			assert.match(tried.headers.get('location'), /for=enrol/);
		}
		// Nor is it taken away without.
		const id = /name="id" value="([^"]*)"/.exec(security.text)[1];
		const taken = await bob.browser.submit(security, 'revoke-key',
			{ instance: 'card', id });
		assert.match(taken.headers.get('location'), /for=enrol/);
	},

	async 'nobody else'() {
		const alice = await signedIn('alice', NEW);
		const form = await begin(alice, 'password', NEW);
		const fields = { 'secrets.password': OLD, 'secrets.again': OLD };
		for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' },
			{ 'Sec-Fetch-Site': 'same-site' },
			{ 'Sec-Fetch-Site': 'none' }])
			assert.equal((await alice.browser.submit(form,
				'new-password', fields, headers)).status, 403);
		const bob = await signedIn('bob', OLD);
		const his = await bob.browser.submit(form, 'new-password', fields);
		assert.equal(his.status, 403);
		// Whose credential it is says the session: another's is as one
		// that is gone, and is there still.
		const page = await alice.browser.go(SECURITY);
		const foreign = await alice.browser.submit(page, 'revoke-key', {
			instance: 'card', id: /name="id" value="([^"]*)"/.exec(
				bob.page.text)[1] });
		assert.equal(foreign.status, 303);
		assert.equal((await bob.browser.go(SECURITY)).text
			.includes('name="id"'), true);
		const odd = await alice.browser.submit(page, 'revoke-all');
		assert.equal(odd.status, 403);
	},

	async 'signed out everywhere'() {
		const one = await signedIn('alice', NEW);
		const two = await signedIn('alice', NEW);
		const bob = await signedIn('bob', OLD);
		const page = await two.browser.go(SECURITY);
		assert.match(page.text, /This browser[^]*127\.0\.0\.1/);
		assert.match(page.text, /Another browser/);
		const out = await two.browser.submit(page, 'sign-out-all');
		assert.equal(out.status, 303);
		assert(![...two.browser.cookies.keys()].some((name) =>
			/session/.test(name)));
		for (const who of [one, two])
			assert.equal((await who.browser.fetch(SECURITY)).status, 303);
		assert.equal((await bob.browser.fetch(SECURITY)).status, 200);
	},
};

const closed = {
	async 'nothing is offered, and nothing is taken'() {
		const { browser, page } = await signedIn('alice', NEW);
		assert.doesNotMatch(page.text, /name="do" value="(password|passkey|token)"/);
		for (const what of ['password', 'passkey', 'token', 'new-password',
			'new-token']) {
			const tried = await browser.submit(page, what, {
				'secrets.password': OLD, 'secrets.again': OLD,
				each: '1.00', day: '1.00', currency: 'EUR' });
			assert.equal(tried.status, 404, what);
		}
		assert.match((await signedIn('alice', NEW)).page.text,
			/How you are recognised/);
	},
};

(async () => {
	const list = process.argv[2] === 'closed' ? closed : tests;
	for (const [name, test] of Object.entries(list)) {
		await test();
		console.log(`ok ${name}`);
	}
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
