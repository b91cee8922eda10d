"""What the sense makes of what is heard: told at the right place, bounded, and silent about every digit."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from line_play import Script

from firmware.call import events as ev
from firmware.call.events import CallClass, Reason, Tone
from firmware.call.numbering import Numbering
from firmware.hearing.sense import Sense
from firmware.hearing.told import CallerIdTold, DialledTold, TransferTold
from firmware.hearing.ways import Ways
from firmware.settings import Settings, read
from firmware.settings.model import (
    Cadence,
    Exempt,
    KeyedDigits,
    Line,
    NumberingSettings,
    Position,
    Unclassified,
)
from firmware.signal import events as se
from firmware.signal.events import Absent, SignalEvent, Standard, ToneName
from tests.settings.sample import EXAMPLE

RATE = 8000
TICK = RATE // 4


def at(second: float) -> int:
    """A second as a position."""
    return round(second * RATE)


def office(path: Path = EXAMPLE) -> Settings:
    """An office with extensions, a way out, and an exempt number."""
    numbering = NumberingSettings(access="9", extensions=("3xx",), area="01632", internal_ring=Cadence.NONE)
    exempt = (Exempt("01632960777", "union"),)
    return replace(read(path), numbering=numbering, exempt=exempt)


def line(position: Position = Position.PORT, *, hooked: bool = True, blank: bool = True) -> Line:
    """A line of it."""
    known = office().lines[0]
    digits = KeyedDigits.BLANK if blank else KeyedDigits.KEEP
    return replace(
        known,
        position=position,
        hook=known.hook if hooked else None,
        keyed_digits=digits,
        unclassified=Unclassified.WITHHOLD,
        look_back=2.0,
    )


def script(position: Position = Position.PORT, *, hooked: bool = True, blank: bool = True) -> Script:
    """A line at work, of which a test tells what is heard."""
    return Script(office(), line(position, hooked=hooked, blank=blank))


def live(it: Script, until: float, *heard: SignalEvent, side: int = 0) -> None:
    """Time goes on to a second; each event is known when it is over."""
    waiting = sorted(heard, key=_known)
    while it.now < at(until):
        now = it.now + TICK
        due = [each for each in waiting if _known(each) <= now]
        waiting = [each for each in waiting if _known(each) > now]
        it.listen(now, [(side, each) for each in due])
    assert not waiting, "told too late for this stretch"


def _known(event: SignalEvent) -> int:
    match event:
        case se.ToneBegan():
            return event.decided
        case se.Reversal():
            return event.at
        case _:
            return event.until


def talk(start: float, stop: float) -> Sequence[SignalEvent]:
    """Voice, tick by tick."""
    begins = range(at(start), at(stop), TICK)
    return [se.Voice(each, min(each + TICK, at(stop))) for each in begins]


def tone(name: ToneName, start: float, stop: float) -> Sequence[SignalEvent]:
    """A tone, known a second after it began, and when it has ended."""
    return [se.ToneBegan(at(start), at(start + 1), name), se.ToneEnded(at(start), at(stop), name)]


def keys(digits: str, start: float) -> Sequence[SignalEvent]:
    """Digits by the strict rules, five a second."""
    return [
        se.Digit(at(start + place / 5), at(start + place / 5 + 0.1), digit)
        for place, digit in enumerate(digits)
    ]


def told(it: Script, kind: type) -> list[object]:
    """All events of a kind that were told."""
    return [each for each in it.events if isinstance(each, kind)]


def lifted(it: Script, second: float) -> None:
    """The hook shows that the phone is lifted."""
    live(it, second)
    it.hooked(at(second), lifted=True)


def test_a_number_is_told_digit_by_digit_and_the_answer_where_its_voice_began() -> None:
    """Dialled as a whole so far, each time; answered 300 ms before the voice was told, after the ringing tone."""
    it = script()
    lifted(it, 1)
    live(it, 20, *tone(ToneName.DIAL, 1.2, 3), *keys("01632960123", 3.1), *tone(ToneName.RINGBACK_UK, 7, 12))
    live(it, 40, *talk(20.3, 39))
    dialled = [each.digits for each in told(it, DialledTold) if isinstance(each, DialledTold)]
    assert dialled == ["01632960123"[: count + 1] for count in range(11)]
    assert told(it, ev.Answered) == [ev.Answered(at(20))]
    assert it.finish().said.over(at(20), at(39)) == {Reason.RECORDED}


def test_the_same_digit_on_both_sides_is_one() -> None:
    """A two-sided line hears a key on either side; a digit that comes again is another."""
    it = script()
    lifted(it, 1)
    for side in (0, 1):
        for each in keys("11", 3):
            it.sense.take(side, each)
    live(it, 5)
    assert it.numbers.dialled == "11"


def test_keys_in_a_call_are_places_and_nothing_else() -> None:
    """After the answer no digit is told, dialled or transferred; what is blanked is."""
    it = script()
    live(it, 1, se.RingBurst(at(0.2), at(0.6)))
    lifted(it, 1)
    live(it, 10, *talk(1.5, 9))
    live(it, 20, *keys("4929123456789012", 10), se.Blanked(at(9), at(14), 16, card=True))
    assert told(it, DialledTold) == told(it, TransferTold) == []
    assert told(it, ev.Keyed) == [ev.Keyed(at(9), at(14), 16, card=True)]
    kept = script(blank=False)
    lifted(kept, 1)
    live(kept, 20, *talk(1.5, 9), se.Blanked(at(9), at(14), 16, card=True))
    assert told(kept, ev.Keyed) == []


def test_a_call_that_was_rung_for_is_answered_where_it_was_lifted() -> None:
    """And what is keyed before the first word is no number; but a dial tone says that it is dialled after all."""
    it = script()
    live(it, 1, se.RingBurst(at(0.2), at(0.6)))
    lifted(it, 1)
    live(it, 5, *keys("12", 1.5), *talk(2.5, 5))
    assert (told(it, ev.Answered), it.numbers.dialled) == ([ev.Answered(at(1))], "")
    dialled = script()
    live(dialled, 1, se.RingBurst(at(0.2), at(0.6)))
    lifted(dialled, 1)
    live(dialled, 5, *tone(ToneName.DIAL, 1.2, 3), *keys("12", 3.1))
    assert dialled.numbers.dialled == "12"


def test_a_word_while_it_rings_is_no_answer_once_the_ringing_tone_goes_on() -> None:
    """The tone that is told to have ended later takes the answer back; the next voice is the answer."""
    it = script()
    lifted(it, 1)
    live(it, 6, *tone(ToneName.DIAL, 1.2, 3), *keys("01632960123", 3.1))
    began, ended = tone(ToneName.RINGBACK_UK, 6, 30)
    live(it, 33, began, *talk(10.3, 11), ended, *talk(30.3, 32))
    live(it, 60, *talk(33.3, 59))
    assert told(it, ev.Answered) == [ev.Answered(at(10)), ev.Answered(at(30))]
    book = it.finish()
    assert {each.reason for each in book.cuts} == {Reason.NOT_ANSWERED}
    assert book.kept == set(range(at(30), at(60)))


def test_a_ringing_tone_after_what_seemed_an_answer_takes_it_back() -> None:
    """Somebody spoke in the room between the number and its ringing tone."""
    it = script()
    lifted(it, 1)
    live(it, 9, *tone(ToneName.DIAL, 1.2, 3), *keys("01632960123", 3.1), *talk(6, 8))
    live(it, 40, *tone(ToneName.RINGBACK_UK, 10, 20), *talk(20.4, 39))
    live(it, 42)
    assert told(it, ev.Answered)[-1] == ev.Answered(at(20.1))
    assert min(it.finish().kept) == at(20.1)


@pytest.mark.parametrize(("busy", "kept"), [(10, False), (18, True)])
def test_a_word_in_the_room_before_a_busy_tone_leaves_no_recording(busy: float, kept: bool) -> None:
    """Nobody was reached; but what was said long after the number was said to somebody."""
    it = script()
    lifted(it, 1)
    live(it, 9, *tone(ToneName.DIAL, 1.2, 3), *keys("01632960123", 3.1), *talk(6, 8))
    live(it, 30, *talk(9, busy - 0.5), *tone(ToneName.BUSY_UK, busy, busy + 8))
    book = it.finish()
    assert bool(book.kept) is kept
    assert len([part for part in book.sound if part not in book.discarded]) == kept


def test_a_dial_tone_in_mid_call_is_told_at_the_break_or_a_margin_before_it() -> None:
    """Within two seconds before it; a break of long ago has nothing to do with it."""
    for broke, expected in [(9.5, 9.5), (7.0, 9.25), (None, 9.25)]:
        it = script(hooked=False)
        live(it, 8, se.RingBurst(at(0.2), at(0.6)), *talk(1, 7), *_broken(7.0 if broke == 7.0 else None))
        live(it, 12, *_broken(broke if broke == 9.5 else None), *tone(ToneName.DIAL_STUTTER, 10, 11.5))
        assert told(it, ev.ToneHeard) == [ev.ToneHeard(at(expected), Tone.DIAL)]


def _broken(second: float | None) -> Sequence[SignalEvent]:
    return [] if second is None else [se.Break(at(second), at(second + 0.1))]


def test_digits_after_a_dial_tone_in_mid_call_are_where_it_goes() -> None:
    """A recall is told where the recording stopped; the digits are told apart from those that were dialled."""
    it = script(hooked=False)
    live(it, 10, se.RingBurst(at(0.2), at(0.6)), *talk(1, 9))
    live(it, 30, *tone(ToneName.DIAL, 10, 12), *keys("332", 12.1), *tone(ToneName.RINGBACK_UK, 14, 17))
    live(it, 60, *talk(31, 50), *keys("55", 40))
    assert told(it, ev.Recalled) == [ev.Recalled(at(9.25))]
    assert (it.numbers.transfer, it.numbers.dialled) == ("332", "")
    assert max(it.finish().kept) < at(9.25)


def test_voice_after_a_dial_tone_of_which_no_digit_was_heard_is_kept_from_nobody_s_recording() -> None:
    """Keys that were not heard may have transferred it: in doubt nothing is kept."""
    it = script()
    live(it, 1, se.RingBurst(at(0.2), at(0.6)))
    lifted(it, 1)
    live(it, 20, *talk(1.4, 9), *tone(ToneName.DIAL, 10, 12), *talk(13, 19))
    book = it.finish()
    assert max(book.kept) < at(9.25)
    assert Reason.TRANSFERRED in book.said.over(at(13), at(19))


def test_after_a_recall_by_hook_without_a_dial_tone_one_speaks_with_who_waited() -> None:
    """At a port that is recorded as another part, answered at the recall."""
    it = script()
    live(it, 1, se.RingBurst(at(0.2), at(0.6)))
    lifted(it, 1)
    live(it, 10, *talk(1.4, 9))
    it.hooked(at(10), lifted=False)
    it.hooked(at(10.1), lifted=True)
    live(it, 20, *talk(11, 19))
    assert told(it, ev.Answered)[-1] == ev.Answered(at(10))
    assert len(it.finish().opens) == 2


@pytest.mark.parametrize("number", ["01632960777", "01632960124"])
def test_a_caller_that_waits_is_told_of_no_call(number: str) -> None:
    """Its number is nobody's; but who turns to an exempt one is recorded no more."""
    it = script()
    live(it, 1, se.CallerId(at(0.2), at(0.6), Standard.V23, "01632960123"))
    lifted(it, 1)
    waiting = se.CallerId(at(9), at(9.5), Standard.V23, number)
    live(it, 12, *talk(1.4, 8), se.ToneBegan(at(8.5), at(8.7), ToneName.CALL_WAITING_UK), waiting)
    it.hooked(at(12), lifted=False)
    it.hooked(at(12.1), lifted=True)
    live(it, 30, *talk(13, 29))
    assert [each.number for each in it.numbers.callers] == ["01632960123"]
    exempt = number == "01632960777"
    assert it.finish().said.over(at(13), at(29)) == {Reason.EXEMPT if exempt else Reason.RECORDED}


