"""A box is known by its public key: taken at its word the first time, held to it ever after.

`known_boxes` beside office.toml has a line a box: name, public key in hex, the day it was first seen. A key
that changed is shouted about and nothing of that box is believed until a person took the old line out.
"""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from firmware.faults import LogFault, SettingsFault
from firmware.office.boxes import BOX_NAME, OfficeBox
from firmware.office.placing import disk_of
from firmware.vault.signing import key_name

FILE: Final = "known_boxes"
PUBLIC: Final = 32
"""Bytes of an Ed25519 public key (RFC 8032)."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """The public key of one box, and since when it is known."""

    public: bytes
    since: date


def held_to(folder: Path, box: OfficeBox, public: bytes) -> Pinned:
    """The key of this box, the same as ever; pinned now where it was never seen. Refuses another one."""
    found = pinned(folder).get(box.name)
    if found is None:
        return _pin(folder, box, public)
    if found.public != public:
        raise _changed(folder, box, found, public)
    return found


def pinned(folder: Path) -> dict[str, Pinned]:
    """Every box that is known here, by its name."""
    path = folder / FILE
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        hint = "bring it back from a copy, as UTF-8; or take it away: every box is then met anew"
        raise SettingsFault("settings.office", f"{path} cannot be read", hint) from error
    known = {}
    for number, line in enumerate(lines, 1):
        try:
            name, public, since = line.split()
            known[_name(name)] = Pinned(_public(public), date.fromisoformat(since))
        except ValueError as error:
            hint = "put the line back as it was, or take it out: the box is then met anew"
            raise SettingsFault("settings.office", f"{path}, line {number} is no known box", hint) from error
    return known


def _pin(folder: Path, box: OfficeBox, public: bytes) -> Pinned:
    made = Pinned(_public(public.hex()), datetime.now(UTC).date())
    with disk_of(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _append(folder / FILE, f"{box.name} {public.hex()} {made.since}\n".encode())
    seen = f"callbox: {box.name} is met for the first time; its key is {key_name(public)}"
    how = f"at its console, `callbox shell checkpoint` must begin with callbox/{key_name(public)}"
    print(f"{seen}\ncompare it once: {how}", file=sys.stderr)
    return made


def _append(path: Path, line: bytes) -> None:
    """One line more, whole or not at all; one that an editor left without its end is ended first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "rb+", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            line = line if file.read(1) == b"\n" else b"\n" + line
        try:
            while line:
                line = line[file.write(line) :]
            os.fsync(descriptor)
        except OSError:
            file.truncate(size)
            raise


def _name(text: str) -> str:
    """A line of a name that no box has would be passed over, and its box met anew without a word."""
    if not BOX_NAME.fullmatch(text):
        raise ValueError("no box is called so")
    return text


def _public(text: str) -> bytes:
    public = bytes.fromhex(text)
    if len(public) != PUBLIC:
        raise ValueError("a public key has 32 bytes")
    return public


def _changed(folder: Path, box: OfficeBox, found: Pinned, public: bytes) -> LogFault:
    was, now = key_name(found.public), key_name(public)
    return LogFault(
        "log.box-key-changed",
        f"{box.name} HAS ANOTHER SIGNING KEY than since {found.since}: it was {was}, it is {now}; "
        "this is another box, or somebody pretends to be it",
        f"call the controller; only if the box was made anew, take its line out of {folder / FILE}",
    )
