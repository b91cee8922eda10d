"""Whole telephone calls as a line carries them, fresh from a seed, with the truth beside the sound.

1. Sound is laid on a tape with line noise at -65 dBm0. Nobody's recording is used but Debian's prompts, for speech.
2. What a hook sensor would show is `hook`: seconds, and whether lifted. What was keyed is in `keys`, by purpose.
3. Numbers are of Ofcom's drama ranges; card digits are random.
"""

import random
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from tests.rigs import spandsp
from tests.rigs.keying import Keyed, Manner, Sound, as_samples, keyed, noise, sine
from tests.rigs.speech import speech

RATE: Final = 8000
DIAL, RINGING, BUSY, UNOBTAINABLE = (350, 440), (400, 450), (400,), (400,)
"""Frequencies of tones, Hz (BT SIN 350)."""

PLAIN = Manner(level=-12, on=(60, 140), off=(60, 140))
CARD, MENU, DIALLED, TRANSFER = "card", "menu", "dialled", "transfer"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a call has in it: sound of one side, hook, keys by purpose."""

    samples: NDArray[np.int16]
    hook: tuple[tuple[float, bool], ...]
    keys: dict[str, tuple[Keyed, ...]]

    def digits(self, purpose: str) -> str:
        """What was keyed for a purpose."""
        return "".join(each.key for each in self.keys.get(purpose, ()))

    @property
    def places(self) -> list[tuple[int, int, str]]:
        """Every key, as `decoders.keys_given_away` takes it."""
        return [(each.at, each.until, each.key) for keys in self.keys.values() for each in keys]


@dataclass
class Tape:
    """A line's sound that grows as things are laid behind one another; `now` is in seconds."""

    dice: random.Random
    level: float = -20.0
    now: float = 1.0
    _laid: list[tuple[int, Sound]] = field(default_factory=list)
    _hook: list[tuple[float, bool]] = field(default_factory=list)
    _keys: dict[str, tuple[Keyed, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int, level: float = -20.0) -> Self:
        """An empty one; the active level of speech in dBm0."""
        return cls(random.Random(seed), level)

    def lay(self, sound: Sound | NDArray[np.int16]) -> Self:
        """The sound, from now on; then it is over."""
        self._laid.append((round(self.now * RATE), np.asarray(sound, np.float64)))
        return self.wait(len(sound) / RATE)

    def wait(self, seconds: float) -> Self:
        """Nothing but the line's noise."""
        self.now += seconds
        return self

    def lift(self) -> Self:
        """The phone is lifted."""
        self._hook.append((self.now, True))
        return self.wait(0.3)

    def replace(self) -> Self:
        """It is hung up."""
        self._hook.append((self.now, False))
        return self.wait(0.3)

    def recall(self, milliseconds: float = 100) -> Self:
        """A timed break."""
        self._hook += [(self.now, False), (self.now + milliseconds / 1000, True)]
        return self.wait(milliseconds / 1000)

    def caller_id(self, number: str | None, absent: str = "P", name: str = "") -> Self:
        """The burst before the first ring (SIN 227); without a number, why: P or O."""
        fields = [(0x01, b"03031200")]
        fields.append((0x02, number.encode()) if number else (0x04, absent.encode()))
        fields += [(0x07, name.encode())] if name else []
        return self.lay(spandsp.send_caller_id(spandsp.V23, fields)).wait(0.4)

    def rings(self, bursts: int = 2) -> Self:
        """The phone rings; a tap hears next to nothing of it."""
        return self.wait(bursts * 3.0)

    def tone(self, frequencies: tuple[int, ...], seconds: float, level: float = -20.0) -> Self:
        """One that does not pause."""
        return self.lay(sum(sine(each, level, round(seconds * RATE)) for each in frequencies))

    def rings_there(self, cycles: int = 2) -> Self:
        """What a caller hears: British ringing tone."""
        for _ in range(cycles):
            self.tone(RINGING, 0.4).wait(0.2).tone(RINGING, 0.4).wait(2.0)
        return self

    def busy(self, seconds: float) -> Self:
        """British busy tone."""
        for _ in range(round(seconds / 0.75)):
            self.tone(BUSY, 0.375).wait(0.375)
        return self

    def talk(self, seconds: float) -> Self:
        """Somebody speaks."""
        return self.lay(speech(self.dice.randrange(1 << 30), seconds, self.level))

    def key(self, digits: str, purpose: str, manner: Manner = PLAIN, *, under_speech: bool = False) -> Self:
        """Digits, one after the other; the far end may go on speaking."""
        made = keyed(digits, manner, self.dice.randrange(1 << 30), lead=0.0, tail=0.0)
        at = round(self.now * RATE)
        placed = tuple(Keyed(at + each.at, at + each.until, each.key) for each in made.keys)
        self._keys[purpose] = (*self._keys.get(purpose, ()), *placed)
        if under_speech:
            made = made.over(speech(self.dice.randrange(1 << 30), len(made.sound) / RATE + 1.5, self.level))
        return self.lay(made.sound)

    def end(self, quiet: float = 1.0) -> Spoken:
        """All of it."""
        count = round((self.now + quiet) * RATE)
        sound = noise(self.dice.randrange(1 << 30), count, -65.0)
        for at, piece in self._laid:
            sound[at : at + len(piece)] += piece[: count - at]
        return Spoken(as_samples(sound), tuple(self._hook), self._keys)


def drama_number(dice: random.Random) -> str:
    """A number of Ofcom's drama ranges: nobody has it."""
    front = dice.choice(("01632960", "0117496 0".replace(" ", ""), "02079460", "07700900"))
    return front + f"{dice.randrange(1000):03d}"


def card_number(dice: random.Random) -> str:
    """Sixteen digits that nobody chose."""
    return "".join(dice.choice("0123456789") for _ in range(16))
