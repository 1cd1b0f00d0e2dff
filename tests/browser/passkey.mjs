// passkey.mjs - a passkey is made, pays, and is refused.
//
// The authenticator is Chromium's virtual one, which belongs to a page and does
// what a real one does but to ask its user.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { languages, look, press, run, start, visitor } from './chromium.mjs';

const { Merchant } = createRequire(import.meta.url)(
	`${process.env.TILL_SRC}/tests/flow/merchant.js`);
const till = process.env.TILL_URL, folder = process.env.TMPDIR;
const press1 = new Merchant(folder, 'press-1', 'https://press.example/return');
const PAID = /^(Paid|Payé)$/, REFUSED = /^(Payment refused|Paiement refusé)$/;
let serial = 0, spent = 0;

// A site of somebody else's, of the same name.
const site = createServer((request, response) => {
	response.writeHead(200, { 'Content-Type': 'text/html' });
	response.end('<!doctype html><html lang="en"><title>x</title>' +
		'<link rel="icon" href="data:,"><button>Pay</button>');
});
await new Promise((done) => site.listen(0, '127.0.0.1', done));
const others = `http://localhost:${site.address().port}`;

const ctl = (...args) => {
	const [program, ...more] = process.env.CTL.split(' ');
	return execFileSync(program, [...more, ...args], { encoding: 'utf8' });
};
const random = () => randomBytes(32).toString('base64url');

// A visitor with an authenticator.
async function equipped(browser, options) {
	const one = await visitor(browser, options);
	const cdp = await one.context.newCDPSession(one.page);

	await one.context.route('https://press.example/**',
		(route) => route.fulfill({ status: 204 }));
	await cdp.send('WebAuthn.enable', { enableUI: false });
	const { authenticatorId } = await cdp.send(
		'WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2',
			ctap2Version: 'ctap2_1', transport: 'internal',
			hasResidentKey: true, hasUserVerification: true,
			isUserVerified: true, automaticPresenceSimulation: true } });
	one.authenticator = (what, more) => cdp.send(`WebAuthn.${what}`,
		{ authenticatorId, ...more });
	one.cdp = cdp;
	return one;
}

// Make a passkey: on a page as that of an enrolment, at the server's origin and
// by its script.  The answer is what the field then has.
async function make({ page, context }, customer, exclude = []) {
	const options = { challenge: random(),
		rp: { id: 'localhost', name: 'localhost' },
		user: { id: random(), name: customer, displayName: customer },
		pubKeyCredParams: [{ type: 'public-key', alg: -7 },
			{ type: 'public-key', alg: -257 }],
		excludeCredentials: exclude.map((id) => ({ type: 'public-key', id })),
		authenticatorSelection: { authenticatorAttachment: 'platform',
			residentKey: 'required', userVerification: 'required' },
		attestation: 'none', extensions: { payment: { isPayment: true } } };
	await context.route(`${till}/enrol`, (route) => route.fulfill({
		contentType: 'text/html', body: `<!doctype html><html lang="en">
			<title>Enrol</title><link rel="icon" href="/icon.svg">
			<form><div data-passkey="create" data-made="made"
			data-known="known" data-refused="refused" data-asked="asked"
			data-options='${JSON.stringify(options)}'><p>needs</p>
			<p hidden><button type="button" value="platform">Make</button></p>
			<output></output><input type="hidden"></div></form>
			<script type="module" src="/passkey.js"></script>` }));
	await page.goto(`${till}/enrol`);
	await page.click('button');
	await page.locator('output', { hasText: /^(made|known|refused)$/ })
		.waitFor();
	return { said: await page.textContent('output'),
		registration: await page.inputValue('input') };
}

function enrol(customer, registration) {
	const file = join(folder, `${customer}.json`);

	writeFileSync(file, registration);
	assert.match(ctl('customer', 'key', customer, '--add', file,
		'--label', `passkey of ${customer}`), /^key passkey\..* added$/m);
}

const ids = async ({ authenticator }) =>
	(await authenticator('getCredentials')).credentials.map((one) =>
		Buffer.from(one.credentialId, 'base64').toString('base64url'));

