"""Who asks, and under which keys, when Schemathesis does."""

import re
import uuid

import requests
import schemathesis

PASSWORD = "mild-otter-juggles-41-lanterns"
BARE = re.compile(r"[!#-~][ -~]*")
QUOTED = re.compile(r'"([ !#-\[\]-~]|\\["\\])+"')


@schemathesis.auth(refresh_interval=120)
class Account:
    """Signs up in a development environment, where that answers with a session. What it asks for may end its
    session or its account; Schemathesis comes back here at every 401, and then it signs in, or up anew."""

    email = None

    def get(self, case, context):
        base = case.operation.base_url.rstrip("/")
        if Account.email:
            credentials = {"email": Account.email, "password": PASSWORD}
            answer = requests.post(f"{base}/auth/login", json=credentials, timeout=10)
            if answer.status_code == 200:
                return answer.json()["access_token"]
        Account.email = f"schemathesis-{uuid.uuid4().hex}@example.com"
        credentials = {"email": Account.email, "password": PASSWORD}
        answer = requests.post(f"{base}/auth/signup", json=credentials, timeout=10)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def set(self, case, data, context):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def map_headers(context, headers):
    """A key that is repeated with another body is rightly refused, so good keys are made unlike any other."""
    key = headers.get("Idempotency-Key") if headers else None
    if isinstance(key, str) and BARE.fullmatch(key):
        headers["Idempotency-Key"] = f"{key[:200]}-{uuid.uuid4().hex}"
    elif isinstance(key, str) and QUOTED.fullmatch(key):
        headers["Idempotency-Key"] = f'"{uuid.uuid4().hex}"'
    # Both at once contradict each other and are refused, which a description can't say.
    if headers and "If-Match" in headers and "If-None-Match" in headers:
        del headers["If-None-Match"]
    return headers
