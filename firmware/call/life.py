"""A call begins, is dialled, answered, classed, recalled, and ends.

A call with which nothing is told is taken as answered when it began: at `port`
and `handset` it is external, at `extension` it ends as unclassified.
"""

from firmware.call import orders as od
from firmware.call.events import CallClass, Reason, Tone
from firmware.call.rules import (
    NO_VOICE_SECONDS,
    SILENCE_SECONDS,
    TOLD_SECONDS,
    UNDECIDED_SECONDS,
)
from firmware.call.state import Call, State
from firmware.settings.model import Position

_NEVER = (CallClass.INTERNAL, CallClass.EXEMPT)
_BEFORE_ANSWER = (Tone.DIAL, Tone.RINGING)


def begin(state: State, at: int) -> None:
    """A call begins: the hook was lifted, or voice was heard on a hookless line."""
    if state.call is not None:
        return
    at = max(state.not_ordered(at), state.ended_at)
    state.call = call = state.new_call(at)
    state.pause = None
    state.voice = max(state.voice, at)
    state.tracks.off_hook.put(at, value=True)
    state.tracks.part.put(at, state.new_part(call.number))
    state.tracks.answered.put(at, value=True)
    state.orders.append(od.Began(at, call.number))
    told, state.told = state.told, None
    if told and at - told[1] <= state.rules.seconds(TOLD_SECONDS):
        decide(state, told[0])
    elif state.rules.position is not Position.EXTENSION:
        decide(state, CallClass.EXTERNAL)


def decide(state: State, call_class: CallClass) -> None:
    """The undecided call is classed, from its start: nothing of it was ordered yet."""
    if state.call is not None:
        state.call.undecided = False
        state.tracks.call_class.put(state.call.start, call_class)


def end(state: State, at: int, why: str) -> None:
    """The call is over; a line still off hook then has no call until its hook was replaced."""
    call = state.call
    if call is None:
        return
    if call.undecided:
        decide(state, CallClass.UNCLASSIFIED)
    at = max(state.not_ordered(at), call.start)
    state.clerk.end(state.tracks.part.last, why)
    state.tracks.end_call(at)
    if not state.rules.hooked:
        state.tracks.off_hook.put(at, value=False)
    state.call, state.ended_at = None, at
    state.orders.append(od.Ended(at, call.number, why))


def hang_up(state: State, at: int) -> None:
    """The hook was replaced: the call ends, and every doubt about the line with it."""
    end(state, at, "on hook")
    at = state.not_ordered(at)
    state.tracks.off_hook.put(at, value=False)
    state.tracks.doubt.put(at, value=False)


def recall(state: State, at: int) -> None:
    """A recall closes the recording; at `extension` what follows is withheld until classed."""
    call = state.call
    if call is None:
        return
    at = state.not_ordered(at)
    state.clerk.end(state.tracks.part.last, "recall")
    state.tracks.part.put(at, state.new_part(call.number))
    if state.rules.position is Position.EXTENSION:
        state.tracks.transferred.put(at, value=True)


def dial(state: State, at: int) -> None:
    """It turns out that the call is only being dialled: nothing of it so far is kept."""
    call = state.call
    if call is None or not _before_answer(state, call, at):
        return
    call.dialling = True
    state.tracks.answered.put(state.not_ordered(call.start), value=False)
    state.orders += state.clerk.cut(call.start, Reason.NOT_ANSWERED)


def answer(state: State, at: int) -> None:
    """The far end answered: from here on there is a conversation."""
    call = state.call
    if call is None or call.told_answer:
        return
    call.told_answer, call.dialling, call.answered_at = True, False, at
    if not state.tracks.answered.last:
        state.tracks.answered.put(state.not_ordered(at), value=True)


def tone(state: State, at: int, heard: Tone) -> None:
    """A tone before the answer is part of dialling; afterwards all but ringing end the call."""
    call = state.call
    if call is None:
        return
    if heard in _BEFORE_ANSWER and _before_answer(state, call, at):
        dial(state, at)
    elif heard is not Tone.RINGING:
        end(state, at, f"{heard} tone")


def classed(state: State, at: int, call_class: CallClass) -> None:
    """The call is classed; what must never be recorded takes what was recorded with it."""
    call = state.call
    if call is None:
        state.told = (call_class, at)
    elif call.undecided:
        decide(state, call_class)
    elif state.tracks.transferred.last:
        state.tracks.transferred.put(state.not_ordered(at), value=False)
        state.tracks.call_class.put(state.not_ordered(at), call_class)
    elif call_class in _NEVER:
        state.tracks.call_class.put(state.not_ordered(call.start), call_class)
        state.orders += state.clerk.cut(call.start, Reason(call_class))
        state.orders += state.clerk.discard(call.number)
    else:
        state.tracks.call_class.put(state.not_ordered(at), call_class)


def _before_answer(state: State, call: Call, at: int) -> bool:
    return not call.told_answer and at - call.start <= state.rules.seconds(UNDECIDED_SECONDS)


def pass_time(state: State) -> None:
    """What ends or is decided because time went by."""
    if state.call is not None:
        _class_in_time(state, state.call)
        _end_in_time(state, state.call)
    quiet = state.heard - state.voice >= state.rules.seconds(SILENCE_SECONDS)
    if quiet and not state.rules.hooked and state.tracks.doubt.last:
        state.tracks.doubt.put(state.not_ordered(state.heard), value=False)


def _class_in_time(state: State, call: Call) -> None:
    last = call.start + state.rules.seconds(UNDECIDED_SECONDS)
    if call.dialling and state.heard >= last:
        answer(state, last)
    due = last if call.dialling else min(last, call.answered_at + state.rules.look_back)
    if call.undecided and state.heard >= due:
        decide(state, CallClass.UNCLASSIFIED)


def _end_in_time(state: State, call: Call) -> None:
    quiet = state.heard - max(state.voice, call.start)
    withheld = state.tracks.paused.last is not None or state.tracks.opted_out.last
    if quiet >= state.rules.seconds(NO_VOICE_SECONDS):
        end(state, state.heard, "ten minutes without voice")
    elif not state.rules.hooked and not withheld and quiet >= state.rules.seconds(SILENCE_SECONDS):
        end(state, state.heard, "silence")
