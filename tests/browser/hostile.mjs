// hostile.mjs - for shop.mjs: the texts of tests/vectors/hostile.json in a real
// browser, which is as wide as a telephone.  On the page of the payment server and
// on each page of the shop they are text, nothing runs, and nothing is wider than
// the screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { look, press, visitor } from './chromium.mjs';

const { TILL_SRC: src, TILL_URL: till, HOSTILE_URL: shop, TMPDIR: folder } =
	process.env;
const { Merchant } = createRequire(import.meta.url)(
	`${src}/tests/flow/merchant.js`);
const WIDTH = 320, SHARE = 10;
const texts = JSON.parse(readFileSync(`${src}/tests/vectors/hostile.json`))
	.filter(({ ok }) => ok);

// Whose page it is: text may be cut where the page says so.
async function harmless(page, name, wanted) {
	const seen = await page.evaluate(() => {
		const found = [];
		const walk = document.createTreeWalker(document.body,
			NodeFilter.SHOW_TEXT);

		while (walk.nextNode())
			found.push(walk.currentNode.data.trim());
		return { found, ran: window.hostile,
			wide: document.documentElement.scrollWidth,
			strange: document.querySelectorAll('script:not([src]), ' +
				'iframe, base, style, svg[onload], [onerror], [onfocus], ' +
				'meta[http-equiv], a[href^="javascript:"], ' +
				'form[action^="https://evil"]').length };
	});

	assert.equal(seen.ran, undefined, `${name}: a script ran`);
	assert.equal(seen.strange, 0, `${name}: it is no text`);
	assert(seen.wide <= WIDTH, `${name} is ${seen.wide} wide`);
	for (const text of wanted)
		assert(seen.found.some((one) => one === text.trim() ||
			(one.length > 60 && one.endsWith('…') &&
			text.startsWith(one.slice(0, -1)))), `${name}: not seen: ${text}`);
}

async function payments(page, from) {
	const merchant = new Merchant(folder, 'press', 'https://shop.example/r');
	for (const [i, { name, text }] of texts.entries()) {
		if (i < from || i >= from + SHARE)
			continue;
		const ticket = merchant.ticket(till, `b${i}`, { kind: 'basket',
			desc: text, ship: text, amount: '0.05', items: [{ oid: 'a',
				qty: 1, price: '0.05', desc: text }] });
		await page.goto(`${till}/pay?t=${ticket}`);
		await harmless(page, name, [text]);
		if (/^one long word$|^both directions$/.test(name)) {
			await look(page, `hostile-${i}`);
			await page.setViewportSize({ width: WIDTH, height: 640 });
		}
	}
}

async function shopping(page) {
	const titles = texts.map(({ text }) => text);
	await page.goto(shop);
	await harmless(page, 'catalogue', titles);
	await look(page, 'shop-hostile-catalogue');
	await page.setViewportSize({ width: WIDTH, height: 640 });
	const some = [0, 2, 3, 31, 33, 34, 35, 36, 39];
	for (const i of some) {
		await page.goto(shop);
		await press(page, `form:has([value="a${i}"]) button`);
	}
	const chosen = some.map((i) => titles[i]);
	await harmless(page, 'basket', chosen);
	await press(page, 'form.act button.main');
	await harmless(page, 'order', chosen);
	await page.fill('[name=recipient]', titles[0].slice(0, 120));
	await page.fill('[name=address]', titles[31].slice(0, 120));
	await press(page, 'form.act button.main');
	await harmless(page, 'order', chosen);
	await look(page, 'shop-hostile-order');
}

export function hostileTests(browser) {
	const tests = {}, add = (name, test) => {
		tests[`hostile texts ${name}`] = async () => {
			const { page, close } = await visitor(browser,
				{ viewport: { width: WIDTH, height: 640 } });
			page.on('dialog', (dialog) => assert.fail(dialog.message()));
			await test(page);
			await close();
		};
	};

	add('in the shop', shopping);
	for (let from = 0; from < texts.length; from += SHARE)
		add(`on the payment page, from ${from}`,
			(page) => payments(page, from));
	return tests;
}
