"""From raw edges of a hook sensor to lifted, replaced, recall.

A break shorter than 40 ms is a bounce. One of 40 to 400 ms is a recall (a timed
break is 50 to 130 ms; a break in doubt closes the recording, which loses
nothing). A longer one is a replaced hook, believed 400 ms after it began, and
stamped where it began.

Instants are nanoseconds of the clock that stamped the edges.
"""

from dataclasses import dataclass

BOUNCE_NS = 40_000_000
REPLACED_NS = 400_000_000


@dataclass(frozen=True, slots=True)
class HookLifted:
    """The hook was lifted."""

    at: int


@dataclass(frozen=True, slots=True)
class HookReplaced:
    """The hook was replaced."""

    at: int


@dataclass(frozen=True, slots=True)
class Recall:
    """The hook was down for a moment only."""

    at: int


HookEvent = HookLifted | HookReplaced | Recall


class Hook:
    """One line's hook, from the level it has at the start."""

    def __init__(self, *, lifted: bool) -> None:
        self._lifted = lifted
        self._broken_at: int | None = None

    def level(self, at: int, *, lifted: bool) -> list[HookEvent]:
        """The sensor shows this level from `at` on."""
        said = self.settle(at)
        if not lifted:
            if self._lifted and self._broken_at is None:
                self._broken_at = at
            return said
        if not self._lifted:
            self._lifted = True
            return [*said, HookLifted(at)]
        broken, self._broken_at = self._broken_at, None
        if broken is not None and at - broken >= BOUNCE_NS:
            said.append(Recall(broken))
        return said

    def settle(self, now: int) -> list[HookEvent]:
        """A break that has lasted is a replaced hook."""
        broken = self._broken_at
        if broken is None or now - broken < REPLACED_NS:
            return []
        self._broken_at, self._lifted = None, False
        return [HookReplaced(broken)]
