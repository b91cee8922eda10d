"""A working morning with kills in it: phones are lifted, paused, resumed, and processes die at seeded moments.

Rules of this rig:

1. What the rig has seen promised (a lamp that says paused) is noted as promised from then on; what it
   only asked for is not.
2. After a kill of the recorder the next one is started at once, as systemd would.
3. Three lines: `voice` has no hook sensor and one call all along; `opted` is opted out once and for all;
   `hooked` has a script for a hook, which a new recorder finds replaced.
4. A line without a hook sensor and without a note is withheld for 30 s, so the first recorder finds
   the notes of one before it.
"""

import json
import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.rigs.box import Ask, Box
from tests.rigs.feeding import Line, noise

RESUMES_AFTER_NS = 3_100_000_000
"""Nothing resumes within 3 s of the pause's start, or of the start of a recorder that found it (DESIGN section 4)."""

CALL = "0123456789abc"
"""The id of a call that an earlier recorder gave it."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One process killed: which, when, and when the next recorder was ready (CLOCK_MONOTONIC)."""

    victim: str
    at_ns: int
    ready_ns: int
    recording: tuple[str, ...]
    """The lines that were recorded then."""


@dataclass
class Session:
    """A box with three lines, and all that happened to it."""

    box: Box
    seed: int
    kills: list[Kill] = field(default_factory=list)
    recorded_since: dict[str, int] = field(default_factory=dict)
    kept_from: list[tuple[str, int, int]] = field(default_factory=list)
    """Line, from when to when it was recorded without a break up to a kill."""
    withheld: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: {"voice": [], "opted": []})
    """By line, from when the lamp said it to the resume; the press was before."""
    _paused_at: int | None = None
    _started: int = 0

    @classmethod
    def of(cls, folder: Path, seed: int, seconds: float) -> Self:
        """A session that is not begun."""
        asks = [
            Ask("voice", Line(noise(21, seconds)), hooked=False),
            Ask("opted", Line(noise(22, seconds)), hooked=False),
            Ask("hooked", Line(noise(23, seconds))),
        ]
        return cls(Box(folder, asks), seed)

    def play(self, kills: int) -> None:
        """Begin, kill so often, and stop cleanly."""
        dice = random.Random(self.seed)
        self.begin()
        for _ in range(kills):
            self.work(dice)
            self.box.lines.hear(dice.uniform(0.5, 5))
            self.box.recorder.wait_a_little(dice.uniform(0, 0.1))
            if dice.random() < 0.7:
                self.kill_recorder()
            else:
                self.kill_tap(dice.choice(("voice", "hooked")))
        self.box.lines.hear(1)
        if self._paused_at is not None:
            self.withheld["voice"].append((self._paused_at, time.monotonic_ns()))
        self.withheld["opted"][-1] = (self.withheld["opted"][-1][0], time.monotonic_ns())
        assert self.box.stop() == 0

    def begin(self) -> None:
        """Two calls are found going on, as after a restart; one caller opts out."""
        self.box.make().lines.start()
        self.box.start().kill()
        self._find_calls_going_on("voice", "opted")
        self.box.start()
        self.box.reasons("recorded", "voice", "opted")
        self.recorded_since["voice"] = time.monotonic_ns()
        self.box.press("opted", "opt-out down")
        self.box.reasons("opted out", "opted")
        self.withheld["opted"].append((time.monotonic_ns(), 0))
        self.box.press("opted", "opt-out up")

    def _find_calls_going_on(self, *names: str) -> None:
        """What the notes say of lines, so that the next recorder goes on with their calls."""
        told = self.box.state()
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        for name in names:
            line = told["lines"][name]
            line |= {"off_hook": True, "reason": "recorded", "since_ns": now, "call": CALL}
            line["note"] |= {"in_call": True, "call_class": "external", "answered": True, "doubt": False}
        told["at"]["boottime_ns"] = now
        (self.box.run / "lines").write_text(json.dumps(told))

    def work(self, dice: random.Random) -> None:
        """One of the things that a desk does."""
        if dice.random() < (0.2 if self._paused_at is None else 0.8):
            self.use_button()
        if dice.random() < (0.5 if "hooked" in self.recorded_since else 0.9):
            self.use_hook()

    def use_button(self) -> None:
        """Pause; or resume, once that is possible."""
        now = time.monotonic_ns()
        if self._paused_at is None:
            self.box.push("voice")
            self.box.reasons("paused", "voice")
            self._paused_at = time.monotonic_ns()
            self.recorded_since.pop("voice", None)
        elif now - max(self._paused_at, self._started) > RESUMES_AFTER_NS:
            resumed = self.box.push("voice")
            self.box.reasons("recorded", "voice")
            self.withheld["voice"].append((self._paused_at, resumed))
            self._paused_at = None
            self.recorded_since["voice"] = time.monotonic_ns()

    def use_hook(self) -> None:
        """Lift, or replace."""
        if "hooked" in self.recorded_since:
            self.box.tell("hooked", "replace")
            self.box.wait(lambda: not self.box.of("hooked")["off_hook"], "the hook is not seen replaced")
            del self.recorded_since["hooked"]
        else:
            self.box.tell("hooked", "lift")
            self.box.reasons("recorded", "hooked")
            self.recorded_since["hooked"] = time.monotonic_ns()

    def kill_recorder(self) -> None:
        """SIGKILL, and start the next one; what was recorded is recorded again as soon as it is ready."""
        at = time.monotonic_ns()
        self.box.kill()
        self._note(at, tuple(self.recorded_since))
        was = tuple(self.recorded_since)
        self.box.start()
        self._started = time.monotonic_ns()
        self.kills.append(Kill("recorder", at, self._started, was))
        self.recorded_since.pop("hooked", None)
        self._recorded_again("voice")

    def kill_tap(self, line: str) -> None:
        """SIGKILL to one tap; the recorder starts the next one."""
        shot: list[tuple[int, int]] = []
        self.box.wait(lambda: self._shoot(line, shot), f"{line} has no tap")
        (pid, at), was = shot[0], tuple(self.recorded_since)
        self._note(at, tuple(each for each in was if each == line))
        self.box.wait(lambda: self.box.taps().get(line, pid) != pid, "no new tap")
        self.kills.append(Kill(f"tap {line}", at, time.monotonic_ns(), was))
        self._recorded_again(line)

    def _shoot(self, line: str, shot: list[tuple[int, int]]) -> bool:
        """Whether the line had a tap to kill; on a busy machine the recorder may be replacing it just now."""
        pid, at = self.box.taps().get(line), time.monotonic_ns()
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        shot.append((pid, at))
        return True

    def _recorded_again(self, line: str) -> None:
        if line in self.recorded_since:
            self.box.wait(lambda: self.box.of(line)["lamp"] == "RECORDING", f"{line} is not recorded again")
            self.recorded_since[line] = time.monotonic_ns()

    def _note(self, at: int, lines: tuple[str, ...]) -> None:
        self.kept_from += [(line, self.recorded_since[line], at) for line in lines]
