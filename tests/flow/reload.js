// reload.js begin JTI - bob begins an order and is asked for his password;
//	prints the conversation.
// reload.js end CONVERSATION - he answers, and has paid.
// reload.js books REGISTER JOURNAL LOG - each order was paid once, and decided
//	by one configuration.
'use strict';
const assert = require('assert');
const fs = require('fs');
const { Merchant } = require('./merchant.js');

const url = process.env.TILL_URL;

async function post(where, body) {
	const response = await fetch(`${url}${where}`, { method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: response.status, json: await response.json() };
}

function lines(file) {
	return fs.readFileSync(file, 'utf8').trim().split('\n');
}

// The payments of the register by their ticket's id.
function payments(file) {
	const paid = new Map();
	for (const entry of lines(file).flatMap((l) => JSON.parse(l).entries)) {
		if (entry.kind !== 'payment')
			continue;
		assert.ok(!paid.has(entry.jti), `${entry.jti} was paid twice`);
		paid.set(entry.jti, entry.serial);
	}
	return paid;
}

const tests = {
	async begin(jti) {
		const press = new Merchant(process.env.TMPDIR, 'press-2',
			'http://127.0.0.1:9/return');
		const { status, json } = await post('/v1/orders',
			{ ticket: press.ticket(url, jti), customer: 'bob' });
		assert.equal(status, 202, JSON.stringify(json));
		assert.equal(json.prompts.length, 1);
		console.log(`${json.conversation} ${json.prompts[0].id}`);
	},

	async end(begun) {
		const [conversation, prompt] = begun.split(' ');
		const { status, json } = await post(`/v1/orders/${conversation}`,
			{ answers: { [prompt]: 'correct horse' } });
		assert.equal(status, 200, JSON.stringify(json));
	},

	async books(register, journal, log) {
		const paid = payments(register);
		const answered = lines(journal).map((line) => line.split(' '));
		for (const [jti, txn] of answered) {
			assert.notEqual(txn, 'refused', `${jti} was refused`);
			assert.equal(paid.get(jti), Number(txn), jti);
		}
		assert.equal(paid.size, answered.length + 2);
		const by = { a: 0, b: 0 };
		for (const line of lines(log)) {
			if (!line.includes('"event":"order.'))
				continue;
			const { event, rules, jti, again } = JSON.parse(line);
			assert.equal(event, 'order.paid', line);
			// Who was not answered in time has asked once more.
			if (again === 'yes')
				continue;
			assert.ok(rules, line);
			const [, letter] = rules.match(/wallet-(.)=committed/);
			const names = rules.match(/\b[a-z]+-[ab](?==)/g);
			assert.equal(names.length, 3, line);
			assert.equal(/ pin=grant/.test(rules), jti.startsWith('bob-'));
			for (const name of names)
				assert.ok(name.endsWith(letter), line);
			by[letter]++;
			// Bob's orders went on as they had begun.
			if (jti.startsWith('bob-'))
				assert.equal(letter, jti === 'bob-2' ? 'b' : 'a');
		}
		assert.equal(by.a + by.b, paid.size);
		assert.ok(by.a > 0 && by.b > 0);
		console.log(`${paid.size} payments, ${by.a} by the one and ${by.b} by ` +
			`the other configuration`);
	},
};

tests[process.argv[2]](...process.argv.slice(3)).catch((error) => {
	console.error(error);
	process.exit(1);
});
