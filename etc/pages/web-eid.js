// web-eid.js - have an ID card sign what the page asks to be signed, by the browser
// extension Web eID, which is talked to by messages of the window.
//
// The page shows a button where the extension says that it is there.  What the card
// has signed goes into a hidden field of the form, which is then sent; it has the
// card's certificate, so nothing is asked of it before the button is pressed.

const VERSION = '2.0.0'; // of the messages, which are those of web-eid.js
const HERE_MS = 500, TRIES = 4; // until it says that it is there
const PERSON_MS = 120000; // for a card and its PIN

document.querySelectorAll('[data-web-eid]').forEach(prepare);

async function prepare(box) {
	const [needs, use] = box.querySelectorAll('p');
	const button = use.querySelector('button');
	const field = box.querySelector('input');

	field.value = ''; // not what the browser has kept of an earlier page
	addEventListener('pageshow', ({ persisted }) => {
		if (persisted)
			field.value = '';
	});
	if (!await isHere(TRIES))
		return;
	needs.hidden = true;
	use.hidden = false;
	button?.addEventListener('click', () => sign(box, button, field));
}

// An extension may come later than the page.
async function isHere(tries) {
	for (; tries > 0; tries--)
		try {
			await ask('web-eid:status', {}, 'ack', HERE_MS);
			return true;
		} catch (error) {
			// Nobody has answered yet.
		}
	return false;
}

async function sign(box, button, field) {
	const { form } = field, { customer } = form.elements;
	const send = form.querySelector('.primary');

	// Of another customer the next page asks.
	if (customer && customer.value.trim() !== box.dataset.customer) {
		form.requestSubmit(send);
		return;
	}
	button.disabled = true;
	say(box, box.dataset.asked);
	try {
		field.value = JSON.stringify(token(await ask(
			'web-eid:authenticate', { challengeNonce: nonce(box),
				options: { lang: document.documentElement.lang,
					userInteractionTimeout: PERSON_MS } },
			'success', PERSON_MS)));
		say(box, '');
		form.requestSubmit(send);
	} catch (error) {
		say(box, box.dataset.refused);
	} finally {
		button.disabled = false;
	}
}

// The answer to a message: its action has what it is behind it.
function ask(action, more, wanted, patience) {
	return new Promise((resolve, reject) => {
		const end = (how, what) => {
			clearTimeout(timer);
			removeEventListener('message', hear);
			how(what);
		};
		const hear = ({ source, origin, data }) => {
			if (source !== window || origin !== location.origin)
				return;
			if (data?.action === `${action}-${wanted}`)
				end(resolve, data);
			else if (data?.action === `${action}-failure`)
				end(reject, new Error(data.error?.code));
		};
		const timer = setTimeout(() => end(reject, new Error('no answer')),
			patience);
		addEventListener('message', hear);
		postMessage({ action, libraryVersion: VERSION, ...more },
			location.origin);
	});
}

function token({ unverifiedCertificate, algorithm, signature, format,
	appVersion }) {
	return { unverifiedCertificate, algorithm, signature, format, appVersion };
}

// In base64, with its padding: what is signed is that text.
function nonce(box) {
	const text = box.dataset.challenge.replaceAll('-', '+')
		.replaceAll('_', '/');

	return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

function say(box, text) {
	box.querySelector('output').textContent = text;
}
