"""The catalogue: found by line, day, bucket; replaced, not doubled; refused disks are OSErrors."""

import sqlite3
import stat
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.catalogue.catalogue import Catalogue, Wanted
from firmware.catalogue.known import Known
from firmware.catalogue.row import COLUMNS, Row
from firmware.catalogue.schema import INDICES, create

ROW = Row(
    id="0000000000000",
    key="day-2026-04-01",
    call="1111111111111",
    line="line1",
    department="repairs",
    kind="finished",
    class_="external",
    direction="in",
    began_ns=10,
    clock="trusted",
    on_date="2026-03-02",
    due="2026-04-01",
    rate=8000,
    sides=1,
    samples=800,
    withheld=0,
    gaps=0,
    ended="hung up",
    continues=None,
    bucket=7,
    body_size=100,
    live=3,
)


def put_all(catalogue: Catalogue, rows: list[Row]) -> None:
    for row in rows:
        catalogue.put(row)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.db"


def test_what_was_put_is_found(path: Path) -> None:
    """By name, line, day and bucket, the newest first; a second put of a name replaces the first."""
    other = replace(
        ROW, id="2222222222222", line="line2", on_date=None, due=None, key="undated", began_ns=20, bucket=None
    )
    catalogue = Catalogue.rebuild(path, Known([ROW]))
    catalogue.put(other)
    catalogue.put(other)
    assert catalogue.find(Wanted()) == [other, ROW]
    assert catalogue.find(Wanted(line="line1")) == [ROW]
    assert catalogue.find(Wanted(on="2026-03-02", bucket=7)) == [ROW]
    assert catalogue.find(Wanted(limit=1)) == [other]
    assert (catalogue.count(), catalogue.count_undated()) == (2, 1)
    catalogue.close()
    again = Catalogue.open(path)
    assert again is not None
    assert again.get(ROW.id) == ROW
    assert again.get("nobody") is None
    again.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_its_columns_are_those_of_a_row(tmp_path: Path) -> None:
    """Schema and row agree, and no column is one for a telephone number."""
    connection = sqlite3.connect(tmp_path / "x.db")
    create(connection)
    columns = [each[1] for each in connection.execute("PRAGMA table_info(recordings)")]
    connection.close()
    assert tuple(columns) == COLUMNS == tuple(each.name for each in fields(Row))
    assert not [name for name in columns if "number" in name or "caller" in name]


def test_another_format_is_not_opened(path: Path) -> None:
    """A database of another version is left for rebuilding."""
    Catalogue.rebuild(path, Known()).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert Catalogue.open(path) is None
    assert Catalogue.open(path.with_name("nothing.db")) is None


def test_damage_met_later_takes_the_file_away(path: Path) -> None:
    """The process ends with the error, and the next start finds nothing to trust."""
    rows = [replace(ROW, id=f"{number:013}", ended="x" * 500) for number in range(200)]
    Catalogue.rebuild(path, Known(rows)).close()
    catalogue = Catalogue.open(path)
    assert catalogue is not None
    content = bytearray(path.read_bytes())
    content[8192:-8192] = b"\xff" * (len(content) - 16384)
    path.write_bytes(content)
    with pytest.raises(sqlite3.DatabaseError):
        put_all(catalogue, rows)
    catalogue.close()
    assert not path.exists()


def test_a_disk_that_refuses_is_an_oserror(path: Path) -> None:
    """A full disk, here a limit on the pages of the database, is told as the system's own error."""
    catalogue = Catalogue.rebuild(path, Known([ROW]))
    (pages,) = catalogue._connection.execute("PRAGMA page_count").fetchone()
    catalogue._connection.execute(f"PRAGMA max_page_count = {pages}")
    rows = [replace(ROW, id=f"{number:013}", ended="x" * 2000) for number in range(1, 1000)]
    with pytest.raises(OSError, match="catalogue"):
        put_all(catalogue, rows)
    assert catalogue.get(ROW.id) == ROW
    catalogue.close()


def test_opening_never_imports_sqlite_utils(path: Path) -> None:
    """Only making the tables does: it costs a third of a second."""
    Catalogue.rebuild(path, Known()).close()
    code = f"""
import sys
from pathlib import Path
from firmware.catalogue.catalogue import Catalogue
assert Catalogue.open(Path({str(path)!r})) is not None
assert "sqlite_utils" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[2])


DAYS = st.sampled_from([None, "2026-03-01", "2026-03-02", "2026-03-03"])


@given(
    kinds=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), DAYS, DAYS), max_size=30),
    after=st.sampled_from(["2026-02-01", "2026-03-01", "2026-03-02", "2026-03-03"]),
)
def test_groups_are_each_department_date_and_day_once(
    tmp_path_factory: pytest.TempPathFactory,
    kinds: list[tuple[str, str | None, str | None]],
    after: str,
) -> None:
    """As many of each as there may be, also without date or day: each group that falls due after a day, in order."""
    rows = [
        replace(ROW, id=f"{number:013}", department=name, on_date=on, due=due)
        for number, (name, on, due) in enumerate(kinds)
    ]
    catalogue = Catalogue.rebuild(tmp_path_factory.mktemp("groups") / "catalogue.db", Known(rows))
    wanted = {
        (due, name, on) for name, on, due in kinds if due is not None and due > after and on is not None
    }
    assert catalogue.groups(after) == [(name, on, due) for due, name, on in sorted(wanted)]
    catalogue.close()


def test_a_rebuilt_catalogue_has_every_index(path: Path) -> None:
    """What is found by has an index after a rebuild, and the last of two rows of one name counts."""
    catalogue = Catalogue.rebuild(path, Known([ROW, replace(ROW, ended="second")], [("h", ROW.id)]))
    assert catalogue.find(Wanted()) == [replace(ROW, ended="second")]
    query = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    assert len(catalogue._connection.execute(query).fetchall()) == len(INDICES) + 2
    catalogue.close()


def test_a_line_on_a_day_is_looked_for_in_the_day(path: Path) -> None:
    """Among many of the line, what is found costs the steps of its day: a hundredth of reading the line."""
    rows = [
        replace(ROW, id=f"{number:013}", began_ns=number, on_date=f"day {number // 20}")
        for number in range(20_000)
    ]
    catalogue = Catalogue.rebuild(path, Known(rows))
    steps = [0]

    def count() -> None:
        steps[0] += 1

    catalogue._connection.set_progress_handler(count, 10)
    assert len(catalogue.find(Wanted(line="line1", on="day 3", bucket=7))) == 20
    found, steps[0] = steps[0], 0
    assert len(catalogue.find(Wanted(line="line1", limit=20_000))) == 20_000
    assert 0 < found < steps[0] / 100
    catalogue.close()
