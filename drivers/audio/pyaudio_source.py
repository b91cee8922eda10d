"""A card's samples by PortAudio through `pyaudio`, the second and independent binding, by callback.

Its limits, which no setting changes:

1. PyAudio cannot ask for a latency: the card gets its low default, and a stall of a few
   tens of milliseconds loses samples (research: audio-stack, section 3).
2. Its callback is handed `bytes`, which Python frees without wiping: a sample may linger in
   this process's memory until that memory is used again. `sounddevice` has no such limit.
3. Blocking reads are not used: with them it loses samples without a word.
"""

import contextlib
import time
from collections import deque
from collections.abc import Mapping
from threading import Condition

import pyaudio

from drivers.audio.alsa import only_index, pcm_name
from drivers.audio.contract import MOST_CHANNELS, Ask
from drivers.facts import Block, DriverError

QUEUE = 2.0
"""Seconds of blocks that wait here for `read_into`; what comes on top is lost and told as an overflow."""

LOST = pyaudio.paInputOverflow | pyaudio.paInputUnderflow
"""PortAudio's two ways to say that samples are missing before this block."""


class PyaudioSource:
    """One card through `pyaudio`; an overflow says that samples were lost, never how many."""

    def __init__(self, ask: Ask) -> None:
        self.rate = ask.rate
        self.channels = ask.channels
        self.frames = ask.frames
        self._slots = [
            bytearray(ask.block_bytes) for _ in range(max(2, round(QUEUE * ask.rate / ask.frames)))
        ]
        self._zeros = bytes(ask.block_bytes)
        self._waiting: deque[Block] = deque()
        self._taken = 0
        self._came = Condition()
        self._lost = False
        self._pyaudio = pyaudio.PyAudio()
        try:
            self._stream = self._open(ask)
        except (OSError, ValueError, DriverError) as error:
            self._pyaudio.terminate()
            raise DriverError(f"card {ask.card} cannot be opened: {error}") from error
        self.latency = float(self._stream.get_input_latency())

    def read_into(self, buffer: bytearray) -> Block:
        """Wait for a block, take it out of its slot and wipe the slot in place."""
        with self._came:
            while not self._waiting:
                self._came.wait()
            slot = self._slots[self._taken % len(self._slots)]
            memoryview(buffer)[: len(slot)] = slot
            memoryview(slot)[:] = self._zeros
            self._taken += 1
            return self._waiting.popleft()

    def close(self) -> None:
        """Stop, which a card that has gone refuses, and close all the same."""
        with contextlib.suppress(OSError):
            self._stream.stop_stream()
        self._stream.close()
        self._pyaudio.terminate()

    def _open(self, ask: Ask) -> pyaudio.PyAudio.Stream:
        """A running stream of the one input of this exact name."""
        inputs = _inputs(self._pyaudio)
        device = inputs[only_index([str(each["name"]) for each in inputs], pcm_name(ask.card))]
        return self._pyaudio.open(
            rate=ask.rate,
            channels=ask.channels,
            format=pyaudio.paInt16,
            input=True,
            input_device_index=device["index"],
            frames_per_buffer=ask.frames,
            stream_callback=self._take,
        )

    def _take(self, samples: bytes, frames: int, _: Mapping[str, float], status: int) -> tuple[None, int]:
        """On PortAudio's thread: stamp a block and put it into its slot; never wait for the reader."""
        stamp_ns = time.monotonic_ns()
        with self._came:
            self._lost = self._lost or bool(status & LOST)
            if len(self._waiting) == len(self._slots):
                self._lost = True
                return None, pyaudio.paContinue
            slot = self._slots[(self._taken + len(self._waiting)) % len(self._slots)]
            memoryview(slot)[: len(samples)] = samples
            self._waiting.append(Block(frames, stamp_ns, self._lost))
            self._lost = False
            self._came.notify()
        return None, pyaudio.paContinue


def accepted_rates(name: str, candidates: tuple[int, ...]) -> tuple[int, ...] | None:
    """The candidates at which PortAudio says that this PCM opens; None where it is not listed."""
    binding = pyaudio.PyAudio()
    try:
        inputs = _inputs(binding)
        names = [str(each["name"]) for each in inputs]
        if name not in names:
            return None
        device = inputs[only_index(names, name)]
        return tuple(rate for rate in candidates if _accepts(binding, device, rate))
    finally:
        binding.terminate()


def _accepts(binding: pyaudio.PyAudio, device: Mapping[str, str | int], rate: int) -> bool:
    """Whether the device would open at this rate, at its own width."""
    widest = int(device["maxInputChannels"])
    try:
        return bool(
            binding.is_format_supported(
                rate,
                input_device=device["index"],
                input_channels=widest if widest <= MOST_CHANNELS else 1,
                input_format=pyaudio.paInt16,
            )
        )
    except ValueError:
        return False


def _inputs(binding: pyaudio.PyAudio) -> list[Mapping[str, str | int]]:
    """The inputs that PortAudio listed when this process began: the list never changes after."""
    devices = [binding.get_device_info_by_index(index) for index in range(binding.get_device_count())]
    return [each for each in devices if each["maxInputChannels"] > 0]
