"""`play`: a recording is heard and leaves no file; sealed or open, it is in this program's memory only.

1. The output is opened before anything is fetched: what the box hands out is entered there as a copy.
2. No temporary file: fetched into memory, compared with what the box signed, opened and decoded there.
3. Where audio was withheld it is silent; the reason is told as it is reached.
"""

import io
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from drivers.facts import DriverError
from firmware.faults import DeviceFault, Refused
from firmware.office.asked import parser, understood
from firmware.office.getting import fetch, why_arguments, why_of
from firmware.office.identities import Keys, load
from firmware.office.joining import join_into, tell_missing
from firmware.office.keyboard import Order, Pressed, keys
from firmware.office.recordings import Shown, named, shown
from firmware.office.sealed import damaged
from firmware.office.texts import plain
from firmware.sealing.facts import Gap
from firmware.showing import length

STEP_S: Final = 10
"""Seconds that an arrow leaps; our choice."""

BLOCK_S: Final = 0.1
MOST: Final = 1 << 30
"""Bytes that are held in memory; our choice: ten hours."""

NOWHERE: Final = "heard with callbox office play; no file was left"
"""What the box enters as the place of the copy."""

KEYS_HELP: Final = "space: pause   left, right: 10 s   q: end"


class Speaker(Protocol):
    """Where samples are heard."""

    def play(self, samples: bytes) -> None:
        """Hand over samples; waits for room."""
        ...

    def rest(self) -> None:
        """Be silent until the next samples."""
        ...

    def close(self) -> None:
        """Let the output go."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording in memory, as FLAC, with what was withheld of it."""

    flac: io.BytesIO
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """How far it is heard, in samples a side."""

    at: int = 0
    paused: bool = False
    ended: bool = False


def play(argv: Sequence[str]) -> int:
    """`play`."""
    made = parser("play", "Hear a recording; no file is left.")
    made.add_argument("id", metavar="ID", help="a recording, or BOX/ID where there are several boxes")
    why_arguments(made)
    asked, office = understood(made, argv)
    opener = load(office)
    recording = shown(office, named(office, asked.id, asked.box))
    facts = recording.manifest.facts
    with closing(speaker(facts.rate, facts.sides)) as output:
        opened = _opened(recording, opener, asked)
        with keys() as pressed:
            _hear(opened, output, pressed)
    return 0


def speaker(rate: int, sides: int) -> Speaker:
    """This PC's usual output; a PC without one is a fault."""
    try:
        from drivers.audio.sounddevice_speaker import SounddeviceSpeaker  # noqa: PLC0415  only what plays

        return SounddeviceSpeaker(rate, sides)
    except (DriverError, OSError, ImportError) as error:
        hint = "choose an output in the system's sound settings, or fetch it: callbox office get --open"
        raise DeviceFault("device.no-sound", f"this PC has no sound output: {error}", hint) from error


def hear(sound: Any, output: Speaker, pressed: Pressed, tell: Callable[[Place], None]) -> Place:  # noqa: ANN401  soundfile has no types
    """Play to the end, or until somebody ends it; where it stopped."""
    place, block = Place(), max(round(sound.samplerate * BLOCK_S), 1)
    while not place.ended and place.at < sound.frames:
        order = pressed(BLOCK_S if place.paused else 0)
        if order is not None:
            place = obeyed(place, order, sound.frames, sound.samplerate)
            output.rest()
            sound.seek(place.at)
        if not place.paused and not place.ended:
            samples = sound.read(block, dtype="int16")
            output.play(samples.tobytes())
            place = replace(place, at=place.at + len(samples))
        tell(place)
    if not place.ended:
        output.rest()
    return place


def obeyed(place: Place, order: Order, samples: int, rate: int) -> Place:
    """Where a key leads."""
    match order:
        case Order.PAUSE:
            return replace(place, paused=not place.paused)
        case Order.BACK:
            return replace(place, at=max(place.at - STEP_S * rate, 0))
        case Order.ON:
            return replace(place, at=min(place.at + STEP_S * rate, samples))
        case Order.END:
            return replace(place, ended=True)


def _opened(recording: Shown, opener: Keys, asked: Namespace) -> Opened:
    """Rule 2."""
    sealed, flac = io.BytesIO(), io.BytesIO()
    if recording.manifest.sealed.body_size > MOST:
        hint = "fetch it into a file: callbox office get --open"
        raise Refused("refused.file", f"{recording.named.id} is too large to be held in memory", hint)
    fetch(recording, why_of(asked, NOWHERE), sealed)
    sealed.seek(0)
    facts = recording.manifest.facts
    gaps = facts.gaps
    if recording.manifest.sealed.kind == "cut":
        joined = join_into(sealed, opener, flac, facts)
        tell_missing(joined)
        gaps = (*gaps, *joined.gaps)
    else:
        opener.pour(sealed, flac)
    flac.seek(0)
    return Opened(flac, gaps)


def _hear(opened: Opened, output: Speaker, pressed: Pressed) -> None:
    import soundfile  # noqa: PLC0415  only what plays needs it

    try:
        with soundfile.SoundFile(opened.flac) as sound:
            telling = _Telling(opened.gaps, sound.frames, sound.samplerate)
            try:
                hear(sound, output, pressed, telling.tell)
            finally:
                telling.end()
    except soundfile.LibsndfileError as error:
        raise damaged(f"it does not decode ({error})") from error
    except DriverError as error:
        hint = "look at the plug and the system's sound settings"
        raise DeviceFault("device.no-sound", str(error), hint) from error


class _Telling:
    """Where it is, on a terminal; and each gap as it is reached."""

    def __init__(self, gaps: Sequence[Gap], samples: int, rate: int) -> None:
        self._gaps, self._samples, self._rate = gaps, samples, rate
        self._inside: Gap | None = None
        self._line = ""
        if sys.stderr.isatty():
            print(KEYS_HELP, file=sys.stderr)

    def tell(self, place: Place) -> None:
        """Say what changed."""
        inside = next((each for each in self._gaps if each.start <= place.at < each.stop), None)
        if inside is not None and inside != self._inside:
            begun, lasts = length(inside.start, self._rate), (inside.stop - inside.start) / self._rate
            told = f"{begun}: {lasts:.1f} s are silent here: {plain(inside.words)}"
            print(f"{self._clear()}{told}", file=sys.stderr)
        self._inside = inside
        line = f"{length(place.at, self._rate)} of {length(self._samples, self._rate)}"
        line += "  paused" if place.paused else ""
        if sys.stderr.isatty() and line != self._line:
            sys.stderr.write(f"{self._clear()}{line}")
            sys.stderr.flush()
        self._line = line

    def end(self) -> None:
        """What is said next begins on a line of its own."""
        if sys.stderr.isatty() and self._line:
            print(file=sys.stderr)

    def _clear(self) -> str:
        return "\r\x1b[K" if sys.stderr.isatty() else ""
