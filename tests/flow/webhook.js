// webhook.js - merchants who pay no attention, and one who does: each gets what
// it is owed, in order, with the same ids, whatever is killed meanwhile.
'use strict';
const assert = require('assert');
const { spawnSync } = require('child_process');
const http = require('http');
const { Merchant, opened } = require('./merchant.js');

const url = process.env.TILL_URL, { hostname, port } = new URL(url);
const ctl = process.env.CTL.split(' ');
const kills = Number(process.env.KILLS), each = Number(process.env.EACH);
const killed = []; // when
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const names = ['good', 'flaky', 'stuck', 'gone', 'none'];
const merchants = Object.fromEntries(names.map((name) => [name,
	new Merchant(`${process.env.TMPDIR}/${name}`, name,
		'http://127.0.0.1:9/return')]));

function tillctl(...args) {
	const { status, stdout, stderr } = spawnSync(ctl[0],
		[...ctl.slice(1), ...args], { encoding: 'utf8' });
	assert.equal(status, 0, `tillctl ${args.join(' ')}: ${stderr}`);
	return stdout;
}

async function until(what, seconds, condition) {
	const end = Date.now() + seconds * 1000;
	while (!await condition()) {
		assert.ok(Date.now() < end, `never: ${what}`);
		await sleep(50);
	}
}

// Every attempt, as it came: what its token says, and what was answered.
class Receiver {
	constructor() {
		this.seen = Object.fromEntries(names.map((name) => [name, []]));
		this.open = true;
		this.held = new Set();
		this.server = http.createServer((request, response) => {
			let token = '';
			request.on('data', (part) => { token += part; });
			request.on('end', () => this.take(request, response, token));
		});
	}

	async listen() {
		await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
		return this.server.address().port;
	}

	take(request, response, token) {
		const name = request.url.slice(1);
		const attempt = { headers: request.headers, token, at: Date.now(),
			event: JSON.parse(Buffer.from(token.split('.')[1],
				'base64url')) };
		assert.equal(request.method, 'POST');
		assert.equal(request.headers['content-type'], 'application/jwt');
		attempt.answer = this.answer(name, this.seen[name].length);
		this.seen[name].push(attempt);
		this.send(attempt, request, response);
	}

	// What the merchant of this name says to its nth attempt.
	answer(name, n) {
		switch (name) {
		case 'flaky':
			return [500, 'close', 204, 429, 200, 'redirect', 204,
				'long'][n % 8];
		case 'stuck':
			return this.open ? 204 : 'hang';
		case 'gone':
			return 410;
		default:
			return 204;
		}
	}

	send({ answer }, request, response) {
		if (answer === 'hang') {
			this.held.add(response);
		} else if (answer === 'close') {
			request.socket.destroy();
		} else if (answer === 'redirect') {
			response.writeHead(302, { Location: '/good' }).end();
		} else if (answer === 'long') {
			response.writeHead(200);
			response.on('error', () => {});
			response.end(Buffer.alloc(1 << 20));
		} else {
			response.writeHead(answer,
				answer === 429 ? { 'Retry-After': '3' } : {}).end();
		}
	}

	// What a merchant has taken, the last attempt of each number.
	taken(name) {
		return this.seen[name].filter(({ answer }) => answer === 'long' ||
			(answer >= 200 && answer < 300) || answer === 410);
	}
}

// 200 where it is paid; whoever gets no answer asks again.
async function pay(name, jti, amount = '0.01') {
	const body = JSON.stringify({ customer: 'alice',
		ticket: merchants[name].ticket(url, jti, { amount }) });
	for (let tries = 0; tries < 600; tries++) {
		const status = await new Promise((done) => {
			const request = http.request({ hostname, port, agent,
				path: '/v1/orders', method: 'POST', headers:
				{ 'Content-Type': 'application/json' } },
			(response) => {
				response.resume();
				response.on('error', () => done(0));
				response.on('end', () => done(response.statusCode));
			});
			request.on('error', () => done(0));
			request.end(body);
		});
		if (status === 200 || status === 403)
			return status;
		await sleep(50);
	}
	throw new Error(`${jti} was never answered`);
}

// Number 0 would be all processes of this test.
async function killRear() {
	let pid = 0;
	await until('there is a rear unit', 20, () => {
		const { stdout } = spawnSync('pgrep', ['-P', process.env.TILL_PID,
			'-f', 'tilld rear '], { encoding: 'utf8' });
		pid = Number(stdout);
		return pid > 0;
	});
	process.kill(pid, 'SIGKILL');
}

// Each number from 1 on, taken in order, always the same event.
async function whole(receiver, name, n) {
	const ids = new Map();
	for (const { event, headers } of receiver.seen[name]) {
		assert.equal(headers['till-event'], event.type);
		assert.equal(headers['till-event-id'], event.jti);
		assert.equal(Number(headers['till-sequence']), event.seq);
		assert.ok(Number(headers['till-attempt']) >= 1);
		if (ids.has(event.seq))
			assert.deepEqual(event, ids.get(event.seq),
				`${name} ${event.seq} is another one`);
		ids.set(event.seq, event);
	}
	const order = receiver.taken(name).map(({ event }) => event.seq);
	let newest = 0;
	for (const seq of order) {
		assert.ok(seq <= newest + 1, `${name}: ${seq} after ${newest}`);
		newest = Math.max(newest, seq);
	}
	assert.equal(newest, n, `${name} has ${newest} events`);
	assert.equal(new Set([...ids.values()].map((e) => e.jti)).size, n);
	for (const { token } of receiver.seen[name].slice(0, 5)) {
		const claims = await opened(url, token);
		assert.equal(claims.typ, 'till-event+jwt');
		assert.equal(claims.iss, url);
		assert.equal(claims.aud, name);
		assert.equal(claims.exp, undefined);
		assert.equal(claims.cid, undefined);
		assert.equal(claims.customer, undefined);
	}
	return [...ids.values()];
}

