"""One box with a finished and a cut recording, and an office's PC beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.keeper.keeper_rig import House, running
from tests.rigs.office_pc import Pc, local


@dataclass(frozen=True)
class Kept:
    """A box whose keeper runs, and what it holds."""

    house: House
    finished: str
    cut: str


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """A keeper in its own process with a finished and a cut recording taken in."""
    house = House(tmp_path_factory.mktemp("box"))
    finished, cut = house.spool_finished(), house.spool_cut(3)
    with running(house) as process:
        yield Kept(house, finished, cut)
    assert process.returncode == 0


@pytest.fixture
def pc(kept: Kept, tmp_path: Path) -> Pc:
    """An office's PC that knows the one box."""
    made = Pc(tmp_path / "office")
    made.write({"town-hall": local(kept.house)})
    return made
