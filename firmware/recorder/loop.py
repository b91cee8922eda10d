"""The recorder's life: start, tick by tick, clean stop.

A bug ends the process at once and seals nothing more: what was committed is the
recording, and systemd starts the process again (DESIGN section 2, crash-only).
"""

import argparse
import logging
import os
import resource
import signal
import sys
from pathlib import Path

from firmware.clock import Clock, HurriedClock, SystemClock
from firmware.faults import Fault
from firmware.notify import Notifier
from firmware.recorder import devices
from firmware.recorder.recorder import TICK_NS, Folders, Recorder
from firmware.recorder.renewal import Renewal
from firmware.settings.load import read
from firmware.settings.model import Settings
from firmware.settings.mounts import MOUNTINFO, refuse_remote

log = logging.getLogger("callbox.recorder")


class Stop:
    """Whether a clean stop was asked for; asked by SIGTERM or SIGINT."""

    def __init__(self, recorder: Recorder) -> None:
        self.asked = False
        self._recorder = recorder
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.asked = True
        self._recorder.inbox.wake()


def run(recorder: Recorder, clock: Clock, notifier: Notifier, renewal: Renewal | None = None) -> bool:
    """Tick until a stop is asked for, or until other settings can be taken up: then true. Stop cleanly."""
    stop = Stop(recorder)
    speed = _speed(clock)
    due = clock.monotonic_ns()
    recorder.tick()
    notifier.ready()
    while not (stop.asked or (renewal and renewal.due(recorder))):
        due = max(due + TICK_NS, clock.monotonic_ns() - TICK_NS)
        while (left := due - clock.monotonic_ns()) > 0 and not stop.asked:
            recorder.inbox.wait(left / 1e9 / speed)
            recorder.react()
        recorder.tick()
        if recorder.progressing:
            notifier.alive()
    if stop.asked:
        notifier.stopping()
    recorder.stop()
    return not stop.asked


def _speed(clock: Clock) -> float:
    return (clock.from_raw(1_000_000_000_000) - clock.from_raw(0)) / 1e12


def folders(settings: Settings) -> Folders:
    """The data directory, and the run directory of the unit or beside the data."""
    data = settings.storage.data
    run_directory = os.environ.get("RUNTIME_DIRECTORY")
    return Folders(data, Path(run_directory) if run_directory else data / "run")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="firmware.recorder", description="record the lines of this box")
    parser.add_argument("--config", type=Path, required=True, help="the settings file")
    parser.add_argument("--clock", type=HurriedClock.parse, metavar="SPEED,RAW_NS,WALL_NS", help="demo only")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Run until stopped; 0 after a clean stop, a fault's own status where the start was refused."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    arguments = _arguments(argv)
    clock: Clock = arguments.clock or SystemClock()
    try:
        settings = read(arguments.config)
        refuse_remote(MOUNTINFO.read_text(), settings.storage.data)
        where = folders(settings)
        recorder = Recorder(settings, where, clock, devices.real(settings, where.run))
    except Fault as fault:
        print(fault, file=sys.stderr)
        return fault.exit_status
    log.info("the recorder listens to: %s", ", ".join(recorder.lines) or "no line")
    renewal = Renewal(where.data / "published", arguments.config, settings.digest)
    if run(recorder, clock, Notifier(), renewal):
        log.info("the recorder begins anew with other settings")
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  ourselves, without a shell
    log.info("the recorder stopped; every call that was open is handed on or in the live log")
    return 0