// The page that asks for the passkey of a customer who has said who he is.
async function asked({ page }, customer = 'alice', amount = '1.00') {
	await page.goto(`${till}/pay?t=${press1.ticket(till,
		`passkey-${serial++}`, { amount })}`);
	if (await page.locator('#customer').count() > 0) {
		await page.fill('#customer', customer);
		await press(page, 'button[value=pay]');
	}
	await page.locator(`.passkey[data-customer=${customer}]`).waitFor();
}

const ends = (page, how) => page.locator('h1', { hasText: how }).waitFor();

// The script signs as soon as "pay" is pressed.
async function pays({ page }, amount = 1) {
	await page.click('button[value=pay]');
	await ends(page, PAID);
	spent += amount;
}

// What somebody else has put into the field instead.
async function refused({ page }, reply) {
	await page.locator('[name="answers.passkey"]').evaluate((field, value) => {
		field.value = value;
	}, reply);
	await page.click('button[value=pay]');
	await ends(page, REFUSED);
	assert.match(await page.textContent('main'), /have not been charged/);
}

const challengeOf = (page) =>
	page.getAttribute('.passkey', 'data-challenge');

// What a page makes of an authenticator when it asks as it likes.
function signature(page, challenge, id, verification = 'required') {
	return page.evaluate(async ([challenge, id, userVerification]) => {
		const octets = (text) => Uint8Array.from(atob(text
			.replaceAll('-', '+').replaceAll('_', '/')),
		(one) => one.charCodeAt(0));
		const text = (buffer) => btoa(String.fromCharCode(
			...new Uint8Array(buffer))).replaceAll('+', '-')
			.replaceAll('/', '_').replaceAll('=', '');
		const { rawId, response } = await navigator.credentials.get({
			publicKey: { rpId: 'localhost', userVerification,
				challenge: octets(challenge), allowCredentials:
				[{ type: 'public-key', id: octets(id) }] } });
		return { id: text(rawId),
			clientDataJSON: text(response.clientDataJSON),
			authenticatorData: text(response.authenticatorData),
			signature: text(response.signature) };
	}, [challenge, id, verification]);
}

