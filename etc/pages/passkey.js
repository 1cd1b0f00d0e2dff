// passkey.js - have a passkey sign what the page asks to be signed, or make one.
//
// The reply goes into a hidden field of the form.  What is to be signed is signed
// when the form is sent, by a button that means it (not "cancel"), so that one press
// pays; a passkey is made by a button of its own.  Where the browser can, its own
// dialog shows payee and amount (Secure Payment Confirmation): whoever has no
// passkey for it, or does not want it, is asked the usual way the next time.

if (typeof PublicKeyCredential === 'function')
	document.querySelectorAll('[data-passkey]').forEach(prepare);

function prepare(box) {
	const [needs, use] = box.querySelectorAll('p');
	const field = box.querySelector('input');

	needs.hidden = true;
	use.hidden = false;
	field.value = ''; // not what the browser has kept of an earlier page
	addEventListener('pageshow', ({ persisted }) => {
		if (persisted)
			field.value = '';
	});
	if (box.dataset.passkey === 'create')
		prepareNew(box, field);
	else
		prepareUse(box, field);
}

function prepareUse(box, field) {
	const options = JSON.parse(box.dataset.options);

	field.form.addEventListener('submit', async (event) => {
		const button = event.submitter;
		const { customer } = field.form.elements;
		if (event.defaultPrevented || field.value !== '' || !button ||
		    button.formNoValidate)
			return;
		// What an ID card has signed will do.
		if (field.form.querySelector('[data-web-eid] input')?.value)
			return;
		// Another customer has other passkeys: the next page asks for those.
		if (box.dataset.customer === '' || (customer &&
		    customer.value.trim() !== box.dataset.customer))
			return;
		event.preventDefault();
		if (!await ceremony(box, button, () => sign(box, options), field))
			return;
		field.form.requestSubmit(button);
	});
}

function prepareNew(box, field) {
	const options = JSON.parse(box.dataset.options);

	box.querySelectorAll('button').forEach((button) => {
		const made = () => create(options, button.value);

		button.addEventListener('click', async () => {
			field.value = '';
			if (await ceremony(box, button, made, field))
				say(box, box.dataset.made);
		});
	});
}

// True: the reply is in the field.  Whoever presses twice begins once.
async function ceremony(box, button, perform, field) {
	button.disabled = true;
	say(box, box.dataset.asked);
	try {
		field.value = JSON.stringify(await perform());
		say(box, '');
		return true;
	} catch (error) {
		say(box, error.name === 'InvalidStateError'
			? box.dataset.known : box.dataset.refused);
		return false;
	} finally {
		button.disabled = false;
	}
}

function say(box, text) {
	box.querySelector('output').textContent = text;
}

async function sign(box, options) {
	const challenge = octets(box.dataset.challenge);
	const request = await dialog(box, options, challenge);

	if (request !== null) {
		box.dataset.plain = 'yes';
		const response = await request.show();
		const { details } = response;
		await response.complete('success');
		return assertion(details);
	}
	return assertion(await navigator.credentials.get({ publicKey: {
		challenge,
		rpId: options.rpId,
		allowCredentials: options.allowCredentials.map(descriptor),
		userVerification: 'required',
	} }));
}

// The browser's dialog for a payment, not shown yet; null: it has none.
async function dialog(box, { rpId, allowCredentials, payment }, challenge) {
	if (payment === undefined || box.dataset.plain !== undefined ||
	    typeof PaymentRequest !== 'function')
		return null;
	try {
		const { total, ...payee } = payment;
		const request = new PaymentRequest([{
			supportedMethods: 'secure-payment-confirmation',
			data: { ...payee, rpId, challenge,
				credentialIds: allowCredentials.map(octets),
				instrument: { displayName: box.dataset.account,
					icon: new URL('/icon.svg', location).href } },
		}], { total: { label: box.dataset.total, amount: total } });
		return await request.canMakePayment() ? request : null;
	} catch (error) {
		return null;
	}
}

// A browser's dialog for payments takes passkeys of the device itself alone, so
// only those are made for it; and a key that is plugged in has little room, and
// need not keep what we know.
async function create({ challenge, user, excludeCredentials, extensions,
	authenticatorSelection, ...options }, authenticatorAttachment) {
	const own = authenticatorAttachment === 'platform';
	const { response } = await navigator.credentials.create({ publicKey: {
		...options,
		extensions: own ? extensions : {},
		authenticatorSelection: { ...authenticatorSelection,
			...own ? {} : { residentKey: 'discouraged' },
			authenticatorAttachment },
		challenge: octets(challenge),
		user: { ...user, id: octets(user.id) },
		excludeCredentials:
			excludeCredentials.map(({ id }) => descriptor(id)),
	} });

	return { clientDataJSON: text(response.clientDataJSON),
		attestationObject: text(response.attestationObject) };
}

function assertion({ rawId, response }) {
	return { id: text(rawId),
		clientDataJSON: text(response.clientDataJSON),
		authenticatorData: text(response.authenticatorData),
		signature: text(response.signature) };
}

function descriptor(id) {
	return { type: 'public-key', id: octets(id) };
}

// From base64url, and to it.
function octets(base64url) {
	return Uint8Array.from(atob(base64url.replaceAll('-', '+')
		.replaceAll('_', '/')), (one) => one.charCodeAt(0));
}

function text(buffer) {
	return btoa(Array.from(new Uint8Array(buffer),
		(one) => String.fromCharCode(one)).join(''))
		.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
