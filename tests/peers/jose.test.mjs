// Tickets and vouchers go both ways between till and the jose library.
//
// Programs of till's own are used through tests/tools/token; nothing here
// knows how till makes or reads a token.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import * as jose from 'jose';

const TOKEN = join(process.env.TILL_BUILD ?? '.', 'tests/tools/token');
const ISSUER = 'https://pay.example';
const NOW = 1795000100;
const ALGS = ['ES256', 'Ed25519'];

let dir;
before(() => {
	dir = mkdtempSync(join(tmpdir(), 'jose-'));
});
after(() => rmSync(dir, { recursive: true }));

function till(args, input = '') {
	const { status, stdout, stderr, error } = spawnSync(TOKEN,
	    args.map(String), { input, encoding: 'utf8' });
	if (error)
		throw error;
	return { ok: status === 0, out: stdout.trimEnd(),
		why: stderr.trimEnd() };
}

function tillOk(args, input) {
	const r = till(args, input);
	assert.ok(r.ok, `token ${args.join(' ')}: ${r.why}`);
	return r.out;
}

function file(name, text) {
	const path = join(dir, name);
	writeFileSync(path, text);
	return path;
}

// A private key of jose's making, and the JWK set with its public half.
async function joseKey(alg) {
	const pair = await jose.generateKeyPair(alg,
	    { crv: 'Ed25519', extractable: true });
	const jwk = await jose.exportJWK(pair.publicKey);
	jwk.alg = alg;
	jwk.use = 'sig';
	jwk.kid = await jose.calculateJwkThumbprint(jwk);
	const set = file(`${alg}.json`, JSON.stringify({ keys: [jwk] }));
	return { ...pair, jwk, set, alg };
}

// A private key of till's making.
function tillKey(alg) {
	const pem = tillOk(['key', alg]);
	const jwk = JSON.parse(tillOk(['jwk'], pem));
	const path = file(`till-${alg}.pem`, pem + '\n');
	const set = file(`till-${alg}.json`, JSON.stringify({ keys: [jwk] }));
	return { pem, path, jwk, set, alg };
}

function claims(changes = {}) {
	return { iss: 'shop', aud: ISSUER, jti: 'js-1', iat: NOW - 5,
		exp: NOW + 600, kind: 'single', oid: 'song-17',
		desc: 'Ein Lied für „Elise“ 🎵', amount: '0.05',
		currency: 'EUR', ret: 'https://shop.example/voucher',
		...changes };
}

function sign(key, payload, header = {}) {
	return new jose.SignJWT(payload)
		.setProtectedHeader({ alg: key.alg, kid: key.jwk.kid,
			typ: 'till-ticket+jwt', ...header })
		.sign(key.privateKey);
}

// What a merchant or a payment server says when it uses jose.
function verifyOptions(changes = {}) {
	return { algorithms: ALGS, audience: ISSUER, typ: 'till-ticket+jwt',
		currentDate: new Date(NOW * 1000), clockTolerance: 10,
		...changes };
}

async function joseTakes(token, key, options) {
	try {
		await jose.jwtVerify(token, jose.createLocalJWKSet(
		    { keys: [key.jwk] }), options ?? verifyOptions());
		return true;
	} catch (error) {
		return false;
	}
}

function tillTakes(token, key) {
	return till(['open', key.set, ISSUER, NOW], token);
}

