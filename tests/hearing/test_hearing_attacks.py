"""What somebody may try, or what may happen, to get a secret key or an exempt call past the sense of a line."""

from line_play import Script
from test_hearing_sense import at, keys, lifted, live, script, talk, told, tone

from firmware.call import events as ev
from firmware.call.events import CallClass, Reason
from firmware.hearing.told import DialledTold, TransferTold
from firmware.signal import events as se
from firmware.signal.events import Standard, ToneName

CARD = "4929123456789012"
EXEMPT = "01632960777"


def test_keys_after_the_ringing_tone_are_no_number_though_nobody_spoke() -> None:
    """A payment line that answers without a word gets a card: not a digit of it is told."""
    it = script()
    lifted(it, 1)
    live(it, 12, *tone(ToneName.DIAL, 1.2, 3), *keys("01632960123", 3.1), *tone(ToneName.RINGBACK_UK, 7, 11))
    live(it, 30, *keys(CARD, 14))
    live(it, 60, *talk(31, 59))
    assert it.numbers.dialled == "01632960123"
    assert told(it, TransferTold) == []
    assert len(told(it, DialledTold)) == 11


def test_keys_after_the_ringing_tone_of_a_transfer_are_no_number_either() -> None:
    """Who is transferred to a payment line keys a card there."""
    it = script(hooked=False)
    live(it, 10, se.RingBurst(at(0.2), at(0.6)), *talk(1, 9))
    live(it, 30, *tone(ToneName.DIAL, 10, 12), *keys("332", 12.1), *tone(ToneName.RINGBACK_UK, 14, 17))
    live(it, 60, *keys(CARD, 33))
    assert it.numbers.transfer == "332"


def test_who_hears_a_dial_tone_again_dials_anew() -> None:
    """A wrong beginning, the exchange's dial tone again, then an exempt number: exempt, and no other number is told."""
    for hooked in (True, False):
        it = script(hooked=hooked)
        if hooked:
            lifted(it, 1)
        live(it, 6, *tone(ToneName.DIAL, 1.2, 3), *keys("01632", 3.1))
        live(it, 12, *tone(ToneName.DIAL, 7, 8.5), *keys(EXEMPT, 8.6))
        live(it, 40, *tone(ToneName.RINGBACK_UK, 13, 17), *talk(18, 39))
        assert it.numbers.dialled == EXEMPT
        book = it.finish()
        assert not book.kept
        assert Reason.EXEMPT in book.said.over(at(20), at(39))


def test_the_dial_tone_behind_the_access_digit_begins_no_other_number() -> None:
    """What leads out of the office is part of the number, though a second dial tone follows it."""
    it = script()
    lifted(it, 1)
    live(it, 6, *tone(ToneName.DIAL, 1.2, 3), *keys("9", 3.1))
    live(it, 12, *tone(ToneName.DIAL, 4, 5.5), *keys("123", 5.6))
    assert it.numbers.dialled == "9123"


def test_who_turns_to_an_exempt_caller_without_a_dial_tone_is_recorded_no_more() -> None:
    """Without a hook sensor a moment's break is all that tells that the call that waits was taken."""
    it = script(hooked=False)
    live(it, 10, se.RingBurst(at(0.2), at(0.6)), *talk(1, 9.5))
    live(it, 20, se.CallerId(at(12), at(12.5), Standard.V23, EXEMPT), *talk(13, 14), *_broken(15))
    live(it, 60, *talk(16, 59))
    assert ev.Classed(at(15), CallClass.EXEMPT) in told(it, ev.Classed)
    book = it.finish()
    assert book.kept
    assert max(book.kept) < at(15)


def _broken(second: float) -> list[se.SignalEvent]:
    return [se.Break(at(second), at(second + 0.1))]


def test_a_key_is_forgotten_soon_after_it_was_pressed() -> None:
    """Nothing of the sense holds a digit ten seconds after it was keyed in a call."""
    it = script()
    live(it, 1, se.RingBurst(at(0.2), at(0.6)))
    lifted(it, 1)
    live(it, 10, *talk(1.5, 9))
    live(it, 25, *keys("7", 10), *talk(11, 24))
    assert it.sense._progress._once._last is None


def test_an_exempt_number_that_was_dialled_after_a_recall_is_never_recorded() -> None:
    """Not when one turns back and forth either: who knows who is in the conversation then."""
    it = script()
    live(it, 1, se.RingBurst(at(0.2), at(0.6)))
    lifted(it, 1)
    live(it, 10, *talk(1.4, 9))
    _recall(it, 10)
    live(it, 30, *tone(ToneName.DIAL, 10.3, 12), *keys(EXEMPT, 12.1), *talk(18, 29))
    for second in (30, 40, 50):
        _recall(it, second)
        live(it, second + 10, *talk(second + 1, second + 9))
    book = it.finish()
    assert max(book.kept) < at(10.1)


def _recall(it: Script, second: float) -> None:
    it.hooked(at(second), lifted=False)
    it.hooked(at(second + 0.1), lifted=True)
