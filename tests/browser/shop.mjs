// shop.mjs - each page of till-shop, in each language, brought about and looked at;
// and hostile.mjs beside it, in the same browser.  The shop trusts two payment
// servers; the second one is never there.
import assert from 'node:assert/strict';

import { languages, look, press, runAtOnce, start, visitor } from './chromium.mjs';
import { hostileTests } from './hostile.mjs';

const { TILL_URL: till, SHOP_URL: shop } = process.env;
const AT_ONCE = 4;
const words = {
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
};

// Somebody who reads that language, on a page of his own.
function reader(page, lang) {
	const says = words[lang];
	let led;

	page.on('request', (one) => {
		if (one.url().startsWith(`${till}/pay?`))
			led = one;
	});
	return { page, says,
		async seen(name, text) {
			if (text)
				assert.match(await page.textContent('main'), text);
			assert.equal(await look(page, name), lang);
		},
		async buy(title) {
			await page.goto(shop);
			await press(page, `[aria-label="${says.buy} ${title}"]`);
		},
		submit: () => page.click('form.act button.main'),
		// On the payment server's page: it speaks the ticket's language.
		async pay(act = 'pay') {
			await page.waitForURL((url) =>
				url.href.startsWith(`${till}/t/`));
			await page.waitForLoadState();
			assert.equal(await page.getAttribute('html', 'lang'), lang);
			// An allowance covers who comes from his merchant only.
			assert.equal((await led.allHeaders()).referer, `${shop}/`);
			if (act === 'pay') {
				await page.fill('#customer', 'alice');
				await page.fill('input[type=password]',
					'correct horse');
			}
			await page.click(`button[value=${act}]`);
			await page.waitForURL(`${shop}/order/*`);
		} };
}

const tests = {
	async 'what is sold, and a basket'({ page, says, seen, pay, submit }) {
		await page.goto(shop);
		assert.match(await page.textContent('main'),
			new RegExp(says.price.replace(' ', '.')));
		await seen('shop-catalogue');
		await page.goto(`${shop}/basket`);
		await seen('shop-basket-empty', says.empty);
		await page.goto(shop);
		await page.fill('[name=customer]', 'reader-7');
		await press(page, 'form.row button');
		await seen('shop-customer', says.discount);
		for (const one of ['Harbour chart', 'On small sums', 'On small sums',
			'Tide table for tomorrow']) {
			await page.goto(shop);
			await press(page, `[aria-label="${says.basket} ${one}"]`);
		}
		await seen('shop-basket');
		await press(page, 'tr:has-text("Tide") button');
		assert.doesNotMatch(await page.textContent('main'), /Tide/);
		await press(page, 'form.act button.main');
		await seen('shop-order', says.choose);
		await page.check('[value="0"]');
		await submit();
		await pay();
		await seen('shop-receipt', says.paid);
		const files = await page.locator('main a[href*="/file/"]').all();
		assert.equal(files.length, 2);
	},

	async 'a server that is not there'({ page, says, seen, buy, pay, submit }) {
		await buy('Harbour chart');
		await page.check('[value="1"]');
		await press(page, 'form.act button.main');
		await seen('shop-down', says.down);
		await press(page, 'a.main');
		await page.check('[value="0"]');
		await submit();
		await pay('cancel');
		await seen('shop-refused', says.charged);
		// The choice is remembered.
		await buy('Harbour chart');
		assert(await page.isChecked('[value="0"]'));
	},

	async 'goods that are collected, of a large order'(
		{ page, says, seen, buy, pay, submit }) {
		await buy('Atlas of the western ports');
		await seen('shop-delivery');
		await page.fill('[name=recipient]', 'Alice Martin');
		await page.fill('[name=address]', '2 Side Street');
		await press(page, 'form.act button.main');
		await seen('shop-identify', says.large);
		await page.check('[value="0"]');
		await submit();
		await pay();
		await seen('shop-identified', says.known);
		await submit();
		await pay();
		await seen('shop-paid', says.paid);
		await press(page, 'a[href$="/collection"]');
		await seen('shop-collection', says.bring);
	},

	async 'what is not possible'({ page, says, seen, buy }) {
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
		await seen('shop-no-order', says.none);
		await page.goto(`${shop}//nothing`);
		await seen('shop-no-page', says.nothing);
		assert.equal(await page.getAttribute('footer a', 'href'),
			`/?lang=${says.other}`);
		await page.goto(`${shop}/return`);
		await seen('shop-no-voucher', says.voucher);
		await page.goto(`${shop}/return?voucher=a.b.c`);
		await seen('shop-bad-voucher', says.bad);
		await page.goto(shop);
		await page.fill('[name=customer]', 'Reader 7');
		await press(page, 'form.row button');
		await seen('shop-bad-number', says.number);
		await buy('Harbour chart');
		const order = page.url();
		await page.goto(`${order}/file/chart`);
		await seen('shop-unpaid', says.file);
		await page.goto(order);
		await post(`${order}/pay`);
		await seen('shop-choose', says.first);
		await page.goto(shop);
		await post('/basket/buy');
		await seen('shop-nothing');
		await buy('Atlas of the western ports');
		await post(`${page.url()}/delivery`);
		await seen('shop-nobody', says.who);
	},

	async 'another language, which is remembered'({ page, says }) {
		await page.goto(`${shop}/basket`);
		await press(page, `footer a:has-text("${says.otherName}")`);
		assert.equal(page.url(), `${shop}/basket?lang=${says.other}`);
		assert.equal(await page.getAttribute('html', 'lang'), says.other);
		await page.goto(shop);
		assert.equal(await page.getAttribute('html', 'lang'), says.other);
	},
};

const browser = await start();
const all = hostileTests(browser);
for (const [name, test] of Object.entries(tests))
	for (const [lang, locale] of Object.entries(languages))
		all[`${name} (${lang})`] = async () => {
			const { page, close } = await visitor(browser, { locale });
			await test(reader(page, lang));
			await close();
		};
const failed = await runAtOnce(AT_ONCE, all);
await browser.close();
process.exit(failed === 0 ? 0 : 1);
