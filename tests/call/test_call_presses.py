"""A press cuts where it says, to the position; an opt-out stays; a late cut reaches as far as it says."""

from dataclasses import replace

import pytest
from call_play import EXTENSION, HOOKLESS, PORT, Player, at, seconds, spoken

from firmware.call import events as ev
from firmware.call import orders as od
from firmware.call.events import CallClass, Reason
from firmware.call.orders import Part
from firmware.settings.model import OptOut

DISCARD = replace(PORT, opt_out=OptOut.DISCARD)


def in_call(player: Player) -> Player:
    """The phone is lifted at 1 s."""
    player.tell(ev.Lifted(at(1)))
    return player


@pytest.mark.parametrize("look_back", [0, 2, 10])
@pytest.mark.parametrize("tick", [1, 3, 7])
def test_the_last_kept_position_is_the_press_minus_the_look_back(look_back: int, tick: int) -> None:
    """Whatever the ticks, nothing from the look-back before the press is kept, and everything before it is."""
    player = in_call(Player(replace(PORT, look_back=at(look_back)), tick=tick))
    player.tell(ev.PausePressed(at(20)), ev.Resumed(at(30)), ev.Replaced(at(40)))
    player.until(at(60))
    book = player.finish()
    assert book.kept == seconds((1, 20 - look_back), (30, 40))
    assert {book.account[each] for each in seconds((20 - look_back, 30))} == {Reason.PAUSED}


@pytest.mark.parametrize("look_back", [0, 2, 10])
def test_a_press_in_time_never_needs_a_cut(look_back: int) -> None:
    """What the look-back covers was never sealed: nothing has to be taken back."""
    player = in_call(Player(replace(PORT, look_back=at(look_back))))
    player.tell(ev.PausePressed(at(20)), ev.Replaced(at(40)))
    player.until(at(60))
    assert player.book.cuts == []


def test_a_press_taken_late_cuts_what_was_sealed_meanwhile() -> None:
    """A press of 20 s taken at 26 s: what lies behind the frontier is cut, the rest never written."""
    player = in_call(Player(PORT))
    player.until(at(26))
    player.machine.take(ev.PausePressed(at(20)))
    player.until(at(40))
    assert player.book.cuts == [od.Cut(at(18), at(24), Reason.PAUSED)]
    assert player.book.kept == seconds((1, 18))
    assert {player.book.account[each] for each in seconds((18, 38))} == {Reason.PAUSED}


def test_a_press_with_the_first_sample_keeps_nothing() -> None:
    """A call that is paused where it begins makes no recording."""
    player = Player(PORT)
    player.tell(ev.Lifted(0), ev.PausePressed(0), ev.Replaced(at(20)))
    player.until(at(40))
    book = player.finish()
    assert (book.kept, book.opens) == (set(), [])
    assert set(book.account.values()) == {Reason.PAUSED}


def test_a_press_reaches_back_over_an_earlier_pause_but_not_into_the_call_before() -> None:
    """The second pause begins a look-back before its press, over the end of the first; the last call keeps its own."""
    player = in_call(Player(replace(PORT, look_back=at(10))))
    player.tell(ev.PausePressed(at(30)), ev.Resumed(at(40)), ev.PausePressed(at(45)), ev.Resumed(at(50)))
    player.tell(ev.Replaced(at(60)), ev.Lifted(at(61)), ev.PausePressed(at(63)), ev.Replaced(at(70)))
    player.until(at(90))
    assert player.finish().kept == seconds((1, 20), (50, 60))


def test_an_armed_press_withholds_from_the_first_position() -> None:
    """A press long before the call pauses from where the call begins."""
    player = Player(replace(PORT, look_back=0))
    player.tell(ev.Lifted(at(5)))
    player.machine.take(ev.PausePressed(at(1)))
    player.until(at(20))
    player.tell(ev.Resumed(at(20)), ev.Replaced(at(30)))
    player.until(at(40))
    assert player.finish().kept == seconds((20, 30))


