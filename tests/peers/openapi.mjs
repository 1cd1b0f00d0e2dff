// The running server against doc/openapi.yaml: whatever it answers must be
// described there, and whatever is described there must be answered once.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { request as http } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const { REAR, TILL_SRC, TILL_URL, TMPDIR } = process.env;
const require = createRequire(join(TILL_SRC, 'tests/flow/'));
const { Merchant } = require('./merchant.js');

const PASSWORD = 'correct horse';
const JSON_TYPE = { 'Content-Type': 'application/json' };
// Before the front unit has met the rear unit for the first time: a moment that
// no test can hold.
const UNSEEN = ['GET /.well-known/till.json 503', 'GET /.well-known/jwks.json 503'];

const text = readFileSync(join(TILL_SRC, 'doc/openapi.yaml'), 'utf8');
const doc = parse(text);
const press = new Merchant(TMPDIR, 'press-1', 'http://127.0.0.1:9/return');
const ajv = new Ajv({ strict: false, validateFormats: false });
const seen = new Set();

ajv.addSchema(doc, 'doc');

// The pointer to a part of the document, through references.
function resolve(pointer) {
	let at = doc, path = '';
	for (const step of pointer.split('/').slice(1)) {
		at = at[step.replaceAll('~1', '/').replaceAll('~0', '~')];
		path += `/${step}`;
		if (at?.$ref?.startsWith('#') && !path.endsWith('/schema')) {
			path = at.$ref.slice(1);
			at = resolve(path).at;
		}
	}
	return { at, path };
}

const escaped = (step) => step.replaceAll('~', '~0').replaceAll('/', '~1');

function fits(pointer, value, what) {
	const validate = ajv.getSchema(`doc#${encodeURI(pointer)}`);
	assert.ok(validate, `${what}: no schema at ${pointer}`);
	assert.ok(validate(value), `${what}: ${JSON.stringify(value)}\n` +
		JSON.stringify(validate.errors, null, 1));
}

function templateOf(path) {
	const exact = Object.keys(doc.paths).find((one) => one === path);
	return exact ?? Object.keys(doc.paths).find((one) => new RegExp(
		`^${one.replaceAll('.', '\\.').replace(/\{[^}]*\}/g, '[^/]+')}$`)
		.test(path));
}

// All operations of a path describe what other methods get.
function operationOf(template, method) {
	const item = doc.paths[template];
	return item[method.toLowerCase()] ? method.toLowerCase()
		: Object.keys(item).find((one) => ['get', 'post'].includes(one));
}

function answered(method, path, status, headers, body) {
	const template = templateOf(path);
	const operation = operationOf(template, method);
	const what = `${method} ${path} ${status}`;
	const { at, path: pointer } = resolve(
		`/paths/${escaped(template)}/${operation}/responses/${status}`);
	assert.ok(at, `${what} is not described: ${body}`);
	const type = headers.get('content-type');
	assert.ok(at.content[type], `${what} has the type ${type}`);
	for (const [name, header] of Object.entries(at.headers ?? {}))
		assert.ok(!header.required || headers.has(name), `${what}: no ${name}`);
	const json = JSON.parse(body);
	fits(`${pointer}/content/${escaped(type)}/schema`, json, what);
	assert.ok(json.status === undefined || typeof json.status === 'string' ||
		json.status === status, `${what} says ${json.status}`);
	seen.add(`${operation.toUpperCase()} ${template} ${status}`);
	return json;
}

// sound: the body is one that the document takes.
async function ask(want, method, path, { headers = {}, body, sound = true } = {}) {
	const type = headers['Content-Type'];
	if (type === 'application/json' && sound)
		fits(`/paths/${escaped(templateOf(path))}/${method.toLowerCase()}` +
			'/requestBody/content/application~1json/schema', body, path);
	const response = await fetch(TILL_URL + path, { method, headers,
		body: type === 'application/json' && typeof body === 'object'
			? JSON.stringify(body) : body });
	const json = answered(method, path, response.status, response.headers,
		await response.text());
	assert.equal(response.status, want,
		`${method} ${path}: ${JSON.stringify(json)}`);
	return json;
}

const order = (want, body, path = '/v1/orders', headers = {}) =>
	ask(want, 'POST', path, { headers: { ...JSON_TYPE, ...headers }, body });
// One made in another second is another one.
const made = new Map();
function ticket(jti, claims) {
	const name = jti + JSON.stringify(claims ?? {});
	if (!made.has(name))
		made.set(name, press.ticket(TILL_URL, jti, claims));
	return made.get(name);
}
const bought = (jti, claims = {}) => ({ ticket: ticket(jti, claims),
	customer: 'alice', answers: { password: PASSWORD } });
