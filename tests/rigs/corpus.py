"""The corpora of line signals beside the project: every file with the truth about it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

SAMPLES_A_MS = 8
"""Every file of a corpus is at 8 kHz."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that happens in a file, in milliseconds from its start; `rest` has what only some kinds have."""

    kind: str
    at_ms: float
    until_ms: float
    rest: Mapping[str, Any]

    @property
    def at(self) -> int:
        """Its first sample."""
        return round(self.at_ms * SAMPLES_A_MS)

    @property
    def until(self) -> int:
        """The sample after its last."""
        return round(self.until_ms * SAMPLES_A_MS)

    @property
    def digit(self) -> str:
        """What was keyed; for events of kind `dtmf`."""
        return str(self.rest["digit"])


@dataclass(frozen=True)
class Piece:
    """One file of a corpus; `about` is all that its truth says besides the events (README of the corpus)."""

    path: Path
    group: str
    events: tuple[Truth, ...]
    about: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The file's own name, without its ending."""
        return self.path.stem

    @cached_property
    def samples(self) -> NDArray[np.int16]:
        """Its sound."""
        samples, rate = soundfile.read(self.path, dtype="int16")
        assert rate == SAMPLES_A_MS * 1000
        return np.asarray(samples)

    def of(self, *kinds: str) -> list[Truth]:
        """The events of these kinds, in order."""
        return [each for each in self.events if each.kind in kinds]

    @property
    def digits(self) -> list[Truth]:
        """Every digit keyed in it."""
        return self.of("dtmf")

    @property
    def secret(self) -> str:
        """The card digits keyed in it, one after another."""
        return "".join(self.about.get("secret_digits", ()))


def pieces(folder: Path, *groups: str) -> list[Piece]:
    """The files of a corpus that belong to these groups; all of them where none is named."""
    truth = json.loads((folder / "truth.json").read_text())
    return [_piece(folder, each) for each in truth["files"] if not groups or each["group"] in groups]


def _piece(folder: Path, about: Mapping[str, Any]) -> Piece:
    rest = {name: value for name, value in about.items() if name not in {"file", "group", "events"}}
    return Piece(folder / about["file"], about["group"], tuple(_truths(about["events"])), rest)


def _truths(events: list[dict[str, Any]]) -> Iterator[Truth]:
    for each in events:
        rest = {name: value for name, value in each.items() if name not in {"type", "t_ms", "end_ms"}}
        yield Truth(each["type"], each["t_ms"], each.get("end_ms", each["t_ms"]), rest)


def folders(shared: Path) -> list[Path]:
    """Every corpus there is: folders with a `truth.json` of format 1 in them, by name."""
    return sorted(path.parent for path in shared.glob("signalling-corpus*/truth.json"))
