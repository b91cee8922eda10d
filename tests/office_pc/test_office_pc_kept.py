"""What is kept about boxes beside office.toml: an editor's marks do no harm, and damage is a fault with a next step."""

from pathlib import Path

import pytest

from firmware.faults import LogFault, Refused, SettingsFault
from firmware.office.adding import written
from firmware.office.boxes import OfficeBox, read
from firmware.office.known import held_to, pinned
from firmware.office.recipients import Recipients, accepted
from tests.rigs.full_files import full

BOX = OfficeBox("town-hall", ("ssh", "anna@callbox"))
ONE = '[[box]]\nname = "town-hall"\nreach = "anna@callbox"\n'
LINE = f"town-hall {'ab' * 32} 2026-01-02\n"


def test_a_byte_order_mark_makes_no_box_a_new_one(tmp_path: Path) -> None:
    """The first line of known_boxes holds its box to its key, whatever editor wrote it."""
    known = tmp_path / "known_boxes"
    known.write_text(LINE, encoding="utf-8-sig")
    assert held_to(tmp_path, BOX, b"\xab" * 32).public == b"\xab" * 32
    with pytest.raises(LogFault, match="ANOTHER SIGNING KEY"):
        held_to(tmp_path, BOX, b"\xcd" * 32)
    assert known.read_text(encoding="utf-8-sig") == LINE


@pytest.mark.parametrize(
    "content", [LINE.encode("utf-16"), LINE.encode() + b"\xff", b"\xe2\x80\x8b" + LINE.encode()]
)
def test_known_boxes_that_cannot_be_read_are_a_fault(tmp_path: Path, content: bytes) -> None:
    """Another encoding, a stray byte, or a name that no box has: never a box met anew, and nothing is written."""
    known = tmp_path / "known_boxes"
    known.write_bytes(content)
    with pytest.raises(SettingsFault) as fault:
        held_to(tmp_path, BOX, b"\xcd" * 32)
    assert str(known) in fault.value.message
    assert known.read_bytes() == content


def test_a_last_line_without_its_end_takes_no_other_with_it(tmp_path: Path) -> None:
    """An editor left it so; the next box that is met has a line of its own, and both are held to their keys."""
    known = tmp_path / "known_boxes"
    known.write_text(LINE.rstrip())
    other = OfficeBox("library", ("ssh", "anna@library"))
    held_to(tmp_path, other, b"\xcd" * 32)
    assert known.read_text().startswith(f"{LINE}library {'cd' * 32} ")
    assert known.read_text().endswith("\n")
    assert sorted(pinned(tmp_path)) == ["library", "town-hall"]
    with pytest.raises(LogFault, match="ANOTHER SIGNING KEY"):
        held_to(tmp_path, other, b"\xab" * 32)
    assert held_to(tmp_path, BOX, b"\xab" * 32).since.year == 2026


@pytest.mark.parametrize("room", [0, 20])
def test_a_box_that_cannot_be_pinned_is_not_believed(tmp_path: Path, room: int) -> None:
    """A full disk is a fault with a next step, no half line stays, and what was known stays as it was."""
    known = tmp_path / "known_boxes"
    known.write_text(LINE)
    other = OfficeBox("library", ("ssh", "anna@library"))
    with full(len(LINE) + room), pytest.raises(Refused) as fault:
        held_to(tmp_path, other, b"\xcd" * 32)
    assert "has room" in fault.value.hint
    assert known.read_text() == LINE
    held_to(tmp_path, other, b"\xcd" * 32)
    assert sorted(pinned(tmp_path)) == ["library", "town-hall"]


@pytest.mark.parametrize(
    "text", ["[]", "7", '{"town-hall": 7}', '{"town-hall": {"it": 7}}', "[" * 100_000, "\xff"]
)
def test_known_recipients_of_another_shape_are_a_fault(tmp_path: Path, text: str) -> None:
    """Nothing is sealed to on the word of a file that is not understood, and it stays as it is."""
    known = tmp_path / "known_recipients.json"
    known.write_text(text, encoding="latin-1")
    with pytest.raises(SettingsFault) as fault:
        accepted(tmp_path, BOX, Recipients({"it": "age1x"}, "0" * 16), "0" * 16)
    assert "met anew" in fault.value.hint
    assert known.read_text(encoding="latin-1") == text


def test_what_was_accepted_survives_a_full_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither half a file nor a second one stays; with room again it is accepted."""
    now = Recipients({"it": "age1x"}, "0" * 16)
    with full(), pytest.raises(Refused) as fault:
        accepted(tmp_path, BOX, now, "0" * 16)
    assert (fault.value.code, list(tmp_path.iterdir())) == ("refused.file", [])
    accepted(tmp_path, BOX, now, "0" * 16)
    assert "seals to these keys" in capsys.readouterr().err
    accepted(tmp_path, BOX, now, None)
    assert capsys.readouterr().err == ""


def test_office_toml_survives_a_full_disk(tmp_path: Path) -> None:
    """What it said it says still, and nothing lies beside it."""
    place = tmp_path / "office.toml"
    written(place, ONE)
    with full(len(ONE)), pytest.raises(Refused):
        written(place, ONE + ONE.replace("town-hall", "library"))
    assert (place.read_text(), list(tmp_path.iterdir())) == (ONE, [place])


def test_a_deep_office_toml_is_a_fault(tmp_path: Path) -> None:
    """Brackets within brackets are answered like any other mistake."""
    place = tmp_path / "office.toml"
    place.write_text("box = " + "[" * 100_000)
    with pytest.raises(SettingsFault) as fault:
        read(place)
    assert fault.value.code == "settings.not-toml"
