"""The memory of a process is searched for what a line carried: every writable mapping, as root.

A signal is found where four samples of it that follow one another stand as 8-byte aligned int16, or
as int32 or float32, which takes 16 bytes. The marked stretch is half a second long, so that wherever more than a
few of its samples lie together, some four of them are aligned.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

FOUR = 4
FORMS = ("<i2", ">i2", "<i4", "<f4")


@dataclass(frozen=True, slots=True)
class Memory:
    """The writable memory of a process at one moment, by mapping."""

    mappings: tuple[tuple[str, bytes], ...]

    @classmethod
    def of(cls, pid: int) -> Self:
        """Taken while the process is held."""
        os.kill(pid, signal.SIGSTOP)
        try:
            return cls(tuple(_mappings(pid)))
        finally:
            os.kill(pid, signal.SIGCONT)

    def search(self, marked: Mapping[str, NDArray[np.int16]]) -> dict[str, dict[str, int]]:
        """For each signal, how often it stands in which mapping, by form."""
        windows = {
            window: f"{name}|{form}"
            for name, samples in marked.items()
            for form in FORMS
            for window in _windows(samples.astype(form))
        }
        keys = np.frombuffer(b"".join(window[:8] for window in windows), np.uint64)
        lengths = {len(window) for window in windows}
        table = np.zeros(1 << 24, np.bool_)
        table[_hash(keys)] = True
        found: dict[str, Counter[str]] = {name: Counter() for name in marked}
        for mapping, memory in self.mappings:
            for at in _near(memory, table):
                for window in (memory[at : at + length] for length in lengths):
                    if window in windows:
                        name, form = windows[window].split("|")
                        found[name][f"{form} in {mapping}"] += 1
        return {name: dict(each) for name, each in found.items()}


def _windows(samples: NDArray[np.generic]) -> Iterator[bytes]:
    """Every four samples that follow one another."""
    whole, size = samples.tobytes(), samples.itemsize
    return (whole[at : at + FOUR * size] for at in range(0, len(whole) - FOUR * size + 1, size))


def _near(memory: bytes, table: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where, aligned to eight, bytes stand that may begin a window, by their hash."""
    held = np.frombuffer(memory, np.uint64)
    places = np.flatnonzero(held)
    return 8 * places[table[_hash(held[places])]]


def _hash(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """24 bits of each word (Knuth's multiplicative hash)."""
    return (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)


def _mappings(pid: int) -> Iterator[tuple[str, bytes]]:
    """Every writable mapping, with its name."""
    try:
        memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    except PermissionError:
        pytest.skip("the memory of a process cannot be read here: not root")
    with open(memory, "rb", buffering=0) as file:  # noqa: PTH123  a descriptor
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, _, _, _, *name = line.split(maxsplit=5)
            begin, end = (int(each, 16) for each in span.split("-"))
            if rights.startswith("rw") and not (name and name[0].startswith("[v")):
                file.seek(begin)
                yield (name[0] if name else "anonymous"), file.read(end - begin)
