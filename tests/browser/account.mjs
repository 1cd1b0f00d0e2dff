// account.mjs - a customer's account, in both languages, and what is kept from
// others.
//
//	account.mjs [TEST...]	these only
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { languages, look, press, run, start, visitor } from './chromium.mjs';
import { closeSite, openSite } from './site.mjs';

const require = createRequire(import.meta.url);
const { Merchant } = require(`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const { TILL_URL: till, TMPDIR: folder } = process.env;
const PASS = 'correct horse', MANY = 51; // payments: more than on one page
let merchant, evil, serial = 0;

function ctl(...words) {
	const [program, ...rest] = process.env.CTL.split(' ');

	return execFileSync(program, [...rest, ...words], { encoding: 'utf8' });
}

async function prepare() {
	const port = await openSite();

	evil = `http://evil.localhost:${port}`;
	const back = `http://merchant.localhost:${port}/return`;
	ctl('merchant', 'add', 'merchant', '--name', 'Le Journal S.A.',
		'--return-url', back, '--jwk', `${folder}/key.jwk`);
	merchant = new Merchant(folder, 'merchant', back);
	for (let i = 0; i < MANY; i++)
		assert.equal((await pay()).status, 200);
}

// As a program does, by which an account is filled most quickly.
async function pay(customer = 'alice', password = PASS) {
	const ticket = merchant.ticket(till, `bought-${serial++}`,
		{ amount: '0.25' });

	return fetch(`${till}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer, answers: { password } }) });
}

async function signIn(page, customer = 'alice', password = PASS) {
	await page.fill('#customer', customer);
	await page.fill('#answer-password', password);
	await press(page, 'button.primary');
}

async function arrive(page, path = '/account') {
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

// In this order, at one server: what counts alice's payments and credentials, up
// to 'all data', comes before what adds to them or takes of them.
const tests = {
	async 'pages'(browser) {
		for (const locale of Object.values(languages)) {
			const { page, close } = await visitor(browser, { locale });
			await page.goto(`${till}/account`);
			await look(page, 'sign-in');
			await signIn(page, 'alice', 'wrong');
			assert.match(await main(page), /do not match|ne correspondent/);
			await look(page, 'sign-in-wrong');
			await signIn(page);
			assert.equal(page.url(), `${till}/account`);
			assert.match(await main(page), /87[.,]25[^]*Le Journal/);
			await look(page, 'account');
			await page.click('nav.parts a[href*=security]');
			await page.waitForURL('**/account/security');
			assert.match(await main(page), /robot/);
			await look(page, 'account-security');
			await page.click('main a[href*="/account/data"]');
			await page.waitForURL('**/account/data');
			await look(page, 'account-data');
			await page.click('nav.parts a[href*=statement]');
			await page.waitForURL('**/account/statement');
			await look(page, 'account-statement');
			await page.click('table a');
			await page.waitForURL('**/account/payments/*');
			assert.match(await main(page), /Le Journal S\.A\./);
			await look(page, 'account-receipt');
			await close();
		}
	},
	async 'a statement goes on, and nobody forges where'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, '/account/statement');
		assert.equal(await page.locator('tbody tr').count(), 50);
		const href = await page.getAttribute('a[href*="page="]', 'href');
		await page.click('a[href*="page="]');
		await page.waitForURL('**mac=*');
		// What was bought, and the top-up.
		assert.equal(await page.locator('tbody tr').count(), MANY - 49);
		assert.match(await main(page), /At its beginning:\s*0\.00/);
		const forged = href.replace(/page=\d+/, 'page=7');
		assert.equal((await get(page, forged)).status, 400);
		await close();
	},
	async 'what a sign-in came to is in no address'(browser) {
		const { page, close } = await visitor(browser);
		for (const words of ['failed=1', 'failed', 'said=code.auth']) {
			await page.goto(`${till}/sign-in?${words}`);
			assert.equal(await page.locator('[role=alert]').count(), 0);
		}
		await page.goto(`${till}/account/security?lang=fr`);
		await signIn(page, 'nobody', 'wrong');
		assert.match(await main(page), /ne correspondent pas/);
		assert.doesNotMatch(page.url(), /failed|said/);
		// Whoever is refused begins anew, and is told.
		await page.goto(`${till}/sign-in?as=other`);
		await signIn(page, 'robot', 'x');
		await page.fill('#answer-token', 'x');
		await press(page, 'button.primary');
		assert.match(await page.textContent('[role=alert]'),
			/could not be identified/);
		await signIn(page);
		assert.equal(page.url(), `${till}/account`);
		await close();
	},
	async 'a day of a statement'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, '/account/statement');
		await page.fill('#until', '2001-01-01');
		await press(page, 'form.filter button');
		assert.match(await main(page), /nothing here/);
		assert.equal(await page.inputValue('#until'), '2001-01-01');
		for (const day of ['2001-02-30', 'x', '2001-1-1', '2001-01-01T00']) {
			const wrong = await get(page,
				`/account/statement?since=${day}`);
			assert.equal(wrong.status, 400, day);
			assert.match(wrong.text, /no such day/);
			assert.equal((await get(page,
				`/account/statement.csv?since=${day}`)).status, 400);
		}
		await page.fill('#since', '2001-01-02');
		await press(page, 'form.filter button');
		assert.match(await page.textContent('[role=alert]'),
			/first day is after the last/);
		assert.equal(await page.inputValue('#since'), '2001-01-02');
		await press(page, 'footer a[lang=fr]');
		assert.match(await page.textContent('[role=alert]'),
			/premier jour est après/);
		await look(page, 'account-statement-wrong');
		await close();
	},
	async 'files'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		const csv = await get(page, '/account/statement.csv');
		assert.match(csv.headers['content-disposition'], /statement\.csv/);
		const lines = csv.text.trimEnd().split('\r\n');
		assert.equal(lines.length, MANY + 2);
		assert.match(lines[1], /,"payment","merchant",-0\.25,EUR,87\.25,EUR,/);
		await close();
	},
	async 'all data'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, '/account/security');
		await page.click('main a[href="/account/data"]');
		await page.waitForURL('**/account/data');
		assert.match(await main(page), /file: 52[^]*all that there are/);
		const data = JSON.parse((await get(page,
			await page.getAttribute('a.primary', 'href'))).text);
		assert.equal(data.entries.length, MANY + 1);
		assert.equal(data.account.customer, 'alice');
		assert.equal(data.account.credentials.length, 2);
		assert.equal(data.next, null);
		assert.equal(data.entries[0].order.ticket.split('.').length, 3);
		assert(data['not in it'].length > 0);
		assert(!JSON.stringify(data).includes('$y$'));
		// The older ones, from one of them on.
		const from = data.entries.at(-3).serial;
		await page.goto(`${till}/account/data?from=${from}&lang=fr`);
		assert.match(await main(page), /fichier.: 2[^0-9][^]*plus anciennes/);
		await press(page, 'footer a[lang=en]');
		assert.match(await main(page), /file: 2[^0-9]/);
		const older = JSON.parse((await get(page,
			await page.getAttribute('a.primary', 'href'))).text);
		assert.deepEqual(older.entries, data.entries.slice(-2));
		// What is no entry of his would be looked for from the newest down.
		for (const wrong of ['', '0', '-1', 'x', '1'.repeat(19), '999999'])
			assert.equal((await get(page, `/account/data.json?from=${
				wrong}`)).status, 400);
		await close();
	},
	async 'stop all payments, and allow them again'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, '/account/security');
		await press(page, 'button[value=freeze]');
		assert.match(await main(page), /have stopped all payments/);
		await look(page, 'account-frozen');
		const refused = await pay();
		assert.equal(refused.status, 403);
		assert.equal((await refused.json()).code, 'frozen');
		await page.click('nav.parts a[href="/account"]');
		await page.waitForURL(`${till}/account`);
		assert.match(await page.textContent('[role=status]'),
			/have stopped all payments/);
		// A payer is told where to go from there.
		await page.goto(`${till}/pay?t=${merchant.ticket(till,
			`bought-${serial++}`, { amount: '0.25' })}`);
		assert.match(await page.textContent('[role=alert]'),
			/yourself. Go back to the merchant[^]*not been charged/);
		assert.equal(await page.locator('main a[href="/account/security"]')
			.count(), 1);
		await press(page, 'button[value=pay]');
		assert.match(await main(page), /yourself. Go back to the merchant/);
		assert.match(await main(page), /have not been charged/);
		await look(page, 'refused-frozen');
		await page.click('main a[href="/account/security"]');
		await page.waitForURL('**/account/security');
		await press(page, 'button[value=unfreeze]');
		assert.doesNotMatch(await main(page), /have stopped/);
		assert.equal((await pay()).status, 200);
		await close();
	},
	async 'what a sign-in came between is done by another click'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, '/account/security');
		await press(page, 'button[value=freeze]');
		// Whoever's account the operator changes has no session any more.
		ctl('customer', 'limit', 'alice', '90.00 EUR');
		await press(page, 'button[value=unfreeze]');
		assert.match(page.url(), /\/sign-in\?/);
		await press(page, 'footer a[lang=fr]');
		await signIn(page);
		assert.match(page.url(), /security\?want=unfreeze&.*lang=fr$/);
		assert.match(await main(page), /pas encore fait/);
		await look(page, 'account-wanted');
		assert.equal(await page.evaluate(
			() => document.activeElement.value), 'unfreeze');
		assert.match(ctl('customer', 'show', 'alice'), /frozen/);
		await press(page, 'footer a[lang=en]');
		assert.match(await page.textContent('#wanted'), /not done yet/);
		await press(page, 'button[value=unfreeze]');
		assert.equal(await page.locator('#wanted').count(), 0);
		assert.doesNotMatch(ctl('customer', 'show', 'alice'), /frozen/);
		// No link of others' points anything out.
		for (const words of ['want=freeze', 'want=freeze&token=x',
			`want=freeze&${page.url()}`]) {
			await page.goto(`${till}/account/security?${words}`);
			assert.equal(await page.locator('#wanted').count(), 0);
		}
		await close();
	},
	async 'remove a token'(browser) {
		const { page, close } = await visitor(browser);
		const revoke = 'button[value=revoke-token]';
		await arrive(page, '/account/security');
		// The password is nothing to remove, nor what nobody is asked for.
		assert.equal(await page.locator('.credentials li').count(), 2);
		assert.equal(await page.locator('.credentials button').count(), 1);
		ctl('customer', 'limit', 'alice', '95.00 EUR');
		await press(page, revoke);
		await signIn(page);
		assert.match(page.url(), /want=revoke-token&instance=token&id=/);
		assert.match(await main(page), /not done yet/);
		await press(page, revoke);
		assert.equal(await page.locator(revoke).count(), 0);
		assert.doesNotMatch(ctl('customer', 'token', 'alice', '--list'),
			/robot/);
		await close();
	},
	async 'signed out is signed out'(browser) {
		const { page, context, close } = await visitor(browser);
		await arrive(page);
		const cookies = await context.cookies();
		await press(page, 'button[value=sign-out]');
		assert(!(await context.cookies()).some((one) =>
			/session/.test(one.name)));
		// Whoever has kept the cookie has nothing.
		await context.addCookies(cookies);
		await page.goto(`${till}/account`);
		assert.match(page.url(), /\/sign-in\?/);
		// Nor is anybody signed in by what he says while he has it.
		await signIn(page, 'bob', 'wrong');
		assert.match(await page.textContent('[role=alert]'),
			/do not match/);
		assert.equal(await page.locator('.who').count(), 0);
		assert.equal(await page.inputValue('#customer'), 'bob');
		await close();
	},
	async 'whom the operator has suspended'(browser) {
		const { page, close } = await visitor(browser);
		await page.goto(`${till}/account`);
		await signIn(page, 'bob', 'battery staple');
		ctl('customer', 'suspend', 'bob');
		await page.goto(`${till}/account/security`);
		await signIn(page, 'bob', 'battery staple');
		assert.match(await page.textContent('[role=alert]'),
			/could not be identified/);
		assert.match(await page.textContent('footer'), /suspended/);
		ctl('customer', 'resume', 'bob');
		await signIn(page, 'bob', 'battery staple');
		assert.equal(page.url(), `${till}/account/security`);
		await close();
	},
	async 'others'(browser) {
		const owner = await visitor(browser);
		await arrive(owner.page, '/account/statement');
		const receipt = await owner.page.getAttribute(
			'table a[href^="/account/payments/"]', 'href');
		assert.equal((await get(owner.page, receipt)).status, 200);
		await owner.close();
		const { page, context, close } = await visitor(browser);
		await page.goto(`${till}/account`);
		await signIn(page, 'bob', 'battery staple');
		const bobs = await context.cookies();
		for (const one of bobs) {
			assert(one.httpOnly, one.name);
			assert.equal(one.sameSite, 'Lax');
		}
		// A receipt of alice's is as one that is not there.
		assert.equal((await get(page, receipt)).status, 404);
		assert.equal((await get(page, '/account/payments/999999')).status,
			404);
		assert.equal((await get(page, '/account/payments/x')).status, 404);
		// From elsewhere nothing is done, and nothing leads elsewhere.
		await page.goto(`${evil}/post?csrf=x&to=${
			encodeURIComponent(`${till}/account`)}`);
		await press(page, 'button');
		assert.match(page.url(), /\/sign-in\?/);
		for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' },
			{ 'Sec-Fetch-Site': 'same-origin' }])
			assert.equal((await page.request.post(`${till}/account`,
				{ headers, form: { do: 'freeze', csrf: 'x' } }))
				.status(), 403);
		assert.doesNotMatch(ctl('customer', 'show', 'bob'), /frozen/);
		for (const next of ['https://evil.localhost/', '//evil.localhost',
			'/account/../pay', '/accounting', '/account"><b>']) {
			const answer = await get(page,
				`/sign-in?next=${encodeURIComponent(next)}`);
			assert(!answer.text.includes('evil'), next);
			assert(!answer.text.includes('<b>'), next);
			assert(!answer.text.includes('/pay"'), next);
		}
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
