import os
import random
import signal
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from drivers.audio import open_source
from drivers.audio.contract import Ask
from drivers.audio.records import Record, RecordReader
from drivers.audio.spawn import widen
from drivers.audio.tap import FAILED, Pump
from drivers.facts import Block, Overrun
from tests.rigs.ear import Ear

SECOND_NS = 1_000_000_000


def write_wav(path: Path, samples: bytes, rate: int = 8000, channels: int = 1) -> str:
    """A WAV file, and its name as a card."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return str(path)


class Piped:
    """A pump and a reader in one process, at the two ends of one pipe."""

    def __init__(self, ask: Ask) -> None:
        self.fd, self.into = os.pipe()
        self.pump = Pump(open_source("wav", ask), self.into)
        self.reader = RecordReader(self.fd)
        self.records: list[Record] = []
        self.samples = bytearray()

    def drain(self) -> bool:
        """Take all that is there."""
        return self.reader.drain(self._take)

    def close(self) -> None:
        """Close both ends."""
        self.pump._source.close()
        os.close(self.fd)
        os.close(self.into)

    def _take(self, record: Record, samples: memoryview) -> None:
        self.records.append(record)
        self.samples += samples


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (8000, 2), (48000, 2)])
def test_a_file_pumped_under_a_given_clock_comes_out_to_the_sample(
    tmp_path: Path, rate: int, channels: int
) -> None:
    """Samples are equal, and each record is stamped with the instant of its own last frame."""
    data = random.Random(1).randbytes(rate * channels * 2 // 4)
    card = write_wav(tmp_path / "x.wav", data, rate, channels)
    piped = Piped(Ask(card, rate, channels, rate // 20, 0.0, origin_ns=7 * SECOND_NS))
    while piped.pump.step():
        piped.drain()
    assert bytes(piped.samples) == data
    frames = 0
    for block in [each for each in piped.records if isinstance(each, Block)]:
        frames += block.frames
        assert block.stamp_ns == pytest.approx(7 * SECOND_NS + frames * SECOND_NS / rate, abs=2)
    assert not any(piped.pump._buffer)
    piped.close()


def test_a_stuck_reader_misses_exactly_what_the_tap_counted(tmp_path: Path) -> None:
    """With the pipe full, every frame is either in the pipe or in the count that the next block carries."""
    frames = 100 * 400
    ramp = b"".join((number % 65536).to_bytes(2, "little") for number in range(frames))
    piped = Piped(Ask(write_wav(tmp_path / "x.wav", ramp), 8000, 1, 400, 0.0, origin_ns=0))
    for _ in range(95):
        piped.pump.step()
    piped.drain()
    while piped.pump.step():
        piped.drain()
    (lost,) = [each for each in piped.records if isinstance(each, Overrun)]
    held = len(piped.samples) // 2
    assert 0 < lost.frames == frames - held
    before = held - 5 * 400
    assert bytes(piped.samples) == ramp[: before * 2] + ramp[(before + lost.frames) * 2 :]
    assert lost.stamp_ns == (before + lost.frames) * SECOND_NS // 8000
    piped.close()


def test_a_tap_ends_when_nobody_reads(tmp_path: Path) -> None:
    """The pump says so by the broken pipe, and keeps no sample."""
    piped = Piped(Ask(write_wav(tmp_path / "x.wav", b"\x55" * 1600), 8000, 1, 400, 0.0))
    os.close(piped.fd)
    with pytest.raises(BrokenPipeError):
        piped.pump.step()
    assert not any(piped.pump._buffer)
    piped.pump._source.close()
    os.close(piped.into)


def test_a_tap_process_plays_a_file_in_its_own_time_and_ends_well(tmp_path: Path) -> None:
    """All samples arrive, no block before its instant, then the pipe ends and the exit status is 0."""
    data = random.Random(2).randbytes(8000)
    with Ear("wav", Ask(write_wav(tmp_path / "x.wav", data), 8000, 1, 400, 0.0), tmp_path) as ear:
        assert ear.ended() == 0
        assert (bytes(ear.samples), ear.lost, ear.reader.torn) == (data, 0, 0)
        spread = ear.blocks[-1].stamp_ns - ear.blocks[0].stamp_ns
        assert spread == 450_000_000


def test_a_tap_says_why_its_card_failed(tmp_path: Path) -> None:
    """Last words, an exit status, and no samples."""
    with Ear("wav", Ask(str(tmp_path / "absent.wav"), 8000, 1, 400, 0.0), tmp_path) as ear:
        assert ear.ended() == FAILED
        assert "absent.wav cannot be opened" in ear.words
        assert not ear.samples


def test_a_tap_ends_on_sigterm(tmp_path: Path) -> None:
    """With its card delivering, it ends after the block, with status 0."""
    card = write_wav(tmp_path / "x.wav", bytes(16000 * 60))
    with Ear("wav", Ask(card, 8000, 1, 400, 0.0), tmp_path) as ear:
        ear.heard(800).child.process.send_signal(signal.SIGTERM)
        assert ear.ended() == 0
        assert len(ear.samples) < 16000 * 30


def test_a_tap_leaves_ctrl_c_to_its_parent(tmp_path: Path) -> None:
    """SIGINT, which a terminal sends to the whole group, changes nothing."""
    data = bytes(8000)
    with Ear("wav", Ask(write_wav(tmp_path / "x.wav", data), 8000, 1, 400, 0.0), tmp_path) as ear:
        ear.greeted().child.process.send_signal(signal.SIGINT)
        assert (ear.ended(), len(ear.samples)) == (0, len(data))


@pytest.mark.parametrize("binding", ["", "sounddevice_source"])
def test_a_tap_imports_neither_numpy_nor_firmware(binding: str) -> None:
    """What a tap loads is small and knows nothing of calls."""
    code = f"import drivers.audio.tap, sys; {f'import drivers.audio.{binding};' if binding else ''} print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint({"numpy", "firmware", "pyaudio", "gpiozero", "ssl", "sqlite3"})
    assert ("sounddevice" in loaded) is bool(binding)


def test_a_pipe_is_as_wide_as_the_machine_allows() -> None:
    """1 MiB where it may be, and the number read back is what the pipe holds."""
    fd, into = os.pipe()
    assert widen(into) == min(1 << 20, int(Path("/proc/sys/fs/pipe-max-size").read_text()))
    os.close(fd)
    os.close(into)
