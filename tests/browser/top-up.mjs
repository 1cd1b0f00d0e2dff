// top-up.mjs - how a wallet is filled by a transfer, and what a telephone reads from
// the picture of it: zbarimg, on what the browser draws.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { languages, look, press, run, start, visitor } from './chromium.mjs';

const { TILL_URL: till, TMPDIR: folder, TILL_CONF: conf } = process.env;
const IBAN = 'FR1420041010050500013M02606';

function ctl(...words) {
	const [program, ...rest] = process.env.CTL.split(' ');

	return execFileSync(program, [...rest, ...words], { encoding: 'utf8' });
}

function use(name) {
	copyFileSync(join(folder, name), conf);
	ctl('reload');
}

async function arrive(page, customer = 'alice', password = 'correct horse') {
	await page.goto(`${till}/account/top-up`);
	await page.fill('#customer', customer);
	await page.fill('#answer-password', password);
	await press(page, 'button.primary');
	assert.match(page.url(), /\/account\/top-up/);
}

const main = (page) => page.textContent('main');

// The lines that are in the picture, by whoever looks at it.
async function scanned(page) {
	const file = join(folder, 'code.png');

	writeFileSync(file, await page.locator('svg.qr').screenshot());
	return execFileSync('zbarimg', ['-q', '--raw', '--nodbus', '-S*.enable=0',
		'-Sqrcode.enable=1', '-Sqrcode.binary=1', file], { encoding: 'utf8' })
		.replace(/\n$/, '').split('\n');
}

const tests = {
	async 'where the operator names no account, it says whom to ask'(browser) {
		for (const locale of Object.values(languages)) {
			const { page, close } = await visitor(browser, { locale });
			await arrive(page);
			assert.match(await main(page),
				/Ask the operator|Demandez à l’exploitant/);
			assert.equal(await page.locator('svg.qr, main dl, main form')
				.count(), 0);
			await look(page, 'account-top-up-ask');
			await close();
		}
	},

	async 'words and picture are the same transfer'(browser) {
		use('plain.conf');
		const { page, close } = await visitor(browser);
		await arrive(page);
		assert.deepEqual(await page.locator('main dd').allTextContents(),
			['Harbour Pay', IBAN, 'RF07CALICE']);
		assert.deepEqual(await scanned(page), ['BCD', '002', '1', 'SCT', '',
			'Harbour Pay', IBAN, '', '', 'RF07CALICE']);
		// Nothing of the bank account that he is charged by.
		assert.doesNotMatch(await page.content(), /3000/);
		await close();
	},

	async 'with an amount, in both languages'(browser) {
		use('full.conf');
		for (const [lang, typed, shown] of [['en', '25', '25.00\u00a0EUR'],
			['fr', '1250,5', '1\u202f250,50\u00a0EUR']]) {
			const { page, close } = await visitor(browser,
				{ locale: languages[lang] });
			await arrive(page);
			await page.fill('#amount', typed);
			await press(page, 'main form button');
			assert.deepEqual(
				await page.locator('main dd').allTextContents(),
				['Société du Port & Fils', IBAN, 'PSSTFRPPPAR', shown,
					'RF07CALICE']);
			assert.deepEqual(await scanned(page), ['BCD', '002', '1',
				'SCT', 'PSSTFRPPPAR', 'Société du Port & Fils', IBAN,
				lang === 'en' ? 'EUR25.00' : 'EUR1250.50', '',
				'RF07CALICE']);
			assert.equal(await page.inputValue('#amount'), typed);
			assert.equal(await look(page, 'account-top-up'), lang);
			// Read as well in the dark: black on white.
			await page.emulateMedia({ colorScheme: 'dark' });
			assert.equal((await scanned(page))[6], IBAN);
			await close();
		}
	},

	async 'an amount that is none'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		for (const typed of ['0', '-5', '1e3', '0.001', '"><b>x']) {
			const answer = await page.goto(`${till}/account/top-up?amount=${
				encodeURIComponent(typed)}`);
			assert.equal(answer.status(), 400);
			assert.match(await page.title(), /^Error: /);
			assert.match(await page.textContent('[role=alert]'),
				/no amount to transfer/);
			assert.equal(await page.inputValue('#amount'), typed);
			// What is there can be used without it.
			assert.equal((await scanned(page))[7], '');
		}
		await look(page, 'account-top-up-wrong');
		await close();
	},

	async 'another customer has another reference'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page, 'reader-of-the-morning-paper', 'battery staple');
		const own = ctl('customer', 'show', 'reader-of-the-morning-paper')
			.match(/RF\d\dH[0-9A-Z]{20}/)[0];
		assert.equal((await scanned(page))[9], own);
		assert.equal(await page.locator('main dd').last().textContent(), own);
		await close();
	},

	async 'on paper there is what one needs'(browser) {
		const { page, close } = await visitor(browser);
		await arrive(page);
		await page.emulateMedia({ media: 'print' });
		assert(await page.locator('svg.qr').isVisible());
		assert(await page.locator('main dl').isVisible());
		for (const what of ['nav.parts', 'main form', 'footer'])
			assert(!await page.locator(what).isVisible(), what);
		await close();
	},
};

const browser = await start();
const failed = await run(tests, browser);
await browser.close();
process.exit(failed);
