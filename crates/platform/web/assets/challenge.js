// Does the work that signing up costs, between the button and the form: finds a number whose SHA-256 hash together
// with a challenge of the server begins with so many zero bits. SubtleCrypto would take a promise for each
// hash, so the hash is written out (FIPS 180-4); a slice of work at a time leaves the page alive.
const primes = [];
for (let number = 2; primes.length < 64; number++) {
  if (primes.every((prime) => number % prime)) primes.push(number);
}
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const ROUNDS = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

const schedule = new Int32Array(64);
const turn = (word, by) => (word >>> by) | (word << (32 - by));

function compress(state, block) {
  for (let at = 0; at < 16; at++) schedule[at] = block.getInt32(4 * at);
  for (let at = 16; at < 64; at++) {
    const early = schedule[at - 15];
    const late = schedule[at - 2];
    const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    schedule[at] = (schedule[at - 16] + low + schedule[at - 7] + high) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let at = 0; at < 64; at++) {
    const choice = (e & f) ^ (~e & g);
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + ROUNDS[at] + schedule[at]) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

function zeroBits(state) {
  let bits = 0;
  for (const word of state) {
    bits += Math.clz32(word);
    if (word !== 0) break;
  }
  return bits;
}

async function solve(challenge, difficulty) {
  const text = new TextEncoder().encode(`${challenge}.`);
  // All but the last block is the same for every number.
  const whole = text.length - (text.length % 64);
  const begun = START.slice();
  for (let at = 0; at < whole; at += 64) compress(begun, new DataView(text.buffer, at, 64));
  const last = new Uint8Array(64);
  last.set(text.subarray(whole));
  const block = new DataView(last.buffer);
  const state = new Int32Array(8);
  for (let nonce = 0, pause = Date.now() + 50; ; nonce++) {
    const digits = String(nonce);
    let end = text.length - whole;
    for (let at = 0; at < digits.length; at++) last[end++] = digits.charCodeAt(at);
    last[end] = 0x80;
    block.setUint32(60, (whole + end) * 8);
    state.set(begun);
    compress(state, block);
    if (zeroBits(state) >= difficulty) return digits;
    if (nonce % 1024 === 0 && Date.now() > pause) {
      await new Promise((resume) => setTimeout(resume));
      pause = Date.now() + 50;
    }
  }
}

globalThis.document?.querySelectorAll("form[data-challenge]").forEach((form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.solving) return;
    form.dataset.solving = "yes";
    const status = form.querySelector("[data-challenge-status]");
    status.textContent = status.dataset.working;
    try {
      const answer = await fetch(form.dataset.challenge, { method: "POST" });
      if (answer.ok) {
        const { challenge, difficulty_bits: difficulty } = await answer.json();
        form.elements.challenge.value = challenge;
        form.elements.nonce.value = await solve(challenge, difficulty);
      }
      // Without a solution the server says what is wrong.
      form.submit();
    } catch {
      status.textContent = status.dataset.failed;
      delete form.dataset.sent;
    }
    delete form.dataset.solving;
  });
});
