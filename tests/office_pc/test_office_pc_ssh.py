"""The office's PC before a real sshd, with the stock client: what works by a pipe works by ssh, quoting and faults too."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.faults import DeviceFault, Refused
from firmware.office.boxes import read
from firmware.office.remote import Remote
from tests.keeper.keeper_rig import flac_accepts
from tests.rigs.office_pc import Pc
from tests.rigs.sshd import Sshd, alone

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def box() -> Iterator[Sshd]:
    """A box that one account reaches by ssh."""
    with alone() as made:
        yield made


@pytest.fixture
def pc(box: Sshd, tmp_path: Path) -> Pc:
    made = Pc(tmp_path / "office")
    made.write({"town-hall": tuple(box.ssh("own"))})
    return made


def test_an_afternoon_over_ssh(box: Sshd, pc: Pc, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """List, fetch and open both kinds, verify, prove; the reference arrives as it was typed."""
    assert pc.run("list", "--json") == 0
    assert {each["id"] for each in json.loads(capsys.readouterr().out)} == {box.finished, box.cut}
    why = ("--purpose", "complaint", "--ref", 'O\'Brien; $(reboot) `id` "x" \\ \N{POUND SIGN}')
    assert pc.run("get", box.finished, box.cut, *why, "-o", str(tmp_path), "--open") == 0
    for recording in (box.finished, box.cut):
        assert flac_accepts((tmp_path / f"{recording}.flac").read_bytes())
    handed = json.loads(box.run("own", "show", box.finished, "--json").stdout)["handed"]
    assert [each["ref"] for each in handed] == [why[-1]]
    assert pc.run("verify", box.finished) == 0
    assert pc.run("recipient", "prove") == 0
    assert "proved office" in capsys.readouterr().out


def test_the_boxs_fault_is_the_same_fault_here(box: Sshd, pc: Pc, capsys: pytest.CaptureFixture[str]) -> None:
    """Its code, its sentence and the command that it names as it is typed over ssh."""
    assert pc.run("get", box.finished, "--purpose", "curiosity", "--ref", "C1") == Refused.exit_status
    assert "'curiosity' is not a purpose of this office [refused.purpose]" in capsys.readouterr().err
    with pytest.raises(Refused) as refused:
        Remote(read(pc.settings).box(None)).text("nonsense", "; reboot")
    assert refused.value.code == "refused.verb"


def test_a_key_that_is_not_let_in_is_a_box_out_of_reach(box: Sshd, pc: Pc, tmp_path: Path) -> None:
    """What ssh itself says is passed on, and the command to try by hand."""
    reach = [word for word in box.ssh("own") if word != "-q"]
    reach[reach.index(str(box.key("own")))] = str(tmp_path / "no-key")
    pc.write({"town-hall": tuple(reach)})
    with pytest.raises(DeviceFault) as away:
        Remote(read(pc.settings).box(None)).text("status")
    assert away.value.code == "device.box-away"
    assert "Permission denied" in away.value.message
    assert shlex.join(reach) in away.value.hint


def test_open_faults_are_told_as_on_the_box(box: Sshd, pc: Pc, capsys: pytest.CaptureFixture[str]) -> None:
    """Since when, the next step as it is typed on this PC, and who acknowledged it."""
    assert pc.run("status") == 0
    told = capsys.readouterr().out
    (fault,) = [part for part in told.split("\n\n") if "[seal." in part]
    assert "since 2026-" in fault
    assert "callbox shell" not in told
    assert f"next: {shlex.join(box.ssh('own'))} recipient ask" in fault
    subject = json.loads(box.run("own", "status", "--json").stdout)["alarms"][0]["subject"]
    assert box.run("own", "ack", subject, "--reason", "the holder is away").returncode == 0
    assert pc.run("status") == 0
    assert f"acknowledged by {box.logins['own']} until " in capsys.readouterr().out
