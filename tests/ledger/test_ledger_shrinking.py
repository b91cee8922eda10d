"""The ledger shrinks: totals stay the same, rows are gone, names are kept, and a crash anywhere is finished."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from firmware.clock import ClockState, Stamp
from firmware.ledger.coverage import Ledger, Row
from firmware.ledger.row import begins_ns
from firmware.ledger.totals import Sum, Whose
from firmware.vault.journal import Journal
from firmware.vault.reading import canonical

SECOND = 10**9
DAY, NEXT = date(2026, 3, 2), date(2026, 3, 3)
WHOSE = {"line1": Whose("repairs", hook=True), "line2": Whose("rents", hook=False)}
CALLS = ("aaaaaaaaaaaaa", "bbbbbbbbbbbbb", "ccccccccccccc")


def row(line: str, on: date, second: int, length: int, *, call: str, reason: str = "recorded") -> Row:
    """A row that begins this many seconds into a London date."""
    wall = begins_ns(on) + second * SECOND
    began = Stamp(wall, wall - begins_ns(DAY), "boot", ClockState.TRUSTED)
    return Row(line, call, reason, began, length * SECOND)


def filled(folder: Path) -> Ledger:
    """Two lines on two days, one call over midnight, one file with both lines in it."""
    folder.mkdir(exist_ok=True)
    ledger = Ledger(folder)
    over = row("line1", DAY, 86_390, 30, call=CALLS[1])
    ledger.take_in("one", (row("line1", DAY, 100, 60, call=CALLS[0]),), WHOSE)
    ledger.take_in("two", (row("line2", DAY, 100, 5, call=CALLS[2], reason="paused"), over), WHOSE)
    ledger.take_in("three", (row("line1", NEXT, 500, 7, call=CALLS[0]),), WHOSE)
    return ledger


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_a_shrunk_day_has_its_totals_and_nothing_of_its_rows(tmp_path: Path) -> None:
    """Totals are the same before and after and after a new start; no call id and no instant of the day stays."""
    ledger = filled(tmp_path / "ledger")
    before = ledger.totals()
    assert before["line1", DAY].reasons == {"recorded": Sum(70, 2)}
    assert before["line1", NEXT].reasons == {"recorded": Sum(27, 2)}
    assert (before["line2", DAY].whose, before["line2", DAY].calls) == (WHOSE["line2"], 1)
    kept = [each for each in ledger.rows() if each.began.wall_ns >= begins_ns(NEXT)]
    ledger.shrink([("line1", DAY), ("line2", DAY)])
    for again in (ledger, Ledger(tmp_path / "ledger")):
        assert again.totals() == before
        assert again.unshrunk() == [("line1", NEXT)]
        assert list(again.rows()) == kept
        assert again.shrunk("line1", DAY)
        assert not again.shrunk("line1", NEXT)
        assert again.stretches("line1", DAY) == []
    left = contents(tmp_path / "ledger")
    assert CALLS[2].encode() not in left
    for gone in (100, 86_390):
        assert str(begins_ns(DAY) + gone * SECOND).encode() not in left


def test_twice_is_once(tmp_path: Path) -> None:
    """Shrinking what is shrunk changes no byte."""
    ledger = filled(tmp_path / "ledger")
    ledger.shrink([("line1", DAY)])
    once = contents(tmp_path / "ledger")
    ledger.shrink([("line1", DAY)])
    ledger.close()
    Ledger(tmp_path / "ledger").shrink([("line1", DAY)])
    assert contents(tmp_path / "ledger") == once


def test_the_same_file_never_counts_again_also_after_shrinking(tmp_path: Path) -> None:
    """A name whose rows are gone is still known; a new name is added to the totals at once, and never as rows."""
    ledger = filled(tmp_path / "ledger")
    ledger.shrink([("line1", DAY)])
    late = row("line1", DAY, 4000, 11, call=CALLS[2], reason="opted out")
    assert not ledger.take_in("one", (row("line1", DAY, 100, 60, call=CALLS[0]),), WHOSE)
    assert ledger.take_in("late", (late, row("line1", NEXT, 4000, 3, call=CALLS[2])), WHOSE)
    ledger.close()
    ledger = Ledger(tmp_path / "ledger")
    assert not ledger.take_in("late", (late,), WHOSE)
    told = ledger.totals()["line1", DAY]
    assert (told.calls, dict(told.reasons)) == (3, {"recorded": Sum(70, 2), "opted out": Sum(11, 1)})
    assert str(late.began.wall_ns).encode() not in contents(tmp_path / "ledger")
    assert ledger.shrunk("line1", DAY)
    assert ledger.totals()["line1", NEXT].reasons == {"recorded": Sum(30, 3)}


def _half_written(before: Path, _after: Path) -> None:
    (before / "2026-03.log.new").write_bytes(b"half of it")


def _index_gone(before: Path, _after: Path) -> None:
    (before / "2026-03.index").unlink(missing_ok=True)


def _renamed(before: Path, after: Path) -> None:
    (before / "2026-03.index").unlink(missing_ok=True)
    shutil.copy(after / "2026-03.log", before / "2026-03.log")


def _old_index_stays(before: Path, after: Path) -> None:
    shutil.copy(after / "2026-03.log", before / "2026-03.log")


@pytest.mark.parametrize("crash", [_half_written, _index_gone, _renamed, _old_index_stays])
def test_a_crash_at_any_step_is_finished_by_the_next_start(
    tmp_path: Path, crash: Callable[[Path, Path], None]
) -> None:
    """Whatever lay there when the box died, shrinking again gives the same file, index and totals."""
    ledger = filled(tmp_path / "before")
    ledger.keep_indices()
    before = ledger.totals()
    ledger.close()
    shutil.copytree(tmp_path / "before", tmp_path / "after")
    done = Ledger(tmp_path / "after")
    done.shrink([("line1", DAY)])
    done.close()
    crash(tmp_path / "before", tmp_path / "after")
    again = Ledger(tmp_path / "before")
    again.shrink([("line1", DAY)])
    again.keep_indices()
    assert again.totals() == before
    assert not again.take_in("two", (), WHOSE)
    assert not again.take_in("one", (row("line1", DAY, 1, 1, call=CALLS[0]),), WHOSE)
    names = [path.name for path in sorted((tmp_path / "before").iterdir())]
    assert names == ["2026-03.index", "2026-03.log"]
    assert contents(tmp_path / "before") == contents(tmp_path / "after")


def test_an_index_only_saves_reading(tmp_path: Path) -> None:
    """With an index of earlier, a damaged one or none, the same is told of what came in since."""
    ledger = filled(tmp_path / "ledger")
    ledger.keep_indices()
    ledger.take_in("four", (row("line1", DAY, 9000, 4, call=CALLS[2]),), WHOSE)
    wanted = ledger.totals(), ledger.stretches("line1", DAY)
    ledger.close()
    index = tmp_path / "ledger/2026-03.index"
    wrong = json.loads(index.read_bytes()) | {"last": "0" * 64}
    for content in (index.read_bytes(), b"{", json.dumps(wrong).encode(), None):
        index.unlink() if content is None else index.write_bytes(content)
        ledger = Ledger(tmp_path / "ledger")
        assert (ledger.totals(), ledger.stretches("line1", DAY)) == wanted
        ledger.close()


def test_the_format_before_is_read_and_shrinks(tmp_path: Path) -> None:
    """Format 1, whose rows go over midnight and say no department, is told and shrunk like the present one."""
    over = row("line1", DAY, 86_390, 30, call=CALLS[1])
    journal = Journal(tmp_path / "2026-03.log", lambda _: None)
    journal.append(canonical({"format": 1, "from": "old", "rows": [over.content()]}))
    journal.close()
    ledger = Ledger(tmp_path)
    assert not ledger.take_in("old", (over,), WHOSE)
    told = ledger.totals()
    assert [told["line1", on].reasons["recorded"].seconds for on in (DAY, NEXT)] == [10, 20]
    assert told["line1", DAY].whose is None
    ledger.shrink([("line1", DAY)])
    assert ledger.totals() == told
    assert ledger.unshrunk() == [("line1", NEXT)]


def test_any_name_is_known_again(tmp_path: Path) -> None:
    """Quotation marks, backslashes and letters of all kinds in a name do not make it count twice."""
    rows = (row("line1", DAY, 1, 1, call=CALLS[0]),)
    for name in ('coverage-"a".json', "coverage-\\.json", 'coverage-é,"from":"x".json', "coverage-"):
        for wanted in (True, False):
            ledger = Ledger(tmp_path)
            assert ledger.take_in(name, rows, WHOSE) is wanted
            ledger.close()


def test_a_file_over_the_end_of_a_month_enters_each_once(tmp_path: Path) -> None:
    """A file over the end of a month enters both, and one that entered half enters only the other half."""
    eve = date(2026, 3, 31)
    over = row("line1", eve, 86_390, 30, call=CALLS[1])
    ledger = Ledger(tmp_path)
    first, _ = (piece for _, piece in over.dates())
    assert ledger.take_in("over", (first,), WHOSE)
    assert ledger.take_in("over", (over,), WHOSE)
    assert not ledger.take_in("over", (over,), WHOSE)
    assert sum(each.duration_ns for each in ledger.rows()) == over.duration_ns
