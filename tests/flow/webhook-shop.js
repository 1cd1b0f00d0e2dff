// webhook-shop.js - a visitor who pays and never comes back: the shop hears of it
// from the payment server.
'use strict';
const assert = require('assert');

const till = process.env.TILL_URL, shop = process.env.SHOP_URL;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let cookie = '';

async function visit(method, path) {
	const answer = await fetch(shop + path, { method, redirect: 'manual',
		headers: { Cookie: cookie, Origin: shop } });
	cookie ||= (answer.headers.get('set-cookie') || '').split(';')[0];
	return answer;
}

(async () => {
	const order = (await visit('POST', '/buy/page')).headers.get('location');
	assert.match(order, /^\/order\//);
	assert.equal((await visit('POST', `${order}/pay`)).status, 303);
	const ticket = (await visit('GET', `${order}/go`)).headers.get('refresh')
		.split('t=')[1];
	assert.equal((await visit('GET', `${order}/file/page`)).status, 403);
	const paid = await fetch(`${till}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer: 'alice' }) });
	assert.equal(paid.status, 200);
	const end = Date.now() + 20000;
	let file;
	do {
		assert.ok(Date.now() < end, 'the shop never heard of it');
		await sleep(50);
		file = await visit('GET', `${order}/file/page`);
	} while (file.status !== 200);
	// And with the voucher after all.
	const { voucher } = await paid.json();
	assert.equal((await visit('GET', `/return?voucher=${voucher}`)).status,
		303);
	const forged = await fetch(`${shop}/till-events`,
		{ method: 'POST', body: voucher });
	assert.equal(forged.status, 403);
	// Of a server that the shop has never heard of: never to come again.
	const head = { alg: 'ES256', kid: 'A'.repeat(43), typ: 'till-event+jwt' };
	const claims = { iss: 'https://stranger.example' };
	const strange = await fetch(`${shop}/till-events`, { method: 'POST',
		body: [JSON.stringify(head), JSON.stringify(claims), Buffer.alloc(64)]
			.map((part) => Buffer.from(part).toString('base64url'))
			.join('.') });
	assert.equal(strange.status, 422);
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