const signed = (path, method = 'GET') => ({ headers: {
	Authorization: `Till ${press.request(TILL_URL, method, path)}` } });
const refund = (want, jti, id, claims) => ask(want, 'POST', '/v1/refunds', {
	headers: JSON_TYPE,
	body: { refund: press.refund(TILL_URL, jti, id, claims) } });

// Said and not sent: the answer comes before any of it.
function tooLarge(path) {
	return new Promise((done, failed) => {
		const asked = http(TILL_URL + path, { method: 'POST', headers: {
			...JSON_TYPE, 'Content-Length': 1 << 24 } }, (response) => {
			let body = '';
			response.on('data', (part) => { body += part; });
			response.on('end', () => {
				asked.destroy();
				done(answered('POST', path, response.statusCode,
					new Headers(response.headers), body));
			});
		});
		asked.on('error', failed);
		asked.flushHeaders();
	});
}

async function orders() {
	const first = { ticket: ticket('talk') };
	const open = await order(202, first);
	assert.equal(open.customer_needed, true);
	const next = `/v1/orders/${open.conversation}`;
	const asked = await order(202, { customer: 'alice' }, next);
	assert.equal(asked.prompts[0].id, 'password');
	const wrong = await order(202, { answers: { password: 'wrong' } }, next);
	assert.equal(wrong.prompts[0].kind, 'error');
	await order(200, { answers: { password: PASSWORD } }, next);
	const dear = await order(202, { ticket: ticket('dear', { amount: '999.00' }) });
	await order(403, { customer: 'alice', answers: { password: PASSWORD } },
		`/v1/orders/${dear.conversation}`);
	await order(404, {}, '/v1/orders/AAAAAAAAAAAAAAAAAAAAAA');
	await ask(400, 'POST', next, { headers: JSON_TYPE, body: '{', sound: false });
	await ask(415, 'POST', next, { body: '{}', headers: {
		'Content-Type': 'text/plain' } });

	const paid = await order(200, { ...bought('a'), session: true });
	assert.ok(paid.session);
	await order(200, { ticket: ticket('s') }, '/v1/orders',
		{ Authorization: `Bearer ${paid.session}` });
	await order(403, bought('dear', { amount: '999.00' }));
	const other = await order(403, { ...bought('own', { cid: 'alice' }),
		customer: 'bob' });
	assert.equal(other.type, 'urn:till:problem:declined');
	await order(202, bought('slow', { amount: '33.00' }));
	assert.equal((await order(200, { ...bought('c'), action: 'cancel' })).state,
		'cancelled');
	await order(403, { ...bought('c') });
	await order(409, bought('a', { amount: '2.00' }));
	await ask(400, 'POST', '/v1/orders', { headers: JSON_TYPE, sound: false,
		body: { ticket: 'a.b.c', more: 1 } });
	await ask(415, 'POST', '/v1/orders', { body: '{}', headers: {
		'Content-Type': 'text/plain' } });
	return { paid, next };
}

