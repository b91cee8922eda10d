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
from firmware.call.tracks import FOREVER
from firmware.settings.model import Position

_NEVER = (CallClass.INTERNAL, CallClass.EXEMPT)
_BEFORE_ANSWER = (Tone.DIAL, Tone.RINGING)


def begin(state: State, at: int) -> None:
    """A call begins: the hook was lifted, or voice was heard on a hookless line."""
    if state.call is not None:
        return
    at = state.began_at = max(state.not_ordered(at), state.ended_at)
    state.call = call = state.new_call(at)
    state.pause = None
    state.voice = max(state.voice, at)
    state.tracks.off_hook.put(at, value=True)
    state.tracks.part.put(at, state.new_part(call.number))
    state.tracks.answered.put(at, value=True)
    state.orders.append(od.Began(at, call.number))
    _class_at_once(state, call)


def _class_at_once(state: State, call: Call) -> None:
    told, state.told = state.told, None
    if told and _stands(state, told, call.start):
        call.told_by_ring = True
        decide(state, told[0])
    elif state.rules.position is not Position.EXTENSION:
        decide(state, CallClass.EXTERNAL)


def _stands(state: State, told: tuple[CallClass, int], at: int) -> bool:
    """Whether what was told while ringing still speaks of the same ring."""
    return at - told[1] <= state.rules.seconds(TOLD_SECONDS)


def ring(state: State, at: int) -> None:
    """Another ring: what was told of it stands on, unless it was told of an older one."""
    told = state.told
    state.told = (told[0], at) if told and _stands(state, told, at) else None


def hear_voice(state: State, at: int, until: int) -> None:
    """Voice: the quiet before it has ended, and on a hookless line a call begins a pre-roll before it."""
    state.heard = max(state.heard, at)
    pass_time(state)
    state.voice = max(state.voice, until)
    if not state.rules.hooked and until > state.ended_at:
        begin(state, at - state.rules.pre_roll)


def miss(state: State, at: int, until: int) -> None:
    """Samples never arrived: a loss, and no quiet, for nobody listened."""
    waiting = state.not_ordered(at)
    if until > waiting:
        state.tracks.missing.lay(waiting, until, value=True)
    state.voice += max(0, until - max(at, state.voice))


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
    """A recall closes the recording; at `extension` what follows is withheld until classed.

    What is told from here on is told of another party: it says nothing of the time before.
    """
    call = state.call
    if call is None:
        return
    if call.undecided:
        decide(state, CallClass.UNCLASSIFIED)
    call.leg = at = state.not_ordered(at)
    call.told_answer = call.told_by_ring = False
    state.clerk.end(state.tracks.part.last, "recall")
    state.tracks.part.put(at, state.new_part(call.number))
    if state.rules.position is Position.EXTENSION:
        state.tracks.transferred.put(at, value=True)


def dial(state: State, at: int) -> None:
    """It turns out that somebody is only being dialled: nothing of it so far is kept."""
    call = state.call
    if call is None or not _before_answer(state, call, at):
        return
    call.dialling, call.dialled_at = True, at
    _forget_ring(state, call)
    state.tracks.answered.put(state.not_ordered(call.leg), value=False)
    state.orders += state.clerk.cut(call.leg, Reason.NOT_ANSWERED)


def _forget_ring(state: State, call: Call) -> None:
    """Who dials did not answer a ring: that the ring was external says nothing of whom he dials."""
    external = state.tracks.call_class.last is CallClass.EXTERNAL
    if call.told_by_ring and external and state.rules.position is Position.EXTENSION:
        call.told_by_ring, call.undecided = False, True
        state.tracks.call_class.put(state.not_ordered(call.start), CallClass.UNDECIDED)


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
    if call_class is CallClass.UNDECIDED:
        return
    if call is None:
        _told(state, at, call_class)
    elif call.undecided:
        decide(state, call_class)
    elif state.tracks.transferred.last:
        state.tracks.transferred.put(state.not_ordered(at), value=False)
        state.tracks.call_class.put(state.not_ordered(at), call_class)
    elif call_class in _NEVER:
        state.tracks.call_class.put(state.not_ordered(call.leg), call_class)
        state.orders += state.clerk.cut(call.leg, Reason(call_class))
        state.orders += state.clerk.discard(call.leg)
    elif state.tracks.call_class.last is not CallClass.EXEMPT:
        state.tracks.call_class.put(state.not_ordered(at), call_class)


def _told(state: State, at: int, call_class: CallClass) -> None:
    """Told while ringing: an exempt number is not made another class by what is told later of its ring."""
    told = state.told
    if told and told[0] is CallClass.EXEMPT and _stands(state, told, at):
        call_class = CallClass.EXEMPT
    state.told = (call_class, at)


def _before_answer(state: State, call: Call, at: int) -> bool:
    early = at - call.leg <= state.rules.seconds(UNDECIDED_SECONDS)
    return not call.told_answer and (call.dialling or early)


def pass_time(state: State) -> None:
    """What ends or is decided because time went by."""
    if state.call is not None:
        _class_in_time(state, state.call)
        _end_in_time(state, state.call)
    last = state.voice + state.rules.seconds(SILENCE_SECONDS)
    if state.heard >= last and not state.rules.hooked and state.tracks.doubt.last:
        state.tracks.doubt.put(state.not_ordered(last), value=False)


def calm_until(state: State) -> int:
    """Up to where time alone changes nothing, if nothing but voice is told; `heard` itself where it may at once."""
    call, hookless = state.call, not state.rules.hooked
    if not state.tracks.settled or (call is not None and (call.undecided or call.dialling)):
        return state.heard
    if hookless and (call is not None or state.tracks.doubt.last):
        return state.voice + state.rules.seconds(SILENCE_SECONDS)
    return FOREVER if call is None else state.voice + state.rules.seconds(NO_VOICE_SECONDS)


def _class_in_time(state: State, call: Call) -> None:
    longest = state.rules.seconds(UNDECIDED_SECONDS)
    if call.dialling and state.heard >= call.dialled_at + longest:
        answer(state, call.dialled_at + longest)
    last = call.start + longest
    due = last if call.dialling else min(last, call.answered_at + state.rules.look_back)
    if call.undecided and state.heard >= due:
        decide(state, CallClass.UNCLASSIFIED)


def _end_in_time(state: State, call: Call) -> None:
    voice = max(state.voice, call.start)
    silent = voice + state.rules.seconds(SILENCE_SECONDS)
    voiceless = voice + state.rules.seconds(NO_VOICE_SECONDS)
    withheld = state.tracks.paused.last is not None or state.tracks.opted_out.last
    if not state.rules.hooked and not withheld and state.heard >= silent:
        end(state, silent, "silence")
    elif state.heard >= voiceless:
        end(state, voiceless, "ten minutes without voice")