def test_a_pause_outlives_every_timer() -> None:
    """On a hookless line three minutes of card reading, silence included, stay paused until resumed."""
    player = Player(HOOKLESS)
    for span in spoken(2, 60):
        player.tell(ev.VoiceHeard(*span))
    player.tell(ev.PausePressed(at(60)))
    for span in spoken(100, 101):
        player.tell(ev.VoiceHeard(*span))
    player.until(at(240))
    assert player.machine.standing.reason is Reason.PAUSED
    player.tell(ev.Resumed(at(240)))
    player.until(at(260))
    player.tell(ev.VoiceHeard(at(260), at(260.5)))
    book = player.finish()
    assert book.kept == seconds((1, 58), (240, 260.5))
    assert [each.call for each in book.began] == [1], "resuming after a long quiet does not end the call"


@pytest.mark.parametrize("pressed", [1, 8, 60])
@pytest.mark.parametrize("choice", [OptOut.STOP, OptOut.DISCARD])
def test_an_opt_out_at_any_time(pressed: int, choice: OptOut) -> None:
    """At second 0, early and later: nothing after the look-back before it, or nothing at all; no press brings it back."""
    player = in_call(Player(replace(PORT, opt_out=choice)))
    player.tell(ev.OptedOut(at(pressed)), ev.Resumed(at(pressed + 5)), ev.PausePressed(at(pressed + 10)))
    player.tell(ev.Resumed(at(pressed + 20)), ev.Recalled(at(pressed + 25)), ev.Replaced(at(pressed + 40)))
    player.tell(ev.Lifted(at(120)), ev.Replaced(at(130)))
    player.until(at(150))
    book = player.finish()
    stopped = seconds((1, pressed - 2)) if choice is OptOut.STOP else set()
    assert book.kept == stopped | seconds((120, 130))
    assert {book.account[each] for each in seconds((max(pressed - 2, 1), pressed + 40))} == {Reason.OPTED_OUT}
    if choice is OptOut.DISCARD:
        assert {book.account[each] for each in seconds((1, pressed + 40))} == {Reason.OPTED_OUT}
    elif stopped:
        closed = book.closes[Part(1, 1)]
        assert (closed.at, closed.why) == (at(pressed - 2), "opted out")


def test_an_opt_out_before_the_answer() -> None:
    """Asked for while it rings at the other end: nothing of the call is ever kept."""
    player = in_call(Player(DISCARD))
    player.tell(ev.Dialling(at(3)), ev.OptedOut(at(8)), ev.Answered(at(12)), ev.Replaced(at(60)))
    player.until(at(80))
    book = player.finish()
    assert (book.kept, book.opens) == (set(), [])


def test_where_no_opt_out_is_offered_it_is_refused_and_said() -> None:
    """The notice offers none: recording goes on, and the refusal is an order of its own."""
    player = in_call(Player(replace(PORT, opt_out=OptOut.NONE)))
    player.tell(ev.OptedOut(at(10)), ev.Replaced(at(20)))
    player.until(at(40))
    assert player.book.refused == [od.Refused(at(10))]
    assert player.finish().kept == seconds((1, 20))


def test_a_discard_takes_every_part_of_its_call_and_none_of_the_last() -> None:
    """A recall minutes ago does not save a part from the discard; the call before is nobody's business."""
    player = in_call(Player(DISCARD))
    player.tell(ev.Replaced(at(20)), ev.Lifted(at(21)), ev.Recalled(at(100)), ev.OptedOut(at(400)))
    player.tell(ev.Replaced(at(410)))
    player.until(at(420))
    book = player.finish()
    assert book.kept == seconds((1, 20))
    assert len(book.discarded) == 2
    assert {book.account[each] for each in seconds((21, 410))} == {Reason.OPTED_OUT}


def test_a_recording_of_the_last_call_survives_a_discard_right_after_it() -> None:
    """A call opted out of within the hold after another leaves that one's recording alone."""
    player = in_call(Player(DISCARD))
    player.tell(ev.Replaced(at(20)), ev.Lifted(at(20.5)), ev.OptedOut(at(21)), ev.Replaced(at(30)))
    player.until(at(40))
    book = player.finish()
    assert book.kept == seconds((1, 20))


