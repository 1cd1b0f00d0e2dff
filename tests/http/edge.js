// edge.js - what the scripts that talk to a front unit share.  As a program:
// edge.js JTI ISSUER [CLAIMS] prints a ticket that only a fake rear believes.
'use strict';
const http = require('http');
const net = require('net');

const base64url = (x) => Buffer.from(x).toString('base64url');

// A ticket with a signature of nobody; claims replace the usual ones.
function ticket(jti, issuer, claims = {}) {
	const now = Math.floor(Date.now() / 1000);
	const payload = Object.assign({
		iss: 'press-1', aud: issuer, jti, iat: now, exp: now + 600,
		kind: 'single', oid: 'article-1',
		desc: 'Article “Les marchés”', amount: '1.20', currency: 'EUR',
		vat: [{ rate: '5.5', amount: '0.06' }],
		ret: 'https://journal.example/return?x=1',
	}, claims);
	for (const name of Object.keys(payload))
		if (payload[name] === null)
			delete payload[name];
	const typ = payload.kind === 'identity' ?
		'till-id-ticket+jwt' : 'till-ticket+jwt';
	return [JSON.stringify({ alg: 'ES256',
		kid: base64url(Buffer.alloc(32, 7)), typ }),
	JSON.stringify(payload), Buffer.alloc(64, 9)].map(base64url).join('.');
}

// Send octets on a new connection, all at once or piece octets at a time,
// and collect what comes until it is closed, or enough(text) is true, or ms
// have passed.  Resolves to { text, closed }.
function talk(port, octets, { piece = 0, enough = () => false, ms = 20000 } = {}) {
	return new Promise((resolve) => {
		const socket = net.connect({ port, host: '127.0.0.1',
			noDelay: true });
		let text = '', over = false;
		const end = (closed) => {
			if (over)
				return;
			over = true;
			clearTimeout(timer);
			socket.destroy();
			resolve({ text, closed });
		};
		const timer = setTimeout(() => end(false), ms);
		socket.on('data', (data) => {
			text += data.toString('latin1');
			if (enough(text))
				end(false);
		});
		socket.on('end', () => end(true));
		socket.on('close', () => end(true));
		socket.on('error', () => end(true));
		socket.on('connect', async () => {
			if (piece === 0) {
				socket.write(octets);
				return;
			}
			for (let i = 0; i < octets.length && !over; i += piece) {
				socket.write(octets.subarray(i, i + piece));
				await new Promise(setImmediate);
			}
		});
	});
}

// The whole answers in a text: { status, headers, body }.  An answer to HEAD
// has no body whatever its Content-Length says, so heads tells which.
function answers(text, heads = []) {
	const list = [];
	while (text !== '') {
		const end = text.indexOf('\r\n\r\n');
		if (end === -1)
			break;
		const lines = text.slice(0, end).split('\r\n');
		const status = Number(lines[0].split(' ')[1]);
		const headers = {};
		for (const line of lines.slice(1)) {
			const colon = line.indexOf(':');
			headers[line.slice(0, colon).toLowerCase()] =
				line.slice(colon + 1).trim();
		}
		if (status === 100) {
			text = text.slice(end + 4);
			continue;
		}
		const length = heads[list.length] ? 0 :
			Number(headers['content-length'] || 0);
		if (text.length < end + 4 + length)
			break;
		list.push({ status, headers,
			body: text.slice(end + 4, end + 4 + length) });
		text = text.slice(end + 4 + length);
	}
	return list;
}

// The value of a metric, by its name and labels.
function metric(name) {
	return new Promise((resolve, reject) => {
		http.get({ socketPath: process.env.EDGE_ADMIN, path: '/metrics',
			headers: { Host: 'admin' } }, (response) => {
			let text = '';
			response.on('data', (data) => { text += data; });
			response.on('end', () => {
				const line = text.split('\n')
					.find((l) => l.startsWith(name + ' '));
				resolve(Number(line.split(' ')[1]));
			});
		}).on('error', reject);
	});
}

// Poll until what() is true, or fail.
async function until(what, text, ms = 20000) {
	const end = Date.now() + ms;
	while (!await what()) {
		if (Date.now() > end)
			throw new Error(`never: ${text}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

module.exports = { ticket, talk, answers, metric, until };

if (require.main === module) {
	const [,, jti, issuer, claims] = process.argv;
	process.stdout.write(ticket(jti, issuer,
		claims ? JSON.parse(claims) : {}));
}
