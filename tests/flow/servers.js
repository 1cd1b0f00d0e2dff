// servers.js sell - visitors of a shop with two payment servers, and forgers; one
// has paid at the second server and is not back yet.
// servers.js down - the same shop while the second server is gone.
// servers.js refused FILE, taken FILE - a long ticket that the second server does
// not take, and then does; the visitor is in FILE.
// servers.js gone - a shop that does not trust the second server any more.
// servers.js silent FILE - a payment server that never answers: its address on
// standard output, and a line in FILE for each connection that it gets.
// servers.js hang FILE - what it keeps waiting, and what not.
'use strict';
const assert = require('assert');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');

const { A_URL: a, B_URL: b, C_URL: c, SHOP_URL: shop, B_SEAL: sealed, TMPDIR: folder } =
	process.env;
const away = path.join(folder, 'away.json'); // the one who is not back
const known = path.join(folder, 'known.json'); // who was to be identified
const base64url = (x) => Buffer.from(x).toString('base64url');
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1],
	'base64url'));

class Visitor {
	constructor() {
		this.cookies = {};
	}

	async visit(method, where, form) {
		const answer = await fetch(shop + where, { method,
			redirect: 'manual', body: form && new URLSearchParams(form),
			headers: { Origin: shop, Cookie: Object.entries(this.cookies)
				.map((one) => one.join('=')).join('; ') } });
		for (const line of answer.headers.getSetCookie()) {
			const [name, value] = line.split(';')[0].split(/=(.*)/s);
			this.cookies[name] = value;
		}
		return { status: answer.status, text: await answer.text(),
			location: answer.headers.get('location'),
			refresh: answer.headers.get('refresh') };
	}

	async order(article = 'page') {
		this.where = (await this.visit('POST', `/buy/${article}`)).location;
		return this.visit('GET', this.where);
	}

	// The ticket with which this visitor is sent to a server.
	async go(server) {
		const paid = await this.visit('POST', `${this.where}/pay`, { server });
		assert.equal(paid.status, 303, paid.text);
		return (await this.visit('GET', paid.location)).refresh.split('t=')[1];
	}

	comeBack(voucher) {
		return this.visit('GET', `/return?voucher=${voucher}`);
	}

	async isPaid() {
		return (await this.visit('GET', `${this.where}/file/page`)).status ===
			200;
	}
}