def test_a_part_rolled_over_to_make_room_is_finished_soon() -> None:
    """A full live log waits for nobody: such a part is settled though a discard may come."""
    player = in_call(Player(DISCARD))
    player.until(at(60))
    player.book.take(player.machine.roll_over("live log filling"), player.now)
    player.until(at(120))
    assert player.book.settled == [Part(1, 1)]
    player.tell(ev.OptedOut(at(120)), ev.Replaced(at(130)))
    player.until(at(140))
    book = player.finish()
    assert book.kept == seconds((1, 58))
    assert {each for each, reason in book.account.items() if reason is Reason.RECORDED} == book.kept


@pytest.mark.parametrize("hung_up", [None, 60.5, 61.9])
def test_a_late_cut_reaches_thirty_seconds_back_from_the_press(hung_up: float | None) -> None:
    """Also when the phone was put down while the button was held."""
    player = in_call(Player(PORT))
    player.tell(ev.PausePressed(at(60)))
    if hung_up:
        player.tell(ev.Replaced(at(hung_up)))
    player.tell(ev.CutLate(at(62)))
    player.until(at(70))
    if not hung_up:
        player.tell(ev.Replaced(at(70)))
    player.until(at(90))
    book = player.finish()
    assert book.kept == seconds((1, 30))
    assert {book.account[each] for each in seconds((30, 58))} == {Reason.LATE_CUT}


def test_a_late_cut_reaches_over_a_recall_that_a_hang_up_follows() -> None:
    """A part closed by a recall is not settled by the hang-up while a finger may still be down."""
    player = in_call(Player(PORT))
    player.tell(ev.Recalled(at(50)), ev.PausePressed(at(60)), ev.Replaced(at(60.5)), ev.CutLate(at(62)))
    player.until(at(80))
    book = player.finish()
    assert book.kept == seconds((1, 30))


def test_a_late_cut_reaches_a_part_that_ended_just_in_reach() -> None:
    """A recall half a second inside the thirty: its part is not settled before such a press could come."""
    player = in_call(Player(PORT))
    player.tell(ev.Recalled(at(50)), ev.PausePressed(at(79.5)), ev.CutLate(at(81.5)), ev.Replaced(at(90)))
    player.until(at(110))
    assert player.finish().kept == seconds((1, 49.5))


def test_a_late_cut_counts_from_the_press_that_began_the_pause() -> None:
    """Another desk's press on a paused line changes nothing of that."""
    player = in_call(Player(PORT))
    player.tell(ev.PausePressed(at(60)), ev.PausePressed(at(70)), ev.CutLate(at(72)), ev.Replaced(at(80)))
    player.until(at(100))
    assert player.finish().kept == seconds((1, 30))


@pytest.mark.parametrize("paused", [False, True])
def test_a_recording_is_finished_three_seconds_after_hang_up(paused: bool) -> None:
    """As long as a finger may be down, and no longer, paused or not."""
    player = in_call(Player(PORT))
    if paused:
        player.tell(ev.PausePressed(at(60)))
    player.tell(ev.Replaced(at(70)))
    player.until(at(72.9))
    assert player.book.settled == []
    player.until(at(73))
    assert player.book.settled == [Part(1, 1)]
    player.tell(ev.CutLate(at(73)))
    player.until(at(80))
    assert player.finish().kept == seconds((1, 58 if paused else 70))


def test_a_late_cut_after_hang_up_reaches_what_was_not_written_yet() -> None:
    """With a long pre-roll the last seconds before the press still wait in memory when the call is over."""
    player = Player(replace(HOOKLESS, look_back=0, pre_roll=at(4)))
    for span in spoken(5, 60):
        player.tell(ev.VoiceHeard(*span))
    player.tell(ev.PausePressed(at(60)), ev.ToneHeard(at(60.5), ev.Tone.BUSY), ev.CutLate(at(62)))
    player.until(at(80))
    assert player.finish().kept == seconds((1, 30))


