"""Plays events to a machine and keeps book of what it ordered, refusing every order that breaks a promise."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from firmware.call import orders as od
from firmware.call.events import Armed, Event, Reason
from firmware.call.machine import Machine
from firmware.call.orders import Order, Part
from firmware.call.rules import LineRules
from firmware.settings.model import OptOut, Position, Unclassified

RATE = 10
"""Positions a second: slow enough to be looked at one by one."""

PORT = LineRules(
    rate=RATE,
    look_back=2 * RATE,
    pre_roll=RATE,
    hooked=True,
    position=Position.PORT,
    unclassified=Unclassified.WITHHOLD,
    opt_out=OptOut.STOP,
)
HOOKLESS = replace(PORT, hooked=False)
EXTENSION = replace(PORT, position=Position.EXTENSION)


@dataclass(slots=True)
class Strip:
    """A value for every position, None where nothing was painted: edges, and what holds from each on."""

    edges: list[int] = field(default_factory=list)
    values: list[Reason | None] = field(default_factory=lambda: [None])

    def paint(self, start: int, stop: int, value: Reason | None) -> None:
        """From `start` up to `stop` it is this; the strip stays as short as it can be."""
        first, last = bisect_left(self.edges, start), bisect_right(self.edges, stop)
        self.values[first + 1 : last] = [value]
        if last <= first:
            self.values.insert(first + 2, self.values[first])
        self.edges[first:last] = [start, stop]
        self._join()

    def _join(self) -> None:
        for index in reversed(range(len(self.edges))):
            if self.values[index] is self.values[index + 1]:
                del self.edges[index], self.values[index + 1]

    def over(self, start: int, stop: int) -> set[Reason | None]:
        """Every value between two positions."""
        return set(self.values[bisect_right(self.edges, start) : bisect_left(self.edges, stop) + 1])

    def spans(self) -> Iterator[tuple[int, int, Reason]]:
        """Where it was painted, and how."""
        for start, stop, value in zip(self.edges, self.edges[1:], self.values[1:], strict=False):
            if value is not None:
                yield start, stop, value


@dataclass(slots=True)
class Book:
    """What was ordered: the sound of every part, what was accounted for, and in which state the parts are."""

    sound: dict[Part, Strip] = field(default_factory=dict)
    opens: list[od.Open] = field(default_factory=list)
    closes: dict[Part, od.Close] = field(default_factory=dict)
    settled: list[Part] = field(default_factory=list)
    discarded: list[Part] = field(default_factory=list)
    said: Strip = field(default_factory=Strip)
    cuts: list[od.Cut] = field(default_factory=list)
    ended: list[od.Ended] = field(default_factory=list)
    began: list[od.Began] = field(default_factory=list)
    refused: list[od.Refused] = field(default_factory=list)
    open: Part | None = None
    at: int = 0

    def take(self, orders: Iterable[Order], newest: int) -> None:
        """Book orders given when nothing newer than `newest` may be written."""
        for order in orders:
            self._take(order, newest)

    def _take(self, order: Order, newest: int) -> None:
        match order:
            case od.Open(at, part):
                assert self.open is None
                assert part not in self.sound, "a part is opened twice"
                self.open, self.sound[part], self.at = part, Strip(), max(self.at, at)
                assert self.at == at
                self.opens.append(order)
            case od.Keep(at, until) | od.Gap(at, until, _):
                self._fill(at, until, newest, kept=isinstance(order, od.Keep))
            case od.Close(at, part, _):
                assert part == self.open
                assert at == self.at, "a recording ends where its last sample ended"
                self.open, self.closes[part] = None, order
            case od.Account():
                self._account(order)
            case _:
                self._take_mark(order)

    def _fill(self, at: int, until: int, newest: int, *, kept: bool) -> None:
        assert self.open is not None
        assert at == self.at, "no seam and no overlap within a recording"
        assert at < until <= newest, "younger than the look-back"
        self.at = until
        if kept:
            self.sound[self.open].paint(at, until, Reason.RECORDED)

    def _account(self, order: od.Account) -> None:
        assert order.at < order.until
        before = self.said.over(order.at, order.until)
        assert before == {order.instead}, "accounted for twice, or against the book"
        self.said.paint(order.at, order.until, order.reason)

    def _take_mark(self, order: Order) -> None:
        match order:
            case od.Cut(at, until, _):
                self.cuts.append(order)
                for part, sound in self.sound.items():
                    assert sound.over(at, until) == {None} or part not in self.settled, "settled, and cut"
                    sound.paint(at, until, None)
            case od.Discard(part):
                assert part not in self.settled + self.discarded
                self.sound[part] = Strip()
                self.discarded.append(part)
                self.open = None if self.open == part else self.open
            case od.Settled(part):
                assert part in self.closes
                assert part not in self.settled + self.discarded
                self.settled.append(part)
            case od.Began():
                self.began.append(order)
            case od.Ended():
                self.ended.append(order)
            case od.Refused():
                self.refused.append(order)

    @property
    def kept(self) -> set[int]:
        """Every position that is in some recording."""
        return {each for start, stop, _ in self.recorded().spans() for each in range(start, stop)}

    def recorded(self) -> Strip:
        """All recordings as one strip."""
        whole = Strip()
        for sound in self.sound.values():
            for start, stop, reason in sound.spans():
                assert whole.over(start, stop) == {None}, "in two recordings"
                whole.paint(start, stop, reason)
        return whole

    @property
    def account(self) -> dict[int, Reason]:
        """What became of every position off hook."""
        return {each: reason for start, stop, reason in self.said.spans() for each in range(start, stop)}


class Player:
    """One machine, its time and its book."""

    def __init__(self, rules: LineRules, *, tick: int = 1, armed: bool = True) -> None:
        self.rules = rules
        self.machine = Machine(rules)
        self.book = Book()
        self.now = 0
        self.tick = tick
        if armed:
            self.machine.take(Armed(0))

    def until(self, position: float) -> None:
        """Let time go on, tick by tick, up to a position."""
        while self.now < position:
            self.now = min(self.now + self.tick, round(position))
            self.book.take(self.machine.advance(self.now), self.now - self.rules.look_back)

    def tell(self, *events: Event) -> None:
        """Tell events, each when its position (for voice: its end) has come."""
        for event in events:
            self.until(getattr(event, "until", event.at))
            self.machine.take(event)

    def finish(self) -> Book:
        """Stop, and give the book."""
        self.book.take(self.machine.finish(), self.now)
        return self.book


def seconds(*spans: tuple[float, float]) -> set[int]:
    """The positions of stretches given in seconds."""
    return {each for start, stop in spans for each in range(round(start * RATE), round(stop * RATE))}


def at(second: float) -> int:
    """A second as a position."""
    return round(second * RATE)


def spoken(start: float, stop: float) -> Sequence[tuple[int, int]]:
    """Voice as a hearing tells it: one stretch of half a second after the other."""
    half = RATE // 2
    return [(each, each + half) for each in range(at(start), at(stop), half)]
