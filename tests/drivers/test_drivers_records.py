import contextlib
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.audio import wire
from drivers.audio.records import BUFFER, Hello, LastWords, Record, RecordReader
from drivers.audio.tap import Writer
from drivers.facts import Block, DriverError, Overrun

NANOSECOND = 1_000_000_000


@contextlib.contextmanager
def reading() -> Iterator[tuple[RecordReader, int, list[tuple[Record, bytes]]]]:
    """A reader, the writing end of its pipe, and what it hands out."""
    out, into = os.pipe()
    try:
        yield RecordReader(out), into, []
    finally:
        os.close(out)
        with contextlib.suppress(OSError):
            os.close(into)


def record(kind: int, content: bytes, *, flags: int = 0, lost: int = 0, stamp_ns: int = 0) -> bytes:
    """The bytes of one record."""
    return wire.HEADER.pack(wire.MAGIC, kind, flags, len(content), lost, stamp_ns) + content


def hello(rate: int = 8000, channels: int = 1) -> bytes:
    """The bytes of a hello."""
    return record(wire.KIND_HELLO, wire.HELLO.pack(rate, channels, 1.5))


BLOCKS = st.tuples(
    st.binary(max_size=2036).map(lambda each: each[: len(each) // 4 * 4]), st.integers(0, 9), st.booleans()
)


@given(st.lists(BLOCKS, max_size=12), st.integers(1, 2), st.lists(st.integers(1, 5000), min_size=1))
def test_records_come_out_whole_however_the_pipe_cuts_them(
    blocks: list[tuple[bytes, int, bool]], channels: int, cuts: list[int]
) -> None:
    """Every block comes once, in order, with what was lost before it, whatever pieces a read brings."""
    sent = hello(8000, channels)
    expected: list[tuple[Record, bytes]] = [(Hello(8000, channels, 1.5), b"")]
    for number, (samples, lost, overflowed) in enumerate(blocks):
        stamp, frames = number * NANOSECOND, len(samples) // (2 * channels)
        sent += record(wire.KIND_BLOCK, samples, flags=int(overflowed), lost=lost, stamp_ns=stamp)
        if lost:
            expected.append((Overrun(lost, stamp - frames * NANOSECOND // 8000), b""))
        expected.append((Block(frames, stamp, overflowed), samples))
    with reading() as (reader, into, came):
        for number in range(10_000):
            piece, sent = sent[: (cut := cuts[number % len(cuts)])], sent[cut:]
            os.write(into, piece)
            assert reader.drain(lambda each, samples: came.append((each, bytes(samples))))
            if not sent:
                break
        assert came == expected
        assert not any(reader._buffer)


@given(st.binary(max_size=3000), st.booleans())
def test_garbage_is_refused_and_not_kept(garbage: bytes, greeted: bool) -> None:
    """What no tap writes is a driver error or the unfinished start of a record, never anything else."""
    with reading() as (reader, into, came):
        os.write(into, (hello() if greeted else b"") + garbage)
        with contextlib.suppress(DriverError):
            assert reader.drain(lambda each, _: came.append((each, b"")))
        os.close(into)
        assert not reader.drain(lambda each, _: came.append((each, b"")))
        assert not any(reader._buffer)


@pytest.mark.parametrize(
    "sent",
    [
        record(wire.KIND_BLOCK, b"\1\2"),
        hello() + record(wire.KIND_BLOCK, b"\1\2\3"),
        hello() + b"C2" + record(wire.KIND_BLOCK, b"\1\2")[2:],
        hello() + record(4, b""),
        hello(rate=0),
        hello(channels=0),
        record(wire.KIND_HELLO, b"short"),
        wire.HEADER.pack(wire.MAGIC, wire.KIND_WORDS, 0, wire.ROOM + 1, 0, 0),
    ],
)
def test_each_impossible_record_is_refused(sent: bytes) -> None:
    """A block before the hello, half a frame, another version, an unknown kind, a hello of nothing, too much."""
    with reading() as (reader, into, _):
        os.write(into, sent)
        with pytest.raises(DriverError):
            reader.drain(lambda *_: None)
        assert not any(reader._buffer)


def test_samples_are_gone_when_drain_returns() -> None:
    """The view that was handed out shows zeros after, and so does the whole buffer."""
    kept: list[memoryview] = []
    with reading() as (reader, into, _):
        os.write(into, hello() + record(wire.KIND_BLOCK, b"\x55" * 800))
        reader.drain(lambda _, samples: kept.append(samples))
        assert bytes(kept[1]) == bytes(800)
        assert not any(reader._buffer)


def test_samples_are_gone_when_whoever_takes_them_fails() -> None:
    """A bug outside leaves no sample inside."""
    with reading() as (reader, into, _):
        os.write(into, hello() + record(wire.KIND_BLOCK, b"\x55" * 800) * 3)
        with pytest.raises(ZeroDivisionError):
            reader.drain(lambda each, _: 1 // (not isinstance(each, Block)))
        assert not any(reader._buffer)


def test_the_end_of_the_pipe_is_said_and_a_torn_record_counted() -> None:
    """Whole records come out first; the rest is dropped, wiped and counted."""
    with reading() as (reader, into, came):
        os.write(
            into, hello() + record(wire.KIND_WORDS, "gone ä".encode()) + record(wire.KIND_BLOCK, b"\1\1")[:-1]
        )
        os.close(into)
        assert not reader.drain(lambda each, _: came.append((each, b"")))
        assert [each for each, _ in came] == [Hello(8000, 1, 1.5), LastWords("gone ä")]
        assert reader.torn == wire.HEADER.size + 1
        assert not any(reader._buffer)


def test_a_long_backlog_is_taken_in_parts() -> None:
    """`most` bounds one drain, `pending` says that it did, and nothing is lost by it."""
    with reading() as (reader, into, came):
        os.write(into, hello() + record(wire.KIND_BLOCK, b"\1\0" * 400) * 20)
        drains = 0
        while not drains or reader.pending:
            reader.drain(lambda each, samples: came.append((each, bytes(samples))), 1000)
            drains += 1
        assert drains > 10
        assert b"".join(samples for _, samples in came) == b"\1\0" * 8000


def test_a_full_pipe_never_makes_a_writer_wait_or_tear() -> None:
    """A writer fills a pipe to its last whole record, then says no at once; all that is read is whole."""
    with reading() as (reader, into, came):
        os.set_blocking(into, False)
        writer = Writer(into)
        writer.write(wire.KIND_HELLO, memoryview(wire.HELLO.pack(8000, 1, 0)))
        written = 0
        while writer.write(wire.KIND_BLOCK, memoryview(bytes([written % 256]) * 1600)):
            written += 1
        assert written > BUFFER // 4096
        assert reader.drain(lambda each, samples: came.append((each, bytes(samples))))
        assert [samples for _, samples in came[1:]] == [
            bytes([number % 256]) * 1600 for number in range(written)
        ]
