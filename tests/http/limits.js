// limits.js - what clients do that are slow, greedy or gone.
'use strict';
const assert = require('assert');
const fs = require('fs');
const http = require('http');
const net = require('net');
const { ticket, talk, answers, metric, until } = require('./edge.js');

const url = process.env.EDGE_URL, host = process.env.EDGE_HOST;
const port = Number(host.split(':')[1]);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// One that sends a piece of its request every 300 ms and would never end.
function drip(head, piece) {
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1');
		let began = Date.now(), text = '', timer;
		socket.on('connect', () => {
			began = Date.now();
			socket.write(head);
			timer = setInterval(() => socket.write(piece), 300);
		});
		socket.on('data', (data) => { text += data; });
		socket.on('error', () => {});
		socket.on('close', () => {
			clearInterval(timer);
			resolve({ ms: Date.now() - began, text });
		});
	});
}

function order(jti, agent) {
	const body = JSON.stringify({ ticket: ticket(jti, url),
		customer: 'alice', answers: { password: 'sesame' } });
	return post('/v1/orders', body, agent);
}

function post(path, body, agent) {
	return new Promise((resolve, reject) => {
		const request = http.request(url + path, { method: 'POST', agent,
			headers: { 'Content-Type': 'application/json',
				'Content-Length': Buffer.byteLength(body) } },
		(response) => {
			let text = '';
			response.on('data', (data) => { text += data; });
			response.on('end', () => resolve({
				status: response.statusCode, text }));
		});
		request.on('error', reject);
		request.end(body);
	});
}

async function slowHead() {
	const { ms, text } = await drip(
		`GET / HTTP/1.1\r\nHost: ${host}\r\n`, 'X-A: b\r\n');
	assert.equal(text, '', 'a slow head is not answered');
	assert(ms > 9000 && ms < 14000, `a slow head lasted ${ms} ms`);
}

async function slowBody() {
	const { ms, text } = await drip('POST /v1/orders HTTP/1.1\r\n' +
		`Host: ${host}\r\nContent-Length: 60000\r\n\r\n`, 'a');
	assert.equal(text, '', 'a slow body is not answered');
	assert(ms > 19000 && ms < 25000, `a slow body lasted ${ms} ms`);
}

async function silent() {
	const { ms } = await drip('', '');
	assert(ms < 14000, `a silent connection lasted ${ms} ms`);
}

// Thousands of requests without reading one answer: the server stops to
// read from it, and ends it in time.
function neverReads() {
	return new Promise((resolve, reject) => {
		const began = Date.now();
		const one = `GET /style.css HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
		const socket = net.connect(port, '127.0.0.1');
		let sent = 0;
		socket.pause();
		const push = () => {
			while (sent < 20000) {
				sent++;
				if (!socket.write(one))
					return;
			}
		};
		socket.on('drain', push);
		socket.on('connect', push);
		socket.on('error', () => {});
		socket.on('close', () => {
			const ms = Date.now() - began;
			if (ms < 40000)
				resolve();
			else
				reject(new Error(`never read for ${ms} ms`));
		});
	});
}

// Who leaves while the rear works: the payment stands, nothing breaks.
async function gone() {
	const jti = 'gone-wait700';
	const body = JSON.stringify({ ticket: ticket(jti, url),
		customer: 'alice', answers: { password: 'sesame' } });
	await talk(port, Buffer.from('POST /v1/orders HTTP/1.1\r\n' +
		`Host: ${host}\r\nContent-Type: application/json\r\n` +
		`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
	{ ms: 200 });
	const again = await order(jti);
	assert.equal(again.status, 200);
	assert.equal(JSON.parse(again.text).status, 'paid');
}

// While many wait five seconds for the rear, the others are quick.
async function starved() {
	const waiting = [];
	for (let i = 0; i < 50; i++)
		waiting.push(order(`long${i}-wait5000`));
	await until(async () =>
		await metric('till_http_requests_active') >= 50, '50 wait');
	const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
	let slowest = 0, done = 0;
	const end = Date.now() + 2500;
	await Promise.all(Array.from({ length: 8 }, async (x, lane) => {
		while (Date.now() < end) {
			const began = process.hrtime.bigint();
			const { status } = await order(`q${lane}-${done++}`, agent);
			assert.equal(status, 200);
			const ms = Number(process.hrtime.bigint() - began) / 1e6;
			slowest = Math.max(slowest, ms);
		}
	}));
	agent.destroy();
	console.log(`beside 50 waiting: ${done} orders, slowest ` +
		`${Math.round(slowest)} ms`);
	assert(slowest < 2000, `an order took ${slowest} ms`);
	for (const one of await Promise.all(waiting))
		assert.equal(one.status, 200);
}

// A thousand connections that stay, each used several times.
async function thousand() {
	const sockets = await Promise.all(Array.from({ length: 1000 }, () =>
		new Promise((resolve, reject) => {
			const socket = net.connect(port, '127.0.0.1', () =>
				resolve(socket));
			socket.on('error', reject);
		})));
	const ask = (socket) => new Promise((resolve, reject) => {
		let text = '';
		const take = (data) => {
			text += data.toString('latin1');
			if (answers(text).length === 1) {
				socket.off('data', take);
				resolve(answers(text)[0].status);
			}
		};
		socket.on('data', take);
		socket.once('close', () => reject(new Error('closed')));
		socket.write(`GET /.well-known/till.json HTTP/1.1\r\n` +
			`Host: ${host}\r\n\r\n`);
	});
	for (let round = 0; round < 3; round++)
		for (const status of await Promise.all(sockets.map(ask)))
			assert.equal(status, 200);
	assert(await metric('till_http_connections_open') >= 1000);
	const rss = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(
		`/proc/${process.env.FRONT_PID}/status`, 'utf8'))[1];
	console.log(`1000 connections: ${rss} kB resident`);
	sockets.forEach((socket) => socket.destroy());
	await until(async () =>
		await metric('till_http_connections_open') < 20, 'they go');
}

// The answer to "Expect: 100-continue" comes before the body does.
async function expect() {
	const heard = await talk(port, Buffer.from(
		`POST /v1/orders HTTP/1.1\r\nHost: ${host}\r\n` +
		'Expect: 100-continue\r\nContent-Length: 10\r\n\r\n'),
	{ enough: (text) => text.includes('\r\n\r\n') });
	assert.match(heard.text, /^HTTP\/1\.1 100 /);
}

async function main() {
	const tests = { slowHead, slowBody, silent, neverReads, gone, expect };
	const slow = Object.entries(tests).map(async ([name, test]) => {
		await test();
		console.log(`ok ${name}`);
	});
	await starved();
	await thousand();
	await Promise.all(slow);
	await until(async () =>
		await metric('till_http_requests_active') === 0, 'all is over');
	await pause(0);
	process.exit(0);
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