@pytest.mark.parametrize(
    ("number", "absent", "expected"),
    [
        ("305", None, CallClass.INTERNAL),
        ("01164960371", None, CallClass.EXTERNAL),
        (None, Absent.WITHHELD, CallClass.EXTERNAL),
        (None, Absent.UNAVAILABLE, CallClass.EXTERNAL),
        ("01632960777", None, CallClass.EXEMPT),
    ],
)
def test_a_caller_id_is_told_once_with_its_class(
    number: str | None, absent: Absent | None, expected: CallClass
) -> None:
    """As such where it is withheld or unavailable; heard on both sides it is one."""
    it = script(Position.EXTENSION)
    for side in (0, 1):
        it.sense.take(side, se.CallerId(at(0.2), at(0.7), Standard.V23, number, absent))
    live(it, 2)
    assert it.numbers.callers == [CallerIdTold(at(0.7), number, absent)]
    assert told(it, ev.Classed) == [ev.Classed(at(0.7), expected)]


@pytest.mark.parametrize(("lift", "stands"), [(40, True), (75, False)])
def test_a_ring_that_cannot_be_heard_is_taken_to_last_a_minute(lift: float, stands: bool) -> None:
    """A tap may block what is below the voice: who called is known all the same when the phone is lifted late."""
    it = script(Position.EXTENSION)
    live(it, lift, se.CallerId(at(0.2), at(0.7), Standard.V23, "01164960371"))
    lifted(it, lift)
    live(it, lift + 20, *talk(lift + 0.5, lift + 19))
    assert it.finish().said.over(at(lift), at(lift + 19)) == {
        Reason.RECORDED if stands else Reason.UNCLASSIFIED
    }


