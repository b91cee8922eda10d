"""Forecasts and marks as files: what counts, what does not, and for how long."""

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from firmware.clock import ClockState, GivenClock, Stamp
from firmware.keeper import drafts
from firmware.keeper.forecast import KEPT, Forecasts
from firmware.keeper.marks import Marks
from firmware.retention.disposal import Because, Foretold
from firmware.vault.reading import canonical
from firmware.vault.signing import FORECAST, Signer
from tests.keeper.keeper_rig import House
from tests.keeper.test_keeper_disposal import DAY, HOUR, clock_of, go, lives, shortened, taken_in

TODAY, ONE = date(2026, 3, 2), timedelta(days=1)
NOW = GivenClock(datetime(2026, 3, 2, 9, tzinfo=UTC)).stamp()
NAMED = {"day-2026-03-16": TODAY + 14 * ONE, "day-2026-03-17": TODAY + 15 * ONE}


@pytest.fixture
def signer(house: House) -> Iterator[Signer]:
    with house.keeper() as keeping:
        yield keeping.box.signer


def test_a_list_names_a_fortnight_and_counts_again_after_a_restart(tmp_path: Path, signer: Signer) -> None:
    """The fourteenth day is in it, the fifteenth is not; a later keeper reads the same."""
    lists = Forecasts(tmp_path, signer)
    assert lists.write(TODAY, NAMED, NOW) is True
    assert lists.write(TODAY, NAMED, NOW) is False
    expected = [Foretold(TODAY, {"day-2026-03-16": TODAY + 14 * ONE})]
    assert list(lists.lists()) == expected
    assert list(Forecasts(tmp_path, signer).lists()) == expected
    assert lists.write(TODAY, {}, NOW) is True
    assert list(Forecasts(tmp_path, signer).lists()) == [Foretold(TODAY, {})]


@pytest.mark.parametrize("how", ["changed", "of another format", "no list", "of another box"])
def test_a_list_that_is_not_this_box_s_counts_for_nothing(tmp_path: Path, signer: Signer, how: str) -> None:
    """A changed one, one of a later format, garbage, and one signed elsewhere."""
    Forecasts(tmp_path, signer).write(TODAY, NAMED, NOW)
    (path,) = tmp_path.glob("2026-*.json")
    written = path.read_bytes()
    match how:
        case "changed":
            path.write_bytes(written.replace(b"2026-03-16", b"2026-03-03"))
        case "of another format":
            told = json.loads(json.loads(written)["forecast"]) | {"format": 2}
            path.write_bytes(resigned(canonical(told), signer))
        case "no list":
            path.write_bytes(b"{}")
        case "of another box":
            (tmp_path / "another").mkdir()
            other = House(tmp_path / "another")
            with other.keeper() as keeping:
                path.write_bytes(resigned(json.loads(written)["forecast"].encode(), keeping.box.signer))
    assert list(Forecasts(tmp_path, signer).lists()) == []


def resigned(content: bytes, signer: Signer) -> bytes:
    """The list over this content, as a box writes it."""
    signature = b64encode(signer.sign(FORECAST, content)).decode()
    return canonical({"forecast": content.decode(), "signature": signature, "signer": signer.name})


def test_lists_are_kept_for_sixty_days(tmp_path: Path, signer: Signer) -> None:
    """The one of sixty days ago is there, the one before it is not."""
    lists = Forecasts(tmp_path, signer)
    for ago in (61, 60, 0):
        lists.write(TODAY - ago * ONE, {}, NOW)
    assert KEPT == 60 * ONE
    assert sorted(each.written for each in lists.lists()) == [TODAY - 60 * ONE, TODAY]
    assert sorted(path.stem for path in tmp_path.glob("2*.json")) == ["2026-01-01", "2026-03-02"]


def test_drafts_that_wait_are_read_once(tmp_path: Path) -> None:
    """A month of them waits for a silent recorder: four times a second nothing is read again, but what changed is."""
    waiting = drafts.Waiting(tmp_path)
    assert list(waiting.now()) == []
    draft = drafts.Draft("r", Because.DUE, ("day-2026-04-01",), {}, (), {}, ())
    drafts.keep(tmp_path, draft)
    found = waiting.now()
    assert list(found) == [draft]
    assert waiting.now() is found
    drafts.keep(tmp_path, replace(draft, keys=()))
    assert [each.keys for each in waiting.now()] == [()]
    drafts.drop(tmp_path, draft)
    assert list(waiting.now()) == []


def test_marks_outlive_the_keeper_but_not_the_boot(tmp_path: Path) -> None:
    """Read again in the same boot they are as old as they were; in another, or unreadable, they begin anew."""
    later = replace(NOW, boottime_ns=NOW.boottime_ns + 3600 * 10**9)
    assert Marks(tmp_path).mark({"a", "b"}, NOW) == ["a", "b"]
    marks = Marks(tmp_path)
    assert marks.mark({"b", "c"}, later) == ["c"]
    assert marks.ripe(later) == ["b"]
    assert marks.ripe(replace(later, boottime_ns=later.boottime_ns + 3600 * 10**9)) == ["b", "c"]
    assert Marks(tmp_path).mark({"b"}, replace(later, boot_id="another")) == ["b"]
    (tmp_path / "marks").write_bytes(b"{")
    assert Marks(tmp_path).mark({"b"}, later) == ["b"]


def test_what_is_wanted_no_more_is_unmarked(tmp_path: Path) -> None:
    """Wanted again it waits its hour again."""
    marks, later = Marks(tmp_path), stamp(2)
    marks.mark({"a"}, stamp(0))
    marks.mark(set(), stamp(1))
    assert marks.mark({"a"}, later) == ["a"]
    assert marks.ripe(later) == []


def stamp(hours: int) -> Stamp:
    return replace(NOW, boottime_ns=NOW.boottime_ns + hours * 3600 * 10**9)


def test_settings_replaced_under_a_wrong_clock_have_their_week_from_when_it_is_right(tmp_path: Path) -> None:
    """P30D becomes P2D while the clock is not to be believed: the week begins with the first day that is."""
    house = House(tmp_path)
    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 3 * DAY)
    shortened(house, "P2D")
    clock_of(house).state = ClockState.UNTRUSTED
    with house.keeper() as keeping:
        go(house, keeping, 9 * DAY)
        clock_of(house).state = ClockState.TRUSTED
        go(house, keeping, 6 * DAY)
        assert lives(keeping, recording)
        go(house, keeping, DAY + 14 * HOUR)
        assert not lives(keeping, recording)
