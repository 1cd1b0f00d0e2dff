// allowance.js - pay what the customer lets this merchant have without being asked.
//
// The form is the one that a press on its button sends; it says besides that nobody
// was asked, and the server pays only if the allowance still covers it.  A page that
// was made ahead, or that nobody sees, waits until it is looked at.

const box = document.querySelector('[data-unasked]');
const [paying] = box.querySelectorAll('[hidden]');
const { form } = box.querySelector('input');
let over = false;

form.addEventListener('submit', () => {
	over = true;
});
document.addEventListener('prerenderingchange', pay);
document.addEventListener('visibilitychange', pay);
addEventListener('pageshow', ({ persisted }) => {
	if (persisted)
		box.querySelector('input').disabled = true;
});
pay();

function pay() {
	if (over || document.prerendering || document.visibilityState !== 'visible')
		return;
	paying.hidden = false;
	box.querySelector('input').disabled = false;
	form.requestSubmit(form.querySelector('[name="do"][value="pay"]'));
}