async function tickets(path) {
	const first = ticket('pushed');
	const pushed = await ask(201, 'POST', path, { headers: JSON_TYPE,
		body: { ticket: first } });
	assert.ok(pushed.url.endsWith(pushed.handle));
	await ask(201, 'POST', path, { body: first, headers: {
		'Content-Type': 'application/jwt' } });
	await ask(201, 'POST', path, { body: new URLSearchParams({ ticket: first }),
		headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
	await ask(400, 'POST', path, { headers: JSON_TYPE, sound: false, body: {} });
	await ask(409, 'POST', path, { headers: JSON_TYPE,
		body: { ticket: ticket('a', { amount: '3.00' }) } });
}

async function states(paid) {
	const own = '/v1/tickets/press-1/a', voucher = `/v1/vouchers/${paid.txn}`;
	const session = { headers: { Authorization: `Bearer ${paid.session}` } };
	const want = { a: 'paid', slow: 'pending', c: 'cancelled', new: 'open',
		dear: 'refused' };
	for (const [jti, state] of Object.entries(want)) {
		const path = `/v1/tickets/press-1/${jti}`;
		const json = await ask(200, 'GET', path, signed(path));
		assert.equal(json.state, state, jti);
	}
	await ask(200, 'GET', own, session);
	await ask(401, 'GET', own);
	await ask(404, 'GET', '/v1/tickets/press-2/a', session);
	await ask(200, 'GET', voucher, signed(voucher));
	await ask(200, 'GET', voucher, session);
	await ask(401, 'GET', voucher);
	await ask(404, 'GET', '/v1/vouchers/0', session);
}

async function refunds() {
	const part = { amount: '0.20', currency: 'EUR' };
	assert.equal((await refund(200, 'a', 'r1', part)).state, 'done');
	await refund(200, 'a', 'r1', part);
	await refund(409, 'a', 'r1', { amount: '0.30', currency: 'EUR' });
	await refund(403, 'a', 'r2', { amount: '5.00', currency: 'EUR' });
	await refund(404, 'none', 'r3', part);
	await refund(401, 'a', 'r4', { ...part, exp: 1 });
	await ask(400, 'POST', '/v1/refunds', { headers: JSON_TYPE, body: {},
		sound: false });
	const again = await order(200, bought('a'));
	assert.equal(again.refunded, '0.20');
}

async function others(next, paid) {
	const posts = ['/v1/orders', next, '/v1/tickets', '/tickets', '/v1/refunds'];
	for (const path of posts) {
		await ask(405, 'GET', path);
		await tooLarge(path);
	}
	for (const path of ['/v1/tickets/press-1/a', `/v1/vouchers/${paid.txn}`,
		'/.well-known/till.json', '/.well-known/jwks.json'])
		await ask(405, 'POST', path, { body: '', sound: false });
	const issuer = await ask(200, 'GET', '/.well-known/till.json');
	for (const [name, url] of Object.entries(issuer.endpoints))
		assert.ok(name === 'pay' || Object.keys(doc.paths).some((one) =>
			one.startsWith(new URL(url).pathname)), `${url} is not described`);
	await ask(200, 'GET', '/.well-known/jwks.json');
}

// Each thread on its own.
function isStopped(tasks) {
	return readdirSync(tasks).every((one) =>
		/\) T /.test(readFileSync(join(tasks, one, 'stat'), 'latin1')));
}

// The rear unit is there and does not answer.
async function silence(next, paid) {
	const own = '/v1/tickets/press-1/a', voucher = `/v1/vouchers/${paid.txn}`;
	process.kill(Number(REAR), 'SIGSTOP');
	const until = Date.now() + 60000;
	while (!isStopped(`/proc/${REAR}/task`)) {
		assert.ok(Date.now() < until, 'the rear unit does not stop');
		await new Promise((done) => setTimeout(done, 5));
	}
	await Promise.all([
		order(503, bought('later')),
		order(503, { answers: {} }, next),
		ask(503, 'POST', '/v1/tickets', { headers: JSON_TYPE,
			body: { ticket: ticket('q') } }),
		ask(503, 'POST', '/tickets', { headers: JSON_TYPE,
			body: { ticket: ticket('q') } }),
		ask(503, 'GET', own, signed(own)),
		ask(503, 'GET', voucher, signed(voucher)),
		refund(503, 'a', 'r9', {}),
	]);
	process.kill(Number(REAR), 'SIGCONT');
}

// What the server's own table of paths has for programs.
function paths() {
	const table = readFileSync(join(TILL_SRC, 'daemon/front/route.c'), 'utf8')
		.split('admin_entries[]')[0];
	const rows = [...table.matchAll(/\{ "([^"]+)", (READS|POSTS), false,/g)];
	const served = rows.map(([, path, methods]) =>
		`${methods === 'READS' ? 'get' : 'post'} ${path}`).sort();
	const described = Object.entries(doc.paths).flatMap(([path, item]) =>
		['get', 'post'].filter((one) => item[one]).map((one) =>
			`${one} ${path.replace(/\{[^}]*\}/g, '*')}`)).sort();
	assert.ok(served.length > 5);
	assert.deepEqual(described, served);
}

function unseen() {
	const all = Object.entries(doc.paths).flatMap(([path, item]) =>
		['get', 'post'].filter((one) => item[one]).flatMap((one) =>
			Object.keys(item[one].responses).map((status) =>
				`${one.toUpperCase()} ${path} ${status}`)));
	assert.deepEqual(all.filter((one) => !seen.has(one)).sort(),
		[...UNSEEN].sort());
}

const { valid, errors } = await new Validator().validate(parse(text));
assert.ok(valid, JSON.stringify(errors, null, 1));
paths();
const { paid, next } = await orders();
await tickets('/v1/tickets');
await tickets('/tickets');
await states(paid);
await refunds();
await others(next, paid);
await silence(next, paid);
unseen();