def test_a_caller_id_that_is_keyed_is_no_number_that_is_dialled() -> None:
    """On an idle line, with a hook sensor and without; whoever dials begins with no letter."""
    for hooked in (True, False):
        it = script(hooked=hooked)
        live(it, 3, *_keyed_id("A01632960123C", 0.5))
        assert [each.number for each in it.numbers.callers] == ["01632960123"]
        assert told(it, DialledTold) == told(it, ev.Lifted) == []


def test_the_end_of_a_word_before_a_recall_answers_nothing() -> None:
    """A voice is told for half a second after its last: so no second recording begins and ends at the recall."""
    it = script()
    live(it, 1, se.CallerId(at(0.2), at(0.8), Standard.V23, "01632960123"))
    lifted(it, 2)
    live(it, 10, *talk(2.5, 10))
    it.hooked(at(10), lifted=False)
    it.hooked(at(10.1), lifted=True)
    live(it, 20, *talk(10, 10.48), *tone(ToneName.DIAL_STUTTER, 12, 13), *keys("305", 13.5), *talk(16, 19))
    assert next(each.at for each in told(it, ev.Answered)) == at(2)
    assert all(each.at > at(13.5) for each in told(it, ev.Answered)[1:])


def test_what_is_loud_before_a_caller_id_begins_no_call() -> None:
    """Its alert and its run-in may be taken for voice until it is read; who is called has not answered yet."""
    it = script(hooked=False)
    live(it, 6, *talk(1.5, 2), se.CallerId(at(1.9), at(2.4), Standard.V23, "01632960123"))
    assert told(it, ev.Lifted) == []
    live(it, 12, *talk(7, 11))
    assert [each.at >= at(6) for each in told(it, ev.Lifted)] == [True]


