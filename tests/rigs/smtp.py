"""A small real SMTP server on loopback: greets, offers STARTTLS or speaks TLS at once, asks for a password, takes letters.

It is written from RFC 5321, 3207 and 4954 for the tests, and knows nothing of the client's code.
"""

import socket
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NAME = "relay.office.example"


@dataclass
class Taken:
    """What the server took: envelope and letters, and how each conversation stood."""

    letters: list[tuple[str, str, EmailMessage]] = field(default_factory=list)
    passwords: list[bytes] = field(default_factory=list)
    under_tls: list[bool] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)
    """Addressees that are refused."""
    password: str | None = None
    """What it asks for, `None` for nothing."""
    starttls: bool = True
    greeting: str = "220 relay ready"
    port: int = 0

    def texts(self) -> list[str]:
        """The letters' texts, in the order in which they came."""
        return [letter.get_content().replace("\r\n", "\n") for _, _, letter in self.letters]

    def subjects(self) -> list[str]:
        return [letter["Subject"] for _, _, letter in self.letters]


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, and the context of a server that shows it."""

    path: Path
    context: ssl.SSLContext


def certificate(folder: Path, name: str = NAME) -> Certificate:
    """Made for one name, with an elliptic key; its key stays in the folder of the test."""
    key = ec.generate_private_key(ec.SECP256R1())
    named, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    path, whole = folder / f"{name}.pem", folder / f"{name}.key"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    whole.write_bytes(private + path.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole)
    whole.unlink()
    return Certificate(path, context)


@contextmanager
def relay(shown: Certificate | None = None, *, at_once: bool = False, port: int = 0) -> Iterator[Taken]:
    """A server for as long as this lasts; `shown` is its certificate, `at_once` says that TLS comes first."""
    taken = Taken(starttls=shown is not None and not at_once)

    with socket.create_server(("127.0.0.1", port)) as listener:
        taken.port = listener.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(listener, taken, shown, at_once))
        thread.start()
        try:
            yield taken
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, taken: Taken, shown: Certificate | None, at_once: bool) -> None:
    """One client after another, until nobody is let in any more."""
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError, EOFError):
                _Conversation(connection, taken, shown, at_once).serve()


class _Conversation:
    """One client, until it leaves."""

    def __init__(self, connection: object, taken: Taken, shown: Certificate | None, at_once: bool) -> None:
        self.connection, self.taken, self.shown = connection, taken, shown
        self.under_tls = False
        self.buffer = b""
        if at_once:
            self._wrap()

    def _wrap(self) -> None:
        self.connection = self.shown.context.wrap_socket(self.connection, server_side=True)
        self.under_tls = True

    def say(self, *lines: str) -> None:
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            came = self.connection.recv(4096)
            if not came:
                raise EOFError
            self.buffer += came
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def serve(self) -> None:
        try:
            self.say(self.taken.greeting)
            while self._obey(self.line().decode()):
                pass
        finally:
            self.connection.close()

    def _obey(self, line: str) -> bool:
        verb, _, rest = line.partition(" ")
        self.taken.commands.append(verb.upper())
        match verb.upper():
            case "EHLO":
                offers = ["STARTTLS"] if self.taken.starttls and not self.under_tls else []
                offers += ["AUTH PLAIN"] if self.taken.password and self.under_tls else []
                names = ["relay", *offers, "8BITMIME"]
                self.say(*(f"250-{each}" for each in names[:-1]), f"250 {names[-1]}")
            case "STARTTLS":
                self.say("220 go ahead")
                self._wrap()
            case "AUTH":
                self._auth(rest)
            case "MAIL":
                self.sender = rest.partition("<")[2].partition(">")[0]
                self.say("250 ok")
            case "RCPT":
                self.to = rest.partition("<")[2].partition(">")[0]
                refused = self.to in self.taken.refuse
                self.say("550 5.1.1 nobody here of that name" if refused else "250 ok")
            case "DATA":
                self._data()
            case "QUIT":
                self.say("221 bye")
                return False
            case _:
                self.say("250 ok")
        return True

    def _auth(self, rest: str) -> None:
        said = b64decode(rest.removeprefix("PLAIN "))
        self.taken.passwords.append(said)
        right = said.endswith(b"\0" + (self.taken.password or "").encode())
        self.say("235 welcome" if right else "535 5.7.8 no")

    def _data(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.line()) != b".":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        letter = message_from_bytes(b"\r\n".join(lines), policy=default)
        assert isinstance(letter, EmailMessage)
        self.taken.letters.append((self.sender, self.to, letter))
        self.taken.under_tls.append(self.under_tls)
        self.say("250 taken")
