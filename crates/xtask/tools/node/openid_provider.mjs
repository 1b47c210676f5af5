// A certified OpenID provider (npm oidc-provider) for tests.
//
// Prints its issuer on the first line. Reads one line of JSON, {"client_id", "client_secret",
// "redirect_uris"}, answers "ready", and runs until its standard input closes. Anybody signs in with any
// name: `ada` is ada@example.com with a confirmed address, `unproven-ada` has an address nobody has
// confirmed, `nameless-ada` has none.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

let answer = (_, response) => response.writeHead(503).end();
const server = createServer((request, response) => answer(request, response));
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
console.log(issuer);

function profile(account) {
  const claims = { sub: account };
  if (!account.startsWith('nameless-')) {
    claims.email = `${account}@example.com`;
    claims.email_verified = !account.startsWith('unproven-');
    claims.name = account;
  }
  return claims;
}

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => {
  const client = JSON.parse(line);
  const provider = new Provider(issuer, {
    clients: [{ ...client, grant_types: ['authorization_code'], response_types: ['code'] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    findAccount: (_, account) => ({ accountId: account, claims: () => profile(account) }),
    cookies: { keys: ['for tests'] },
  });
  answer = provider.callback();
  console.log('ready');
});
lines.once('close', () => process.exit(0));
