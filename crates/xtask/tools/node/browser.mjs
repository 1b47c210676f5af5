// A real browser (Chromium, driven by npm puppeteer-core) for tests.
//
// Takes the browser's program as its argument, prints "ready", then takes one command a line, JSON, and
// answers each with a line: {"value": …} or {"error": "…"}. The commands are the functions of `commands`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import puppeteer from 'puppeteer-core';

const PATIENCE = 10_000;
const profile = mkdtempSync(join(tmpdir(), 'browser-'));
const browser = await puppeteer.launch({
  executablePath: process.argv[2],
  userDataDir: profile,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
const page = (await browser.pages())[0];
page.setDefaultTimeout(PATIENCE);
const devtools = await page.createCDPSession();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const path = () => {
  const url = new URL(page.url());
  return url.pathname + url.search;
};
const commands = {
  /** Opens a page; its status. */
  open: async ({ url }) => (await page.goto(url, { waitUntil: 'load' })).status(),
  /** Types into a field, in place of what it holds. */
  fill: async ({ selector, value }) => {
    await page.waitForSelector(selector, { visible: true });
    await page.$eval(selector, (field) => (field.value = ''));
    await page.type(selector, value);
  },
  /** Clicks on something once it is to be seen. */
  click: async ({ selector }) => {
    await (await page.waitForSelector(selector, { visible: true })).click();
  },
  /** Waits until something is to be seen; its text. */
  wait: async ({ selector }) => {
    for (;;) {
      try {
        const found = await page.waitForSelector(selector, { visible: true });
        return await found.evaluate((element) => element.textContent.trim());
      } catch (error) {
        // A page that gives way to the next takes with it what was found.
        if (!/context was destroyed|detached/i.test(error.message)) throw error;
      }
    }
  },
  /** Waits until the browser is at a path, which may be at once. */
  arrive: async ({ path: wanted }) => {
    await page.waitForFunction((wanted) => location.pathname + location.search === wanted, {}, wanted);
    await page.waitForFunction(() => document.readyState === 'complete');
  },
  path,
  /** All of a page's text. */
  text: () => page.evaluate(() => document.body.innerText),
  /** What a script of the test makes of the page. */
  evaluate: ({ script }) => page.evaluate(script),
  /** What the cookies are called. */
  cookies: async () => (await browser.cookies()).map((cookie) => cookie.name),
  /** As if never here: no cookie is left. */
  forget: () => devtools.send('Network.clearBrowserCookies'),
  /** Plugs in an authenticator that recognises its owner. */
  authenticator: async (options) => {
    await devtools.send('WebAuthn.enable', { enableUI: false });
    const wanted = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...options,
    };
    return (await devtools.send('WebAuthn.addVirtualAuthenticator', { options: wanted })).authenticatorId;
  },
  /** Whether the owner of an authenticator touches it whenever it is asked for. */
  presence: ({ authenticator, enabled }) =>
    devtools
      .send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: authenticator, enabled })
      .then(() => null),
  /** How often each passkey of an authenticator has signed. */
  passkeys: async ({ authenticator }) => {
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId: authenticator });
    return credentials.map((credential) => credential.signCount);
  },
  /** How wide the window is, and whether its owner likes it dark. */
  look: async ({ width, dark }) => {
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
  },
  /** What is hard to use about the page, as axe sees it. */
  axe: async () => {
    // As devtools would, since the policy of our pages lets no other script in.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run());
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
  },
  /** A picture of the page. */
  picture: ({ file }) => page.screenshot({ path: file, fullPage: true }).then(() => file),
};

const stop = async () => {
  await browser.close();
  rmSync(profile, { recursive: true, force: true });
  process.exit(0);
};
console.log('ready');
const lines = createInterface({ input: process.stdin });
for await (const line of lines) {
  const command = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await commands[command.do](command)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${command.do} at ${path()}: ${error.message}` }));
  }
}
await stop();
