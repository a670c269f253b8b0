"""A mail server on this machine that keeps what it took, and can fail in the ways that mail servers do."""

from __future__ import annotations

import contextlib
import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from email.message import EmailMessage

#: How a server may behave. `silent`: it takes the message whole and is gone before it says so.
OK, BUSY, REFUSES, SILENT, DROPS = "ok", "busy", "refuses", "silent", "drops"


class MailServer:
    """Takes one connection after the other; `mode` says how it answers the next one."""

    def __init__(self) -> None:
        self.mode, self.taken, self.connections = OK, [], 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The way out to it, as an administrator gives it."""
        return f"mailto://127.0.0.1:{self.port}?from=chhlang@health.example&to={{to}}"

    def messages(self) -> list[EmailMessage]:
        """What was taken whole, whether or not it was said."""
        return [email.message_from_bytes(one, policy=email.policy.default) for one in self.taken]

    def marks(self) -> list[str]:
        """The mark of each message that was taken."""
        return [str(one["X-Chhlang-Message"]) for one in self.messages()]

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                talking, _ = self._socket.accept()
            except OSError:
                return
            with talking, contextlib.suppress(OSError):
                self.connections += 1
                talking.settimeout(20)
                self._talk(talking)

    def _talk(self, talking: socket.socket) -> None:
        mode, lines = self.mode, talking.makefile("rb")

        def say(text: str) -> None:
            talking.sendall(text.encode() + b"\r\n")

        say("220 here" if mode != BUSY else "421 not now")
        while mode != BUSY and (line := lines.readline()):
            word = line[:4].upper().strip()
            if word == b"DATA":
                if mode == DROPS:
                    return
                say("354 go on")
                body = b""
                while (line := lines.readline()) not in (b".\r\n", b""):
                    body += line
                if not line:
                    return
                if mode == REFUSES:
                    say("554 not this one")
                    continue
                self.taken.append(body)
                if mode == SILENT:
                    return
                say("250 taken")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 yes")


@contextlib.contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server while a `with` lasts."""
    server = MailServer()
    try:
        yield server
    finally:
        server.close()
