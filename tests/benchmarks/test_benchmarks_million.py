"""The benchmark of a million recordings works, small: what it says it did was done."""

from pathlib import Path

from tests.benchmarks.bench_million import measure
from tests.benchmarks.million import Scale

SMALL = Scale(recordings=2000, days=20, body=1000, entries=200)


def test_a_small_million_adds_up(tmp_path: Path) -> None:
    """2,000 recordings: each figure once, none of nothing, and a whole day is what was destroyed."""
    found = {each["name"]: each for each in measure(tmp_path, SMALL, queries=20)}
    (day,) = [each for name, each in found.items() if name == "a day destroyed, 100 of 2,000 recordings"]
    assert day["peer"] == "reach of the design, s"
    assert all(each["value"] > 0 for name, each in found.items() if not name.endswith("written"))
    table = found["a day destroyed, 100 of 2,000 recordings: key table"]
    assert 20 * 64 / 1024 < table["value"] < 3
    assert {f"find by {each}, p99 of 20" for each in ("id", "line and day", "bucket, all of it")} <= set(
        found
    )
