// shop.mjs - each page of till-shop, in one language: brought about and looked at.
// The shop trusts two payment servers; the second one is never there.
//
//	shop.mjs LANGUAGE
import assert from 'node:assert/strict';

import { languages, look, press, run, start, visitor } from './chromium.mjs';

const { TILL_URL: till, SHOP_URL: shop } = process.env;
const [, , lang] = process.argv;
const says = {
	en: { buy: 'Buy', basket: 'To basket:', choose: /Where do you have/,
		paid: /Paid\. Thank you!/, price: '1.20 EUR',
		charged: /You have not been charged/, down: /does not answer/,
		large: /large order/, known: /knows you/, bring: /bring this page/,
		none: /no such order/, nothing: /no such page/, empty: /empty/,
		number: /small letters/, voucher: /without a voucher/,
		bad: /does not fit/, file: /not part of a paid order/,
		first: /choose first/, who: /name and an address/,
		discount: /10\.00.%/, other: 'fr', otherName: 'Français' },
	fr: { buy: 'Acheter', basket: 'Au panier\u00a0:', choose: /Où avez-vous/,
		paid: /Payé\. Merci/, price: '1,20 EUR',
		charged: /Vous n’avez pas été débité/, down: /ne répond pas/,
		large: /grosse commande/, known: /vous connaît/,
		bring: /apporter cette page/, none: /cette commande n’existe pas/i,
		nothing: /n’a pas cette page/, empty: /vide/,
		number: /minuscules/, voucher: /sans reçu/,
		bad: /ne correspond à aucune/, file: /pas partie d’une commande/,
		first: /Choisissez d’abord/, who: /un nom et une adresse/,
		discount: /10,00.%/, other: 'en', otherName: 'English' },
}[lang];

async function seen(page, name, text) {
	if (text)
		assert.match(await page.textContent('main'), text);
	assert.equal(await look(page, name), lang);
}

async function buy(page, title) {
	await page.goto(shop);
	await press(page, `[aria-label="${says.buy} ${title}"]`);
}

const submit = (page) => page.click('form.act button.main');

// On the payment server's page: it speaks the language of the ticket.
async function pay(page, act = 'pay') {
	await page.waitForURL((url) => url.href.startsWith(`${till}/t/`));
	await page.waitForLoadState();
	assert.equal(await page.getAttribute('html', 'lang'), lang);
	if (act === 'pay') {
		await page.fill('#customer', 'alice');
		await page.fill('input[type=password]', 'correct horse');
	}
	await page.click(`button[value=${act}]`);
	await page.waitForURL(`${shop}/order/*`);
}

const tests = {
	async 'what is sold, and a basket'(page) {
		await page.goto(shop);
		assert.match(await page.textContent('main'),
			new RegExp(says.price.replace(' ', '.')));
		await seen(page, 'shop-catalogue');
		await page.goto(`${shop}/basket`);
		await seen(page, 'shop-basket-empty', says.empty);
		await page.goto(shop);
		await page.fill('[name=customer]', 'reader-7');
		await press(page, 'form.row button');
		await seen(page, 'shop-customer', says.discount);
		for (const one of ['Harbour chart', 'On small sums', 'On small sums',
			'Tide table for tomorrow']) {
			await page.goto(shop);
			await press(page, `[aria-label="${says.basket} ${one}"]`);
		}
		await seen(page, 'shop-basket');
		await press(page, 'tr:has-text("Tide") button');
		assert.doesNotMatch(await page.textContent('main'), /Tide/);
		await press(page, 'form.act button.main');
		await seen(page, 'shop-order', says.choose);
		await page.check('[value="0"]');
		await submit(page);
		await pay(page);
		await seen(page, 'shop-receipt', says.paid);
		const files = await page.locator('main a[href*="/file/"]').all();
		assert.equal(files.length, 2);
	},

	async 'a server that is not there'(page) {
		await buy(page, 'Harbour chart');
		await page.check('[value="1"]');
		await press(page, 'form.act button.main');
		await seen(page, 'shop-down', says.down);
		await press(page, 'a.main');
		await page.check('[value="0"]');
		await submit(page);
		await pay(page, 'cancel');
		await seen(page, 'shop-refused', says.charged);
		// The choice is remembered.
		await buy(page, 'Harbour chart');
		assert(await page.isChecked('[value="0"]'));
	},

	async 'goods that are collected, of a large order'(page) {
		await buy(page, 'Atlas of the western ports');
		await seen(page, 'shop-delivery');
		await page.fill('[name=recipient]', 'Alice Martin');
		await page.fill('[name=address]', '2 Side Street');
		await press(page, 'form.act button.main');
		await seen(page, 'shop-identify', says.large);
		await page.check('[value="0"]');
		await submit(page);
		await pay(page);
		await seen(page, 'shop-identified', says.known);
		await submit(page);
		await pay(page);
		await seen(page, 'shop-paid', says.paid);
		await press(page, 'a[href$="/collection"]');
		await seen(page, 'shop-collection', says.bring);
	},

	async 'what is not possible'(page) {
		const form = (where, fields = '') => page.evaluate(([to, inner]) => {
			const one = document.createElement('form');

			one.method = 'post';
			one.action = to;
			one.innerHTML = inner;
			document.body.append(one);
			one.submit();
		}, [where, fields]);
		const post = (where, fields) => Promise.all([
			page.waitForEvent('load'), form(where, fields)]);

		await page.goto(`${shop}/order/none`);
		await seen(page, 'shop-no-order', says.none);
		await page.goto(`${shop}//nothing`);
		await seen(page, 'shop-no-page', says.nothing);
		assert.equal(await page.getAttribute('footer a', 'href'),
			`/?lang=${says.other}`);
		await page.goto(`${shop}/return`);
		await seen(page, 'shop-no-voucher', says.voucher);
		await page.goto(`${shop}/return?voucher=a.b.c`);
		await seen(page, 'shop-bad-voucher', says.bad);
		await page.goto(shop);
		await page.fill('[name=customer]', 'Reader 7');
		await press(page, 'form.row button');
		await seen(page, 'shop-bad-number', says.number);
		await buy(page, 'Harbour chart');
		const order = page.url();
		await page.goto(`${order}/file/chart`);
		await seen(page, 'shop-unpaid', says.file);
		await page.goto(order);
		await post(`${order}/pay`);
		await seen(page, 'shop-choose', says.first);
		await page.goto(shop);
		await post('/basket/buy');
		await seen(page, 'shop-nothing');
		await buy(page, 'Atlas of the western ports');
		await post(`${page.url()}/delivery`);
		await seen(page, 'shop-nobody', says.who);
	},

	async 'another language, which is remembered'(page) {
		await page.goto(`${shop}/basket`);
		await press(page, `footer a:has-text("${says.otherName}")`);
		assert.equal(page.url(), `${shop}/basket?lang=${says.other}`);
		assert.equal(await page.getAttribute('html', 'lang'), says.other);
		await page.goto(shop);
		assert.equal(await page.getAttribute('html', 'lang'), says.other);
	},
};

const browser = await start();
for (const [name, test] of Object.entries(tests))
	tests[name] = async () => {
		const { page, close } =
			await visitor(browser, { locale: languages[lang] });
		await test(page);
		await close();
	};
const failed = await run(tests);
await browser.close();
process.exit(failed === 0 ? 0 : 1);
