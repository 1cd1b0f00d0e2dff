// voice.mjs - a phrase is said, or is not.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { languages, look, press, run, start, visitor } from './chromium.mjs';

const { Merchant } = createRequire(import.meta.url)(
	`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const till = process.env.TILL_URL, folder = process.env.TMPDIR;
const press1 = new Merchant(folder, 'press-1', 'http://127.0.0.1:9/return');
const RATE = 44100, HERTZ = 440; // of what the microphone hears
let serial = 0;

// A WAV file: a second of nothing, three of a tone.
function sound(file) {
	const samples = 4 * RATE, wav = Buffer.alloc(44 + 2 * samples);

	wav.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
	wav.writeUInt32LE(36 + 2 * samples, 4);
	wav.writeUInt32LE(16, 16);
	wav.writeUInt16LE(1, 20);
	wav.writeUInt16LE(1, 22);
	wav.writeUInt32LE(RATE, 24);
	wav.writeUInt32LE(2 * RATE, 28);
	wav.writeUInt16LE(2, 32);
	wav.writeUInt16LE(16, 34);
	wav.write('data', 36);
	wav.writeUInt32LE(2 * samples, 40);
	for (let i = RATE; i < samples; i++)
		wav.writeInt16LE(Math.round(
			8000 * Math.sin(2 * Math.PI * HERTZ * i / RATE)),
		44 + 2 * i);
	writeFileSync(file, wav);
	return file;
}

// A customer who has given the password and is asked to say something.
async function asked(browser, options) {
	const customer = await visitor(browser, options);
	const { page, context } = customer;

	await context.route('http://127.0.0.1:9/**',
		(route) => route.fulfill({ status: 204 }));
	await page.goto(`${till}/pay?t=${press1.ticket(till,
		`voice-${serial++}`, { amount: '1.00' })}`);
	await page.fill('#customer', 'alice');
	await page.fill('#answer-password', 'correct horse');
	await press(page, 'button[value=pay]');
	await page.locator('.audio').waitFor();
	return customer;
}

async function paid({ page, close }) {
	await press(page, 'button[value=pay]');
	await page.locator('h1', { hasText: /^(Paid|Payé)$/ }).waitFor();
	await close();
}

const says = (page, pattern) =>
	page.locator('.audio output', { hasText: pattern }).waitFor();
const phrase = (page) => page.textContent('.phrase');

// How often a second the samples pass zero upwards, where they are loud.
function pitch(pcm) {
	const half = pcm.subarray(pcm.length / 2);
	let passed = 0;

	for (let i = 2; i < half.length; i += 2)
		if (half.readInt16LE(i - 2) < 0 && half.readInt16LE(i) >= 0)
			passed++;
	return passed / (half.length / 2 / 16000);
}

const tests = {
	async 'what is said arrives as samples'(browser) {
		const customer = await asked(browser,
			{ permissions: ['microphone'] });
		const { page } = customer;
		const step = page.waitForRequest(
			(one) => one.method() === 'POST');
		assert.match(await phrase(page), /^\d \d \d$/);
		await page.click('.audio button');
		await says(page, /It is recorded/);
		assert.equal(await page.textContent('.audio button'),
			'Record again');
		await paid(customer);
		const form = new URLSearchParams((await step).postData());
		const pcm = Buffer.from(form.get('octets.voice'), 'base64url');
		assert.equal(pcm.length, 44800);
		assert(Math.abs(pitch(pcm) - HERTZ) < 20, `${pitch(pcm)} Hz`);
	},

	async 'a recording that nobody could judge is asked for again'(browser) {
		const customer = await asked(browser,
			{ permissions: ['microphone'] });
		const { page } = customer;
		const put = (octets) => page.locator('[name="octets.voice"]')
			.evaluate((field, value) => { field.value = value; },
				Buffer.alloc(octets).toString('base64url'));
		await put(300);
		await press(page, 'button[value=pay]');
		assert.match(await page.textContent('#error'), /too short/);
		assert.equal(await page.inputValue('[name="octets.voice"]'), '');
		await put(44800);
		await press(page, 'button[value=pay]');
		assert.match(await page.textContent('#error'),
			/nothing to be heard/);
		await page.click('.audio button');
		await says(page, /It is recorded/);
		await paid(customer);
	},

	async 'who forgets it is told once'(browser) {
		const customer = await asked(browser,
			{ permissions: ['microphone'] });
		const { page } = customer;
		await page.click('button[value=pay]');
		await says(page, /Nothing is recorded yet/);
		await paid(customer);
	},

	async 'without a microphone'(browser) {
		const customer = await asked(browser, { permissions: [] });
		await customer.page.click('.audio button');
		await says(customer.page, /No microphone can be used/);
		await paid(customer);
	},

	async 'without script'(browser) {
		const customer = await asked(browser, { javaScriptEnabled: false });
		assert(await customer.page.locator('.audio p',
			{ hasText: /takes a microphone/ }).isVisible());
		assert(!await customer.page.locator('.audio button').isVisible());
		await paid(customer);
	},

	async 'the page, in both languages'(browser) {
		for (const lang of ['en', 'fr']) {
			const { page, close } = await asked(browser,
				{ locale: languages[lang] });
			assert(!await page.locator('.audio p', { hasText:
				/takes a microphone|il faut un/ }).isVisible());
			assert.equal(await look(page, 'confirm-voice'), lang);
			await close();
		}
	},
};

const browser = await start(['--use-fake-device-for-media-stream',
	`--use-file-for-fake-audio-capture=${sound(join(folder, 'sound.wav'))}`]);
const failed = await run(tests, browser);
await browser.close();
process.exit(failed === 0 ? 0 : 1);
