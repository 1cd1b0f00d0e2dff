// foresee.js AMOUNT - what the confirm page says of from where it would be taken.
'use strict';
const crypto = require('crypto');
const { Browser } = require('../http/browser.js');
const { Merchant } = require('./merchant.js');

const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');

(async () => {
	const page = await new Browser(url).open(press.ticket(url,
		crypto.randomBytes(6).toString('hex'), { amount: process.argv[2] }));
	const row = /<dt>From<\/dt><dd>(.*?)<\/dd>/.exec(page.text);
	if (row === null)
		throw new Error(page.text);
	console.log(row[1].replace(/<[^>]*>/g, ''));
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
