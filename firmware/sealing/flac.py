"""Samples become FLAC frames by the system's own libFLAC, as they come.

1. Level 5, blocks of 1,024, the streamable subset; no MD5 by the library, since a
   late cut must be able to wind it back (`firmware.sealing.digest`).
2. The library's own metadata is dropped; `firmware.sealing.frames` writes the head.
3. The scratch that samples are widened into is all zeros whenever it is not in use:
   no sample outlives the call that brought it, and silence needs no copy.

ctypes callbacks also run where writable-executable memory is forbidden (research:
sealing, section 6); one call a tick, because the call costs more than the coding.
"""

import ctypes
import ctypes.util
import weakref
from array import array
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware.faults import SealFault
from firmware.sealing.frames import BITS, BLOCK, RATE_CODES, Shape

LEVEL: Final = 5
"""The sweet spot of CPU and size for telephony (research: codec-crypto, section 1.1)."""

SONAMES: Final = ("libFLAC.so.14", "libFLAC.so.12")
"""Debian 13 and Debian 12."""

REINSTALL: Final = "reinstall the FLAC library: Debian's libflac12 or libflac14"

SCRATCH: Final = 4096
"""Samples a side that are widened and encoded at a time."""

WRITE: Final = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_uint32,
    ctypes.c_uint32,
    ctypes.c_void_p,
)
"""FLAC__StreamEncoderWriteCallback: encoder, bytes, their number, samples, frame, client."""

Samples = NDArray[np.int16]
"""Samples of shape (frames, sides)."""


@cache
def library() -> ctypes.CDLL:
    """The system's libFLAC with its prototypes; refuses, as `SealFault`, where none is installed."""
    for look in (*SONAMES, None):
        name = look or ctypes.util.find_library("FLAC") or "libFLAC.so"
        try:
            return _declared(ctypes.CDLL(name))
        except OSError:
            continue
    raise SealFault(
        "seal.no-encoder", "libFLAC is not installed", "sudo apt install libflac12 (Debian 13: libflac14)"
    )


def _declared(lib: ctypes.CDLL) -> ctypes.CDLL:
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    lib.FLAC__stream_encoder_new.argtypes = []
    lib.FLAC__stream_encoder_new.restype = pointer
    lib.FLAC__stream_encoder_delete.argtypes = [pointer]
    lib.FLAC__stream_encoder_delete.restype = None
    lib.FLAC__stream_encoder_finish.argtypes = [pointer]
    lib.FLAC__stream_encoder_process_interleaved.argtypes = [pointer, pointer, number]
    for name in _settings(Shape(0, 0)):
        getattr(lib, name).argtypes = [pointer, number]
    lib.FLAC__stream_encoder_init_stream.argtypes = [pointer, WRITE, pointer, pointer, pointer, pointer]
    return lib


def _settings(shape: Shape) -> dict[str, int]:
    """What is asked of the library; the level first, because it sets the block size too."""
    prefix = "FLAC__stream_encoder_set_"
    return {
        f"{prefix}compression_level": LEVEL,
        f"{prefix}blocksize": BLOCK,
        f"{prefix}channels": shape.sides,
        f"{prefix}bits_per_sample": BITS,
        f"{prefix}sample_rate": shape.rate,
        f"{prefix}streamable_subset": 1,
        f"{prefix}do_md5": 0,
    }


class Encoder:
    """One stream of frames. `sizes` holds the bytes of every frame so far, in order."""

    def __init__(self, shape: Shape) -> None:
        if shape.rate not in RATE_CODES:
            rates = ", ".join(map(str, RATE_CODES))
            raise SealFault(
                "seal.no-encoder",
                f"no recording is made at {shape.rate} samples a second",
                f"set one of: {rates}",
            )
        lib = library()
        self.sizes = array("I")
        self._fresh: list[bytes] = []
        self._scratch = np.zeros((SCRATCH, shape.sides), np.int32)
        self._address = self._scratch.ctypes.data
        self._lib = lib
        self._encode = lib.FLAC__stream_encoder_process_interleaved
        self._encoder = lib.FLAC__stream_encoder_new()
        write = _writer(self._fresh, self.sizes)
        self._release = weakref.finalize(self, _delete, lib, self._encoder, write)
        for setting, value in _settings(shape).items():
            getattr(lib, setting)(self._encoder, value)
        status = lib.FLAC__stream_encoder_init_stream(self._encoder, write, None, None, None, None)
        if status:
            raise SealFault("seal.no-encoder", f"libFLAC refuses to start (status {status})", REINSTALL)

    def encode(self, samples: Samples) -> None:
        """Encode samples of shape (frames, sides); they are kept no longer than this call."""
        for start in range(0, len(samples), SCRATCH):
            piece = samples[start : start + SCRATCH]
            widened = self._scratch[: len(piece)]
            widened[:] = piece
            self._process(len(piece))
            widened[:] = 0

    def silence(self, frames: int) -> None:
        """Encode digital silence of so many samples a side."""
        for start in range(0, frames, SCRATCH):
            self._process(min(SCRATCH, frames - start))

    def take(self) -> bytes:
        """The frames that became whole since the last time."""
        taken = b"".join(self._fresh)
        self._fresh.clear()
        return taken

    def close(self) -> None:
        """Make the last frame whole and let the library go. Nothing may be encoded after it."""
        self._lib.FLAC__stream_encoder_finish(self._encoder)
        self._release()

    def _process(self, frames: int) -> None:
        if not self._encode(self._encoder, self._address, frames):
            raise SealFault("seal.no-encoder", "libFLAC refuses to encode", REINSTALL)


def _writer(fresh: list[bytes], sizes: "array[int]") -> "ctypes._CFunctionType":
    """What the library calls with each whole frame, and with its metadata, which has no samples."""

    def write(_encoder: int, address: int, size: int, samples: int, _frame: int, _client: int) -> int:
        if samples:
            fresh.append(ctypes.string_at(address, size))
            sizes.append(size)
        return 0

    return WRITE(write)


def _delete(lib: ctypes.CDLL, encoder: int, _write: object) -> None:
    """Free the encoder while its callback is still alive."""
    lib.FLAC__stream_encoder_delete(encoder)
