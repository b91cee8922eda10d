"""Recordings are sealed anew for the recipients of today: each file key is wrapped again, and nothing but headers travels.

1. A file key is in memory only. No header that a box hands out is written to a disk here: with the body from a stolen
   box it would open a recording after its day.
2. What was made is read again and proved before it is sent: its MAC by the file key, and where a key of the new set is
   here, by opening it. A stanza for a key that is elsewhere can only be tried there.
3. What a box has taken is kept by the box. So whatever ends this, the next time goes on with what is left.
4. A header of a note that no key here opens stays as it is, counted and told; a recording whose body or details do not
   open is left, counted and told.
"""

import hmac
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from firmware.faults import LogFault, SealFault
from firmware.office.identities import Keys
from firmware.office.recipients import Recipients
from firmware.office.remote import Remote
from firmware.sealing.age import Unwraps, file_key_of, header
from firmware.sealing.fitting import proof_of
from firmware.sealing.identities import opener
from firmware.sealing.recipients import Recipient, parse
from firmware.sealing.stanza import header_mac, read_header
from firmware.showing import counted
from firmware.vault.digest import sha256
from firmware.vault.opaque import is_opaque
from firmware.vault.reading import Fields, UnreadableError

SHOWN: Final = 3
"""Names of recordings that are told of many."""

A_PAGE: Final = 128
"""Recordings whose headers are fetched at a time; our choice: what an interruption costs is made again in a second."""


@dataclass(frozen=True, slots=True)
class Opener:
    """A private key that is here, and its public half as a box would name it."""

    key: Unwraps = field(repr=False)
    public: str


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is needed to seal anew: the keys that are here, and whom it is for."""

    openers: tuple[Opener, ...]
    recipients: tuple[Recipient, ...]
    to: str

    def anew(self, recording: str, headers: Sequence[tuple[str, bytes]]) -> "Anew | None":
        """New headers for those of one recording; `None` where one that must be is not opened by any key here."""
        new: dict[str, bytes] = {}
        proof, shut = "", 0
        for of, old in headers:
            file_key = file_key_of(old, (each.key for each in self.openers))
            if file_key is None and of == "note":
                shut += 1
                continue
            if file_key is None:
                return None
            made = header(file_key, self.recipients)
            self._prove(file_key, made)
            new[sha256(old)] = made
            proof = proof_of(file_key, recording, made) if of == "body" else proof
        return Anew(recording, new, proof, shut)

    def opens(self, header: bytes) -> Opener | None:
        """The key here that opens it."""
        return next((each for each in self.openers if file_key_of(header, (each.key,)) is not None), None)

    def _prove(self, file_key: bytes, made: bytes) -> None:
        """Rule 2."""
        head = read_header(made)
        mine = {each.text() for each in self.recipients}
        tried = [file_key_of(made, (each.key,)) for each in self.openers if each.public in mine]
        if not hmac.compare_digest(header_mac(file_key, head.covered), head.mac) or set(tried) - {file_key}:
            wrong = "a header that was made here does not open as it should; nothing was sent"
            raise SealFault(
                "seal.damaged", wrong, "try again; if it stays so, this PC's memory is not to be trusted"
            )


@dataclass(frozen=True, slots=True)
class Anew:
    """A recording's new headers by the SHA-256 of the old ones, the proof of who opened them, and how many notes stay shut."""

    recording: str
    headers: Mapping[str, bytes]
    proof: str
    shut: int = 0

    def content(self) -> dict[str, object]:
        """As a box takes it."""
        coded = {old: b64encode(new).decode() for old, new in self.headers.items()}
        return {"id": self.recording, "headers": coded, "proof": self.proof}


@dataclass(slots=True)
class Tally:
    """How far it is with one box."""

    box: str
    total: int = 0
    sealed: int = 0
    left: list[str] = field(default_factory=list)
    shut: list[str] = field(default_factory=list)
    unread: int = 0

    def show(self, *, last: bool = False) -> None:
        """A line that moves on a terminal; else one line at the end."""
        _moving(f"{self.box}: {self.sealed} of {counted(self.total, 'recording')} sealed anew", last=last)


def _moving(told: str, *, last: bool) -> None:
    moving = sys.stderr.isatty()
    if moving or last:
        print(f"\r{told}\x1b[K" if moving else told, end="\n" if last else "", file=sys.stderr, flush=True)


def openers_of(keys: Keys) -> tuple[Opener, ...]:
    """The private keys that are here."""
    found = (opener(each.text) for each in keys.keys)
    return tuple(Opener(key, public.text()) for key, public in found)


def sealing_of(keys: Keys, recipients: Recipients) -> Sealing:
    """What seals anew for these recipients with these keys."""
    return Sealing(openers_of(keys), tuple(map(parse, recipients.keys.values())), recipients.to)


def reseal(remote: Remote, sealing: Sealing) -> Tally:
    """Seal anew all that the box hands out; interrupted, the next time goes on (rule 3)."""
    tally = Tally(remote.box.name)
    for page in _pages(remote, sealing.to, "headers"):
        tally.total = tally.total or page.whole("left")
        made = [(name, sealing.anew(name, headers)) for name, headers in _recordings(page)]
        good = [each for _, each in made if each is not None]
        tally.left += [name for name, each in made if each is None]
        taken = _give(remote, sealing.to, good)
        tally.shut += [each.recording for each in good if each.shut]
        tally.unread += page.whole("unread") + len(good) - len(taken)
        tally.sealed += len(taken)
        tally.show()
    tally.show(last=True)
    _compare(remote, tally)
    return tally


