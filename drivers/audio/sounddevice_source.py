"""A card's samples by PortAudio through `sounddevice`, read blocking.

Blocking, because a cffi callback needs writable and executable memory, which the
recorder's unit forbids. The latency that is asked for is the card's buffer: 1.5 s survived
a stall of 1 s without loss, and more made a USB card worse (research: audio-stack, section 3).
"""

import time
from collections.abc import Mapping

import sounddevice as sd

from drivers.audio.alsa import only_index, pcm_name
from drivers.audio.contract import MOST_CHANNELS, Ask
from drivers.facts import Block, DriverError


class SounddeviceSource:
    """One card through `sounddevice`; an overflow says that samples were lost, never how many."""

    def __init__(self, ask: Ask) -> None:
        self.rate = ask.rate
        self.channels = ask.channels
        self.frames = ask.frames
        self._card = ask.card
        self._zeros = bytes(ask.block_bytes)
        try:
            self._stream = _open(ask)
        except (sd.PortAudioError, ValueError, DriverError) as error:
            raise DriverError(f"card {ask.card} cannot be opened: {error}") from error
        self.latency = float(self._stream.latency)

    def read_into(self, buffer: bytearray) -> Block:
        """Wait for a block. The copy that the binding makes for each read is wiped in place before it is freed."""
        try:
            samples, overflowed = self._stream.read(self.frames)
        except sd.PortAudioError as error:
            raise DriverError(f"card {self._card} cannot be read: {error}") from error
        stamp_ns = time.monotonic_ns()
        memoryview(buffer)[: len(samples)] = samples  # a bytearray's slice would copy once more
        samples[:] = self._zeros
        return Block(self.frames, stamp_ns, overflowed)

    def close(self) -> None:
        """Abort, which waits for nothing, then close."""
        if not self._stream.closed:
            self._stream.abort()
            self._stream.close()


def accepted_rates(name: str, candidates: tuple[int, ...]) -> tuple[int, ...] | None:
    """The candidates at which PortAudio says that this PCM opens; None where it is not listed."""
    inputs = _inputs()
    names = [str(each["name"]) for each in inputs]
    if name not in names:
        return None
    device = inputs[only_index(names, name)]
    return tuple(rate for rate in candidates if _accepts(device, rate))


def _accepts(device: Mapping[str, str | int], rate: int) -> bool:
    """Whether the device would open at this rate, at its own width."""
    widest = int(device["max_input_channels"])
    channels = widest if widest <= MOST_CHANNELS else 1
    try:
        sd.check_input_settings(device["index"], channels=channels, dtype="int16", samplerate=rate)
    except sd.PortAudioError:
        return False
    return True


def _inputs() -> list[Mapping[str, str | int]]:
    """The inputs that PortAudio listed when this process began: the list never changes after."""
    return [each for each in sd.query_devices() if each["max_input_channels"] > 0]


def _open(ask: Ask) -> sd.RawInputStream:
    """A running stream of the one input of this exact name."""
    inputs = _inputs()
    device = inputs[only_index([str(each["name"]) for each in inputs], pcm_name(ask.card))]
    stream = sd.RawInputStream(
        samplerate=ask.rate,
        blocksize=ask.frames,
        device=device["index"],
        channels=ask.channels,
        dtype="int16",
        latency=ask.latency,
    )
    stream.start()
    return stream
