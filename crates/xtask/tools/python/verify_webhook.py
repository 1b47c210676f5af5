"""Checks webhooks as a receiver does, with the reference library of Standard Webhooks.

Reads a JSON list of {secret, headers, body}; answers a list that says of each whether it holds.
Answers null where the library is not installed.
"""

import json
import sys

try:
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError
except ImportError:
    print("null")
    sys.exit()


def holds(one: dict) -> bool:
    try:
        Webhook(one["secret"]).verify(one["body"], one["headers"])
    except WebhookVerificationError:
        return False
    return True


print(json.dumps([holds(one) for one in json.load(sys.stdin)]))
