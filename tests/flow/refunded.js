// refunded.js - a purchase in a browser, and what is said of it as it is given
// back in two parts.
'use strict';
const assert = require('assert');
const { execFileSync } = require('child_process');
const { Browser, titleOf } = require('../http/browser.js');
const { Merchant } = require('./merchant.js');

const { TILL_URL: url, TMPDIR, CTL } = process.env;
const press = new Merchant(TMPDIR, 'press-1', 'http://127.0.0.1:9/return');
const ticket = press.ticket(url, 'order-1', { amount: '10.00' });

function refund(...args) {
	const [program, ...options] = CTL.split(' ');
	execFileSync(program, [...options, 'refund', '--note', 'test', ...args,
		'press-1', 'order-1']);
}

async function status(authorization) {
	const where = '/v1/tickets/press-1/order-1';
	const response = await fetch(url + where, { headers: { Authorization:
		authorization || `Till ${press.request(url, 'GET', where)}` } });
	assert.equal(response.status, 200);
	return response.json();
}

async function order(want) {
	const response = await fetch(`${url}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer: 'alice', session: true,
			answers: { password: 'correct horse' } }) });
	assert.equal(response.status, 200);
	const answer = await response.json();
	assert.equal(answer.refunded, want);
	return answer;
}

// Twice: the second answer may come from memory.
async function receipt(browser, where, pattern) {
	for (let i = 0; i < 2; i++) {
		const page = await browser.go(where);
		assert.match(titleOf(page), /^Paid/);
		assert.match(page.text.replace(/<[^>]*>/g, ' ')
			.replace(/\s+/g, ' '), pattern);
	}
}

async function main() {
	const browser = new Browser(url);
	let told = await status();
	assert.deepEqual([told.state, told.amount, told.refunded],
		['open', undefined, undefined]);
	const done = await browser.pay(await browser.open(ticket),
		{ customer: 'alice', 'answers.password': 'correct horse' });
	assert.match(titleOf(done), /^Paid/);
	assert.doesNotMatch(done.text, /Given back/);
	told = await status();
	assert.deepEqual([told.state, told.amount, told.currency, told.refunded],
		['paid', '10.00', 'EUR', undefined]);
	await order(undefined);

	refund('--amount', '2.50 EUR');
	await receipt(browser, done.where, /Given back 2\.50 EUR/);
	told = await status();
	assert.deepEqual([told.state, told.amount, told.refunded],
		['refunded', '10.00', '2.50']);
	const { session } = await order('2.50');
	assert.equal((await status(`Bearer ${session}`)).refunded, '2.50');
	await order('2.50');

	refund();
	assert.equal((await status()).refunded, '10.00');
	await order('10.00');
	await receipt(browser, `${done.where}?lang=en`, /Given back.*10\.00/);
	const french = await browser.go(`${done.where}?lang=fr`);
	assert.match(french.text.replace(/<[^>]*>/g, ' '), /Remboursé/);
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
