// enrol.mjs - a customer makes credentials, and others do not.
//
//	enrol.mjs [TEST...]	these only
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

import { languages, look, press, run, start, visitor } from './chromium.mjs';
import { closeSite, openSite } from './site.mjs';

const { Merchant } = createRequire(import.meta.url)(
	`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const till = process.env.TILL_URL, folder = process.env.TMPDIR;
const press1 = new Merchant(folder, 'press-1', 'https://press.example/return');
const NEW = 'staple gun and nails', BOB = 'battery staple';
const SECURITY = '/account/security';
let password = 'correct horse', evil, serial = 0;

const ctl = (...args) => {
	const [program, ...more] = process.env.CTL.split(' ');
	return execFileSync(program, [...more, ...args], { encoding: 'utf8' });
};
const main = (page) => page.textContent('main');

async function signIn(page, customer = 'alice', word = password) {
	if (await page.locator('#customer').count() > 0)
		await page.fill('#customer', customer);
	await page.fill('#answer-password', word);
	await press(page, 'button.primary');
}

// A sign-in that is in between, and back: with a passkey where it is asked for.
async function again(page, what) {
	assert.match(page.url(), /\/sign-in\?.*for=enrol/);
	await signIn(page);
	if (await page.locator('.passkey').count() > 0)
		await press(page, 'button.primary');
	assert.match(page.url(), new RegExp(`security\\?want=${what}&`));
	assert.match(await main(page), /not done yet|pas encore fait/);
	await press(page, `button[value=${what}]`);
}

async function arrive(page) {
	await page.goto(`${till}${SECURITY}`);
	if (/\/sign-in/.test(page.url()))
		await signIn(page);
}

// A form by its button, with a sign-in before it where one is asked for.
async function begin(page, what) {
	await arrive(page);
	await press(page, `button[value=${what}]`);
	if (/\/sign-in/.test(page.url()))
		await again(page, what);
}

// A visitor with authenticators: of the device itself, or plugged in.  They are
// gone when the page is looked at.
async function equipped(browser, options) {
	const one = await visitor(browser, options);
	const cdp = await one.context.newCDPSession(one.page);

	one.plug = async (transport) => {
		await cdp.send('WebAuthn.enable', { enableUI: false });
		return (await cdp.send('WebAuthn.addVirtualAuthenticator', {
			options: { protocol: 'ctap2', ctap2Version: 'ctap2_1',
				transport, hasResidentKey: true,
				hasUserVerification: true, isUserVerified: true,
				automaticPresenceSimulation: true } }))
			.authenticatorId;
	};
	one.unplug = (authenticatorId) => cdp.send(
		'WebAuthn.removeVirtualAuthenticator', { authenticatorId });
	return one;
}

async function addPasskey(page, where, label) {
	await page.fill('#label', label);
	await page.click(`.passkey button[value=${where}]`);
	await page.locator('.passkey output',
		{ hasText: /is made|est créée/ }).waitFor();
	await press(page, 'button.primary');
	assert.match(await main(page), /passkey is added|est ajoutée/);
}

async function pay(token, amount) {
	const ticket = press1.ticket(till, `enrol-${serial++}`, { amount });

	return (await fetch(`${till}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer: 'alice',
			answers: { token } }) })).status;
}

