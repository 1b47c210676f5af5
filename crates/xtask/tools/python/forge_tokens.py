"""Access tokens as a thief would make them, with a JWT library that is not ours (PyJWT).

Reads one JSON object: a true `token`, the `seed` of the key that signed it (base64url), and the public keys
(`jwks`). Prints one JSON object: names and tokens. `true` alone is to be let in.
"""

import base64
import json
import sys
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, ed448, rsa

given = json.load(sys.stdin)
claims = jwt.decode(given["token"], options={"verify_signature": False})
header = jwt.get_unverified_header(given["token"])
kid = header["kid"]


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_text(key, form):
    encoding, kind = form
    return key.public_key().public_bytes(encoding, kind)


ours = ed25519.Ed25519PrivateKey.from_private_bytes(decoded(given["seed"]))
PEM = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
DER = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)

# PyJWT refuses to use a public key as a secret; thieves do not.
jwt.algorithms.HMACAlgorithm.prepare_key = lambda self, key: key if isinstance(key, bytes) else key.encode()


def token(key=ours, algorithm="EdDSA", headers=(), **changed):
    payload = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode(payload, key, algorithm=algorithm, headers={"typ": "at+jwt", "kid": kid, **dict(headers)})


now = int(time.time())
rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
p256, p384 = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP384R1())
stranger = ed25519.Ed25519PrivateKey.generate()
stranger_jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(stranger.public_key()))
tokens = {
    "true": token(),
    "alg none": token(None, "none"),
    "HS256 over the PEM": token(public_text(ours, PEM), "HS256"),
    "HS256 over the stripped PEM": token(public_text(ours, PEM).strip(), "HS256"),
    "HS256 over the DER": token(public_text(ours, DER), "HS256"),
    "HS256 over the raw key": token(public_text(ours, RAW), "HS256"),
    "HS256 over the JWK": token(json.dumps(given["jwks"]["keys"][0]).encode(), "HS256"),
    "HS256 over nothing": token(b"", "HS256"),
    "HS384": token(public_text(ours, PEM), "HS384"),
    "HS512": token(public_text(ours, PEM), "HS512"),
    "RS256": token(rsa_key, "RS256"),
    "PS256": token(rsa_key, "PS256"),
    "RS512": token(rsa_key, "RS512"),
    "ES256": token(p256, "ES256"),
    "ES384": token(p384, "ES384"),
    "Ed448": token(ed448.Ed448PrivateKey.generate(), "EdDSA"),
    "a stranger's key under our kid": token(stranger),
    "a stranger's key in the header": token(stranger, headers={"jwk": stranger_jwk}),
    "a stranger's key, no kid": token(stranger, headers={"kid": ""}),
    "our key, embedded": token(headers={"jwk": given["jwks"]["keys"][0]}),
    "jku": token(stranger, headers={"jku": "http://127.0.0.1:9/keys"}),
    "x5u": token(stranger, headers={"x5u": "http://127.0.0.1:9/cert"}),
    "crit": token(headers={"crit": ["exp"], "exp": now + 600}),
    "typ JWT": token(headers={"typ": "JWT"}),
    "typ id+jwt": token(headers={"typ": "id+jwt"}),
    "no typ": token(headers={"typ": None}),
    "another kid": token(headers={"kid": "another"}),
    "kid as a path": token(headers={"kid": "../../../../dev/null"}),
    "expired": token(exp=now - 30),
    "expiry in text": token(exp=str(now + 600)),
    "no expiry": token(exp=None),
    "not yet": token(nbf=now + 3600),
    "no nbf": token(nbf=None),
    "issued tomorrow": token(iat=now + 86400, nbf=now + 86400, exp=now + 90000),
    "another audience": token(aud="https://elsewhere.example"),
    "two audiences": token(aud=[claims["aud"], "https://elsewhere.example"]),
    "no audience": token(aud=None),
    "another issuer": token(iss="https://elsewhere.example"),
    "no issuer": token(iss=None),
    "no subject": token(sub=None),
    "no session": token(sid=None),
    "a level in text": token(aal="2"),
}
json.dump(tokens, sys.stdout)
