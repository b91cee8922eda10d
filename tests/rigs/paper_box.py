"""A box on paper: a signing key, a log and settings, and no keeper. What it signs can be made to say anything.

The lying box changes what an honest one answers; this one has the key, as somebody has who took the whole box.
"""

import io
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firmware.audit.checkpoint import Checkpoint, key_of, signed
from firmware.audit.digests import extensions, read_extensions, settings_fields
from firmware.audit.entries import What
from firmware.audit.tree import Frontier, consistency, leaf_hash, root_of
from firmware.faults import Fault
from firmware.office.boxes import OfficeBox
from firmware.office.witness import Outcome
from firmware.settings import parse
from firmware.settings.told import told_text
from firmware.vault.reading import canonical
from firmware.vault.signing import Signer
from tests.keeper.keeper_rig import MORNING, OFFICE, SAFE, TOML
from tests.rigs.witness_pc import WitnessPc

PROGRAM = "ab" * 32
AT = {"wall_ns": round(MORNING.timestamp()) * 10**9, "state": "trusted"}


def written(*edits: tuple[str, str]) -> str:
    """The text of settings."""
    named = [("OFFICE", OFFICE.recipient().text()), ("SAFE", SAFE.recipient().text()), ("DATA", "/data")]
    text = TOML
    for old, new in (*named, *edits):
        assert old in text
        text = text.replace(old, new)
    return text


@dataclass
class PaperBox:
    """What it would answer honestly; `instead` holds other answers, or faults, by verb."""

    signer: Signer = field(default_factory=lambda: Signer(Ed25519PrivateKey.generate()))
    name: str = "town-hall"
    lines: list[bytes] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    program: str = PROGRAM
    instead: dict[str, Callable[[str], str] | Fault] = field(default_factory=dict)
    said_instead: dict[str, str] = field(default_factory=dict)
    """Digests that the checkpoint names instead of the right ones, by their names."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    """What it was asked, in order."""

    given: list[str] = field(default_factory=list)
    """What witnesses gave back."""

    def __post_init__(self) -> None:
        if not self.lines:
            self.start()
            self.accept(written())

    def enter(self, what: str, **fields: object) -> None:
        """One more entry in its log."""
        self.lines.append(canonical({"format": 1, "what": what, "at": AT, **fields}))

    def start(self, program: str = PROGRAM) -> None:
        self.program = program
        self.enter(What.STARTED, boot="b", code=program)

    def accept(self, text: str, told: str | None = None) -> None:
        """Other settings are in force; `told` is the digest of another text than that."""
        self.settings.append(text)
        fields = settings_fields(parse(text, "a box on paper"))
        self.enter(What.SETTINGS, **{**fields, **({"told": told} if told else {})})

    def digests(self) -> dict[str, str]:
        """What its checkpoint names."""
        right = read_extensions(extensions(parse(self.settings[-1], "a box on paper"), self.program))
        return {**right, **self.said_instead}

    def leaves(self) -> list[bytes]:
        return [leaf_hash(each) for each in self.lines]

    def checkpoint(self) -> Checkpoint:
        named = tuple(f"{name} sha256:{digest}" for name, digest in self.digests().items())
        return Checkpoint(key_of(self.signer).name, len(self.lines), root_of(self.leaves()), named)

    def answer(self, words: tuple[str, ...], said: bytes) -> str:
        """What it answers, or raises."""
        verb = words[0]
        self.asked.append(words)
        honest = str(getattr(self, f"_{verb}")(*words[1:], said=said))
        other = self.instead.get(verb)
        if isinstance(other, Fault):
            raise other
        return other(honest) if other else honest

    def _checkpoint(self, *_words: str, said: bytes) -> str:
        del said
        note = signed(self.checkpoint(), self.signer).whole()
        return json.dumps({"key": key_of(self.signer).text(), "note": note})

    def _consistency(self, first: str, second: str, *, said: bytes) -> str:
        del said
        return _hashes(consistency(self.leaves(), int(first), int(second)))

    def _peaks(self, size: str, *, said: bytes) -> str:
        del said
        edge = Frontier()
        for leaf in self.leaves()[: int(size)]:
            edge.add(leaf)
        return _hashes(edge.peaks)

    def _entries(self, first: str, end: str, *, said: bytes) -> str:
        del said
        return "".join(f"{each.decode()}\n" for each in self.lines[int(first) : int(end)])

    def _settings(self, digest: str, *_words: str, said: bytes) -> str:
        del said
        found = [each for each in (parse(text, "x") for text in self.settings) if each.digest == digest]
        return json.dumps({"digest": digest, "text": told_text(found[-1])})

    def _cosign(self, *, said: bytes) -> str:
        self.given.append(said.decode())
        return ""

    def _days(self, *_words: str, said: bytes) -> str:
        del said
        nothing: Mapping[str, object] = {"lines": [], "owed": [], "due": []}
        copies = {"out": 0, "of_destroyed": 0}
        days = {"from": "2026-03-02", "to": "2026-03-01", "copies": copies, "now_ns": AT["wall_ns"]}
        return json.dumps({**nothing, **days})

    def _status(self, *_words: str, said: bytes) -> str:
        del said
        return json.dumps({"alarms": []})


@dataclass(frozen=True)
class OnPaper:
    """What `Remote` is, over such a box."""

    paper: PaperBox

    @property
    def box(self) -> OfficeBox:
        return OfficeBox(self.paper.name, ("paper",))

    def text(self, *words: str, said: bytes = b"") -> str:
        return self.paper.answer(words, said)

    def json(self, *words: str, said: bytes = b"") -> Any:  # noqa: ANN401  as `Remote` has it
        return json.loads(self.paper.answer((*words, "--json"), said))

    @contextmanager
    def stream(self, *words: str, said: bytes = b"") -> Iterator[io.BytesIO]:
        yield io.BytesIO(self.paper.answer(words, said).encode())


def visit(pc: WitnessPc, paper: PaperBox) -> Outcome:
    """A visit of this witness."""
    return pc.run.visited(OnPaper(paper))  # type: ignore[arg-type]


def _hashes(hashes: Iterable[bytes]) -> str:
    return "".join(f"{b64encode(each).decode()}\n" for each in hashes)
