"""`recipient prove`: the word is opened here and given back; nothing else that a box sends is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.audit.log import AuditLog
from firmware.faults import DeviceFault, LogFault, SealFault
from firmware.sealing.age import Identity, seal_bytes
from firmware.shell.sending import armored
from tests.keeper.keeper_rig import OFFICE, SAFE, House, running
from tests.rigs.office_pc import Pc, local


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A fresh box that nobody has proved anything to."""
    made = House(tmp_path)
    with running(made):
        yield made


@pytest.fixture
def pc(house: House, tmp_path: Path) -> Pc:
    made = Pc(tmp_path / "office")
    made.write({"town-hall": local(house)})
    return made


def test_each_key_proves_its_own_recipient(house: House, pc: Pc, capsys: pytest.CaptureFixture[str]) -> None:
    """The office's key arms the lines; the other is asked still, until its holder does the same."""
    assert pc.run("recipient", "prove", "town-hall") == 0
    assert "proved office; still asked: safe" in capsys.readouterr().out
    assert house.armed()["proved"] == ["office"]
    assert pc.run("recipient", "prove") == 0
    assert "office is proved; still asked, where the keys of those are: safe" in capsys.readouterr().out
    pc.write({"town-hall": local(house)}, Identity.generate())
    assert pc.run("recipient", "prove") == SealFault.exit_status
    assert "no key here (key.txt) opens what it sealed" in capsys.readouterr().err
    pc.write({"town-hall": local(house)}, SAFE)
    assert pc.run("recipient", "prove") == 0
    assert pc.run("recipient", "prove") == 0
    assert "every recipient is proved" in capsys.readouterr().out
    assert pc.run("recipient") == 0
    assert capsys.readouterr().out.count("yes") == 2
    log = AuditLog(house.places.audit)
    assert [each["recipient"] for each in log.entries() if each["what"] == "recipient proved"] == [
        "office",
        "safe",
    ]
    log.close()


@pytest.mark.parametrize("name", ["a\0b", "--json", "two words"])
def test_a_name_that_no_settings_could_hold_is_no_answer(tmp_path: Path, name: str) -> None:
    """It would become a word of a command."""
    row = {"name": name, "key": "k", "holder": "h", "proved": False}
    pc = Pc(tmp_path / "office")
    pc.write({"town-hall": (sys.executable, "-c", f"import json; print(json.dumps([{row!r}]))")})
    assert pc.run("recipient", "prove") == DeviceFault.exit_status


@pytest.mark.parametrize(
    "content", [b"AGE FILE KEY 0123", bytes(16), b"fLaC" + bytes(100), b"0123456789abc 1"]
)
def test_a_box_that_asks_for_something_else_learns_nothing(tmp_path: Path, content: bytes) -> None:
    """A header or a recording in place of a word is not given back, and the controller is to be called."""
    said = tmp_path / "said"
    sealed = armored(seal_bytes(content, [OFFICE.recipient()]))
    script = (
        "import sys, json\n"
        f"open({str(said)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))\n"
        f"if 'ask' in sys.argv: print({sealed!r}, end='')\n"
        "else: print(json.dumps([{'name': 'office', 'key': 'k', 'holder': 'h', 'proved': False}]))\n"
    )
    pc = Pc(tmp_path / "office")
    pc.write({"town-hall": (sys.executable, "-c", script)})
    assert pc.run("recipient", "prove") == LogFault.exit_status
    assert "prove" not in said.read_text()


def test_a_word_sealed_to_nobody_here_is_passed_over(house: House, pc: Pc) -> None:
    """Another office's key opens nothing: the box is as it was."""
    pc.write({"town-hall": local(house)}, Identity.generate())
    assert pc.run("recipient", "prove") == SealFault.exit_status
    assert house.armed()["proved"] == []
