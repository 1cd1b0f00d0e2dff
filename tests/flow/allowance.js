// allowance.js - pages that pay without being asked, and those that do not.
'use strict';
const assert = require('assert');
const { execFileSync } = require('child_process');
const { Browser, actionOf, attribute } = require('../http/browser.js');
const { Merchant } = require('./merchant.js');

const { TILL_URL: url, TMPDIR: folder, RETURN_URL: ret, OFF } = process.env;
const merchant = new Merchant(folder, 'press-1', ret);
const alice = { customer: 'alice', 'answers.password': 'sesame-street-1' };
const PAGE = '/account/allowances';
let serial = 0;

function ctl(...words) {
	const [program, ...rest] = process.env.CTL.split(' ');

	return execFileSync(program, [...rest, ...words], { encoding: 'utf8' });
}

const ticket = (amount = '0.10') => merchant.ticket(url,
	`a-${OFF ? 'off' : 'on'}-${serial++}`, { amount });
const held = () => ctl('balance', 'alice');
// As whom the merchant's page has sent here; or anybody else's.
const sent = (browser, token, from = 'https://journal.example/') =>
	browser.go(`/pay?t=${token}`, { headers: { Referer: from } });
const goesOn = (page) => /data-unasked/.test(page.text);

async function signedIn() {
	const browser = new Browser(url);
	const page = await browser.go('/account');
	const answer = await browser.submit(page, 'sign-in', alice);

	assert.equal(answer.status, 303, answer.text);
	await browser.go(answer.headers.get('location'));
	return browser;
}

// As the page's script does.
const sends = (browser, page, headers) =>
	browser.submit(page, 'pay', { unasked: '1' }, headers);
const led = (browser, answer) => browser.go(answer.headers.get('location'));

