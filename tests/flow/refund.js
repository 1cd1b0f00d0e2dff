// refund.js JTI ID - a merchant's request for a refund, with the claims (JSON)
// of the environment's CLAIMS; prints status, type and body.
'use strict';
const { Merchant } = require('./merchant.js');

const { TMPDIR, TILL_URL, CLAIMS } = process.env;
const [jti, id] = process.argv.slice(2);
const press = new Merchant(TMPDIR, 'press-1', 'http://127.0.0.1:9/return');
fetch(`${TILL_URL}/v1/refunds`, { method: 'POST',
	headers: { 'Content-Type': 'application/json' },
	body: JSON.stringify({ refund: press.refund(TILL_URL, jti, id,
		JSON.parse(CLAIMS || '{}')) }) })
	.then(async (response) => console.log(response.status,
		response.headers.get('content-type'), await response.text()));
