"""Files of sound are read as they are, and what is none of ours is refused with the next step."""

import struct
import subprocess
import tracemalloc
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.cli.sound import at_rate, open_sound
from firmware.faults import Refused

RATE = 8000


@pytest.fixture
def line() -> NDArray[np.int16]:
    """Two seconds of two sides, every level from nothing to the end of the scale."""
    seeded = np.random.default_rng(4)
    noise = seeded.normal(0, 1, (2 * RATE, 2)) * np.geomspace(1, 12_000, 2 * RATE)[:, None]
    return np.clip(np.rint(noise), -32768, 32767).astype(np.int16)


def read(path: Path) -> NDArray[np.int16]:
    """A whole file, (frames, sides)."""
    return np.concatenate(list(open_sound(path).blocks), axis=1).T


def refusal(path: Path) -> str:
    """The code with which a file is refused, at once or once all of it was read."""
    with pytest.raises(Refused) as refused:
        read(path)
    return refused.value.code


@pytest.mark.parametrize("name", ["line.wav", "line.flac"])
def test_sixteen_bits_are_read_bit_for_bit(name: str, tmp_path: Path, line: NDArray[np.int16]) -> None:
    """Wav and flac of 16 bits give back every sample of both sides."""
    soundfile.write(tmp_path / name, line, RATE, subtype="PCM_16")
    assert np.array_equal(read(tmp_path / name), line)


@pytest.mark.parametrize(
    ("encoding", "off"),
    [
        (("-b", "24"), 1),
        (("-b", "32"), 1),
        (("-b", "8", "-e", "unsigned-integer"), 256),
        (("-e", "floating-point", "-b", "32"), 1),
        (("-e", "floating-point", "-b", "64"), 1),
        (("-e", "a-law"), 1100),
        (("-e", "mu-law"), 1100),
    ],
)
def test_other_widths_are_brought_to_sixteen_bits(
    encoding: tuple[str, ...], off: int, tmp_path: Path, line: NDArray[np.int16]
) -> None:
    """What sox makes of the same sound in another encoding is read within that encoding's own step."""
    soundfile.write(tmp_path / "line.wav", line, RATE, subtype="PCM_16")
    subprocess.run(
        ["sox", "-D", tmp_path / "line.wav", *encoding, tmp_path / "other.wav"], check=True, timeout=30
    )
    assert np.abs(read(tmp_path / "other.wav").astype(int) - line).max() <= off


def test_flac_of_24_bits_keeps_its_upper_sixteen(tmp_path: Path, line: NDArray[np.int16]) -> None:
    """A wider flac file is narrowed."""
    soundfile.write(tmp_path / "line.flac", line.astype(np.int32) << 16, RATE, subtype="PCM_24")
    assert np.array_equal(read(tmp_path / "line.flac"), line)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_every_rate_comes_down_to_the_lines(rate: int, tmp_path: Path) -> None:
    """A tone at any rate is the same tone at 8,000 samples a second, in its time and at its level."""
    turns = 2 * np.pi * 1004 * np.arange(rate) / rate
    soundfile.write(tmp_path / "tone.wav", np.rint(9000 * np.sin(turns)).astype(np.int16), rate)
    made = np.concatenate(list(at_rate(open_sound(tmp_path / "tone.wav"), RATE)), axis=1)[0]
    expected = 9000 * np.sin(2 * np.pi * 1004 * np.arange(len(made)) / RATE)
    assert abs(len(made) - RATE) <= 16
    assert np.abs(made[50:-50] - expected[50:-50]).max() < 200


def wav(data: bytes, *, says: int | None = None, tag: int = 1, sides: int = 1, bits: int = 16) -> bytes:
    """A wav file of which the header says what it likes."""
    frame = sides * bits // 8
    told = struct.pack("<HHIIHH", tag, sides, RATE, RATE * frame, frame, bits)
    size = len(data) if says is None else says
    body = b"WAVE" + b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"fmt " + struct.pack("<I", 16) + told
    return b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + body + b"data" + struct.pack("<I", size) + data


