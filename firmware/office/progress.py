"""How far a transfer is: a bar on a terminal, one line at its end elsewhere."""

import sys
import time
from dataclasses import dataclass, field
from typing import Final, TextIO

WIDTH: Final = 24
EVERY_S: Final = 0.2
"""How often a bar is drawn; our choice: it moves, and costs nothing."""

STEPS: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@dataclass(slots=True)
class Progress:
    """One transfer of about `total` bytes; `total` 0 is unknown."""

    name: str
    total: int
    out: TextIO = field(default_factory=lambda: sys.stderr)
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    _drawn: float = 0.0

    def add(self, count: int) -> None:
        """So many bytes more."""
        self.done += count
        now = time.monotonic()
        if self.out.isatty() and now - self._drawn >= EVERY_S:
            self._drawn = now
            self.out.write(f"\r{self.line(now)}\x1b[K")
            self.out.flush()

    def line(self, now: float) -> str:
        """Bar, share, bytes, rate and time left."""
        passed = max(now - self.began, 1e-6)
        rate = self.done / passed
        share = min(self.done / self.total, 1.0) if self.total else 0.0
        bar = ("#" * round(share * WIDTH)).ljust(WIDTH, ".")
        left = f"{round(max(self.total - self.done, 0) / rate)} s left" if rate and self.total else ""
        return f"{self.name} [{bar}] {share:4.0%} {size(self.done)} {size(round(rate))}/s {left}".rstrip()

    def end(self) -> None:
        """What was transferred, on a line of its own."""
        passed = max(time.monotonic() - self.began, 1e-6)
        clear = "\r\x1b[K" if self.out.isatty() else ""
        rate = size(round(self.done / passed))
        self.out.write(f"{clear}{self.name}: {size(self.done)} in {passed:.1f} s ({rate}/s)\n")
        self.out.flush()


def size(count: int) -> str:
    """Bytes as a person reads them."""
    for step, unit in STEPS:
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count} B"
