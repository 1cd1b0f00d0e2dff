// pay.mjs - what customers do in a browser, and what others try to make them do.
//
// The merchant is a site of its own, merchant.localhost, whose address has a
// cookie for the visit, as shops have; evil.localhost is everybody else's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { look, press, run, start, visitor } from './chromium.mjs';
import { came, closeSite, openSite } from './site.mjs';

const require = createRequire(import.meta.url);
const { Merchant, opened } = require(
	`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const { TILL_URL: till, SHOP_URL: shop, TMPDIR: folder } = process.env;
const SKEW_S = 10; // that a clock may be wrong by: till's TILL_CLOCK_SKEW
const HEARS_MS = 90000, PASS = 'correct horse';
const now = () => Math.floor(Date.now() / 1000);
let serial = 0, merchant, shopUrl, evil;

function command(text, ...words) {
	const [program, ...rest] = text.split(' ');

	return execFileSync(program, [...rest, ...words], { encoding: 'utf8' });
}
const ctl = (...words) => command(process.env.CTL, ...words);
const bank = (...words) => command(process.env.BANK_CTL, ...words);
const cents = (text) => Math.round(Number(text) * 100);
const balance = (who) => cents(JSON.parse(ctl('balance', who, '--json'))
	.accounts[0].balance);
const fresh = () => `order-${serial++}`;

async function until(what, condition) {
	const end = Date.now() + HEARS_MS;

	while (!await condition()) {
		assert(Date.now() < end, `never: ${what}`);
		await new Promise((done) => setTimeout(done, 50));
	}
}

async function openShop() {
	const port = await openSite();

	shopUrl = `http://merchant.localhost:${port}`;
	evil = `http://evil.localhost:${port}`;
	ctl('merchant', 'add', 'merchant', '--name', 'Le Journal S.A.',
		'--return-url', `${shopUrl}/return`, '--jwk', `${folder}/key.jwk`);
	merchant = new Merchant(folder, 'merchant', `${shopUrl}/return`);
}

const address = (jti, claims) =>
	`${till}/pay?t=${merchant.ticket(till, jti, claims)}`;
const leadTo = (where, to) => `${where}?to=${encodeURIComponent(to)}`;

// From the merchant's page to the payment server's, as a customer goes.
async function go(page, jti, claims) {
	await page.goto(leadTo(`${shopUrl}/link`, address(jti, claims)));
	await press(page, 'a');
	assert(page.url().startsWith(`${till}/t/`), page.url());
}

async function fill(page, password = PASS, customer = 'alice') {
	await page.fill('#customer', customer);
	await page.fill('#answer-password', password);
}

// A second click ends the first one's navigation, so no navigation is waited for.
const at = (page, where) => until(where, () => page.url().startsWith(where));
const returned = (page) => at(page, `${shopUrl}/return?`);
const nothing = (route) => route.fulfill({ status: 204 });
// The receipt stays where it is: the merchant has nothing to show.
const stay = (page) => page.route(`${shopUrl}/return?**`, nothing);
const receipt = (page) => page.locator('h1', { hasText: /^Paid$/ }).waitFor();
const voucherOf = async (page) => opened(till, new URL(
	await page.getAttribute('a.primary', 'href')).searchParams.get('voucher'));

async function latest() {
	const { cookie, voucher } = came.at(-1);

	assert.equal(cookie, 'visit=mine', 'the visit goes on at the merchant');
	return opened(till, voucher);
}

function posts(context) {
	const list = [];

	context.on('request', (one) => one.method() === 'POST' && list.push(one));
	return list;
}

// Opened at first, confirmed when its time is over.
let late;
async function openLate(browser) {
	const customer = await visitor(browser), exp = now() + 60;

	await go(customer.page, 'late', { iat: now() - 60, exp });
	await fill(customer.page);
	late = { ...customer, exp };
}

