// hostile.js - the texts of tests/vectors/hostile.json as what a merchant and a
// customer are called and what is sold: shown as they are, or refused.
'use strict';
const assert = require('assert');
const fs = require('fs');
const { spawnSync } = require('child_process');
const path = require('path');
const { Merchant } = require('./merchant.js');

const { TILL_URL: till, TILL_BUILD: build, TILL_SRC: src, TMPDIR: folder,
	CTL } = process.env;
const rows = JSON.parse(fs.readFileSync(
	path.join(src, 'tests/vectors/hostile.json')));
const NAME_MAX = 128;
const control = /[\u0000-\u001f\u007f-\u009f]/;
const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': '\'' };
const textOf = (html) => html.replace(/<[^>]*>/g, '\u0001')
	.replace(/&(\w+|#39);/g, (all, name) => entities[name] ?? all);
// The payment page cuts what is long, and says that it did.
const isIt = (seen, text) => seen === text || (seen.length > 60 &&
	seen.endsWith('…') && text.startsWith(seen.slice(0, -1)));
// A NUL cannot be given to a program at all.
const give = (text) => text.replace(/\0/g, '\u0001');

function program(command, args, input = '') {
	const { status, stdout, stderr } = spawnSync(command, args,
		{ input, encoding: 'utf8' });
	return { status, stdout, stderr };
}

function ctl(...args) {
	const [command, ...rest] = CTL.split(' ');
	return program(command, [...rest, ...args], 'correct horse\n');
}

function shopFile(articles, name = 'Example Press') {
	const file = path.join(folder, 'shop.json');
	fs.writeFileSync(file, JSON.stringify({ merchant: 'press', name,
		currency: 'EUR', listen: '127.0.0.1:0', key: 'press.pem',
		sales: 'sales.jsonl', servers: [{ issuer: till, name: 'till' }],
		articles }));
	return file;
}

const article = (title, id = 'a') => ({ id, title, blurb: title,
	price: '0.05', file: 'shop.json' });

// Where a merchant writes it, and where an operator does.
function entered({ name, text, ok }, i) {
	const check = program(`${build}/till-shop`,
		['-n', '-c', shopFile([article(text)])]);
	assert.equal(check.status, ok ? 0 : 78, `${name}: ${check.stderr}`);
	if (!ok)
		assert.match(check.stderr,
			/^till-shop: (articles\[0\]\.title: must have 1 to 256 octets|.*\\u0000)/,
			name);
	for (const [what, ...args] of [['merchant', `m${i}`, '--return-url',
		'https://shop.example/return'], ['customer', `c${i}`,
		'--password-fd', '0']]) {
		const made = ctl(what, 'add', ...args, '--name', give(text));
		const fine = ok && Buffer.byteLength(text) <= NAME_MAX;
		assert.equal(made.status === 0, fine,
			`${what} ${name}: ${made.stderr}`);
		if (!fine) {
			assert.match(made.stderr, /a name has 1 to 128 octets/, name);
			assert.doesNotMatch(made.stderr.trimEnd(), control, name);
			continue;
		}
		const shown = ctl(what, 'show', args[0]);
		assert.equal(shown.status, 0, shown.stderr);
		assert(shown.stdout.includes(text), `${name}: ${shown.stdout}`);
	}
}

function order(ticket) {
	return fetch(`${till}/v1/orders`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ ticket, customer: 'alice' }) });
}

const basket = (desc, item, ship, oid = 'a', itemOid = 'a') => ({ oid, desc,
	ship, kind: 'basket', items: [{ oid: itemOid, qty: 1, price: '0.05',
		desc: item }], amount: '0.05' });

// What the payment server makes of it as goods, ...
async function paid(merchant, { name, text }, i) {
	const ticket = merchant.ticket(till, `t${i}`, basket(text, text, text));
	const page = await fetch(`${till}/pay?t=${ticket}`);
	assert.equal(page.status, 200, name);
	const html = await page.text();
	assert.doesNotMatch(html, /<(svg\/|img src=x|iframe|base|b>)/, name);
	assert(textOf(html).split('\u0001').filter((one) =>
		isIt(one.trim(), text.trim())).length >= 2, `${name}: ${html}`);
	const answer = await order(ticket);
	assert.equal(answer.status, 200, `${name}: ${await answer.text()}`);
}

