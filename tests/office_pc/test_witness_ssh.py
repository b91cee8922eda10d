"""The witness through a real sshd with the stock client: a person like any other, whose looks are entered too."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware.clock import GivenClock
from firmware.office.boxes import OfficeBox
from firmware.office.witness import Outcome, Run
from tests.keeper.keeper_rig import MORNING, House
from tests.rigs.sshd import Sshd, accounts, need_accounts
from tests.rigs.witness_pc import WitnessPc, codes, text

pytestmark = pytest.mark.rig


@dataclass(frozen=True)
class Watched:
    """A box behind an sshd, the witness's PC, and when both clocks showed the same."""

    box: Sshd
    pc: WitnessPc
    began: float

    def visit(self, person: str) -> Outcome:
        run = Run(self.pc.kept, self.pc.cosigner, self.now_s, True)
        return run.outcome(OfficeBox("town-hall", tuple(self.box.ssh(person))))

    def now_s(self) -> int:
        return round(MORNING.timestamp() + time.monotonic() - self.began)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    need_accounts()
    pc = WitnessPc(tmp_path_factory.mktemp("office"), GivenClock(MORNING))
    pc.kept.folder.mkdir()
    with tempfile.TemporaryDirectory(prefix="cbt-", dir="/run") as name:
        folder = Path(name)
        folder.chmod(0o711)
        house = House(folder, more=pc.block())
        began = time.monotonic()
        with accounts("dpo", "anna", house=house) as box:
            yield Watched(box, pc, began)


def test_a_day_is_told_through_ssh(watched: Watched) -> None:
    """Met, cosigned, and the next day told: who fetched and who looked, the witness itself among them."""
    assert codes(watched.visit("dpo")) == []
    box = watched.box
    done = box.run("anna", "get", box.finished, "--purpose", "complaint", "--ref", "C12")
    assert done.returncode == 0
    assert box.run("anna", "get", box.finished, "--purpose", "curiosity", "--ref", "C12").returncode == 6
    outcome = watched.visit("dpo")
    told = text(outcome)
    anna, dpo = box.logins["anna"], box.logins["dpo"]
    assert codes(outcome) == []
    assert f"{anna} fetched 1 recording for complaint" in told
    assert f"{anna} was refused 1 time: refused.purpose" in told
    looked = next(line for line in told.splitlines() if line.startswith(f"{dpo}: "))
    for verb in (
        "the signed checkpoint of the log (1)",
        "giving back a cosigned checkpoint (1)",
        "how the days went (1)",
        "how the box stands (1)",
    ):
        assert verb in looked
    assert "C12" not in told


def test_who_is_no_person_any_more_is_said(watched: Watched) -> None:
    """A key file taken away is a box that cannot be reached; the removal is told at the next run."""
    watched.visit("dpo")
    login = watched.box.logins["anna"]
    path = watched.box.persons / login
    written = path.read_text()
    path.unlink()
    try:
        assert codes(watched.visit("anna")) == ["device.box-away"]
        until = time.monotonic() + 20
        while not watched.box.entries("person removed"):
            assert time.monotonic() < until
            watched.box.run("dpo", "status")
        assert f"PERSON {login} may not ask any more" in text(watched.visit("dpo"))
    finally:
        path.write_text(written)
        path.chmod(0o644)
