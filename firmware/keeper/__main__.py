"""The keeper process: `python -m firmware.keeper --config F`.

For the demo, `--clock SPEED,RAW_NS,WALL_NS` gives it the hurried clock that the recorder
is given; a real box reads its own.
"""

import argparse
import os
import resource
import socket
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from firmware.clock import Clock, HurriedClock, SystemClock
from firmware.faults import Fault
from firmware.keeper.loop import Keeper
from firmware.keeper.verbs import disk_fault
from firmware.keeper.wiring import opened
from firmware.notify import Notifier

UMASK = 0o077


DOOR = "CALLBOX_DOOR"
"""Names the descriptor of the door's socket to a keeper that begins anew."""


def run(config: Path, clock: Clock) -> None:
    """Keep until a signal says stop; a fault in the start is raised before anything is changed."""
    os.umask(UMASK)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    notifier = Notifier()
    with opened(config, clock, notifier.alive) as (box, history):
        keeper = Keeper(box, history, notifier, _handed_on())
        again = False
        try:
            again = keeper.run()
        finally:
            if not again:
                keeper.close()
            notifier.close()
    if again:
        _begin_anew(keeper.hand_on())


def _handed_on() -> socket.socket | None:
    """The door's socket, where this process was a keeper before."""
    descriptor = os.environ.pop(DOOR, None)
    if descriptor is None:
        return None
    os.set_inheritable(int(descriptor), False)  # noqa: FBT003  the standard library's own
    return socket.socket(fileno=int(descriptor))


def _begin_anew(door: int) -> None:
    """The same program in the same process, with nothing of its memory."""
    os.environ[DOOR] = str(door)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  ourselves, without a shell


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line and keep; a fault is two lines and its exit status."""
    parser = argparse.ArgumentParser(prog="python -m firmware.keeper", description="Keep what was sealed.")
    parser.add_argument("--config", metavar="F", type=Path, required=True, help="settings file")
    parser.add_argument(
        "--clock", metavar="SPEED,RAW_NS,WALL_NS", type=HurriedClock.parse, default=None, help="demo only"
    )
    given = parser.parse_args(argv)
    try:
        run(given.config, given.clock or SystemClock())
    except Fault as fault:
        return _told(fault)
    except (OSError, sqlite3.Error) as error:
        return _told(disk_fault(error))
    return 0


def _told(fault: Fault) -> int:
    print(f"callbox-keeper: {fault}", file=sys.stderr)
    return fault.exit_status


if __name__ == "__main__":
    sys.exit(main())
