"""One cause over time: which value was in force at which position.

A track can be rewritten from a position on (a press reaches back over the
look-back), and forgets what lies behind the point up to which all is decided.
"""

from bisect import bisect_left, bisect_right
from typing import Generic, TypeVar

T = TypeVar("T")


class Track(Generic[T]):
    """A value that holds from each change on, until the next."""

    __slots__ = ("_starts", "_values")

    def __init__(self, value: T) -> None:
        self._starts: list[int] = []
        self._values: list[T] = [value]

    def at(self, position: int) -> T:
        """The value in force at a position."""
        return self._values[bisect_right(self._starts, position)]

    @property
    def last(self) -> T:
        """The value in force from the last change on."""
        return self._values[-1]

    def put(self, position: int, value: T) -> None:
        """From `position` on it is `value`, whatever was said of later before."""
        keep = bisect_left(self._starts, position)
        del self._starts[keep:]
        del self._values[keep + 1 :]
        if self._values[-1] != value:
            self._starts.append(position)
            self._values.append(value)

    def lay(self, start: int, stop: int, value: T) -> None:
        """Between the two positions it is `value`; after `stop` what it was before."""
        later = [(at, self.at(at)) for at in [stop, *self.changes(stop, stop + (1 << 62))]]
        self.put(start, value)
        for at, what in later:
            self.put(at, what)

    @property
    def settled(self) -> bool:
        """Whether the value has been the same since the last `forget`."""
        return not self._starts

    def changes(self, start: int, stop: int) -> list[int]:
        """The positions after `start` and before `stop` at which the value changes."""
        return self._starts[bisect_right(self._starts, start) : bisect_left(self._starts, stop)]

    def forget(self, before: int) -> None:
        """Let go of every change that lies before a position; the value in force there stays."""
        if not self._starts:
            return
        gone = bisect_right(self._starts, before)
        del self._starts[:gone]
        del self._values[:gone]
