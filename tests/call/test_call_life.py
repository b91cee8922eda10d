"""A call is told, dialled, classed, recalled, rolled over, and ends; a restart forgets nothing."""

from dataclasses import replace

import pytest
from call_play import EXTENSION, HOOKLESS, PORT, Book, Player, at, seconds, spoken

from firmware.call import events as ev
from firmware.call.events import CallClass, Reason, Tone
from firmware.call.rules import LineRules, Note
from firmware.settings.model import OptOut, Position, Unclassified

RECORDS = replace(EXTENSION, unclassified=Unclassified.RECORD)
NEVER = [CallClass.INTERNAL, CallClass.EXEMPT]


def reasons(book: Book, *spans: tuple[float, float]) -> set[Reason]:
    """What the book says of these seconds."""
    return {book.account[each] for each in seconds(*spans)}


def over(player: Player, second: float) -> Book:
    """The phone is put down, and the recorder stops some time later."""
    player.tell(ev.Replaced(at(second)))
    player.until(at(second + 20))
    return player.finish()


def test_nothing_is_kept_on_hook_whatever_is_heard() -> None:
    """Voice, rings, presses and tones on a phone that nobody lifted: not one order."""
    player = Player(PORT)
    player.tell(ev.VoiceHeard(at(1), at(1.5)), ev.Rang(at(2)), ev.PausePressed(at(3)), ev.OptedOut(at(4)))
    player.tell(ev.Recalled(at(5)), ev.ToneHeard(at(6), Tone.BUSY), ev.Answered(at(7)), ev.Dialling(at(8)))
    player.until(at(60))
    assert player.finish() == Book()


def test_a_voice_of_the_call_that_ended_begins_no_other() -> None:
    """A hearing that comes after the busy tone of the same moment leaves no ghost of a call."""
    player = Player(HOOKLESS)
    for span in spoken(2, 20):
        player.tell(ev.VoiceHeard(*span))
    player.tell(ev.ToneHeard(at(20), Tone.BUSY), ev.VoiceHeard(at(19.5), at(20)))
    player.until(at(60))
    assert len(player.book.began) == 1


def test_without_armed_everything_is_lost_and_said() -> None:
    """Before a recipient is proved nothing is kept; from then on it is."""
    player = Player(PORT, armed=False)
    player.tell(ev.Lifted(at(1)), ev.Armed(at(10)))
    book = over(player, 20)
    assert (book.kept, reasons(book, (1, 10))) == (seconds((10, 20)), {Reason.LOST_NOT_ARMED})


@pytest.mark.parametrize("unclassified", list(Unclassified))
def test_an_undecided_call_waits_at_most_a_minute(unclassified: Unclassified) -> None:
    """While it rings at the other end nothing is ordered; after 60 s it is unclassified."""
    player = Player(replace(EXTENSION, unclassified=unclassified))
    player.tell(ev.Lifted(at(1)), ev.ToneHeard(at(2), Tone.DIAL), ev.Dialling(at(5)))
    player.until(at(60.9))
    assert (player.machine.standing.undecided, player.machine.oldest) == (True, at(1))
    player.until(at(61))
    assert not player.machine.standing.undecided
    player.tell(ev.Answered(at(62)))
    book = over(player, 70)
    assert book.kept == (seconds((62, 70)) if unclassified is Unclassified.RECORD else set())
    assert reasons(book, (1, 62)) == {Reason.NOT_ANSWERED}


def test_ringing_is_never_kept_however_long_it_rings() -> None:
    """Two minutes of ringing are not answered; without a word it counts as answered a minute after the last."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)), ev.Dialling(at(4)))
    player.tell(*(ev.ToneHeard(at(second), Tone.RINGING) for second in range(6, 121, 3)))
    player.until(at(190))
    book = over(player, 200)
    assert book.kept == seconds((120 - 120 % 3 + 60, 200))
    assert reasons(book, (1, 179)) == {Reason.NOT_ANSWERED}


def test_dialling_told_late_takes_back_what_was_sealed() -> None:
    """A port call counts as answered until the first digit is told: that much is cut."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)), ev.Dialling(at(9)), ev.Answered(at(20)), ev.Dialling(at(25)))
    book = over(player, 30)
    assert book.kept == seconds((20, 30))
    assert [(each.at, each.reason) for each in book.cuts] == [(at(1), Reason.NOT_ANSWERED)]


