"""What a recorder leaves on the disk: every file, every record of the live log, searched for what must not be there."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyrage
from numpy.typing import NDArray

from firmware.sealing.age import unlock
from firmware.sealing.mac_key import apart
from firmware.sealing.records import Kind, Opening, Record, decode
from firmware.sealing.slots import batches, geometry
from tests.rigs.office import RATE, Office, _decoded, noise


def log_records(office: Office) -> Iterator[Record]:
    """The records of every slot of the live log, as the log's own reader finds them."""
    fd = os.open(office.data / "live.log", os.O_RDONLY)
    try:
        layout = geometry(fd)
        stored = [batch for slot in range(layout.slots) for batch in batches(fd, layout, slot)]
    finally:
        os.close(fd)
    return (record for batch in stored for record, _ in decode(batch.records))


def log_kinds(office: Office) -> Counter[Kind]:
    """The records of the live log, counted."""
    return Counter(record.kind for record in log_records(office))


def log_sound(office: Office) -> dict[str, NDArray[np.int16]]:
    """The sound of every recording that the live log still holds, gaps as they lie there: who has all keys hears this."""
    records = list(log_records(office))
    found: dict[str, NDArray[np.int16]] = {}
    for opening in (Opening.read(record.body) for record in records if record.kind is Kind.OPEN):
        name = opening.facts.id
        header, _ = apart(unlock(opening.header, office.live_key))
        parts = {
            record.first: record.body for record in records if (record.kind, record.id) == (Kind.PART, name)
        }
        stream = b"".join(pyrage.decrypt(header + parts[at], [office.office_key]) for at in sorted(parts))
        found[name] = _decoded(stream)
    return found


def files(folder: Path) -> Iterator[Path]:
    """Every file that the recorder wrote: not the cards' sound, which is the line."""
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".raw", ".wav"})


def never(office: Office) -> None:
    """Nothing was sealed and nothing lies in the spool but coverage; no sample stands in any file."""
    assert not log_kinds(office).keys() & {Kind.OPEN, Kind.PART, Kind.GAP}
    found = list(files(office.data))
    assert [path.name for path in found if path.parent.name == "spool" and "coverage" not in path.name] == []
    for path in found:
        held = path.read_bytes()
        for line in office.lines:
            fed = noise(60) if line.samples is None else line.samples
            for at in range(0, len(fed) - 8, RATE):
                window = fed[at : at + 8].tobytes()
                assert not fed[at : at + 8].all() or window not in held, path.name


def nowhere_said(office: Office, words: Iterable[str], also: str = "") -> None:
    """None of these digits stands in a file, in a record of the live log, or in what was printed."""
    wanted = [word.encode() for word in words if word]
    assert wanted
    for path in files(office.folder):
        held = path.read_bytes()
        assert not [word for word in wanted if word in held], path.name
    assert not [word for word in wanted if word in also.encode()]
    for record in log_records(office):
        assert not [word for word in wanted if word in record.body]
