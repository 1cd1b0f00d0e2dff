// allowance.mjs - small amounts that a merchant has without asking: set, paid,
// withdrawn.
//
//	allowance.mjs [TEST...]	these only
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { languages, look, press, run, start, visitor } from './chromium.mjs';
import { came, closeSite, openSite } from './site.mjs';

const require = createRequire(import.meta.url);
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const { TILL_URL: till, TMPDIR: folder } = process.env;
const PASS = 'correct horse', PAGE = '/account/allowances';
let merchant, shop, evil, serial = 0;

function ctl(...words) {
	const [program, ...rest] = process.env.CTL.split(' ');

	return execFileSync(program, [...rest, ...words], { encoding: 'utf8' });
}

async function prepare() {
	const port = await openSite();

	shop = `http://merchant.localhost:${port}`;
	evil = `http://evil.localhost:${port}`;
	ctl('merchant', 'add', 'merchant', '--name', 'Le Journal S.A.',
		'--return-url', `${shop}/return`, '--jwk', `${folder}/key.jwk`);
	merchant = new Merchant(folder, 'merchant', `${shop}/return`);
}

const main = (page) => page.textContent('main');
const held = () => ctl('balance', 'alice');
const ticket = (amount) => `${till}/pay?t=${merchant.ticket(till,
	`order-${serial++}`, { amount })}`;
const from = (site, to) => `${site}/link?to=${encodeURIComponent(to)}`;
const returned = (page) => page.waitForURL(`${shop}/return?**`);

async function signIn(page) {
	await page.fill('#customer', 'alice');
	await page.fill('#answer-password', PASS);
	await press(page, 'button.primary');
}

async function arrive(page, path = PAGE) {
	await page.goto(`${till}${path}`);
	await signIn(page);
}

async function set(page, each, day) {
	await page.fill('#each', each);
	await page.fill('#day', day);
	await press(page, 'button[value=allow]');
}

// The page that would go on by itself, as who has no script sees it.
async function still(page, amount) {
	await page.route('**/allowance.js', (route) => route.fulfill(
		{ contentType: 'text/javascript', body: '' }));
	await go(page, amount);
	await page.waitForURL(`${till}/t/*`);
}

// From the merchant's page, as a customer goes.
async function go(page, amount) {
	await page.goto(from(shop, ticket(amount)));
	await page.click('a');
}

const tests = {
	async 'set one where one has paid'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		// Nobody was paid yet.
		assert.equal(await page.locator('#each').count(), 0);
		await look(page, 'account-allowances-none');
		await page.goto(ticket('1.00'));
		await page.click('button[value=pay]');
		await returned(page);
		await page.goto(`${till}/account/statement`);
		await page.click('table a[href*=payments]');
		await page.click('a[href*="merchant=merchant"]');
		await page.waitForURL(`**${PAGE}?merchant=merchant`);
		await set(page, 'much', '2');
		assert.match(await page.textContent('[role=alert]'), /amount/);
		await set(page, '0.10', '20.00');
		assert.match(await page.textContent('[role=alert]'), /more than/);
		await look(page, 'account-allowances-wrong');
		// What comes between waits for another press.
		ctl('customer', 'limit', 'alice', '90.00 EUR');
		await set(page, '0.10', '0.25');
		await signIn(page);
		assert.match(await page.textContent('#wanted'), /not done yet/);
		assert.equal(await page.inputValue('#each'), '0.10');
		assert.match(ctl('customer', 'allowance', 'alice'), /^\S*\s*$/);
		await press(page, 'button[value=allow]');
		assert.match(await main(page), /Le Journal S\.A\.[^]*0\.25/);
		assert.match(ctl('customer', 'allowance', 'alice'),
			/merchant +0\.10 EUR +0\.25 EUR/);
		await close();
	},
	async 'pay without a click, as far as it goes'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		for (let i = 0; i < 2; i++) {
			const before = came.length;
			await go(page, '0.10');
			await returned(page);
			assert.equal(came.length, before + 1);
			assert(came.at(-1).voucher);
		}
		// Above the day's sum, and above each: asked.
		for (const amount of ['0.06', '0.11']) {
			const before = held();
			await go(page, amount);
			await page.waitForURL(`${till}/t/*`);
			assert.match(await page.title(), /^Confirm payment/);
			assert.equal(await page.locator('.unasked').count(), 0);
			assert.equal(held(), before);
		}
		await page.goto(`${till}/account`);
		assert.match(await main(page), /Without asking you/);
		await close();
	},
	async 'without its script there is the button'(browser) {
		ctl('customer', 'allowance', 'alice', '--set', 'merchant', '--each',
			'1.00 EUR', '--day', '10.00 EUR');
		for (const locale of Object.values(languages)) {
			const { page, close } = await visitor(browser, { locale });
			await arrive(page);
			await look(page, 'account-allowances');
			const before = held();
			await still(page, '0.90');
			await look(page, 'confirm-unasked');
			// To look at it pays nothing.
			assert.equal(held(), before);
			await page.click('button[value=pay]');
			await returned(page);
			assert.notEqual(held(), before);
			await close();
		}
	},
	async 'led here by somebody else'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		const before = held();
		await page.goto(from(evil, ticket('0.10')));
		await page.click('a');
		await page.waitForURL(`${till}/t/*`);
		assert.equal(await page.locator('.unasked').count(), 0);
		assert(await page.isVisible('button[value=pay]'));
		assert.equal(held(), before);
		await close();
	},
	async 'a receipt that says so'(browser) {
		for (const locale of Object.values(languages)) {
			const { page, close } = await visitor(browser, { locale });
			await arrive(page);
			await page.route(`${shop}/return?**`,
				(route) => route.fulfill({ status: 204 }));
			await go(page, '0.50');
			await page.waitForURL('**/done**');
			assert.match(await main(page), /not asked|rien demandé/);
			await look(page, 'receipt-unasked');
			await close();
		}
	},
	async 'a press on cancel ends what would go on'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		const before = held();
		await still(page, '0.40');
		await press(page, 'button[value=cancel]');
		await returned(page);
		assert.equal(held(), before);
		await close();
	},
	async 'withdraw it'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		await press(page, 'button[value=disallow]');
		assert.match(await main(page), /asked each time/);
		const before = held();
		await go(page, '0.10');
		await page.waitForURL(`${till}/t/*`);
		assert.equal(await page.locator('.unasked').count(), 0);
		assert.equal(held(), before);
		await close();
	},
};

const browser = await start();
await prepare();
const names = process.argv.slice(2);
const failed = await run(names.length === 0 ? tests : Object.fromEntries(
	names.map((name) => [name, tests[name]])), browser);
await browser.close();
closeSite();
process.exit(failed);
