"""What a run is going to do is written down whole before it does anything, so that a crash changes nothing.

A draft becomes the certificate of its run. Until then it names keys, recordings and what stays.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from firmware.faults import VaultFault
from firmware.retention.disposal import Because
from firmware.vault import durable
from firmware.vault.reading import Fields, canonical, read_object

SUFFIX: Final = ".draft"


@dataclass(frozen=True, slots=True)
class Dying:
    """A recording whose last lock goes: its name, its manifest's SHA-256, and the live key it came under."""

    id: str
    manifest_sha256: str
    live: int


@dataclass(frozen=True, slots=True)
class Draft:
    """One run. `fresh` gives, for each day locked again, the new key; `leaving` does not come along.

    `staying` are recordings that lose a lock here and live on by a hold, each with the key that
    counts for it then; `holds` are those whose keys go.
    """

    run: str
    because: Because
    keys: tuple[str, ...]
    fresh: Mapping[str, str]
    dying: tuple[Dying, ...]
    staying: Mapping[str, str]
    holds: tuple[str, ...]

    @property
    def leaving(self) -> frozenset[str]:
        """The recordings that are not locked again."""
        return frozenset(each.id for each in self.dying)

    @property
    def newest_live(self) -> int:
        """The newest live key under which one of the recordings came."""
        return max((each.live for each in self.dying), default=0)

    def written(self) -> bytes:
        """As it lies on disk, format 1."""
        return canonical({"format": 1, **asdict(self)})

    @property
    def digest(self) -> str:
        """SHA-256 of it, for the audit entry."""
        return hashlib.sha256(self.written()).hexdigest()


class Waiting:
    """The drafts in a folder, read again only where a file changed: they may wait for weeks, and are asked for each turn."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: Sequence[tuple[str, int]] | None = None
        self._drafts: Sequence[Draft] = ()

    def now(self) -> Sequence[Draft]:
        """Every draft that can be read, in the order of their names."""
        seen = [(path.name, path.stat().st_ino) for path in sorted(self._folder.glob(f"*{SUFFIX}"))]
        if seen != self._seen:
            self._drafts = kept(self._folder)
            self._seen = seen
        return self._drafts


def keep(folder: Path, draft: Draft) -> None:
    """Write a draft; durable on return."""
    durable.write(folder / f"{draft.run}{SUFFIX}", draft.written())


def drop(folder: Path, draft: Draft) -> None:
    """Remove a draft."""
    durable.remove(folder / f"{draft.run}{SUFFIX}")


def kept(folder: Path) -> list[Draft]:
    """Every draft that can be read, in the order of their names."""
    found = map(_readable, sorted(folder.glob(f"*{SUFFIX}")))
    return [each for each in found if each is not None]


def fault(folder: Path) -> VaultFault | None:
    """The fault that stands while a draft cannot be read."""
    torn = [path.name for path in sorted(folder.glob(f"*{SUFFIX}")) if _readable(path) is None]
    if not torn:
        return None
    return VaultFault(
        "vault.draft-damaged",
        f"{len(torn)} drafts of runs cannot be read, and their certificates not be issued; the first: {torn[0]}",
        f"put the file back from a copy; where there is none, keep it aside, out of {folder}, for the controller",
    )


def _readable(path: Path) -> Draft | None:
    try:
        return read(path.read_bytes())
    except ValueError:  # `UnreadableError`, or a reason that is not known
        return None


def read(content: bytes) -> Draft:
    """The draft in these bytes."""
    fields = read_object(content, "draft")
    fields.require_format(1)
    return Draft(
        run=fields.text("run"),
        because=Because(fields.text("because")),
        keys=fields.texts("keys"),
        fresh=_texts(fields.inner("fresh")),
        dying=tuple(map(_dying, fields.each("dying"))),
        staying=_texts(fields.inner("staying")),
        holds=fields.texts("holds"),
    )


def _texts(fields: Fields) -> dict[str, str]:
    return {name: fields.text(name) for name in fields.content}


def _dying(fields: Fields) -> Dying:
    told: dict[str, Any] = {name: fields.text(name) for name in ("id", "manifest_sha256")}
    return Dying(**told, live=fields.whole("live"))