def _keyed_id(digits: str, start: float) -> Sequence[SignalEvent]:
    return [
        se.Digit(at(start + place * 0.14), at(start + place * 0.14 + 0.07), digit)
        for place, digit in enumerate(digits)
    ]


def test_a_caller_id_decoded_just_after_the_lift_is_of_this_call() -> None:
    """It was sent before the exchange noticed; so an exempt caller is never written."""
    it = script()
    lifted(it, 1)
    live(it, 3, se.CallerId(at(0.8), at(1.6), Standard.V23, "01632960777"))
    live(it, 20, *talk(3, 19))
    assert it.finish().kept == set()


@pytest.mark.parametrize("name", [ToneName.BUSY_EU, ToneName.CONGESTION_UK, ToneName.UNOBTAINABLE_UK])
@pytest.mark.parametrize("hooked", [True, False])
def test_tones_end_a_call_where_they_begin_and_voice_beside_them_begins_none(
    name: ToneName, hooked: bool
) -> None:
    """Whoever swears at the busy tone calls nobody."""
    it = script(hooked=hooked)
    live(it, 1, se.RingBurst(at(0.2), at(0.6)))
    if hooked:
        lifted(it, 1)
    began, ended = tone(name, 10, 20)
    live(it, 21, *talk(1.4, 9.5), began, *talk(11.5, 19), ended)
    live(it, 60)
    book = it.finish()
    assert [each.at for each in book.ended] == [at(10)]
    assert len(book.began) == 1
    assert max(book.kept) == at(10) - 1


def test_a_dial_tone_after_the_end_and_digits_are_another_call() -> None:
    """The phone was never put down: the new call is dialled like any other."""
    it = script()
    live(it, 1, se.RingBurst(at(0.2), at(0.6)))
    lifted(it, 1)
    live(it, 20, *talk(1.4, 9.5), *tone(ToneName.UNOBTAINABLE_UK, 10, 14), *tone(ToneName.DIAL, 15, 17))
    live(it, 30, *keys("01632960123", 20.5), *tone(ToneName.RINGBACK_UK, 23.5, 27))
    live(it, 60, *talk(30.3, 59))
    book = it.finish()
    assert len(book.began) == 2
    assert it.numbers.dialled == "01632960123"
    assert set(range(at(30), at(59))) <= book.kept


