// voice.js - orders that a recording goes with.
'use strict';
const assert = require('assert');
const { Merchant } = require('./merchant.js');

const url = process.env.TILL_URL;
const press = new Merchant(process.env.TMPDIR, 'press-1',
	'http://127.0.0.1:9/return');
const password = 'correct horse';
const tone = Buffer.from('AA~~'.repeat(12000)).toString('base64url');
let number = 0;

async function post(where, body) {
	const response = await fetch(`${url}${where}`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: response.status, json: await response.json() };
}

const order = (amount, answers) =>
	post('/v1/orders', { customer: 'alice', answers,
		ticket: press.ticket(url, `voice-${number++}`, { amount }) });

const next = (began, octets, answers) =>
	post(`/v1/orders/${began.json.conversation}`, { octets, answers });

// The one prompt that a recording answers.
function says({ status, json }) {
	assert.equal(status, 202, JSON.stringify(json));
	const audio = json.prompts.filter(({ kind }) => kind === 'audio');
	assert.equal(audio.length, 1);
	assert.equal(audio[0].id, 'voice');
	assert.equal(audio[0].format, 'pcm-s16le-16000');
	const phrase = Buffer.from(audio[0].challenge, 'base64url').toString();
	assert.match(phrase, /^\d \d \d$/);
	assert.equal(audio[0].text, `Say: ${phrase}`);
	return phrase;
}

function paid({ status, json }) {
	assert.equal(status, 200, JSON.stringify(json));
	assert.ok(json.voucher);
	const [, claims] = json.voucher.split('.');
	assert.deepEqual(JSON.parse(Buffer.from(claims, 'base64url')).amr,
		['pwd']);
}

function wrong({ status, json }) {
	assert.equal(status, 400, JSON.stringify(json));
}

const tests = {
	async 'a recording is taken, and is no method'() {
		const step = await order('1.50', { password });
		says(step);
		paid(await next(step, { voice: tone }));
	},

	async 'one that is too short is asked for again'() {
		let step = await order('2.00', { password });
		says(step);
		step = await next(step, { voice: tone.slice(0, 4000) });
		says(step);
		assert.deepEqual(step.json.prompts.filter(({ kind }) =>
			kind === 'error').map(({ label }) => label),
		['voice.short']);
		paid(await next(step, { voice: '' }));
	},

	async 'a module in a process of its own gets it whole'() {
		let step = await order('4.00', { password });
		says(step);
		step = await next(step, { voice: tone });
		says(step);
		paid(await next(step, { voice: tone }));
	},

	async 'what is no base64url, or comes twice, is no answer'() {
		const step = await order('9.00', { password });
		says(step);
		wrong(await next(step, { voice: `${tone}=` }));
		wrong(await next(step, { voice: 'caf\u00e9' }));
		wrong(await next(step, { voice: null }));
		wrong(await next(step, { voice: tone }, { voice: 'x' }));
	},

	async 'a voice does not stand for the password'() {
		const step = await order('9.00', {});
		const answer = await next(step, { voice: tone, password: tone });
		assert.notEqual(answer.status, 200);
	},
};

(async () => {
	for (const [name, test] of Object.entries(tests)) {
		try {
			await test();
		} catch (error) {
			console.error(`${name}: ${error.stack}`);
			process.exit(1);
		}
		console.log(`ok ${name}`);
	}
})();
