// An OpenID provider that lies (npm oauth2-mock-server) for tests.
//
// Prints its issuer on the first line, then takes one command a line, JSON, and answers each with a line:
//   {"fault": "bad_nonce"}                 what is wrong from now on; "none" is a good provider again
//   {"claims": {"sub": "…", "email": "…"}} whom it speaks of
//   {"hits": true}                         how often the trap was visited that redirects lead to
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';

const listen = (handler) =>
  new Promise((done) => {
    const server = createServer(handler);
    server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`));
  });

const issuer = new OAuth2Issuer();
await issuer.keys.generate('RS256');
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const service = new OAuth2Service(issuer);

let fault = 'none';
let claims = {};
let hits = 0;
const trap = await listen((_, response) => {
  hits += 1;
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":[]}');
});

issuer.url = await listen((request, response) => {
  const path = new URL(request.url, issuer.url).pathname;
  const misbehave = MISBEHAVIOUR[`${fault} ${path}`];
  if (misbehave) misbehave(response);
  else service.requestHandler(request, response);
});
console.log(issuer.url);

const now = () => Math.floor(Date.now() / 1000);
const TOKENS = {
  bad_nonce: (token) => (token.payload.nonce = 'another'),
  no_nonce: (token) => delete token.payload.nonce,
  bad_audience: (token) => (token.payload.aud = 'another-client'),
  second_audience: (token) => (token.payload.aud = [token.payload.aud, 'another-client']),
  bad_azp: (token) => (token.payload.azp = 'another-client'),
  bad_issuer: (token) => (token.payload.iss = 'http://127.0.0.1:9'),
  expired: (token) => Object.assign(token.payload, { iat: now() - 7200, exp: now() - 3600 }),
  future: (token) => Object.assign(token.payload, { iat: now() + 3600, exp: now() + 7200 }),
  not_yet: (token) => (token.payload.nbf = now() + 3600),
  no_expiry: (token) => delete token.payload.exp,
  no_issue_time: (token) => delete token.payload.iat,
  no_subject: (token) => delete token.payload.sub,
  unverified_email: (token) => (token.payload.email_verified = false),
  text_email_verified: (token) => (token.payload.email_verified = 'true'),
  no_email_verified: (token) => delete token.payload.email_verified,
};
service.on('beforeTokenSigning', (token) => {
  Object.assign(token.payload, claims);
  TOKENS[fault]?.(token);
});
service.on('beforeUserinfo', (answer) => {
  Object.assign(answer.body, claims);
  if (fault === 'other_subject') answer.body.sub = 'somebody-else';
  TOKENS[fault]?.({ payload: answer.body });
});
service.on('beforeResponse', (answer) => {
  const token = answer.body.id_token;
  if (token && RESIGNED[fault]) answer.body.id_token = RESIGNED[fault](token.split('.'));
  if (fault === 'invalid_grant') Object.assign(answer, { statusCode: 400, body: { error: 'invalid_grant' } });
});

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = (part, change) => encode({ ...JSON.parse(Buffer.from(part, 'base64url')), ...change });
const RESIGNED = {
  alg_none: ([head, body]) => `${header(head, { alg: 'none' })}.${body}.`,
  no_signature: ([head, body]) => `${head}.${body}.`,
  tampered: ([head, body, signature]) => {
    const payload = JSON.parse(Buffer.from(body, 'base64url'));
    return `${head}.${encode({ ...payload, sub: 'somebody-else' })}.${signature}`;
  },
  foreign_key: ([head, body]) => {
    const signed = `${head}.${body}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), foreign).toString('base64url')}`;
  },
  hs256: ([head, body]) => {
    const signed = `${header(head, { alg: 'HS256' })}.${body}`;
    return `${signed}.${createHmac('sha256', 'a secret of tests').update(signed).digest('base64url')}`;
  },
};

const redirect = (response) => response.writeHead(302, { location: `${trap}/` }).end();
const endless = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const pump = () => {
    while (response.write(Buffer.alloc(65536, ' ')));
    response.once('drain', pump);
  };
  response.on('close', () => response.destroy());
  pump();
};
const metadata = (change) => (response) => {
  const document = {
    issuer: issuer.url,
    authorization_endpoint: `${issuer.url}/authorize`,
    token_endpoint: `${issuer.url}/token`,
    jwks_uri: `${issuer.url}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    ...change,
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
};
const DISCOVERY = '/.well-known/openid-configuration';
const MISBEHAVIOUR = {
  'token_redirect /token': redirect,
  'keys_redirect /jwks': redirect,
  [`discovery_redirect ${DISCOVERY}`]: redirect,
  'token_fails /token': (response) => response.writeHead(500).end('no'),
  'token_nonsense /token': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  'token_endless /token': endless,
  'token_silent /token': () => {},
  [`other_issuer ${DISCOVERY}`]: metadata({ issuer: trap }),
  [`keys_elsewhere ${DISCOVERY}`]: metadata({ jwks_uri: `${trap}/jwks` }),
  [`only_none ${DISCOVERY}`]: metadata({ id_token_signing_alg_values_supported: ['none'] }),
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const command = JSON.parse(line);
  if (command.fault) fault = command.fault;
  if (command.claims) claims = command.claims;
  console.log(command.hits ? hits : 'ok');
});
lines.once('close', () => process.exit(0));
