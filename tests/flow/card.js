// card.js before|revoked|removed - orders that are signed by a card in software,
// which makes what it signs of the ticket alone.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const { Merchant, opened } = require('./merchant.js');

const url = process.env.TILL_URL;
const folder = process.env.TMPDIR;
const kid = process.env.KID;
const press = new Merchant(folder, 'press-1', 'http://127.0.0.1:9/return');
const stage = process.argv[2];
let number = 0;

const key = (name) => crypto.createPrivateKey(
	fs.readFileSync(path.join(folder, `${name}.key`)));
const certificate = (name) => new crypto.X509Certificate(
	fs.readFileSync(path.join(folder, `${name}.crt`))).raw
	.toString('base64url');

async function post(where, body) {
	const response = await fetch(`${url}${where}`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: response.status, json: await response.json() };
}

const ticket = (amount = '1.5') =>
	press.ticket(url, `card-${stage}-${number++}`, { amount });

// As doc/protocol.md says, of the ticket and the challenge.
function text(token, challenge) {
	const [header, payload] = token.split('.');
	const { iss, amount, currency } =
		JSON.parse(Buffer.from(payload, 'base64url'));
	const [units, decimals = ''] = amount.split('.');
	const th = crypto.createHash('sha256').update(`${header}.${payload}`)
		.digest('base64url');
	return Buffer.from(['till-card-1', challenge, th, iss,
		`${units}.${decimals.padEnd(6, '0')}`, currency, ''].join('\0'));
}

const reply = (signer, who, token, challenge) => JSON.stringify({
	alg: 'ES256', ...who,
	signature: crypto.sign('sha256', text(token, challenge),
		{ key: key(signer), dsaEncoding: 'ieee-p1363' })
		.toString('base64url') });

// Begin an order: the conversation, and its one prompt.
async function begin(token, customer = 'alice') {
	const { status, json } = await post('/v1/orders',
		{ customer, ticket: token });
	assert.equal(status, 202, JSON.stringify(json));
	assert.equal(json.prompts.length, 1);
	const [prompt] = json.prompts;
	assert.equal(prompt.id, 'card');
	assert.equal(prompt.kind, 'signature');
	assert.equal(prompt.format, 'till-card-1');
	assert.equal(Buffer.from(prompt.challenge, 'base64url').length, 32);
	return { conversation: json.conversation, prompt };
}

const answer = ({ conversation }, card) =>
	post(`/v1/orders/${conversation}`, { answers: { card } });

async function paid({ status, json }, amount) {
	assert.equal(status, 200, JSON.stringify(json));
	const voucher = await opened(url, json.voucher);
	assert.deepEqual(voucher.amr, ['sc']);
	assert.equal(voucher.amount, amount);
}

// Every refusal reads the same, but for what names the order.
let words;
function refused({ status, json }) {
	assert.equal(status, 403, JSON.stringify(json));
	assert.equal(json.reason, 'auth');
	delete json.refusal;
	words = words || json;
	assert.deepEqual(json, words);
}

const by_key = { kid };
const before = {
	async 'a key pays'() {
		const token = ticket();
		const order = await begin(token);
		await paid(await answer(order, reply('alice', by_key, token,
			order.prompt.challenge)), '1.50');
	},

	async 'a certificate pays'() {
		const token = ticket();
		const order = await begin(token, 'bob');
		await paid(await answer(order, reply('bob',
			{ certificate: certificate('bob') }, token,
			order.prompt.challenge)), '1.50');
	},

	async 'what was signed for another amount is refused'() {
		const token = ticket('30.00');
		const order = await begin(token);
		refused(await answer(order, reply('alice', by_key,
			ticket('1.50'), order.prompt.challenge)));
	},

	async 'a signature is not taken again'() {
		const first = ticket('2.00');
		const order = await begin(first);
		const card = reply('alice', by_key, first, order.prompt.challenge);
		await paid(await answer(order, card), '2.00');
		const again = await begin(ticket('2.00'));
		refused(await answer(again, card));
	},

	// The challenge of another order, though both are open.
	async 'a challenge is of its own conversation'() {
		const token = ticket();
		const order = await begin(token);
		const other = await begin(ticket());
		refused(await answer(order, reply('alice', by_key, token,
			other.prompt.challenge)));
	},

	async 'whose key it is decides'() {
		let token = ticket();
		let order = await begin(token);
		refused(await answer(order, reply('bob', by_key, token,
			order.prompt.challenge)));
		token = ticket();
		order = await begin(token, 'bob');
		refused(await answer(order, reply('alice', by_key, token,
			order.prompt.challenge)));
		token = ticket();
		order = await begin(token);
		refused(await answer(order, reply('bob',
			{ certificate: certificate('bob') }, token,
			order.prompt.challenge)));
	},

	async 'nobody finds out who is a customer'() {
		const token = ticket();
		const order = await begin(token, 'nobody');
		refused(await answer(order, reply('alice', by_key, token,
			order.prompt.challenge)));
	},

	async 'rubbish is refused'() {
		for (const rubbish of ['x', '{}', '{"alg":"ES256"}',
			'\u0001'.repeat(100), 'A'.repeat(8192)])
			refused(await answer(await begin(ticket()), rubbish));
	},

	// It is no reply at all: the prompt stays open.
	async 'what is too long leaves the prompt open'() {
		const token = ticket();
		const order = await begin(token);
		assert.equal((await answer(order, 'A'.repeat(8193))).status, 202);
		await paid(await answer(order, reply('alice', by_key, token,
			order.prompt.challenge)), '1.50');
	},
};

const revoked = {
	async 'a revoked certificate is refused'() {
		const token = ticket();
		const order = await begin(token, 'bob');
		refused(await answer(order, reply('bob',
			{ certificate: certificate('bob') }, token,
			order.prompt.challenge)));
	},
};

const removed = {
	async 'a removed key is refused'() {
		const token = ticket();
		const order = await begin(token);
		refused(await answer(order, reply('alice', by_key, token,
			order.prompt.challenge)));
	},
};

(async () => {
	for (const [name, test] of Object.entries(
		{ before, revoked, removed }[stage])) {
		console.log(name);
		await test();
	}
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
