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
  let [a, b, c, d, e, f, g, h] = state;
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

// The hash of what begins with whole blocks that led to `state` already.
function sha256(bytes, state = START, done = 0) {
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, (done + bytes.length) * 8);
  const end = state.slice();
  for (let at = 0; at < padded.length; at += 64) compress(end, new DataView(padded.buffer, at, 64));
  return end;
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
  const encoder = new TextEncoder();
  // A challenge fills its first block, which is the same for every number.
  const start = encoder.encode(challenge.slice(0, 64));
  const state = START.slice();
  compress(state, new DataView(start.buffer, start.byteOffset, 64));
  const rest = `${challenge.slice(64)}.`;
  for (let nonce = 0, pause = Date.now() + 50; ; nonce++) {
    if (zeroBits(sha256(encoder.encode(rest + nonce), state, 64)) >= difficulty) return String(nonce);
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