const tests = {
	async 'a passkey is made, once'(alice) {
		const { said, registration } = await make(alice, 'alice');
		assert.equal(said, 'made');
		enrol('alice', registration);
		assert.match(ctl('customer', 'show', 'alice'), /passkey of alice/);
		[alice.id] = await ids(alice);
		const again = await make(alice, 'alice', [alice.id]);
		assert.deepEqual(again, { said: 'known', registration: '' });
		assert.deepEqual(await ids(alice), [alice.id]);
	},

	async 'it pays with one press'(alice) {
		await asked(alice);
		assert.deepEqual(JSON.parse(await alice.page.getAttribute('.passkey',
			'data-options')).allowCredentials, [alice.id]);
		const step = alice.page.waitForRequest(
			(one) => one.method() === 'POST');
		await pays(alice);
		alice.latest = new URLSearchParams((await step).postData())
			.get('answers.passkey');
	},

	async 'after a password, too'(alice) {
		const { page } = alice;
		await page.goto(`${till}/pay?t=${press1.ticket(till,
			`passkey-${serial++}`, { amount: '11.00' })}`);
		await page.fill('#customer', 'alice');
		await page.fill('#answer-password', 'correct horse');
		await press(page, 'button[value=pay]');
		await page.locator('.passkey').waitFor();
		await pays(alice, 11);
	},

	async 'who does not want to may try again, or cancel'(alice) {
		const { page, authenticator } = alice;
		await asked(alice);
		await authenticator('setUserVerified', { isUserVerified: false });
		await page.click('button[value=pay]');
		await page.locator('.passkey output',
			{ hasText: /has given nothing/ }).waitFor();
		assert.equal(await page.inputValue('[name="answers.passkey"]'), '');
		await authenticator('setUserVerified', { isUserVerified: true });
		await pays(alice);
		await asked(alice);
		await press(page, 'button[value=cancel]');
		await ends(page, /Cancelled/);
	},

	async 'a signature is not taken again'(alice) {
		await asked(alice);
		await refused(alice, alice.latest);
	},

	// Another server of the same name has the same passkeys.
	async 'one that was made at another origin'(alice) {
		const { page } = alice;
		await asked(alice);
		const challenge = await challengeOf(page), visit = page.url();
		await page.goto(others);
		const made = await signature(page, challenge, alice.id);
		await page.goto(visit);
		assert.equal(await challengeOf(page), challenge);
		await refused(alice, JSON.stringify(made));
	},

	async 'a passkey that is not his'(alice) {
		const { page } = alice;
		await make(alice, 'mallory');
		const [other] = (await ids(alice)).filter((id) => id !== alice.id);
		await asked(alice);
		const made = await signature(page, await challengeOf(page), other);
		await refused(alice, JSON.stringify(made));
		await asked(alice);
		const named = await signature(page, await challengeOf(page), other);
		await refused(alice, JSON.stringify({ ...named, id: alice.id }));
		await asked(alice, 'bob');
		const bobs = await signature(page, await challengeOf(page), alice.id);
		await refused(alice, JSON.stringify(bobs));
	},

	async 'a user who was not verified'(alice) {
		const { page, authenticator } = alice;
		await asked(alice);
		await authenticator('setUserVerified', { isUserVerified: false });
		const made = await signature(page, await challengeOf(page), alice.id,
			'discouraged');
		await authenticator('setUserVerified', { isUserVerified: true });
		await refused(alice, JSON.stringify(made));
	},

	// Nobody can tell them from a customer, and no passkey fits.
	async 'who has none is asked for one'(alice) {
		const { page } = alice;
		for (const name of ['bob', 'nobody']) {
			await asked(alice, name);
			const { allowCredentials } = JSON.parse(await page.getAttribute(
				'.passkey', 'data-options'));
			assert(allowCredentials.length > 0);
			assert(!allowCredentials.includes(alice.id));
			await page.click('button[value=pay]');
			await page.locator('.passkey output',
				{ hasText: /has given nothing/ }).waitFor();
		}
	},

	async 'a copy, whose counter is behind'(alice) {
		const { authenticator } = alice;
		const { credentials } = await authenticator('getCredentials');
		const one = credentials.find(({ credentialId }) =>
			Buffer.from(credentialId, 'base64').toString('base64url') ===
				alice.id);
		await asked(alice);
		await pays(alice);
		await authenticator('removeCredential',
			{ credentialId: one.credentialId });
		await authenticator('addCredential', { credential: one });
		await asked(alice);
		await alice.page.click('button[value=pay]');
		await ends(alice.page, REFUSED);
		await authenticator('removeCredential',
			{ credentialId: one.credentialId });
		await authenticator('addCredential',
			{ credential: { ...one, signCount: 1000 } });
		await asked(alice);
		await pays(alice);
	},

	async 'without script, and without passkeys, it is said'(alice) {
		const context = alice.context.browser();
		for (const options of [{ javaScriptEnabled: false }, {}]) {
			const other = await visitor(context, options);
			if (options.javaScriptEnabled !== false)
				await other.page.addInitScript(() => {
					delete window.PublicKeyCredential;
				});
			await asked(other);
			assert(await other.page.locator('.passkey p',
				{ hasText: /open this page in a browser/ }).isVisible());
			assert.equal(await other.page.locator('.passkey p:visible')
				.count(), 1);
			assert(!/cannot give/.test(
				await other.page.textContent('main')));
			await press(other.page, 'button[value=pay]');
			await other.page.locator('.passkey').waitFor();
			await other.close();
		}
	},

	async 'the page, in both languages'(alice) {
		for (const lang of ['en', 'fr']) {
			const other = await visitor(alice.context.browser(),
				{ locale: languages[lang] });
			await asked(other);
			assert.equal(await look(other.page, 'confirm-passkey'), lang);
			await other.close();
		}
	},

	async 'only what was paid is gone'() {
		assert.match(ctl('balance', 'alice', '--json'),
			new RegExp(`"${50 - spent}\\.00"`));
	},
};

// What a POST of the page has sent, as the passkey has signed it.
const sent = async (step) => JSON.parse(new URLSearchParams(
	(await step).postData()).get('answers.passkey'));
const said = ({ clientDataJSON }) =>
	JSON.parse(Buffer.from(clientDataJSON, 'base64url'));

async function post(where, body) {
	const response = await fetch(`${till}${where}`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: response.status, json: await response.json() };
}

