// Messages of ISO 8583 go both ways between till and the iso_8583 library.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { fieldsOf, octetsOf } from './iso8583.mjs';

const TOOL = join(process.env.TILL_BUILD ?? '.', 'tests/tools/iso8583');
const VECTORS = join(process.env.TILL_SRC ?? '.',
    'tests/vectors/iso8583.json');

const TYPES = ['0100', '0200', '0210', '0400', '0420', '0430', '0500', '0510',
	'0800', '0810'];

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

describe('iso_8583', () => {
	test('there are messages of each type that till sends or takes', () => {
		const types = new Set(messages.map(({ fields }) => fields[0]));
		for (const type of TYPES)
			assert.ok(types.has(type), type);
	});
	for (const { id, fields } of messages) {
		test(`reads what till writes: ${id}`, () => {
			const [hex] = till('write', [JSON.stringify(fields)]);
			assert.deepEqual(fieldsOf(Buffer.from(hex, 'hex')),
			    fields);
		});
		test(`writes what till reads: ${id}`, () => {
			const octets = octetsOf(fields);
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
			assert.equal(hex, octetsOf(fields).toString('hex'));
		}
	});
});
