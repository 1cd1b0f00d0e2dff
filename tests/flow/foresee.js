// foresee.js AMOUNT [CUSTOMER] - what the confirm page says of from where it
// would be taken; also to whom gives a customer's number.
'use strict';
const crypto = require('crypto');
const { Browser } = require('../http/browser.js');
const { Merchant } = require('./merchant.js');

const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');

(async () => {
	const browser = new Browser(url);
	let page = await browser.open(press.ticket(url,
		crypto.randomBytes(6).toString('hex'), { amount: process.argv[2] }));
	if (process.argv[3] !== undefined)
		page = await browser.pay(page,
			{ customer: process.argv[3] });
	const row = /<dt>From<\/dt><dd>(.*?)<\/dd>/.exec(page.text);
	if (row === null)
		throw new Error(page.text);
	console.log(row[1].replace(/<[^>]*>/g, ''));
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
