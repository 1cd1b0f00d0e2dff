// replay-card.js CUSTOMER TICKET FILE - begin an order, and answer its prompt for
// a signature with the reply in FILE; prints status and reason.
'use strict';
const fs = require('fs');

const [customer, ticket, file] = process.argv.slice(2);

async function post(where, body) {
	const response = await fetch(`${process.env.TILL_URL}${where}`, {
		method: 'POST', headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body) });
	return { status: response.status, json: await response.json() };
}

(async () => {
	const begun = await post('/v1/orders', { customer, ticket });
	if (begun.status !== 202)
		throw new Error(JSON.stringify(begun));
	const { status, json } = await post(
		`/v1/orders/${begun.json.conversation}`,
		{ answers: { card: fs.readFileSync(file, 'utf8') } });
	console.log(status, json.reason);
})().catch((error) => {
	console.error(error);
	process.exit(1);
});
