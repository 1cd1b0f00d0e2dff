// guard.js - feed requests.txt to a front unit, whole and octet by octet, and
// see that what must be refused is, and that nothing behind it is answered.
'use strict';
const fs = require('fs');
const path = require('path');
const { talk, answers } = require('./edge.js');

const host = process.env.EDGE_HOST;
const port = Number(host.split(':')[1]);
const behind = `GET /behind HTTP/1.1\r\nHost: ${host}\r\n` +
	'Connection: close\r\n\r\n';

function octetsOf(line) {
	let join = true;
	if (line.endsWith('\\-')) {
		line = line.slice(0, -2);
		join = false;
	}
	line = line.replaceAll('HOST', host).replace(
		/\\\*(\d+)\{([^}]*)\}/g, (all, n, text) => text.repeat(Number(n)));
	line = line.replace(/\\(x[0-9a-f]{2}|.)/g, (all, c) => ({
		n: '\n', r: '\r', t: '\t', 0: '\0', '\\': '\\' }[c] ||
		String.fromCharCode(parseInt(c.slice(1), 16))));
	return line + (join ? '\r\n' : '');
}

function readTable() {
	const list = [];
	let entry = null;
	const file = path.join(__dirname, 'requests.txt');
	for (const line of fs.readFileSync(file, 'latin1').split('\n')) {
		if (entry === null) {
			const m = /^= (accept|refuse (\S+)) (.*)$/.exec(line);
			if (m)
				entry = { accept: m[1] === 'accept', name: m[3],
					want: (m[2] || '').split('|'), lines: [] };
		} else if (line === '.') {
			if (!entry.lines.includes(''))
				entry.lines.push('');
			entry.octets = entry.lines.map(octetsOf).join('');
			list.push(entry);
			entry = null;
		} else {
			entry.lines.push(line);
		}
	}
	return list;
}

// What is wrong, or ''.
function judge(entry, { text, closed }) {
	const head = entry.octets.startsWith('HEAD');
	const list = answers(text, [head]);
	const seen = list.map((answer) => answer.status);
	if (entry.accept) {
		const last = /^GET \/ HTTP\/1\.0|\r\nConnection: close/
			.test(entry.octets);
		if (seen.length !== (last ? 1 : 2))
			return `${seen.length} answers: ${seen}`;
		if ([400, 413, 414, 421, 431, 501].includes(seen[0]) &&
		    list[0].body.includes('about:blank'))
			return `refused: ${seen[0]} ${list[0].body}`;
		return '';
	}
	if (!closed)
		return 'the connection stays open';
	if (seen.length > 1 || text.includes('/behind'))
		return `answered what is behind: ${seen}`;
	if (seen.length === 0)
		return entry.want.includes('close') ? '' : 'closed unanswered';
	return entry.want.includes(String(seen[0])) ? '' : `answered ${seen[0]}`;
}

async function main() {
	const table = readTable();
	let bad = 0, lost = 0;
	if (table.length < 90)
		throw new Error(`only ${table.length} requests`);
	for (const piece of [0, 1]) {
		for (const entry of table) {
			const octets = Buffer.from(entry.octets + behind, 'latin1');
			const size = piece === 1 && octets.length > 3000 ? 97 : piece;
			const heard = await talk(port, octets, { piece: size });
			const wrong = judge(entry, heard);
			// What is still on its way when the connection is closed
			// makes the kernel reset it, and an answer may be lost.
			if (wrong === 'closed unanswered' && heard.text === '') {
				lost++;
				continue;
			}
			if (wrong !== '') {
				bad++;
				console.log(`${piece ? 'by octets' : 'whole'}: ` +
					`${entry.name}: ${wrong}`);
			}
		}
	}
	console.log(`${table.length} requests, twice: ${bad} wrong, ` +
		`${lost} answers lost to a reset`);
	process.exit(bad > 0 || lost > table.length / 5 ? 1 : 0);
}

main();
