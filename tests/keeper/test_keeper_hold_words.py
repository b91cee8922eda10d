"""What a person types to keep, to release and to erase: through the shell, at the door of a real keeper."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.keeper.keeper_rig import House, running

CASE = ("--case", "C-17", "--owner", "dpo", "--reason", "a claim of 2 March")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, list[str]]]:
    """A box with three recordings, by their names, and its keeper at work."""
    house = House(tmp_path_factory.mktemp("words"))
    three = [house.spool_finished() for _ in range(3)]
    with running(house):
        yield house, three


@pytest.fixture(scope="module")
def house(kept: tuple[House, list[str]]) -> House:
    return kept[0]


@pytest.fixture(scope="module")
def three(kept: tuple[House, list[str]]) -> list[str]:
    return kept[1]


def said(house: House, *words: str) -> str:
    done = house.shell(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def refused(house: House, *words: str) -> str:
    done = house.shell(*words)
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    return done.stderr.decode()


def names(house: House) -> list[str]:
    return [each["id"] for each in json.loads(said(house, "list", "--json"))]


def held(house: House) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(said(house, "holds", "--json"))
    return found


def test_a_hold_from_its_beginning_to_its_end(house: House, three: list[str]) -> None:
    """Placed, owed for, told, a copy confirmed, reviewed, released: each answer says what is, and what is owed."""
    recording = three[0]
    placed = said(house, "hold", recording, *CASE)
    assert "keeps 1 recording" in placed
    assert "owed: tell the person concerned by" in placed
    hold = placed.split()[1]
    letter = said(house, "letter", hold)
    assert "C-17" in letter
    assert "Test Office Ltd" in letter
    assert "dpo@example.org" in letter
    assert "We have not erased" in said(house, "letter", hold, "--refusal")
    assert hold in said(house, "holds", "--untold")
    said(house, "told", hold, "--how", "letter of 3 March")
    assert hold not in said(house, "holds", "--untold")
    assert hold in said(house, "holds")
    said(house, "copied", hold, "--waived", "the paper file is enough")
    assert "review the hold by 2027-01-31" in said(
        house, "review", hold, "--on", "2027-01-31", "--reason", "the claim goes on"
    )
    assert "case C-17, owner dpo" in refused(house, "destroy", recording, "--reason", "asked by letter")
    said(house, "release", hold, "--reason", "settled")
    assert "unknown-hold" in refused(house, "release", hold, "--reason", "again")


def test_a_line_is_held_between_two_times_in_london(house: House) -> None:
    """A stretch of a line, written as a person says it; what does not exist or is no line is refused."""
    times = ("--from", "2026-01-05 09:00", "--to", "2026-01-05 12:00")
    placed = said(house, "hold", "--line", "line1", *times, *CASE, "--json")
    window = json.loads(placed)["window"]
    assert window[0] == "line1"
    assert window[2] - window[1] == 3 * 3600 * 10**9
    assert "no line of that name" in refused(house, "hold", "--line", "line9", *times, *CASE)
    gone = ("--from", "2026-03-29 01:30", "--to", "2026-03-29 03:00")
    assert "does not exist" in refused(house, "hold", "--line", "line1", *gone, *CASE)
    assert "ends before it begins" in refused(
        house, "hold", "--line", "line1", "--from", "2026-01-05 12:00", "--to", "2026-01-05 09:00", *CASE
    )


@pytest.mark.parametrize("left_out", ["--case", "--owner", "--reason"])
def test_a_hold_without_a_case_an_owner_or_a_reason_is_refused(
    house: House, three: list[str], left_out: str
) -> None:
    """Each of the three is named in the refusal, and no hold comes of it."""
    at = CASE.index(left_out)
    before = len(held(house))
    assert left_out.removeprefix("--") in refused(house, "hold", three[1], *CASE[:at], *CASE[at + 2 :])
    assert len(held(house)) == before


def test_a_restriction_shuts_get_and_says_whom_to_ask(house: House, three: list[str]) -> None:
    """Its use is refused with case and owner until it is released."""
    recording = three[1]
    said(house, "restrict", recording, *CASE)
    assert "owner dpo" in refused(house, "get", recording, "--purpose", "complaint", "--ref", "C-17")


def test_an_erasure_is_asked_and_stopped(house: House) -> None:
    """It says when at the earliest, and `keep` takes it back; nobody asks twice to keep."""
    house.spool_finished()
    fresh = ""
    while not fresh:
        free = [each for each in names(house) if not json.loads(said(house, "show", each, "--json"))["holds"]]
        fresh = free[0] if free else ""
    assert "will be destroyed not before 2026-03-02 10:3" in said(
        house, "destroy", fresh, "--reason", "letter"
    )
    assert json.loads(said(house, "show", fresh, "--json"))["erasure_asked"]
    said(house, "keep", fresh)
    assert not json.loads(said(house, "show", fresh, "--json"))["erasure_asked"]
    assert "nobody asked" in refused(house, "keep", fresh)


def test_copies_are_listed_and_confirmed(house: House, three: list[str]) -> None:
    """Who fetched has a copy until he says that it is destroyed."""
    recording = three[2]
    done = house.shell("get", recording, "--purpose", "complaint", "--ref", "C-1")
    assert done.returncode == 0, done.stderr
    said_bytes = done.stdout
    assert said_bytes.startswith(b"age-encryption.org/v1")
    (copy,) = [each for each in json.loads(said(house, "copies", "--json")) if each["recording"] == recording]
    assert recording in said(house, "copies", "destroyed", copy["copy"])
    assert "unknown-copy" in refused(house, "copies", "destroyed", copy["copy"])


def test_texts_of_a_hold_are_nowhere_in_clear(house: House, three: list[str]) -> None:
    """Case, owner and reason lie under the hold's key: not in the log, the catalogue or any other file."""
    said(
        house,
        "hold",
        three[0],
        "--case",
        "K-7788-SECRET",
        "--owner",
        "dpo",
        "--reason",
        "Mrs Smith asked",
    )
    for path in (each for each in house.places.data.rglob("*") if each.is_file()):
        content = path.read_bytes()
        assert b"K-7788-SECRET" not in content, path
        assert b"Mrs Smith" not in content, path


def test_certificates_are_listed_where_nothing_was_destroyed(house: House, tmp_path: Path) -> None:
    """A box that destroyed nothing says so, and knows no certificate."""
    assert "Nothing was destroyed" in said(house, "certificates")
    assert "unknown-certificate" in refused(house, "certificate", "0" * 13)
    assert not list(tmp_path.iterdir())
