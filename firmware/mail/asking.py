"""The keeper is asked what is to be mailed, and told in a word what became of it."""

import json
import socket
from typing import Any, Final

from firmware.faults import Fault, Refused, VaultFault

MOST: Final = 1 << 16
PATIENCE_S: Final = 20
"""How long an answer may take; our choice: the door waits while the keeper works through a day."""


def ask(path: str, verb: str, **fields: object) -> dict[str, Any]:
    """One answer of the keeper at this socket; its fault, or its absence, is raised."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as connection:
            connection.settimeout(PATIENCE_S)
            connection.connect(path)
            connection.sendall(json.dumps({"verb": verb, **fields}).encode() + b"\n")
            answer: dict[str, Any] = json.loads(_line(connection))
    except (OSError, ValueError) as error:
        raise absent(str(getattr(error, "strerror", None) or "it ended the conversation")) from error
    if not answer.get("ok"):
        raise _fault(answer)
    return answer


def absent(why: str) -> VaultFault:
    """The keeper does not answer."""
    hint = "systemctl status callbox-keeper says why it ended; recording goes on without it"
    return VaultFault("vault.keeper-absent", f"the keeper does not answer ({why})", hint)


def _line(connection: socket.socket) -> bytes:
    pieces = [connection.recv(MOST)]
    while pieces[-1] and not pieces[-1].endswith(b"\n"):
        pieces.append(connection.recv(MOST))
    return b"".join(pieces)


def _fault(answer: dict[str, Any]) -> Fault:
    """The keeper's word, as a fault of ours: whatever it refuses, this account may not ask for it."""
    said = str(answer.get("message", "the keeper refuses"))
    return Refused("refused.not-you", said, str(answer.get("hint", "see that the unit runs as callbox-mail")))
