"""`callbox demo`: the whole life of a call on this machine, through the real audio stack, without hardware."""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.demo import box, calls
from firmware.demo.box import Paths
from firmware.demo.days import show_days
from firmware.demo.fifo import FifoLines
from firmware.demo.opened import show_recording
from firmware.demo.pace import Pace
from firmware.demo.processes import Processes
from firmware.demo.screen import Screen, read_notes
from firmware.faults import Fault, Refused

MARK = ".callbox-demo"
"""A folder with this file in it was made by a demo and may be made anew."""

SETTLE_SECONDS = 6.0
"""After the last call: look-back, hold time, and a commit."""

INTRO = """\
Callbox demo: two telephone lines, through the real audio stack, with no hardware.

  A caller rings line "front" and pays by card; staff press the button meanwhile.
  Line "repairs" dials out, and a card is keyed on the telephone. The box hears both, and records them sealed as they happen.
  Then thirty days go by: one recording is held for a case, the other is destroyed on its day.
"""

GOOD_BYE = """\
What you saw is what runs on a real box: the same recorder, keeper, tap, files and commands.
  * The days were hurried, nothing else: forecast, marking, destruction and certificate run like this by themselves,
    each day. The copies that were handed out are still in office/: what the box destroys, it destroys on the box.
  * Everything is in {folder}: office/ would be at the office (keys, opened recordings),
    box/ would be on the box (no key there opens a recording).
  * Next: README.md, "First steps on a real box"; then `.venv/bin/callbox check --config config/callbox.toml`.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for."""

    folder: Path
    speed: float


def _asked(arguments: Sequence[str]) -> Asked:
    parser = argparse.ArgumentParser(prog="callbox demo", description="The life of a call, here and now.")
    parser.add_argument("--dir", type=Path, default=Path("build/demo"), help="where to put it (build/demo)")
    parser.add_argument("--speed", type=float, default=1.0, help="so many times as fast (1 to 4)")
    given = parser.parse_args(arguments)
    if not 1 <= given.speed <= 4:
        parser.error("--speed is between 1 and 4: what is faster, this machine's audio may not keep up with")
    return Asked(given.dir.resolve(), given.speed)


def make_folder(folder: Path) -> None:
    """An empty folder; one that an earlier demo made is made anew, anything else is left alone."""
    if (folder / MARK).exists():
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise Refused(
            "refused.folder-in-use",
            f"{folder} holds something that no demo made",
            "name another folder: callbox demo --dir D",
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 when every recording opened and showed its gaps."""
    asked = _asked(sys.argv[1:] if arguments is None else arguments)
    print(INTRO)
    both = calls.both()
    make_folder(asked.folder)
    paths = box.make_paths(asked.folder)
    try:
        _play(paths, both, asked.speed)
    finally:
        shutil.rmtree(paths.run, ignore_errors=True)
    print(GOOD_BYE.format(folder=_short(asked.folder)))
    return 0


def _short(folder: Path) -> str:
    return str(folder.relative_to(Path.cwd())) if folder.is_relative_to(Path.cwd()) else str(folder)


def _play(paths: Paths, both: Sequence[calls.Call], speed: float) -> None:
    box.make_keys(paths)
    box.write_settings(paths)
    box.callbox("init", "--config", paths.settings)
    lines = FifoLines(paths.run, {f"line-{call.line}": call.sound for call in both}, calls.RATE)
    processes = Processes(paths, Pace.from_now(speed), lines.configuration)
    try:
        _come_up(paths, processes)
        lines.play(speed)
        _tell_story(paths, both, processes, speed)
        show_days(paths, processes, _open_all(paths, processes), speed)
    finally:
        processes.stop()
        lines.close()


def _come_up(paths: Paths, processes: Processes) -> None:
    processes.wait_for([paths.run / name for name in ("lines", *box.LINES)])
    box.prove(paths, "office")
    print("  The box is made; the office has proved that its key opens what the box seals.\n")


def _tell_story(paths: Paths, both: Sequence[calls.Call], processes: Processes, speed: float) -> None:
    screen = Screen([call.line for call in both], calls.LENGTH)
    cues = sorted((cue for call in both for cue in call.cues), key=lambda cue: cue.at)
    began = time.monotonic()
    while (at := (time.monotonic() - began) * speed) < calls.LENGTH + SETTLE_SECONDS:
        while cues and cues[0].at <= at:
            cue = cues.pop(0)
            if cue.words:
                box.tell(paths, cue.target, cue.words)
            if cue.story:
                screen.event(cue.at, cue.story)
        screen.draw(min(at, calls.LENGTH - 0.01), read_notes(paths.run / "lines"))
        processes.require()
        time.sleep(0.1)
    screen.close()


def _open_all(paths: Paths, processes: Processes) -> list[dict[str, Any]]:
    """Wait until the keeper has taken both in, then open them as IT would; the keeper's list of them."""
    listed: list[dict[str, Any]] = []

    def taken_in() -> bool:
        listed[:] = json.loads(box.shell(paths, "list", "--json"))
        return len(listed) >= len(box.LINES)

    processes.wait_until(taken_in, "not every recording was taken in")
    for row in sorted(listed, key=lambda each: str(each["line"])):
        show_recording(paths, row)
    return listed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Fault as fault:
        print(f"callbox: {fault}", file=sys.stderr)
        sys.exit(fault.exit_status)
