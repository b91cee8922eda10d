"""One box with a finished and a cut recording, and an office's PC beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.sealing import finish
from firmware.sealing.live import LiveLog
from tests.keeper.keeper_rig import House, at_once, noise, running
from tests.rigs.office_pc import Pc, local


@dataclass(frozen=True)
class Kept:
    """A box whose keeper runs, and what it holds."""

    house: House
    finished: str
    cut: str
    late: str
    """A cut one, of which second 2 was cut out late."""

    @property
    def all(self) -> tuple[str, ...]:
        """Every recording."""
        return self.finished, self.cut, self.late


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A keeper in its own process with a finished and a cut recording taken in."""
    house = House(tmp_path_factory.mktemp("box"))
    finished, cut = house.spool_finished(), house.spool_cut(3)
    kept = Kept(house, finished, cut, _spool_late_cut(house))
    with running(house) as process:
        yield kept
    assert process.returncode == 0


def _spool_late_cut(house: House) -> str:
    """Five seconds; the button held in the third; then the power goes."""
    making = house.making()
    log, _ = LiveLog.open(house.places.live_log)
    for second in range(5):
        making.keep(noise(8000, second))
        if second == 2:
            making.late_cut(2 * 8000)
        log.commit(log.pack(making.records()))
    log.close()
    log, recovered = LiveLog.open(house.places.live_log)
    (cut,) = [each for each in recovered.cut if each.id == making.id]
    log.commit(log.pack([finish.salvage(cut, log, house.places.spool, at_once)]))
    finish.reveal(cut.id, house.places.spool)
    log.close()
    return cut.id


@pytest.fixture
def pc(kept: Kept, tmp_path: Path) -> Pc:
    """An office's PC that knows the one box."""
    made = Pc(tmp_path / "office")
    made.write({"town-hall": local(kept.house)})
    return made
