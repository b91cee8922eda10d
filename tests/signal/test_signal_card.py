import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.signal.card import CardMode
from firmware.signal.events import Blanked
from firmware.signal.strokes import Grade, Stroke
from tests.rigs import keying
from tests.rigs.keying import Manner, keyed
from tests.rigs.listening import RATE, blanks, mask, stretches_in

LONG = round(0.08 * RATE)
LATE = 280
"""Samples after its end at which a stroke is known."""


def strokes(*seconds: float, grade: Grade = Grade.STRONG) -> list[Stroke]:
    """Strokes of one grade that begin then."""
    starts = [round(each * RATE) for each in seconds]
    return [Stroke(at, at + LONG, at + LONG + LATE, grade, 1) for at in starts]


def told_by(story: list[Stroke]) -> list[Blanked | None]:
    """What card mode makes of each."""
    mode = CardMode(RATE)
    return [mode.take(each) for each in story]


@pytest.mark.parametrize("grade", [Grade.STRONG, Grade.SURE])
def test_the_fourth_strong_stroke_in_six_seconds_begins_it(grade: Grade) -> None:
    """It reaches a whole look-back behind the moment at which the fourth is known, and three seconds on from its end."""
    story = strokes(10, 12, 14, 15.9, grade=grade)
    *before, begun = told_by(story)
    assert before == [None] * 3
    assert begun == Blanked(story[-1].closed - 2 * RATE, story[-1].until + 3 * RATE, 1, card=True)


@pytest.mark.parametrize(
    "story",
    [
        strokes(10, 12, 14),
        strokes(10, 12, 14, 16.1),
        strokes(10, 11, 12) + strokes(13, 14, 15, grade=Grade.HIT),
        strokes(*(each / 2 for each in range(20, 60)), grade=Grade.HIT),
        strokes(*(each / 2 for each in range(20, 60)), grade=Grade.WEAK),
    ],
)
def test_less_does_not_begin_it(story: list[Stroke]) -> None:
    """Three strong strokes, four in more than six seconds, or any number of hits are no card."""
    assert told_by(story) == [None] * len(story)


def test_it_lasts_until_three_seconds_after_the_last_hit() -> None:
    """A hit goes on with it, a weak stroke does not; after it, four are needed anew, of which its own may be some."""
    begun = strokes(10, 11, 12, 13)
    hit, weak = strokes(15.9, grade=Grade.HIT), strokes(18.5, grade=Grade.WEAK)
    again = strokes(18.9)
    told = told_by([*begun, *hit, *weak, *again, *strokes(25, 26, 27)])
    assert told[4] == Blanked(hit[0].at, hit[0].until + 3 * RATE, 1, card=True)
    assert told[5] is None
    assert told[6] == Blanked(again[0].at, again[0].until + 3 * RATE, 1, card=True)
    assert told[7:] == [None, None, None]


@given(st.lists(st.tuples(st.floats(0.1, 4), st.sampled_from(Grade)), min_size=1, max_size=40))
def test_while_it_lasts_no_sample_is_left_out(steps: list[tuple[float, Grade]]) -> None:
    """From where it reaches back to up to three seconds after its last hit, everything is blanked, without a hole."""
    second, story = 10.0, []
    for step, grade in steps:
        second += step
        story += strokes(second, grade=grade)
    told = [(stroke, each) for stroke, each in zip(story, told_by(story), strict=True) if each]
    blanked = mask((each for _, each in told), round((second + 10) * RATE))
    for (_, before), (stroke, after) in itertools.pairwise(told):
        begins_anew = stroke.at >= before.until
        assert begins_anew or blanked[before.at : after.until].all()
        assert after.until == stroke.until + 3 * RATE


def test_a_card_number_is_one_gap_and_every_key_counts() -> None:
    """Sixteen keys in quick order make one stretch of card mode, in which no pause is left; the count is right."""
    story = keyed(keying.random_keys(4, 16), Manner(-14, 2, (60, 120), (80, 400)), seed=4, lead=4, tail=6)
    told = blanks(story.samples)
    carded = mask((each for each in told if each.card), len(story.sound))
    assert stretches_in(carded) == 1
    assert carded[story.keys[4].at : story.keys[-1].until + 3 * RATE].all()
    assert not carded[story.keys[-1].until + 3 * RATE + RATE // 10 :].any()
    assert sum(each.keys for each in told) == 16


def test_a_short_number_is_no_card() -> None:
    """A choice in a menu, or an extension of three digits, is blanked key by key."""
    assert not any(each.card for each in blanks(keyed("332", seed=1).samples))