@pytest.mark.parametrize("call_class", NEVER)
@pytest.mark.parametrize("told", [0.5, 1, 1.5, 40])
def test_what_is_never_recorded_leaves_nothing(call_class: CallClass, told: float) -> None:
    """Told before, during the ring, at the lift or long after the answer: not one position stays."""
    player = Player(RECORDS)
    events = sorted([ev.Lifted(at(1)), ev.Classed(at(told), call_class)], key=lambda each: each.at)
    player.tell(*events)
    book = over(player, 60)
    assert (book.kept, reasons(book, (1, 60))) == (set(), {Reason(call_class)})
    assert len(book.opens) == len(book.discarded)


@pytest.mark.parametrize("call_class", NEVER)
def test_told_never_to_be_recorded_long_after_an_opt_out(call_class: CallClass) -> None:
    """What the opt-out had closed is not finished before the call is over: it goes, too."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)), ev.OptedOut(at(20)), ev.Classed(at(300), call_class))
    book = over(player, 310)
    assert (book.kept, len(book.discarded)) == (set(), 1)


def test_an_exempt_call_is_made_no_other_class_by_its_ring() -> None:
    """Exempt by its number, external by its cadence: it stays exempt, also once it is answered."""
    player = Player(EXTENSION)
    player.tell(ev.Classed(at(1), CallClass.EXEMPT), ev.Classed(at(2), CallClass.EXTERNAL), ev.Rang(at(3)))
    player.tell(ev.Lifted(at(4)), ev.Classed(at(6), CallClass.EXTERNAL))
    assert over(player, 30).kept == set()


def test_what_was_told_of_an_old_ring_is_forgotten() -> None:
    """A caller id of a minute ago says nothing of this ring, nor of a call that is dialled."""
    player = Player(EXTENSION)
    player.tell(ev.Classed(at(1), CallClass.EXTERNAL), ev.Rang(at(60)), ev.Lifted(at(62)))
    assert over(player, 80).kept == set()
    dialled = Player(EXTENSION)
    dialled.tell(ev.Classed(at(1), CallClass.EXTERNAL), ev.Rang(at(3)), ev.Lifted(at(10)))
    dialled.tell(ev.Dialling(at(14)))
    assert dialled.machine.note().call_class is CallClass.UNDECIDED
    dialled.tell(ev.Answered(at(20)))
    assert over(dialled, 40).kept == set()


def test_a_ring_keeps_what_was_told_of_it_alive() -> None:
    """Rung for a minute, told once: it stands while the rings go on."""
    player = Player(EXTENSION)
    player.tell(ev.Classed(at(1), CallClass.EXTERNAL), *(ev.Rang(at(each)) for each in range(3, 60, 3)))
    player.tell(ev.Lifted(at(62)))
    assert over(player, 80).kept == seconds((62, 80))


@pytest.mark.parametrize(("lifted", "stands"), [(13, True), (13.1, False)])
def test_what_is_told_stands_for_twelve_seconds(lifted: float, stands: bool) -> None:
    """Without another ring."""
    player = Player(EXTENSION)
    player.tell(ev.Classed(at(1), CallClass.EXTERNAL), ev.Lifted(at(lifted)))
    assert over(player, 40).kept == (seconds((lifted, 40)) if stands else set())


def test_undecided_is_not_a_class_that_can_be_told() -> None:
    """It neither decides a call nor ends a transfer."""
    player = Player(EXTENSION)
    player.tell(ev.Lifted(at(1)), ev.Classed(at(1.5), CallClass.UNDECIDED))
    assert over(player, 20).kept == set()
    moved = Player(EXTENSION)
    moved.tell(ev.Lifted(at(1)), ev.Classed(at(1), CallClass.EXTERNAL), ev.Recalled(at(10)))
    moved.tell(ev.Classed(at(12), CallClass.UNDECIDED))
    assert over(moved, 20).kept == seconds((1, 10))


def test_a_transfer_keeps_the_part_before_it_and_withholds_until_classed() -> None:
    """At an extension what follows a recall is `transferred` until told; the part before is a recording of its own."""
    player = Player(EXTENSION)
    player.tell(ev.Lifted(at(1)), ev.Classed(at(1), CallClass.EXTERNAL), ev.Recalled(at(20)))
    player.tell(ev.Classed(at(30), CallClass.EXTERNAL))
    book = over(player, 50)
    assert book.kept == seconds((1, 20), (30, 50))
    assert reasons(book, (20, 30)) == {Reason.TRANSFERRED}
    assert [(each.at, book.closes[each.part].why) for each in book.opens] == [
        (at(1), "recall"),
        (at(30), "on hook"),
    ]


def test_what_is_told_after_a_recall_says_nothing_of_the_time_before() -> None:
    """The party after the recall is internal: the caller's part stays; a class told then decides no earlier part."""
    player = Player(EXTENSION)
    player.tell(ev.Lifted(at(1)), ev.Classed(at(1), CallClass.EXTERNAL), ev.Recalled(at(20)))
    player.tell(ev.Classed(at(30), CallClass.EXTERNAL), ev.Classed(at(40), CallClass.INTERNAL))
    assert over(player, 50).kept == seconds((1, 20))
    unknown = Player(EXTENSION)
    unknown.tell(ev.Lifted(at(1)), ev.Recalled(at(2)), ev.Classed(at(10), CallClass.EXTERNAL))
    unknown.tell(ev.Classed(at(12), CallClass.EXTERNAL))
    assert over(unknown, 30).kept == seconds((10, 30))
    waiting = Player(replace(EXTENSION, look_back=at(10)))
    waiting.tell(ev.Lifted(at(1)), ev.Recalled(at(5)), ev.Classed(at(8), CallClass.EXTERNAL))
    assert over(waiting, 30).kept == seconds((8, 30))


