"""`callbox demo`: the whole life of a call on this machine, through the real audio stack, without hardware."""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware.demo import box, calls
from firmware.demo.box import Paths, Processes
from firmware.demo.fifo import FifoLines
from firmware.demo.opened import show_recording
from firmware.demo.screen import Screen, read_notes
from firmware.faults import Fault, Refused

MARK = ".callbox-demo"
"""A folder with this file in it was made by a demo and may be made anew."""

SETTLE_SECONDS = 6.0
"""After the last call: look-back, hold time, and a commit."""

INTRO = """\
Callbox demo: two telephone lines, through the real audio stack, with no hardware.

  A caller rings line "front" and pays by card; staff press the button meanwhile.
  Line "repairs" dials out. The box records both, sealed as they happen.
"""

GOOD_BYE = """\
What you saw is what runs on a real box: the same recorder, keeper, tap, files and commands.
  * Not shown yet: the day a recording falls due, its destruction and the certificate.
    This version seals, keeps and hands out; it does not destroy recordings yet.
  * Everything is in {folder}: office/ would be at the office (keys, opened recordings),
    box/ would be on the box (no key there opens a recording).
  * Next: README.md, "First steps on a real box"; then `callbox check --config config/callbox.toml`.
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
    clock = f"{speed},{time.monotonic_ns()},{time.time_ns()}"
    lines = FifoLines(paths.run, {f"line-{call.line}": call.sound for call in both}, calls.RATE)
    processes = Processes(paths, clock, lines.configuration)
    try:
        _come_up(paths, processes)
        lines.play(speed)
        _tell_story(paths, both, processes, speed)
        _open_all(paths, processes)
    finally:
        processes.stop()
        lines.close()


def _come_up(paths: Paths, processes: Processes) -> None:
    sockets = [paths.run / name for name in ("keeper.sock", "lines", *box.LINES)]
    box.wait_for(sockets, processes)
    box.prove(paths, "office")
    print("  The box is made; the office has proved that its key opens what the box seals.\n")


def _tell_story(paths: Paths, both: Sequence[calls.Call], processes: Processes, speed: float) -> None:
    screen = Screen([call.line for call in both], calls.LENGTH)
    cues = sorted((cue for call in both for cue in call.cues), key=lambda cue: cue.at)
    began = time.monotonic()
    while (at := (time.monotonic() - began) * speed) < calls.LENGTH + SETTLE_SECONDS:
        while cues and cues[0].at <= at:
            cue = cues.pop(0)
            box.tell(paths, cue.target, cue.words)
            if cue.story:
                screen.event(cue.at, cue.story)
        screen.draw(min(at, calls.LENGTH - 0.01), read_notes(paths.run / "lines"))
        processes.require()
        time.sleep(0.1)
    screen.close()


def _open_all(paths: Paths, processes: Processes) -> None:
    """Wait until the keeper has taken both in, then open them as IT would."""
    deadline = time.monotonic() + 30
    while True:
        listed = json.loads(box.shell(paths, "list", "--json"))
        if len(listed) >= len(box.LINES):
            break
        processes.require()
        if time.monotonic() > deadline:
            raise Refused(
                "refused.demo-incomplete",
                f"only {len(listed)} of {len(box.LINES)} recordings were taken in",
                f"see {paths.box / 'log.txt'}",
            )
        time.sleep(0.2)
    for row in sorted(listed, key=lambda each: str(each["line"])):
        show_recording(paths, row)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Fault as fault:
        print(f"callbox: {fault}", file=sys.stderr)
        sys.exit(fault.exit_status)