def test_after_a_restart_in_mid_call_the_sense_goes_on_with_it() -> None:
    """The machine took the call up from its note; a busy tone ends it."""
    it = script(hooked=False)
    it.machine.take(ev.Lifted(0))
    live(it, 20, *talk(1, 9.5), *tone(ToneName.BUSY_UK, 10, 14))
    assert [each.at for each in it.finish().ended] == [at(10)]


names = st.sampled_from(list(ToneName))
digits = st.text("0123456789*#ABCD", min_size=1, max_size=1)


def events(now: int) -> st.SearchStrategy[SignalEvent]:
    """One thing heard that is known at a position."""
    spans = st.integers(1, 4 * RATE).map(lambda length: (max(0, now - length), now))
    return st.one_of(
        spans.map(lambda span: se.Voice(*span)),
        st.builds(lambda span, digit: se.Digit(*span, digit), spans, digits),
        st.builds(
            lambda span, keys, card: se.Blanked(span[0], span[1] + 3 * RATE * card, keys, card),
            spans,
            st.integers(0, 4),
            st.booleans(),
        ),
        st.builds(lambda span, name: se.ToneBegan(*span, name), spans, names),
        st.builds(lambda span, name: se.ToneEnded(*span, name), spans, names),
        st.builds(
            lambda span, number: se.CallerId(
                *span, Standard.V23, number, None if number else Absent.WITHHELD
            ),
            spans,
            st.sampled_from([None, "305", "01632960123", "01632960777"]),
        ),
        spans.map(lambda span: se.RingBurst(*span)),
        spans.map(lambda span: se.Alert(*span)),
        spans.map(lambda span: se.Break(*span)),
        st.just(se.Reversal(now)),
    )


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[int, object]]:
    """Ticks with what is heard and what the hook shows in them, in any order."""
    now, life = 0, []
    for _ in range(draw(st.integers(1, 30))):
        now += TICK * draw(st.sampled_from([1, 1, 2, 4, 8, 40, 130]))
        what = draw(st.one_of(st.lists(events(now), max_size=4), st.booleans()))
        life.append((now, what))
    return life


@given(lives(), st.sampled_from(Position), st.booleans(), st.booleans())
def test_whatever_is_heard_in_whatever_order_the_promises_stand(
    life: list[tuple[int, object]], position: Position, hooked: bool, blank: bool
) -> None:
    """No crash, no order that the book refuses, nothing unbounded, and no digit in any text."""
    it = script(position, hooked=hooked, blank=blank)
    for now, what in life:
        while it.now < now:
            it.listen(it.now + TICK, [])
        if isinstance(what, bool):
            if hooked:
                it.hooked(now, lifted=what)
        elif isinstance(what, list):
            it.listen(now + TICK, [(side % 2, each) for side, each in enumerate(what)])
    live(it, it.now / RATE + 70)
    it.finish()
    assert "960123" not in repr(it.events)
    assert all(each.at >= 0 for each in it.events)
    progress = it.sense._progress
    assert len(progress._voices._heard) <= 64
    assert len(progress._approach._digits) <= 32
    assert len(progress._approach._ring.bursts) <= 4
    assert "960777" not in repr(progress._ways)


@given(st.lists(digits, max_size=300))
def test_a_number_without_end_is_cut_off(pressed: list[str]) -> None:
    """Whoever leans on the keys fills no memory."""
    it = script()
    lifted(it, 1)
    for place, digit in enumerate(pressed):
        it.sense.take(0, se.Digit(at(2) + place * 900, at(2) + place * 900 + 500, digit))
    live(it, 3)
    assert it.numbers.dialled == "".join(pressed)[:64]


def test_no_text_of_a_told_number_shows_it() -> None:
    """Neither of what is told, nor of who tells it."""
    shown = [CallerIdTold(1, "01632960123"), DialledTold(1, "01632960123"), TransferTold(1, "01632960123")]
    assert "960123" not in repr(shown)
    ways = Ways(RATE, True, True, RATE, RATE, Numbering(Position.PORT, exempt=("01632960123",)))
    assert "960123" not in repr(ways)
    assert "960123" not in repr(Sense(ways))
