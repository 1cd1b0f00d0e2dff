// site.mjs - the sites of others, which are one server: a merchant's, that leads to
// the payment server and is led back to, and one that means harm.  Which it is
// says the name by which it is called.
import { createServer } from 'node:http';

// What came back to the merchant: { cookie, voucher }, the latest at the end.
export const came = [];
const html = (text) => `<!doctype html><html lang="en"><title>Merchant</title>` +
	`<link rel="icon" href="/icon"><h1>Merchant</h1>${text}</html>`;
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
const site = createServer((request, response) => {
	const { pathname, searchParams } = new URL(request.url, 'http://x');
	const to = escaped(searchParams.get('to') || '');
	const bodies = {
		'/return': () => {
			came.push({ cookie: request.headers.cookie,
				voucher: searchParams.get('voucher') });
			return '<p>Thank you</p>';
		},
		'/link': () => `<a href="${to}">Pay</a>`,
		'/frame': () => `<iframe title="it" src="${to}"></iframe>`,
		'/prefetch': () => `<link rel="prefetch" href="${to}">`,
		'/post': () => `<form method="post" action="${to}">` +
			['do=pay', 'customer=alice', 'answers.password=correct horse',
				`csrf=${searchParams.get('csrf')}`].map((one) => {
				const [name, value] = one.split('=');
				return `<input name="${name}" value="${value}">`;
			}).join('') + '<button>Win</button></form>',
	};
	const body = bodies[pathname];

	response.writeHead(body ? 200 : pathname === '/icon' ? 204 : 404, {
		'Content-Type': 'text/html',
		'Set-Cookie': 'visit=mine; HttpOnly; SameSite=Lax; Path=/' });
	response.end(body ? html(body()) : '');
});

export async function openSite() {
	await new Promise((done) => site.listen(0, '127.0.0.1', done));
	return site.address().port;
}

export function closeSite() {
	site.close();
	site.closeAllConnections();
}
