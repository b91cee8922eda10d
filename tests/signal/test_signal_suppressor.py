import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signal.candidates import Candidates
from firmware.signal.events import Blanked
from firmware.signal.strokes import Grade, Stroke, Strokes
from firmware.signal.suppressor import Suppressor
from firmware.signal.windows import Heard
from tests.rigs import corpus, keying
from tests.rigs.decoders import needs, resampled
from tests.rigs.keying import Manner, keyed
from tests.rigs.listening import RATE, blanks, heard_together, mask, of, ticks
from tests.rigs.speech import needs_speech, speech

LOOK_BACK = 2 * RATE
MARGIN = RATE // 40
BLOCK = RATE // 200


def row_of_strokes(strokes: list[Stroke]) -> list[Blanked]:
    """What a row of strokes has blanked, with nothing else to hear."""
    return list(itertools.chain.from_iterable(told_by_each(strokes)))


def told_by_each(strokes: list[Stroke]) -> list[list[Blanked]]:
    """The same, stroke by stroke."""
    suppressor = Suppressor(RATE)
    return [list(suppressor.take(0, each)) for each in strokes]


def stroke(second: float, grade: Grade, length: float = 0.08) -> Stroke:
    """A stroke that begins then; a hit is one key."""
    at, until = round(second * RATE), round((second + length) * RATE)
    return Stroke(at, until, until + 7 * BLOCK, grade, int(grade >= Grade.HIT))


@st.composite
def stories(draw: st.DrawFn) -> list[Stroke]:
    """Strokes of any grade and length behind each other."""
    second, story = 3.0, []
    for _ in range(draw(st.integers(1, 25))):
        second += draw(st.floats(0.04, 4.0))
        length = draw(st.floats(0.025, 1.0))
        story.append(stroke(second, Grade(draw(st.integers(1, 4))), length))
        second += length
    return story


def covers(stretches: list[Blanked], one: Stroke) -> bool:
    """Whether a stroke is blanked whole, with both margins."""
    blanked = mask(stretches, one.until + RATE)
    return bool(blanked[one.at - MARGIN : one.until + MARGIN].all())


@given(stories())
def test_nothing_is_decided_later_than_a_look_back_after_its_sound(story: list[Stroke]) -> None:
    """Whatever is blanked lies within the look-back before the moment at which it was decided."""
    for each, told in zip(story, told_by_each(story), strict=True):
        assert all(one.at >= each.closed - LOOK_BACK and one.until > one.at for one in told)


@given(stories())
def test_no_key_is_counted_twice(story: list[Stroke]) -> None:
    """The keys of all stretches together are no more than were pressed, and all of them where all strokes are sure."""
    counted = sum(each.keys for each in row_of_strokes(story))
    assert counted <= sum(each.keys for each in story)
    sure = [Stroke(each.at, each.until, each.closed, Grade.SURE, 1) for each in story]
    assert sum(each.keys for each in row_of_strokes(sure)) == len(sure)


@given(stories())
def test_what_is_sure_is_blanked_at_once(story: list[Stroke]) -> None:
    """A sure stroke needs nobody to speak for it: once it is known, it is blanked whole."""
    so_far: list[Blanked] = []
    for each, told in zip(story, told_by_each(story), strict=True):
        so_far += told
        if each.grade is Grade.SURE:
            assert covers(so_far, each)


@given(stories())
def test_hits_that_stand_together_are_blanked(story: list[Stroke]) -> None:
    """A hit within two seconds of another is blanked, the earlier one as long as a look-back reaches to it."""
    told = row_of_strokes(story)
    hits = [each for each in story if each.grade >= Grade.HIT]
    for before, after in itertools.pairwise(hits):
        if after.at - before.until < 2 * RATE:
            assert covers(told, after)
            assert covers(told, before) or before.at - MARGIN < after.closed - LOOK_BACK


@given(stories())
def test_weak_strokes_alone_are_speech(story: list[Stroke]) -> None:
    """Weak strokes never speak for each other, however many there are; nor does a hit alone for itself."""
    weak = [Stroke(each.at, each.until, each.closed, Grade.WEAK, 0) for each in story]
    assert row_of_strokes(weak) == []
    assert row_of_strokes([*weak, stroke(weak[-1].until / RATE + 1, Grade.HIT)]) == []


@pytest.mark.parametrize("grade", [Grade.HIT, Grade.STRONG])
def test_a_hit_alone_is_let_go_and_two_are_not(grade: Grade) -> None:
    """One hit in two seconds is speech; of two the first is blanked, too, once the second is known."""
    assert row_of_strokes([stroke(5, grade), stroke(8, grade)]) == []
    first, second = told_by_each([stroke(5, grade), stroke(6.5, grade)])
    assert first == []
    assert [each.keys for each in second] == [1, 1]


