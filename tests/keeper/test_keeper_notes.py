"""Notes: sealed to the office as soon as they are here, found again by reference or subject, handed out as they are."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pyrage
import pytest

from firmware.audit.entries import Commitment
from firmware.faults import Refused
from firmware.keeper.note_verbs import LONGEST
from firmware.vault.reading import canonical
from tests.keeper.keeper_rig import OFFICE, SAFE, House, Keeping, running
from tests.keeper.test_keeper_disposal import ask, taken_in

WHY = {"purpose": "complaint", "ref": "C12"}
SAID = "Rang about her mother, Mrs Ada Byron of 12 St James's Square"


@pytest.fixture
def keeping(house: House) -> Iterator[Keeping]:
    with house.keeper() as keeping:
        keeping.turn()
        yield keeping


@pytest.fixture
def recording(house: House, keeping: Keeping) -> str:
    return taken_in(house, keeping)


def opened(note: dict[str, Any], secret: str = OFFICE.text()) -> dict[str, Any]:
    """A note with a private key of the office."""
    identity = pyrage.x25519.Identity.from_str(secret)
    told: dict[str, Any] = json.loads(pyrage.decrypt(b64decode(note["sealed"]), [identity]))
    return told


def test_a_note_is_the_office_s_to_read(keeping: Keeping, recording: str) -> None:
    """Each recipient opens it; text, reference, writer and recording are in it, and the log's commitment can be shown."""
    answer = ask(keeping, "note", id=recording, ref="C 99", text=SAID)
    assert answer["sealed_to"] == ["office", "safe"]
    (note,) = ask(keeping, "notes", id=recording, **WHY)["notes"]
    for secret in (OFFICE.text(), SAFE.text()):
        told = opened(note, secret)
        assert (told["text"], told["ref"], told["subject"]) == (SAID, "C 99", None)
        assert (told["recording"], told["by"]) == (recording, "it")
    (entry,) = [each for each in keeping.box.log.entries() if each["what"] == "noted"]
    said = canonical({name: told[name] for name in ("ref", "subject", "text")}).decode()
    assert entry["text_commitment"] == Commitment(said, bytes.fromhex(told["salt"])).digest


def test_nothing_of_a_note_is_on_the_box(house: House, keeping: Keeping, recording: str) -> None:
    """Neither text, nor reference, nor subject, in any file; and nothing under the recording's own lock."""
    ask(keeping, "note", id=recording, ref="CASE-99", subject="Ada Byron", text=SAID)
    row = keeping.box.catalogue.get(recording)
    assert row is not None
    kept = b"".join(keeping.box.vault.notes(row.key, recording))
    files = [path.read_bytes() for path in house.places.data.rglob("*") if path.is_file()]
    for content in (kept, *files):
        for text in (SAID, "CASE-99", "case-99", "Ada Byron", "adabyron"):
            assert text.encode() not in content
    assert SAID not in json.dumps(ask(keeping, "show", id=recording))
    assert ask(keeping, "show", id=recording)["notes"] == 1


def test_notes_go_out_for_a_purpose_and_are_entered(keeping: Keeping, recording: str) -> None:
    """Before they leave: how many, to whom, for what; and the reference they went out for finds the recording."""
    ask(keeping, "note", id=recording, ref="C99", text="one")
    ask(keeping, "note", id=recording, ref="C99", text="two")
    notes = ask(keeping, "notes", id=recording, purpose="complaint", ref="SAR-7")["notes"]
    assert [opened(each)["text"] for each in notes] == ["one", "two"]
    (entry,) = [each for each in keeping.box.log.entries() if each["what"] == "notes handed out"]
    assert (entry["recording"], entry["notes"], entry["purpose"]) == (recording, 2, "complaint")
    assert [each["id"] for each in ask(keeping, "by-ref", ref="sar-7")["recordings"]] == [recording]
    for why in ({"purpose": "curiosity", "ref": "C"}, {"purpose": "complaint"}, {}):
        with pytest.raises(Refused):
            ask(keeping, "notes", id=recording, **why)
    assert keeping.whats().count("refused") == 3


def test_a_restriction_shuts_notes_too(keeping: Keeping, recording: str) -> None:
    """They may still be written."""
    ask(keeping, "hold", id=recording, case="R", owner="dpo", reason="r", restricted=True)
    ask(keeping, "note", id=recording, ref="C99", text="still")
    with pytest.raises(Refused) as refusal:
        ask(keeping, "notes", id=recording, **WHY)
    assert refusal.value.code == "refused.restricted"


