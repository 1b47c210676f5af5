"""A mail server for tests, which misbehaves when the recipient asks for it.

Prints its port on the first line and runs until its standard input closes. What it accepts is appended to
a file, one JSON object a line. The local part of the recipient says what goes wrong:

    refuse-rcpt   550 at RCPT            defer-rcpt    451 at RCPT
    refuse-data   554 at the end         defer-data    452 at the end
    hang          no answer at RCPT      drop          hangs up at RCPT
    lose-answer   takes the mail, then hangs up without a word
    hang-answer   takes the mail, then says nothing for a minute
    close         takes the mail, answers 250, then hangs up

With -once behind it, as in drop-once, it goes wrong the first time only.
"""

import argparse
import asyncio
import base64
import json
import logging
import socket
import ssl
import sys
import threading
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.done = set()

    def fault(self, address, faults):
        """Which of these goes wrong now for this recipient."""
        name = address.split("@")[0].split("+")[0]
        fault = name.removesuffix("-once")
        if fault not in faults or (fault != name and address in self.done):
            return None
        self.done.add(address)
        return fault

    async def handle_RCPT(self, server, session, envelope, address, options):
        fault = self.fault(address, {"refuse-rcpt", "defer-rcpt", "hang", "drop"})
        if fault == "refuse-rcpt":
            return "550 5.1.1 no such user here"
        if fault == "defer-rcpt":
            return "451 4.7.1 greylisted, come back later"
        if fault == "hang":
            await asyncio.sleep(60)
        if fault == "drop":
            server.transport.abort()
            await asyncio.sleep(60)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        faults = {"refuse-data", "defer-data", "lose-answer", "hang-answer", "close"}
        fault = self.fault(envelope.rcpt_tos[0], faults)
        if fault == "refuse-data":
            return "554 5.7.1 this looks like spam"
        if fault == "defer-data":
            return "452 4.3.1 no room left"
        self.keep(server, session, envelope)
        if fault == "lose-answer":
            server.transport.abort()
            await asyncio.sleep(60)
        if fault == "hang-answer":
            await asyncio.sleep(60)
        if fault == "close":
            asyncio.get_running_loop().call_later(0.05, server.transport.abort)
        return "250 2.0.0 OK queued as 1"

    def keep(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        text, html = mail.get_body(("plain",)), mail.get_body(("html",))
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "structure": [part.get_content_type() for part in mail.walk()],
            "defects": [str(defect) for part in mail.walk() for defect in part.defects],
            "text": text.get_content() if text else None,
            "html": html.get_content() if html else None,
            "attachments": [
                {
                    "filename": part.get_filename(),
                    "content_type": part.get_content_type(),
                    "content": base64.b64encode(part.get_payload(decode=True)).decode(),
                }
                for part in mail.iter_attachments()
            ],
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
            "peer": session.peer[1],
            "raw": base64.b64encode(envelope.content).decode(),
        }
        with self.lock, open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def authenticator(user, password):
    def authenticate(server, session, envelope, mechanism, data):
        ok = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=ok, handled=False, auth_data=data.login if ok else None)

    return authenticate


class Server(Controller):
    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="where to write what is accepted")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--certificate", help="PEM file")
    parser.add_argument("--key", help="PEM file")
    parser.add_argument("--user")
    parser.add_argument("--password")
    args = parser.parse_args()

    # Clients that break off are the purpose here, not news.
    logging.disable(logging.CRITICAL)

    context = None
    if args.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(args.certificate, args.key)
    options = {"enable_SMTPUTF8": True}
    if args.tls == "starttls":
        options.update(tls_context=context, require_starttls=True)
    if args.user:
        options.update(
            authenticator=authenticator(args.user, args.password),
            auth_required=True,
            auth_require_tls=args.tls == "starttls",
        )
    port = args.port or free_port()
    server = Server(
        Handler(args.out),
        hostname="127.0.0.1",
        port=port,
        ssl_context=context if args.tls == "implicit" else None,
        **options,
    )
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