@pytest.mark.parametrize("says", [0, 0xFFFFFFFF])
def test_a_header_that_does_not_know_its_length(says: int, tmp_path: Path) -> None:
    """What was written as a stream, or cut off before its header was mended, is read to its end."""
    (tmp_path / "line.wav").write_bytes(wav(bytes(4001), says=says))
    assert len(read(tmp_path / "line.wav")) == 2000


def test_a_header_that_lies_by_two_gigabytes(tmp_path: Path) -> None:
    """The sound that is there comes in blocks, no memory is taken for what is not, and then that is said."""
    (tmp_path / "line.wav").write_bytes(wav(bytes(200_000), says=2_000_000_000))
    lengths: list[int] = []
    tracemalloc.start()
    with pytest.raises(Refused, match=r"breaks off after 12\.5 s") as refused:
        lengths.extend(block.shape[1] for block in open_sound(tmp_path / "line.wav").blocks)
    assert (sum(lengths), refused.value.code) == (100_000, "refused.sound-torn")
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_flac_file_that_was_cut(kept: float, tmp_path: Path, line: NDArray[np.int16]) -> None:
    """Whole frames before the cut are heard, sample for sample, and then it is said that the rest is missing."""
    soundfile.write(tmp_path / "line.flac", line, RATE)
    whole = (tmp_path / "line.flac").read_bytes()
    (tmp_path / "line.flac").write_bytes(whole[: int(len(whole) * kept)])
    heard = []
    with pytest.raises(Refused) as refused:
        heard.extend(open_sound(tmp_path / "line.flac").blocks)
    came = np.concatenate(heard, axis=1).T
    assert refused.value.code == "refused.sound-torn"
    assert 0 < len(came) < len(line)
    assert np.array_equal(came, line[: len(came)])


def test_a_flac_file_with_a_broken_frame(tmp_path: Path, line: NDArray[np.int16]) -> None:
    """A frame whose checksum is wrong is said."""
    soundfile.write(tmp_path / "line.flac", line, RATE)
    whole = bytearray((tmp_path / "line.flac").read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    (tmp_path / "line.flac").write_bytes(whole)
    assert refusal(tmp_path / "line.flac") == "refused.sound-torn"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"age-encryption.org/v1\n-> X25519 abc\n", "refused.sealed"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----\n", "refused.sealed"),
        (b"", "refused.not-sound"),
        (b"\x89PNG\r\n", "refused.not-sound"),
        (b"fLaC", "refused.not-sound"),
        (b"fLaC" + bytes(5000), "refused.not-sound"),
        (b"RIFF\0\0\0\0WAVE", "refused.not-sound"),
        (b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\0\0", "refused.not-sound"),
        (wav(bytes(8), tag=2), "refused.not-sound"),
        (wav(bytes(8), bits=20), "refused.not-sound"),
        (wav(bytes(8), sides=4), "refused.not-sound"),
        (wav(bytes(8), sides=0), "refused.not-sound"),
    ],
)
def test_what_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    """A sealed recording, an empty file, other files and formats not known are refused with their own code and a hint."""
    path = tmp_path / "call.flac"
    path.write_bytes(content)
    assert refusal(path) == code


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    """A file that is not there and a folder are refused."""
    assert refusal(tmp_path / "none.wav") == "refused.sound-unreadable"
    assert refusal(tmp_path) == "refused.sound-unreadable"


def test_the_box_does_not_open_its_own_recordings(tmp_path: Path) -> None:
    """The hint of a sealed file says who opens it, and with what."""
    (tmp_path / "call.age").write_bytes(b"age-encryption.org/v1\n")
    with pytest.raises(Refused) as refused:
        open_sound(tmp_path / "call.age")
    assert "age -d -i key.txt" in refused.value.hint


@given(tail=st.binary(max_size=400), head=st.sampled_from([b"", b"fLaC", b"RIFF\0\0\0\0WAVE", wav(b"")[:-8]]))
def test_no_bytes_are_a_bug(tail: bytes, head: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever stands in a file, it is read or refused."""
    path = tmp_path_factory.mktemp("sound") / "line"
    path.write_bytes(head + tail)
    with suppress(Refused):
        list(open_sound(path).blocks)
