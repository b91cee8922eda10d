"""The office's relay, reached at one address: TLS as the settings ask for, or nothing is sent.

1. The address is a number: no name is looked up, so nothing but the relay is spoken to. The certificate is judged by
   the relay's name.
2. A relay that does not offer what the settings ask for, or cannot prove its name, gets neither letter nor password.
3. Whatever goes wrong is a `NotSentError` with one word for the keeper.
"""

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final

from firmware.faults import DeviceFault

PATIENCE_S: Final = 20
"""How long the relay may take for one step; RFC 5321, 4.5.3.2 asks for minutes, which a run of five minutes has not."""

STARTTLS, TLS = "starttls", "tls"


class NotSentError(Exception):
    """A letter was not taken; `outcome` is the word for the keeper, the text is for the journal."""

    def __init__(self, outcome: str, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome

    def fault(self, relay: "Relay") -> DeviceFault:
        """As a person reads it in the journal."""
        return DeviceFault(
            "device.relay-silent",
            f"no mail about faults is sent by {relay.name} ({relay.address}, port {relay.port}): {self}",
            "compare [mail] in the settings and the unit's IPAddressAllow= with the relay (docs/alarms.md); it is tried again",
        )


@dataclass(frozen=True, slots=True)
class Relay:
    """The relay as the settings have it."""

    name: str
    address: str
    port: int
    tls: str
    sender: str
    user: str
    ca: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Relay":
        """From the keeper's answer, or as it was kept."""
        name, address, tls, sender = (str(told[key]) for key in ("name", "address", "tls", "from"))
        return cls(name, address, int(told["port"]), tls, sender, str(told["user"]), str(told["ca"]))


@contextmanager
def session(relay: Relay, password: str | None) -> Iterator[smtplib.SMTP]:
    """A conversation with the relay, under TLS and logged in where that was asked for (rule 2)."""
    if relay.user and (password is None or not password.isascii()):
        raise NotSentError("password", "it asks for a password, and the credential callbox-relay holds none")
    client = smtplib.SMTP(local_hostname=relay.sender.partition("@")[2], timeout=PATIENCE_S)
    try:
        client.sock = socket.create_connection((relay.address, relay.port), PATIENCE_S)
        _greet(relay, password, client)
        yield client
        _part(client)
    except smtplib.SMTPAuthenticationError as error:
        raise NotSentError("password", f"it refuses the password ({error.smtp_code})") from error
    except smtplib.SMTPException as error:
        raise NotSentError("refused", _said(error)) from error
    except ssl.SSLError as error:
        raise NotSentError("unsafe", f"TLS fails: {error.reason or error}") from error
    except OSError as error:
        raise NotSentError("unreachable", error.strerror or str(error)) from error
    finally:
        client.close()


def hand_over(client: smtplib.SMTP, message: EmailMessage, to: str) -> str | None:
    """Give the relay one letter; why it refuses the addressee, `None` once it has taken the letter."""
    try:
        client.send_message(message, to_addrs=[to])
    except smtplib.SMTPRecipientsRefused as error:
        return _said(error)
    return None


def _greet(relay: Relay, password: str | None, client: smtplib.SMTP) -> None:
    if relay.tls == TLS and client.sock is not None:
        client.sock = _wrapped(relay, client.sock)
    code, _ = client.getreply()
    if code != 220:
        raise NotSentError("refused", f"it greets with {code}")
    client.ehlo_or_helo_if_needed()
    if relay.tls == STARTTLS:
        _start_tls(relay, client)
    if relay.user and password is not None:
        client.login(relay.user, password)


def _part(client: smtplib.SMTP) -> None:
    """What was taken is taken, however the relay says goodbye."""
    with suppress(smtplib.SMTPException, OSError):
        client.quit()


def _start_tls(relay: Relay, client: smtplib.SMTP) -> None:
    """RFC 3207; not by `smtplib`'s own, which judges the certificate by the address that was connected to."""
    if not client.has_extn("starttls"):
        raise NotSentError("unsafe", "it does not offer STARTTLS")
    code, _ = client.docmd("STARTTLS")
    if code != 220 or client.sock is None:
        raise NotSentError("unsafe", f"it answers STARTTLS with {code}")
    client.sock = _wrapped(relay, client.sock)
    client.file = None  # what was read before TLS counts for nothing: RFC 3207, section 4.2
    client.ehlo()


def _wrapped(relay: Relay, connection: socket.socket) -> ssl.SSLSocket:
    try:
        context = ssl.create_default_context(cafile=relay.ca or None)
    except (OSError, ssl.SSLError) as error:
        raise NotSentError("unsafe", f"the certificates in {relay.ca} cannot be read") from error
    return context.wrap_socket(connection, server_hostname=relay.name)


def _said(error: smtplib.SMTPException) -> str:
    """The code of the relay's answer; its text may name addresses, and the journal is read by many."""
    match error:
        case smtplib.SMTPResponseException():
            return f"it answers {error.smtp_code}"
        case smtplib.SMTPRecipientsRefused():
            codes = sorted({code for code, _ in error.recipients.values()})
            return f"it refuses the addressee ({', '.join(map(str, codes))})"
        case smtplib.SMTPServerDisconnected():
            return "it ended the conversation"
    return type(error).__name__