def test_a_late_cut_twice_and_after_a_late_press_is_accounted_for_once() -> None:
    """What was cut is not cut again: the book refuses a second account of the same position."""
    player = in_call(Player(PORT))
    player.until(at(66))
    player.machine.take(ev.PausePressed(at(60)))
    player.machine.take(ev.CutLate(at(66)))
    player.until(at(70))
    player.machine.take(ev.CutLate(at(70)))
    player.until(at(75))
    assert player.finish().kept == seconds((1, 30))


def test_a_late_cut_stops_at_the_beginning_of_its_call() -> None:
    """Ten seconds into a call it takes ten seconds, and nothing of the call before."""
    player = in_call(Player(PORT))
    player.tell(ev.Replaced(at(20)), ev.Lifted(at(22)), ev.PausePressed(at(30)), ev.CutLate(at(32)))
    player.tell(ev.Replaced(at(40)))
    player.until(at(60))
    assert player.finish().kept == seconds((1, 20))


def test_there_is_no_late_cut_without_a_pause() -> None:
    """Resumed, or never paused: nothing is cut."""
    player = in_call(Player(PORT))
    player.tell(ev.CutLate(at(10)), ev.PausePressed(at(20)), ev.Resumed(at(30)), ev.CutLate(at(32)))
    player.tell(ev.Replaced(at(40)), ev.Lifted(at(41)), ev.CutLate(at(42)), ev.Replaced(at(50)))
    player.until(at(70))
    assert player.finish().kept == seconds((1, 18), (30, 40), (41, 50))
    another = in_call(Player(PORT))
    another.tell(ev.PausePressed(at(20)), ev.Replaced(at(30)), ev.Lifted(at(31)), ev.CutLate(at(40)))
    another.tell(ev.Replaced(at(50)))
    another.until(at(70))
    assert another.finish().kept == seconds((1, 18), (31, 50))


def test_the_pause_opt_out_and_doubt_pass_through_a_recall() -> None:
    """What follows a recall inherits all three."""
    player = in_call(Player(PORT))
    player.tell(ev.PausePressed(at(10)), ev.Recalled(at(20)))
    player.until(at(25))
    assert player.machine.standing.reason is Reason.PAUSED
    player.tell(ev.OptedOut(at(30)), ev.Recalled(at(40)))
    player.until(at(45))
    assert player.machine.standing.reason is Reason.OPTED_OUT
    doubtful = Player(PORT)
    doubtful.machine.recover(None, lifted=True)
    doubtful.tell(ev.Recalled(at(10)))
    doubtful.until(at(15))
    assert doubtful.machine.standing.reason is Reason.LOST_RESTARTED


def test_a_lost_button_withholds_until_the_last_one_is_back() -> None:
    """From the look-back before the loss, sealed or not, and over the end of a call."""
    player = in_call(Player(PORT))
    player.until(at(26))
    player.machine.take(ev.ButtonGone(at(20), "front"))
    player.tell(ev.ButtonGone(at(30), "back"), ev.ButtonBack(at(40), "front"), ev.Replaced(at(50)))
    player.tell(ev.Lifted(at(60)), ev.ButtonBack(at(70), "back"), ev.Replaced(at(80)))
    player.until(at(100))
    book = player.finish()
    assert book.kept == seconds((1, 18), (70, 80))
    assert {book.account[each] for each in seconds((18, 50))} == {Reason.BUTTON_LOST}


def test_a_wish_is_never_called_a_loss() -> None:
    """Paused while the disk is behind, samples are missing and the button is lost: it is paused."""
    player = in_call(Player(EXTENSION))
    player.tell(ev.Classed(at(1), CallClass.EXTERNAL), ev.PausePressed(at(10)), ev.DiskBehind(at(12)))
    player.tell(ev.ButtonGone(at(13), "front"), ev.Missing(at(14), at(15)), ev.Replaced(at(20)))
    player.until(at(40))
    assert {player.book.account[each] for each in seconds((13, 20))} == {Reason.PAUSED}