// In a browser that has a dialog for payments, which the debugger answers.
const dialogs = {
	async 'the dialog shows payee and amount, and they are signed'(alice) {
		const { page, cdp } = alice;
		await cdp.send('Page.setSPCTransactionMode', { mode: 'autoAccept' });
		enrol('alice', (await make(alice, 'alice')).registration);
		[alice.id] = await ids(alice);
		await asked(alice);
		const step = page.waitForRequest((one) => one.method() === 'POST');
		await pays(alice);
		const { type, payment } = said(await sent(step));
		assert.equal(type, 'payment.get');
		assert.equal(payment.payeeName, 'The Paper Boat Ltd');
		assert.equal(payment.payeeOrigin, 'https://press.example');
		assert.deepEqual(payment.total, { currency: 'EUR', value: '1.00' });
	},

	async 'who does not want it is asked without'(alice) {
		const { page, cdp } = alice;
		await cdp.send('Page.setSPCTransactionMode', { mode: 'autoReject' });
		await asked(alice);
		await page.click('button[value=pay]');
		await page.locator('.passkey output',
			{ hasText: /has given nothing/ }).waitFor();
		const step = page.waitForRequest((one) => one.method() === 'POST');
		await pays(alice);
		assert.equal(said(await sent(step)).type, 'webauthn.get');
	},

	// Without a visit to the payment server: the merchant's page asks what the
	// order's prompt says, and shows more than is paid if it likes to.
	async 'the merchant’s own page'(alice) {
		const { page, cdp } = alice;
		const ret = `${others}/return`;
		ctl('merchant', 'return-url', 'press-1', ret);
		await cdp.send('Page.setSPCTransactionMode', { mode: 'autoAccept' });
		await page.goto(others);
		for (const [value, status] of [['1.00', 200], ['0.10', 403]]) {
			const { json } = await post('/v1/orders', { customer: 'alice',
				ticket: press1.ticket(till, `passkey-${serial++}`,
					{ amount: '1.00', ret }) });
			const { conversation, prompts } = json;
			const { challenge, data } = prompts.find(({ id }) =>
				id === 'passkey');
			await shows(page, challenge, JSON.parse(data), value);
			const passkey = await page.evaluate(() => window.made);
			const { origin } = said(passkey);
			assert.equal(origin, others);
			const answer = await post(`/v1/orders/${conversation}`,
				{ answers: { passkey: JSON.stringify(passkey) } });
			assert.equal(answer.status, status,
				JSON.stringify(answer.json));
			spent += status === 200 ? 1 : 0;
		}
	},

	'only what was paid is gone': tests['only what was paid is gone'],
};

// Have a page show a payment when its button is pressed; what is signed is then
// window.made.
async function shows(page, challenge, data, value) {
	await page.evaluate(([challenge, { rpId, allowCredentials, payment },
		value]) => {
		const octets = (text) => Uint8Array.from(atob(text
			.replaceAll('-', '+').replaceAll('_', '/')),
		(one) => one.charCodeAt(0));
		const text = (buffer) => btoa(String.fromCharCode(
			...new Uint8Array(buffer))).replaceAll('+', '-')
			.replaceAll('/', '_').replaceAll('=', '');
		const { total, ...payee } = payment;
		window.made = undefined;
		document.querySelector('button').onclick = async () => {
			const shown = await new PaymentRequest([{
				supportedMethods: 'secure-payment-confirmation',
				data: { ...payee, rpId, challenge: octets(challenge),
					credentialIds: allowCredentials.map(octets),
					instrument: { displayName: 'alice',
						icon: 'data:image/png;base64,iVBORw0KGgoAAAA' +
						'NSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42m' +
						'Nk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==' } },
			}], { total: { label: 'Total',
				amount: { ...total, value } } }).show();
			const { rawId, response } = shown.details;
			await shown.complete('success');
			window.made = { id: text(rawId),
				clientDataJSON: text(response.clientDataJSON),
				authenticatorData: text(response.authenticatorData),
				signature: text(response.signature) };
		};
	}, [challenge, data, value]);
	await page.click('button');
	await page.waitForFunction(() => window.made);
}

let failed = 0;
for (const [these, ...options] of [[tests],
	[dialogs, '--enable-features=SecurePaymentConfirmationBrowser']]) {
	const browser = await start(options);
	const alice = await equipped(browser);
	failed += await run(these, alice);
	await alice.close();
	await browser.close();
}
site.close();
site.closeAllConnections();
process.exit(failed === 0 ? 0 : 1);
