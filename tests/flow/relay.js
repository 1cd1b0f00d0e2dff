// relay.js PORT - a line that can be cut: connections to the port that it
// prints go on to PORT of loopback; its end cuts them.
'use strict';
const net = require('net');

const to = Number(process.argv[2]);
const at = Number(process.argv[3] || 0);
const server = net.createServer((near) => {
	const far = net.connect(to, '127.0.0.1');
	const end = () => {
		near.destroy();
		far.destroy();
	};
	for (const side of [near, far]) {
		side.on('error', end);
		side.on('close', end);
		side.setNoDelay(true);
	}
	near.pipe(far);
	far.pipe(near);
});

server.listen(at, '127.0.0.1', () => console.log(server.address().port));
