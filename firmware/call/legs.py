"""A call is broken for a moment: recalls, tones in mid-call, transfers. Each begins another leg of it.

1. A recall closes the recording, always. So does a dial tone in mid-call.
2. What is dialled in the new leg makes a transfer of it, at every position: it is
   kept no more, until the next recall, or, at `extension`, until it is classed.
3. A dial tone that no digit follows within 10 s ends the call; from the tone on nothing is kept.
4. Nothing that is heard of the party a call is transferred to ends it.
5. A hook that shows recall after recall is not to be believed: no more is kept.
"""

from firmware.call import life
from firmware.call.events import CallClass, Tone, ToneHeard
from firmware.call.rules import MOST_RECALLS, RINGS_AGAIN_SECONDS, WAITS_SECONDS
from firmware.call.state import Call, State
from firmware.settings.model import Position

_BEFORE_ANSWER = (Tone.DIAL, Tone.RINGING)


def recall(state: State, at: int) -> None:
    """A recall closes the recording; at `extension` what follows is withheld until classed."""
    call = state.call
    if call is None:
        return
    _new_leg(state, call, at, "recall")
    withheld = state.rules.position is Position.EXTENSION or call.recalls > MOST_RECALLS
    state.tracks.transferred.put(call.leg, value=withheld)


def _new_leg(state: State, call: Call, at: int, why: str) -> None:
    """What is told from here on is told of another party: it says nothing of the time before."""
    if call.undecided:
        life.decide(state, CallClass.UNCLASSIFIED)
    at = state.not_ordered(at)
    life.forget_if_short(state, call, at)
    call.leg = call.answered_at = at
    call.told_answer = call.told_by_ring = False
    call.recalls, call.recalled, call.waits_from = call.recalls + 1, True, None
    state.clerk.end(state.tracks.part.last, why)
    state.tracks.part.put(at, state.new_part(call.number))


def tone(state: State, told: ToneHeard) -> None:
    """A tone before the answer is part of dialling; afterwards all but ringing end the call or its recording."""
    call, at, heard = state.call, told.at, told.tone
    if call is None:
        return
    if heard is Tone.RINGING and _rings_on(state, call, told):
        call.told_answer, call.dialling = False, True
    if heard in _BEFORE_ANSWER and life.before_answer(state, call, at):
        life.dial(state, at)
    elif heard is Tone.DIAL:
        _wait_for_digits(state, call, at)
    elif heard is not Tone.RINGING and not state.tracks.transferred.last:
        life.end(state, at, f"{heard} tone")


def _rings_on(state: State, call: Call, told: ToneHeard) -> bool:
    """Whether what was taken for the answer was said while it went on ringing."""
    if not call.told_answer:
        return False
    soon = 0 <= told.at - call.answered_at <= state.rules.seconds(RINGS_AGAIN_SECONDS)
    return soon or (told.since is not None and told.since <= call.answered_at)


def _wait_for_digits(state: State, call: Call, at: int) -> None:
    _new_leg(state, call, at, "dial tone")
    call.waits_from = at
    life.dial(state, at)


def dialled(state: State, at: int) -> None:
    """A digit was dialled: after a recall it makes a transfer."""
    call = state.call
    if call is None or not life.before_answer(state, call, at):
        return
    life.dial(state, at)
    call.waits_from = None
    if call.recalled:
        state.tracks.transferred.put(state.not_ordered(call.leg), value=True)


def give_up_waiting(state: State, call: Call) -> None:
    """Nobody dialled: there is nobody at the other end."""
    if call.waits_from is None:
        return
    over = call.waits_from + state.rules.seconds(WAITS_SECONDS)
    if state.heard >= over:
        life.end(state, over, "dial tone")
