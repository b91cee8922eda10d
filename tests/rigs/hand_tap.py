"""A tap whose records are written by hand: what no real card would do on demand."""

import fcntl
import os
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivers.audio import wire

RATE = 8000


@dataclass
class HandTap:
    """A tap whose records are written by hand."""

    rate: int = RATE
    channels: int = 1
    dead: bool = False
    fd: int = field(init=False)
    end: int = field(init=False)

    def __post_init__(self) -> None:
        self.fd, self.end = os.pipe2(os.O_NONBLOCK)
        fcntl.fcntl(self.end, fcntl.F_SETPIPE_SZ, 1 << 20)
        self.hello()

    def hello(self) -> None:
        self.record(wire.KIND_HELLO, wire.HELLO.pack(self.rate, self.channels, 0.1))

    def record(self, kind: int, content: bytes, *, lost: int = 0, stamp: int = 0) -> None:
        os.write(self.end, wire.HEADER.pack(wire.MAGIC, kind, 0, len(content), lost, stamp) + content)

    def block(self, samples: NDArray[np.int16], stamp: int, lost: int = 0) -> None:
        self.record(wire.KIND_BLOCK, samples.astype("<i2").tobytes(), lost=lost, stamp=stamp)

    def alive(self) -> bool:
        return not self.dead

    def kill(self) -> None:
        self.dead = True
        os.close(self.fd)
        os.close(self.end)