async function pay(till, ticket) {
	const answer = await fetch(`${till}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer: 'alice' }) });
	return { status: answer.status, ...await answer.json() };
}

// Sign as the second server would, whatever it says.
function forge(genuine, claims) {
	const [head] = genuine.split('.');
	const keys = fs.readdirSync(sealed)
		.filter((name) => name.endsWith('.pem'));
	const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url'));
	const text = `${head}.${base64url(JSON.stringify(claims))}`;
	for (const name of keys) {
		const key = crypto.createPrivateKey(
			fs.readFileSync(path.join(sealed, name)));
		const jwk = crypto.createPublicKey(key).export({ format: 'jwk' });
		const { crv, kty, x, y } = jwk;
		const print = crypto.createHash('sha256').update(JSON.stringify(
			y ? { crv, kty, x, y } : { crv, kty, x })).digest('base64url');
		if (print === kid)
			return `${text}.${base64url(crypto.sign(
				alg === 'ES256' ? 'sha256' : null, Buffer.from(text),
				{ key, dsaEncoding: 'ieee-p1363' }))}`;
	}
	throw new Error('the key of the second server is not there');
}

async function both() {
	const visitor = new Visitor();
	const asked = await visitor.order();
	assert.match(asked.text, /Where do you have your account/);
	assert.match(asked.text, /Harbour Pay.*Station Till/s);
	assert.doesNotMatch(asked.text, /checked/);
	const none = await visitor.visit('POST', `${visitor.where}/pay`);
	assert.equal(none.status, 400);
	assert.match(none.text, /choose first/);
	assert.equal((await visitor.visit('POST', `${visitor.where}/pay`,
		{ server: 3 })).status, 400);
	const ticket = await visitor.go(0);
	assert.equal(claimsOf(ticket).aud, a);
	assert.equal(claimsOf(ticket).iss, 'press');
	const first = await pay(a, ticket);
	assert.equal((await visitor.comeBack(first.voucher)).status, 303);
	assert(await visitor.isPaid());

	// What was chosen is remembered, and may be chosen otherwise.
	assert.match((await visitor.order()).text, /value="0" checked/);
	const other = await visitor.go(1);
	assert.equal(claimsOf(other).aud, b);
	assert.equal(claimsOf(other).iss, 'papers');
	assert.doesNotMatch((await visitor.visit('GET', visitor.where)).text,
		/Where do you have your account/);
	// A ticket names its server: neither sells for the other.
	assert.equal(claimsOf(await visitor.go(0)).aud, b);
	assert.notEqual((await pay(a, other)).status, 200);
	const second = await pay(b, other);
	const claims = claimsOf(second.voucher);

	// The second server's key seals nothing in the name of the first, ...
	const stranger = new Visitor();
	await stranger.order();
	const wanted = claimsOf(await stranger.go(0));
	const hash = (token) => crypto.createHash('sha256').update(
		token.split('.').slice(0, 2).join('.')).digest('base64url');
	const token = await stranger.go(0);
	const about = { jti: 'forged', txn: 999, tjti: wanted.jti,
		th: hash(token), oid: wanted.oid };
	const denied = async (who, said) => {
		const answer = await who.comeBack(forge(second.voucher, said));
		assert.equal(answer.status, 403, answer.text);
		assert(!await who.isPaid());
	};
	await denied(stranger, { ...claims, ...about, iss: a, aud: 'press' });
	// ... nor in its own for a ticket that is addressed to the first, ...
	await denied(stranger, { ...claims, ...about, aud: 'press' });
	await denied(stranger, { ...claims, ...about });
	// ... nor for what was paid there by somebody else, ...
	assert.equal((await stranger.comeBack(second.voucher)).status, 403);
	assert.equal((await stranger.comeBack(first.voucher)).status, 403);
	assert(!await stranger.isPaid());
	// ... and of a third nothing is heard.
	await denied(stranger, { ...claims, ...about,
		iss: 'https://third.example' });
	// By the same forger's hand, what is right is right.
	assert.equal((await visitor.comeBack(forge(second.voucher, claims)))
		.status, 303);
	assert(await visitor.isPaid());

	const payer = new Visitor();
	await payer.order();
	const { voucher } = await pay(b, await payer.go(1));
	assert(voucher);
	fs.writeFileSync(away, JSON.stringify({ ...payer, voucher }));

	const buyer = new Visitor();
	await buyer.order('atlas');
	assert.equal(claimsOf(await buyer.go(1)).kind, 'identity');
	fs.writeFileSync(known, JSON.stringify(buyer));
}

// A ticket that fits into no address, and a server that does not take it.
async function refused(file) {
	const visitor = new Visitor();
	for (let i = 0; i < 32; i++)
		await visitor.visit('POST', '/basket/add', { article: `map${i}` });
	visitor.where = (await visitor.visit('POST', '/basket/buy')).location;
	const paid = await visitor.visit('POST', `${visitor.where}/pay`,
		{ server: 1 });
	assert.equal(paid.status, 303, paid.text);
	const answer = await visitor.visit('GET', paid.location);
	assert.equal(answer.status, 503);
	assert.match(answer.text, /Station Till<\/bdi> does not answer\. Whether/);
	assert.doesNotMatch(answer.text, /not been charged|cannot be ordered/);
	fs.writeFileSync(file, JSON.stringify(visitor));
}

async function taken(file) {
	const visitor = Object.assign(new Visitor(),
		JSON.parse(fs.readFileSync(file)));
	const answer = await visitor.visit('GET', `${visitor.where}/go`);
	assert.equal(answer.status, 200);
	assert(answer.refresh.startsWith(`0; url=${b}/`), answer.refresh);
}

// The shop does not trust the second server any more.
async function gone() {
	const visitor = Object.assign(new Visitor(),
		JSON.parse(fs.readFileSync(known)));
	for (const [method, what] of [['POST', 'pay'], ['GET', 'go']]) {
		const answer = await visitor.visit(method,
			`${visitor.where}/${what}`);
		assert.equal(answer.status, 400, what);
		assert.match(answer.text, /is no longer used/);
	}
}

// He has paid, and nobody tells him otherwise, nor to pay once more.
async function backAgain() {
	const visitor = Object.assign(new Visitor(),
		JSON.parse(fs.readFileSync(away)));
	for (const lang of ['fr', 'en']) {
		await visitor.visit('GET', `/?lang=${lang}`);
		const { status, text } = await visitor.visit('POST',
			`${visitor.where}/pay`, { server: 1 });
		assert.equal(status, 503);
		assert.match(text, lang === 'en' ?
			/Station Till<\/bdi> does not answer\. Whether .* not known/ :
			/Station Till<\/bdi> ne répond pas\. .* ne sait pas si/);
		assert.doesNotMatch(text, new RegExp('not been charged|new order|' +
			'can pay|pas été débité|nouvelle|pouvez y payer'));
	}
	assert.equal((await visitor.comeBack(visitor.voucher)).status, 303);
	assert(await visitor.isPaid());
	const ended = await visitor.visit('POST', `${visitor.where}/pay`);
	assert.equal(ended.status, 400);
	assert.match(ended.text, /This order has ended/);
}

async function down() {
	await backAgain();
	const visitor = new Visitor();
	await visitor.order();
	const answer = await visitor.visit('POST', `${visitor.where}/pay`,
		{ server: 1 });
	assert.equal(answer.status, 503);
	assert.match(answer.text,
		/Station Till<\/bdi> does not answer at the moment/);
	assert.match(answer.text, /you can pay there/);
	// The same order is then paid at the other one.
	const paid = await pay(a, await visitor.go(0));
	assert.equal((await visitor.comeBack(paid.voucher)).status, 303);
	assert(await visitor.isPaid());
}

function silent(file) {
	net.createServer((socket) => {
		socket.on('error', () => {});
		fs.appendFileSync(file, 'called\n');
	}).listen(0, '127.0.0.1', function () {
		console.log(`http://127.0.0.1:${this.address().port}`);
	});
}

