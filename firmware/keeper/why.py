"""Why somebody wants what is kept: a purpose of the office's list, a reference, a place, and a reason where one is needed.

1. The purpose is one of the office's. One that the notice allows as an exception only needs a reason in words.
2. The reference names the case, and is needed always. Where the copy will lie may be said.
3. The texts lie under the recording's lock and end with it; the audit log commits to each of them, with one salt.
4. Here nothing is written: what is refused has left no trace but the refusal.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firmware.audit.entries import SALT, Commitment
from firmware.call.typed import look_like_numbers, said
from firmware.faults import Refused
from firmware.settings.model import Office
from firmware.vault.reading import Fields

LONGEST_REFERENCE: Final = 200
"""Characters of a reference or a place; our choice: a case number, not a letter."""

LONGEST_REASON: Final = 500
"""Characters; our choice, as for the reason of a hold."""

UNSAID: Final = "not said"


@dataclass(frozen=True, slots=True)
class Why:
    """A purpose, and the texts by name: `ref`, `where`, and `because` where it was given; `salt` is theirs."""

    purpose: str
    texts: Mapping[str, str]
    salt: bytes

    def committed(self) -> dict[str, object]:
        """What the audit log says of it."""
        digests = {
            f"{name}_commitment": Commitment(text, self.salt).digest for name, text in self.texts.items()
        }
        return {"purpose": self.purpose, **digests}

    def kept(self) -> dict[str, object]:
        """What lies under the recording's lock."""
        return {"purpose": self.purpose, **self.texts, "salt": self.salt.hex()}


def why_of(office: Office, request: Fields) -> Why:
    """What a request says; refuses what the office does not allow."""
    purpose = _purpose(office, request)
    texts = {"ref": _reference(request), "where": _where(request), "because": _because(request)}
    if purpose in office.exceptional and not texts["because"]:
        message = f"{purpose} is an exception of this office, and needs a reason in words"
        raise Refused("refused.because", message, 'say who needs it and on what ground: --because "..."')
    given = {name: text for name, text in texts.items() if text}
    return Why(purpose, given, secrets.token_bytes(SALT))


def _purpose(office: Office, request: Fields) -> str:
    purpose = _text(request, "purpose")
    if purpose not in office.purposes:
        unknown = f"{said(purpose)} is not a purpose of this office" if purpose else "no purpose was given"
        raise Refused("refused.purpose", unknown, f"give --purpose with one of: {', '.join(office.purposes)}")
    return purpose


def _reference(request: Fields) -> str:
    reference = _text(request, "ref")
    if look_like_numbers([reference]):
        number = "a reference that looks like a telephone number is not taken: what is on a command line is not secret"
        raise Refused("refused.reference", number, "give the case it is for: --ref C12")
    if not _fits(reference, LONGEST_REFERENCE):
        needed = f"a recording is fetched with a reference of 1 to {LONGEST_REFERENCE} characters on one line"
        raise Refused("refused.reference", needed, "give the case it is for: --ref C12")
    return reference


def _where(request: Fields) -> str:
    where = _text(request, "where") or UNSAID
    if not _fits(where, LONGEST_REFERENCE):
        needed = f"the place of a copy is a text of at most {LONGEST_REFERENCE} characters on one line"
        raise Refused("refused.arguments", needed, 'say where it will lie: --where "case file C12"')
    return where


def _because(request: Fields) -> str:
    because = _text(request, "because")
    if because and not _fits(because, LONGEST_REASON):
        needed = f"a reason is a text of at most {LONGEST_REASON} characters on one line"
        raise Refused("refused.because", needed, 'say who needs it and on what ground: --because "..."')
    return because


def _text(request: Fields, name: str) -> str:
    """What was given under this name, without blanks around it; empty where nothing was."""
    return (request.maybe_text(name) or "").strip() if name in request.content else ""


def _fits(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text.isprintable()
