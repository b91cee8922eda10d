"""The catalogue finds by buckets and by tags: only what matches, by an index, and nothing that tells a reference."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.call.typed import folded
from firmware.catalogue.catalogue import Catalogue
from firmware.catalogue.known import Known, Tombstone
from firmware.catalogue.sought import Sought
from firmware.catalogue.tags import REFERENCE, SUBJECT, reference_tag, subject_tag, tags_of
from firmware.vault.reading import canonical
from tests.catalogue.test_catalogue_index import ROW

KEY = bytes(32)
ROWS = [
    replace(ROW, id=f"{number:013}", bucket=number % 4, began_ns=number, line=f"line{number % 2}")
    for number in range(40)
]
ROWS += [
    replace(ROW, id=f"{99:013}", bucket=None, began_ns=99),
    replace(ROW, id=f"{98:013}", bucket=None, direction="unknown"),
]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    made = Catalogue.rebuild(tmp_path / "catalogue.db", Known(ROWS))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        (Sought((1,), 0, 100, limit=100), [each for each in range(39, -1, -1) if each % 4 == 1]),
        (Sought((1, 3), 8, 20, limit=100), [19, 17, 15, 13, 11, 9]),
        (Sought((1, 2), 0, 100, line="line0", limit=3), [38, 34, 30]),
        (Sought((0,), 0, 100, department="none", limit=9), []),
        (Sought((), 0, 100, limit=9), [99]),
        (Sought((), 0, 99, limit=9), []),
    ],
)
def test_it_seeks_by_buckets_time_line_and_department(
    catalogue: Catalogue, sought: Sought, expected: list[int]
) -> None:
    """The newest first; where no bucket is given, those whose caller had no number to tell."""
    assert catalogue.seek(sought) == [f"{each:013}" for each in expected]


def test_a_search_goes_by_the_index_of_buckets(catalogue: Catalogue) -> None:
    """Never through all rows, and not by line, which has a hundred times as many."""
    query, values = Sought((1, 2), 0, 100, line="line0", department="repairs").statement()
    plan = catalogue._connection.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    assert any("idx_recordings_bucket_began_ns" in each[3] for each in plan), plan
    assert not any("SCAN" in each[3] for each in plan), plan


def test_tags_lead_to_recordings_until_these_are_destroyed(catalogue: Catalogue) -> None:
    """Entered twice is once; what is buried takes its tags along, and they are not in the file any more."""
    tag = reference_tag(KEY, "C12")
    catalogue.tag([(tag, ROWS[1].id), (tag, ROWS[2].id), (tag, ROWS[1].id)])
    assert catalogue.tagged(tag) == [ROWS[2], ROWS[1]]
    assert catalogue.newest_tag() == (tag, ROWS[2].id)
    catalogue.untag(tag, ROWS[2].id)
    catalogue.bury([Tombstone(ROWS[1].id, "1" * 13, 1)])
    assert catalogue.tagged(tag) == []
    assert catalogue.newest_tag() is None
    assert tag.encode() not in catalogue._path.read_bytes()
    assert not list(catalogue._path.parent.glob("catalogue.db-*"))


def test_a_tag_of_no_recording_is_not_taken_into_a_rebuilt_one(tmp_path: Path) -> None:
    """A note that outlived its lock leads nowhere."""
    known = Known([ROW], tags=[("ab", ROW.id), ("cd", "nobody")])
    made = Catalogue.rebuild(tmp_path / "catalogue.db", known)
    assert made.known()[3] == [("ab", ROW.id)]
    made.close()
    columns = sqlite3.connect(tmp_path / "catalogue.db").execute("PRAGMA table_info(tags)").fetchall()
    assert [each[1] for each in columns] == ["tag", "recording"]


@given(st.text(max_size=60))
@example("e \u0301")
@example("\u01f0 \u0345\u00a8")
def test_a_reference_is_compared_without_case_and_blanks(text: str) -> None:
    """Folding twice is folding once; capitals, blanks around and within change nothing."""
    assert folded(folded(text)) == folded(text)
    assert folded(f"  {text}\t") == folded(text)
    assert reference_tag(KEY, text) == reference_tag(KEY, folded(text))


def test_a_tag_says_little() -> None:
    """16 bytes of a reference, 8 bits of a subject; another key, another tag; one is not the other's beginning."""
    assert len(reference_tag(KEY, "Ada")) == 2 * REFERENCE
    assert len(subject_tag(KEY, "Ada")) == 2 * SUBJECT == 2
    assert reference_tag(bytes([1]) * 32, "Ada") != reference_tag(KEY, "Ada")
    names = [f"Ada {number}" for number in range(64)]
    assert any(not reference_tag(KEY, each).startswith(subject_tag(KEY, each)) for each in names)


@pytest.mark.parametrize(
    ("note", "tags"),
    [
        ({"what": "get", "ref": "C12"}, [reference_tag(KEY, "c12")]),
        ({"what": "notes", "ref": "C12"}, [reference_tag(KEY, "c12")]),
        ({"what": "note", "tags": ["ab", "cd"], "sealed": ""}, ["ab", "cd"]),
        ({"what": "erasure asked", "ref": "a reason, and no reference"}, []),
        ({"what": "dated", "ref": "a reason"}, []),
    ],
)
def test_which_notes_have_tags(note: dict[str, object], tags: list[str]) -> None:
    """What was handed out for a reference, and what a person noted; a reason is none."""
    assert list(tags_of(KEY, canonical(note))) == tags
