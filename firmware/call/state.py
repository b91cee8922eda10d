"""The state of one line's machine, shared by the modules that change it.

`life` begins and ends calls, `hooking` and `legs` say when, `quiet` what time does to
them, `presses` pauses and opts out, `machine` takes events in. Nobody outside `firmware.call` sees it.
"""

from dataclasses import dataclass

from firmware.call.clerk import Clerk
from firmware.call.events import CallClass, Reason
from firmware.call.orders import Order, Part
from firmware.call.rules import LineRules
from firmware.call.tracks import Tracks
from firmware.settings.model import Unclassified


@dataclass(slots=True)
class Call:
    """The call that is going on; its newest `leg` began with it, with the last recall, or with a dial tone in it.

    `recalled` says that it was one of the latter two; `waits_from` is where that dial tone began, as
    long as no digit followed it. `spoken` are the positions of voice since the answer, and once it is
    a `conversation` they do not matter any more. `continues` is the call that ended just before on hook.
    """

    number: int
    start: int
    leg: int
    answered_at: int
    dialled_at: int = 0
    told_answer: bool = False
    dialling: bool = False
    undecided: bool = True
    told_by_ring: bool = False
    incoming: bool = False
    recalls: int = 0
    recalled: bool = False
    waits_from: int | None = None
    spoken: int = 0
    conversation: bool = False
    continues: int | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """An incoming call whose phone was just put down, and what it carries over if it is lifted at once."""

    call: Call
    call_class: CallClass
    paused: Reason | None
    opted_out: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """The press that began the pause, or where its call began if that is later."""

    at: int


class State:
    """One line: its rules, its tracks, its clerk, and the call that is going on."""

    def __init__(self, rules: LineRules, at: int) -> None:
        self.rules = rules
        self.tracks = Tracks(withhold_unclassified=rules.unclassified is Unclassified.WITHHOLD)
        self.clerk = Clerk(rules, at, self.new_part)
        self.heard = at
        self.voice = at
        self.kept_from = at
        self.began_at = at
        self.ended_at = at
        self.call: Call | None = None
        self.pause: Pause | None = None
        self.told: tuple[CallClass, int] | None = None
        self.rang_at: int | None = None
        self.left: Left | None = None
        self.lifts: tuple[int, ...] = ()
        self.restless: int | None = None
        self.lost_buttons: frozenset[str] = frozenset()
        self.orders: list[Order] = []
        self._parts = 0
        self._calls = 0

    def new_part(self, call: int) -> Part:
        """The next part of a call."""
        self._parts += 1
        return Part(call, self._parts)

    def new_call(self, start: int) -> Call:
        """The next call, undecided, taken as answered until something tells otherwise."""
        self._calls += 1
        return Call(self._calls, start, start, start)

    @property
    def outline(self) -> tuple[int, bool, bool]:
        """What time alone can change: the call going on, whether it is undecided, whether it is in doubt."""
        call = self.call
        return (call.number if call else 0, call is not None and call.undecided, self.tracks.doubt.last)

    def not_ordered(self, at: int) -> int:
        """The position, or the first after it of which nothing was ordered yet."""
        return max(at, self.clerk.frontier)

    def reach_back(self, at: int) -> int:
        """The look-back before a position, within its call."""
        return max(at - self.rules.look_back, self.call.start if self.call else at)