def test_a_sure_stroke_speaks_for_hits_around_it() -> None:
    """A hit counts for six seconds after a sure stroke, and a look-back before it; a weak one, too."""
    sure = stroke(10, Grade.SURE)
    for grade in (Grade.WEAK, Grade.HIT):
        story = [stroke(8.3, grade), sure, stroke(15.9, grade)]
        assert all(covers(row_of_strokes(story), each) for each in story)
        apart = [stroke(7.5, grade), sure, stroke(16.3, grade)]
        assert [covers(row_of_strokes(apart), each) for each in apart] == [False, True, False]


def test_a_strong_stroke_arms_once_it_counts() -> None:
    """Weak strokes count for six seconds after a strong one that counts itself, and not after one that does not."""
    alone = [stroke(10, Grade.STRONG), stroke(11, Grade.WEAK)]
    assert row_of_strokes(alone) == []
    story = [*alone, stroke(11.5, Grade.HIT), stroke(17, Grade.WEAK)]
    assert all(covers(row_of_strokes(story), each) for each in story)
    hits = [stroke(10, Grade.HIT), stroke(11, Grade.WEAK), stroke(11.5, Grade.HIT)]
    assert [covers(row_of_strokes(hits), each) for each in hits] == [True, False, True]


def test_what_is_older_than_a_look_back_is_let_go() -> None:
    """A stroke that a sure one speaks for is blanked if it began within the look-back, margin included, and not a block before."""
    sure = stroke(10, Grade.SURE)
    oldest = sure.closed - LOOK_BACK + MARGIN
    for at, blanked in ((oldest, True), (oldest - BLOCK, False)):
        hit = Stroke(at, at + 640, at + 920, Grade.HIT, 1)
        assert covers(row_of_strokes([hit, sure]), hit) == blanked


@pytest.mark.parametrize("on", [42, 60])
def test_one_key_alone_is_blanked(on: float) -> None:
    """A single short key, as telephones send it, is blanked though nothing is near it."""
    for seed, key in enumerate("159D"):
        story = keyed(key, Manner(-20, 0, (on, on)), seed)
        told = blanks(story.samples)
        assert mask(told, len(story.sound))[story.keys[0].at : story.keys[0].until].all()
        assert sum(each.keys for each in told) == 1


@pytest.mark.parametrize(("missing", "count"), [(1, 1), (6, 1), (7, 2)])
def test_windows_of_a_key_belong_together(missing: int, count: int) -> None:
    """What speech leaves of a key is one stroke where no more than 30 ms are missing in it, and two beyond."""
    windows = [*range(100, 104), *range(104 + missing, 107 + missing)]
    ones = np.ones(len(windows), np.float32)
    zeros = np.zeros(len(windows), np.int64)
    found = Candidates(zeros, np.asarray(windows), zeros, ones, 10 * ones, ones, ones, 0 * ones)
    tick = SimpleNamespace(rows=np.zeros(1, np.int64), at=np.zeros(1, np.int64), blocks=200, block=BLOCK)
    told = [each for _, each in Strokes(BLOCK).listen(cast(Heard, tick), found)]
    assert len(told) == count
    assert told[0].at == 100 * BLOCK
    assert told[-1].until == (106 + missing + 4) * BLOCK
    assert told[-1].closed == told[-1].until + 7 * BLOCK


def test_positions_that_begin_anew_are_another_story() -> None:
    """Where a row's positions begin anew, nothing of before speaks for what comes."""
    assert row_of_strokes([stroke(100, Grade.HIT), stroke(1, Grade.HIT)]) == []


@pytest.mark.parametrize("level", [1, -3, -12, -26, -40, -52, -58])
def test_every_key_is_blanked_whole_and_counted(level: float) -> None:
    """Of any sixteen keys, from clipped ones down to -58 dBm0, each is inside what is blanked, and they are counted right."""
    story = keyed(keying.random_keys(level + 100, 16, "0123456789*#ABCD"), Manner(level), seed=level + 100)
    told = blanks(keying.as_samples(story.sound + keying.noise(1, len(story.sound), -75)))
    blanked = mask(told, len(story.sound))
    assert all(blanked[each.at : each.until].all() for each in story.keys)
    assert sum(each.keys for each in told) == 16


@pytest.mark.parametrize(
    ("on", "off", "twist", "shift"),
    [
        (40, 40, 0, 0),
        (50, 50, 6, 0.01),
        (45, 45, -8, -0.015),
        (23, 60, 0, 0),
        (300, 200, 12, 0),
        (70, 30, 0, 0),
    ],
)
def test_no_way_of_keying_gets_round_it(on: float, off: float, twist: float, shift: float) -> None:
    """Keys that no strict rule takes, too short, too uneven, off tune, are blanked whole, too; three alone as well."""
    for count in (3, 12):
        manner = Manner(-14, twist, (on, on), (off, off), shift)
        story = keyed(keying.random_keys(count, count), manner, seed=count)
        blanked = mask(blanks(story.samples), len(story.sound))
        assert all(blanked[each.at : each.until].all() for each in story.keys)