def _pages(remote: Remote, to: str, *verb: str) -> Iterator[Fields]:
    """Page after page, each behind the one before; a box that turns in a circle is not believed."""
    after, seen = "", set[str]()
    while True:
        words = ("--after", after) if after else ()
        page: Fields = remote.known(lambda answer: answer, *verb, "--limit", str(A_PAGE), *words)
        if page.text("to") != to:
            changed = f"{remote.box.name} was given other recipients while this went on"
            raise SealFault("seal.recipients-changed", changed, "begin again: callbox office reseal")
        if page.maybe_text("after") is None:
            return
        yield page
        seen.add(after)
        after = page.text("after")
        if after in seen:
            raise remote.nonsense("it hands out the same headers again")


def _recordings(page: Fields) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    for each in page.each("recordings"):
        yield name_of(each), [(one.text("of"), one.data("header")) for one in each.each("headers")]


def name_of(told: Fields) -> str:
    """The name of a recording; nothing else is shown, or said back to a box."""
    if not is_opaque(name := told.text("id")):
        raise UnreadableError("it names a recording as no box does")
    return name


def _give(remote: Remote, to: str, made: Sequence[Anew]) -> set[str]:
    """Gives what was taken: not what has a lock in a damaged file."""
    if not made:
        return set()
    said = json.dumps({"to": to, "recordings": [each.content() for each in made]}).encode()
    taken = set(remote.known(lambda answer: answer.texts("taken"), "reseal", "take", said=said))
    if not taken <= {each.recording for each in made}:
        raise remote.nonsense("it took what it was not given")
    return taken


def _compare(remote: Remote, tally: Tally) -> None:
    """Asked again, the box hands out what could not be opened, and nothing else."""
    again: Fields = remote.known(lambda answer: answer, "headers", "--limit", str(A_PAGE))
    names = {name for name, _ in _recordings(again)}
    if not names <= set(tally.left):
        more = counted(len(names - {*tally.left}), "recording more that is", "recordings more that are")
        print(f"callbox: {remote.box.name} has {more} to be sealed anew: begin again", file=sys.stderr)


def open_all(remote: Remote, sealing: Sealing, recipients: Recipients) -> None:
    """Open every new header that waits with a key of the new set; refuses, with names, where one does not open.

    The box holds each to the file key of the old one, so that what opens here opens the recording.
    """
    mine = set(recipients.keys.values())
    shut: list[str] = []
    opened = unread = 0
    for page in _pages(remote, recipients.to, "reseal", "waiting"):
        unread += page.whole("unread")
        for each in page.each("recordings"):
            found = [sealing.opens(b64decode(one, validate=True)) for one in each.texts("headers")]
            good = all(one is not None and one.public in mine for one in found)
            opened += good
            shut += [] if good else [name_of(each)]
        _moving(f"{remote.box.name}: the new headers of {counted(opened, 'recording')} open", last=False)
    _moving(f"{remote.box.name}: the new headers of {counted(opened, 'recording')} open", last=True)
    if unread:
        lie = counted(unread, "recording lies", "recordings lie")
        print(f"callbox: {remote.box.name}: {lie} in a damaged file, and stay as they are", file=sys.stderr)
    if opened and shut:
        some = counted(len(shut), "new header does not open", "new headers do not open")
        raise SealFault(
            "seal.wrong-key",
            f"{remote.box.name}: {some} with the key here, which opens {opened}: {shown(shut)}",
            "nothing is confirmed. `callbox office reseal drop` takes all of them back, the log says who brought them",
        )


def shown(names: Sequence[str]) -> str:
    """The first few of many."""
    return ", ".join([*names[:SHOWN], *(["..."] if names[SHOWN:] else [])])


@dataclass(frozen=True, slots=True)
class Tried:
    """A new header that was opened here: of which recording, by whose key, and what proves it."""

    recording: str
    recipient: str
    proof: str


def tried(remote: Remote, sealing: Sealing, recipients: Recipients, recording: str | None) -> Tried:
    """Open a new header that waits with a key of the new set; refuses where no key here does."""
    answer: Fields = remote.known(
        lambda told: told, "reseal", "try", *(() if recording is None else (recording,))
    )
    name, waited = name_of(answer), answer.data("header")
    if answer.text("to") != recipients.to or (recording is not None and name != recording):
        raise LogFault(
            "log.no-word",
            f"{remote.box.name} answers something else than it was asked",
            "call the controller",
        )
    for each in sealing.openers:
        file_key = file_key_of(waited, (each.key,))
        holder = recipients.named(each.public)
        if file_key is not None and holder is not None:
            return Tried(name, holder, proof_of(file_key, name, waited))
    raise SealFault(
        "seal.wrong-key",
        f"no key here opens the new header of {name}: it is for {', '.join(recipients.keys)}",
        "do this where the key of one of them is, best of one that is new",
    )