def test_dialling_after_a_recall_takes_nothing_from_the_caller() -> None:
    """At a port a consultation is dialled and answered: that is not kept, what came before is; its tones end nothing.

    The next recall leads back to the caller.
    """
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)), ev.Recalled(at(20)), ev.ToneHeard(at(21), Tone.DIAL), ev.Dialling(at(25)))
    player.tell(ev.Answered(at(40)), ev.ToneHeard(at(50), Tone.BUSY), ev.Recalled(at(55)))
    book = over(player, 60)
    assert book.kept == seconds((1, 20), (55, 60))
    assert reasons(book, (25, 55)) == {Reason.TRANSFERRED}
    answered = Player(PORT)
    answered.tell(
        ev.Lifted(at(1)), ev.Answered(at(2)), ev.Recalled(at(200)), ev.ToneHeard(at(201), Tone.DIAL)
    )
    answered.tell(ev.Answered(at(210)))
    assert over(answered, 220).kept == seconds((1, 200), (210, 220))


def test_a_part_is_never_opened_twice() -> None:
    """Internal, discarded, and then external after all: what follows is another part."""
    player = Player(PORT)
    player.tell(
        ev.Lifted(at(1)), ev.Classed(at(10), CallClass.INTERNAL), ev.Classed(at(20), CallClass.EXTERNAL)
    )
    book = over(player, 30)
    assert book.kept == seconds((20, 30))
    assert len({each.part for each in book.opens}) == len(book.opens) == 2


