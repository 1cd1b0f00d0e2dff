// guessing.js - wrong passwords, many of them, and honest people beside them.
'use strict';
const assert = require('assert');
const { Browser } = require('../http/browser.js');
const { Merchant } = require('./merchant.js');

const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');
const [what, who] = process.argv.slice(2);
const guesses = Number(process.env.GUESSES);
const right = 'correct horse';
const wrong = 'wrong horse';
let serial = 0;

const ticket = () => press.ticket(url, `${what}-${process.pid}-${serial++}`);
const network = (n) => `10.${n >> 8 & 255}.${n & 255}.7`;

async function ask(customer, password, address) {
	const body = JSON.stringify({ customer, ticket: ticket(),
		answers: { password } });
	const began = process.hrtime.bigint();
	const response = await fetch(`${url}/v1/orders`, { method: 'POST', body,
		headers: { 'Content-Type': 'application/json',
			'X-Forwarded-For': address } });
	const text = await response.text();
	return { status: response.status, text,
		headers: [...response.headers].filter(([name]) => name !== 'date'),
		us: Number((process.hrtime.bigint() - began) / 1000n) };
}

// Somebody with a browser, who pays with a password.  True if he could.
async function pay(browser, customer) {
	const page = await browser.open(ticket());
	assert.equal(page.status, 200, page.text);
	const end = await browser.pay(page, { customer,
		'answers.password': right });
	return /You have paid/.test(end.text);
}

const from = (address) => new Browser(url, { 'X-Forwarded-For': address });

// So many guesses, 32 at a time, and beside them what honest people do.  How
// many had each status.
async function storm(customer, address, beside, many = guesses) {
	const seen = { 202: 0, 403: 0, 503: 0 };
	let next = 0;
	const guesser = async () => {
		while (next < many) {
			const n = next++;
			const { status } = await ask(customer(n), wrong, address(n));
			assert.ok(status in seen, `${status}`);
			seen[status]++;
		}
	};
	await Promise.all([...Array.from({ length: 32 }, guesser), (async () => {
		while (next < many / 2)
			await new Promise((done) => { setTimeout(done, 5); });
		await beside();
	})()]);
	return seen;
}

// He pays, and it does not take him long.
async function honest(browser, customer) {
	const began = Date.now();
	assert(await pay(browser, customer), `${customer} is shut out`);
	const ms = Date.now() - began;
	console.log(`${what}: an honest sign-in took ${ms} ms`);
	assert(ms < Number(process.env.HONEST_MS), `${ms} ms`);
}

// An answer without what was said to it and what is random of it.
const plain = (text) => text.replace(
	/"(conversation|customer)":"([^"]*)"/g, (all, name, value) =>
		`"${name}":"${'x'.repeat(value.length)}"`)
	.replace(/"retry_after":\d+/, '"retry_after":1');

// How often a is larger than b, of all pairs: about a half if they are alike.
const larger = (a, b) => a.reduce((sum, x) => sum +
	b.reduce((n, y) => n + (x > y ? 1 : x === y ? 0.5 : 0), 0), 0) /
	(a.length * b.length);

