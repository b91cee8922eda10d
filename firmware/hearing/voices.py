"""Voice of both sides together, and since when there is enough of it to be one.

A voice is believed `makes_out` after it began: by then it would have been told as a tone, and
what of it lies under a tone does not count. What is kept is bounded.
"""

from collections.abc import Iterator, Sequence

from firmware.hearing.ways import JOIN_SECONDS, Ways

MOST = 64
"""Stretches kept; a tick of 250 ms brings one a side."""


class Voices:
    """The last stretches of voice of one line."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._heard: list[tuple[int, int]] = []
        self.floor = 0
        """Before it nothing counts."""

    def hear(self, at: int, until: int) -> None:
        """Voice from one position up to another."""
        if until > self.floor:
            self._heard = [*self._heard, (max(at, self.floor), until)][-MOST:]

    def forget(self, before: int) -> None:
        """What lies before a position does not count any more."""
        self.floor = before
        self._heard = [(max(at, before), until) for at, until in self._heard if until > before]

    def clear(self, floor: int) -> None:
        """Nothing so far counts, and nothing before a position."""
        self.floor, self._heard = floor, []

    def drop(self, start: int, stop: int) -> None:
        """What lies between two positions was no voice."""
        before = [(at, min(until, start)) for at, until in self._heard if at < start]
        after = [(max(at, stop), until) for at, until in self._heard if until > stop]
        self._heard = sorted([*before, *after])

    def spans(self) -> Iterator[tuple[int, int]]:
        """The stretches in order, no position twice."""
        start = -1
        for at, until in sorted(self._heard):
            if until > start:
                yield max(at, start), until
                start = until

    def made_out(self, heard: int, least: float) -> int | None:
        """Where the first voice began that has `least` seconds of it and was made out by now.

        Words just before it, of which there was not enough, were its beginning.
        """
        spans, least_of_it = list(self.spans()), self._ways.seconds(least)
        for place, (at, _) in enumerate(spans):
            due = at + self._ways.makes_out
            if heard < due:
                return None
            if sum(min(until, due) - begin for begin, until in spans[place:] if begin < due) >= least_of_it:
                return self._first(spans[: place + 1])
        return None

    def _first(self, spans: Sequence[tuple[int, int]]) -> int:
        """The beginning of the last of some stretches, with those close before it."""
        first, joins = spans[-1][0], self._ways.seconds(JOIN_SECONDS)
        for at, until in reversed(spans[:-1]):
            if first - until > joins:
                break
            first = at
        return first

    @property
    def amount(self) -> int:
        """How much voice there is."""
        return sum(until - at for at, until in self.spans())
