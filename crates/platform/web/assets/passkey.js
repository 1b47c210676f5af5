// Passkeys on the hosted pages. Without it, and where browsers have none, the pages work in their other ways.
//
// <button hidden data-passkey="sign-in|register|second-factor|step-up">  is shown where passkeys work
//   data-options, data-answer     where the options come from and where the answer goes; usual ones are below
//   data-return-to                where the person wants to be in the end
//   data-name                     the id of the field with the new passkey's name
//   data-failed, data-cancelled, data-known   what is said instead of the usual words
// <form data-passkey-conditional>           passkeys are offered in its field with autocomplete="username webauthn"
//   data-return-to, data-failed   as above
// <p hidden data-passkey-error="…">         where it is said, and the usual words in the reader's language
// <p hidden data-passkey-missing>           is shown where passkeys don't work
// <div hidden data-passkey-codes><ol></ol><a href="…">…</a></div>   recovery codes that came with a first passkey
const places = {
  "sign-in": ["/login/passkey/options", "/login/passkey"],
  "second-factor": ["/login/second-factor/passkey/options", "/login/second-factor/passkey"],
  register: ["/account/security/passkeys/options", "/account/security/passkeys"],
  "step-up": ["/account/step-up/passkey/options", "/account/step-up/passkey"],
  confirm: "/account/confirm",
};
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const credentials = (list) => list.map((one) => ({ ...one, id: bytes(one.id) }));

// By hand, because not every browser that has passkeys can parse options and write answers as JSON.
const creation = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  user: { ...options.user, id: bytes(options.user.id) },
  excludeCredentials: credentials(options.excludeCredentials),
});
const request = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  allowCredentials: credentials(options.allowCredentials),
});
const written = ({ rawId, type, response }) => {
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports ? response.getTransports() : [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    if (response.userHandle) answer.userHandle = text(response.userHandle);
  }
  return { id: text(rawId), rawId: text(rawId), type, response: answer };
};

const send = async (place, body) => {
  const answer = await fetch(place, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.code), { status: answer.status });
  return said;
};
const errorPlaces = () => document.querySelectorAll("[data-passkey-error]");
const say = (words) => {
  for (const place of errorPlaces()) {
    place.textContent = words ?? place.dataset.passkeyError;
    place.hidden = false;
  }
};
const hush = () => errorPlaces().forEach((place) => (place.hidden = true));

// A page has one ceremony at a time: a button ends the one that waits in the form.
let waiting;
const begin = () => {
  waiting?.abort();
  waiting = new AbortController();
  return waiting.signal;
};

const go = async (kind, data, mediation) => {
  const [options, answer] = [data.options ?? places[kind][0], data.answer ?? places[kind][1]];
  const signal = begin();
  const { public_key: publicKey } = await send(options, {});
  const body = { credential: null, return_to: data.returnTo ?? null };
  if (kind === "register") {
    const made = await navigator.credentials.create({ publicKey: creation(publicKey), signal });
    body.credential = written(made);
    body.name = document.getElementById(data.name)?.value.trim() || null;
  } else {
    const used = await navigator.credentials.get({ publicKey: request(publicKey), signal, mediation });
    body.credential = written(used);
  }
  const { location: place, recovery_codes: codes } = await send(answer, body);
  if (!codes?.length || !show(codes)) location.assign(place);
};

// Codes are shown once, and the person goes on by themselves. False where the page has no room for them.
const show = (codes) => {
  const place = document.querySelector("[data-passkey-codes]");
  const list = place?.querySelector("ol");
  if (!list) return false;
  list.replaceChildren(
    ...codes.map((code) => Object.assign(document.createElement("li"), { textContent: code })),
  );
  place.hidden = false;
  place.querySelector("a")?.focus();
  return true;
};

// What is said; nothing of what was broken off by another.
const tell = (error, data) => {
  if (error.name === "AbortError") return;
  const words = { InvalidStateError: data.known, NotAllowedError: data.cancelled };
  say(words[error.name] ?? data.failed);
};

const offer = (button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    hush();
    button.disabled = true;
    try {
      await go(button.dataset.passkey, button.dataset);
    } catch (error) {
      if (error.message === "step_up_required") {
        location.assign(`${places.confirm}?return_to=${encodeURIComponent(location.pathname)}`);
        return;
      }
      tell(error, button.dataset);
      wait();
    } finally {
      button.disabled = false;
    }
  });
};

// Offers passkeys where the address is typed, as long as the page is open.
const wait = async () => {
  const form = document.querySelector("[data-passkey-conditional]");
  const can = form && PublicKeyCredential.isConditionalMediationAvailable;
  if (!can || !(await PublicKeyCredential.isConditionalMediationAvailable())) return;
  try {
    await go("sign-in", form.dataset, "conditional");
  } catch (error) {
    // Who did not ask for a passkey hears of it only when one was shown and refused.
    if (error.message === "passkey_invalid") say(form.dataset.failed);
  }
};

// Passkeys are bound to domains; a page under a bare address of the network has none.
const isDomain = !/^[\d.]+$|^\[/.test(location.hostname);
if (isDomain && window.PublicKeyCredential && navigator.credentials?.get) {
  document.querySelectorAll("[data-passkey]").forEach(offer);
  wait();
} else {
  for (const place of document.querySelectorAll("[data-passkey-missing]")) place.hidden = false;
}
