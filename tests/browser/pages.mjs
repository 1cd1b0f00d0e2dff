// pages.mjs - each page of the payment server, brought about and looked at.
//
//	pages.mjs LANGUAGE [PAGE...]	these only
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

import { languages, look, press, run, start, visitor } from './chromium.mjs';

const { ticket } = createRequire(import.meta.url)(
	`${process.env.TILL_SRC}/tests/http/edge.js`);
const url = process.env.EDGE_URL;
const now = () => Math.floor(Date.now() / 1000);
let serial = 0;

const basket = { kind: 'basket', amount: '61.30', desc: 'Your basket of Monday',
	ship: 'To be collected: 3 Quay Street, from 9 o’clock',
	vat: [{ rate: '5.5', amount: '1.60' }, { rate: '20', amount: '5.10' }],
	items: [{ oid: 'atlas', qty: 1, price: '29.90',
		desc: 'Atlas of the western ports' },
	{ oid: 'chart', qty: 2, price: '15.50',
		desc: 'Harbour chart of Saint-Malo and its approaches' },
	{ oid: 'tides', qty: 8, price: '0.05', desc: 'Tide table' }] };
const identity = { kind: 'identity', amount: '0.00', vat: null,
	desc: 'Collection of a large order' };
// As hostile as the rules for a ticket's texts allow.
const hostile = { desc: '<img src=x onerror=alert(1)>' + 'W'.repeat(180),
	ship: '</dd></dl><script>alert(2)</script> & so on', kind: 'basket',
	amount: '999999999.99', vat: null,
	items: [{ oid: 'a', qty: 1, price: '999999999.99',
		desc: '"><svg/onload=alert(3)>' + 'أهلا'.repeat(20) }] };

async function open(page, words, claims) {
	await page.goto(`${url}/pay?t=${ticket(`${words}-${serial++}`, url,
		claims)}`);
}

async function pay(page, password = 'sesame') {
	await page.fill('#customer', 'alice');
	await page.fill('#answer-password', password);
	await press(page, 'button[value=pay]');
}

// The way to each page; what it says in the end in each language.
const pages = {
	front: [/Payment server|Serveur de paiement/,
		(page) => page.goto(`${url}/`)],
	'not-found': [/no such page|n’existe pas/,
		(page) => page.goto(`${url}/nothing/here`)],
	gone: [/no longer there|n’existe plus/,
		(page) => page.goto(`${url}/t/AAAAAAAAAAAAAAAAAAAAAA`)],
	'no-ticket': [/no payment request|pas de demande/,
		(page) => page.goto(`${url}/pay`)],
	'bad-ticket': [/cannot be used|inutilisable/,
		(page) => page.goto(`${url}/pay?t=a.b.c`)],
	'long-ticket': [/too long|trop longue/,
		(page) => page.goto(`${url}/pay?t=${'a'.repeat(4200)}`)],
	'wrong-server': [/another server|un autre serveur/,
		(page) => open(page, 'w', { aud: 'https://other.example' })],
	'not-yet': [/not valid yet|pas encore valable/,
		(page) => open(page, 'n', { iat: now() + 900, exp: now() + 990 })],
	invalid: [/cannot be used|inutilisable/,
		(page) => open(page, 'invalid')],
	conflict: [/contradicts|en contredit/, (page) => open(page, 'conflict')],
	expired: [/has expired|a expiré/, (page) => open(page, 'expired')],
	down: [/not available|pas disponible/, (page) => open(page, 'busy')],
	confirm: [/Pay 1.20.EUR|Payer 1,20.EUR/, (page) => open(page, 'p')],
	'confirm-basket': [/Pay 61.30.EUR|Payer 61,30.EUR/,
		(page) => open(page, 'p', basket)],
	'confirm-customer': [/Customer number|Numéro de client/,
		(page) => open(page, 'p', { cid: 'alice' })],
	'confirm-bank': [/not possible:.Your bank|pas possible :.Votre compte/,
		(page) => open(page, 'bank')],
	'confirm-identity': [/Confirm who you are|Confirmer votre identité/,
		(page) => open(page, 'p', identity)],
	'confirm-new-passkey': [/Make it on this device|La créer sur cet/,
		(page) => open(page, 'makes')],
	'confirm-hostile': [/999/, (page) => open(page, 'hostile', hostile)],
	'confirm-signed-in': [/signed in as|connecté en tant que/,
		async (page) => {
			await open(page, 'p');
			await page.check('#remember');
			await pay(page);
			await open(page, 'p');
		}],
	'confirm-wrong': [/do not match|ne correspondent pas/, async (page) => {
		await open(page, 'p');
		await pay(page, 'nonsense');
	}],
	'confirm-declined': [/not enough money|pas assez d’argent/,
		async (page) => {
			await open(page, 'decline');
			await pay(page);
		}],
	refused: [/limit of your account|limite de votre compte/,
		async (page) => {
			await open(page, 'refuse');
			await pay(page);
		}],
	cancelled: [/have not been charged|pas été débité/, async (page) => {
		await open(page, 'p');
		await press(page, 'button[value=cancel]');
	}],
	pending: [/We do not know yet|Nous ne savons pas encore/,
		async (page) => {
			await open(page, 'pending');
			await pay(page);
		}],
	receipt: [/You have paid|Vous avez payé/, async (page) => {
		await open(page, 'p');
		await pay(page);
	}],
	'receipt-basket': [/You have paid|Vous avez payé/, async (page) => {
		await open(page, 'p', basket);
		await pay(page);
	}],
	'receipt-identity': [/Confirmed|Confirmé/, async (page) => {
		await open(page, 'p', identity);
		await pay(page);
	}],
	forged: [/not sent by our page|ne vient pas de notre page/,
		async (page) => {
			await open(page, 'p');
			await page.context().clearCookies();
			await pay(page);
		}],
	elsewhere: [/another browser|un autre navigateur/, async (page) => {
		await open(page, 'p');
		const visit = page.url();
		await pay(page);
		await page.context().clearCookies();
		await page.goto('about:blank');
		await page.goto(`${visit}/done`);
	}],
};

// Pages that lead on by themselves stay where they are: what they ask for then
// has no content.
async function hold(context) {
	const nothing = (route) => route.fulfill({ status: 204 });

	await context.route('https://journal.example/**', nothing);
	await context.route(`${url}/t/**`, (route) =>
		route.request().method() === 'GET' &&
		route.request().headers().referer === undefined &&
		context.pages()[0].url() === route.request().url()
			? nothing(route) : route.continue());
}

const tests = {}, [, , lang, ...names] = process.argv;
for (const name of names.length > 0 ? names : Object.keys(pages)) {
	const [says, arrive] = pages[name];
	tests[name] = async (browser) => {
		const { context, page, close } =
			await visitor(browser, { locale: languages[lang] });
		page.on('dialog', (dialog) => assert.fail(dialog.message()));
		await hold(context);
		await arrive(page);
		assert.match(await page.textContent('main'), says);
		assert.equal(await look(page, name), lang);
		await close();
	};
}

const browser = await start();
const failed = await run(tests, browser);
await browser.close();
process.exit(failed === 0 ? 0 : 1);
