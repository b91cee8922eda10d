"""`make talkoff`: hours of people who speak and key nothing, and all that was heard in it that was not there.

The speech is every prompt of every voice installed, at 18 speeds: another speed is another throat. Hours so made
depend on each other, so a rate below a limit says less than it seems; a rate above says all.

A table here, and build/talkoff.json; the exit status is 1 where a limit is passed.
"""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from multiprocessing import Pool
from pathlib import Path
from typing import Final, Self

import numpy as np

from firmware.signal.events import Blanked, CallerId, Digit, SignalEvent, ToneBegan
from tests.rigs.listening import RATE, Samples, heard_together, mask, of, stretches_in
from tests.rigs.speech import all_of, voices

SPEEDS: Final = tuple(round(0.82 + 0.02 * step, 2) for step in range(18))
LEVEL: Final = -15.0
"""dBm0 while somebody speaks: as loud as a line brings people, so that everything passes the gate."""

PART: Final = 100 * RATE
"""Samples of what is heard as a row of its own."""

FOUR: Final = ("en", "es", "fr", "it")
"""Languages of the prompts that are Debian packages: asterisk-core-sounds-en-wav and so on."""

REPORT: Final = Path("build/talkoff.json")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in some speech that was not there; seconds of it, and of what was blanked."""

    seconds: float = 0.0
    digits: int = 0
    tones: int = 0
    caller_ids: int = 0
    gaps: int = 0
    cards: int = 0
    blanked: float = 0.0

    @classmethod
    def among(cls, sound: Samples, events: Sequence[SignalEvent]) -> Self:
        """Of one sound."""
        blanks = of(Blanked, events)
        blanked = mask(blanks, len(sound))
        carded = mask((each for each in blanks if each.card), len(sound))
        kinds = (len(of(kind, events)) for kind in (Digit, ToneBegan, CallerId))
        cards = stretches_in(carded)
        return cls(len(sound) / RATE, *kinds, stretches_in(blanked), cards, int(blanked.sum()) / RATE)

    @classmethod
    def together(cls, many: Iterable[Self]) -> Self:
        """The sum of all."""
        rows = [[getattr(each, field.name) for field in fields(cls)] for each in many]
        return cls(*(sum(column) for column in zip(*rows, strict=True))) if rows else cls()

    @property
    def rates(self) -> dict[str, float]:
        """An hour of each, and the percentage of speech that was blanked."""
        counted = {name: getattr(self, name) / self.seconds * 3600 for name in LIMITS if name != "blanked"}
        return {**counted, "blanked": self.blanked / self.seconds * 100}


LIMITS: Final = {
    "digits": 0.13,
    "tones": 0.5,
    "caller_ids": 0.0,
    "gaps": 100.0,
    "cards": 0.25,
    "blanked": 0.3,
}
"""An hour of speech, `blanked` in percent of it: NTT's limit for digits is 6 in 46 hours, the others are our choice.

Tones: a bell or a held note may be taken for a call waiting tone, which changes nothing in a call.
"""


def found_in(sounds: Sequence[Samples]) -> Found:
    """What is found in some speech."""
    heard = heard_together(sounds)
    return Found.together(Found.among(*each) for each in zip(sounds, heard, strict=True))


def found_with(voice: str, speed: float) -> Found:
    """What is found in all that a voice says at this speed."""
    whole = all_of(voice, speed, LEVEL)
    return found_in(np.array_split(whole, -(-len(whole) // PART)))


def too_many(found: Found) -> list[str]:
    """Which limits are passed, in words."""
    return [
        f"{name}: {rate:.2f}, at most {LIMITS[name]}"
        for name, rate in found.rates.items()
        if rate > LIMITS[name]
    ]


def row(name: str, found: Found) -> str:
    """A line of the table."""
    return f"{name:24}{found.seconds / 3600:7.2f}" + "".join(f"{rate:12.3f}" for rate in found.rates.values())


def main() -> int:
    """Hear all of it, in as many processes as there are processors."""
    chosen = voices()
    if len(chosen) < len(FOUR):
        packages = " ".join(f"asterisk-core-sounds-{each}-wav" for each in FOUR)
        print(f"only {len(chosen)} voice(s) installed; hint: sudo apt-get install -y {packages}")
    asked = [(voice, speed) for voice in chosen for speed in SPEEDS]
    with Pool(os.cpu_count()) as pool:
        found = pool.starmap(found_with, asked, chunksize=1)
    print(f"{'voice':24}{'hours':>7}" + "".join(f"{name:>12}" for name in LIMITS))
    print(f"{'':31}" + "".join(f"{'% of it' if name == 'blanked' else 'an hour':>12}" for name in LIMITS))
    for voice in chosen:
        own = [each for (who, _), each in zip(asked, found, strict=True) if who == voice]
        print(row(voice, Found.together(own)))
    whole = Found.together(found)
    print(row("all", whole))
    REPORT.parent.mkdir(exist_ok=True)
    parts = [
        {"voice": voice, "speed": speed, **asdict(each)}
        for (voice, speed), each in zip(asked, found, strict=True)
    ]
    REPORT.write_text(json.dumps({"rates": whole.rates, "limits": LIMITS, "parts": parts}, indent=1) + "\n")
    passed = too_many(whole)
    print("\n".join([*passed, f"written to {REPORT}"]))
    return 1 if passed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
