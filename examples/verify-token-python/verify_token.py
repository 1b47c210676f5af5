"""Lets the users of a Mainstay server into a service of your own.

A small HTTP service with two doors. Callers send the access token that they got by signing in:

    GET /offline   checks the token here, by the server's public keys. Fast, and good enough for most: a token
                   lives for ten minutes, so that long somebody who signed out may still come in.
    GET /now       asks the server as well (RFC 7662). Nobody comes in whose session or account was ended.

    python verify_token.py https://app.example.com --port 9000

The second door needs an API key with the scope tokens:introspect, in the environment variable MAINSTAY_API_KEY.
"""

import argparse
import http.server
import json
import os
import urllib.parse
import urllib.request

import jwt

ALGORITHMS = ["EdDSA"]
TIMEOUT = 5


class Refused(Exception):
    """The token does not hold; the caller is told 401."""


class Verifier:
    """Checks access tokens of one Mainstay server."""

    def __init__(self, base_url, api_key=None):
        well_known = f"{base_url.rstrip('/')}/.well-known/oauth-authorization-server"
        with urllib.request.urlopen(well_known, timeout=TIMEOUT) as answer:
            self.metadata = json.load(answer)
        self.api_key = api_key
        # Keys are kept for five minutes, as the server allows; an unknown one is looked for at once.
        self.keys = jwt.PyJWKClient(self.metadata["jwks_uri"], lifespan=300, timeout=TIMEOUT)

    def offline(self, token):
        """The claims of the token, by its signature alone."""
        try:
            # Other tokens that are signed with the same keys are no access tokens (RFC 9068).
            if jwt.get_unverified_header(token).get("typ") != "at+jwt":
                raise Refused("no access token")
            issuer = self.metadata["issuer"]
            return jwt.decode(
                token,
                self.keys.get_signing_key_from_jwt(token),
                algorithms=ALGORITHMS,
                issuer=issuer,
                audience=issuer,
                options={"require": ["exp", "iat", "nbf", "iss", "aud", "sub", "sid"]},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise Refused(str(error)) from error

    def now(self, token):
        """What the server says about the token at this moment."""
        self.offline(token)
        request = urllib.request.Request(
            self.metadata["introspection_endpoint"],
            data=urllib.parse.urlencode({"token": token}).encode(),
            headers={"authorization": f"Bearer {self.api_key}"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            told = json.load(answer)
        if told.get("active") is not True:
            raise Refused("the token holds no more")
        return told


class Service(http.server.BaseHTTPRequestHandler):
    """The two doors."""

    verifier = None

    def do_GET(self):
        doors = {"/offline": self.verifier.offline, "/now": self.verifier.now}
        check = doors.get(self.path)
        if check is None:
            return self.answer(404, {"error": "not_found"})
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() != "bearer" or not token:
                raise Refused("no bearer token")
            claims = check(token)
        except Refused:
            return self.answer(401, {"error": "invalid_token"})
        except OSError as error:
            # Who can't ask lets nobody in.
            self.log_error("the server can't be asked: %s", error)
            return self.answer(503, {"error": "temporarily_unavailable"})
        return self.answer(200, {"user": claims["sub"], "session": claims["sid"]})

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        if status == 401:
            self.send_header("www-authenticate", 'Bearer error="invalid_token"')
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, *_):
        """Says nothing: a request that came in is no news."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", help="where the Mainstay server is: https://app.example.com")
    parser.add_argument("--port", type=int, default=9000, help="where to listen, on this machine only")
    options = parser.parse_args()
    Service.verifier = Verifier(options.server, os.environ.get("MAINSTAY_API_KEY"))
    service = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Service)
    print(f"listening on http://127.0.0.1:{service.server_port}", flush=True)
    service.serve_forever()


if __name__ == "__main__":
    main()
