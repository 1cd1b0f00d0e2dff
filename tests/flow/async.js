// async.js measure|killed - ORDERS orders of alice by a bank that takes DELAY_S
// each, all in flight at once.  measure: what bob's payments from a wallet lose
// by that.  killed: the rear unit is killed meanwhile by whoever reads "flight".
'use strict';
const assert = require('assert');
const http = require('http');
const { Merchant } = require('./merchant.js');

const url = process.env.TILL_URL, { hostname, port } = new URL(url);
const orders = Number(process.env.ORDERS);
const delay = Number(process.env.DELAY_S) * 1000;
const sanitized = process.env.TILL_SANITIZE !== 'no';
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const now = () => performance.now();

// POST /v1/orders: { status, json }, or status 0 where no answer came.
function order(ticket, customer) {
	return new Promise((done) => {
		const request = http.request({ hostname, port, agent,
			path: '/v1/orders', method: 'POST',
			headers: { 'Content-Type': 'application/json' } },
		(response) => {
			let text = '';
			response.on('data', (part) => { text += part; });
			response.on('error', () => done({ status: 0 }));
			response.on('end', () => done({ status: response.statusCode,
				json: text && JSON.parse(text) }));
		});
		request.on('error', () => done({ status: 0 }));
		request.end(JSON.stringify({ ticket, customer }));
	});
}

// Bob pays for pages, four at a time, until told to stop.
class Wallet {
	constructor() {
		this.stopped = false;
		this.done = [];		// [when it was answered, how long it took]
		this.clients = [0, 1, 2, 3].map((i) => this.run(i));
	}

	async run(i) {
		for (let n = 0; !this.stopped; n++) {
			const ticket = press.ticket(url, `wallet-${i}-${n}`,
				{ amount: '0.01' });
			const began = now();
			const { status, json } = await order(ticket, 'bob');
			assert.equal(status, 200, JSON.stringify(json));
			this.done.push([now(), now() - began]);
		}
	}

	async stop() {
		this.stopped = true;
		await Promise.all(this.clients);
	}

	// Payments per second and their median latency from then to now.
	since(then) {
		const took = this.done.filter(([at]) => at >= then)
			.map(([, ms]) => ms).sort((a, b) => a - b);
		return { rate: took.length * 1000 / (now() - then),
			median: took[took.length >> 1] };
	}
}

async function window(wallet, what, ms) {
	const then = now();
	await sleep(ms);
	const seen = wallet.since(then);
	console.log(`wallet payments ${what}: ${seen.rate.toFixed(0)} a second, ` +
		`median ${seen.median.toFixed(2)} ms`);
	return seen.rate;
}

// Each order is told at once that it is pending.
async function takeoff(name) {
	const tickets = Array.from({ length: orders }, (_, i) =>
		press.ticket(url, `${name}-${i}`));
	const began = now();
	const answers = await Promise.all(tickets.map((t) => order(t, 'alice')));
	const took = now() - began;
	for (const { status, json } of answers) {
		assert.equal(status, 202, JSON.stringify(json));
		assert.equal(json.status, 'pending');
		assert.ok(json.conversation && json.retry_after > 0);
	}
	const inTime = took < delay - 500;
	console.log(`flight ${inTime ? 'in time' : 'too late'}: ${orders} orders ` +
		`were pending after ${took.toFixed(0)} ms`);
	assert.ok(inTime || sanitized, 'the first is over before the last began');
	return { tickets, began, took };
}

// Each ends paid, with an entry of its own.
async function landed(tickets, seconds) {
	const until = now() + seconds * 1000, txns = new Set();
	let left = tickets;
	while (left.length > 0) {
		const answers = await Promise.all(left.map((t) => order(t, 'alice')));
		const open = [];
		answers.forEach(({ status, json }, i) => {
			if (status === 200)
				txns.add(json.txn);
			else
				open.push(left[i]);
			assert.ok([0, 200, 202, 503].includes(status),
				`${status} ${JSON.stringify(json)}`);
		});
		left = open;
		assert.ok(left.length === 0 || now() < until,
			`${left.length} orders are not settled`);
		if (left.length > 0)
			await sleep(200);
	}
	assert.equal(txns.size, tickets.length, 'one entry for each');
}

const tests = {
	async measure() {
		const wallet = new Wallet();
		await sleep(500);
		console.log('ready');
		const before = await window(wallet, 'before', delay * 0.6);
		const { tickets, began } = await takeoff('order');
		const during = await window(wallet, 'with all in flight',
			Math.max(began + delay - now(), 500));
		await landed(tickets, 120);
		console.log(`all paid ${(now() - began).toFixed(0)} ms after the first`);
		const after = await window(wallet, 'after', delay * 0.6);
		await wallet.stop();
		// The machine may have other work at any of these times.
		const ratio = during / Math.min(before, after);
		console.log(`with all in flight, against the slower of the others: ` +
			`${(ratio * 100).toFixed(0)}%`);
		assert.ok(ratio > 1 / 3, 'wallet payments lost their speed');
	},

	async killed() {
		const { tickets, began } = await takeoff('killed');
		await landed(tickets, 150);
		console.log(`killed: all paid ${(now() - began).toFixed(0)} ms after ` +
			`the first`);
	},
};

tests[process.argv[2]]().then(() => process.exit(0), (error) => {
	console.error(error);
	process.exit(1);
});