const tests = {
	async 'another password, and who was signed in elsewhere is out'(alice) {
		const { page } = alice;
		const other = await visitor(alice.context.browser());
		await arrive(other.page);
		await arrive(page);
		await press(page, 'button[value=password]');
		await again(page, 'password');
		const fill = async (one, two) => {
			await page.fill('#password', one);
			await page.fill('#again', two);
			await press(page, 'button.primary');
		};
		await fill(NEW, 'something else');
		assert.match(await page.textContent('[role=alert]'), /not the same/);
		await look(page, 'enrol-password-wrong');
		await fill('short', 'short');
		assert.match(await page.textContent('[role=alert]'), /too short/);
		await fill(NEW, NEW);
		assert.match(await main(page), /password is changed/);
		await look(page, 'enrol-password-done');
		password = NEW;
		await page.goto(`${till}/account`);
		assert.equal(page.url(), `${till}/account`);
		await other.page.goto(`${till}/account`);
		await signIn(other.page, 'alice', 'correct horse');
		assert.match(await main(other.page), /do not match/);
		await signIn(other.page);
		assert.equal(other.page.url(), `${till}/account`);
		await other.close();
	},

	async 'a passkey of the device, and by it a security key'(alice) {
		const { page } = alice;
		const own = await alice.plug('internal');
		await begin(page, 'passkey');
		await press(page, 'button.primary');
		assert.match(await main(page), /not added/);
		await begin(page, 'passkey');
		await addPasskey(page, 'platform', 'my telephone');
		// From now on the password is not enough for it, but to sign in.
		const other = await visitor(alice.context.browser());
		await arrive(other.page);
		await press(other.page, 'button[value=password]');
		await signIn(other.page);
		await other.page.locator('.passkey[data-customer=alice]').waitFor();
		await look(other.page, 'sign-in-enrol-passkey');
		await other.page.goto(`${till}${SECURITY}`);
		await press(other.page, 'button[value=revoke-key]');
		assert.match(other.page.url(), /\/sign-in\?.*for=enrol/);
		await other.close();
		await page.goto(`${till}/account`);
		await press(page, 'button[value=sign-out]');
		await begin(page, 'passkey');
		await alice.unplug(own);
		const key = await alice.plug('usb');
		await addPasskey(page, 'cross-platform', 'blue key');
		await page.goto(`${till}${SECURITY}`);
		for (const label of [/my telephone/, /blue key/])
			assert.match(await main(page), label);
		// The key is a proof like the other.
		await page.goto(`${till}/sign-in?for=enrol&next=${SECURITY}`);
		await signIn(page);
		await press(page, 'button.primary');
		assert.equal(page.url(), `${till}${SECURITY}`);
		await alice.unplug(key);
	},

	async 'a token is shown once, and pays what it may'(alice) {
		const { page } = alice;
		await begin(page, 'token');
		const fill = async (each, day) => {
			await page.fill('#label', 'the reader’s robot');
			await page.fill('#each', each);
			await page.fill('#day', day);
			await press(page, 'button.primary');
		};
		for (const [each, day] of [['x', '5'], ['3.00', '5.00'],
			['1.00', '21.00'], ['1.001', '5.00,']]) {
			await fill(each, day);
			assert.match(await page.textContent('[role=alert]'),
				/not taken/, each);
			assert.equal(await page.inputValue('#each'), each);
		}
		await fill('1,00', '5.00');
		const token = await page.textContent('.secret code');
		assert.match(token, /^till_[0-9a-f]{16}_[0-9a-f]{64}$/);
		await look(page, 'enrol-token-done');
		await page.click('main a.button');
		await page.waitForURL(`**${SECURITY}`);
		assert.match(await main(page), /reader’s robot/);
		assert(!(await page.content()).includes(token.slice(-64)));
		assert.equal(await pay(token, '1.00'), 200);
		assert.equal(await pay(token, '1.01'), 403);
		await press(page, 'button[value=revoke-token]');
		assert.notEqual(await pay(token, '0.50'), 200);
		assert.match(ctl('balance', 'alice', '--json'), /"49\.00"/);
	},

	async 'the pages, in both languages'(alice) {
		for (const [lang, locale] of Object.entries(languages)) {
			const one = await visitor(alice.context.browser(), { locale });
			const { page } = one;
			await page.goto(`${till}${SECURITY}`);
			await signIn(page, 'bob', BOB);
			assert.equal(await look(page, 'account-security-enrol'), lang);
			await press(page, 'button[value=passkey]');
			await look(page, 'sign-in-enrol');
			await signIn(page, 'bob', BOB);
			for (const what of ['passkey', 'password', 'token']) {
				await press(page, `button[value=${what}]`);
				await look(page, `enrol-${what}`);
				await page.goto(`${till}${SECURITY}`);
			}
			await one.close();
		}
	},

	// A name of a conversation is nothing without the browser that began it.
	async 'a sign-in goes on where it began'(alice) {
		const victim = await visitor(alice.context.browser());
		const thief = await visitor(alice.context.browser());
		await victim.page.goto(`${till}/account`);
		await victim.page.fill('#customer', 'alice');
		await victim.page.fill('#answer-password', 'wrong');
		await press(victim.page, 'button.primary');
		const name = await victim.page.inputValue('[name=conversation]');
		assert.match(name, /^[\w-]{32}$/);
		await thief.page.goto(`${till}/account`);
		const csrf = await thief.page.inputValue('[name=csrf]');
		const cookie = (await thief.context.cookies()).map((all) =>
			`${all.name}=${all.value}`).join('; ');
		const send = (form) => fetch(`${till}/sign-in`, { method: 'POST',
			redirect: 'manual', headers: { cookie,
				'Sec-Fetch-Site': 'same-origin' },
			body: new URLSearchParams({ csrf,
				'answers.password': 'x', ...form }) });
		assert.equal((await send({ conversation: name })).status, 403);
		assert.equal((await send({ customer: 'alice' })).status, 200);
		// The one who began it goes on.
		await signIn(victim.page);
		assert.equal(victim.page.url(), `${till}/account`);
		await victim.close();
		await thief.close();
	},

	async 'nobody else makes anything'(alice) {
		const { page } = alice;
		const forms = [{ do: 'new-password', 'secrets.password': 'mallory 1',
			'secrets.again': 'mallory 1' }, { do: 'passkey' },
		{ do: 'new-token', each: '1.00', day: '5.00', currency: 'EUR' },
		{ do: 'sign-out-all' }];
		await arrive(page);
		const csrf = await page.locator('[name=csrf]').first().inputValue();
		for (const form of forms)
			for (const [site, token] of [['cross-site', csrf],
				['same-site', csrf], ['same-origin', 'x']])
				assert.equal((await page.request.post(
					`${till}/account`, { form: { ...form,
						csrf: token }, headers: {
						'Sec-Fetch-Site': site } })).status(),
				403, `${form.do} ${site}`);
		await page.goto(`${evil}/post?csrf=${csrf}&to=${
			encodeURIComponent(`${till}/account`)}`);
		await press(page, 'button');
		assert.doesNotMatch(page.url(), /enrol/);
		// Whose account it is says the session, and the sign-in who he is.
		const bob = await visitor(alice.context.browser());
		await bob.page.goto(`${till}${SECURITY}`);
		await signIn(bob.page, 'bob', BOB);
		const his = await bob.page.locator('[name=csrf]').first()
			.inputValue();
		for (const form of forms.slice(0, 3)) {
			const answer = await bob.page.request.post(
				`${till}/account`, { maxRedirects: 0, form: {
					...form, customer: 'alice', csrf: his },
				headers: { 'Sec-Fetch-Site': 'same-origin' } });
			assert.equal(answer.status(), 303, form.do);
			assert.match(answer.headers().location, /for=enrol/);
		}
		await bob.close();
	},

	async 'signed out everywhere'(alice) {
		const other = await visitor(alice.context.browser());
		const { page } = alice;
		await arrive(other.page);
		await arrive(page);
		assert.match(await main(page), /This browser[^]*127\.0\.0\.1/);
		assert.match(await main(page), /Another browser/);
		await press(page, 'button[value=sign-out-all]');
		for (const one of [page, other.page]) {
			await one.goto(`${till}/account`);
			assert.match(one.url(), /\/sign-in\?/);
		}
		await other.close();
	},
};

const browser = await start();
evil = `http://evil.localhost:${await openSite()}`;
const alice = await equipped(browser);
const names = process.argv.slice(2);
const failed = await run(names.length === 0 ? tests : Object.fromEntries(
	names.map((name) => [name, tests[name]])), alice);
await alice.close();
await browser.close();
closeSite();
process.exit(failed);
