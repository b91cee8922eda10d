"""Voice, quiet and loss: what begins, ends or is decided because time went by, and what must wait for it.

On a line without a hook sensor nothing is ordered of a quiet before it is known that
the call goes on, and nothing of a call before it is one: so no tail is ever taken back.
"""

from firmware.call import hooking, legs, life
from firmware.call.events import CallClass, Reason
from firmware.call.rules import (
    CONVERSATION_SECONDS,
    NO_VOICE_SECONDS,
    SILENCE_SECONDS,
    UNDECIDED_SECONDS,
)
from firmware.call.state import Call, State
from firmware.call.tracks import FOREVER


def hear_voice(state: State, at: int, until: int) -> None:
    """Voice: the quiet before it has ended, and on a hookless line a call begins a pre-roll before it."""
    state.heard = max(state.heard, at)
    pass_time(state)
    if not state.rules.hooked and until > state.ended_at:
        life.begin(state, at - state.rules.pre_roll)
    count_voice(state, at, until)


def count_voice(state: State, at: int, until: int) -> None:
    """So much voice of the call, and when it was last heard."""
    call = state.call
    if call is not None and state.tracks.answered.last:
        call.spoken += max(0, until - max(at, state.voice, call.answered_at))
        call.conversation |= call.spoken >= state.rules.seconds(CONVERSATION_SECONDS)
    state.voice = max(state.voice, until)


def miss(state: State, at: int, until: int) -> None:
    """Samples never arrived: a loss, and no quiet, for nobody listened. What lies beside it may be a piece of a key."""
    waiting, beside = state.not_ordered(at - state.rules.beside), state.rules.beside
    if until > waiting:
        state.tracks.missing.lay(waiting, until + beside, value=True)
    state.voice += max(0, until - max(at, state.voice))


def limit(state: State) -> int:
    """Up to where may be ordered: what is younger, undecided, or perhaps no call, waits in memory."""
    call = state.call
    if call is None:
        return state.heard - state.rules.idle_lag
    old = state.heard - state.rules.lag
    if call.undecided:
        return min(old, call.start)
    if state.rules.hooked or state.tracks.reason(FOREVER) is not Reason.RECORDED:
        return old
    return min(old, life.last_kept(state, call) if call.conversation else call.answered_at)


def pass_time(state: State) -> None:
    """What ends or is decided because time went by."""
    hooking.rest(state)
    if state.call is not None:
        _class_in_time(state, state.call)
        legs.give_up_waiting(state, state.call)
    if state.call is not None:
        _end_in_time(state, state.call)
    last = state.voice + state.rules.seconds(SILENCE_SECONDS)
    if state.heard >= last and not state.rules.hooked and state.tracks.doubt.last:
        state.tracks.doubt.put(state.not_ordered(last), value=False)


def calm_until(state: State) -> int:
    """Up to where time alone changes nothing, if nothing but voice is told; `heard` itself where it may at once."""
    call, hookless = state.call, not state.rules.hooked
    busy = life.unsure(state) if call is not None else life.rings_for(state) is not None
    busy = busy or (call is not None and call.undecided)
    if not state.tracks.settled or busy or state.restless is not None:
        return state.heard
    if hookless and (call is not None or state.tracks.doubt.last):
        return _hookless_calm_until(state)
    return FOREVER if call is None else state.voice + state.rules.seconds(NO_VOICE_SECONDS)


def _hookless_calm_until(state: State) -> int:
    silent = state.voice + state.rules.seconds(SILENCE_SECONDS)
    if state.call is None or state.call.conversation:
        return silent
    return min(silent, state.call.answered_at + state.rules.seconds(UNDECIDED_SECONDS))


def _class_in_time(state: State, call: Call) -> None:
    longest = state.rules.seconds(UNDECIDED_SECONDS)
    if call.dialling and state.heard >= call.dialled_at + longest:
        life.answer(state, call.dialled_at + longest)
    call.conversation |= not call.dialling and state.heard >= call.answered_at + longest
    due = call.start + longest
    if call.told_answer:
        due = min(due, call.answered_at + state.rules.look_back)
    if call.undecided and state.heard >= due:
        life.decide(state, CallClass.UNCLASSIFIED)


def _end_in_time(state: State, call: Call) -> None:
    voice = max(state.voice, call.start)
    silent = voice + state.rules.seconds(SILENCE_SECONDS)
    voiceless = voice + state.rules.seconds(NO_VOICE_SECONDS)
    withheld = state.tracks.paused.last is not None or state.tracks.opted_out.last
    if not state.rules.hooked and not withheld and state.heard >= silent:
        life.end(state, silent, "silence")
    elif state.heard >= voiceless:
        life.end(state, voiceless, "ten minutes without voice")
