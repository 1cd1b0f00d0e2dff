// web-eid.mjs - an ID card pays, and is refused.
//
//	web-eid.mjs [TEST...]	these only
//
// In the extension's place is a script of the test's in the page, which hears and
// answers the same messages; the card's key is here.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { languages, look, press, run, start, visitor } from './chromium.mjs';

const { Merchant } = createRequire(import.meta.url)(
	`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const { TILL_URL: till, TMPDIR: folder } = process.env;
const press1 = new Merchant(folder, 'press-1', 'https://press.example/return');
const PAID = /^(Paid|Payé)$/, REFUSED = /^(Payment refused|Paiement refusé)$/;
const BUTTON = '[data-web-eid] button';
let serial = 0, spent = 0;

const ctl = (...args) => {
	const [program, ...more] = process.env.CTL.split(' ');
	return execFileSync(program, [...more, ...args], { encoding: 'utf8' });
};

// What a card makes of a nonce for a page of this origin.
function token(card, challengeNonce, origin, wish = {}) {
	const file = (end) => readFileSync(join(folder, `${card}.${end}`));
	const { raw, publicKey } = new X509Certificate(file('pem'));
	const large = publicKey.asymmetricKeyDetails.namedCurve === 'secp384r1';
	const digest = large ? 'sha384' : 'sha256';
	const hash = (text) => createHash(digest).update(text).digest();

	return { unverifiedCertificate: raw.toString('base64'),
		algorithm: large ? 'ES384' : 'ES256', format: 'web-eid:1.0',
		appVersion: 'https://web-eid.eu/web-eid-app/releases/2.5.0',
		signature: sign(digest, Buffer.concat([hash(origin),
			hash(challengeNonce)]), { key: createPrivateKey(file('key')),
			dsaEncoding: 'ieee-p1363' }).toString('base64'), ...wish };
}

// A visitor with the extension, and a card in the reader.
async function equipped(browser, options) {
	const one = await visitor(browser, options);
	one.card = 'mine';
	one.heard = [];
	await one.context.route('https://press.example/**',
		(route) => route.fulfill({ status: 204 }));
	await one.context.exposeFunction('askCard', (message, origin) => {
		one.heard.push(message);
		if (one.card === null)
			return { error: { code: 'ERR_WEBEID_USER_CANCELLED',
				message: 'the user has cancelled' } };
		return token(one.card, message.challengeNonce,
			one.origin ?? origin, one.wish);
	});
	await one.context.addInitScript(() => addEventListener('message',
		async ({ source, origin, data }) => {
			const action = data?.action;
			if (source !== window || origin !== location.origin ||
			    !['web-eid:status', 'web-eid:authenticate']
				.includes(action))
				return;
			postMessage({ action: `${action}-ack` }, origin);
			if (action === 'web-eid:status') {
				postMessage({ action: `${action}-success`,
					extension: '2.3.0' }, origin);
				return;
			}
			const answer = await window.askCard(data, origin);
			postMessage({ action: `${action}-${answer.error
				? 'failure' : 'success'}`, ...answer }, origin);
		}));
	return one;
}

// The page that asks for the card of a customer who has said who he is.
async function asked({ page }, customer = 'alice', amount = '1.00') {
	await page.goto(`${till}/pay?t=${press1.ticket(till,
		`web-eid-${serial++}`, { amount })}`);
	if (await page.locator('#customer').count() > 0) {
		await page.fill('#customer', customer);
		await press(page, 'button[value=pay]');
	}
	await page.locator(`[data-web-eid][data-customer=${customer}]`).waitFor();
}

const ends = (page, how) => page.locator('h1', { hasText: how }).waitFor();

async function pays(one) {
	await one.page.click(BUTTON);
	await ends(one.page, PAID);
	spent += 1;
}

async function refused(one) {
	await one.page.click(BUTTON);
	await ends(one.page, REFUSED);
	assert.match(await one.page.textContent('main'), /have not been charged/);
	Object.assign(one, { card: 'mine', origin: undefined, wish: undefined });
}

const tests = {
	async 'one press, and it is paid'(alice) {
		await asked(alice);
		const step = alice.page.waitForRequest(
			(one) => one.method() === 'POST');
		await pays(alice);
		const [{ action, challengeNonce, options }] = alice.heard;
		assert.equal(action, 'web-eid:authenticate');
		assert.equal(Buffer.from(challengeNonce, 'base64').length, 32);
		assert.equal(challengeNonce.length, 44);
		assert.equal(options.lang, 'en');
		alice.latest = JSON.parse(new URLSearchParams(
			(await step).postData()).get('answers.web-eid'));
		assert.equal(alice.latest.algorithm, 'ES384');
	},

	async 'who does not want to may try again, or cancel'(alice) {
		const { page } = alice;
		await asked(alice);
		alice.card = null;
		await page.click(BUTTON);
		await page.locator('[data-web-eid] output',
			{ hasText: /has given nothing/ }).waitFor();
		assert.equal(await page.inputValue('[name="answers.web-eid"]'), '');
		alice.card = 'mine';
		await pays(alice);
		await asked(alice);
		await press(page, 'button[value=cancel]');
		await ends(page, /Cancelled/);
	},

	async 'a token of before, of another origin, of another format'(alice) {
		await asked(alice);
		alice.wish = alice.latest;
		await refused(alice);
		await asked(alice);
		alice.origin = 'https://evil.example';
		await refused(alice);
		await asked(alice);
		alice.wish = { format: 'web-eid:2.0' };
		await refused(alice);
	},

	async 'a card of another CA, one that is revoked'(alice) {
		for (const card of ['forged', 'stolen']) {
			await asked(alice);
			alice.card = card;
			await refused(alice);
		}
	},

	async 'a card that is not his'(alice) {
		await asked(alice, 'bob');
		await refused(alice);
	},

	async 'whoever says another name is asked anew'(alice) {
		const { page } = alice;
		await asked(alice, 'bob');
		const before = alice.heard.length;
		await page.fill('#customer', 'alice');
		await press(page, BUTTON);
		assert.equal(alice.heard.length, before);
		await page.locator('[data-web-eid][data-customer=alice]').waitFor();
		await pays(alice);
	},

	async 'without script or extension it is said'(alice) {
		const browser = alice.context.browser();
		for (const options of [{ javaScriptEnabled: false }, {}]) {
			const other = await visitor(browser, options);
			await asked(other);
			assert(await other.page.locator('[data-web-eid] p',
				{ hasText: /the Web eID extension/ }).isVisible());
			assert(!await other.page.isVisible(BUTTON));
			await press(other.page, 'button[value=cancel]');
			await other.close();
		}
	},

	async 'the page, in both languages'(alice) {
		for (const [lang, locale] of Object.entries(languages)) {
			const other = await equipped(alice.context.browser(),
				{ locale });
			await asked(other);
			await other.page.locator(BUTTON, { hasText:
				/^Pay 1\.00.EUR with|^Payer 1,00.EUR avec/ })
				.waitFor();
			assert.equal(await look(other.page, 'confirm-web-eid'), lang);
			await other.close();
		}
	},

	async 'only what was paid is gone'() {
		assert.match(ctl('balance', 'alice', '--json'),
			new RegExp(`"${50 - spent}\\.00"`));
	},
};

const browser = await start();
const alice = await equipped(browser);
const names = process.argv.slice(2);
const failed = await run(names.length === 0 ? tests : Object.fromEntries(
	names.map((name) => [name, tests[name]])), alice);
await alice.close();
await browser.close();
process.exit(failed === 0 ? 0 : 1);
