// canary.js RIGHT WRONG - type both passwords of alice's wherever one can be
// typed, and say what was seen.
'use strict';
const assert = require('assert');
const { Browser, titleOf } = require('../http/browser.js');
const { Merchant } = require('./merchant.js');

const [right, wrong] = process.argv.slice(2);
const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');

async function order(body) {
	const response = await fetch(`${url}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	const text = await response.text();
	for (const word of [right, wrong])
		assert(!text.includes(word), 'the reply has it');
	return JSON.parse(text);
}

async function page() {
	const browser = new Browser(url);
	const form = await browser.open(press.ticket(url, 'canary-1'));
	const said = await browser.pay(form, { customer: 'alice',
		'answers.password': wrong });
	assert(!said.text.includes(wrong));
	const done = await browser.pay(said, { customer: 'alice',
		'answers.password': right });
	assert(!done.text.includes(right));
	assert.match(titleOf(done), /^Paid/);
	console.log('page paid');
}

async function program() {
	const first = press.ticket(url, 'canary-2');
	const refused = await order({ ticket: first, customer: 'alice',
		answers: { password: wrong } });
	assert.notEqual(refused.status, 'paid');
	const paid = await order({ ticket: press.ticket(url, 'canary-3'),
		customer: 'alice', answers: { password: right } });
	assert.equal(paid.status, 'paid');
	console.log('program paid');
}

async function account() {
	const browser = new Browser(url);
	const form = await browser.go('/sign-in');
	for (const word of [wrong, right]) {
		const said = await browser.submit(form, 'go', { customer: 'alice',
			'answers.password': word });
		assert(!said.text.includes(word));
	}
	const shown = await browser.go('/account');
	assert.equal(shown.status, 200);
	assert.match(titleOf(shown), /Alice|account/i);
	console.log('account shown');
}

page().then(program).then(account).catch((error) => {
	console.error(error);
	process.exit(1);
});