for (const alg of ALGS) {
	describe(`by ${alg}`, () => {
		test('till opens a ticket that jose made', async () => {
			const key = await joseKey(alg);
			const token = await sign(key, claims());
			const lines = tillOk(['open', key.set, ISSUER, NOW],
			    token).split('\n');
			assert.ok(lines.includes('desc=Ein Lied für „Elise“ 🎵'));
			assert.ok(lines.includes('amount=0.05'));
			const th = createHash('sha256')
			    .update(token.slice(0, token.lastIndexOf('.')))
			    .digest('base64url');
			assert.ok(lines.includes(`th=${th}`));
		});

		test('jose opens an event that till made', async () => {
			const key = tillKey(alg);
			const token = tillOk(['event', key.path, 7, NOW]);
			const { payload, protectedHeader } =
			    await jose.jwtVerify(token,
				jose.createLocalJWKSet({ keys: [key.jwk] }),
				{ algorithms: ALGS, issuer: ISSUER,
				    audience: 'shop', typ: 'till-event+jwt',
				    currentDate: new Date(NOW * 1000) });
			assert.equal(protectedHeader.kid, key.jwk.kid);
			assert.equal(payload.seq, 7);
			assert.equal(payload.type, 'voucher.issued');
			assert.equal(payload.amount, '0.05');
			assert.equal(payload.txn, 12);
			assert.equal(payload.exp, undefined);
		});

		test('till judges an event that jose made', async () => {
			const server = await joseKey(alg);
			const shop = tillKey(alg);
			const event = { iss: ISSUER, aud: 'shop', jti: 'e',
				iat: NOW, seq: 3, type: 'voucher.issued',
				tjti: 's', kind: 'single', amount: '1.00',
				currency: 'EUR', txn: 9, via: 'wallet',
				th: createHash('sha256').digest('base64url') };
			const judge = async (payload, last, typ) => till(
			    ['judge', shop.path, server.set, last, NOW],
			    await sign(server, payload,
				{ typ: typ ?? 'till-event+jwt' }));
			assert.equal((await judge(event, 2)).out,
			    'next voucher.issued 9');
			assert.equal((await judge(event, 3)).out,
			    'again voucher.issued 9');
			assert.equal((await judge(event, 1)).out,
			    'gap voucher.issued 9');
			assert.ok(!(await judge({ ...event, aud: 'x' }, 2)).ok);
			assert.ok(!(await judge(event, 2,
			    'till-voucher+jwt')).ok);
		});

		test('till opens a basket that jose made', async () => {
			const key = await joseKey(alg);
			const items = [
				{ oid: 'a', desc: 'A', qty: 3, price: '0.01' },
				{ oid: 'b', desc: 'B', qty: 1, price: '0.0205',
					url: 'https://shop.example/b' },
			];
			const token = await sign(key, claims({ kind: 'basket',
				amount: '0.0505', items,
				vat: [{ rate: '5.5', amount: '0.002633' }] }));
			assert.match(tillOk(['open', key.set, ISSUER, NOW],
			    token), /^items=2$/m);
		});

		test('both name a key alike', async () => {
			const key = await joseKey(alg);
			const own = tillKey(alg);
			assert.equal(tillOk(['id'], JSON.stringify(key.jwk)),
			    key.jwk.kid);
			assert.equal(own.jwk.kid,
			    await jose.calculateJwkThumbprint(own.jwk));
		});

		test('private keys go both ways as PKCS #8', async () => {
			const key = await joseKey(alg);
			const pem = await jose.exportPKCS8(key.privateKey);
			assert.deepEqual(JSON.parse(tillOk(['jwk'], pem)),
			    key.jwk);
			const own = tillKey(alg);
			const imported = await jose.importPKCS8(own.pem, alg);
			const token = await sign({ ...own,
				privateKey: imported }, claims());
			assert.ok(tillTakes(token, own).ok);
		});

		test('jose opens a ticket that till made', async () => {
			const own = tillKey(alg);
			const token = tillOk(['ticket', own.path, ISSUER,
				'2026-1', NOW]);
			const { payload, protectedHeader } =
			    await jose.jwtVerify(token,
			    await jose.importJWK(own.jwk), verifyOptions());
			assert.deepEqual(protectedHeader, { alg,
				kid: own.jwk.kid, typ: 'till-ticket+jwt' });
			assert.equal(payload.desc, 'Ein Lied für "Elise"');
			assert.equal(payload.exp, NOW + 900);
		});

		test('jose verifies a voucher, as a merchant does', async () => {
			const shop = await joseKey(alg);
			const server = tillKey(alg);
			const ticket = await sign(shop, claims());
			const voucher = tillOk(['voucher', shop.set,
				server.path, NOW], ticket);
			const { payload } = await jose.jwtVerify(voucher,
			    jose.createLocalJWKSet({ keys: [server.jwk] }),
			    verifyOptions({ issuer: ISSUER, audience: 'shop',
				typ: 'till-voucher+jwt' }));
			assert.equal(payload.txn, 1);
			assert.equal(payload.tjti, 'js-1');
			assert.equal(payload.amount, '0.05');
			assert.equal(payload.currency, 'EUR');
			assert.deepEqual(payload.amr, ['pwd']);
			assert.equal(payload.th, createHash('sha256')
			    .update(ticket.slice(0, ticket.lastIndexOf('.')))
			    .digest('base64url'));
		});

		test('a refusal is no voucher to jose either', async () => {
			const shop = await joseKey(alg);
			const server = tillKey(alg);
			const ticket = await sign(shop, claims());
			const refusal = tillOk(['refuse', shop.set,
				server.path, NOW, 'funds'], ticket);
			const set = jose.createLocalJWKSet(
			    { keys: [server.jwk] });
			const options = verifyOptions({ audience: 'shop' });
			await assert.rejects(jose.jwtVerify(refusal, set,
			    { ...options, typ: 'till-voucher+jwt' }));
			const { payload } = await jose.jwtVerify(refusal, set,
			    { ...options, typ: 'till-refusal+jwt' });
			assert.equal(payload.reason, 'funds');
			assert.ok(!('txn' in payload));
			assert.ok(!('amount' in payload));
		});

		test('a merchant with libtill takes what jose sealed',
		    async () => {
			const own = tillKey(alg);
			const server = await joseKey(alg);
			const ticket = tillOk(['ticket', own.path, ISSUER,
				'2026-2', NOW]);
			const path = file('ticket', ticket);
			const payload = { iss: ISSUER, aud: 'shop', jti: 'v',
				iat: NOW, exp: NOW + 60, txn: 42,
				tjti: '2026-2', oid: 'song-17', kind: 'single',
				amount: '0.05', currency: 'EUR', sub: 'x',
				via: 'wallet', th: createHash('sha256')
				    .update(ticket.slice(0,
					ticket.lastIndexOf('.')))
				    .digest('base64url') };
			const check = (token) => till(['check', own.path,
				server.set, path, NOW], token);
			const typ = 'till-voucher+jwt';
			assert.equal(check(await sign(server, payload,
			    { typ })).out, 'paid 42');
			assert.match(check(await sign(server,
			    { ...payload, amount: '0.04' }, { typ })).why,
			    /amount: /);
			assert.match(check(await sign(server, payload)).why,
			    /typ: /);
		});

		test('both refuse what is wrong', async () => {
			const key = await joseKey(alg);
			const other = await joseKey(alg);
			key.set = file('both.json', JSON.stringify(
			    { keys: [key.jwk] }));
			const good = await sign(key, claims());
			assert.ok(await joseTakes(good, key));
			assert.ok(tillTakes(good, key).ok);
			for (const [what, token] of
			    await wrongTokens(key, other, good)) {
				assert.equal(await joseTakes(token, key), false,
				    `jose takes ${what}`);
				assert.equal(tillTakes(token, key).ok, false,
				    `till takes ${what}`);
			}
		});
	});
}

