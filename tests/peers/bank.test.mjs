// The iso_8583 library talks over TCP to the simulated bank, with which till's
// own link is tested: a partner that knows nothing of till's codec.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Frames, frameOf } from './iso8583.mjs';

const BANK = join(process.env.TILL_BUILD ?? '.', 'tests/tools/bank');
const CARD = '4000001234567899';
const PATIENCE_MS = 20000;

const purchase = {
	0: '0200', 2: CARD, 3: '000000', 4: '000000012300', 7: '1122123200',
	11: '000003', 12: '143200', 13: '1122', 14: '2912', 18: '5192',
	22: '810', 25: '59', 32: '123456', 37: '610512000003', 41: 'PAYSRV01',
	42: 'MERCHANT0000001', 43: 'GAZETTE EN LIGNE'.padEnd(38) + 'FR',
	49: '978',
};

// One connection: messages come in the order of the line.
class Line {
	constructor(port) {
		this.came = [];
		this.waiting = [];
		this.frames = new Frames((fields) => {
			this.came.push(fields);
			this.hand();
		});
		this.socket = connect(port, '127.0.0.1');
		this.socket.on('data', (octets) => this.frames.add(octets));
	}

	hand() {
		while (this.waiting.length > 0 && this.came.length > 0)
			this.waiting.shift()(this.came.shift());
	}

	next() {
		return new Promise((resolve, reject) => {
			const late = setTimeout(() =>
			    reject(new Error('no message came')), PATIENCE_MS);
			this.waiting.push((fields) => {
				clearTimeout(late);
				resolve(fields);
			});
			this.hand();
		});
	}

	ask(fields) {
		const answer = this.next();
		this.socket.write(frameOf(fields));
		return answer;
	}
}

describe('the simulated bank and iso_8583', () => {
	let bank, line, said = '', tell = () => {};

	// A command's answer, whose last line is ok.
	function command(text) {
		said = '';
		bank.stdin.write(`${text}\n`);
		return new Promise((resolve) => {
			tell = () => /(^|\n)ok\n$/.test(said) && resolve(said);
		});
	}

	before(async () => {
		const folder = mkdtempSync(join(tmpdir(), 'bank-'));
		const script = join(folder, 'script');
		writeFileSync(script, `account ${CARD} 978 20000\n`);
		bank = spawn(BANK, ['--stdin', '--date', '1122', '--script',
		    script], { stdio: ['pipe', 'pipe', 'inherit'] });
		bank.stdout.setEncoding('utf8');
		bank.stdout.on('data', (text) => {
			said += text;
			tell();
		});
		const port = await new Promise((resolve, reject) => {
			bank.on('error', reject);
			tell = () => said.endsWith('\n') && resolve(Number(said));
		});
		line = new Line(port);
	});

	after(async () => {
		line?.socket.destroy();
		const ended = new Promise((resolve) => bank.on('exit', resolve));
		bank.stdin.end();
		assert.equal(await ended, 0);
	});

	test('it signs on', async () => {
		assert.deepEqual(await line.ask({ 0: '0800', 7: '1122123100',
			11: '000001', 70: '001' }),
		{ 0: '0810', 7: '1122123100', 11: '000001', 39: '00', 70: '001' });
	});

	test('a purchase is approved', async () => {
		const answer = await line.ask(purchase);
		const echoed = [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49];
		assert.deepEqual(answer, {
			0: '0210', 15: '1122', 38: '000001', 39: '00',
			...Object.fromEntries(echoed.map((n) => [n, purchase[n]])),
		});
	});

	test('the same message moves nothing', async () => {
		const answer = await line.ask({ ...purchase, 0: '0201' });
		assert.equal(answer[39], '00');
		assert.match(await command('dump'), /"balance":7700,/);
	});

	test('what is not covered is refused', async () => {
		const answer = await line.ask({ ...purchase, 11: '000004' });
		assert.equal(answer[39], '51');
	});

	test('a reversal gives the money back', async () => {
		const { 14: expiry, ...rest } = purchase;
		assert.ok(expiry);
		const answer = await line.ask({ ...rest, 0: '0420', 11: '000005',
			90: '020000000311221232000000012345600000000000' });
		assert.equal(answer[0], '0430');
		assert.equal(answer[39], '00');
		assert.match(await command('dump'), /"balance":20000,/);
	});

	test('the bank asks for an echo', async () => {
		const asked = line.next();
		await command('echo');
		const { 0: type, ...fields } = await asked;
		assert.equal(type, '0800');
		assert.equal(fields[70], '301');
		line.socket.write(frameOf({ 0: '0810', 39: '00', ...fields }));
		let stats;
		do
			stats = await command('stats');
		while (!stats.includes('"own_answered":1'));
	});

	test('totals agree', async () => {
		const none = '0000000000000000';
		const answer = await line.ask({ 0: '0500', 7: '1122200000',
			11: '000009', 15: '1122', 50: '978', 74: '0000000000',
			75: '0000000000', 76: '0000000001', 77: '0000000001',
			86: none, 87: none, 88: '0000000000012300',
			89: '0000000000012300', 97: `C${none}` });
		assert.equal(answer[0], '0510');
		assert.equal(answer[66], '1');
	});
});
