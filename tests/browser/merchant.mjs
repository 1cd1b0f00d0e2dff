// merchant.mjs - a merchant's till, in both languages, and what is kept from
// customers and from other merchants.
//
//	merchant.mjs [TEST...]	these only
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { languages, look, press, run, start, visitor } from './chromium.mjs';
import { closeSite, openSite } from './site.mjs';

const require = createRequire(import.meta.url);
const { Merchant, opened } =
	require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const { TILL_URL: till, TMPDIR: folder } = process.env;
const PASS = 'correct horse', PRESS = 'paper and ink', OTHER = 'ink and paper';
const MANY = 52; // sales in EUR: more than on one page
const FORMULA = '=1+1 <b>"bold"</b>';
let merchant, evil, serial = 0;

// A command of tillctl; a password is given on standard input.
function ctl(words, input) {
	const [program, ...rest] = process.env.CTL.split(' ');

	return execFileSync(program, [...rest, ...words],
		{ encoding: 'utf8', input });
}

function passwd(mid, password) {
	ctl(['merchant', 'passwd', mid, '--password-fd', '0'], `${password}\n`);
}

async function prepare() {
	const port = await openSite();

	evil = `http://evil.localhost:${port}`;
	const back = `http://merchant.localhost:${port}/return`;
	ctl(['merchant', 'add', 'press', '--name', 'Le Journal S.A.',
		'--return-url', back, '--jwk', `${folder}/key.jwk`]);
	passwd('press', PRESS);
	// A merchant may be called as a customer is.
	ctl(['merchant', 'add', 'alice', '--name', 'Alice’s shop']);
	passwd('alice', OTHER);
	merchant = new Merchant(folder, 'press', back);
	await pay({ desc: FORMULA });
	await pay({ currency: 'CHF', amount: '3.00' });
	for (let i = 1; i < MANY; i++)
		await pay();
	ctl(['refund', 'press', 'sold-0', '--note', 'torn & wet']);
	ctl(['refund', 'press', `sold-${serial - 1}`, '--amount', '0.05 EUR',
		'--note', 'a page was missing']);
}

