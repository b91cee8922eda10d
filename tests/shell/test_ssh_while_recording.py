"""Many fetch at once while lines record: every session gets its recording whole, and no line has a gap.

Small here; `CALLBOX_SESSIONS=20` plays it whole, with eight lines.
"""

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.clock import GivenClock
from firmware.vault.places import Places
from tests.benchmarks.hour import spool_long
from tests.journey.journey_rig import Journey
from tests.keeper.keeper_rig import House
from tests.rigs.box import Ask
from tests.rigs.feeding import Line, noise
from tests.rigs.sshd import Sshd, accounts

pytestmark = pytest.mark.rig

SESSIONS = int(os.environ.get("CALLBOX_SESSIONS", "4"))
LINES = max(2, SESSIONS * 2 // 5)
SECONDS = 3.0 if SESSIONS < 20 else 20.0
WHY = "--purpose complaint --ref C12"
LONG_S = 120 if SESSIONS < 20 else 3600
"""How long the recording is that is fetched: 0.9 MB, or 27."""

CARD = 32 * 1024
"""Bytes of a card's buffer: two seconds; the box asks for one and a half (docs/settings.md, `latency`)."""

FIRST = -15
"""As in systemd/callbox-recorder.service."""


class Elsewhere(House):
    """The box of a journey, in the words of a keeper's test: made already, with recordings of its own."""

    def __post_init__(self) -> None:
        self.config = self.folder / "callbox.toml"
        self.places = Places.of(self.folder / "data", {"RUNTIME_DIRECTORY": str(self.folder / "run")})

    def spool_finished(self, *_: object, **__: object) -> str:
        return ""

    def spool_cut(self, *_: object, **__: object) -> str:
        return ""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where others may enter from the root on, as sshd and a person's shell need it."""
    with tempfile.TemporaryDirectory(prefix="cbt-", dir="/run" if os.geteuid() == 0 else None) as name:
        Path(name).chmod(0o711)
        yield Path(name)


def test_no_line_has_a_gap_while_many_fetch(folder: Path) -> None:
    """All sessions run at once, as long as the lines are in calls; one that ends begins again."""
    names = [f"line{number}" for number in range(1, LINES + 1)]
    asks = [Ask(name, Line(noise(number, 90), pipe=CARD)) for number, name in enumerate(names)]
    with Journey(folder, asks) as journey:
        journey.init()
        house = Elsewhere(folder, GivenClock(datetime.now(UTC)))
        with accounts("anna", house=house, keeper=False) as box:
            journey.box.lines.start()
            preferred(journey)
            journey.start().arm()
            folder.joinpath("run").chmod(0o711)
            making = house.making(line="line1", department="dept-line1")
            long = spool_long(making, house.places.spool, folder, LONG_S)
            journey.taken_in(1)
            for name in names:
                journey.lift(name)
            fetched = fetched_meanwhile(journey, box, long)
            for name in names:
                journey.box.tell(name, "replace")
            rows = [each for each in journey.taken_in(1 + LINES) if each["id"] != long]
            gaps = {row["line"]: gaps_of(journey, row["id"]) for row in rows}
            whole = journey.shell("get", long, "--purpose", "complaint", "--ref", "C12")
    assert len(fetched) >= SESSIONS
    assert {*fetched} == {hashlib.sha256(whole).hexdigest()}
    assert {name: gaps[name] for name in names if gaps[name]} == {}
    assert min(row["samples"] for row in rows) > SECONDS * 8000
    sent = [each["bytes"] for each in journey.audit() if each["what"] == "sent"]
    assert sent == [len(whole)] * (len(fetched) + 1)


def preferred(journey: Journey) -> None:
    """As systemd starts it, the recorder goes before all else; so do the lines, which are no process in an office."""
    for thread in journey.box.lines._threads:
        os.setpriority(os.PRIO_PROCESS, thread.native_id or 0, FIRST)
    journey.recorder._command[:0] = ["nice", "-n", str(FIRST)]


def gaps_of(journey: Journey, recording: str) -> list[dict[str, object]]:
    """What is missing of a recording, and why."""
    gaps: list[dict[str, object]] = json.loads(journey.shell("show", recording, "--json"))["manifest"][
        "facts"
    ]["gaps"]
    return gaps


def fetched_meanwhile(journey: Journey, box: Sshd, recording: str) -> list[str]:
    """The digest of everything that was fetched while every line heard so many seconds and a little more, taken by
    another process: this one is the lines.
    """
    fetched: list[str] = []
    lines = journey.box.lines.lines.values()
    until = max(line.position + (SECONDS + 0.5) * line.rate for line in lines)
    fetch = ["sh", "-c", '"$@" | sha256sum', "sh", *box.ssh("anna"), f"get {recording} {WHY}"]
    while min(line.position for line in lines) < until:
        running = [
            subprocess.Popen(fetch, stdout=subprocess.PIPE, env=box.environment) for _ in range(SESSIONS)
        ]
        fetched += [each.communicate(timeout=120)[0].decode().split()[0] for each in running]
    return fetched