@pytest.mark.parametrize("on", [40, 70, 120])
def test_a_digit_takes_little_else_with_it(on: float) -> None:
    """Keys apart from each other cost at most 120 ms each besides their own time, and at least the two margins."""
    story = keyed("471", Manner(-15, 1, (on, on), (900, 900)), seed=on)
    told = blanks(story.samples)
    assert not any(each.card for each in told)
    apart = mask(told, len(story.sound))
    for each in story.keys:
        assert apart[each.at - MARGIN : each.until + MARGIN].all()
        apart[each.at : each.until] = False
    assert 50 <= apart.sum() / len(story.keys) / RATE * 1000 <= 120


@pytest.mark.parametrize("pairs", ["5555", "1122", "99999999"])
def test_a_key_pressed_twice_is_two_keys(pairs: str) -> None:
    """One key pressed again and again, with pauses of 35 ms, counts each time."""
    story = keyed(pairs, Manner(-12, 0, (50, 60), (35, 45)), seed=3)
    assert sum(each.keys for each in blanks(story.samples)) == len(pairs)


@needs("sox")
def test_a_line_of_16_khz_hears_the_same() -> None:
    """At twice the rate every key is blanked whole and counted, too."""
    story = keyed(keying.random_keys(5, 16), Manner(-20, 3, (45, 90), (45, 200)), seed=5)
    sound = resampled(story.samples, RATE, 2 * RATE)
    told = [each for _, events in ticks([sound], rate=2 * RATE) for _, each in events]
    blanked = mask(of(Blanked, told), len(sound))
    assert all(blanked[2 * each.at : 2 * each.until].all() for each in story.keys)
    assert sum(each.keys for each in of(Blanked, told)) == 16


def test_a_key_held_down_is_blanked_in_time_and_counted_once() -> None:
    """Of a key that is down for seven seconds nothing is older than a look-back when it is blanked."""
    story = keyed("8", Manner(-12, 0, (7000, 7000)), seed=5, lead=3.0)
    told = list(ticks([story.samples]))
    before = [now - RATE // 4 for now, _ in told]
    stretches = [(was, each) for was, (_, events) in zip(before, told, strict=True) for _, each in events]
    late = [each for was, each in stretches if isinstance(each, Blanked) and each.at < was - LOOK_BACK]
    assert late == []
    blanked = of(Blanked, (each for _, each in stretches))
    assert mask(blanked, len(story.sound))[story.keys[0].at : story.keys[0].until].all()
    assert sum(each.keys for each in blanked) == 1


@needs_speech
def test_ticks_and_batches_change_nothing() -> None:
    """Keys under speech are blanked the same for ticks of 25 ms to one second, alone and beside others."""
    stories = [
        keyed(keying.random_keys(row, 12), Manner(-20 - row, 0, (50, 150), (60, 900)), row)
        for row in range(4)
    ]
    sounds = [story.over(speech(row, 8, -20)).samples for row, story in enumerate(stories)]
    alone = [blanks(sound) for sound in sounds]
    assert all(alone)
    for tick in (0.025, 0.1, 0.5, 1.0):
        told = [each for _, events in ticks(sounds, tick) for each in events]
        for row, before in enumerate(alone):
            assert of(Blanked, (each for at, each in told if at == row)) == before, tick


@needs_speech
def test_what_comes_late_comes_in_time() -> None:
    """In ticks of any length, nothing that is blanked is older than a look-back at the end of the tick before."""
    sound = keyed(keying.random_keys(9, 14), Manner(-22, 0, (60, 120), (300, 1500)), seed=9).over(
        speech(9, 40, -20)
    )
    for tick in (0.025, 0.25, 1.0):
        was = 0
        for now, told in ticks([sound.samples], tick):
            assert all(each.at >= was - LOOK_BACK for each in of(Blanked, (event for _, event in told)))
            was = now


@pytest.mark.parametrize("group", ["dtmf", "calls"])
def test_every_key_of_the_corpora_is_blanked_whole(shared_dir: Path, group: str) -> None:
    """Each key keyed in a corpus lies wholly inside what is blanked."""
    for folder in corpus.folders(shared_dir):
        pieces = corpus.pieces(folder, group)
        for piece, told in zip(pieces, heard_together([each.samples for each in pieces]), strict=True):
            blanked = mask(of(Blanked, told), len(piece.samples))
            assert all(blanked[each.at : each.until].all() for each in piece.digits), piece.name
