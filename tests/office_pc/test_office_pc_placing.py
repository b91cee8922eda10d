"""A file appears whole or not at all, with a name meanwhile and without one."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.faults import Refused
from firmware.office.placing import partial
from tests.keeper.keeper_rig import ROOT

KILLED = """
import os, signal, sys
from pathlib import Path
from firmware.office.placing import partial
with partial(Path(sys.argv[1])) as fresh:
    fresh.file.write(b"half of a call")
    fresh.file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(params=["nameless", "named"])
def final(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a file is to be, on a system that knows files without a name and on one that does not."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    before = os.umask(0)
    yield tmp_path / "call.flac"
    os.umask(before)


def placed(final: Path, meanwhile: Callable[[], object]) -> None:
    """A file that is written, and placed after something else happened."""
    with partial(final) as fresh:
        fresh.file.write(b"whole")
        meanwhile()
        fresh.place()


def test_a_whole_file_has_its_name_and_its_owner_alone(final: Path) -> None:
    """Nothing stands there before, and nothing else afterwards."""
    with partial(final) as fresh:
        fresh.file.write(b"whole")
        assert not final.exists()
        fresh.place()
    assert final.read_bytes() == b"whole"
    assert final.stat().st_mode & 0o777 == 0o600
    assert list(final.parent.iterdir()) == [final]


def test_a_name_that_was_taken_meanwhile_stays_as_it_is(final: Path) -> None:
    """By a file or by a link that leads nowhere."""
    for taken in (lambda: final.write_bytes(b"another"), lambda: final.symlink_to("nowhere")):
        with pytest.raises(Refused, match="stays as it is"):
            placed(final, taken)
        assert list(final.parent.iterdir()) == [final]
        assert final.is_symlink() or final.read_bytes() == b"another"
        final.unlink()


def test_what_breaks_off_leaves_nothing(final: Path) -> None:
    """An exception of any kind; a disk that refuses is said to."""
    with pytest.raises(KeyError):
        placed(final, lambda: {}["a bug"])
    with pytest.raises(Refused, match="No space left"):
        placed(final, lambda: Path("/dev/full").write_bytes(b"half"))
    assert list(final.parent.iterdir()) == []


def test_a_hard_kill_leaves_nothing_where_files_need_no_name(tmp_path: Path) -> None:
    """Not a byte of an opened recording lies in the folder."""
    try:
        os.close(os.open(tmp_path, os.O_TMPFILE | os.O_RDWR))
    except (AttributeError, OSError):
        pytest.skip("this file system knows no files without a name")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "call.flac")], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    """It is no folder, or is not there."""
    (tmp_path / "file").touch()
    for parent in (tmp_path / "file", tmp_path / "away"):
        with pytest.raises(Refused, match="no file can be written"), partial(parent / "call.flac"):
            pass
