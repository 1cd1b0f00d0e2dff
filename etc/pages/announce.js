// announce.js - say that the time of a page is nearly over: a minute before its end,
// twenty seconds before it, and then that it is over.  Nothing ticks between.
//
// How long there is left the server says, so that a clock that is wrong does no harm
// here.  What is said goes into a live region, which is read aloud.

const SECOND = 1000;

document.querySelectorAll('[data-left]').forEach(watch);

function watch(region) {
	const { left, minute, moment, over } = region.dataset;
	const steps = [[60 * SECOND, minute], [20 * SECOND, moment], [0, over]];
	const end = Date.now() + Number(left) * SECOND;
	let timer, stopped = false;

	// A device may have slept: only what is true by now is said.
	const tell = () => {
		const rest = end - Date.now();
		const [, text] = steps.findLast(([from]) => rest <= from) ?? [, ''];
		const next = steps.find(([from]) => rest > from);
		clearTimeout(timer);
		if (stopped)
			return;
		if (region.textContent !== text)
			region.textContent = text;
		if (next)
			timer = setTimeout(tell, rest - next[0]);
	};

	// What was sent may have been done: this page knows nothing of it any more.
	addEventListener('submit', (event) => {
		if (event.defaultPrevented)
			return;
		stopped = true;
		clearTimeout(timer);
		region.textContent = '';
	});
	addEventListener('pageshow', tell);
	document.addEventListener('visibilitychange', tell);
	tell();
}
