// parallel.js one|many - 64 orders of one ticket, or 100 of as many tickets,
// each on a connection of its own, all of them open before the first is sent.
'use strict';
const assert = require('assert');
const http = require('http');
const net = require('net');
const { once } = require('events');
const { Merchant, opened } = require('./merchant.js');

const url = process.env.TILL_URL, { hostname, port } = new URL(url);
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');

async function connected() {
	const socket = net.connect(port, hostname);
	await once(socket, 'connect');
	return socket;
}

async function order(socket, ticket, customer) {
	const request = http.request(`${url}/v1/orders`, { method: 'POST',
		createConnection: () => socket, agent: false,
		headers: { 'Content-Type': 'application/json' } });
	request.end(JSON.stringify({ ticket, customer }));
	const [response] = await once(request, 'response');
	let text = '';
	for await (const part of response)
		text += part;
	socket.destroy();
	return { status: response.statusCode, json: JSON.parse(text) };
}

async function all(tickets, customer) {
	const sockets = await Promise.all(tickets.map(connected));
	return Promise.all(tickets.map((ticket, i) =>
		order(sockets[i], ticket, customer)));
}

const tests = {
	async one() {
		const ticket = press.ticket(url, 'one');
		const answers = await all(Array(64).fill(ticket), 'alice');
		for (const { status, json } of answers)
			assert.equal(status, 200, JSON.stringify(json));
		const vouchers = new Set(answers.map(({ json }) => json.voucher));
		assert.equal(vouchers.size, 1, 'equal answers, octet by octet');
		const voucher = await opened(url, [...vouchers][0]);
		assert.equal(voucher.tjti, 'one');
		assert.equal(voucher.amount, '1.20');
		for (const { json } of answers)
			assert.equal(json.txn, voucher.txn);
		// What is kept is given again, octet by octet.
		const again = await all(Array(64).fill(ticket), 'alice');
		assert.equal(new Set(again.map(({ json }) => json.voucher)).size, 1);
	},

	async many() {
		const answers = await all(Array.from({ length: 100 }, (_, i) =>
			press.ticket(url, `many-${i}`, { amount: '1.00' })), 'bob');
		const paid = answers.filter(({ status }) => status === 200);
		const rest = answers.filter(({ status }) => status !== 200);
		assert.equal(paid.length, 50);
		assert.equal(new Set(paid.map(({ json }) => json.txn)).size, 50);
		for (const { status, json } of rest) {
			assert.equal(status, 403, JSON.stringify(json));
			assert.equal(json.reason, 'funds');
		}
	},
};

tests[process.argv[2]]().catch((error) => {
	console.error(error);
	process.exit(1);
});
