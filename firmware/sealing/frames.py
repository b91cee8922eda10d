"""FLAC by hand: the metadata in front of the frames, and frames of digital silence.

1. A stream is a head (`fLaC`, STREAMINFO, VORBIS_COMMENT) and frames of 1,024
   samples a side; only the last frame may be shorter.
2. The head is replaced, never patched; frames are copied as they are, or replaced
   by silent frames of the same number and length.

Source: RFC 9639, sections 8 (metadata) and 9 (frames). Research: sealing, section 1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

BLOCK: Final = 1024
"""Samples a side in every frame but the last: 128 ms at 8 kHz (research: codec-crypto, section 1.4)."""

BITS: Final = 16
UNKNOWN_MD5: Final = bytes(16)
VENDOR: Final = b"callbox"

RATE_CODES: Final[Mapping[int, int]] = {
    8_000: 4,
    16_000: 5,
    22_050: 6,
    24_000: 7,
    32_000: 8,
    44_100: 9,
    48_000: 10,
    96_000: 11,
}
"""RFC 9639, section 9.1.2: the rates a frame header can name by itself."""

BLOCK_CODE: Final = 10
BLOCK_CODE_EXPLICIT: Final = 7
"""RFC 9639, section 9.1.1: 1,024 samples, and a 16-bit count that follows."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What all frames of a recording have in common: samples per second, sides."""

    rate: int
    sides: int


def head(shape: Shape, tags: Mapping[str, str], samples: int = 0, md5: bytes = UNKNOWN_MD5) -> bytes:
    """Everything in front of the first frame; 0 samples and a zero MD5 mean unknown."""
    return b"fLaC" + _streaminfo(shape, samples, md5) + _comments(tags)


def _streaminfo(shape: Shape, samples: int, md5: bytes) -> bytes:
    blocks = BLOCK.to_bytes(2) * 2
    frame_sizes = bytes(6)
    packed = shape.rate << 44 | (shape.sides - 1) << 41 | (BITS - 1) << 36 | samples
    return b"\x00" + (34).to_bytes(3) + blocks + frame_sizes + packed.to_bytes(8) + md5


def _comments(tags: Mapping[str, str]) -> bytes:
    fields = [f"{name}={value}".encode() for name, value in tags.items()]
    body = _counted(VENDOR) + len(fields).to_bytes(4, "little") + b"".join(map(_counted, fields))
    return b"\x84" + len(body).to_bytes(3) + body


def _counted(field: bytes) -> bytes:
    return len(field).to_bytes(4, "little") + field


def silent_frame(number: int, block: int, shape: Shape) -> bytes:
    """Frame `number` of a stream, `block` samples a side of digital silence, as constant subframes."""
    explicit = block != BLOCK
    code = BLOCK_CODE_EXPLICIT if explicit else BLOCK_CODE
    fixed = bytes([0xFF, 0xF8, code << 4 | RATE_CODES[shape.rate], (shape.sides - 1) << 4 | 0b1000])
    coded = fixed + _coded_number(number) + ((block - 1).to_bytes(2) if explicit else b"")
    frame = coded + bytes([crc8(coded)]) + bytes(3) * shape.sides
    return frame + _crc16(frame).to_bytes(2)


def silence(first: int, samples: int, shape: Shape) -> bytes:
    """Silent frames that take the place of `samples` samples from frame `first` on."""
    whole, rest = divmod(samples, BLOCK)
    blocks = [BLOCK] * whole + ([rest] if rest else [])
    return b"".join(silent_frame(first + i, block, shape) for i, block in enumerate(blocks))


def _coded_number(number: int) -> bytes:
    """A frame number in UTF-8's pattern, up to 36 bits (RFC 9639, section 9.1.5)."""
    if number < 0x80:
        return bytes([number])
    tail: list[int] = []
    room = 0x3F
    while number > room:
        tail.insert(0, 0x80 | number & 0x3F)
        number >>= 6
        room >>= 1
    return bytes([0xFF ^ (room << 1 | 1) | number, *tail])


def _crc_table(width: int, polynomial: int) -> tuple[int, ...]:
    top = 1 << (width - 1)
    table: list[int] = []
    for byte in range(256):
        value = byte << (width - 8)
        for _ in range(8):
            value = value << 1 ^ (polynomial if value & top else 0)
        table.append(value & (1 << width) - 1)
    return tuple(table)


CRC8: Final = _crc_table(8, 0x07)
CRC16: Final = _crc_table(16, 0x8005)
"""RFC 9639, sections 9.1.8 and 9.3."""


def crc8(data: Iterable[int]) -> int:
    """The check of a frame's header (RFC 9639, section 9.1.8)."""
    value = 0
    for byte in data:
        value = CRC8[value ^ byte]
    return value


def _crc16(data: Iterable[int]) -> int:
    value = 0
    for byte in data:
        value = value << 8 & 0xFF00 ^ CRC16[value >> 8 ^ byte]
    return value
