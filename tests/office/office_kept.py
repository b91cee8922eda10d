"""A recording as it was when it was taken in, so that a check can say later what is left of it."""

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyrage
import soundfile
from office_box import KEYS, OfficeBox

from firmware.shell.client import Reply

if TYPE_CHECKING:
    from office_play import Play

CALLER = "01632960999"
"""Every caller's number, of Ofcom's drama range; it must be nowhere on a disk."""

ROOT_KEY, SLOT = 32, 64
"""Bytes of the root key and of a slot with its page (docs/keeper.md)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Row, manifest, header, details and sealed body; the key of its day, and the root keys of that moment."""

    row: Mapping[str, Any]
    manifest: Mapping[str, Any]
    contents: tuple[bytes, ...]
    body: bytes
    keys: tuple[bytes, ...]

    @property
    def id(self) -> str:
        """Its opaque name."""
        return str(self.row["id"])

    @property
    def header(self) -> bytes:
        """What opens the body."""
        return self.contents[0]


def kept_of(box: OfficeBox, row: Mapping[str, Any]) -> Kept:
    """Everything that a check may want of a recording once it is gone."""
    contents = box.box.vault.contents(row["key"], row["id"])
    assert contents is not None
    assert contents.details is not None
    manifest = box.ask("show", id=row["id"]).content["manifest"]
    body = (box.places.store / f"{row['id']}.body").read_bytes()
    secret = (contents.header, contents.details, contents.manifest)
    return Kept(row, manifest, secret, body, (box.box.vault.table.key(row["key"]), *root_keys(box)))


def root_keys(box: OfficeBox) -> list[bytes]:
    """What stands in the slots of the cell now; a blank slot is no key."""
    cell = b"".join(path.read_bytes() for path in sorted(box.places.cell.parent.glob("*.cell")))
    slots = (cell[at : at + ROOT_KEY] for at in range(0, len(cell), SLOT))
    return [each for each in slots if any(each)]


def fetched(play: "Play", kept: Kept, purpose: str, reference: str) -> Reply:
    """What the keeper hands a person; told how much of it went, as the shell does."""
    reply = play.box.ask("get", id=kept.id, purpose=purpose, ref=reference)
    play.copy = str(reply.content.get("copy", ""))
    return reply


def let_go(reply: Reply) -> None:
    """The descriptor is not wanted."""
    os.close(reply.body())


def unsealed(sealed: bytes) -> bytes:
    """The FLAC stream of a sealed recording, opened with stock parts."""
    stream: bytes = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(KEYS[0].text())])
    return stream


def opened(sealed: bytes) -> Any:  # noqa: ANN401  samples, as libsndfile gives them
    """The samples of a sealed recording."""
    return soundfile.read(io.BytesIO(unsealed(sealed)), dtype="int16", always_2d=True)[0]
