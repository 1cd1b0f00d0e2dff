// chromium.mjs - one Chromium that reaches nothing but this machine, and how a
// page is looked at: by axe-core, for its width, and as a picture.
//
// Pictures go to tests/browser/shots/ of the build folder.  Nothing here waits
// for a time: a page is there when it says so, or a test fails after WAIT_MS.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const WAIT_MS = 90000;
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
	'--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync',
	'--disable-dev-shm-usage',
	// *.localhost are sites of their own, without any name server.
	'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, ' +
	'EXCLUDE *.localhost, EXCLUDE 127.0.0.1'];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
	'best-practice'];
const WIDE = { width: 1440, height: 900 }, NARROW = { width: 320, height: 640 };

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(process.env.TILL_BUILD, 'tests/browser/shots');

export const languages = { en: 'en-GB', fr: 'fr-FR' };

export async function start(more = []) {
	mkdirSync(shots, { recursive: true });
	// What it keeps is in $TMPDIR: the profile, and what goes to a home.
	return chromium.launch({ executablePath: '/usr/bin/chromium',
		args: [...ARGS, ...more], timeout: WAIT_MS,
		env: { ...process.env, HOME: process.env.TMPDIR } });
}

// A visitor of their own: cookies, language.  What the browser complains about
// is kept in visitor.complaints; close() tells whether there was any.
export async function visitor(browser, options = {}) {
	const context = await browser.newContext({ locale: languages.en,
		viewport: WIDE, ...options });
	context.setDefaultTimeout(WAIT_MS);
	const complaints = [];
	context.on('console', (message) => {
		if (['error', 'warning'].includes(message.type()) &&
		    !isStatusOf(message))
			complaints.push(`${message.location().url}: ` +
				message.text());
	});
	context.on('weberror', (error) => complaints.push(String(error.error())));
	return { context, complaints, page: patient(await context.newPage()),
		async close() {
			await context.close();
			assert.deepEqual(complaints, []);
		} };
}

// A page may lead on by itself (Refresh) just when a test goes elsewhere, which
// ends the test's way: then it goes once more.
function patient(page) {
	const goto = page.goto.bind(page);

	page.goto = (...where) => goto(...where).catch((error) => {
		if (!/ERR_ABORTED|interrupted by another/.test(error.message))
			throw error;
		return goto(...where);
	});
	return page;
}

// Press a button that leads to a page, and wait until that is there.
export async function press(page, selector, act = 'click') {
	await Promise.all([page.waitForEvent('load'),
		page.locator(selector)[act]()]);
}

// Chromium says of each page with a status of 400 and above that it could not
// be loaded, though it shows it.
function isStatusOf(message) {
	return /^Failed to load resource: the server responded with a status of [45]\d\d /
		.test(message.text()) &&
		message.page()?.mainFrame().url() === message.location().url;
}

// The page's policy lets no script of a test's in, but the debugger may.
async function violations(page, options) {
	const cdp = await page.context().newCDPSession(page);
	try {
		const evaluate = async (expression) => {
			const answer = await cdp.send('Runtime.evaluate', { expression,
				awaitPromise: true, returnByValue: true });
			assert(!answer.exceptionDetails,
				JSON.stringify(answer.exceptionDetails));
			return answer.result.value;
		};
		// Once a page, which is looked at several times.
		await evaluate(`if (typeof axe === 'undefined') {${axe}}; 0`);
		return JSON.parse(await evaluate(`axe.run(document, ${
			JSON.stringify({ resultTypes: ['violations'],
				...options })}).then((r) => JSON.stringify(
			r.violations.map((v) => [v.id, v.help,
			v.nodes.map((n) => n.html + ': ' + n.failureSummary)])))`));
	} finally {
		await cdp.detach();
	}
}

// The whole page, packed lightly: as small as it can be takes three times as long.
async function shot(page, name) {
	const cdp = await page.context().newCDPSession(page);
	try {
		const { cssContentSize } = await cdp.send('Page.getLayoutMetrics');
		const { data } = await cdp.send('Page.captureScreenshot', {
			format: 'png', optimizeForSpeed: true,
			captureBeyondViewport: true,
			clip: { ...cssContentSize, scale: 1 } });
		writeFileSync(join(shots, `${name}.png`), data, 'base64');
	} finally {
		await cdp.detach();
	}
}

async function fits(page, name, width) {
	const right = await page.evaluate(
		() => document.documentElement.scrollWidth);
	assert(right <= width, `${name} is ${right} wide on ${width}`);
}

// Look at the page that is there: name is that of its pictures.
export async function look(page, name) {
	const lang = await page.getAttribute('html', 'lang');
	const file = `${name}-${lang}`;

	assert.notEqual(await page.title(), '', `${file} has a title`);
	assert.equal(await page.locator('h1').count(), 1, `one heading: ${file}`);
	await page.emulateMedia({ colorScheme: 'light' });
	await page.setViewportSize(WIDE);
	await fits(page, file, WIDE.width);
	assert.deepEqual(await violations(page,
		{ runOnly: TAGS, rules: { 'target-size': { enabled: true } } }),
	[], `axe-core: ${file}`);
	await shot(page, file);
	await page.emulateMedia({ colorScheme: 'dark' });
	assert.deepEqual(await violations(page, { runOnly: ['color-contrast'] }),
		[], `axe-core, dark: ${file}`);
	await page.setViewportSize(NARROW);
	await fits(page, file, NARROW.width);
	assert.deepEqual(await violations(page, { runOnly: ['target-size'] }),
		[], `axe-core, narrow: ${file}`);
	await shot(page, `${file}-narrow-dark`);
	await page.emulateMedia({ colorScheme: 'light' });
	if (/receipt|collection/.test(name)) {
		await page.emulateMedia({ media: 'print' });
		await shot(page, `${file}-print`);
		await page.emulateMedia({ media: 'screen' });
	}
	await page.setViewportSize(WIDE);
	return lang;
}

// Run tests by name, each after the other, and say how each went.
export async function run(tests, ...args) {
	return runAtOnce(1, tests, ...args);
}

// As many at once, which have nothing to do with each other.
export async function runAtOnce(many, tests, ...args) {
	const left = Object.entries(tests);
	let failed = 0;
	const worker = async () => {
		while (left.length > 0) {
			const [name, test] = left.shift(), began = Date.now();
			try {
				await test(...args);
				console.log(`ok ${name} ${Date.now() - began} ms`);
			} catch (error) {
				failed++;
				console.log(`FAILED ${name}:`, error);
			}
		}
	};

	await Promise.all(Array.from({ length: many }, worker));
	return failed;
}
