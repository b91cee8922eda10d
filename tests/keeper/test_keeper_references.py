"""A reference leads to what was fetched, noted and held under it; its tag ends with the recording."""

from collections.abc import Iterator

import pytest

from tests.keeper.keeper_rig import House, Keeping
from tests.keeper.test_keeper_disposal import DAY, HOUR, ask, go, taken_in


@pytest.fixture
def keeping(house: House) -> Iterator[Keeping]:
    with house.keeper() as keeping:
        keeping.turn()
        yield keeping


def test_a_reference_finds_what_was_fetched_noted_and_held(house: House, keeping: Keeping) -> None:
    """Small and large letters and blanks make no difference; another case finds nothing."""
    fetched, noted, held, other = (taken_in(house, keeping) for _ in range(4))
    ask(keeping, "get", id=fetched, purpose="complaint", ref="C 12")
    ask(keeping, "note", id=noted, ref="c12", text="she rang about the roof")
    hold = ask(keeping, "hold", id=held, case="C12", owner="dpo", reason="r")["hold"]["id"]
    answer = ask(keeping, "by-ref", ref=" C12 ")["recordings"]
    assert {each["id"] for each in answer} == {fetched, noted, held}
    assert {each["id"]: list(each["holds"]) for each in answer}[held] == [hold]
    assert other not in {each["id"] for each in answer}
    assert ask(keeping, "by-ref", ref="C1")["recordings"] == []


def test_tags_end_with_the_recording(house: House, keeping: Keeping) -> None:
    """After its destruction neither database nor journal has its tag, nor any file the reference or the note."""
    gone, kept = taken_in(house, keeping), taken_in(house, keeping)
    for each, case in ((gone, "CASE-GOING"), (kept, "CASE-STAYING")):
        ask(keeping, "note", id=each, ref=case, text="SAID-OF-IT")
        ask(keeping, "get", id=each, purpose="complaint", ref=case)
    rows, _, _, tags = keeping.box.catalogue.known()
    (tag,) = [each[0] for each in tags if each[1] == gone]  # type: ignore[index]
    assert tag.encode() in house.places.catalogue.read_bytes()
    ask(keeping, "destroy", id=gone, reason="request")
    go(house, keeping, 3 * HOUR)
    assert [each[0] for each in keeping.box.catalogue.known()[0]] == [kept]  # type: ignore[index]
    assert len(rows) == 2
    for path in house.places.data.rglob("*"):
        if path.is_file():
            assert tag.encode() not in path.read_bytes(), path
            assert b"CASE-GOING" not in path.read_bytes(), path
    assert ask(keeping, "by-ref", ref="CASE-GOING")["recordings"] == []
    assert [each["id"] for each in ask(keeping, "by-ref", ref="CASE-STAYING")["recordings"]] == [kept]


def test_tags_come_back_with_the_catalogue(house: House) -> None:
    """Lost, or of the version before that had none: rebuilt from the vault's notes, what was held long and dated too."""
    with house.keeper() as keeping:
        one, two = taken_in(house, keeping), taken_in(house, keeping)
        ask(keeping, "hold", id=two, case="H", owner="dpo", reason="r")
        ask(keeping, "get", id=one, purpose="complaint", ref="C12")
        ask(keeping, "note", id=two, ref="C13", subject="Anna Smith", text="")
        go(house, keeping, 31 * DAY)
        known = keeping.box.catalogue.known()
        assert {each[1] for each in known[3]} == {two}  # type: ignore[index]
        assert len(known[3]) == 2
    house.places.catalogue.unlink()
    with house.keeper() as keeping:
        assert keeping.box.catalogue.known() == known
        assert [each["id"] for each in ask(keeping, "by-ref", ref="c13")["recordings"]] == [two]


def test_a_tag_whose_note_a_crash_swallowed_is_taken_back(house: House) -> None:
    """It was entered before its note; the next start takes it back, and those that have theirs stay."""
    with house.keeper() as keeping:
        one = taken_in(house, keeping)
        ask(keeping, "get", id=one, purpose="complaint", ref="C12")
        known = keeping.box.catalogue.known()
        keeping.box.catalogue.tag([("ab" * 16, one), ("cd", one)])
        assert keeping.box.catalogue.known() != known
    with house.keeper() as keeping:
        assert keeping.box.catalogue.known() == known
