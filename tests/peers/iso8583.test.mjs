// Messages of ISO 8583 go both ways between till and the iso_8583 library.
//
// The library is told the lengths of nothing: what a field is, it knows by
// its own table.  It always writes a second bitmap, also an empty one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import Iso8583 from 'iso_8583';

const TOOL = join(process.env.TILL_BUILD ?? '.', 'tests/tools/iso8583');
const VECTORS = join(process.env.TILL_SRC ?? '.',
    'tests/vectors/iso8583.json');

function till(command, lines) {
	const { status, stdout, stderr, error } = spawnSync(TOOL, [command],
	    { input: lines.map((l) => `${l}\n`).join(''), encoding: 'utf8' });
	if (error)
		throw error;
	assert.equal(status, 0, stderr);
	return stdout.trimEnd().split('\n');
}

const messages = JSON.parse(readFileSync(VECTORS, 'utf8')).vectors
    .filter((v) => v.expect === 'accept' && v.encoding === 'ascii_binbitmap')
    .map((v) => ({ id: v.id, fields: v.fields }));

// The library's own octets, without the length in front.
function theirs(fields) {
	const iso = new Iso8583({ ...fields });
	assert.equal(iso.validateMessage(), true);
	const octets = iso.getRawMessage();
	assert.ok(Buffer.isBuffer(octets), JSON.stringify(octets));
	return octets;
}

function read(octets) {
	const framed = Buffer.alloc(octets.length + 2);
	framed.writeUInt16BE(octets.length);
	octets.copy(framed, 2);
	const fields = new Iso8583().getIsoJSON(framed, { lenientMode: false });
	assert.equal(fields.error, undefined, JSON.stringify(fields));
	return fields;
}

// Its bitmap is among what it says it has read.
function bare(fields) {
	return Object.fromEntries(Object.entries(fields)
	    .filter(([number]) => number !== '1')
	    .map(([number, value]) => [number, String(value)]));
}

describe('iso_8583', () => {
	test('there are messages', () => assert.ok(messages.length >= 18));
	for (const { id, fields } of messages) {
		test(`reads what till writes: ${id}`, () => {
			const [hex] = till('write', [JSON.stringify(fields)]);
			assert.deepEqual(bare(read(Buffer.from(hex, 'hex'))),
			    fields);
		});
		test(`writes what till reads: ${id}`, () => {
			const octets = theirs(fields);
			const [line] = till('read', [octets.toString('hex')]);
			assert.deepEqual(JSON.parse(line), fields);
		});
	}
	test('agrees octet by octet on a second bitmap with fields', () => {
		const both = messages.filter(({ fields }) =>
		    Object.keys(fields).some((n) => Number(n) > 64));
		assert.ok(both.length > 0);
		for (const { fields } of both) {
			const [hex] = till('write', [JSON.stringify(fields)]);
			assert.equal(hex, theirs(fields).toString('hex'));
		}
	});
});