// Orders of all merchants, side by side; then all that was killed is back.
async function sell(round, kill) {
	const began = Date.now();
	const jobs = names.map(async (name) => {
		for (let i = 0; i < each; i++)
			await pay(name, `${round}-${i}`);
	});
	if (kill) {
		await sleep(30 + Math.random() * 300);
		killed.push(Date.now());
		await killRear();
	}
	await Promise.all(jobs);
	return names.length * each * 1000 / (Date.now() - began);
}

(async () => {
	const receiver = new Receiver();
	const at = `http://127.0.0.1:${await receiver.listen()}`;
	for (const name of names.slice(0, 4))
		tillctl('merchant', 'webhook', name, `${at}/${name}`);
	assert.match(tillctl('merchant', 'show', 'good'), /webhook: .*\/good/);

	const idle = await sell('warm', false);
	await until('the good one hears of it', 30,
		() => receiver.taken('good').length === each);
	receiver.open = false;
	const busy = await sell('stuck', false);
	console.log(`payments a second: ${idle.toFixed(0)} while all listen, ` +
		`${busy.toFixed(0)} while one hangs`);
	await until('the good one hears of it, though another hangs', 10,
		() => receiver.taken('good').length === 2 * each);
	for (let i = 0; i < kills; i++)
		await sell(`kill${i}`, true);
	let n = (2 + kills) * each;
	// One is refused; the merchant hears that, too.
	assert.equal(await pay('good', 'dear', '900.00'), 403);

	await until('the good one has all', 30,
		() => new Set(receiver.taken('good').map((a) => a.event.seq))
			.size === n + 1);
	const good = await whole(receiver, 'good', n + 1);
	assert.deepEqual([...new Set(good.map((e) => e.type))].sort(),
		['ticket.refused', 'voucher.issued']);
	assert.equal(good.at(-1).reason, 'limit');
	assert.equal(new Set(good.map((e) => e.txn)).size, n + 1);
	const gone = () => new Set(receiver.taken('gone')
		.map((a) => a.event.seq)).size;
	await until('the gone one was told each once', 30, () => gone() === n);
	await whole(receiver, 'gone', n);

	// Nothing is lost for the one who hangs; it waits, and is shown.
	const line = JSON.parse(tillctl('status', '--json')).outbox
		.find(({ line: name }) => name === 'hook');
	assert.equal(line.configured, true);
	assert.ok(line.waiting >= n - each, JSON.stringify(line));
	assert.ok(line.oldest, JSON.stringify(line));
	receiver.open = true;
	for (const response of receiver.held)
		response.destroy();
	const have = (name) => new Set(receiver.taken(name)
		.map((a) => a.event.seq)).size;
	tillctl('event', 'replay', '--merchant', 'stuck', '--since', '1');
	await until('the one who hung has all', 60, () => have('stuck') === n);
	await whole(receiver, 'stuck', n);

	// Its attempts are counted on, and it was let alone when it said so.
	await until('the flaky one has some', 60, () => have('flaky') >= 3);
	const flaky = receiver.seen.flaky;
	assert.ok(flaky.some(({ headers }) => headers['till-attempt'] > 1));
	// A kill may lose that it was said, and does no more than that.
	const letAlone = () => flaky.findIndex(({ answer, at }, i) =>
		answer === 429 && i + 1 < flaky.length &&
		!killed.some((t) => t > at - 100 && t < at + 3000));
	await until('the flaky one is told again', 90, () => letAlone() !== -1);
	const told = letAlone();
	assert.ok(flaky[told + 1].at - flaky[told].at >= 2900,
		'Retry-After was not kept');
	let newest = 0;
	for (const { event } of receiver.taken('flaky')) {
		assert.ok(event.seq <= newest + 1);
		newest = Math.max(newest, event.seq);
	}

	// A replay: the same events with the same ids.
	const before = receiver.seen.good.length;
	const dry = JSON.parse(tillctl('event', 'replay', '--merchant', 'good',
		'--since', '3', '--limit', '2', '--dry-run', '--json'));
	assert.deepEqual(dry.events.map((e) => e.seq), [3, 4]);
	tillctl('event', 'replay', `good/${5}`);
	await until('it is sent again', 20,
		() => receiver.seen.good.length === before + 1);
	assert.deepEqual(receiver.seen.good.at(-1).event, good[4]);
	const shown = tillctl('event', 'show', good[4].jti);
	assert.match(shown, /event: *good\/5\n/);
	assert.match(shown, /\nhook +delivered\b/);
	assert.match(tillctl('event', 'show', 'gone/1'), /\nhook +dropped\b/);
	// Who has no address gets none, which is not a delivery.
	await until('the one without an address is passed over', 30,
		() => /\nhook +dropped\b/.test(tillctl('event', 'show', 'none/1')));
	assert.match(tillctl('event', 'list', '--merchant', 'good'),
		/good\/1 .*voucher\.issued/);
	assert.match(tillctl('event', 'list', '--server'), /topup\.booked/);

	await until('all is told', 240, () => JSON.parse(tillctl('status',
		'--json')).outbox[0].waiting === 0 || have('flaky') >= n);
	receiver.server.closeAllConnections();
	receiver.server.close();
	// And one for whom nobody is there any more.
	assert.equal(await pay('good', 'late'), 200);
	agent.destroy();
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
