"""What a desk's lamps show, by pattern and never by colour alone.

Two lamps and a buzzer (hardware note, section 3): *recording*, round and
steady; *withheld*, square: steady is paused, a double blink every 2 s is opted
out; both alternating is a fault; a long withheld blink is an armed desk or a
call that is still undecided or not answered yet. Both dark is idle, or a dead box, and then nothing
is recorded: dark never means recording.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

TICK_NS = 250_000_000


class Lamp(IntEnum):
    """What a line asks its lamp to say, in the order of what most wants to be seen."""

    DARK = 0
    UNDECIDED = 1
    RECORDING = 2
    ARMED = 3
    OPTED_OUT = 4
    PAUSED = 5
    REMIND = 6
    REFUSED = 7
    FAULT = 8


@dataclass(frozen=True, slots=True)
class Lit:
    """Which of a desk's outputs are on at an instant."""

    recording: bool
    withheld: bool
    buzzer: bool


_PATTERNS: dict[Lamp, tuple[str, str, str]] = {
    Lamp.DARK: ("........", "........", "........"),
    Lamp.UNDECIDED: ("........", "####....", "........"),
    Lamp.RECORDING: ("########", "........", "........"),
    Lamp.ARMED: ("........", "######..", "........"),
    Lamp.OPTED_OUT: ("........", "#.#.....", "........"),
    Lamp.PAUSED: ("........", "########", "........"),
    Lamp.REMIND: ("........", "########", "#......."),
    Lamp.REFUSED: ("########", "#.#.#.#.", "#.#....."),
    Lamp.FAULT: ("#.#.#.#.", ".#.#.#.#", "........"),
}
"""Recording, withheld, buzzer: eight steps of 250 ms, on or off."""


def lit(lamps: Iterable[Lamp], now: int) -> Lit:
    """The outputs of a desk whose lines show these lamps, at an instant in nanoseconds.

    What is recorded shows beside what is withheld, so that a paused line never
    hides that another one is recorded; a fault or a refusal alone is shown.
    """
    seen = set(lamps) or {Lamp.DARK}
    loudest = max(seen)
    if loudest >= Lamp.REFUSED:
        seen = {loudest}
    step = now // TICK_NS % 8
    outputs = [[pattern[step] == "#" for pattern in _PATTERNS[lamp]] for lamp in seen]
    return Lit(*(any(each[output] for each in outputs) for output in range(3)))
