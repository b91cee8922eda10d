"""A cut recording is one FLAC stream again: sample by sample where it is there, silence where it is not."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware.clock import GivenClock
from firmware.faults import Refused, SealFault
from firmware.office.identities import Keys, read
from firmware.office.joining import LOST_OR_CUT, Joined, join_into
from firmware.office.stream import frames, read_head
from firmware.sealing.frames import BLOCK, Shape, head, silence
from firmware.vault.facts import Facts
from tests.keeper.keeper_rig import MORNING, OFFICE, SAFE, flac_accepts, noise
from tests.rigs.cut_calls import CutCall, cut_call, sealed_parts, tar_of
from tests.rigs.office_pc import Pc

RECIPIENTS = (OFFICE.recipient(), SAFE.recipient())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The office's key."""
    path = tmp_path_factory.mktemp("keys") / "key.txt"
    path.touch(mode=0o600)
    path.write_text(OFFICE.text())
    return Keys(read(path))


@pytest.fixture(scope="module")
def call() -> CutCall:
    """Six seconds of two sides, in parts that fit no frame."""
    return cut_call(np.hstack([noise(48_000, 1), noise(48_000, 2)]), [2048, 4096, 700, 2048])


@pytest.fixture(scope="module")
def parts(call: CutCall) -> list[bytes]:
    """The same, sealed."""
    return sealed_parts(call.plain, RECIPIENTS)


def joined(keys: Keys, tar: io.BytesIO) -> tuple[Joined, NDArray[np.int16], bytes]:
    """What became of it: what is told, the samples, the FLAC."""
    out = io.BytesIO()
    told = join_into(tar, keys, out)
    out.seek(0)
    samples, rate = soundfile.read(out, dtype="int16", always_2d=True)
    assert rate == 8000
    return told, samples, out.getvalue()


def test_a_whole_tar_is_one_stream_with_total_and_check(
    call: CutCall, parts: list[bytes], keys: Keys
) -> None:
    """Every sample is there, and the stock tool finds total and MD5 right."""
    told, samples, flac = joined(keys, tar_of(enumerate(parts, 1)))
    length = len(call.sizes) * BLOCK
    assert told.samples == length
    assert np.array_equal(samples, call.samples[:length])
    assert flac_accepts(flac)
    assert (told.parts, told.gaps) == ((), ())
    assert read_head(flac).tags == {"CALLBOX": "recording format 1", "ID": "0123456789abc"}


