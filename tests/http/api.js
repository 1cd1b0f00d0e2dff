// api.js - the interface for programs, against a fake rear.
'use strict';
const assert = require('assert');
const { ticket } = require('./edge.js');

const url = process.env.EDGE_URL;
let serial = 0;
const fresh = (words = 'a') => `${words}-${serial++}`;

async function call(path, body, { headers = {}, method = 'POST' } = {}) {
	const response = await fetch(url + path, { method,
		headers: Object.assign(body === undefined ? {} :
			{ 'Content-Type': 'application/json' }, headers),
		body: typeof body === 'string' || body === undefined ? body :
			JSON.stringify(body) });
	const text = await response.text();
	const type = response.headers.get('content-type');
	if (response.status >= 400)
		assert.equal(type, 'application/problem+json', text);
	return { status: response.status, headers: response.headers, text,
		json: text === '' ? null : JSON.parse(text) };
}

const order = (jti, more = {}, options) => call('/v1/orders', Object.assign(
	{ ticket: ticket(jti, url), customer: 'alice',
		answers: { password: 'sesame' } }, more), options);

const tests = {
	async 'an order is paid, and paid once'() {
		const jti = fresh();
		const first = await order(jti);
		assert.equal(first.status, 200);
		assert.equal(first.json.status, 'paid');
		assert.match(first.json.voucher, /^fake\./);
		assert.equal(first.json.via, 'wallet');
		assert.equal(first.headers.get('cache-control'), 'no-store');
		const second = await order(jti);
		assert.equal(second.json.txn, first.json.txn);
		const many = await Promise.all(Array.from({ length: 64 }, () =>
			order(jti)));
		assert(many.every((one) => one.json.txn === first.json.txn));
	},

	async 'questions, and the conversation goes on'() {
		const open = await call('/v1/orders', { ticket: ticket(fresh(), url) });
		assert.equal(open.status, 202);
		assert.equal(open.json.customer_needed, true);
		const prompt = open.json.prompts.find((p) => p.kind === 'secret');
		assert.equal(prompt.id, 'password');
		assert.equal(prompt.max, 128);
		const path = `/v1/orders/${open.json.conversation}`;
		const wrong = await call(path, { customer: 'alice',
			answers: { password: 'x' } });
		assert.equal(wrong.status, 202);
		assert(wrong.json.prompts.some((p) => p.kind === 'error'));
		const paid = await call(path, { customer: 'alice',
			answers: { password: 'sesame' } });
		assert.equal(paid.status, 200);
		const gone = await call('/v1/orders/99999999', { answers: {} });
		assert.equal(gone.status, 404);
		assert.equal(gone.json.type, 'urn:till:problem:no-conversation');
	},

	async 'a session'() {
		const first = await order(fresh(), { session: true });
		assert.equal(first.json.session_expires_in, 300);
		const bearer = { headers: {
			Authorization: `Bearer ${first.json.session}` } };
		const second = await call('/v1/orders',
			{ ticket: ticket(fresh(), url) }, bearer);
		assert.equal(second.status, 200);
		const none = await call('/v1/orders', { ticket: ticket(fresh(), url) },
			{ headers: { Authorization: 'Bearer nonsense' } });
		assert.equal(none.status, 202);
	},

	async 'every other status'() {
		for (const [words, status, name, reason] of [
			['refuse', 403, 'refused', 'limit'],
			['decline', 403, 'declined', 'funds'],
			['expired', 403, 'expired', 'expired'],
			['invalid', 400, 'invalid-ticket', undefined],
			['conflict', 409, 'conflict', undefined],
			['busy', 503, 'busy', undefined] ]) {
			const answer = await order(fresh(words));
			assert.equal(answer.status, status, words);
			assert.equal(answer.json.type, `urn:till:problem:${name}`);
			assert.equal(answer.json.status, status);
			assert.equal(answer.json.reason, reason, words);
			if (name === 'refused' || name === 'expired')
				assert.match(answer.json.refusal, /^fake\./);
			if (status === 503)
				assert.equal(answer.headers.get('retry-after'), '1');
		}
		const pending = await order(fresh('pending'));
		assert.equal(pending.status, 202);
		assert.equal(pending.json.status, 'pending');
		const cancelled = await order(fresh(), { action: 'cancel' });
		assert.equal(cancelled.status, 200);
		assert.match(cancelled.json.refusal, /^fake\./);
		const view = await order(fresh(), { action: 'view' });
		assert.equal(view.status, 202);
	},

	async 'bodies that are none'() {
		const t = ticket(fresh(), url);
		const deep = '{"a":'.repeat(100) + '1' + '}'.repeat(100);
		for (const body of ['', '{', '[]', '1', 'null', '"x"', '{}', '{}x',
			'{"ticket":1}', '{"ticket":["x"]}', `{"ticket":"${t}"`,
			`{"ticket":"${t}",}`, `{"ticket":"${t}","ticket":"${t}"}`,
			`{"ticket":"${t}","bogus":true}`, '{ticket:"x"}',
			`{"ticket":"${t}","answers":"x"}x`, deep,
			`{"ticket":"${t}","answers":{"a":{"b":"c"}}}`,
			`{"ticket":"${t}","answers":{"a":1}}`,
			`{"ticket":"${t}","answers":{"a":"x","a":"y"}}`,
			`{"ticket":"${t}","customer":"\\u0000"}`,
			`{"ticket":"${t}","customer":"\\ud800"}`,
			`{"ticket":"${t}","customer":"\\x"}`,
			`{"ticket":"${t}","customer":"a\nb"}`,
			`{"ticket":"${t}","action":"steal"}`,
			`{"ticket":"${t}","customer":"${'a'.repeat(2000)}"}`,
			`{"ticket":"${t}","answers":{"${'a'.repeat(200)}":"x"}}`,
			'{"ticket":"a.b.c"}', `{"ticket":"${t}x"}`,
			`\ufeff{"ticket":"${t}"}` ]) {
			const answer = await call('/v1/orders', body);
			assert.equal(answer.status, 400, body.slice(0, 60));
			assert.match(answer.json.type, /^urn:till:problem:invalid-/);
		}
		const latin = await fetch(`${url}/v1/orders`, { method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: Buffer.from(`{"ticket":"${t}","customer":"\xe9"}`, 'latin1') });
		assert.equal(latin.status, 400);
		assert.equal((await call('/v1/orders', '{}', { headers: {
			'Content-Type': 'text/plain' } })).status, 415);
		// Escapes are what they mean.
		const escaped = await call('/v1/orders',
			`{"\\u0074icket":"${t}","customer":"\\u0061lice",` +
			'"answers":{"password":"ses\\u0061me"}}');
		assert.equal(escaped.status, 200);
	},

	async 'what an answer repeats is no secret'() {
		const secret = 'canary-5f2e';
		for (const answers of [{ password: secret }, { [secret]: 'x' },
			{ password: `${secret}"`, other: secret }]) {
			const answer = await order(fresh(), { answers });
			assert.doesNotMatch(answer.text, /canary/);
		}
		const broken = await call('/v1/orders',
			`{"ticket":"x","answers":{"password":"${secret}\\q"}}`);
		assert.equal(broken.status, 400);
		assert.doesNotMatch(broken.text, /canary/);
	},

	async 'what became of it, for whom it concerns'() {
		const { json } = await order(fresh(), { session: true });
		const bearer = { method: 'GET', headers: {
			Authorization: `Bearer ${json.session}` } };
		const get = { method: 'GET' };
		const path = '/v1/tickets/press-1/a-1';
		assert.equal((await call(path, undefined, get)).status, 401);
		const mine = await call(path, undefined, bearer);
		assert.equal(mine.status, 200);
		assert.equal(mine.json.state, 'paid');
		assert.equal((await call('/v1/vouchers/1', undefined, bearer)).status, 200);
		const other = { method: 'GET', headers: { Authorization: 'Bearer x' } };
		assert.equal((await call(path, undefined, other)).status, 404);
		for (const bad of ['/v1/vouchers/0', '/v1/vouchers/x',
			'/v1/vouchers/99999999999999999999', '/v1/tickets/UP/x',
			'/v1/tickets/press-1/a%20b', '/v1/nothing', '/v1/'])
			assert.equal((await call(bad, undefined, bearer)).status, 404, bad);
		for (const bad of ['/v1/orders', '/v1/orders/1', '/tickets'])
			assert.equal((await call(bad, undefined, get)).status, 405);
	},

	async 'what this server is'() {
		for (const [path, type] of [
			['/.well-known/till.json', 'application/json'],
			['/.well-known/jwks.json', 'application/jwk-set+json'] ]) {
			const response = await fetch(url + path);
			assert.equal(response.status, 200);
			assert.equal(response.headers.get('content-type'), type);
			assert.equal(response.headers.get('cache-control'),
				'public, max-age=60');
			await response.json();
		}
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
