// merchants.js - merchants who sign in, and others who would like to.
'use strict';
const assert = require('assert');
const { Browser } = require('../http/browser.js');

const url = process.env.TILL_URL;
const [what, right] = process.argv.slice(2);
const EACH = 30; // tries of each of those who are compared

const from = (address) => new Browser(url, { 'X-Forwarded-For': address });
const network = (n) => `10.${n >> 8 & 255}.${n & 255}.7`;

// One try in a browser that has not been here before.
async function tries(path, customer, password, address) {
	const browser = from(address);
	const page = await browser.fetch(path);
	assert.equal(page.status, 200);
	const began = process.hrtime.bigint();
	const answer = await browser.submit(page, '', { customer,
		'answers.password': password });
	return { ...answer, browser,
		us: Number((process.hrtime.bigint() - began) / 1000n) };
}

// A page without what was said to it and what is random of it.
function plain({ status, text, headers }, id) {
	const named = [...headers].filter(([name]) => name !== 'date')
		.map(([name, value]) => [name, value.replace(/=[\w-]{22};/, '=x;')]);

	return JSON.stringify([status, named, text
		.replace(/name="(csrf|conversation)" value="[^"]*"/g, '')
		.replaceAll(`value="${id}"`, 'value="id"')]);
}

// How often a is larger than b, of all pairs: about a half if they are alike.
const larger = (a, b) => a.reduce((sum, x) => sum +
	b.reduce((n, y) => n + (x > y ? 1 : x === y ? 0.5 : 0), 0), 0) /
	(a.length * b.length);

const acts = {
	// One who has a password, one who has none, and two who are nobody.
	async alike() {
		const ids = ['press', 'paper', 'proxy', 'plain'];
		const times = ids.map(() => []), seen = ids.map(() => new Set());
		for (let i = 0; i < EACH; i++)
			for (let k = 0; k < ids.length; k++) {
				const answer = await tries('/merchant/sign-in', ids[k],
					'wrong', network(i));
				times[k].push(answer.us);
				seen[k].add(plain(answer, ids[k]));
			}
		for (const one of seen)
			assert.deepEqual([...one], [[...seen[0]][0]]);
		assert.match([...seen[0]][0], /merchant number and the password/);
		const part = larger([...times[0], ...times[1]],
			[...times[2], ...times[3]]);
		const n = 2 * EACH;
		console.log(`alike: ${n} each, ${part.toFixed(2)} of the pairs`);
		// Five standard deviations of what chance does.
		assert(Math.abs(part - 0.5) <
			5 * Math.sqrt((2 * n + 1) / (12 * n * n)), `${part}`);
	},

	// Wherever it comes from; the right password then is as a wrong one, and
	// whoever is nobody is told the same.
	async locked() {
		const said = [];
		for (const id of ['press', 'proxy']) {
			for (let i = 0; i < 4; i++)
				await tries('/merchant/sign-in', id, 'wrong',
					network(1000 + i));
			const answer = await tries('/merchant/sign-in', id,
				'paper and ink', network(2000));
			assert(!answer.browser.cookies.has('till-merchant'));
			said.push(plain(answer, id));
		}
		assert.equal(said[0], said[1]);
		assert.match(said[0], /and the password do not match/);
		// The customer of that name comes in.
		const answer = await tries('/sign-in', 'press', 'correct horse',
			network(2000));
		assert.equal(answer.headers.get('location'), '/account');
		assert(answer.browser.cookies.has('till-session'));
	},

	async 'let-in'() {
		const answer = await tries('/merchant/sign-in', 'press', right,
			network(3000));
		assert.equal(answer.headers.get('location'), '/merchant');
		const { browser } = answer;
		assert(browser.cookies.has('till-merchant'));
		assert(browser.cookies.has('till-merchant-device'));
		assert(!browser.cookies.has('till-session'));
		assert(!browser.cookies.has('till-device'));
		const page = await browser.fetch('/merchant');
		assert.equal(page.status, 200);
		assert.equal(page.headers.get('cache-control'), 'no-store');
		assert.equal(page.headers.get('referrer-policy'), 'same-origin');
		// Without the token nobody is signed out.
		const forged = await browser.submit(page, 'sign-out', { csrf: 'x' });
		assert.equal(forged.status, 403);
		assert.equal((await browser.fetch('/merchant')).status, 200);
		const out = await browser.submit(page, 'sign-out');
		assert.equal(out.status, 303);
		assert(!browser.cookies.has('till-merchant'));
	},
};

acts[what]().catch((error) => {
	console.error(error);
	process.exit(1);
});