def test_two_hours_roll_over_without_a_seam() -> None:
    """The next recording begins with the sample after the last one, in the same call; paused or not."""
    player = Player(PORT, tick=7)
    player.tell(ev.Lifted(at(1)))
    for hour in range(9):
        player.tell(ev.VoiceHeard(at(500 * (hour + 1)) - 5, at(500 * (hour + 1))))
    for second in range(5000, 15000, 500):
        player.tell(ev.VoiceHeard(at(second) - 5, at(second)))
    player.tell(ev.PausePressed(at(14500)))
    book = over(player, 14600)
    first, second, third = book.opens
    assert (first.part.call, first.continues) == (second.part.call, not second.continues) == (1, False)
    assert book.closes[first.part].at == second.at == at(1 + 7200)
    assert book.closes[second.part].at == third.at == at(1 + 14400)
    assert [book.closes[each.part].why for each in book.opens] == ["two hours", "two hours", "on hook"]
    assert book.kept == seconds((1, 14498))


def test_a_call_of_exactly_two_hours_is_one_recording() -> None:
    """Nothing is left for another."""
    player = Player(PORT, tick=5)
    player.tell(ev.Lifted(0), *(ev.VoiceHeard(at(each) - 5, at(each)) for each in range(500, 7200, 500)))
    assert len(over(player, 7200).opens) == 1


@pytest.mark.parametrize("unclassified", list(Unclassified))
def test_a_call_that_ends_undecided_is_unclassified(unclassified: Unclassified) -> None:
    """Put down before anything was told: it is what the office decided for such calls."""
    player = Player(replace(EXTENSION, look_back=at(10), unclassified=unclassified))
    player.tell(ev.Lifted(at(1)))
    book = over(player, 5)
    assert book.kept == (seconds((1, 5)) if unclassified is Unclassified.RECORD else set())
    stopped = Player(replace(EXTENSION, look_back=at(10), unclassified=unclassified))
    stopped.tell(ev.Lifted(at(1)))
    stopped.until(at(5))
    assert stopped.finish().kept == book.kept


