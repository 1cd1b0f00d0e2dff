// browser.js - as much of a browser as the tests of the pages need.
'use strict';
const assert = require('assert');

const attribute = (text, name) =>
	new RegExp(`name="${name}" value="([^"]*)"`).exec(text)[1];
const actionOf = (page) =>
	/<form method="post" action="([^"]*)"/.exec(page.text)[1]
		.replaceAll('&amp;', '&');
const titleOf = (page) => /<title>([^<]*)</.exec(page.text)[1]
	.replaceAll('\u00a0', ' ');
const headersOf = { 'content-security-policy': /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
	'x-content-type-options': /^nosniff$/, 'cache-control': /^no-store$/,
	'cross-origin-opener-policy': /^same-origin$/,
	'permissions-policy': /camera=\(\)/, 'content-type': /^text\/html; charset=utf-8$/ };

function safe(page, referrer) {
	for (const [name, pattern] of Object.entries(headersOf))
		assert.match(page.headers.get(name) || '', pattern, name);
	assert.equal(page.headers.get('referrer-policy'), referrer);
	// A key that no catalogue has would show as it is.
	assert.doesNotMatch(page.text,
		/<(h1|p|dt|dd|th|title|button|label|a)[^>]*>[a-z-]+\.[a-z.-]+</);
	// Of scripts only files of the server's own.
	assert.doesNotMatch(page.text.replace(
		/<script type="module" src="\/[a-z-]+\.js"><\/script>/g, ''),
	/<script|style=|onclick|https?:\/\/[^"]*\.(js|css)/);
}

// A browser: cookies, redirects, the headers that a form's POST has.
class Browser {
	constructor(url, headers = {}) {
		this.url = url;
		this.cookies = new Map();
		this.headers = headers;
	}

	async fetch(where, options = {}) {
		const headers = Object.assign({}, this.headers, options.headers);
		if (this.cookies.size > 0)
			headers.Cookie = [...this.cookies]
				.map(([name, value]) => `${name}=${value}`).join('; ');
		const response = await fetch(new URL(where, this.url), {
			...options, headers, redirect: 'manual' });
		for (const set of response.headers.getSetCookie()) {
			const [pair, ...rest] = set.split('; ');
			const at = pair.indexOf('=');
			assert(rest.includes('HttpOnly') &&
				rest.includes('SameSite=Lax') &&
				rest.includes('Path=/'), set);
			if (rest.includes('Max-Age=0'))
				this.cookies.delete(pair.slice(0, at));
			else
				this.cookies.set(pair.slice(0, at),
					pair.slice(at + 1));
		}
		return { status: response.status, headers: response.headers,
			text: await response.text(), where: String(where) };
	}

	async go(where, options) {
		let response = await this.fetch(where, options);
		for (let i = 0; i < 5 && response.status === 303; i++) {
			where = response.headers.get('location');
			response = await this.fetch(where);
		}
		return response;
	}

	open(token) {
		return this.go(`/pay?t=${token}`);
	}

	// Fill in the form of a page and press a button.
	submit(page, button, fields = {}, headers = {}) {
		const form = new URLSearchParams();
		form.set('csrf', attribute(page.text, 'csrf'));
		for (const [name, value] of Object.entries(fields))
			form.set(name, value);
		form.set('do', button);
		return this.fetch(actionOf(page), { method: 'POST', body: form,
			headers: Object.assign({ 'Sec-Fetch-Site': 'same-origin' },
				headers) });
	}

	async pay(page, fields) {
		const response = await this.submit(page, 'pay', fields);
		assert.equal(response.status, 303);
		return this.go(response.headers.get('location'));
	}
}

module.exports = { Browser, attribute, actionOf, titleOf, safe };