// ... or does not make, in whichever field it is, and which it names.
async function refused(merchant, { name, text }, i) {
	const fields = { desc: basket(text, 'b', 'c'), ship: basket('a', 'b', text),
		'items: desc': basket('a', text, 'c'),
		oid: basket('a', 'b', 'c', text),
		'items: oid': basket('a', 'b', 'c', 'a', text) };
	for (const [field, claims] of Object.entries(fields)) {
		const ticket = merchant.ticket(till,
			`r${i}-${field.replace(/\W+/, '-')}`, claims);
		const page = await fetch(`${till}/pay?t=${ticket}`);
		assert.equal(page.status, 400, `${name} as ${field}`);
		const answer = await order(ticket);
		const said = await answer.json();
		assert.equal(answer.status, 400, `${name} as ${field}`);
		// No JSON of ours has a NUL, whatever it is in.
		assert(said.detail.startsWith(text.includes('\0') ?
			'the payload is not JSON' : `${field}: `),
		`${name} as ${field}: ${JSON.stringify(said)}`);
	}
}

async function shown(file) {
	const { spawn } = require('child_process');
	const child = spawn(`${build}/till-shop`, ['-c', file],
		{ stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '';
	child.stderr.on('data', (data) => {
		said += data;
		process.stderr.write(data);
	});
	const ended = new Promise((done) => child.once('close', done));
	try {
		const line = await new Promise((done, fail) => {
			child.stdout.once('data', (data) => done(String(data)));
			child.once('exit', fail);
		});
		const shop = / at (\S+) /.exec(line)[1];
		const page = textOf(await (await fetch(shop)).text())
			.split('\u0001');
		for (const { name, text } of rows.filter((row) => row.ok))
			assert(page.filter((one) => one === text).length >= 2, name);
		await addressed(shop);
	} finally {
		child.kill();
	}
	await ended;
	// The operator was told of the one that was wrong, and nothing else.
	assert.match(said, /^till-shop: \/order\/[^ ]{22}\/delivery: please give/);
	assert.equal(said.trimEnd().split('\n').length, 1, said);
}

// An order is at its own address and at none that begins like it.
async function addressed(shop) {
	const bought = await fetch(`${shop}/buy/a0`, { method: 'POST',
		redirect: 'manual', headers: { Origin: shop } });
	const cookie = bought.headers.getSetCookie()[0].split(';')[0];
	const order = bought.headers.get('location');
	const ask = async (where, method) => (await fetch(shop + where, { method,
		redirect: 'manual', headers: { Origin: shop, Cookie: cookie } }))
		.status;

	assert.equal(await ask(order, 'GET'), 200);
	assert.equal(await ask(`${order}/delivery`, 'POST'), 400);
	for (const more of ['x', '%1b%5b2J', '%0atill-shop:%20all%20is%20well',
		'%0d', '%20', '%c3%a9'])
		for (const [where, method] of [[`${order}${more}`, 'GET'],
			[`${order}${more}/delivery`, 'POST'],
			[`${order}${more}/pay`, 'POST']])
			assert.equal(await ask(where, method), 404, where);
	assert.equal(await ask(order.slice(0, -1), 'GET'), 404);
}

(async () => {
	const merchant = new Merchant(folder, 'press', 'https://shop.example/r');
	assert(rows.filter(({ ok }) => ok).length >= 40);
	for (const [i, row] of rows.entries()) {
		entered(row, i);
		await (row.ok ? paid : refused)(merchant, row, i);
	}
	await shown(shopFile(rows.filter(({ ok }) => ok).map(({ text }, i) =>
		article(text, `a${i}`))));
	for (const line of fs.readFileSync(path.join(folder, 'tilld.log'), 'utf8')
		.trimEnd().split('\n')) {
		assert.doesNotMatch(line, control);
		if (!line.startsWith('made '))
			JSON.parse(line);
	}
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
