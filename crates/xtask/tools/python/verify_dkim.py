"""Says `good` or `bad` of the DKIM signatures of mails.

    verify_dkim.py mail._domainkey.example.com "v=DKIM1; k=rsa; p=…"

reads a mail a line in base64, and answers a line each. The record is what DNS would tell of that name; no other
name exists, and DNS is not asked.
"""

import base64
import sys

import dkim


def main():
    name, record = sys.argv[1:]

    def ask(asked, timeout=5):
        return record.encode() if asked.decode().rstrip(".") == name else None

    def is_good(mail):
        try:
            return dkim.DKIM(mail).verify(dnsfunc=ask)
        except (dkim.DKIMException, UnicodeDecodeError):
            return False

    for line in sys.stdin:
        print("good" if is_good(base64.b64decode(line)) else "bad")


if __name__ == "__main__":
    main()
