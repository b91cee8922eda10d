"""kill -9 at seeded moments: every call is finished or cut, loses no more than is stated, and keeps its promises."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pyrage
import pytest

from firmware.sealing.live import LiveLog
from tests.rigs import figures
from tests.rigs.feeding import Stretch, stretches
from tests.rigs.keys import Sealed, decoded, opened, sealed
from tests.rigs.session import Session

SEED = int(os.environ.get("CALLBOX_SEED", "21"))
KILLS = int(os.environ.get("CALLBOX_KILLS", "4"))
"""50 in the slow run: CALLBOX_KILLS=50."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 10 * KILLS)]

RATE = 8000
LOOK_BACK = 2.0
COMMIT = 0.6
SYNC = 0.6
"""Seconds: the slowest sync that two shared cores and their disk are given."""

CHUNK = 0.11
"""Seconds: a chunk of the lines and 10 ms."""

ROWS_MEET = 0.3
"""Seconds by which a fresh tap's first block may come late: a chunk and a block of the line, and a busy machine."""


@dataclass
class Kept:
    """The session, its recordings, and which samples of each line were kept, by time."""

    session: Session
    recordings: list[Sealed] = field(default_factory=list)
    lines: dict[str, list[Stretch]] = field(default_factory=dict)
    plain: dict[str, bytes] = field(default_factory=dict)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """About four seconds a kill."""
    session = Session.of(tmp_path_factory.mktemp("kill"), SEED, 30 + 9 * KILLS)
    with session.box as box:
        session.play(KILLS)
        told = Kept(session, lines={name: [] for name in box.lines.lines})
        for path in box.revealed():
            recording = sealed(path, box.live_key)
            told.recordings.append(recording)
            take_apart(told, recording)
        yield told


def take_apart(kept: Kept, recording: Sealed) -> None:
    """Open with pyrage, decode, find each kept sample on its line."""
    name = recording.facts["line"]
    identity = kept.session.box.keys.pyrage("office")
    stream = b"".join(pyrage.decrypt(each, [identity]) for each in recording.files)
    samples = decoded(stream)[: recording.facts["samples"]]
    kept.plain[recording.facts["id"]] = stream
    found = stretches(kept.session.box.lines.lines[name], samples, recording.gaps)
    for before, after in pairwise(found):
        untold = after.heard - before.heard - (after.start - before.start)
        assert abs(untold) <= ROWS_MEET * RATE, (
            "a stretch is no farther from its time than a tap's first block"
        )
    kept.lines[name] += found
    kept.lines[name].sort(key=lambda each: each.heard)


def test_every_recording_is_exactly_one_of_finished_or_cut(kept: Kept) -> None:
    """Nothing half made is left, nothing is kept twice, and the live log is empty."""
    spool = kept.session.box.data / "spool"
    kinds = Counter(each.told["kind"] for each in kept.recordings)
    assert kinds.keys() <= {"finished", "cut"}
    assert {path.suffix for path in spool.iterdir()} == {".json", ".body"}
    assert {path.stem for path in spool.glob("*.body")} == {each.facts["id"] for each in kept.recordings}
    log, left = LiveLog.open(kept.session.box.data / "live.log")
    log.close()
    assert left.cut == ()
    for found in kept.lines.values():
        for before, after in pairwise(found):
            assert before.heard + before.stop - before.start <= after.heard, "no sample is kept twice"
    victims = Counter(each.victim for each in kept.session.kills)
    figures.keep("kills", seed=SEED, kills=victims, recordings=kinds)


def test_no_more_is_lost_than_is_stated(kept: Kept) -> None:
    """Up to a kill, all but the look-back, 0.6 s and a sync; up to a tap's death, all but a chunk of the line."""
    losses: dict[str, list[float]] = {"recorder": [], "tap": []}
    victims = {each.at_ns: each.victim for each in kept.session.kills}
    for name, since, at in kept.session.kept_from:
        line = kept.session.box.lines.lines[name]
        ends = [line.time_of(each.heard + each.stop - each.start - 1) for each in kept.lines[name]]
        if victims[at] != "recorder" and disturbed(kept.session, at):
            continue
        last = max((end for end in ends if since < end <= at), default=since)
        losses[victims[at].split()[0]].append((at - last) / 1e9)
    figures.keep(
        "lost-at-a-kill", seed=SEED, **{name: figures.spread(each) for name, each in losses.items() if each}
    )
    assert all(each <= LOOK_BACK + COMMIT + SYNC for each in losses["recorder"])
    assert all(each <= 3 * CHUNK for each in losses["tap"])


def disturbed(session: Session, at: int) -> bool:
    """Whether what a killed tap had brought still waited in memory when a press or another kill took it."""
    later = [each.at_ns for each in session.kills if each.victim == "recorder"]
    later += [pressed for pressed, _ in session.withheld["voice"]]
    return any(0 < each - at < (LOOK_BACK + COMMIT + SYNC) * 1e9 for each in later)


def test_nothing_withheld_is_recorded(kept: Kept) -> None:
    """Not before the crash, not after it: no sample between a press's look-back and its resume is in any file."""
    for name, spans in kept.session.withheld.items():
        line = kept.session.box.lines.lines[name]
        for each in kept.lines[name]:
            begin, end = line.time_of(each.heard), line.time_of(each.heard + each.stop - each.start - 1)
            for pressed, resumed in spans:
                start = pressed - (LOOK_BACK - CHUNK) * 1e9
                assert end < start or begin > resumed, f"{name}: kept what was withheld"
    assert kept.lines["opted"] == [] or len(kept.session.withheld["opted"]) == 1


def test_a_cut_and_a_finished_one_open_with_stock_age(kept: Kept) -> None:
    """Part by part, with every kind of key; `age` says what pyrage said."""
    names = list(kept.session.box.keys.private.values())
    for number, kind in enumerate(("cut", "finished")):
        recording = next((each for each in kept.recordings if each.told["kind"] == kind), None)
        if recording is not None:
            assert opened(recording.files, names[number]) == kept.plain[recording.facts["id"]]


def test_every_second_off_the_hook_has_its_row(kept: Kept) -> None:
    """The call that never ended is accounted for without a hole, and each downtime says lost: restarted."""
    for name in ("voice", "opted"):
        rows = [row for row in kept.session.box.coverage() if row["line"] == name]
        spans = [(begun(row), begun(row) + row["duration_ns"], row["reason"]) for row in rows]
        for before, after in pairwise(spans):
            assert after[0] - before[1] == pytest.approx(0, abs=ROWS_MEET * 1e9), (name, before, after)
        for kill in kept.session.kills:
            if kill.victim == "recorder":
                middle = (kill.at_ns + kill.ready_ns) // 2
                assert "lost: restarted" in at(spans, middle)
                assert set(at(spans, middle, ROWS_MEET * 1e9)) <= {"lost: restarted"}, "no row beside it"


def at(spans: Sequence[tuple[int, int, str]], when: int, inside: float = 0) -> list[str]:
    """What the rows say of a moment; of those alone that have it farther from their ends than they may overlap."""
    return [why for begin, end, why in spans if begin + inside <= when < end - inside]


def begun(row: dict[str, Any]) -> int:
    """When a row begins; the boot clock and the monotonic one agree on a machine that does not sleep."""
    return int(row["began"]["boottime_ns"])
