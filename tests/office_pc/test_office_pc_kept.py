"""What is kept about boxes beside office.toml: an editor's marks do no harm, and damage is a fault with a next step."""

from pathlib import Path

import pytest

from firmware.faults import LogFault, SettingsFault
from firmware.office.boxes import OfficeBox, read
from firmware.office.known import held_to
from firmware.office.recipients import Recipients, accepted

BOX = OfficeBox("town-hall", ("ssh", "anna@callbox"))
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


def test_a_deep_office_toml_is_a_fault(tmp_path: Path) -> None:
    """Brackets within brackets are answered like any other mistake."""
    place = tmp_path / "office.toml"
    place.write_text("box = " + "[" * 100_000)
    with pytest.raises(SettingsFault) as fault:
        read(place)
    assert fault.value.code == "settings.not-toml"
