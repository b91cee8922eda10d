"""What the real recorder writes is what the keeper reads."""

from pathlib import Path

import numpy as np

from firmware.keeper.live import Use, read_use, recorder_says
from firmware.keeper.spooled import check_body, generation_of, read_spooled
from firmware.ledger.coverage import read_coverage
from firmware.recorder.report import AGAIN_NS
from tests.rigs.office import LineAsk, Office


def test_the_recorders_files_are_understood(tmp_path: Path) -> None:
    """A call cut by a crash: recording, body, coverage and note, each by the keeper's own strict reader."""
    noise = np.random.default_rng(1).integers(-3000, 3000, 8000 * 20).astype(np.int16)
    office = Office(tmp_path, [LineAsk(samples=noise)])
    office.run(1)
    office.hooks["line1"].say("lift", office.clock.monotonic_ns())
    office.run(6)
    office.crash()
    office.restart()
    office.run(2)
    spool, run = office.data / "spool", office.data / "run"
    (recording,) = [path for path in spool.glob("*.json") if not path.name.startswith("coverage-")]
    spooled = read_spooled(recording)
    assert (spooled.kind, spooled.facts.line, generation_of(recording)) == ("cut", "line1", 1)
    check_body(spooled, recording.with_suffix(".body"))
    rows = [
        row for path in spool.glob("coverage-*.json") for row in read_coverage(path.read_bytes(), path.name)
    ]
    assert {row.line for row in rows} == {"line1"}
    assert read_use(run) == Use(using=1, oldest=None, tainted=None)
    spoke = recorder_says(run)["spoke_ns"]
    assert isinstance(spoke, int)
    assert 0 <= office.clock.stamp().wall_ns - spoke <= AGAIN_NS
    office.finish()
