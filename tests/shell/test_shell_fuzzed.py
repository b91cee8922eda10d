"""A thousand command lines through the forced command's own function, with a real keeper behind it."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.audit.log import AuditLog
from firmware.shell.ssh import login
from tests.keeper.keeper_rig import House, running
from tests.rigs.fuzzed import command_lines
from tests.rigs.sentences import code_in

LINES = 1000


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("fuzzed"))
    made.spool_finished()
    with running(made):
        yield made


def looked(house: House) -> list[dict[str, object]]:
    log = AuditLog(house.places.audit)
    found = [each for each in log.entries() if each["what"] == "looked"]
    log.close()
    return found


def test_a_thousand_lines_bring_nothing_but_our_sentences(
    house: House, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is answered or refused as one of ours, says nothing that prints nothing, and leaves an entry with its code."""
    monkeypatch.setattr(sys, "argv", ["callbox", "--ssh"])
    own = ["--socket", str(house.places.run / "keeper.sock")]
    codes = []
    for line in command_lines(LINES, seed=5):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        status = login(own, line)
        out, err = capfd.readouterr()
        assert all(each == "\n" or each.isprintable() for each in out), line
        codes.append(code_in(status, err))
    assert codes.count(None) > 20
    assert len({*codes}) > 8
    entered = looked(house)
    assert len(entered) >= LINES
    assert {*codes} <= {each.get("code") for each in entered}
    whole = b"".join(path.read_bytes() for path in Path(house.places.audit).iterdir())
    assert b"07700900461" not in whole
    assert b"$(id)" not in whole