// On a connection of its own, so that nobody waits behind another.
function ask(where) {
	return new Promise((done, fail) => {
		http.get(shop + where, { agent: false }, (answer) => {
			answer.resume();
			answer.on('end', () => done(answer.statusCode));
		}).on('error', fail);
	});
}

async function hang(file) {
	const made = (typ) => base64url(JSON.stringify({ alg: 'ES256', typ,
		kid: crypto.randomBytes(32).toString('base64url') }));
	const called = () => fs.readFileSync(file, 'utf8').split('\n').length - 1;
	const vouchers = Array.from({ length: 10 }, () => [
		made('till-voucher+jwt'), base64url(JSON.stringify({ iss: c })),
		crypto.randomBytes(64).toString('base64url')].join('.'));

	fs.writeFileSync(file, '');
	const answers = vouchers.map((one) => ask(`/return?voucher=${one}`));
	while (called() === 0)
		await new Promise((done) => setTimeout(done, 20));
	// All others are served meanwhile: nobody's voucher is called bad that
	// could not be checked, and no second one asks for the keys.
	for (let i = 0; i < 20; i++)
		assert.equal(await ask('/'), 200);
	const said = await Promise.all(answers);
	assert.deepEqual(said, Array(10).fill(503));
	assert.equal(called(), 1);
}

({ sell: both, refused, taken, down, gone, silent, hang })[process.argv[2]](process.argv[3])?.catch((error) => {
	console.error(error);
	process.exit(1);
});
