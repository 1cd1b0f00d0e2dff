// factors.js - orders that need one to four factors, answered in all ways.
'use strict';
const assert = require('assert');
const { Merchant } = require('./merchant.js');

const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');
const password = 'correct horse';
let number = 0;

async function post(where, body) {
	const response = await fetch(`${url}${where}`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: response.status, json: await response.json() };
}

function order(amount, answers) {
	return post('/v1/orders', { customer: 'alice', answers,
		ticket: press.ticket(url, `factors-${number++}`, { amount }) });
}

const next = (began, answers) =>
	post(`/v1/orders/${began.json.conversation}`, { answers });

// It is open, and asks just this.
function asks({ status, json }, ...ids) {
	assert.equal(status, 202, JSON.stringify(json));
	assert.equal(json.status, 'open');
	assert.deepEqual(json.prompts.filter(({ kind }) =>
		kind !== 'error' && kind !== 'info').map(({ id }) => id), ids);
}

function paid({ status, json }) {
	assert.equal(status, 200, JSON.stringify(json));
	assert.ok(json.voucher);
}

function refused({ status, json }) {
	assert.equal(status, 403, JSON.stringify(json));
	assert.equal(json.reason, 'auth');
}

const all = { password, sky: 'blue', secret: 'sesame', next: '8',
	mock: 'sesame' };

const tests = {
	async 'all in one request'() {
		paid(await order('1.90', all));
	},

	async 'one factor after the other'() {
		let step = await order('1.90', {});
		asks(step, 'password');
		step = await next(step, { password });
		asks(step, 'sky', 'secret');
		step = await next(step, { sky: 'blue', secret: 'sesame' });
		asks(step, 'next');
		step = await next(step, { next: '8' });
		asks(step, 'mock');
		paid(await next(step, { mock: 'sesame' }));
	},

	async 'some now and the rest later'() {
		const step = await order('1.90', { password, sky: 'blue',
			secret: 'sesame' });
		asks(step, 'next');
		paid(await next(step, { next: '8', mock: 'sesame' }));
	},

	async 'an answer that nobody asks for is passed over'() {
		const step = await order('1.90', { ...all, mock: undefined,
			other: 'x' });
		asks(step, 'mock');
		paid(await next(step, { password, mock: 'sesame' }));
	},

	async 'questions that belong together are asked again together'() {
		let step = await order('1.90', { password, sky: 'blue' });
		asks(step, 'sky', 'secret');
		step = await next(step, { secret: 'sesame' });
		asks(step, 'sky', 'secret');
		paid(await next(step, all));
	},

	async 'an answer beyond its bounds leaves the question open'() {
		const step = await order('1.90', { ...all, next: '88888' });
		asks(step, 'next');
		paid(await next(step, all));
	},

	async 'two that ask under one name are answered apart'() {
		const step = await order('2.20', all);
		asks(step, 'mock');
		paid(await next(step, { mock: 'other' }));
	},

	async 'an answer is given once'() {
		const step = await order('2.10', { ...all });
		asks(step, 'mock');
		refused(await next(step, { mock: 'sesame' }));
	},

	async 'a wrong factor is refused, whichever it is'() {
		refused(await order('1.90', { ...all, sky: 'green' }));
		refused(await order('1.90', { ...all, mock: 'x' }));
		refused(await order('1.90', { ...all, next: '9' }));
	},

	async 'a small amount needs the password only'() {
		paid(await order('0.10', all));
	},

	async 'answers have bounds'() {
		const answers = { password };
		for (let i = 0; i < 16; i++)
			answers[`a-${i}`] = 'x';
		for (const wrong of [answers, { ['p'.repeat(40)]: 'x' },
			{ password: true }]) {
			const { status, json } = await order('0.10', wrong);
			assert.equal(status, 400, JSON.stringify(json));
			assert.match(json.detail, /answers/);
		}
		delete answers['a-15'];
		paid(await order('0.10', answers));
	},
};

(async () => {
	for (const [name, test] of Object.entries(tests)) {
		console.log(name);
		await test();
	}
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