const tests = {
	async 'buy'(browser) {
		const { page, close } = await visitor(browser);
		const jti = fresh(), before = balance('alice');
		await go(page, jti);
		assert.match(await page.title(), /^Confirm payment – 1\.20.EUR$/);
		assert.match(await page.textContent('dl'), /From\s*Your wallet\s/);
		await fill(page);
		await page.click('button[value=pay]');
		await returned(page);
		const voucher = await latest();
		assert.equal(voucher.typ, 'till-voucher+jwt');
		assert.equal(voucher.tjti, jti);
		assert.equal(balance('alice'), before - 120);
		await close();
	},

	async 'cancel'(browser) {
		const { page, close } = await visitor(browser);
		await go(page, fresh());
		await page.click('button[value=cancel]');
		await returned(page);
		assert.equal((await latest()).reason, 'cancelled');
		await close();
	},

	async 'refused, and back to the merchant'(browser) {
		const { page, close } = await visitor(browser);
		const before = balance('alice');
		await go(page, fresh(), { amount: '501.00' });
		await fill(page);
		await press(page, 'button[value=pay]');
		assert.match(await page.textContent('main'),
			/limit[^]*You have not been charged\./);
		await page.click('a.primary');
		await returned(page);
		assert.equal((await latest()).reason, 'limit');
		assert.equal(balance('alice'), before);
		await close();
	},

	async 'a wrong password, told where it is typed; then too little money'(
	    browser) {
		const { page, close } = await visitor(browser);
		await go(page, fresh());
		await fill(page, 'wrong');
		await press(page, 'button[value=pay]');
		assert.match(await page.title(), /^Error: /);
		assert.match(await page.textContent('[role=alert]'),
			/do not match[^]*You have not been charged\./);
		assert.equal(await page.getAttribute('#answer-password',
			'aria-describedby'), 'error');
		await fill(page, 'battery staple', 'bob');
		await press(page, 'button[value=pay]');
		assert.match(await page.textContent('main'), /not enough money/);
		assert.equal(balance('bob'), 20);
		await close();
	},

	async 'a double click is one payment'(browser) {
		const { page, close } = await visitor(browser);
		const before = balance('alice');
		await go(page, fresh());
		await fill(page);
		await page.dblclick('button[value=pay]');
		await returned(page);
		assert.equal((await latest()).typ, 'till-voucher+jwt');
		assert.equal(balance('alice'), before - 120);
		await close();
	},

	async 'Back and Pay: two POSTs, one debit, the same voucher'(browser) {
		const { context, page, close } = await visitor(browser);
		const other = await context.newPage(), sent = posts(context);
		const before = balance('alice');
		await context.route(`${shopUrl}/return?**`, nothing);
		await go(page, fresh());
		// What Back shows where a browser keeps pages: the form of before.
		await other.goto(page.url());
		for (const one of [page, other]) {
			await fill(one);
			await press(one, 'button[value=pay]');
			await receipt(one);
		}
		assert.equal(sent.length, 2);
		assert.equal((await voucherOf(page)).txn,
			(await voucherOf(other)).txn);
		// And where it asks again: the receipt.
		await page.goBack();
		await receipt(page);
		assert.equal(sent.length, 2);
		assert.equal(balance('alice'), before - 120);
		await close();
	},

	async 'the receipt, loaded again'(browser) {
		const { page, close } = await visitor(browser);
		const before = balance('alice');
		await stay(page);
		await go(page, fresh());
		await fill(page);
		await press(page, 'button[value=pay]');
		await receipt(page);
		const first = await voucherOf(page);
		await page.reload();
		await receipt(page);
		assert.equal((await voucherOf(page)).txn, first.txn);
		assert.equal(balance('alice'), before - 120);
		await close();
	},

	async 'without script'(browser) {
		const { page, close } = await visitor(browser,
			{ javaScriptEnabled: false });
		await go(page, fresh());
		await fill(page);
		await page.click('button[value=pay]');
		await returned(page);
		assert.equal((await latest()).typ, 'till-voucher+jwt');
		await close();
	},

	async 'with the keyboard alone'(browser) {
		const { page, close } = await visitor(browser);
		const tab = async (selector) => {
			await page.keyboard.press('Tab');
			assert(await page.locator(`${selector}:focus`).isVisible(),
				`Tab leads to ${selector}`);
			assert.notEqual(await page.locator(selector).evaluate((e) =>
				getComputedStyle(e).outlineStyle), 'none',
			'where the focus is can be seen');
		};
		await go(page, fresh());
		await tab('#customer');
		await page.keyboard.type('alice');
		await tab('#answer-password');
		await page.keyboard.type(PASS);
		await tab('#remember');
		await tab('button[value=pay]');
		await tab('button[value=cancel]');
		await page.keyboard.press('Shift+Tab');
		await page.keyboard.press('Enter');
		await returned(page);
		assert.equal((await latest()).typ, 'till-voucher+jwt');
		await close();
	},

	async 'signed in: one click; signed out: asked again'(browser) {
		const { page, close } = await visitor(browser);
		await go(page, fresh());
		await fill(page);
		await page.check('#remember');
		await page.click('button[value=pay]');
		await returned(page);
		await go(page, fresh());
		assert.match(await page.textContent('main'), /signed in as alice/);
		assert.match(await page.textContent('dl'),
			/From\s*Your wallet, which holds \d+\.\d\d.EUR\s/);
		await look(page, 'real-signed-in');
		await page.click('button[value=pay]');
		await returned(page);
		await go(page, fresh());
		await press(page, 'button[value=sign-out]');
		assert(await page.isVisible('#answer-password'));
		await close();
	},

	async 'the other language, by its link, to the end'(browser) {
		const { page, close } = await visitor(browser);
		await stay(page);
		await go(page, fresh());
		await press(page, 'nav a[lang=fr]');
		assert.equal(await page.title(), 'Confirmer le paiement – 1,20\u00a0EUR');
		await fill(page);
		await press(page, 'button[value=pay]');
		assert.match(await page.textContent('main'), /Vous avez payé/);
		await close();
	},

	async 'fetched before anybody asked: nothing has happened'(browser) {
		const { context, page, close } = await visitor(browser);
		const jti = fresh(), before = balance('alice');
		const answered = new Set();
		context.on('response', (one) => answered.add(new URL(one.url()).pathname));
		await page.goto(leadTo(`${evil}/prefetch`, address(jti)));
		await until('it was fetched', () =>
			[...answered].some((path) => path.startsWith('/t/')));
		assert.equal(balance('alice'), before);
		// It can be paid as if nothing had been.
		await go(page, jti);
		await fill(page);
		await page.click('button[value=pay]');
		await returned(page);
		assert.equal((await latest()).tjti, jti);
		await close();
	},

	async 'in a frame it does not show'(browser) {
		const { complaints, page, close } = await visitor(browser);
		await page.goto(leadTo(`${evil}/frame`, address(fresh())));
		const [, frame] = page.frames();
		await until('it is refused', () => complaints.length > 0 &&
			frame.url().startsWith('chrome-error:'));
		for (const one of complaints.splice(0))
			assert.match(one, /frame-ancestors|X-Frame-Options/i);
		assert.doesNotMatch(await frame.content(), /Le Journal|password/);
		await close();
	},

	async 'a form of another site does nothing'(browser) {
		const { page, close } = await visitor(browser);
		const jti = fresh(), before = balance('alice');
		await go(page, jti);
		const visit = page.url();
		const csrf = await page.inputValue('[name=csrf]');
		// Even if it knew the form's token.
		await page.goto(`${leadTo(`${evil}/post`, visit)}&csrf=${csrf}`);
		await press(page, 'button');
		assert.match(await page.textContent('h1'), /not sent by our page/);
		assert.equal(balance('alice'), before);
		await page.goto(visit);
		await fill(page);
		await page.click('button[value=pay]');
		await returned(page);
		assert.equal((await latest()).tjti, jti);
		await close();
	},

	async 'the bank does not answer yet: the page says so, and then how'(
	    browser) {
		const { page, close } = await visitor(browser);
		const jti = fresh();
		await stay(page);
		await go(page, jti, { amount: '70.00' });
		assert.match(await page.textContent('dl'),
			/From\s*Your bank account\s/);
		await fill(page);
		await press(page, 'button[value=pay]');
		await page.getByText('We do not know yet').waitFor();
		assert.doesNotMatch(await page.textContent('main'), /not been charged/);
		bank('release');
		await receipt(page);
		assert.match(await page.textContent('main'), /Your bank account/);
		assert.equal((await voucherOf(page)).tjti, jti);
		await look(page, 'real-receipt-bank');
		await close();
	},

	async 'the bank refuses'(browser) {
		const { page, close } = await visitor(browser);
		await go(page, fresh(), { amount: '51.51' });
		await fill(page);
		await page.click('button[value=pay]');
		await page.getByText('not enough money in your bank account').waitFor();
		assert.match(await page.textContent('main'),
			/You have not been charged\./);
		await look(page, 'real-refused-bank');
		await page.click('a.primary');
		await returned(page);
		await close();
	},

	async 'the shop: a basket, and what was bought'(browser) {
		const { page, close } = await visitor(browser);
		await page.goto(shop);
		await look(page, 'shop-catalogue');
		await page.goto(`${shop}/basket`);
		await look(page, 'shop-basket-empty');
		await page.goto(shop);
		await page.fill('[name=customer]', 'reader-7');
		await press(page, 'form[action="/customer"] button');
		for (const one of ['Harbour chart', 'On small sums']) {
			await page.goto(shop);
			await press(page, `[aria-label="To basket: ${one}"]`);
		}
		await look(page, 'shop-basket');
		await press(page, 'button:has-text("Buy the basket")');
		await look(page, 'shop-order');
		await page.click('button:has-text("Pay at")');
		await at(page, `${till}/t/`);
		await page.waitForLoadState();
		await look(page, 'shop-confirm');
		await fill(page);
		await page.click('button[value=pay]');
		await page.waitForURL(`${shop}/order/*`);
		await look(page, 'shop-paid');
		const files = await page.locator('main a[href*="/file/"]').all();
		assert.equal(files.length, 2);
		for (const file of files) {
			const answer = await page.request.get(
				shop + await file.getAttribute('href'));
			assert.equal(answer.status(), 200);
		}
		await page.goto(`${shop}/order/none`);
		await look(page, 'shop-message');
		await close();
	},

	async 'the shop: a large order, for which one is known first'(browser) {
		const { page, close } = await visitor(browser);
		const onward = async () => {
			await page.click('main button.main');
			await at(page, `${till}/t/`);
			await page.waitForLoadState();
			await fill(page);
			await page.click('button[value=pay]');
			await page.waitForURL(`${shop}/order/*`);
		};
		await page.goto(shop);
		await press(page, 'button[aria-label="Buy Atlas of the western ports"]');
		await look(page, 'shop-delivery');
		await page.fill('[name=recipient]', 'Alice Martin');
		await page.fill('[name=address]', '2 Side Street');
		await press(page, 'button:has-text("Save")');
		await look(page, 'shop-identify');
		await onward();
		await look(page, 'shop-identified');
		await onward();
		assert.match(await page.textContent('main'), /Paid\. Thank you!/);
		await press(page, 'a:has-text("Collection document")');
		await look(page, 'shop-collection');
		await close();
	},

	async 'the shop: refused'(browser) {
		const { page, close } = await visitor(browser);
		await page.goto(shop);
		await press(page, 'button[aria-label="Buy Harbour chart"]');
		await page.click('button:has-text("Pay at")');
		await at(page, `${till}/t/`);
		await page.waitForLoadState();
		await page.click('button[value=cancel]');
		await page.waitForURL(`${shop}/order/*`);
		assert.match(await page.textContent('main'),
			/You have not been charged\./);
		await look(page, 'shop-cancelled');
		await close();
	},

	async 'the browser is closed after paying: the shop learns it'(browser) {
		const { context, page } = await visitor(browser);
		await page.goto(shop);
		await press(page, 'button[aria-label="Buy Tide table for tomorrow"]');
		const order = page.url(), cookies = await context.cookies(shop);
		await page.click('button:has-text("Pay at")');
		await at(page, `${till}/t/`);
		await page.waitForLoadState();
		await fill(page);
		// No voucher comes back: whoever it was is gone.
		await page.route(`${shop}/return?**`, nothing);
		await press(page, 'button[value=pay]');
		await receipt(page);
		await context.close();
		const again = await visitor(browser);
		await again.context.addCookies(cookies);
		await until('the shop has heard of it', async () => {
			await again.page.goto(order);
			return /Paid\. Thank you!/
				.test(await again.page.textContent('main'));
		});
		await again.close();
	},

	async 'a ticket whose time ends while its page is open'() {
		const { page, close } = late;
		const before = balance('alice');
		await until('its time is over', () => now() > late.exp + SKEW_S);
		await press(page, 'button[value=pay]');
		assert.match(await page.textContent('main'),
			/has expired[^]*You have not been charged\./);
		assert.equal(balance('alice'), before);
		await page.click('a.primary');
		await returned(page);
		assert.equal((await latest()).reason, 'expired');
		await close();
	},
};

await openShop();
const browser = await start();
await openLate(browser);
const failed = await run(tests, browser);
await browser.close();
closeSite();
process.exit(failed === 0 ? 0 : 1);
