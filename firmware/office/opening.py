"""`open`, `join`: a sealed file that was fetched becomes FLAC, long after its recording has gone from the box.

One age file, its armour, or the tar of a cut recording: what it is, its first bytes say, not its name.
"""

import io
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from firmware.faults import Refused
from firmware.office.asked import parser, understood
from firmware.office.boxes import Office
from firmware.office.identities import AGE_FILE, bare, load
from firmware.office.joining import Joined, join_into, tell_missing
from firmware.office.placing import PIPE, partial, refuse_existing, refuse_pipe
from firmware.showing import length

TAR_MAGIC: Final = 257
MOST_ARMOR: Final = 1 << 30
"""Bytes of armour that are taken into memory; our choice: seven hours."""


def open_file(argv: Sequence[str]) -> int:
    """`open FILE`."""
    return _opened(
        *_asked("open", "Open a file that was fetched: an age file, or a cut recording's tar.", argv)
    )


def join(argv: Sequence[str]) -> int:
    """`join FILE.tar`: the same, as it is called for a cut recording."""
    return _opened(*_asked("join", "Open a cut recording, a tar of small age files, as one FLAC file.", argv))


def _asked(name: str, line: str, argv: Sequence[str]) -> tuple[Namespace, Office]:
    made = parser(name, line, boxes=False)
    made.add_argument("file", metavar="FILE", type=Path, help="as `get` fetched it")
    made.add_argument("-o", "--out", metavar="FILE", type=Path, help="where to (beside it, as .flac)")
    return understood(made, argv)


def _opened(asked: Namespace, office: Office) -> int:
    if not asked.file.is_file():
        raise _unread(asked.file, "there is no file of that name")
    if asked.out == PIPE:
        refuse_pipe()
    final = asked.out or asked.file.with_suffix(".flac")
    refuse_existing(final)
    keys = load(office)
    try:
        source = asked.file.open("rb")
    except OSError as error:
        raise _unread(asked.file, error.strerror) from error
    with source, partial(final) as flac:
        sealed = _age(source)
        if sealed is None and not _is_tar(source):
            raise _unread(asked.file, "it is neither an age file nor a tar")
        joined: Joined | None = None
        if sealed is None:
            joined = join_into(source, keys, flac.file)
        else:
            keys.pour(sealed, flac.file)
        flac.place()
    print(f"{final}  {length(joined.samples, joined.shape.rate)}" if joined else f"{final}")
    return tell_missing(joined) if joined else 0


def _unread(file: Path, why: str | None) -> Refused:
    return Refused(
        "refused.file", f"{file} cannot be read: {why}", "name the file that `callbox office get` fetched"
    )


def _is_tar(source: IO[bytes]) -> bool:
    """By the magic of its first member (POSIX pax, ustar: byte 257)."""
    begins = source.read(TAR_MAGIC + 5)
    source.seek(0)
    return begins[TAR_MAGIC:] == b"ustar"


def _age(source: IO[bytes]) -> IO[bytes] | None:
    """The one age file that it is; `None` where it is something else."""
    begins = source.read(len(AGE_FILE[1]))
    source.seek(0)
    if begins.startswith(AGE_FILE[0]):
        return source
    return io.BytesIO(bare(source.read(MOST_ARMOR))) if begins == AGE_FILE[1] else None
