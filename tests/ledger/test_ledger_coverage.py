"""The coverage ledger: whole files, once each, by month, torn tails dropped, damage named."""

import json
from pathlib import Path

import pytest

from firmware.clock import ClockState, Stamp
from firmware.faults import VaultFault
from firmware.ledger.coverage import Ledger, Row, read_coverage
from firmware.vault.reading import UnreadableError

MARCH, APRIL = 1_772_443_800_000_000_000, 1_775_084_400_000_000_000
"""2 March 2026 09:30 UTC; 2 April 2026 00:00 in London, 1 April 23:00 UTC."""


def row(wall_ns: int, reason: str = "paused", instead: str | None = None) -> Row:
    return Row(
        "line1", "0123456789abc", reason, Stamp(wall_ns, 5, "boot", ClockState.TRUSTED), 10**9, instead
    )


def test_a_file_enters_whole_and_once(tmp_path: Path) -> None:
    """The same name again changes nothing, also after a restart."""
    rows = (row(MARCH), row(APRIL, "recorded", "lost"))
    ledger = Ledger(tmp_path)
    assert ledger.take_in("coverage-a.json", rows)
    assert not ledger.take_in("coverage-a.json", rows)
    ledger.close()
    ledger = Ledger(tmp_path)
    assert not ledger.take_in("coverage-a.json", rows)
    assert ledger.take_in("coverage-b.json", (row(APRIL),))
    assert list(ledger.rows()) == [*rows, row(APRIL)]
    ledger.close()
    assert {path.name for path in tmp_path.iterdir()} == {"2026-03.log", "2026-04.log"}


def test_what_the_recorder_writes_is_read(tmp_path: Path) -> None:
    """Its JSON comes back as rows; what is wrong in it is refused by name."""
    content = json.dumps(
        {"format": 1, "rows": [row(MARCH).content(), row(MARCH, "x", "y").content()]}
    ).encode()
    assert read_coverage(content, "f") == (row(MARCH), row(MARCH, "x", "y"))
    for wrong in (b"{}", b'{"format":2,"rows":[]}', b'{"format":1,"rows":[{"line":1}]}', b""):
        with pytest.raises(UnreadableError):
            read_coverage(wrong, "f")
    assert not Ledger(tmp_path).take_in("empty", ())


def test_a_half_written_file_never_counted_and_damage_is_named(tmp_path: Path) -> None:
    """A torn last line goes; a changed earlier one is a fault, and the file stays."""
    ledger = Ledger(tmp_path)
    for name in ("a", "b"):
        ledger.take_in(name, (row(MARCH),))
    ledger.close()
    path = tmp_path / "2026-03.log"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    ledger = Ledger(tmp_path)
    assert ledger.take_in("b", (row(MARCH),))
    ledger.close()
    assert path.read_bytes() == whole
    damaged = whole.replace(b'"from":"a"', b'"from":"x"')
    path.write_bytes(damaged)
    with pytest.raises(VaultFault) as caught:
        Ledger(tmp_path).take_in("c", (row(MARCH),))
    assert caught.value.code == "vault.ledger-damaged"
    assert path.read_bytes() == damaged
