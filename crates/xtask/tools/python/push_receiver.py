"""A browser and its push service, with libraries that are not ours (http-ece, PyJWT).

Reads one JSON object. An empty one asks for a new browser: its `private` key, its public key (`p256dh`) and its
secret (`auth`). One with a `body` that arrived (all base64url), the header `authorization` and the `audience` that it
must be for prints the `plain` text that was decrypted, the `claims` of the token once its signature was checked, and
the sender's `key`.
"""

import base64
import json
import os
import sys

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

given = json.load(sys.stdin)


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


if "body" not in given:
    private = ec.generate_private_key(ec.SECP256R1())
    number = private.private_numbers().private_value
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    browser = {"private": number.to_bytes(32, "big"), "p256dh": point, "auth": os.urandom(16)}
    print(json.dumps({name: encoded(data) for name, data in browser.items()}))
    sys.exit()

private = ec.derive_private_key(int.from_bytes(decoded(given["private"]), "big"), ec.SECP256R1())
plain = http_ece.decrypt(
    decoded(given["body"]), private_key=private, auth_secret=decoded(given["auth"]), version="aes128gcm"
)
scheme, parameters = given["authorization"].split(" ", 1)
assert scheme == "vapid", scheme
parameters = dict(one.strip().split("=", 1) for one in parameters.split(","))
key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parameters["k"]))
claims = jwt.decode(parameters["t"], key, algorithms=["ES256"], audience=given["audience"])
print(json.dumps({"plain": plain.decode(), "claims": claims, "key": parameters["k"]}))
