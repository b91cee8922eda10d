"""A disk that refuses a private key: a fault with a next step, and nothing half stays."""

from pathlib import Path

import pytest

from firmware.faults import Refused
from tests.rigs.full_files import full
from tests.rigs.office_pc import Pc


@pytest.mark.parametrize(("words", "name"), [((), "key.txt"), (("--witness",), "witness.key")])
def test_a_key_that_the_disk_refuses_leaves_nothing(
    tmp_path: Path, words: tuple[str, ...], name: str
) -> None:
    """No empty file stands where a key would be; with room again the same words make it."""
    pc = Pc(tmp_path / "office")
    with full(), pytest.raises(Refused) as fault:
        pc.run("enrol", *words)
    assert (fault.value.code, list(pc.folder.iterdir())) == ("refused.file", [])
    assert "make room" in fault.value.hint
    assert pc.run("enrol", *words) == 0
    assert (pc.folder / name).stat().st_mode & 0o777 == 0o600
