// iso8583.mjs - messages of ISO 8583 as the iso_8583 library reads and writes
// them, behind a length of two octets that does not count itself.
//
// The library is told the lengths of nothing: what a field is, it knows by
// its own table.  It always writes a second bitmap, also an empty one.
import assert from 'node:assert/strict';

import Iso8583 from 'iso_8583';

const PREFIX = 2;

// The library calls the bitmap 1; numbers may have become numbers.
function bare(fields) {
	return Object.fromEntries(Object.entries(fields)
	    .filter(([number]) => number !== '1')
	    .map(([number, value]) => [number, String(value)]));
}

export function octetsOf(fields) {
	const iso = new Iso8583({ ...fields });
	assert.equal(iso.validateMessage(), true);
	const octets = iso.getRawMessage();
	assert.ok(Buffer.isBuffer(octets), JSON.stringify(octets));
	return octets;
}

function framed(octets) {
	const frame = Buffer.alloc(PREFIX + octets.length);
	frame.writeUInt16BE(octets.length);
	octets.copy(frame, PREFIX);
	return frame;
}

export function frameOf(fields) {
	return framed(octetsOf(fields));
}

// The fields of a message with, or without, its length in front.
export function fieldsOfFrame(frame) {
	const fields = new Iso8583().getIsoJSON(frame, { lenientMode: false });
	assert.equal(fields.error, undefined, JSON.stringify(fields));
	return bare(fields);
}

export function fieldsOf(octets) {
	return fieldsOfFrame(framed(octets));
}

// What comes on a connection, cut into frames: take(fields) for each.
export class Frames {
	constructor(take) {
		this.take = take;
		this.came = Buffer.alloc(0);
	}

	add(octets) {
		this.came = Buffer.concat([this.came, octets]);
		while (this.came.length >= PREFIX) {
			const end = PREFIX + this.came.readUInt16BE();
			if (this.came.length < end)
				return;
			const frame = this.came.subarray(0, end);
			this.came = this.came.subarray(end);
			if (end > PREFIX)
				this.take(fieldsOfFrame(frame));
		}
	}
}
