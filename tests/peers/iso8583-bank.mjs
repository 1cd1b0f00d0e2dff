// iso8583-bank.mjs - a bank that has nothing but the iso_8583 library: prints
// its port, then each message that came and went, one a line.
//
// It pays what it is asked for, but 51.51, which it refuses, and 60.00, which
// it does not answer.  After it has reversed something its day is over.
import { createServer } from 'node:net';

import { Frames, frameOf } from './iso8583.mjs';

const DAY = '1122', NEXT_DAY = '1123';
const TOTALS = [74, 75, 76, 77, 86, 87, 88, 89, 97];
const PAYMENT = [2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49];
const codes = { '000000005151': '51' };
const lost = '000000006000';

function echo(request, numbers) {
	return Object.fromEntries(numbers.filter((n) => n in request)
	    .map((n) => [n, request[n]]));
}

function payment(request) {
	const code = codes[request[4]] ?? '00';
	return { 0: '0210', ...echo(request, PAYMENT), 15: DAY, 39: code,
		...(code === '00' && { 38: `A${request[11].slice(1)}` }) };
}

function answer(request) {
	switch (request[0]) {
	case '0800':
		return { 0: '0810', ...echo(request, [7, 11, 70]), 39: '00' };
	case '0200':
	case '0201':
		return request[4] === lost ? null : payment(request);
	case '0420':
	case '0421':
		return { 0: '0430', ...echo(request, [...PAYMENT, 90]),
			15: DAY, 39: '00' };
	case '0500':
	case '0501':
		return { 0: '0510', ...echo(request, [7, 11, 15, 32, 50, 99,
			...TOTALS]), 39: '00', 66: '1' };
	case '0810':
		return null;
	default:
		throw new Error(`there is no ${request[0]} here`);
	}
}

function show(way, fields) {
	console.log(`${way} ${JSON.stringify(fields)}`);
}

function serve(socket) {
	let days = 1;
	function send(fields) {
		show('sent', fields);
		socket.write(frameOf(fields));
	}
	const frames = new Frames((request) => {
		show('came', request);
		const fields = answer(request);
		if (fields)
			send(fields);
		if (fields?.[0] === '0430' && days++ === 1)
			send({ 0: '0800', 7: `${DAY}235959`, 11: '900001',
				15: NEXT_DAY, 70: '201' });
	});
	socket.on('data', (octets) => frames.add(octets));
	socket.on('error', () => socket.destroy());
}

const server = createServer(serve);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
