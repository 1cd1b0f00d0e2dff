// announce.mjs - what a page says when its time is nearly over.
//
//	announce.mjs [TEST...]	these only
//
// The page's clock is the test's: it stands still but for the milliseconds that
// it is told to go on.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

import { languages, look, press, run, start, visitor } from './chromium.mjs';

const { Merchant } = createRequire(import.meta.url)(
	`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const { TILL_URL: till, TMPDIR: folder } = process.env;
const press1 = new Merchant(folder, 'press-1', 'https://press.example/return');
const PASS = 'correct horse', IDLE_S = 300; // "set session-idle", by default
const WAKES_MS = 3600000;
let serial = 0;

const words = {
	en: { request: ['This request expires in less than one minute.',
		'This request expires in less than 20 seconds.',
		/has expired\. You have not been charged by this page\./],
	session: [/signed out in less than one minute/,
		/signed out in less than 20 seconds/,
		/you are signed out, unless[^]*What was not sent was not done/] },
	fr: { request: ['Cette demande expire dans moins d’une minute.',
		'Cette demande expire dans moins de 20 secondes.',
		/a expiré\. Cette page ne vous a pas débité\./],
	session: [/déconnecté dans moins d’une minute/,
		/déconnecté dans moins de 20 secondes/,
		/vous êtes déconnecté, sauf[^]*Ce qui n’a pas été envoyé/] },
};

// A visitor whose pages' clock stands still.
async function timeless(browser, options) {
	const one = await visitor(browser, options), now = Date.now();

	await one.page.clock.install({ time: now });
	await one.page.clock.pauseAt(now + 1000);
	return one;
}

const open = (page, seconds = 300) => page.goto(`${till}/pay?t=${
	press1.ticket(till, `announce-${serial++}`,
		{ exp: Math.floor(Date.now() / 1000) + seconds })}`);
const region = (page) => page.locator('.left[aria-live=polite]');
const said = (page) => region(page).textContent();
const left = async (page) =>
	Number(await region(page).getAttribute('data-left'));

// How often the region changes from here on.
const watch = (page) => region(page).evaluate((element) => {
	window.changes = 0;
	new MutationObserver(() => window.changes++).observe(element,
		{ childList: true, characterData: true, subtree: true });
});
const changes = (page) => page.evaluate(() => window.changes);

function matches(text, wanted) {
	if (typeof wanted === 'string')
		assert.equal(text, wanted);
	else
		assert.match(text, wanted);
}

// From now on to its end: three times it says something, when it is time.
async function runsOut(page, [minute, moment, over]) {
	const seconds = await left(page), { clock } = page;

	await watch(page);
	assert.equal(await said(page), '');
	await clock.runFor(1000 * (seconds - 60) - 1);
	assert.equal(await said(page), '');
	await clock.runFor(1);
	matches(await said(page), minute);
	await clock.runFor(39999);
	matches(await said(page), minute);
	await clock.runFor(1);
	matches(await said(page), moment);
	await clock.runFor(19999);
	matches(await said(page), moment);
	assert.equal(await changes(page), 2);
	await clock.runFor(1);
	matches(await said(page), over);
	await clock.runFor(WAKES_MS);
	assert.equal(await changes(page), 3);
}

async function signIn(page) {
	await page.goto(`${till}/account`);
	await page.fill('#customer', 'alice');
	await page.fill('#answer-password', PASS);
	await press(page, 'button.primary');
}

const tests = {
	async 'a payment request, in both languages'(browser) {
		for (const lang of ['en', 'fr']) {
			const { page, close } = await timeless(browser,
				{ locale: languages[lang] });
			await open(page);
			const seconds = await left(page);
			assert(seconds > 240 && seconds <= 300, `${seconds}`);
			// When that is stands beside it, for every reader.
			assert.match(await page.textContent('dd time'),
				/20\d\d, \d\d:\d\d\sUTC$/);
			await runsOut(page, words[lang].request);
			await page.clock.resume();
			assert.equal(await look(page, 'confirm-expired'), lang);
			await close();
		}
	},

	async 'it was opened late'(browser) {
		const { page, close } = await timeless(browser);
		await open(page, 45);
		matches(await said(page), words.en.request[0]);
		await page.clock.runFor(1000 * (await left(page) - 20));
		matches(await said(page), words.en.request[1]);
		await close();
	},

	async 'a device that has slept says only what is true by now'(browser) {
		const { page, close } = await timeless(browser);
		await open(page);
		await watch(page);
		await page.clock.fastForward(WAKES_MS);
		matches(await said(page), words.en.request[2]);
		assert.equal(await changes(page), 1);
		await close();
	},

	// What was sent may be paid: the page says nothing of it any more.
	async 'once "pay" was pressed'(browser) {
		const { page, close } = await timeless(browser);
		await open(page);
		await page.clock.runFor(1000 * (await left(page) - 60));
		matches(await said(page), words.en.request[0]);
		await page.fill('#customer', 'alice');
		await page.fill('#answer-password', PASS);
		// An answer without content leaves the page where it is.
		await page.route('**/t/*', (route) =>
			route.fulfill({ status: 204 }));
		const answered = page.waitForResponse('**/t/*');
		await page.click('button[value=pay]', { noWaitAfter: true });
		await answered;
		assert.equal(await said(page), '');
		await page.clock.runFor(WAKES_MS);
		assert.equal(await said(page), '');
		await close();
	},

	async 'without script there is the time'(browser) {
		const { page, close } = await visitor(browser,
			{ javaScriptEnabled: false });
		await open(page);
		assert(await page.locator('dd time').isVisible());
		assert.equal(await said(page), '');
		await page.fill('#customer', 'alice');
		await page.fill('#answer-password', PASS);
		await page.route('https://press.example/**',
			(route) => route.fulfill({ status: 204 }));
		await press(page, 'button[value=pay]');
		assert.match(await page.textContent('h1'), /^Paid$/);
		await close();
	},

	async 'a session, in both languages'(browser) {
		for (const lang of ['en', 'fr']) {
			const { page, close } = await timeless(browser,
				{ locale: languages[lang] });
			await signIn(page);
			assert.equal(await left(page), IDLE_S);
			await runsOut(page, words[lang].session);
			await page.clock.resume();
			assert.equal(await look(page, 'account-idle'), lang);
			// Another page begins anew.
			await press(page, 'nav.parts a[href*=security]');
			assert.equal(await said(page), '');
			await close();
		}
	},
};

const browser = await start();
const names = process.argv.slice(2);
const failed = await run(names.length === 0 ? tests : Object.fromEntries(
	names.map((name) => [name, tests[name]])), browser);
await browser.close();
process.exit(failed);
