"""A cut recording as the box sends it, made of samples that the test knows: a tar of small age files."""

import io
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware.sealing import age
from firmware.sealing.flac import Encoder
from firmware.sealing.frames import Shape, head
from firmware.sealing.recipients import Recipient

NAME = "0123456789abc"


@dataclass(frozen=True)
class CutCall:
    """Samples, the bytes of each frame, and the plaintext of each part; the first one is the head."""

    shape: Shape
    samples: NDArray[np.int16]
    sizes: tuple[int, ...]
    plain: tuple[bytes, ...]


def cut_call(
    samples: NDArray[np.int16], part_sizes: Sequence[int], rate: int = 8000, *, whole: bool = False
) -> CutCall:
    """Samples of shape (frames, sides) as parts of the sizes given, over and over; `whole` closes the stream."""
    shape = Shape(rate, samples.shape[1])
    encoder = Encoder(shape)
    encoder.encode(samples)
    if whole:
        encoder.close()
    stream, parts = encoder.take(), [head(shape, {"CALLBOX": "recording format 1", "ID": NAME})]
    at = 0
    while at < len(stream):
        size = part_sizes[(len(parts) - 1) % len(part_sizes)]
        parts.append(stream[at : at + size])
        at += size
    return CutCall(shape, samples, tuple(encoder.sizes), tuple(parts))


def sealed_parts(plain: Iterable[bytes], recipients: Sequence[Recipient]) -> list[bytes]:
    """Each part as an age file of its own, all behind the same header."""
    key = age.fresh_file_key()
    front = age.header(key, recipients)
    return [front + age.part(key, each) for each in plain]


def tar_of(parts: Iterable[tuple[int, bytes]], name: str = NAME) -> io.BytesIO:
    """A tar of numbered small files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for number, content in parts:
            member = tarfile.TarInfo(f"{name}/{number:04}.age")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    out.seek(0)
    return out