def test_a_last_short_frame_is_kept(keys: Keys) -> None:
    """A call that was closed and not finished ends in a frame of less than a block."""
    call = cut_call(noise(9 * BLOCK + 100), [2048], whole=True)
    told, samples, flac = joined(keys, tar_of(enumerate(sealed_parts(call.plain, RECIPIENTS), 1)))
    assert told.samples == 9 * BLOCK + 100
    assert np.array_equal(samples, call.samples)
    assert flac_accepts(flac)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_whatever_is_missing_is_silence_and_the_rest_is_exact(
    call: CutCall, parts: list[bytes], keys: Keys, data: st.DataObject
) -> None:
    """Any parts taken out or spoiled: what is left is where it was, nothing is louder than silence where it was not."""
    numbers = st.sets(st.integers(1, len(parts)), max_size=len(parts) // 2)
    gone, spoiled = data.draw(numbers), data.draw(numbers)
    left = [
        (number, part[:-9] + bytes(9) if number in spoiled else part)
        for number, part in enumerate(parts, 1)
        if number not in gone
    ]
    out = io.BytesIO()
    try:
        told = join_into(tar_of(left), keys, out)
    except SealFault as fault:
        assert fault.message == "not one frame of the recording is left"  # noqa: PT017  the one allowed ending
        return
    assert flac_accepts(out.getvalue())
    samples = soundfile.read(io.BytesIO(out.getvalue()), dtype="int16", always_2d=True)[0]
    assert len(samples) == told.samples
    silent = np.zeros(len(samples), bool)
    for gap in told.gaps:
        assert gap.reason == LOST_OR_CUT
        silent[gap.start : gap.stop] = True
    assert np.array_equal(samples[~silent], call.samples[: len(samples)][~silent])
    assert not samples[silent].any()
    last = max((number for number, _ in left), default=0)
    named = {int(each.split()[1]) for each in told.parts}
    assert named == {each for each in gone if each < last} | (spoiled - gone)


def test_half_a_part_missing_costs_the_frames_at_its_edges_only(
    call: CutCall, parts: list[bytes], keys: Keys
) -> None:
    """One part of 2 KiB: what is silent is less than the part's frames and one on either side."""
    told, _, _ = joined(keys, tar_of((n, p) for n, p in enumerate(parts, 1) if n != 6))
    (gap,) = told.gaps
    smallest = min(call.sizes)
    assert (gap.stop - gap.start) // BLOCK <= 2048 // smallest + 2
    assert told.parts == ("part 6 is missing",)


def test_another_offices_recording_is_said_to_be(parts: list[bytes], tmp_path: Path) -> None:
    """No key here opens it: that is no damage, and no file is made of it."""
    path = tmp_path / "key.txt"
    path.write_text(type(OFFICE).generate().text())
    path.chmod(0o600)
    out = io.BytesIO()
    with pytest.raises(SealFault) as fault:
        join_into(tar_of(enumerate(parts, 1)), Keys(read(path)), out)
    assert fault.value.code == "seal.wrong-key"
    assert out.getvalue() == b""


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 100, bytes(10240)])
def test_what_is_no_tar_is_refused(content: bytes, keys: Keys) -> None:
    """A file that is something else is a fault, not a traceback."""
    with pytest.raises(SealFault):
        join_into(io.BytesIO(content), keys, io.BytesIO())


def test_join_leaves_nothing_of_a_failure(parts: list[bytes], pc: Pc, tmp_path: Path) -> None:
    """`join` of a tar that ends in the middle: a fault, no FLAC, no partial file, and the tar as it was."""
    tar = tmp_path / "0123456789abc.tar"
    tar.write_bytes(tar_of(enumerate(parts, 1)).getvalue()[:3000])
    with pytest.raises(SealFault):
        pc.run("join", str(tar))
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == [tar.name]


