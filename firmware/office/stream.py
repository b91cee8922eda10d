"""A FLAC stream that was cut is walked frame by frame; what is not whole or not there is told by its number.

1. A frame begins where its fixed bits, rate, sides, number and CRC-8 all fit what is due: by chance once in 2**40 places.
2. A frame counts only if its CRC-16 fits: a part that is missing tears the frames at its edges, or one in its middle.
3. Every frame but the last has 1,024 samples a side.

Source: RFC 9639, sections 8 and 9.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from firmware.sealing.frames import BLOCK, BLOCK_CODE, CRC16, RATE_CODES, Shape, crc8

SYNC: Final = b"\xff\xf8"
"""Fixed block size, and the bits in front of it (RFC 9639, section 9.1)."""

RATES: Final[Mapping[int, int]] = {code: rate for rate, code in RATE_CODES.items()}
SIDES: Final[Mapping[int, int]] = {0: 1, 1: 2, 8: 2, 9: 2, 10: 2}
"""RFC 9639, section 9.1.3: the channels of one and two sides."""

LONGEST_S: Final = 8 * 3600
"""No recording is longer; our choice: the box begins a new one after two hours."""

LONGEST_HEADER: Final = 16

LONGEST_FRAME: Final = 1 << 14
"""Bytes; a frame of two sides that nothing compresses has 4 KiB and a few."""

AT_ONCE: Final = 1024
"""Frames whose checks are computed together; our choice: 16 MiB at the most."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame: its number, its samples a side, its bytes."""

    number: int
    block: int
    content: memoryview


@dataclass(frozen=True, slots=True)
class Found:
    """Where a frame begins, and what its header says."""

    at: int
    number: int
    block: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in front of the frames: their shape, and the tags."""

    shape: Shape
    tags: Mapping[str, str]


def frames(data: bytes, shape: Shape | None = None) -> Iterator[tuple[Shape, Frame]]:
    """Every whole frame, in order; numbers that were lost are skipped."""
    places = _places(data, shape)
    while some := list(islice(places, AT_ONCE)):
        contents = [memoryview(data)[found.at : stop][: LONGEST_FRAME + 1] for found, stop in some]
        for (found, stop), whole in zip(some, _whole(contents), strict=True):
            if whole and stop - found.at <= LONGEST_FRAME and (found.block == BLOCK or stop == len(data)):
                yield found.shape, Frame(found.number, found.block, memoryview(data)[found.at : stop])


def _places(data: bytes, shape: Shape | None) -> Iterator[tuple[Found, int]]:
    """Where each frame begins, and where the next one does or the data end."""
    found = _next(data, 0, 0, shape)
    while found is not None:
        following = _next(data, found.at + len(SYNC), found.number + 1, found.shape)
        yield found, following.at if following else len(data)
        found = following


def _whole(contents: Sequence[memoryview]) -> list[bool]:
    """Whether the CRC-16 of each fits: over a frame with its check it is 0. All at once, since zeros in front change nothing."""
    longest = max(map(len, contents))
    table, rows = np.array(CRC16, np.uint16), np.zeros((longest, len(contents)), np.uint8)
    for column, content in enumerate(contents):
        rows[longest - len(content) :, column] = np.frombuffer(content, np.uint8)
    value = np.zeros(len(contents), np.uint16)
    for row in rows:
        value = (value << 8) ^ table[(value >> 8) ^ row]
    return [not each for each in value]


def read_head(data: bytes) -> Head | None:
    """Shape and tags of a stream's head, `None` where it is no head of ours."""
    try:
        return _read_head(data)
    except (IndexError, UnicodeDecodeError, ValueError):
        return None


def _next(data: bytes, start: int, number: int, shape: Shape | None) -> Found | None:
    """The next place where a frame of this number or a later one begins."""
    at = data.find(SYNC, start)
    while at >= 0:
        found = _header(data, at)
        if found and found.number >= number and shape in {None, found.shape}:
            return found
        at = data.find(SYNC, at + 1)
    return None


def _header(data: bytes, at: int) -> Found | None:
    head = data[at : at + LONGEST_HEADER]
    if len(head) < 6 or head[3] & 0x0F != 0b1000:
        return None
    rate, sides = RATES.get(head[2] & 0x0F), SIDES.get(head[3] >> 4)
    coded = _number(head[4:])
    if rate is None or sides is None or coded is None:
        return None
    number, size = coded
    block, extra = _block(head[2] >> 4, head[4 + size :])
    end = 4 + size + extra
    whole = len(head) > end and crc8(head[:end]) == head[end]
    fits = 0 < block <= BLOCK and number * BLOCK <= LONGEST_S * rate
    return Found(at, number, block, Shape(rate, sides)) if whole and fits else None


def _number(coded: bytes) -> tuple[int, int] | None:
    """A number in UTF-8's pattern and its bytes (RFC 9639, section 9.1.5)."""
    ones = next((i for i in range(8) if not coded[0] << i & 0x80), 8)
    if ones == 0:
        return coded[0], 1
    tail = coded[1:ones]
    if not 2 <= ones <= 7 or len(tail) != ones - 1 or any(each & 0xC0 != 0x80 for each in tail):
        return None
    number = coded[0] & (0x7F >> ones)
    for each in tail:
        number = number << 6 | each & 0x3F
    return number, ones


def _block(code: int, after: bytes) -> tuple[int, int]:
    """Samples a side, and how many bytes tell them (RFC 9639, section 9.1.1); 0 where it is none of ours."""
    match code:
        case 6:
            return int.from_bytes(after[:1]) + 1, 1
        case 7:
            return int.from_bytes(after[:2]) + 1, 2
        case 8 | 9:
            return 256 << code - 8, 0
        case 1:
            return 192, 0
        case 2:
            return 576, 0
    return (BLOCK, 0) if code == BLOCK_CODE else (0, 0)


def _read_head(data: bytes) -> Head | None:
    blocks = _metadata(data)
    if 0 not in blocks or len(blocks[0]) != 34:
        return None
    packed = int.from_bytes(blocks[0][10:18])
    shape = Shape(packed >> 44, (packed >> 41 & 7) + 1)
    known = shape.rate in RATE_CODES and shape.sides in {1, 2}
    return Head(shape, _comments(blocks.get(4, b""))) if known else None


def _metadata(data: bytes) -> dict[int, bytes]:
    """The metadata blocks by their kind (RFC 9639, section 8.1)."""
    blocks: dict[int, bytes] = {}
    at = 4 if data.startswith(b"fLaC") else len(data)
    while at + 4 <= len(data):
        size = int.from_bytes(data[at + 1 : at + 4])
        blocks[data[at] & 0x7F] = data[at + 4 : at + 4 + size]
        at = len(data) if data[at] & 0x80 else at + 4 + size
    return blocks


def _comments(block: bytes) -> dict[str, str]:
    tags: dict[str, str] = {}
    at = 4 + int.from_bytes(block[:4], "little")
    count = int.from_bytes(block[at : at + 4], "little")
    at += 4
    while at + 4 <= len(block) and len(tags) < min(count, 64):
        size = int.from_bytes(block[at : at + 4], "little")
        name, _, value = block[at + 4 : at + 4 + size].decode().partition("=")
        tags[name] = value
        at += 4 + size
    return tags
