// between.js FOLDER - somebody between a station and a payment server: what is
// sent to the address that it prints goes on to the one in FOLDER/target, in the
// manner that FOLDER/manner says:
//
//	pass	as it is
//	record	a card's reply is left in FOLDER/reply, too
//	swap	each order is for the ticket in FOLDER/other
//	deaf	what answers prompts is not passed on, once
//	lose	the answer to that is not passed back, once
//	mute	nor is anything after it: the manner is then
//	silent	no answer at all is passed back
'use strict';
const fs = require('fs');
const http = require('http');
const path = require('path');

const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8').trim();
const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);

function onward(request, body, then) {
	const { hostname, port } = new URL(read('target'));
	const far = http.request({ hostname, port, path: request.url,
		method: request.method, headers: { ...request.headers,
			'content-length': Buffer.byteLength(body) } }, (answer) => {
		const parts = [];
		answer.on('data', (part) => parts.push(part));
		answer.on('end', () => then(answer, Buffer.concat(parts)));
	});
	far.on('error', () => request.socket.destroy());
	far.end(body);
}

function changed(manner, body, answers) {
	if (manner === 'record' && answers && answers.card)
		write('reply', answers.card);
	if (manner !== 'swap' || !body.ticket)
		return body;
	return { ...body, ticket: read('other') };
}

http.createServer((request, response) => {
	const parts = [];
	request.on('data', (part) => parts.push(part));
	request.on('end', () => {
		const manner = read('manner');
		const text = Buffer.concat(parts).toString();
		const body = text === '' ? null : JSON.parse(text);
		const answers = body && body.answers;
		if (manner === 'deaf' && answers) {
			write('manner', 'pass');
			request.socket.destroy();
			return;
		}
		onward(request, body ? JSON.stringify(changed(manner, body,
			answers)) : '', (answer, octets) => {
			if (manner === 'silent' || (answers &&
				(manner === 'lose' || manner === 'mute'))) {
				write('manner', manner === 'lose' ? 'pass' : 'silent');
				request.socket.destroy();
				return;
			}
			response.writeHead(answer.statusCode, answer.headers);
			response.end(octets);
		});
	});
}).listen(0, '127.0.0.1', function () {
	console.log(`http://127.0.0.1:${this.address().port}`);
});
