"""A sealed recording as one file: any stretch of it can be read, and its length is known before it is opened."""

import io
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.faults import VaultFault
from firmware.shell.image import LENGTH, Image, Sealed, Stretch, image_of, part_sizes, tar_size

PARTS = st.lists(st.binary(max_size=1500), min_size=1, max_size=12)


@contextmanager
def sealed_of(body: bytes, header: bytes) -> Iterator[Sealed]:
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.flush()
        file.seek(0)
        yield Sealed("0123456789abc", header, file.fileno(), len(body), 1_772_443_800 * 10**9)


def read_all(image: Image, body: int, step: int) -> bytes:
    return b"".join(image.read(body, at, step) for at in range(0, image.size + step, step))


@given(st.binary(min_size=1, max_size=700), st.binary(max_size=5000), st.integers(1, 3000))
def test_a_finished_one_is_header_and_body(header: bytes, body: bytes, step: int) -> None:
    """At any step, and the place in the body ends at its end."""
    with sealed_of(body, header) as sealed:
        image = image_of(sealed, "finished")
        assert read_all(image, sealed.body, step) == header + body
        assert image.size == len(header) + len(body)
        assert os.lseek(sealed.body, 0, os.SEEK_CUR) == len(body)


@given(PARTS, st.binary(min_size=1, max_size=700), st.integers(1, 3000))
def test_a_cut_one_is_a_tar_of_its_parts(parts: list[bytes], header: bytes, step: int) -> None:
    """As the standard library reads it; its length follows from the lengths of the parts."""
    body = b"".join(len(part).to_bytes(LENGTH) + part for part in parts)
    with sealed_of(body, header) as sealed:
        image = image_of(sealed, "cut")
        whole = read_all(image, sealed.body, step)
        assert image.size == len(whole) == tar_size(len(header), part_sizes(sealed.body, len(body)))
    assert len(whole) % tarfile.RECORDSIZE == 0
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        files = [tar.extractfile(member) for member in tar.getmembers()]
        assert [file.read() for file in files if file] == [header + part for part in parts]
        assert tar.getnames()[0] == "0123456789abc/0001.age"


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(0, 300), st.integers(0, 300))
def test_any_stretch_is_that_of_the_whole(sizes: list[int], at: int, length: int) -> None:
    """Read anywhere, in any order, behind the end as well: as clients do that ask ahead."""
    body = os.urandom(400)
    pieces: list[bytes | Stretch] = [
        os.urandom(size) if number % 2 else Stretch(10 * number, size) for number, size in enumerate(sizes)
    ]
    whole = b"".join(
        piece if isinstance(piece, bytes) else body[piece.offset : piece.offset + piece.size]
        for piece in pieces
    )
    with sealed_of(body, b"") as sealed:
        assert Image(pieces).read(sealed.body, at, length) == whole[at : at + length]


@pytest.mark.parametrize("body", [b"\0\0\0\x01", b"\0\0\0\x02a", b"\0\0"])
def test_a_cut_body_that_ends_in_a_part_is_a_fault(body: bytes) -> None:
    """Not a tar that looks whole."""
    with sealed_of(body, b"header") as sealed, pytest.raises(VaultFault, match="before its end"):
        image_of(sealed, "cut")