def test_join_says_what_is_missing_and_ends_with_a_faults_status(
    parts: list[bytes], pc: Pc, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is kept, with the gap in its tags; the status is not that of success."""
    tar = tmp_path / "0123456789abc.tar"
    tar.write_bytes(tar_of((n, p) for n, p in enumerate(parts, 1) if n != 9).getvalue())
    assert pc.run("join", str(tar)) == SealFault.exit_status
    told = capsys.readouterr().err
    assert "part 9 is missing" in told
    assert "is silence here: lost, or cut out late" in told
    head_found = read_head((tmp_path / "0123456789abc.flac").read_bytes())
    assert head_found is not None
    assert "lost, or cut out late" in head_found.tags["GAPS"]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_walk(content: bytes) -> None:
    """Bytes that are no FLAC give no frame or a torn one, never an exception."""
    list(frames(b"\xff\xf8\xa4\x08" + content))
    list(frames(content + b"\xff\xf8\xa4\x08"))
    read_head(b"fLaC" + content)


@given(st.integers(0, 200_000), st.integers(1, BLOCK), st.sampled_from([1, 2]))
def test_a_frame_of_any_number_is_found(number: int, block: int, sides: int) -> None:
    """Numbers up to those of eight hours, blocks of any length, told by the header alone."""
    shape = Shape(8000, sides)
    found = list(frames(b"before" + silence(number, block, shape)))
    assert [(frame.number, frame.block) for _, frame in found] == [(number, block)]
    assert found[0][0] == shape


def test_a_number_beyond_eight_hours_is_none_of_ours() -> None:
    """A header cannot ask for hours of silence in front of it."""
    assert list(frames(silence(8 * 3600 * 8000 // BLOCK + 1, BLOCK, Shape(8000, 1)))) == []


def test_a_head_is_read_as_it_was_written() -> None:
    """Shape and tags of a head of ours; nothing of another file's."""
    shape = Shape(16_000, 2)
    assert read_head(head(shape, {"A": "1", "B": "x=y"})).tags == {"A": "1", "B": "x=y"}
    assert read_head(head(shape, {})).shape == shape
    assert read_head(b"RIFF" + bytes(50)) is None


def other_parts(seed: int = 7) -> list[bytes]:
    """Another call of the same length, sealed for the same recipients under a file key of its own."""
    other = cut_call(np.hstack([noise(48_000, seed), noise(48_000, seed + 1)]), [2048, 4096, 700, 2048])
    return sealed_parts(other.plain, RECIPIENTS)


def test_parts_of_another_recording_are_named_and_left_out(
    call: CutCall, parts: list[bytes], keys: Keys
) -> None:
    """Though they open, and their frames fit: what is heard is of one recording, or silence."""
    foreign = other_parts()
    taken = {3, 4, len(parts)}
    mixed = [(n, foreign[n - 1] if n in taken else part) for n, part in enumerate(parts, 1)]
    told, samples, _ = joined(keys, tar_of(mixed))
    assert sum("has another header" in each for each in told.parts) == len(taken)
    for block in range(len(call.sizes) - 1):
        heard = samples[block * BLOCK : (block + 1) * BLOCK]
        ours = call.samples[block * BLOCK : (block + 1) * BLOCK]
        assert np.array_equal(heard, ours) or not heard.any()
    assert any(gap.stop > gap.start for gap in told.gaps)


def test_a_head_of_another_recording_does_not_lend_its_name(parts: list[bytes], keys: Keys) -> None:
    """The first part alone is foreign: no tag of it is kept."""
    told, _, flac = joined(keys, tar_of(enumerate([other_parts()[0], *parts[1:]], 1)))
    assert told.parts == ("part 1 has another header: it is of another recording, or was changed",)
    assert "ID" not in read_head(flac).tags


def test_parts_out_of_order_or_twice_are_put_right(call: CutCall, parts: list[bytes], keys: Keys) -> None:
    """Their numbers count, not their places in the tar; one that comes twice is told, once."""
    numbered = list(enumerate(parts, 1))
    turned = [numbered[1], numbered[0], *numbered[2:]]
    told, samples, _ = joined(keys, tar_of([*turned, numbered[2]]))
    assert told.parts == ("part 3 comes twice: the first one counts",)
    assert np.array_equal(samples, call.samples[: len(samples)])
    assert told.gaps == ()


def test_a_length_that_cannot_be_is_refused_before_it_is_written(parts: list[bytes], keys: Keys) -> None:
    """A box that signs a recording of years makes this PC write nothing."""
    out = io.BytesIO()
    with pytest.raises(SealFault, match="longer than a day"):
        join_into(tar_of(enumerate(parts, 1)), keys, out, facts_of(1 << 40))
    assert out.getvalue() == b""


def facts_of(samples: int) -> Facts:
    """What a box might sign of a recording."""
    began = GivenClock(MORNING).stamp()
    return Facts(
        "0123456789abc", "c" * 13, "line1", "repairs", "s", 8000, 2, samples, began, (), "external", "in",
        "cut", None, ("office",), None, (),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", ".", "nothing.age"])
def test_what_is_no_file_is_said(pc: Pc, tmp_path: Path, name: str) -> None:
    """A folder, or a name of nothing: refused before a key is read."""
    file = name and str(tmp_path / name)
    for command in ("open", "join"):
        with pytest.raises(Refused, match="there is no file of that name"):
            pc.run(command, file)