async function wrongTokens(key, other, good) {
	const [h, p, s] = good.split('.');
	const secret = new TextEncoder().encode(JSON.stringify(key.jwk));
	const wrong = [
		['an unsecured token', new jose.UnsecuredJWT(claims())
			.encode()],
		['an HMAC with the public key', await new jose.SignJWT(claims())
			.setProtectedHeader({ alg: 'HS256', kid: key.jwk.kid,
				typ: 'till-ticket+jwt' }).sign(secret)],
		['another typ', await sign(key, claims(), { typ: 'JWT' })],
		['no typ', await sign(key, claims(), { typ: undefined })],
		['a foreign key', await sign(other, claims())],
		['a foreign key under this name', await sign(other, claims(),
			{ kid: key.jwk.kid })],
		['another audience', await sign(key,
			claims({ aud: 'https://evil.example' }))],
		['an old one', await sign(key,
			claims({ iat: NOW - 900, exp: NOW - 10 }))],
		['exp as text', await sign(key, claims({ exp: `${NOW}` }))],
		['no signature', `${h}.${p}.`],
		['no payload', `${h}..${s}`],
		['two parts', `${h}.${p}`],
		['five parts', `${good}.${s}.${s}`],
		['a list', JSON.stringify([good])],
		['nothing', ''],
	];
	// One letter changed, at many places; the last letter of a part may
	// carry spare bits, which jose does not look at.
	for (let at = 0; at < good.length - 1; at += 11) {
		if (good[at] === '.' || good[at + 1] === '.')
			continue;
		const letter = good[at] === 'A' ? 'B' : 'A';
		wrong.push([`a change at ${at}`, good.slice(0, at) + letter +
			good.slice(at + 1)]);
	}
	return wrong;
}

test('till takes no EdDSA, the name that leaves the curve open', async () => {
	const key = await joseKey('Ed25519');
	const token = await sign({ ...key, alg: 'EdDSA' }, claims());
	assert.match(tillTakes(token, key).why, /alg: must be/);
});

test('till looks at spare bits and unknown header members, jose does not',
    async () => {
	const key = await joseKey('ES256');
	const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' +
	    '0123456789-_';
	const good = await sign(key, claims());
	const last = letters[letters.indexOf(good.at(-1)) ^ 1];
	const spare = good.slice(0, -1) + last;
	assert.ok(await joseTakes(spare, key));
	assert.match(tillTakes(spare, key).why, /signature/);
	const jku = await sign(key, claims(),
	    { jku: 'https://evil.example/' });
	assert.ok(await joseTakes(jku, key));
	assert.match(tillTakes(jku, key).why, /jku: only alg, kid and typ/);
	const crit = await sign(key, claims(), { crit: ['b64'], b64: true });
	assert.ok(await joseTakes(crit, key));
	assert.match(tillTakes(crit, key).why, /: only alg, kid and typ/);
});

test('till publishes no private part and takes none', async () => {
	const key = await joseKey('ES256');
	const leaked = await jose.exportJWK(key.privateKey);
	const r = till(['id'], JSON.stringify(leaked));
	assert.equal(r.ok, false);
	assert.match(r.why, /private part/);
});
