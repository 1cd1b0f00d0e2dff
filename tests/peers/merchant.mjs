// merchant.mjs - a merchant that has nothing but jose.
//
//	merchant.mjs key FOLDER ALG		makes FOLDER/ALG.pem and ALG.jwk
//	merchant.mjs sell FOLDER ALG MERCHANT	a ticket of 1.20 EUR, paid by alice
//						at $TILL_URL, and its voucher
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as jose from 'jose';

const [, , what, folder, alg, merchant] = process.argv;
const pem = join(folder, `${alg}.pem`), jwk = join(folder, `${alg}.jwk`);
const url = process.env.TILL_URL;

async function key() {
	const pair = await jose.generateKeyPair(alg,
	    { crv: 'Ed25519', extractable: true });
	const half = await jose.exportJWK(pair.publicKey);
	const kid = await jose.calculateJwkThumbprint(half);
	writeFileSync(pem, await jose.exportPKCS8(pair.privateKey));
	writeFileSync(jwk, JSON.stringify({ ...half, alg, kid, use: 'sig' }));
}

async function pay(ticket) {
	const response = await fetch(`${url}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer: 'alice' }) });
	const answer = await response.json();
	assert.equal(response.status, 200, JSON.stringify(answer));
	assert.equal(answer.status, 'paid');
	return answer;
}

async function sell() {
	const { kid } = JSON.parse(readFileSync(jwk, 'utf8'));
	const jti = `${alg}-1`;
	const ticket = await new jose.SignJWT({ kind: 'single', oid: 'song-17',
		desc: 'Ein Lied für „Elise“ 🎵', amount: '1.20', currency: 'EUR',
		ret: 'https://shop.example/voucher' })
		.setProtectedHeader({ alg, kid, typ: 'till-ticket+jwt' })
		.setIssuer(merchant).setAudience(url).setJti(jti)
		.setIssuedAt().setExpirationTime('10m')
		.sign(await jose.importPKCS8(readFileSync(pem, 'utf8'), alg));
	const answer = await pay(ticket);
	const published = await fetch(`${url}/.well-known/jwks.json`);
	const set = jose.createLocalJWKSet(await published.json());
	const wanted = { issuer: url, audience: merchant,
		algorithms: ['ES256', 'Ed25519'], typ: 'till-voucher+jwt',
		requiredClaims: ['jti', 'iat', 'exp'], clockTolerance: 5 };
	const { payload } = await jose.jwtVerify(answer.voucher, set, wanted);
	assert.equal(payload.tjti, jti);
	assert.equal(payload.txn, answer.txn);
	assert.equal(payload.oid, 'song-17');
	assert.equal(payload.kind, 'single');
	assert.equal(payload.amount, '1.20');
	assert.equal(payload.currency, 'EUR');
	assert.equal(payload.via, 'wallet');
	assert.equal(payload.th, createHash('sha256')
		.update(ticket.slice(0, ticket.lastIndexOf('.')))
		.digest('base64url'));
	await assert.rejects(jose.jwtVerify(answer.voucher, set,
	    { ...wanted, audience: 'another' }));
	const [head, , seal] = answer.voucher.split('.');
	const forged = jose.base64url.encode(JSON.stringify(
	    { ...payload, amount: '120.00' }));
	await assert.rejects(jose.jwtVerify(`${head}.${forged}.${seal}`, set,
	    wanted), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
}

await { key, sell }[what]();