const tests = {
	async 'nothing can be set before anything was paid'() {
		const browser = await signedIn();
		const page = await browser.go(PAGE);
		assert.match(page.text, /paid lately, and there are none/);
		assert.doesNotMatch(page.text, /value="allow"/);
	},

	async 'set, after a recent sign-in'() {
		const browser = await signedIn();
		await browser.pay(await browser.open(ticket('0.30')), {});
		let page = await browser.go(PAGE);
		const fields = { merchant: 'press-1', currency: 'EUR',
			each: '0,10', day: '0.25' };
		for (const [bad, why] of [[{ each: '0' }, /amount/],
			[{ each: '-1' }, /amount/], [{ day: '' }, /amount/],
			[{ each: '0.50' }, /more than what you allow a day/],
			[{ day: '10.01' }, /more than this server/],
			[{ currency: 'USD' }, /always asks/]]) {
			const answer = await browser.submit(page, 'allow',
				{ ...fields, ...bad });
			assert.equal(answer.status, 400, JSON.stringify(bad));
			assert.match(answer.text, why);
		}
		// One whom he has never paid, nobody, and what is no form of ours.
		for (const [mid, status] of [['press-2', 400], ['press-9', 404]])
			assert.equal((await browser.submit(page, 'allow',
				{ ...fields, merchant: mid })).status, status, mid);
		assert.equal((await browser.submit(page, 'allow', fields,
			{ 'Sec-Fetch-Site': 'cross-site' })).status, 403);
		assert.equal((await browser.submit(page, 'else', fields)).status,
			403);
		assert.match((await browser.go(PAGE)).text, /asked each time/);
		const done = await browser.submit(page, 'allow', fields);
		assert.equal(done.status, 303);
		assert.equal(done.headers.get('location'), PAGE);
		page = await browser.go(PAGE);
		assert.match(page.text, /up to <bdi>0\.10/);
	},

	async 'of a merchant not paid lately it is said, and nobody is chosen'() {
		const browser = await signedIn();
		const chosen = /<option value="" selected>Choose<\/option>/;
		const page = await browser.go(`${PAGE}?merchant=press-2`);
		assert.match(page.text, /not paid <bdi>press-2<\/bdi> lately/);
		assert.match(page.text, chosen);
		assert.doesNotMatch(page.text, /value="press-1" selected/);
		const known = await browser.go(`${PAGE}?merchant=press-1`);
		assert.match(known.text, /value="press-1" selected/);
		assert.doesNotMatch(known.text, chosen);
		assert.doesNotMatch(known.text, /lately/);
	},

	async 'a page pays by itself, by POST and only from itself'() {
		const browser = await signedIn(), before = held();
		const page = await sent(browser, ticket());
		assert(goesOn(page));
		// Looked at again and again it pays nothing.
		for (let i = 0; i < 3; i++)
			assert(goesOn(await browser.go(page.where)));
		for (const how of [`${page.where}?do=pay&unasked=1`,
			`${page.where}?unasked=1&csrf=${attribute(page.text, 'csrf')}`])
			await browser.go(how);
		assert.equal(held(), before);
		for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' },
			{ 'Sec-Fetch-Site': 'same-site' },
			{ 'Sec-Fetch-Site': 'none' }])
			assert.equal((await sends(browser, page, headers)).status, 403);
		const forged = await browser.fetch(actionOf(page), { method: 'POST',
			headers: { 'Sec-Fetch-Site': 'same-origin' },
			body: new URLSearchParams({ do: 'pay', unasked: '1',
				csrf: 'x' }) });
		assert.equal(forged.status, 403);
		// Nor another browser, that has learned the address.
		const stranger = new Browser(url);
		const seen = await stranger.go(page.where);
		assert(!goesOn(seen));
		await led(stranger, await sends(stranger, seen));
		assert.equal(held(), before);
		const done = await led(browser, await sends(browser,
			await browser.go(page.where)));
		assert.match(done.text, /You have paid/);
		assert.match(done.text, /You were not asked/);
		assert.match(done.headers.get('refresh'), /^1; url=/);
		assert.notEqual(held(), before);
		// Whoever goes back is told that it is paid.
		assert.match((await browser.go(page.where)).text, /You have paid/);
	},

	async 'who was led here by others is asked'() {
		const browser = await signedIn();
		for (const from of ['https://evil.example/',
			'https://journal.example.evil.example/',
			'https://evil.example/?https://journal.example/',
			'http://journal.example/', 'https://journal.example:444/',
			`${url}/account`])
			assert(!goesOn(await sent(browser, ticket(), from)), from);
		assert(!goesOn(await browser.open(ticket())));
		// An address that somebody has opened as if he came from there.
		const page = await sent(new Browser(url), ticket());
		assert(!goesOn(await browser.go(page.where)));
		assert(goesOn(await browser.go(page.where,
			{ headers: { Referer: 'https://journal.example' } })));
	},

	async 'above it the page asks, and goes on by itself no more'() {
		const browser = await signedIn();
		const before = held();
		for (const amount of ['0.11', '0.16']) {
			const page = await sent(browser, ticket(amount));
			assert(!goesOn(page), amount);
			const again = await led(browser, await sends(browser, page));
			assert.match(again.text, /<h1>Confirm payment/);
			assert.equal(held(), before);
			assert.match((await browser.pay(again, {})).text,
				/You have paid/);
			ctl('topup', 'alice', `${amount} EUR`);
		}
	},

	async 'withdrawn between the page and its form'() {
		const browser = await signedIn(), before = held();
		const page = await sent(browser, ticket());
		assert(goesOn(page));
		const list = await browser.go(PAGE);
		assert.equal((await browser.submit(list, 'disallow',
			{ merchant: 'press-1', currency: 'EUR' })).status, 303);
		const asked = await led(browser, await sends(browser, page));
		assert.match(asked.text, /<h1>Confirm payment/);
		assert.equal(held(), before);
		// And withdrawn twice there is none.
		assert.equal((await browser.submit(list, 'disallow',
			{ merchant: 'press-1', currency: 'EUR' })).status, 404);
	},

	async 'frozen, and signed out'() {
		ctl('customer', 'allowance', 'alice', '--set', 'press-1', '--each',
			'0.10 EUR', '--day', '9.00 EUR');
		const browser = await signedIn(), before = held();
		const page = await sent(browser, ticket());
		assert(goesOn(page));
		const security = await browser.go('/account/security');
		await browser.submit(security, 'freeze');
		const frozen = await led(browser, await sends(browser, page));
		assert.match(frozen.text, /stopped all payments/);
		await browser.submit(security, 'unfreeze');
		// It is for the customer now, who has read why.
		const thawed = await browser.go(page.where);
		assert(!goesOn(thawed));
		assert.match(thawed.text, /value="pay"/);
		const next = await sent(browser, ticket());
		assert(goesOn(next));
		const kept = new Map(browser.cookies);
		await browser.submit(await browser.go('/account'), 'sign-out');
		browser.cookies = kept;
		const asked = await led(browser, await sends(browser, next));
		assert.match(asked.text, /type="password"/);
		assert.equal(held(), before);
	},

	async 'what is kept says so, in both languages'() {
		const browser = await signedIn();
		assert.match((await browser.go('/account/statement')).text,
			/Without asking you/);
		assert.match((await browser.go('/account/statement?lang=fr')).text,
			/Sans vous le demander/);
		assert.match((await browser.go('/account/statement.csv')).text,
			/"allowance"/);
		const all = JSON.parse((await browser.go('/account/data.json')).text);
		assert.equal(all.account.allowances.length, 1);
		assert.equal(all.account.allowances[0].each, '0.10 EUR');
		const one = all.entries.find((entry) => entry.order?.unasked);
		assert.match((await browser.go(`/account/payments/${one.serial}`))
			.text, /You were not asked/);
	},
};

const off = {
	async 'a server that allows none asks'() {
		const browser = await signedIn(), before = held();
		const page = await sent(browser, ticket());
		assert(!goesOn(page));
		const asked = await led(browser, await sends(browser, page));
		assert.match(asked.text, /<h1>Confirm payment/);
		assert.equal(held(), before);
		assert.match((await browser.go(PAGE)).text, /This server always asks/);
	},
};

(async () => {
	for (const [name, test] of Object.entries(OFF ? off : tests)) {
		await test();
		console.log(`ok ${name}`);
	}
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