def test_a_hook_told_late_loses_and_doubles_nothing() -> None:
    """Put down at 20 s, told at 30 s: what was ordered stays, the call ends where nothing was ordered yet."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)))
    player.until(at(30))
    player.machine.take(ev.Replaced(at(20)))
    player.until(at(40))
    book = player.finish()
    assert book.kept == seconds((1, 28))
    assert book.account.keys() == book.kept
    assert [each.at for each in book.ended] == [at(28)]
    early = Player(PORT)
    early.tell(ev.Lifted(at(1)))
    early.machine.take(ev.Replaced(at(0.5)))
    assert over(early, 20).kept == set()


@pytest.mark.parametrize("rules", [PORT, HOOKLESS])
@pytest.mark.parametrize("press", [None, ev.PausePressed, ev.OptedOut])
def test_ten_minutes_without_voice_end_a_call(rules: object, press: type[ev.PausePressed] | None) -> None:
    """Ended where the ten minutes are over; a hooked line needs a new hook, whatever is said in the room.

    Without a hook it was over after half a minute already, and ends soon after its last voice.
    """
    player = Player(rules, tick=7)  # type: ignore[arg-type]
    player.tell(ev.Lifted(at(1))) if rules is PORT else None
    player.tell(ev.VoiceHeard(at(2), at(4.5)))
    if press:
        player.tell(press(at(10)))
    player.until(at(620))
    expected = at(604.5) if press or rules is PORT else at(6.5)
    assert [each.at for each in player.book.ended] == [expected]
    kept = set(player.book.kept)
    if rules is PORT:
        player.tell(ev.VoiceHeard(at(620), at(620.5)))
        player.until(at(640))
        assert player.book.kept == kept
        assert reasons(player.book, (610, 637)) == {Reason.NO_CALL}


def test_what_nobody_heard_is_no_quiet() -> None:
    """A card that is gone for eleven minutes ends no pause: the call is still paused when it is back."""
    player = Player(HOOKLESS)
    player.tell(ev.VoiceHeard(at(2), at(2.5)), ev.PausePressed(at(10)))
    player.tell(*(ev.Missing(at(second), at(second + 1)) for second in range(20, 700)))
    player.until(at(705))
    assert player.machine.standing.reason is Reason.PAUSED
    assert player.book.ended == []
    silent = Player(PORT)
    silent.tell(ev.Lifted(at(610)), *(ev.Missing(at(each), at(each + 1)) for each in range(620, 1300)))
    silent.until(at(1305))
    assert silent.book.ended == []


def test_a_voice_told_late_does_not_bridge_the_silence_before_it() -> None:
    """Two voices 43 s apart told in one tick are two calls all the same."""
    player = Player(HOOKLESS)
    player.machine.take(ev.VoiceHeard(at(5), at(7.5)))
    player.machine.take(ev.VoiceHeard(at(50), at(50.5)))
    player.book.take(player.machine.advance(at(60)), at(58))
    assert [each.at for each in player.book.ended] == [at(9.5)]
    assert [each.at for each in player.book.began] == [at(4), at(49)]


def test_thirty_seconds_of_silence_end_a_hookless_call_soon_after_its_last_voice() -> None:
    """Whatever the tick; another voice is another call, from its pre-roll on."""
    player = Player(HOOKLESS, tick=3)
    player.tell(*(ev.VoiceHeard(*span) for span in spoken(5, 7.5)))
    player.until(at(60))
    player.tell(*(ev.VoiceHeard(*span) for span in spoken(100, 102.5)))
    player.until(at(140))
    book = player.finish()
    assert [(each.at, each.why) for each in book.ended] == [(at(9.5), "silence"), (at(104.5), "silence")]
    assert book.kept == seconds((4, 9.5), (99, 104.5))
    assert len(book.closes) == 2


def test_nothing_is_sealed_of_a_silence_before_it_is_known_that_the_call_goes_on() -> None:
    """Twelve seconds of hold lie in memory, and are kept whole once somebody speaks again."""
    player = Player(HOOKLESS)
    player.tell(*(ev.VoiceHeard(*span) for span in spoken(5, 10)))
    player.until(at(22))
    assert player.machine.oldest == at(12)
    player.tell(*(ev.VoiceHeard(*span) for span in spoken(22, 25)))
    player.until(at(60))
    assert player.finish().kept == seconds((4, 27))


def test_what_is_withheld_does_not_wait_in_memory_for_the_end_of_a_silence() -> None:
    """A paused silence is decided a look-back after it was heard, like any other."""
    player = Player(HOOKLESS)
    player.tell(*(ev.VoiceHeard(*span) for span in spoken(5, 10)), ev.PausePressed(at(10)))
    player.until(at(30))
    assert player.machine.oldest == at(28)


@pytest.mark.parametrize("press", [None, ev.PausePressed])
def test_a_word_is_no_conversation_where_no_hook_tells_of_a_call(
    press: type[ev.PausePressed] | None,
) -> None:
    """Less than two seconds of voice leave no recording; a press says that it is a call."""
    player = Player(HOOKLESS)
    player.tell(*(ev.VoiceHeard(*span) for span in spoken(5, 6.5)))
    player.until(at(7.5))
    assert player.machine.oldest == at(4)
    if press:
        player.tell(press(at(8)))
    player.until(at(60))
    book = player.finish()
    assert book.kept == (seconds((4, 6)) if press else set())
    assert len(book.opens) == (1 if press else 0)
    assert Reason.NOT_ANSWERED in reasons(book, (4, 8)) or press


def test_digits_are_signs_of_life() -> None:
    """Who keys numbers at a menu for a minute has not hung up."""
    player = Player(HOOKLESS)
    player.tell(*(ev.VoiceHeard(*span) for span in spoken(5, 10)))
    player.tell(*(ev.Keyed(at(each), at(each) + 2, 1, card=False) for each in range(20, 80, 20)))
    player.until(at(85))
    assert player.machine.standing.in_call
    assert player.finish().kept == seconds((4, 85)) - {
        each for start in (20, 40, 60) for each in range(at(start), at(start) + 2)
    }


@pytest.mark.parametrize("tone", [Tone.BUSY, Tone.UNOBTAINABLE])
def test_a_tone_ends_a_call_that_was_answered(tone: Tone) -> None:
    """What the phone hears after it, still off hook, is no call."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)), ev.Answered(at(2)), ev.ToneHeard(at(10), Tone.RINGING))
    player.tell(ev.ToneHeard(at(20), tone))
    book = over(player, 40)
    assert book.kept == seconds((1, 20))
    assert (reasons(book, (20, 40)), [each.why for each in book.ended]) == (
        {Reason.NO_CALL},
        [f"{tone} tone"],
    )