const acts = {
	// Known and unknown customers, in turns: the same octets, the same times.
	async alike() {
		const n = Number(process.env.KNOWN);
		const times = { known: [], unknown: [] };
		const seen = { known: new Map(), unknown: new Map() };
		for (let i = 0; i < n; i++) {
			for (const [kind, names] of [['known', ['ada', 'ben']],
				['unknown', ['eve', 'fay']]]) {
				const answer = await ask(names[i % 2], wrong,
					network(i));
				times[kind].push(answer.us);
				const key = `${answer.status} ${plain(answer.text)} ` +
					`${JSON.stringify(answer.headers)}`;
				seen[kind].set(key, (seen[kind].get(key) || 0) + 1);
			}
		}
		assert.equal(JSON.stringify([...seen.known], null, 1),
			JSON.stringify([...seen.unknown], null, 1));
		const part = larger(times.known, times.unknown);
		const median = (list) => list.sort((a, b) => a - b)[n >> 1];
		console.log(`alike: ${n} each, medians ${median(times.known)} and ` +
			`${median(times.unknown)} us, ${part.toFixed(2)} of the pairs`);
		// Five standard deviations of what chance does.
		const chance = Math.sqrt((2 * n + 1) / (12 * n * n));
		assert(Math.abs(part - 0.5) < 5 * chance, `${part}`);
	},

	// From one address: neither another network nor a browser that is known
	// is shut out, even where the guesser sits.
	async one() {
		const known = from('203.0.113.9');
		assert(await pay(known, 'alice'));
		assert(known.cookies.has('till-device'));
		await storm(() => 'alice', () => '203.0.113.9', async () => {
			await honest(from('198.51.100.7'), 'alice');
		});
		assert(!await pay(from('203.0.113.10'), 'alice'), 'his network');
		const again = from('203.0.113.9');
		again.cookies.set('till-device', known.cookies.get('till-device'));
		// Neither the right password there, nor a name of another's browser.
		assert.equal((await ask('alice', right, '203.0.113.9')).status, 403);
		const other = from('203.0.113.9');
		other.cookies.set('till-device', `${known.cookies
			.get('till-device').slice(0, -1)}_`);
		assert(!await pay(other, 'alice'), 'a forged name');
		await honest(again, 'alice');
	},

	// From 1000: a network that nobody knows waits, a known browser does not.
	async many() {
		const known = from('198.51.100.7');
		assert(await pay(known, 'bob'));
		await storm(() => 'bob', (n) => network(n % 1000), async () => {
			const again = from('192.0.2.77');
			again.cookies.set('till-device',
				known.cookies.get('till-device'));
			await honest(again, 'bob');
		});
	},

	// One password with names that are made up, from one address: hardly one
	// of them is looked at, whoever's name it is.
	async 'spray-one'() {
		const guesser = '203.0.114.9', began = Date.now();
		const known = from(guesser);
		assert(await pay(known, 'gina'));
		const seen = await storm((n) => `made-up-${n}`, () => guesser,
			async () => {
				await honest(from('198.51.100.7'), 'gina');
				const again = from(guesser);
				again.cookies.set('till-device',
					known.cookies.get('till-device'));
				await honest(again, 'gina');
			});
		const looked = seen[202] + seen[403];
		console.log(`${what}: ${looked} of ${guesses} were looked at`);
		// 50, those that were on the way then, and one a minute.
		const minutes = Math.ceil((Date.now() - began) / 60000);
		assert(looked <= 50 + 32 + 8 + minutes, `${looked}`);
		const said = [];
		for (const name of ['gina', 'made-up']) {
			const { status, text } = await ask(name, right, guesser);
			said.push(`${status} ${plain(text)}`);
		}
		assert.match(said[0], /^503 /);
		assert.equal(said[0], said[1]);
	},

	// And from 1000: each of them is looked at, and others find room.
	async 'spray-many'() {
		const known = from('198.51.100.8');
		assert(await pay(known, 'gina'));
		await storm((n) => `invented-${n}`, (n) => network(3000 + n % 1000),
			async () => {
				await honest(from('198.51.101.8'), 'gina');
				const again = from('192.0.2.78');
				again.cookies.set('till-device',
					known.cookies.get('till-device'));
				await honest(again, 'gina');
			}, Math.min(guesses, 3000));
	},

	async 'shut-out'() {
		for (let i = 0; i < 120; i++)
			await ask(who, wrong, network(2000 + i));
		assert(!await pay(from('192.0.2.99'), who));
	},

	async 'let-in'() {
		assert(await pay(from('192.0.2.99'), who));
	},

	async suspended() {
		const known = from('198.51.100.7');
		assert(await pay(known, 'carl'));
		for (let i = 0; i < 6; i++)
			for (const name of ['carl', 'dora'])
				await ask(name, wrong, network(i));
		assert(!await pay(from('192.0.2.5'), 'carl'));
		const again = from('198.51.100.7');
		again.cookies.set('till-device', known.cookies.get('till-device'));
		assert(!await pay(again, 'carl'), 'a known browser');
	},

	// What is kept of one who is known says no more than what is not kept
	// of one who is not, with any number of tries.
	async 'suspended-alike'() {
		const said = { carl: [], dora: [] };
		for (let i = 0; i < 8; i++)
			for (const name of ['carl', 'dora']) {
				const { status, text } = await ask(name, right,
					network(4000 + i % 2));
				said[name].push(`${status} ${plain(text)}`);
			}
		assert.deepEqual(said.carl, said.dora);
		assert(!await pay(from('192.0.2.5'), 'carl'));
	},
};

acts[what]().catch((error) => {
	console.error(error);
	process.exit(1);
});
