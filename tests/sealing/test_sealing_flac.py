import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sealing_rig import decoded, flac_accepts, noise

from firmware.faults import SealFault
from firmware.sealing.digest import Digest
from firmware.sealing.flac import Encoder
from firmware.sealing.frames import BLOCK, UNKNOWN_MD5, Shape, head, silence, silent_frame

SHAPES = [Shape(rate, sides) for rate in (8000, 16000) for sides in (1, 2)]


@pytest.mark.parametrize("shape", SHAPES)
def test_what_goes_in_comes_out(shape: Shape) -> None:
    """Samples in pieces of any size decode bit for bit, MD5 included."""
    samples = noise(20_001, shape.sides)
    encoder, digest, stream = Encoder(shape), Digest(shape), b""
    for start in range(0, len(samples), 5003):
        piece = samples[start : start + 5003]
        encoder.encode(piece)
        digest.keep(piece)
        stream += encoder.take()
    encoder.close()
    stream += encoder.take()
    flac = head(shape, {"LINE": "one", "GAPS": ""}, len(samples), digest.value()) + stream
    assert flac_accepts(flac)
    assert np.array_equal(decoded(flac), samples)
    assert sum(encoder.sizes) == len(stream)
    assert len(encoder.sizes) == -(-len(samples) // BLOCK)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("samples", [1, 1023, 1024, 1025, 300 * 1024 + 5, 2100 * 1024])
def test_silent_frames_are_silence(shape: Shape, samples: int) -> None:
    """Frames made by hand pass the stock tool and decode to zeros, through numbers of one, two and three bytes."""
    zeros = np.zeros((samples, shape.sides), np.int16)
    flac = head(shape, {}, samples, hashlib.md5(zeros.tobytes()).digest()) + silence(0, samples, shape)
    assert flac_accepts(flac)
    assert np.array_equal(decoded(flac), zeros)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_silent_frame_fits_between_others(shape: Shape) -> None:
    """Any whole frame of a stream can be replaced by silence without a decoder noticing."""
    samples = noise(10 * BLOCK + 77, shape.sides)
    encoder = Encoder(shape)
    encoder.encode(samples)
    encoder.close()
    stream = encoder.take()
    ends = np.cumsum(encoder.sizes)
    for number, block in ((0, BLOCK), (4, BLOCK), (10, 77)):
        start = int(ends[number - 1]) if number else 0
        stream_cut = stream[:start] + silent_frame(number, block, shape) + stream[int(ends[number]) :]
        wanted = samples.copy()
        wanted[number * BLOCK : number * BLOCK + block] = 0
        flac = head(shape, {}, len(samples), hashlib.md5(wanted.tobytes()).digest()) + stream_cut
        assert flac_accepts(flac)
        assert np.array_equal(decoded(flac), wanted)


def test_an_odd_rate_is_refused() -> None:
    """A rate that a frame header cannot name is refused before anything is recorded."""
    with pytest.raises(SealFault, match="11025"):
        Encoder(Shape(11_025, 1))


def test_no_sample_stays_in_the_encoder_scratch() -> None:
    """The scratch is all zeros as soon as a call is over."""
    encoder = Encoder(Shape(8000, 1))
    encoder.encode(noise(9000))
    assert not encoder._scratch.any()
    encoder.close()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("kgc"), st.integers(1, 6000)), max_size=25), st.sampled_from([1, 2])
)
def test_the_digest_winds_back(steps: list[tuple[str, int]], sides: int) -> None:
    """After any sequence of samples, silences and cuts the MD5 is that of what is left."""
    digest = Digest(Shape(8000, sides))
    model = np.zeros((0, sides), np.int16)
    for number, (what, size) in enumerate(steps):
        match what:
            case "k":
                fresh = noise(size, sides, number)
                digest.keep(fresh)
                model = np.concatenate([model, fresh])
            case "g":
                digest.silence(size)
                model = np.concatenate([model, np.zeros((size, sides), np.int16)])
            case _:
                block = max(0, len(model) - size) // BLOCK
                digest.wind_back(block)
                model[block * BLOCK :] = 0
    assert digest.value() == hashlib.md5(model.tobytes()).digest()
    assert digest.samples == len(model)


def test_a_long_pause_does_not_shorten_the_reach() -> None:
    """Forty seconds of kept samples can be wound back however long the pause after them was."""
    digest = Digest(Shape(8000, 1))
    samples = noise(60 * 8000)
    digest.keep(samples)
    for _ in range(2400):
        digest.silence(2000)
    digest.wind_back(21 * 8000 // BLOCK)
    samples[21 * 8000 // BLOCK * BLOCK :] = 0
    assert digest.value() == hashlib.md5(samples.tobytes() + bytes(2 * 600 * 8000)).digest()


def test_beyond_its_reach_the_digest_is_unknown() -> None:
    """A cut further back than the kept states leaves an MD5 that says unknown, not a wrong one."""
    digest = Digest(Shape(8000, 1))
    digest.keep(noise(60 * 8000))
    digest.wind_back(1)
    digest.keep(noise(10))
    assert digest.value() == UNKNOWN_MD5
