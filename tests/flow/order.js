// order.js CUSTOMER AMOUNT JTI - an order over the API, asked for until it has
// ended; prints status and body.
'use strict';
const { Merchant } = require('./merchant.js');

const [customer, amount, jti] = process.argv.slice(2);
const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');
const body = JSON.stringify({ customer,
	ticket: press.ticket(url, jti, { amount }) });
const until = Date.now() + 60000;

async function main() {
	for (;;) {
		const response = await fetch(`${url}/v1/orders`, { method: 'POST',
			headers: { 'Content-Type': 'application/json' }, body });
		const text = await response.text();
		if (response.status !== 202 || Date.now() > until) {
			console.log(response.status, text);
			return;
		}
		await new Promise((done) => setTimeout(done, 100));
	}
}

main();
