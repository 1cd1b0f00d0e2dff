// pages.js - the payment page as a browser uses it, against a fake rear.
'use strict';
const assert = require('assert');
const { Browser, attribute, actionOf, titleOf, safe } =
	require('./browser.js');
const { metric, ticket } = require('./edge.js');

const url = process.env.EDGE_URL;
let serial = 0;

const sesame = { customer: 'alice', 'answers.password': 'sesame' };
const fresh = (words = 'p') => `${words}-${serial++}`;

class Customer extends Browser {
	constructor(headers) {
		super(url, headers);
	}

	open(jti, claims) {
		return super.open(ticket(jti, url, claims));
	}

	pay(page, fields = sesame) {
		return super.pay(page, fields);
	}
}

const tests = {
	async 'a purchase, from the ticket to the way back'() {
		const browser = new Customer();
		const page = await browser.open(fresh());
		assert.equal(page.status, 200);
		safe(page, 'same-origin');
		assert.equal(titleOf(page), 'Confirm payment – 1.20 EUR');
		assert.doesNotMatch(page.where, /eyJ/, 'the ticket leaves the address');
		const parts = ['Fake &amp; Sons', 'Le Journal S.A.', 'journal.example',
			'Article “Les marchés”', '1.20', '5.5', 'Your wallet', 'Expires',
			'Customer number', 'Password', '>Pay <', 'Cancel and return',
			'Français', 'Something is not right'];
		let at = 0;
		for (const part of parts) {
			const next = page.text.indexOf(part, at);
			assert.notEqual(next, -1, `${part} in its place`);
			at = next;
		}
		const done = await browser.pay(page);
		assert.equal(done.status, 200);
		safe(done, 'no-referrer');
		assert.match(done.text, /You have paid\. Do not pay again/);
		const refresh = done.headers.get('refresh');
		assert.match(refresh, /^0; url=https:\/\/journal\.example\/return\?x=1&voucher=fake\./);
		assert(done.text.includes(`href="${refresh.slice(7)
			.replaceAll('&', '&amp;')}"`), 'a link beside the Refresh');
		assert.match(titleOf(done), /^Paid – 1\.20 EUR$/);
		// Loaded again it is the same payment, with a voucher of now.
		const again = await browser.go(done.where);
		assert.equal(again.status, 200);
		assert.notEqual(again.headers.get('refresh'), refresh);
		const number = (p) => /Receipt number<\/dt><dd><bdi>(\d+)/.exec(p.text)[1];
		assert.equal(number(done), number(again));
		// Back, and pay once more.
		const twice = await browser.pay(page);
		assert.equal(number(twice), number(done));
		assert.equal((await browser.go(page.where)).text.includes('You have paid'), true);
	},

	async 'a double click, and 64 of them'() {
		const browser = new Customer();
		const page = await browser.open(fresh('wait300'));
		const before = await metric('till_orders_total{result="paid"}');
		const list = await Promise.all(Array.from({ length: 64 }, () =>
			browser.submit(page, 'pay', sesame)));
		const places = new Set(list.map((r) =>
			`${r.status} ${r.headers.get('location')}`));
		assert.equal(places.size, 1, [...places].join());
		assert.match([...places][0], /^303 \/t\/[^/]*\/done$/);
		assert.equal(await metric('till_orders_total{result="paid"}'),
			before + 1, 'the rear was asked once');
	},

	async 'a wrong password is told, and a right one pays'() {
		const browser = new Customer();
		const page = await browser.open(fresh());
		const wrong = await browser.pay(page, { customer: 'alice',
			'answers.password': 'nonsense' });
		assert.match(titleOf(wrong), /^Error: Confirm payment/);
		assert.match(wrong.text, /role="alert"/);
		assert.match(wrong.text, /do not match/);
		assert.match(wrong.text, /You have not been charged\./);
		assert.doesNotMatch(wrong.text, /nonsense/);
		assert.match((await browser.pay(wrong)).text, /You have paid/);
	},

	async 'cancel'() {
		const browser = new Customer();
		const page = await browser.open(fresh(), {
			cancel: 'https://journal.example/cancel' });
		const response = await browser.submit(page, 'cancel');
		const done = await browser.go(response.headers.get('location'));
		assert.match(done.text, /You have not been charged\./);
		assert.match(done.headers.get('refresh'), /^0; url=https:\/\/journal\.example\/cancel\?voucher=fake/);
		assert.match(titleOf(done), /^Cancelled/);
		// What is cancelled stays it.
		assert.match((await browser.pay(page)).text, /Cancelled/);
	},

	async 'every other end has its page and its sentence'() {
		for (const [jti, title, text] of [
			['refuse', /^Payment refused/, /limit of your account/],
			['expired', /^This payment request has expired/, /time is over/],
			['decline', /^Error: Confirm payment/, /not enough money/],
		]) {
			const browser = new Customer();
			let page = await browser.open(fresh(jti));
			if (jti !== 'expired')
				page = await browser.pay(page);
			assert.equal(page.status, 200);
			assert.match(titleOf(page), title);
			assert.match(page.text, text);
			assert.match(page.text, /You have not been charged\./);
			if (jti !== 'decline')
				assert.match(page.text, /href="https:\/\/journal\.example\/return\?x=1&amp;voucher=fake/);
			assert.equal(page.headers.get('refresh'), null);
		}
		for (const [jti, status, text] of [
			['invalid', 400, /cannot be used/],
			['conflict', 409, /contradicts/], ['busy', 503, /moment/] ]) {
			const page = await new Customer().open(fresh(jti));
			assert.equal(page.status, status);
			assert.match(page.text, text);
			safe(page, 'no-referrer');
		}
	},

	async 'a ticket that is invalid by now may have been paid'() {
		const payer = new Customer();
		const paid = await payer.pay(await payer.open(fresh('suspended')));
		assert.equal(paid.status, 200);
		assert.match(paid.text, /You have paid\. Do not pay again/);
		assert.match(paid.headers.get('refresh'), /voucher=fake/);
		// To whom it does not belong nothing is said of money.
		const other = await new Customer().go(paid.where);
		assert.equal(other.status, 403);
		assert.doesNotMatch(other.text, /charged|You have paid/);
		// Confirmed, and no end is known.
		const browser = new Customer();
		const page = await browser.pay(await browser.open(fresh('withdrawn')));
		assert.equal(page.status, 400);
		assert.match(page.text, /cannot be used/);
		assert.doesNotMatch(page.text, /You have not been charged/);
		// Never confirmed.
		assert.match((await new Customer().open(fresh('invalid'))).text,
			/You have not been charged\./);
	},

	async 'an answer that is not there yet'() {
		const browser = new Customer();
		const page = await browser.open(fresh('pending'));
		const response = await browser.submit(page, 'pay', sesame);
		const done = response.headers.get('location');
		assert.match(done, /\/done$/);
		const waits = await browser.go(done);
		assert.match(waits.text, /We do not know yet/);
		assert.match(waits.headers.get('refresh'), /^2; url=\/t\/.*\/done$/);
		// Who is told to begin anew meanwhile may pay twice.
		assert.match(waits.text, /Wait until this page says/);
		assert.doesNotMatch(waits.text, /ask the merchant for a new/);
	},

	async 'tickets that are none'() {
		const good = ticket(fresh(), url);
		for (const [query, status, text] of [
			['', 400, /no payment request/], ['?t=', 400, /cannot be used/],
			['?t=a.b.c', 400, /cannot be used/],
			[`?t=${good}x`, 400, /cannot be used/],
			[`?t=${good}&t=${good}`, 400, /no payment request/],
			[`?t=${ticket('w', 'https://other.example')}`, 400, /another server/],
			[`?t=${ticket('l', url, { exp: Math.floor(Date.now() / 1000) + 90000 })}`, 400, /cannot be used/],
			[`?t=${ticket('n', url, { iat: Math.floor(Date.now() / 1000) + 900, exp: Math.floor(Date.now() / 1000) + 1000 })}`, 400, /not valid yet/],
			[`?t=${'a'.repeat(4200)}`, 414, /too long/] ]) {
			const page = await new Customer().fetch(`/pay${query}`);
			assert.equal(page.status, status, query.slice(0, 40));
			assert.match(page.text, text);
			safe(page, 'no-referrer');
		}
	},

	async 'a form that is not ours is refused and does nothing'() {
		const browser = new Customer();
		const page = await browser.open(fresh());
		const refused = async (what, response) => {
			assert.equal(response.status, 403, what);
			assert.match(response.text, /not sent by our page/);
		};
		for (const site of ['cross-site', 'same-site', 'none'])
			await refused(site, await browser.submit(page, 'pay', sesame,
				{ 'Sec-Fetch-Site': site }));
		const bare = async (headers, csrf) => {
			const form = new URLSearchParams({ ...sesame, do: 'pay',
				csrf: csrf || attribute(page.text, 'csrf') });
			return browser.fetch(actionOf(page), { method: 'POST',
				body: form, headers });
		};
		await refused('no token', await bare({ 'Sec-Fetch-Site': 'same-origin' }, 'x'));
		await refused('origin', await bare({ Origin: 'https://evil.example' }));
		await refused('null origin', await bare({ Origin: 'null' }));
		await refused('prefix', await bare({ Origin: `${url}.evil.example` }));
		await refused('nothing said', await bare({}));
		await refused('referer', await bare({ Referer: 'https://evil.example/' }));
		const other = new Customer();
		await other.open(fresh());
		await refused('another browser\'s cookie',
			await other.submit(page, 'pay', sesame));
		await refused('no cookie', await new Customer().submit(page, 'pay', sesame));
		const mine = await browser.open(fresh());
		const form = new URLSearchParams({ ...sesame, do: 'pay',
			csrf: attribute(mine.text, 'csrf') });
		await refused('another visit\'s token', await browser.fetch(
			actionOf(page), { method: 'POST', body: form,
				headers: { 'Sec-Fetch-Site': 'same-origin' } }));
		await refused('json', await browser.fetch(actionOf(page), {
			method: 'POST', body: '{}', headers: {
				'Sec-Fetch-Site': 'same-origin',
				'Content-Type': 'application/json' } }));
		// And what is ours is taken, by any of the three signs.
		assert.equal((await bare({ Origin: url })).status, 303);
		assert.equal((await bare({ Referer: `${url}/t/x` })).status, 303);
	},

	async 'GET pays nothing, whatever it says'() {
		const browser = new Customer();
		const page = await browser.open(fresh());
		await browser.fetch(`${actionOf(page)}?do=pay&customer=alice&answers.password=sesame&csrf=${attribute(page.text, 'csrf')}`);
		const done = await browser.fetch(`${actionOf(page)}/done`);
		assert.equal(done.status, 303);
		assert.equal(done.headers.get('location'), actionOf(page));
	},

	async 'the voucher is for the browser that paid'() {
		const browser = new Customer();
		const page = await browser.open(fresh());
		const done = await browser.pay(page);
		const other = await new Customer().fetch(done.where);
		assert.equal(other.status, 403);
		assert.doesNotMatch(other.text, /fake\./);
		assert.equal(other.headers.get('refresh'), null);
	},

	async 'signed in once, the next payment is one click'() {
		const browser = new Customer();
		await browser.pay(await browser.open(fresh()),
			{ ...sesame, remember: '1' });
		assert(browser.cookies.has('till-session'));
		const page = await browser.open(fresh());
		assert.match(page.text, /signed in as <bdi>alice<\/bdi>/);
		assert.match(page.text, /1,234\.50/);
		assert.doesNotMatch(page.text, /type="password"/);
		// Somebody else at the same browser is asked who he is.
		const who = await browser.go(/href="([^"]*as=other)"/.exec(page.text)[1]);
		assert.match(who.text, /type="password"/);
		assert.match(actionOf(who), /as=other/);
		assert.match((await browser.pay(page, {})).text, /You have paid/);
		const last = await browser.open(fresh());
		const out = await browser.submit(last, 'sign-out');
		assert.equal(out.status, 303);
		assert(!browser.cookies.has('till-session'));
		assert.match((await browser.go(out.headers.get('location'))).text,
			/type="password"/);
	},

	async 'languages: the address, the ticket, the browser'() {
		const fr = { 'Accept-Language': 'de;q=1, fr-CA;q=0.9, en;q=0.5' };
		let page = await new Customer(fr).open(fresh());
		assert.match(page.text, /<html lang="fr">/);
		assert.equal(titleOf(page), 'Confirmer le paiement – 1,20 EUR');
		assert.equal(page.headers.get('content-language'), 'fr');
		page = await new Customer(fr).open(fresh(), { lang: 'en-GB' });
		assert.match(page.text, /<html lang="en">/);
		const browser = new Customer();
		page = await browser.open(fresh());
		page = await browser.go(/href="([^"]*lang=fr)"/.exec(page.text)[1]);
		assert.match(page.text, /<html lang="fr">/);
		assert.match(actionOf(page), /\?lang=fr$/);
		const done = await browser.pay(page);
		assert.match(done.text, /<html lang="fr">/);
		assert.match(done.text, /Vous avez payé/);
		page = await new Customer({ 'Accept-Language': 'xx' }).open(fresh());
		assert.match(page.text, /<html lang="en">/);
	},

	async 'a basket, delivery, an identity ticket'() {
		const page = await new Customer().open(fresh(), { kind: 'basket',
			amount: '1234.50', ship: '1 rue de la Paix',
			vat: null, items: [
				{ oid: 'a', desc: 'One', qty: 2, price: '600.00' },
				{ oid: 'b', desc: 'Two', qty: 1, price: '34.50' }] });
		assert.match(page.text, /<td>2<\/td><td>600\.00.EUR<\/td>/);
		assert.match(page.text, /1 rue de la Paix/);
		assert.equal(titleOf(page), 'Confirm payment – 1,234.50 EUR');
		const browser = new Customer();
		const who = await browser.open(fresh(), { kind: 'identity',
			amount: '0.00', vat: null });
		assert.equal(titleOf(who), 'Confirm who you are');
		assert.doesNotMatch(who.text, /0\.00/);
		const done = await browser.pay(who);
		assert.equal(titleOf(done), 'Confirmed');
	},

	async 'what a merchant writes is text'() {
		const browser = new Customer();
		const evil = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'&amp;';
		const page = await browser.open(fresh('hostile'), { desc: evil,
			ship: '</dd></dl><form action=https://evil.example>' });
		safe(page, 'same-origin');
		assert.doesNotMatch(page.text, /<img src=x|<b onmouse/);
		assert.equal(page.text.match(/<form/g).length, 1);
		assert(page.text.includes('&lt;script&gt;'));
		assert.match(page.text, /<bdi>&lt;b onmouseover/);
		const done = await browser.pay(page);
		assert.doesNotMatch(done.text, /<script|<img src=x/);
		const long = await new Customer().open(fresh(), { desc: 'é'.repeat(120) });
		assert(long.text.includes('é'.repeat(120)));
	},

	async 'a pushed ticket has a page, and a bad one is told'() {
		const push = (path, body, type) => fetch(url + path, { method: 'POST',
			body, headers: type ? { 'Content-Type': type } : {} });
		const t = ticket(fresh(), url);
		for (const [path, body, type] of [
			['/tickets', t, 'application/jose'], ['/tickets', t, 'text/plain'],
			['/tickets', `ticket=${t}`, 'application/x-www-form-urlencoded'],
			['/tickets', t, 'application/x-www-form-urlencoded'],
			['/v1/tickets', JSON.stringify({ ticket: t }), 'application/json'] ]) {
			const response = await push(path, body, type);
			assert.equal(response.status, 201, type);
			const answer = await response.json();
			assert.equal(answer.expires_in, 300);
			assert.equal(answer.url, `${url}/t/${answer.handle}`);
			const page = await new Customer().go(answer.url);
			assert.equal(page.status, 200);
			assert.match(titleOf(page), /^Confirm payment/);
		}
		for (const body of ['', 'x', 'a.b.c', `${t}x`])
			assert.equal((await push('/tickets', body, 'text/plain')).status, 400);
		assert.equal((await push('/tickets', ticket(fresh('invalid'), url), 'text/plain')).status, 400);
		assert.equal((await push('/tickets', ticket(fresh('conflict'), url), 'text/plain')).status, 409);
	},

	async 'addresses that lead nowhere'() {
		for (const [path, status] of [['/t/AAAAAAAAAAAAAAAAAAAAAA', 410],
			['/t/x/done', 410], ['/t/', 404], ['/t/a/b', 404],
			['/etc/passwd', 404], ['/..%2f..', 404], ['/', 200]]) {
			const page = await new Customer().fetch(path);
			assert.equal(page.status, status, path);
			safe(page, 'no-referrer');
		}
		const allow = await fetch(`${url}/pay`, { method: 'POST' });
		assert.equal(allow.status, 405);
		assert.equal(allow.headers.get('allow'), 'GET, HEAD');
		const head = await fetch(`${url}/style.css`, { method: 'HEAD' });
		assert.equal(head.status, 200);
		assert(Number(head.headers.get('content-length')) > 1000);
		assert.match(head.headers.get('content-type'), /^text\/css/);
	},
};

async function main() {
	let failed = 0;
	for (const [name, test] of Object.entries(tests)) {
		try {
			await test();
			console.log(`ok ${name}`);
		} catch (error) {
			failed++;
			console.log(`FAILED ${name}:`, error);
		}
	}
	process.exit(failed);
}

main();