@pytest.mark.parametrize("rules", [PORT, EXTENSION])
def test_a_dial_tone_in_mid_call_waits_for_digits(rules: LineRules) -> None:
    """With digits it was a transfer, though no hook showed a recall; without, ten seconds later it was the end."""
    told = [ev.Lifted(at(1)), ev.Classed(at(1), CallClass.EXTERNAL), ev.Answered(at(2))]
    ended = Player(rules)
    ended.tell(*told, ev.ToneHeard(at(20), Tone.DIAL))
    book = over(ended, 40)
    assert (book.kept, reasons(book, (20, 30))) == (seconds((1, 20)), {Reason.NOT_ANSWERED})
    assert [(each.at, each.why) for each in book.ended] == [(at(30), "dial tone")]
    moved = Player(rules)
    moved.tell(*told, ev.ToneHeard(at(20), Tone.DIAL), ev.Dialling(at(21)), ev.Answered(at(26)))
    book = over(moved, 40)
    assert (book.kept, reasons(book, (20, 40))) == (seconds((1, 20)), {Reason.TRANSFERRED})
    assert [each.at for each in book.ended] == [at(40)]


def test_a_word_between_two_rings_was_no_answer() -> None:
    """What was said in the room while it rang is taken back when it rings on."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)), ev.Dialling(at(3)), ev.ToneHeard(at(6), Tone.RINGING), ev.Answered(at(7)))
    player.tell(ev.ToneHeard(at(12), Tone.RINGING), ev.Answered(at(20)), ev.ToneHeard(at(27), Tone.RINGING))
    book = over(player, 40)
    assert (book.kept, reasons(book, (1, 20))) == (seconds((20, 40)), {Reason.NOT_ANSWERED})


def test_an_incoming_call_put_down_for_a_moment_is_the_same_call() -> None:
    """Another recording of it, paused as before; at an extension withheld, for it may be another party."""
    for rules, expected in [(PORT, seconds((5, 10), (31, 40))), (EXTENSION, seconds((5, 10)))]:
        player = Player(replace(rules, same_call=at(2)))
        player.tell(ev.Classed(at(1), CallClass.EXTERNAL), ev.Rang(at(3)), ev.Lifted(at(5)))
        player.tell(ev.PausePressed(at(12)), ev.Replaced(at(20)), ev.Lifted(at(21.5)), ev.Resumed(at(31)))
        book = over(player, 40)
        assert book.kept == expected
        assert [each.continues for each in book.began] == [None, 1]
        assert reasons(book, (22, 30)) == {Reason.PAUSED}


@pytest.mark.parametrize(
    ("rung", "down", "dialled"), [(False, 1.5, False), (True, 2.5, False), (True, 1.5, True)]
)
def test_every_other_call_is_a_new_one(rung: bool, down: float, dialled: bool) -> None:
    """Not rung for, down for longer, or dialled after it: neither its pause nor its id is carried over."""
    player = Player(replace(PORT, same_call=at(2)))
    player.tell(*([ev.Rang(at(3))] if rung else []), ev.Lifted(at(5)), ev.PausePressed(at(12)))
    player.tell(ev.Replaced(at(20)), ev.Lifted(at(20 + down)))
    if dialled:
        player.tell(ev.ToneHeard(at(23), Tone.DIAL), ev.Dialling(at(24)), ev.Answered(at(25)))
    book = over(player, 40)
    assert book.began[-1].continues is None
    assert book.kept == seconds((5, 10), (25 if dialled else 20 + down, 40))


def test_an_opt_out_takes_the_part_before_the_moment_on_hook_too() -> None:
    """The call is one, and so is what is discarded of it."""
    player = Player(replace(PORT, same_call=at(2), opt_out=OptOut.DISCARD))
    player.tell(ev.Rang(at(3)), ev.Lifted(at(5)), ev.Replaced(at(20)), ev.Lifted(at(21)), ev.OptedOut(at(30)))
    assert over(player, 40).kept == set()


def test_a_flapping_hook_makes_no_endless_recordings() -> None:
    """Recall after recall: after twenty nothing more is kept of that call; the next one is whole again."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)), *(ev.Recalled(at(second)) for second in range(10, 400, 4)))
    player.tell(ev.Replaced(at(400)), ev.Lifted(at(410)))
    book = over(player, 420)
    assert len(book.opens) == 21 + 1
    assert book.kept == seconds((1, 10 + 4 * 20), (410, 420))
    assert reasons(book, (10 + 4 * 20, 400)) == {Reason.TRANSFERRED}


