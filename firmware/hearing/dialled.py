"""A number that is being dialled, and what it says of its call as soon as that is certain."""

from collections.abc import Iterator

from firmware.call import events as ev
from firmware.call.events import CallClass
from firmware.hearing.told import DialledTold, Told
from firmware.hearing.ways import NUMBER_ENDS_SECONDS, Ways
from firmware.signal.events import Digit

MOST_DIGITS = 64
"""Kept of one number: a number has 15 digits (ITU-T E.164, 6.2); codes may go before it."""


class Once:
    """Tells a digit that is heard on both sides from one that is pressed twice; forgets it a second later."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._last: Digit | None = None

    def again(self, digit: Digit) -> bool:
        """Whether it was heard before."""
        last, self._last = self._last, digit
        return last is not None and digit.at < last.until and digit.digit == last.digit

    def listened(self, until: int) -> None:
        """Let go of a digit that can not be heard any more."""
        if self._last is not None and until > self._last.until + self._rate:
            self._last = None


class Dialled:
    """The digits of one call, until it is answered."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._digits = self._before = ""
        self.last = 0
        """The end of its last digit."""

        self._whole = True
        self._told: CallClass | None = None

    @property
    def begun(self) -> bool:
        """Whether anything was dialled."""
        return bool(self._digits)

    def dial(self, digit: Digit) -> Iterator[Told]:
        """One digit more."""
        if len(self._digits) < MOST_DIGITS:
            self._digits += digit.digit
        self.last, self._whole = digit.until, False
        yield ev.Dialling(digit.at)
        yield DialledTold(digit.at, self._digits)
        numbering = self._ways.numbering
        yield from self._class(digit.at, numbering.of_dialling(self._digits) or self._exempt_all_in_all())

    def again(self, at: int) -> None:
        """A dial tone again: who misdialled begins anew; but the digit that leads out of the office leads to another tone."""
        if self._ended_by(at) and self._digits != self._ways.numbering.access:
            self._before, self._digits, self._whole = (self._before + self._digits)[-MOST_DIGITS:], "", True

    def _ended_by(self, at: int) -> bool:
        return bool(self._digits) and at >= self.last

    def _exempt_all_in_all(self) -> CallClass | None:
        """What was no dial tone must not part an exempt number."""
        return self._ways.numbering.of_dialling(self._before + self._digits) if self._before else None

    def listened(self, until: int) -> Iterator[Told]:
        """Nothing followed for long: the number is whole."""
        if not self._whole and until >= self.last + self._ways.seconds(NUMBER_ENDS_SECONDS):
            yield from self.end(self.last)

    def end(self, at: int) -> Iterator[Told]:
        """A tone or an answer followed: the number is whole."""
        if not self._whole:
            self._whole = True
            yield from self._class(max(at, self.last), self._ways.numbering.of_dialled(self._digits))

    def _class(self, at: int, told: CallClass | None) -> Iterator[Told]:
        if told is not None and told is not self._told:
            self._told = told
            yield ev.Classed(at, told)
