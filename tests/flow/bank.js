// bank.js CUSTOMER AMOUNT JTI - a purchase in a browser that a bank settles;
// prints the title and the words of the page on which it ends.
'use strict';
const { Browser, titleOf } = require('../http/browser.js');
const { Merchant } = require('./merchant.js');

const [customer, amount, jti] = process.argv.slice(2);
const url = process.env.TILL_URL;
const lang = process.env.TILL_LANG;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');
const patience = 120000;
const until = Date.now() + patience;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// The rear unit may be gone for a moment.
async function persist(what) {
	for (;;) {
		try {
			const page = await what();
			if (page.status < 500)
				return page;
		} catch (error) {
			if (Date.now() > until)
				throw error;
		}
		if (Date.now() > until)
			throw new Error('the server does not come back');
		await sleep(100);
	}
}

async function main() {
	const browser = new Browser(url, lang === undefined ? {}
		: { 'Accept-Language': lang });
	const first = await persist(() => browser.open(press.ticket(url, jti,
		{ amount })));
	let page = await browser.pay(first,
		{ customer, 'answers.password': 'correct horse' });
	while (/^(In progress|Try again|En cours|Réessayez)/.test(titleOf(page))) {
		if (Date.now() > until)
			throw new Error(`still: ${titleOf(page)}`);
		await sleep(100);
		const { where } = page;
		page = await persist(() => browser.go(where));
	}
	console.log(titleOf(page));
	console.log(page.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '));
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
