// shop-refund.js buy - a visitor buys a page and pays; prints cookie and order.
// shop-refund.js see FILE WHAT - what that visitor sees below the order.
'use strict';
const assert = require('assert');
const fs = require('fs');

const till = process.env.TILL_URL, shop = process.env.SHOP_URL;
let cookie = '';

async function visit(method, path) {
	const answer = await fetch(shop + path, { method, redirect: 'manual',
		headers: { Cookie: cookie, Origin: shop } });
	cookie ||= (answer.headers.get('set-cookie') || '').split(';')[0];
	return answer;
}

async function buy() {
	const order = (await visit('POST', '/buy/page')).headers.get('location');
	assert.equal((await visit('POST', `${order}/pay`)).status, 303);
	const ticket = (await visit('GET', `${order}/go`)).headers.get('refresh')
		.split('t=')[1];
	const paid = await fetch(`${till}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer: 'alice' }) });
	assert.equal(paid.status, 200);
	const { voucher } = await paid.json();
	assert.equal((await visit('GET', `/return?voucher=${voucher}`)).status,
		303);
	console.log(JSON.stringify([cookie, order]));
}

async function see(file, what) {
	const known = JSON.parse(fs.readFileSync(file));
	[cookie] = known;
	const answer = await visit('GET', known[1] + what);
	console.log(answer.status, (await answer.text()).replace(/\s+/g, ' '));
}

const [word, ...rest] = process.argv.slice(2);
(word === 'buy' ? buy() : see(...rest)).catch((error) => {
	console.error(error);
	process.exit(1);
});
