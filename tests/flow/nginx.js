// nginx.js - buy through a real nginx, with TLS.
'use strict';
const assert = require('assert');
const { Browser } = require('../http/browser.js');
const { Merchant, opened } = require('./merchant.js');

const url = process.env.EDGE_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	process.env.RETURN_URL);

async function main() {
	const browser = new Browser(url);
	const page = await browser.open(press.ticket(url, 'nginx-1'));
	assert.equal(page.status, 200, page.text);
	assert.equal(page.headers.get('strict-transport-security'),
		'max-age=31536000');
	assert.equal(page.headers.get('server').split('/')[0], 'nginx');
	assert(browser.cookies.has('__Host-till'));
	const done = await browser.pay(page, { customer: 'alice',
		'answers.password': 'sesame-street-1', remember: '1' });
	assert.match(done.text, /You have paid/);
	assert(browser.cookies.has('__Host-till-session'));
	const back = new URL(/url=(.*)$/.exec(done.headers.get('refresh'))[1]);
	const voucher = await opened(url, back.searchParams.get('voucher'));
	assert.equal(voucher.tjti, 'nginx-1');
	assert.equal(voucher.iss, url);

	// A program, many at a time, over connections that nginx keeps.
	const orders = await Promise.all(Array.from({ length: 20 }, (x, i) =>
		fetch(`${url}/v1/orders`, { method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ ticket: press.ticket(url, `n-${i}`),
				customer: 'alice',
				answers: { password: 'sesame-street-1' } }) })));
	for (const one of orders)
		assert.equal(one.status, 200, await one.text());

	// nginx says no first.
	const large = await fetch(`${url}/v1/orders`, { method: 'POST',
		body: 'x'.repeat(70000) });
	assert.equal(large.status, 413);
	const flood = await Promise.all(Array.from({ length: 200 }, () =>
		fetch(`${url}/.well-known/jwks.json`).then((r) => r.status)));
	assert(flood.includes(429), 'a flood is limited');
	assert(flood.includes(200));
}

main().then(() => process.exit(0), (error) => {
	console.error(error);
	process.exit(1);
});
