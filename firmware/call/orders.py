"""What the machine orders: what may be written of a line's calls, and what must be accounted for.

Orders for one line come in the order of positions; positions are those of `firmware.call.events`.
"""

from dataclasses import dataclass

from firmware.call.events import CallClass, Reason


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a call that makes one recording: the call's number on its line, and its own."""

    call: int
    number: int


@dataclass(frozen=True, slots=True)
class Began:
    """A call began; give it an id, or that of the earlier call which it `continues`."""

    at: int
    call: int
    continues: int | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A recording begins here; `continues` where it goes on from the one before without a seam."""

    at: int
    part: Part
    call_class: CallClass
    continues: bool


@dataclass(frozen=True, slots=True)
class Keep:
    """Seal the samples from `at` up to `until` into the open recording."""

    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Silence of equal length into the open recording, with the reason; `keys` were keyed in it, as far as was heard."""

    at: int
    until: int
    reason: Reason
    keys: int = 0


@dataclass(frozen=True, slots=True)
class Close:
    """The open recording ends here; `why` in words for its facts."""

    at: int
    part: Part
    why: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Leave out of every unsettled recording what lies from `at` up to `until`, though it was sealed."""

    at: int
    until: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Discard:
    """Nothing of this part may remain."""

    part: Part


@dataclass(frozen=True, slots=True)
class Settled:
    """No press can reach the closed part any more; finish it."""

    part: Part


@dataclass(frozen=True, slots=True)
class Account:
    """Write into the coverage facts what became of this stretch off the hook.

    `instead` is what was accounted for it before, where a cut changes it.
    """

    at: int
    until: int
    call: int | None
    reason: Reason
    instead: Reason | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An opt-out was asked for where the notice offers none: the lamp says no, the ledger says so."""

    at: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over."""

    at: int
    call: int
    why: str


Order = Began | Open | Keep | Gap | Close | Cut | Discard | Settled | Account | Refused | Ended
