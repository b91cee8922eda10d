"""The machine of one row: names by lengths, whatever is thrown at it, and no more kept than a row may keep."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from firmware.signal.bursts import Window
from firmware.signal.cadence import MOST_KEYS, MOST_OVER, Row
from firmware.signal.cadences import Pitch
from firmware.signal.events import ToneBegan, ToneEnded, ToneName
from firmware.signal.windows import BLOCKS_A_SECOND, LONG, STEP

Stretch = tuple[Pitch | None, float]
Told = list[ToneBegan | ToneEnded]

PITCHES = tuple(Pitch)
LOUD, NOTHING, SPOKEN = 0.01, 1e-7, 0.02
"""Powers of a tone, of a pause and of speech."""


def windows(stretches: Sequence[Stretch], power: float = LOUD, floor: float = NOTHING) -> list[Window]:
    """What the windows of a row are where these stretches (pitch, seconds) follow each other: a pitch from three quarters on."""
    codes = [-1 if pitch is None else PITCHES.index(pitch) for pitch, _ in stretches]
    blocks = np.repeat(codes, [round(seconds * BLOCKS_A_SECOND) for _, seconds in stretches])
    held = np.stack([blocks == code for code in range(len(PITCHES))])
    filled = sliding_window_view(held, LONG, axis=1)[:, ::STEP].sum(axis=2) / LONG
    most, share = filled.argmax(axis=0).tolist(), filled.max(axis=0).tolist()
    return [
        Window(
            STEP * each, power * part + floor, PITCHES[best] if part >= 0.75 else None, 0.0, min(part, 0.99)
        )
        for each, (best, part) in enumerate(zip(most, share, strict=True))
    ]


def told(row: Row, heard: Iterable[Window]) -> Told:
    """All that the row tells of these."""
    return [event for window in heard for event in row.hear(window)]


def on_off(pitch: Pitch, *seconds: float, times: int = 3) -> list[Stretch]:
    """Bursts of a pitch and pauses in turn, after a second of nothing and before seven."""
    turns = [(pitch if place % 2 == 0 else None, each) for place, each in enumerate(seconds)]
    return [(None, 1.0), *(turns * times), (None, 7.0)]


CADENCED = [
    (ToneName.DIAL_STUTTER, Pitch.DIAL, (0.75, 0.75), 1.8),
    (ToneName.RINGBACK_UK, Pitch.RING_UK, (0.4, 0.2, 0.4, 2.0), 1.0),
    (ToneName.RINGBACK_EU, Pitch.EU, (1.0, 4.0), 1.5),
    (ToneName.RINGBACK_US, Pitch.RING_US, (2.0, 4.0), 1.15),
    (ToneName.BUSY_UK, Pitch.UK, (0.375, 0.375), 1.1),
    (ToneName.BUSY_EU, Pitch.EU, (0.5, 0.5), 1.5),
    (ToneName.BUSY_EU, Pitch.EU, (0.48, 0.48), 1.5),
    (ToneName.BUSY_EU, Pitch.EU, (0.25, 0.25), 1.3),
    (ToneName.BUSY_US, Pitch.BUSY_US, (0.5, 0.5), 1.5),
    (ToneName.BUSY_US, Pitch.BUSY_US, (0.25, 0.25), 1.3),
    (ToneName.CONGESTION_UK, Pitch.UK, (0.4, 0.35, 0.225, 0.525), 1.15),
    (ToneName.CALL_WAITING_UK, Pitch.UK, (0.1, 4.0), 0.85),
]
"""Tone, pitch, seconds on and off, and within how many seconds it is decided."""


@pytest.mark.parametrize("slow", [0.9, 0.95, 1.0, 1.05, 1.1])
@pytest.mark.parametrize(("name", "pitch", "cadence", "soon"), CADENCED)
def test_every_cadence_has_its_name(
    name: ToneName, pitch: Pitch, cadence: tuple[float, ...], soon: float, slow: float
) -> None:
    """A tone is told once, by its name, where it began and soon enough, though its lengths be 10 % off; then its end."""
    lengths = tuple(slow * each for each in cadence)
    began, ended = told(Row(), windows(on_off(pitch, *lengths)))
    assert isinstance(began, ToneBegan)
    assert isinstance(ended, ToneEnded)
    assert began.name == ended.name == name
    assert began.at == ended.at
    assert abs(began.at - BLOCKS_A_SECOND) <= 3
    assert began.decided - began.at <= slow * soon * BLOCKS_A_SECOND
    last = 1.0 + 3 * sum(lengths) - lengths[-1]
    assert abs(ended.until / BLOCKS_A_SECOND - last) <= 0.03


@pytest.mark.parametrize(
    ("name", "pitch", "soon"),
    [
        (ToneName.DIAL, Pitch.DIAL, 0.9),
        (ToneName.DIAL_PBX, Pitch.EU, 1.35),
        (ToneName.UNOBTAINABLE_UK, Pitch.UK, 1.2),
    ],
)
def test_what_sounds_on_is_decided_at_once(name: ToneName, pitch: Pitch, soon: float) -> None:
    """A tone without pauses is decided as soon as it is too long for any other, and lasts ten minutes as one."""
    row = Row()
    began, ended = told(row, windows([(None, 1.0), (pitch, 600.0), (None, 1.0)]))
    assert isinstance(began, ToneBegan)
    assert began.name == ended.name == name
    assert began.decided - began.at <= soon * BLOCKS_A_SECOND
    assert isinstance(ended, ToneEnded)
    assert abs(ended.until / BLOCKS_A_SECOND - 601) <= 0.03
    assert row.idle


@pytest.mark.parametrize("pitch", [Pitch.DIAL, Pitch.EU])
@pytest.mark.parametrize("beat", [(0.4, 0.08), (0.5, 0.1), (0.25, 0.1), (0.1, 0.1), (0.15, 0.12)])
@pytest.mark.parametrize("times", [3, 30])
def test_a_dial_tone_that_stutters_is_one(pitch: Pitch, beat: tuple[float, float], times: int) -> None:
    """Whether it goes on for a second after three bursts or stutters all the time: told once, soon, and no ring."""
    stutter = [(pitch, beat[0]), (None, beat[1])] * times
    began, ended = told(Row(), windows([(None, 1.0), *stutter, (pitch, 1.0), (None, 7.0)]))
    assert isinstance(began, ToneBegan)
    assert began.name == (ToneName.DIAL_STUTTER if pitch is Pitch.DIAL else ToneName.DIAL_PBX)
    assert abs(began.at - BLOCKS_A_SECOND) <= 3
    assert began.decided - began.at <= 1.35 * BLOCKS_A_SECOND
    assert isinstance(ended, ToneEnded)


@pytest.mark.parametrize("pitch", [Pitch.DIAL, Pitch.EU])
@pytest.mark.parametrize("seconds", [0.4, 0.7, 1.0, 1.2])
def test_what_is_keyed_into_was_dial_tone(pitch: Pitch, seconds: float) -> None:
    """A burst as short as a ring or shorter is dial tone if a key follows within 350 ms."""
    row = Row()
    keyed = round((1.05 + seconds) * BLOCKS_A_SECOND)
    heard = windows([(None, 1.0), (pitch, seconds), (None, 3.0)])
    before, after = heard[: keyed // STEP], heard[keyed // STEP :]
    events = told(row, before)
    row.press(keyed, keyed + 30)
    events += told(row, after)
    names = [each.name for each in events]
    name = ToneName.DIAL if pitch is Pitch.DIAL else ToneName.DIAL_PBX
    assert names == [name, name]


def test_what_is_keyed_into_early_on_in_a_stutter_was_dial_tone() -> None:
    """A burst of 0.75 s, a pause as long, and a key a tenth of a second into the next burst."""
    row, keyed = Row(), round(2.66 * BLOCKS_A_SECOND)
    heard = windows([(None, 1.0), (Pitch.DIAL, 0.75), (None, 0.75), (Pitch.DIAL, 0.12), (None, 3.0)])
    events = told(row, heard[: keyed // STEP])
    row.press(keyed, keyed + 20)
    events += told(row, heard[keyed // STEP :])
    assert [each.name for each in events] == [ToneName.DIAL_STUTTER] * 2


@pytest.mark.parametrize(("after", "decided"), [(NOTHING, 0.45), (SPOKEN, 1.55)])
def test_a_ring_is_told_apart_by_what_follows(after: float, decided: float) -> None:
    """425 Hz for a second is a ring 400 ms into quiet; where somebody speaks at once only after a second and a half."""
    heard = windows([(None, 1.0), (Pitch.EU, 1.0), (None, 3.0)])
    heard = [
        each._replace(power=after) if each.at >= 2 * BLOCKS_A_SECOND and each.pitch is None else each
        for each in heard
    ]
    (began,) = told(Row(), heard)
    assert isinstance(began, ToneBegan)
    assert began.name == ToneName.RINGBACK_EU
    assert began.decided <= (2 + decided) * BLOCKS_A_SECOND
    assert began.decided >= (1.9 + decided) * BLOCKS_A_SECOND


def test_speech_over_a_tone_does_not_break_it() -> None:
    """A syllable of 100 ms over a dial tone leaves one dial tone."""
    heard = windows([(None, 1.0), (Pitch.DIAL, 3.0), (None, 1.0)])
    spoken = [
        each._replace(pitch=None, power=SPOKEN) if 2.0 <= each.at / BLOCKS_A_SECOND <= 2.1 else each
        for each in heard
    ]
    assert [each.name for each in told(Row(), spoken)] == [ToneName.DIAL, ToneName.DIAL]


def test_what_fades_or_is_off_pitch_is_music() -> None:
    """No tone is told of a note that fades by 6 dB within a second, nor of one 2 % off."""
    heard = windows([(None, 1.0), (Pitch.UK, 3.0), (None, 1.0)])
    fading = [each._replace(power=each.power * 10 ** (-0.6 * each.at / BLOCKS_A_SECOND)) for each in heard]
    assert told(Row(), fading) == []
    assert told(Row(), [each._replace(off=0.02) for each in heard]) == []


def test_a_beep_is_alone() -> None:
    """100 ms of 400 Hz is a call that waits only where it was switched on and off: not in the midst of speech."""
    beep = windows([(None, 1.0), (Pitch.UK, 0.1), (None, 2.0)])
    assert [each.name for each in told(Row(), beep)] == [ToneName.CALL_WAITING_UK]
    assert told(Row(), [each._replace(before=SPOKEN) for each in beep]) == []
    assert told(Row(), [each._replace(share=0.9) for each in beep]) == []
    gliding = [each._replace(off=0.0012 * (each.at - BLOCKS_A_SECOND - 5)) for each in beep]
    assert told(Row(), gliding) == []
    fading = [
        each._replace(power=LOUD / 2)
        if 1.05 < each.at / BLOCKS_A_SECOND < 1.15 and each.pitch is None
        else each
        for each in beep
    ]
    assert told(Row(), fading) == []
    after = 1.1 * BLOCKS_A_SECOND
    assert told(Row(), [each._replace(power=SPOKEN) if each.at >= after else each for each in beep]) == []


def test_one_tone_ends_where_the_next_begins() -> None:
    """Dial tone that turns to busy, and busy that turns to dial tone, are told as such, one after another."""
    busy = [(Pitch.EU, 0.5), (None, 0.5)] * 4
    row = Row()
    events = told(row, windows([(None, 1), (Pitch.EU, 5), (None, 0.5), *busy, (Pitch.EU, 4), (None, 3)]))
    assert [each.name for each in events if isinstance(each, ToneBegan)] == [
        ToneName.DIAL_PBX,
        ToneName.BUSY_EU,
        ToneName.DIAL_PBX,
    ]
    assert_in_order(events)


def test_a_busy_tone_cut_short_stays_busy() -> None:
    """Where the last burst of busy tone is cut short, that makes no congestion of it."""
    events = told(
        Row(), windows([(None, 1), *[(Pitch.UK, 0.375), (None, 0.375)] * 4, (Pitch.UK, 0.2), (None, 3)])
    )
    assert [each.name for each in events] == [ToneName.BUSY_UK] * 2


def assert_in_order(events: Told) -> None:
    """Every tone that is told to end began before, none began before the last was over, and nothing is told before it was."""
    on: ToneBegan | None = None
    over = 0
    for event in events:
        match event:
            case ToneBegan():
                assert on is None
                assert over <= event.at < event.decided
                on = event
            case ToneEnded():
                assert on is not None
                assert (event.at, event.name) == (on.at, on.name)
                assert event.at <= event.until
                on, over = None, event.until


STRETCHES = st.lists(
    st.tuples(
        st.sampled_from([*Pitch, None, None, None]),
        st.sampled_from([0.03, 0.06, 0.1, 0.2, 0.225, 0.35, 0.375, 0.4, 0.5, 0.525, 0.75, 1.0, 1.2, 2.0]),
    ),
    max_size=25,
)


@given(
    STRETCHES,
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 60)), max_size=5),
    st.sampled_from([NOTHING, SPOKEN]),
    st.floats(-0.02, 0.02),
)
def test_whatever_comes_it_tells_tones_in_order_and_keeps_little(
    stretches: list[Stretch], keys: list[tuple[int, int]], floor: float, off: float
) -> None:
    """Chopped tones, keys anywhere and noise: every end has its beginning, in order; ten seconds later nothing is kept."""
    row, events = Row(), Told()
    pressed = sorted(keys)
    for window in windows([*stretches, (None, 20.0)], floor=floor):
        while pressed and pressed[0][0] <= window.at:
            at, late = pressed.pop(0)
            row.press(at, at + late)
        events += row.hear(window._replace(off=off))
        assert len(row._over) <= MOST_OVER
        assert len(row._keys) <= MOST_KEYS
    assert_in_order(events)
    assert len(events) % 2 == 0
    assert row.idle


@given(STRETCHES, st.integers(0, 400), st.integers(0, 100))
def test_a_key_counts_from_when_it_is_known(stretches: list[Stretch], at: int, early: int) -> None:
    """A key that is reported sooner than it counts changes nothing: ticks of any length tell the same."""
    heard = windows([*stretches, (None, 8.0)])
    known = at + 100
    assert _with_key(heard, at, known, reported=known) == _with_key(heard, at, known, reported=known - early)


def _with_key(heard: Sequence[Window], at: int, known: int, reported: int) -> Told:
    row, events = Row(), Told()
    for window in heard:
        if window.at - STEP < reported - LONG <= window.at:
            row.press(at, known)
        events += row.hear(window)
    return events


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from([*Pitch, None])), max_size=200))
def test_no_sequence_of_windows_breaks_it(changes: list[tuple[int, Pitch | None]]) -> None:
    """Windows of any pitch and power in any order are taken."""
    row, events, at = Row(), Told(), 0
    for power, pitch in changes:
        events += row.hear(Window(at, 10 ** (-power / 10), pitch, 0.0, 0.9))
        at += STEP
    assert_in_order(events)