def test_a_note_is_in_the_hold_that_comes_after_it(keeping: Keeping, recording: str) -> None:
    """And in the one that was there before."""
    ask(keeping, "note", id=recording, ref="C1", text="before")
    hold = ask(keeping, "hold", id=recording, case="H", owner="dpo", reason="r")["hold"]["id"]
    ask(keeping, "note", id=recording, ref="C2", text="after")
    notes = [json.loads(each) for each in keeping.box.vault.notes(f"hold-{hold}", recording)]
    assert [opened(each)["text"] for each in notes if each["what"] == "note"] == ["before", "after"]


def test_a_subject_is_found_by_its_name_and_confirmed_by_who_opens_it(
    keeping: Keeping, recording: str
) -> None:
    """The box keeps eight bits of it: the sealed notes that may be meant go out, and the office sees which are."""
    ask(keeping, "note", id=recording, subject="Ada Byron", text="her roof")
    answer = ask(keeping, "find", subject=" ada  BYRON ", **WHY)
    (candidate,) = answer["candidates"]
    assert [opened(each)["subject"] for each in candidate["notes"]] == ["Ada Byron"]
    assert "details" not in candidate
    (entry,) = [each for each in keeping.box.log.entries() if each["what"] == "found"]
    assert (entry["of"], entry["candidates"]) == ("subject", 1)
    tags = list(keeping.box.catalogue.known()[3])
    assert [len(each[0]) for each in tags] == [2]  # type: ignore[index]
    with pytest.raises(Refused, match="no subject"):
        ask(keeping, "find", subject="  ", **WHY)


@pytest.mark.parametrize(
    "said",
    [
        {"text": "nothing to find it by"},
        {"ref": "x" * 201},
        {"ref": "C\n1"},
        {"subject": "a\x1b[2Jb"},
        {"ref": "C1", "text": "x" * (LONGEST + 1)},
        {"ref": "01632 960123"},
        {"ref": "   "},
        {"ref": "C1", "text": "half \ud800"},
        {"ref": 7},
    ],
)
def test_what_is_no_note_is_refused(
    house: House, keeping: Keeping, recording: str, said: dict[str, Any]
) -> None:
    """Unfindable, too long, with control characters, under a telephone number, half a character: and nothing is kept."""
    with pytest.raises((Refused, ValueError)):
        ask(keeping, "note", id=recording, **said)
    assert keeping.box.catalogue.known()[3] == []
    assert "noted" not in keeping.whats()
    row = keeping.box.catalogue.get(recording)
    assert row is not None
    assert keeping.box.vault.notes(row.key, recording) == []
    assert list(house.places.aside.iterdir()) == []


def test_there_is_nothing_to_note_of_what_is_not_there(keeping: Keeping, recording: str) -> None:
    """An unknown recording, and one without notes: each its own sentence."""
    with pytest.raises(Refused) as unknown:
        ask(keeping, "note", id="0000000000000", ref="C1", text="x")
    with pytest.raises(Refused) as none:
        ask(keeping, "notes", id=recording, **WHY)
    assert (unknown.value.code, none.value.code) == ("refused.unknown-recording", "refused.unknown-note")


def test_a_note_through_the_shell(house: House) -> None:
    """Text by standard input, in armour out; several are told apart, and each opens by itself."""
    house.spool_finished()
    with running(house):
        (row,) = json.loads(house.shell("list", "--json").stdout)
        given = (SAID.encode(), "Ada Byron\r\nher roof, \N{GRINNING FACE}".encode())
        assert house.shell("note", row["id"], "--ref", "C99", given=given[0]).returncode == 0
        assert house.shell("note", row["id"], "--subject", given=given[1]).returncode == 0
        why = ("--purpose", "complaint", "--ref", "C12")
        whole = house.shell("notes", row["id"], *why).stdout.decode()
        second = house.shell("notes", row["id"], "2", *why).stdout
        told = json.loads(house.shell("notes", row["id"], "--json", *why).stdout)
        assert house.shell("notes", row["id"], "3", *why).returncode == 6
        assert house.shell("find", "--by-ref", "c99").stdout.decode().splitlines()[1].startswith(row["id"])
    assert whole.count("BEGIN AGE") == 2
    identity = pyrage.x25519.Identity.from_str(OFFICE.text())
    note = json.loads(pyrage.decrypt(second, [identity]))
    assert (note["subject"], note["text"]) == ("Ada Byron", "her roof, \N{GRINNING FACE}")
    assert [opened(each)["text"] for each in told] == [SAID, note["text"]]
