// microphone.js - record what the page asks to be said: 1.4 s of it, as signed
// 16-bit samples, 16,000 a second, in base64url.
//
// The file is two scripts in one: in the page it is what the button does, and
// in the audio thread, where the page loads it once more, what hands on the
// samples (a module, so that it runs once, and strictly).  A recording begins a little before something is heard.

const RATE = 16000, SECONDS = 1.4, BEFORE = 0.2, PATIENCE = 4, LIMIT = 15;
const LOUD = 0.01; // of 1, the mean of 128 samples

if (typeof AudioWorkletProcessor === 'function')
	registerProcessor('microphone', class extends AudioWorkletProcessor {
		process([[samples]]) {
			if (samples)
				this.port.postMessage(samples.slice());
			return true;
		}
	});
else if (navigator.mediaDevices && typeof AudioWorkletNode === 'function')
	document.querySelectorAll('[data-audio]').forEach(prepare);

function prepare(box) {
	const [, needs, tools] = box.querySelectorAll('p');
	const button = tools.querySelector('button');
	const state = tools.querySelector('output');
	const field = box.querySelector('input');
	let warned = false;

	needs.hidden = true;
	tools.hidden = false;
	field.value = ''; // not what the browser has kept of an earlier page
	button.addEventListener('click', async () => {
		button.disabled = true;
		field.value = '';
		try {
			const samples = await listen(() => {
				state.textContent = box.dataset.recording;
			});
			field.value = encode(await resample(...samples));
			state.textContent = box.dataset.recorded;
			button.textContent = box.dataset.again;
		} catch (error) {
			state.textContent = box.dataset.silent;
			warned = true;
		}
		button.disabled = false;
	});
	// Who forgets it is told once, and may go on without.
	field.form.addEventListener('submit', (event) => {
		if (field.value !== '' || warned ||
		    event.submitter?.value !== 'pay')
			return;
		event.preventDefault();
		warned = true;
		state.textContent = box.dataset.missing;
		button.focus();
	});
}

// The samples that are wanted, and how many of them are a second.
async function listen(began) {
	const stream = await navigator.mediaDevices.getUserMedia(
		{ audio: { channelCount: 1 } });
	let context;

	try {
		context = new AudioContext();
		await context.audioWorklet.addModule('/microphone.js');
		await context.resume();
		const node = new AudioWorkletNode(context, 'microphone');
		const heard = collect(node.port, context.sampleRate);
		context.createMediaStreamSource(stream).connect(node);
		node.connect(context.destination); // it gives out silence
		began();
		return [await heard, context.sampleRate];
	} finally {
		stream.getTracks().forEach((track) => track.stop());
		await context?.close();
	}
}

// Where nothing is heard for a while, what came last; where nothing comes at
// all, as when the device is taken away, it fails.
function collect(port, rate) {
	const blocks = [], length = Math.ceil(SECONDS * rate);
	let total = 0, start = -1;

	return new Promise((resolve, reject) => {
		setTimeout(() => reject(new Error('no samples come')), LIMIT * 1000);
		port.onmessage = ({ data }) => {
			blocks.push(data);
			total += data.length;
			if (start < 0 && isLoud(data))
				start = Math.max(0, Math.floor(total - BEFORE * rate));
			if (start < 0 && total >= PATIENCE * rate)
				start = total - length;
			if (start < 0 || total < start + length)
				return;
			port.onmessage = null;
			resolve(join(blocks, total).subarray(start, start + length));
		};
	});
}

function isLoud(samples) {
	return samples.reduce((sum, s) => sum + Math.abs(s), 0) >
		LOUD * samples.length;
}

function join(blocks, total) {
	const joined = new Float32Array(total);
	let at = 0;

	for (const block of blocks) {
		joined.set(block, at);
		at += block.length;
	}
	return joined;
}

// The browser's own resampler knows how.
async function resample(samples, rate) {
	const context = new OfflineAudioContext(1, SECONDS * RATE, RATE);
	const source = context.createBufferSource();

	source.buffer = context.createBuffer(1, samples.length, rate);
	source.buffer.copyToChannel(samples, 0);
	source.connect(context.destination);
	source.start();
	return (await context.startRendering()).getChannelData(0);
}

function encode(samples) {
	const view = new DataView(new ArrayBuffer(2 * samples.length));
	let text = '';

	samples.forEach((s, i) => view.setInt16(2 * i,
		Math.max(-1, Math.min(1, s)) * 32767, true));
	for (let i = 0; i < view.byteLength; i++)
		text += String.fromCharCode(view.getUint8(i));
	return btoa(text).replaceAll('+', '-').replaceAll('/', '_')
		.replaceAll('=', '');
}