def test_a_hook_lifted_again_and_again_must_rest_before_it_begins_another_call() -> None:
    """Twelve calls a minute at most; once it rests lifted for ten seconds it is believed."""
    player = Player(PORT)
    for second in range(10, 60):
        player.tell(ev.Lifted(at(second)), ev.Replaced(at(second + 0.5)))
    player.tell(ev.Lifted(at(60)))
    book = over(player, 100)
    assert len(book.began) == 12 + 1
    assert reasons(book, (60, 70)) == {Reason.NO_CALL}
    assert book.kept >= seconds((70, 100))


def test_lost_samples_leave_the_time_true() -> None:
    """A gap of equal length with its reason, and the call goes on behind it."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)), ev.Missing(at(10), at(12)), ev.DiskBehind(at(15)), ev.DiskBack(at(18)))
    book = over(player, 20)
    assert book.kept == seconds((1, 10), (12, 15), (18, 20))
    assert reasons(book, (10, 12), (15, 18)) == {Reason.LOST_SAMPLES, Reason.LOST_DISK}
    assert len(book.opens) == 1


def test_a_clean_stop_closes_and_settles_everything() -> None:
    """What was heard is kept up to now, with the reason; a call in the making is no orphan."""
    player = Player(PORT)
    player.tell(ev.Lifted(at(1)))
    player.until(at(10))
    book = player.finish()
    assert (book.kept, book.settled) == (seconds((1, 10)), [book.opens[0].part])
    assert book.closes[book.opens[0].part].why == "recorder stopped"


def restarted(rules: object, note: Note | None, *, lifted: bool = True) -> Player:
    """A machine that takes up after a restart."""
    player = Player(rules)  # type: ignore[arg-type]
    player.machine.recover(note, lifted=lifted)
    return player


def test_without_a_note_a_lifted_phone_is_withheld_until_it_was_on_hook() -> None:
    """The rest of the unknown call is lost; the next call is not."""
    player = restarted(PORT, None)
    player.tell(
        ev.VoiceHeard(at(5), at(5.5)), ev.PausePressed(at(6)), ev.Resumed(at(10)), ev.Replaced(at(50))
    )
    player.tell(ev.Lifted(at(60)))
    book = over(player, 70)
    assert (book.kept, reasons(book, (0, 50))) == (seconds((60, 70)), {Reason.LOST_RESTARTED})


def test_without_a_note_a_hookless_line_waits_for_thirty_seconds_of_silence() -> None:
    """Whoever speaks without such a pause stays withheld."""
    player = restarted(HOOKLESS, None)
    player.tell(*(ev.VoiceHeard(*span) for span in spoken(2, 60)))
    player.until(at(95))
    player.tell(ev.VoiceHeard(at(95), at(95.5)))
    player.until(at(110))
    book = player.finish()
    assert book.kept == seconds((94, 110))
    assert reasons(book, (1, 89)) == {Reason.LOST_RESTARTED}


def test_a_note_of_no_call_and_a_lifted_phone_is_doubt() -> None:
    """It was on hook when last seen: nobody knows what this call is."""
    player = restarted(PORT, Note())
    assert over(player, 20).kept == set()


def test_an_on_hook_phone_needs_no_note() -> None:
    """Whatever the note said, its call is over."""
    player = restarted(PORT, Note(in_call=True, paused=True, opted_out=True), lifted=False)
    player.tell(ev.Lifted(at(1)))
    assert over(player, 20).kept == seconds((1, 20))


def test_a_line_says_when_its_standing_may_have_changed() -> None:
    """After every event but voice, and when time changed it; not from tick to tick."""
    player = Player(HOOKLESS)
    player.until(at(1))
    assert player.machine.stirred()
    player.tell(ev.DiskBehind(at(2)))
    assert player.machine.stirred()
    player.until(at(3))
    assert not player.machine.stirred()
    player.tell(ev.VoiceHeard(at(3), at(3.5)))
    player.until(at(4))
    assert player.machine.stirred()
    player.tell(ev.VoiceHeard(at(4), at(4.5)))
    player.until(at(5))
    assert not player.machine.stirred()
    player.until(at(40))
    assert player.machine.stirred()


EXTERNAL = CallClass.EXTERNAL
NOTED = [
    (Note(True, EXTERNAL), Reason.RECORDED),
    (Note(True, EXTERNAL, paused=True), Reason.PAUSED),
    (Note(True, EXTERNAL, opted_out=True), Reason.OPTED_OUT),
    (Note(True, EXTERNAL, transferred=True), Reason.TRANSFERRED),
    (Note(True, EXTERNAL, answered=False), Reason.NOT_ANSWERED),
    (Note(True, EXTERNAL, doubt=True), Reason.LOST_RESTARTED),
    (Note(True, CallClass.INTERNAL), Reason.INTERNAL),
    (Note(True, CallClass.EXEMPT), Reason.EXEMPT),
    (Note(True, CallClass.UNCLASSIFIED), Reason.UNCLASSIFIED),
    (Note(True, CallClass.UNDECIDED), Reason.LOST_RESTARTED),
]


@pytest.mark.parametrize(("note", "reason"), NOTED)
@pytest.mark.parametrize("rules", [EXTENSION, replace(HOOKLESS, position=Position.EXTENSION)])
def test_a_restart_forgets_nothing_it_promised(rules: object, note: Note, reason: Reason) -> None:
    """What was withheld stays withheld for the same reason, and the next note still says so."""
    player = restarted(rules, note)
    player.until(at(10))
    assert player.machine.standing.reason is reason
    assert restarted(rules, player.machine.note()).machine.standing.reason is reason
    book = player.finish()
    assert book.kept == (seconds((0, 10)) if reason is Reason.RECORDED else set())


def test_a_doubtful_pause_does_not_become_a_recording_of_what_was_never_classed() -> None:
    """Undecided and paused before the restart: after the silence and a resume it is still unclassified."""
    rules = replace(HOOKLESS, position=Position.EXTENSION)
    player = restarted(rules, Note(True, CallClass.UNDECIDED, paused=True))
    player.until(at(40))
    player.tell(ev.Resumed(at(40)), ev.VoiceHeard(at(41), at(41.5)))
    player.until(at(60))
    assert player.finish().kept == set()


def test_a_restart_while_dialling_does_not_lose_the_whole_call() -> None:
    """The answer is taken as given after a minute, as without a restart, or when told."""
    player = restarted(PORT, Note(True, EXTERNAL, answered=False))
    player.tell(ev.Answered(at(10)))
    assert over(player, 20).kept == seconds((10, 20))
    untold = restarted(PORT, Note(True, EXTERNAL, answered=False))
    untold.until(at(70))
    assert over(untold, 80).kept == seconds((60, 80))


def test_a_pause_ends_with_its_call_and_an_opt_out_when_the_phone_is_back() -> None:
    """The next call is recorded again."""
    player = Player(replace(PORT, opt_out=OptOut.STOP))
    player.tell(ev.Lifted(at(1)), ev.PausePressed(at(5)), ev.OptedOut(at(6)), ev.Replaced(at(10)))
    player.tell(ev.Lifted(at(20)))
    assert over(player, 30).kept == seconds((1, 3), (20, 30))
