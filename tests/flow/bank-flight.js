// bank-flight.js held|waiting|steady - FLIGHT purchases of alice by a bank that takes
// its time, all under way on one connection.
//
// held: the bank keeps its answers until it is told to let go; WALLET payments
// of bob's go through meanwhile, and then all purchases end paid.
// waiting: all begin at once, and nothing is heard of them from "ready" on until
// the bank answers, DELAY_S later; then they end, paid.
// steady: there are always FLIGHT, evenly spread over the DELAY_S that the bank
// takes for each, from "ready" on until standard input ends; then those that
// are under way end, paid.
'use strict';
const assert = require('assert');
const http = require('http');
const net = require('net');
const path = require('path');
const { Merchant } = require('./merchant.js');

const { TILL_URL: url, TMPDIR: folder } = process.env;
const { hostname, port } = new URL(url);
const flight = Number(process.env.FLIGHT);
const patience = 240000;
const LATER_MS = 100;	// between questions about one that should be over

const press = new Merchant(folder, 'press-1', 'http://127.0.0.1:9/return');
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const run = Date.now().toString(36);

// A command to the bank, whose answer is one line and "ok".
function bank(command) {
	return new Promise((done, fail) => {
		const socket = net.connect(path.join(folder, 'bank.s'));
		let text = '';
		socket.on('error', fail);
		socket.on('connect', () => socket.write(`${command}\n`));
		socket.on('data', (part) => {
			text += part;
			if (!text.endsWith('ok\n'))
				return;
			socket.destroy();
			done(JSON.parse(text.slice(0, -3)));
		});
	});
}

function ask(where, body) {
	return new Promise((done, fail) => {
		const request = http.request({ hostname, port, agent, path: where,
			method: 'POST', headers: { 'Content-Type': 'application/json' } },
		(response) => {
			let text = '';
			response.on('data', (part) => { text += part; });
			response.on('end', () => done({ status: response.statusCode,
				json: JSON.parse(text) }));
		});
		request.on('error', fail);
		request.end(JSON.stringify(body));
	});
}

const order = (name, customer, amount) => ask('/v1/orders', { customer,
	ticket: press.ticket(url, `${run}-${name}`, { amount }) });

// It is under way; the conversation.
async function takeOff(name) {
	const { status, json } = await order(name, 'alice', '100.00');
	assert.equal(status, 202, JSON.stringify(json));
	assert.equal(json.status, 'pending');
	return json.conversation;
}

// Its entry in the register.
async function land(conversation) {
	const until = Date.now() + patience;
	for (;;) {
		const { status, json } = await ask(`/v1/orders/${conversation}`, {});
		if (status === 200)
			return json.txn;
		assert.equal(status, 202, JSON.stringify(json));
		assert.ok(Date.now() < until, 'it does not end');
		await sleep(LATER_MS);
	}
}

async function underWay(n) {
	const until = Date.now() + patience;
	while ((await bank('stats')).under_way < n) {
		assert.ok(Date.now() < until, 'they do not come to the bank');
		await sleep(50);
	}
}

async function held() {
	const payments = Number(process.env.WALLET);
	const flying = await Promise.all(Array.from({ length: flight }, (_, i) =>
		takeOff(`held-${i}`)));
	await underWay(flight);
	const { connections, under_way: before } = await bank('stats');
	assert.equal(connections, 1, 'one connection');
	assert.equal(before, flight);
	let next = 0;
	const bob = async () => {
		while (next < payments) {
			const { status, json } = await order(`wallet-${next++}`, 'bob',
				'0.01');
			assert.equal(status, 200, JSON.stringify(json));
		}
	};
	await Promise.all([bob(), bob(), bob(), bob()]);
	const { under_way: after } = await bank('stats');
	assert.equal(after, flight, 'none has ended meanwhile');
	assert.equal((await bank('release')).released, flight);
	const txns = new Set(await Promise.all(flying.map(land)));
	assert.equal(txns.size, flight, 'one entry for each');
	console.log(`${payments} wallet payments while ${flight} purchases were ` +
		'under way; all are paid');
}

async function waiting() {
	const flying = await Promise.all(Array.from({ length: flight }, (_, i) =>
		takeOff(`waiting-${i}`)));
	await underWay(Math.floor(flight * 9 / 10));
	console.log('ready');
	await sleep(Number(process.env.DELAY_S) * 1000);
	await Promise.all(flying.map(land));
	console.log(`landed ${flight}`);
}

async function steady() {
	const delay = Number(process.env.DELAY_S) * 1000;
	let stopped = false, landed = 0;
	process.stdin.on('end', () => { stopped = true; }).resume();
	const buyer = async (i) => {
		await sleep(delay * i / flight);
		for (let n = 0; !stopped; n++) {
			const conversation = await takeOff(`steady-${i}-${n}`);
			await sleep(delay);
			await land(conversation);
			landed++;
		}
	};
	const all = Promise.all(Array.from({ length: flight }, (_, i) => buyer(i)));
	await sleep(delay);
	await underWay(Math.floor(flight * 9 / 10));
	console.log('ready');
	await all;
	console.log(`landed ${landed}`);
}

const tests = { held, waiting, steady };

tests[process.argv[2]]().then(() => process.exit(0), (error) => {
	console.error(error);
	process.exit(1);
});