// As a program does, by which a till is filled most quickly.
async function pay(claims = {}) {
	const ticket = merchant.ticket(till, `sold-${serial++}`,
		{ amount: '0.25', ...claims });
	const answer = await fetch(`${till}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer: 'alice',
			answers: { password: PASS } }) });

	assert.equal(answer.status, 200);
}

async function signIn(page, id = 'press', password = PRESS) {
	await page.fill('#customer', id);
	await page.fill('#answer-password', password);
	await press(page, 'button.primary');
}

async function arrive(page, path = '/merchant') {
	await page.goto(`${till}${path}`);
	await signIn(page);
}

const main = (page) => page.textContent('main');
const get = async (page, path) => {
	const response = await page.request.get(`${till}${path}`,
		{ maxRedirects: 0 });

	return { status: response.status(), text: await response.text(),
		headers: response.headers() };
};

const tests = {
	async 'pages'(browser) {
		for (const locale of Object.values(languages)) {
			const { page, close } = await visitor(browser, { locale });
			await page.goto(`${till}/merchant`);
			assert.match(page.url(), /\/merchant\/sign-in\?/);
			assert.match(await main(page),
				/Merchant number|Numéro de commerçant/);
			await look(page, 'merchant-sign-in');
			await signIn(page, 'press', 'wrong');
			assert.match(await main(page),
				/merchant number and the|de commerçant et le/);
			await signIn(page);
			assert.equal(page.url(), `${till}/merchant`);
			// What was sold, but for what was given back.
			assert.match(await main(page), /12[.,]70[^]*Le Journal|Le Journal[^]*12[.,]70/);
			// Thirty days in two currencies, of which one had sales.
			assert.equal(await page.locator('svg[role=img] rect').count(),
				60);
			assert.equal(await page.locator(
				'svg[role=img] rect:not(.none)').count(), 2);
			assert.match(await page.textContent('svg desc'),
				/13[.,]00[^]*20\d\d\.$/);
			await page.click('.sold summary');
			assert.match(await page.textContent('.sold table'),
				/52[^]*13[.,]00/);
			await look(page, 'merchant');
			await page.click('nav.parts a[href*=sales]');
			await page.waitForURL('**/merchant/sales');
			await look(page, 'merchant-sales');
			await page.click('tbody tr:first-child a');
			await page.waitForURL('**/merchant/sales/*');
			assert.match(await main(page), /a page was missing/);
			assert.match(await page.textContent('pre'), /^ey/);
			await look(page, 'merchant-sale-receipt');
			await page.click('nav.parts a[href*=payouts]');
			await page.waitForURL('**/merchant/payouts');
			assert.match(await main(page),
				/Nothing has been paid out|Rien n’a encore été versé/);
			await look(page, 'merchant-payouts');
			await close();
		}
	},
	async 'all sales, once each, and those of a day'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, '/merchant/sales');
		assert.equal(await page.locator('tbody tr').count(), 50);
		await page.click('a[href*="from="]');
		await page.waitForURL('**from=*');
		assert.equal(await page.locator('tbody tr').count(), MANY + 1 - 50);
		assert.equal(await page.locator('a[href*="from="]').count(), 0);
		// What a ticket says is text.
		assert((await main(page)).includes(FORMULA));
		assert.match(await main(page), /sold-0[^]*Given back/);
		await page.fill('#until', '2001-01-01');
		await press(page, 'form.filter button');
		assert.match(await main(page), /nothing here/);
		for (const query of ['since=2001-02-30', 'until=x', 'from=0', 'from=',
			'from=-1', `from=${'1'.repeat(19)}`])
			assert.equal((await get(page, `/merchant/sales?${query}`))
				.status, 400, query);
		assert.equal((await get(page, '/merchant/sales.csv?since=x')).status,
			400);
		await page.goto(`${till}/merchant/sales?since=2001-01-02&` +
			'until=2001-01-01');
		assert.match(await page.textContent('[role=alert]'),
			/first day is after the last/);
		await press(page, 'footer a[lang=fr]');
		assert.match(await page.textContent('[role=alert]'),
			/premier jour est après/);
		await close();
	},
	async 'files'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, '/merchant/sales');
		const csv = await get(page, '/merchant/sales.csv');
		assert.match(csv.headers['content-disposition'], /sales\.csv/);
		assert.equal(csv.headers['cache-control'], 'no-store');
		const lines = csv.text.trimEnd().split('\r\n');
		assert.equal(lines.length, MANY + 2);
		assert.match(lines[1],
			/,"sold-52","[^"]*",0\.25,EUR,,,0\.05,EUR,"part-refunded","wallet"$/);
		// No spreadsheet takes what a customer bought for a formula.
		assert.match(lines.at(-1),
			/,"sold-0","'=1\+1 <b>""bold""<\/b>",0\.25,EUR,,,0\.25,EUR,"refunded"/);
		await page.click('tbody tr:first-child a');
		await page.waitForURL('**/merchant/sales/*');
		const path = new URL(page.url()).pathname;
		const voucher = await get(page, `${path}/voucher`);
		assert.match(voucher.headers['content-disposition'],
			/voucher-\d+\.jwt/);
		const said = await opened(till, voucher.text);
		assert.equal(said.typ, 'till-voucher+jwt');
		assert.equal(said.tjti, 'sold-52');
		assert.equal(said.aud, 'press');
		// Who has bought it is said to nobody.
		for (const one of [path, '/merchant', '/merchant/sales',
			'/merchant/sales.csv', '/merchant/payouts'])
			assert.doesNotMatch((await get(page, one)).text, /alice/i,
				one);
		await close();
	},
	async 'what is paid out is listed'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, '/merchant/payouts');
		assert.match(await main(page), /3\.00[^]*CHF[^]*Nothing has been/);
		await close();
	},
	async 'neither customers nor other merchants see it'(browser) {
		const { page, context, close } = await visitor(browser);
		await arrive(page);
		await page.goto(await page.getAttribute('tbody a', 'href')
			.then((href) => `${till}${href}`));
		const sale = new URL(page.url()).pathname;
		const mine = await context.cookies();
		const own = mine.find((one) => one.name === 'till-merchant');
		assert(own.httpOnly);
		assert.equal(own.sameSite, 'Lax');
		// A merchant's session is no customer's, under no name.
		await page.goto(`${till}/account`);
		assert.match(page.url(), /\/sign-in\?/);
		await context.addCookies([{ ...own, name: 'till-session' }]);
		await page.goto(`${till}/account`);
		assert.match(page.url(), /\/sign-in\?/);
		await context.clearCookies();
		await page.goto(`${till}/account`);
		await signIn(page, 'alice', OTHER);
		assert.match(await main(page), /do not match/);
		await signIn(page, 'alice', PASS);
		assert.equal(page.url(), `${till}/account`);
		// And a customer's is no merchant's.
		const hers = (await context.cookies())
			.find((one) => one.name === 'till-session');
		await context.addCookies([{ ...hers, name: 'till-merchant' }]);
		await page.goto(`${till}${sale}`);
		assert.match(page.url(), /\/merchant\/sign-in\?/);
		await signIn(page, 'alice', PASS);
		assert.match(await main(page), /do not match/);
		// Another merchant has no such sale, and no voucher of it.
		await signIn(page, 'alice', OTHER);
		assert.equal(new URL(page.url()).pathname, sale);
		assert.match(await main(page), /not of your till/);
		for (const path of [sale, `${sale}/voucher`,
			'/merchant/sales/999999', '/merchant/sales/x',
			'/merchant/sales/0'])
			assert.equal((await get(page, path)).status, 404, path);
		assert.doesNotMatch((await get(page, '/merchant/sales')).text,
			/sold-/);
		await close();
	},
	async 'what comes from elsewhere does nothing'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		await page.goto(`${evil}/post?csrf=x&to=${
			encodeURIComponent(`${till}/merchant`)}`);
		await press(page, 'button');
		await page.goto(`${till}/merchant`);
		assert.equal(page.url(), `${till}/merchant`);
		for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' },
			{ 'Sec-Fetch-Site': 'same-origin' }])
			assert.equal((await page.request.post(`${till}/merchant`,
				{ headers, form: { do: 'sign-out', csrf: 'x' } }))
				.status(), 403);
		for (const next of ['https://evil.localhost/', '/account',
			'/merchant/../account', '/merchants', '/merchant"><b>',
			'/merchant/sign-in']) {
			const answer = await get(page, '/merchant/sign-in?next=' +
				encodeURIComponent(next));
			assert.match(answer.text, /name="next" value="\/merchant"/,
				next);
			assert(!answer.text.includes('evil'), next);
		}
		await close();
	},
	async 'without script, until it is signed out'(browser) {
		const { page, context, close } = await visitor(browser,
			{ javaScriptEnabled: false });
		await arrive(page);
		const cookies = await context.cookies();
		await press(page, 'button[value=sign-out]');
		assert(!(await context.cookies()).some((one) =>
			one.name === 'till-merchant'));
		// Whoever has kept the cookie has nothing.
		await context.addCookies(cookies);
		await page.goto(`${till}/merchant`);
		assert.match(page.url(), /\/merchant\/sign-in\?/);
		await close();
	},
	async 'whom the operator changes signs in again'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		passwd('press', 'another one');
		await page.goto(`${till}/merchant`);
		await signIn(page);
		assert.match(await main(page), /do not match/);
		await signIn(page, 'press', 'another one');
		assert.equal(page.url(), `${till}/merchant`);
		ctl(['merchant', 'suspend', 'press']);
		await page.goto(`${till}/merchant/sales`);
		await signIn(page, 'press', 'another one');
		assert.match(await page.textContent('[role=alert]'),
			/could not be identified/);
		ctl(['merchant', 'resume', 'press']);
		await signIn(page, 'press', 'another one');
		assert.equal(page.url(), `${till}/merchant/sales`);
		passwd('press', PRESS);
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
