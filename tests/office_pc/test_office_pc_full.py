"""A disk that refuses a private key: a fault with a next step, and nothing half stays."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware.faults import Refused
from tests.rigs.office_pc import Pc


@contextmanager
def full() -> Iterator[None]:
    """The kernel refuses every write of this process to a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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
