"""What goes through a tap's pipe: records, each one write of at most 4,096 bytes.

A write of at most PIPE_BUF bytes into a pipe is whole or not at all (POSIX.1-2017, write; 4,096 on Linux, pipe(7)), so
a record is never torn: not by a full pipe, not by the death of the tap.

A record is a header of 18 bytes, little endian, and then its content:

    2s  magic   b"C1"; the digit is the version
    B   kind    1 hello, 2 block, 3 last words
    B   flags   bit 0: the card overflowed before this block
    H   size    bytes of content
    I   lost    frames that found the pipe full before this block
    q   stamp   CLOCK_MONOTONIC nanoseconds: when the last frame was in

Hello says rate, channels and granted latency. A block is frames of interleaved int16, little endian.
Last words are a text, without samples, why the tap ends.
"""

import struct

ATOMIC = 4096
"""PIPE_BUF of Linux (pipe(7))."""

HEADER = struct.Struct("<2sBBHIq")
"""So small that five blocks of 50 ms at 8 kHz share a page of 4 KiB: then 1 MiB holds 64 s (256 pages, Linux fs/pipe.c)."""

HELLO = struct.Struct("<IHd")
MAGIC = b"C1"
KIND_HELLO, KIND_BLOCK, KIND_WORDS = KINDS = (1, 2, 3)
OVERFLOWED = 1
MOST_LOST = 0xFFFFFFFF
ROOM = ATOMIC - HEADER.size
"""The most content that one record carries."""
