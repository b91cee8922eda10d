"""The disk is read raw after a day: nothing on it says what was said, to whom, or with which key it opens."""

import stat
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.faults.conftest import NUMBER, Day
from tests.rigs import figures

WINDOW = 8
"""Samples of a pattern: 16 bytes of int16."""

PAGE = 4096


pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def raw(day: Day) -> bytes:
    """Every page of the image that is not zero; where there is no image, every file and name."""
    if day.image is None:
        files = [path for path in day.box.data.rglob("*") if path.is_file()]
        return b"".join(path.read_bytes() + str(path).encode() for path in files)
    subprocess.run(["sync", "-f", str(day.box.data)], check=True)
    image = day.image.read_bytes()
    pages = (image[at : at + PAGE] for at in range(0, len(image), PAGE))
    return b"".join(page for page in pages if page.strip(b"\0"))


def patterns(day: Day) -> Iterator[bytes]:
    """Windows of what the lines carried, as integers and as floats, in both byte orders."""
    for name in ("pressed", "second", "late"):
        line = day.box.lines.lines[name]
        for at in range(0, line.position - WINDOW, 1601):
            part = line.samples[at : at + WINDOW]
            yield from (part.astype(form).tobytes() for form in ("<i2", ">i2", "<i4", "<f4"))
            yield (part.astype("<f4") / 32768).tobytes()


def test_no_sample_is_on_the_disk_in_clear(day: Day, raw: bytes) -> None:
    """The search finds what is there, and finds nothing of the lines."""
    wanted = list(patterns(day))
    assert all(each.files[0][-16:] in raw for each in day.recordings), "what is sealed is found"
    assert not [each for each in wanted if each in raw]
    figures.keep("raw-disk", image=day.image is not None, bytes_searched=len(raw), patterns=len(wanted))


def test_no_header_is_on_the_disk_in_clear(day: Day, raw: bytes) -> None:
    """Neither a wrapped file key nor a MAC of any recording, only their locks."""
    headers = [each.files[0].split(b"\n--- ")[0] for each in day.recordings]
    macs = [each.files[0].split(b"\n--- ")[1].split(b"\n")[0] for each in day.recordings]
    bodies = chain(
        *([line for line in each.split(b"\n") if not line.startswith((b"->", b"age-"))] for each in headers)
    )
    secrets = [*macs, *bodies]
    assert len(secrets) >= 4 * len(day.recordings)
    assert not [each for each in secrets if each in raw]


def test_no_private_key_and_no_number_is_on_the_disk(day: Day, raw: bytes) -> None:
    """Nor in the run directory, nor in what the recorder printed."""
    run = b"".join(path.read_bytes() for path in day.box.run.iterdir() if path.is_file())
    everything = raw + run + day.box.recorder.printed().encode()
    for secret in (b"AGE-SECRET-KEY", day.box.live_key.secret, NUMBER.encode(), NUMBER[1:].encode()):
        assert secret not in everything


def test_modes_are_as_designed(day: Day) -> None:
    """The log is the recorder's alone; what others of its group take is theirs to read; nothing is everybody's."""
    wanted = {
        "data/live.log": 0o600,
        "spool/ID.body": 0o640,
        "spool/ID.json": 0o640,
        "spool/coverage-ID.json": 0o640,
        "run/lines": 0o640,
    }
    assert {name: oct(mode) for name, mode in day.modes.items() if name in wanted} == {
        name: oct(mode) for name, mode in wanted.items()
    }


def test_nothing_half_made_is_left(day: Day) -> None:
    """After a clean stop the spool holds whole files only, and no socket is left."""
    left = list(chain(day.box.data.rglob("*"), day.box.run.rglob("*")))
    assert not [path for path in left if path.suffix in {".tmp", ".part", ".new"}]
    assert not [path for path in left if stat.S_ISSOCK(Path(path).stat().st_mode)]
