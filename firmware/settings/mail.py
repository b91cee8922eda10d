"""Where mail about open faults goes, as frozen values: pure, like `firmware.settings.model`."""

from dataclasses import dataclass
from enum import StrEnum


class MailTls(StrEnum):
    """How mail goes to the relay; `none-on-lan` is in clear, to an address of the office's own network only."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE_ON_LAN = "none-on-lan"


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The office's relay, and who is told of open faults by mail.

    `relay` is its name as its certificate has it, `address` the one address that is spoken to. `sender` is
    who the mail is from, `to` who is told of every fault, and `""` for `user` means that the relay asks for no
    password. `ca` is a file of certificates to trust instead of the system's, `""` for none.
    """

    relay: str
    address: str
    port: int
    tls: MailTls
    sender: str
    to: tuple[str, ...]
    user: str
    ca: str
