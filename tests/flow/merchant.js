// merchant.js - a merchant with an ES256 key of its own, for flow tests.  As a
// program: merchant.js new FOLDER makes key.pem and key.jwk there; merchant.js
// ticket FOLDER MERCHANT ISSUER JTI [CLAIMS] prints a ticket.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const base64url = (x) => Buffer.from(x).toString('base64url');

function thumbprint({ crv, kty, x, y }) {
	return crypto.createHash('sha256')
		.update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

class Merchant {
	constructor(folder, id, ret) {
		this.key = crypto.createPrivateKey(
			fs.readFileSync(path.join(folder, 'key.pem')));
		this.kid = thumbprint(crypto.createPublicKey(this.key)
			.export({ format: 'jwk' }));
		this.id = id;
		this.ret = ret;
	}

	sign(typ, claims) {
		const text = [{ alg: 'ES256', kid: this.kid, typ }, claims]
			.map((part) => base64url(JSON.stringify(part))).join('.');
		return `${text}.${base64url(crypto.sign('sha256', Buffer.from(text),
			{ key: this.key, dsaEncoding: 'ieee-p1363' }))}`;
	}

	ticket(issuer, jti, claims = {}) {
		const now = Math.floor(Date.now() / 1000);
		const kind = claims.kind || 'single';
		return this.sign(kind === 'identity' ? 'till-id-ticket+jwt' :
			'till-ticket+jwt', Object.assign({ iss: this.id, aud: issuer,
			jti, iat: now, exp: now + 600, kind, oid: 'article-1',
			desc: 'Article “Les marchés”', amount: '1.20',
			currency: 'EUR', ret: this.ret }, claims));
	}

	request(issuer, method, where) {
		const now = Math.floor(Date.now() / 1000);
		return this.sign('till-request+jwt', { iss: this.id, aud: issuer,
			iat: now, exp: now + 60, htm: method, htu: where });
	}

	refund(issuer, ticket, id, claims) {
		const now = Math.floor(Date.now() / 1000);
		return this.sign('till-refund+jwt', Object.assign({
			iss: this.id, aud: issuer, iat: now, exp: now + 60,
			jti: id, tjti: ticket }, claims));
	}
}

// A voucher or refusal whose seal holds by one of the server's keys.
async function opened(url, token) {
	const { keys } = await (await fetch(`${url}/.well-known/jwks.json`)).json();
	const [head, payload, seal] = token.split('.');
	const header = JSON.parse(Buffer.from(head, 'base64url'));
	const jwk = keys.find((one) => one.kid === header.kid);
	if (!jwk || !crypto.verify('sha256', Buffer.from(`${head}.${payload}`),
		{ key: crypto.createPublicKey({ key: jwk, format: 'jwk' }),
			dsaEncoding: 'ieee-p1363' }, Buffer.from(seal, 'base64url')))
		throw new Error('the seal does not hold');
	return Object.assign(JSON.parse(Buffer.from(payload, 'base64url')),
		{ typ: header.typ });
}

module.exports = { Merchant, opened };

if (require.main === module && process.argv[2] === 'new') {
	const { privateKey, publicKey } =
		crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const folder = process.argv[3];
	fs.writeFileSync(path.join(folder, 'key.pem'),
		privateKey.export({ type: 'pkcs8', format: 'pem' }));
	const jwk = publicKey.export({ format: 'jwk' });
	fs.writeFileSync(path.join(folder, 'key.jwk'), JSON.stringify(
		{ ...jwk, kid: thumbprint(jwk), alg: 'ES256', use: 'sig' }));
}

if (require.main === module && process.argv[2] === 'ticket') {
	const [folder, id, issuer, jti, claims = '{}'] = process.argv.slice(3);
	console.log(new Merchant(folder, id, 'http://127.0.0.1:9/return')
		.ticket(issuer, jti, JSON.parse(claims)));
}
