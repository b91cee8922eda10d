"""What the hook says of calls: they begin and end with it, but for a hook that says too much.

1. A replaced hook ends the call, and every doubt about the line with it.
2. An incoming call whose phone is lifted again at once is the same call (in the
   United Kingdom the called party does not clear it): it closes its recording like a recall,
   and what was paused, opted out or of no class that is recorded stays so.
3. A hook lifted again and again begins no calls until it rests: each would be a recording.
"""

from firmware.call import life
from firmware.call.events import CallClass, Reason
from firmware.call.rules import MOST_LIFTS, MOST_RECALLS, RESTS_SECONDS
from firmware.call.state import Left, Pause, State
from firmware.settings.model import Position


def lift(state: State, at: int) -> None:
    """The hook was lifted: a call begins, or goes on."""
    left, state.left = state.left, None
    if state.call is not None:
        return
    if state.rules.hooked and _restless(state, at):
        state.restless = at = max(state.not_ordered(at), state.ended_at)
        state.tracks.off_hook.put(at, value=True)
    elif left is not None and at - state.ended_at <= state.rules.same_call:
        life.begin(state, at, left.call.number)
        _carry_over(state, left)
    else:
        life.begin(state, at)


def _restless(state: State, at: int) -> bool:
    minute = at - state.rules.seconds(60)
    state.lifts = (*(each for each in state.lifts if each > minute), at)[-MOST_LIFTS - 1 :]
    return len(state.lifts) > MOST_LIFTS


def rest(state: State) -> None:
    """A restless hook that rests lifted is believed again."""
    lifted = state.restless
    if lifted is not None and state.heard >= lifted + state.rules.seconds(RESTS_SECONDS):
        life.begin(state, lifted + state.rules.seconds(RESTS_SECONDS))


def _carry_over(state: State, left: Left) -> None:
    call = state.call
    if call is None:
        return
    at, call.leg = call.start, call.start
    call.start = state.began_at = left.call.start
    call.incoming, call.undecided, call.told_by_ring = True, False, False
    call.recalls = left.call.recalls + 1
    tracks = state.tracks
    tracks.call_class.put(at, left.call_class)
    tracks.opted_out.put(at, left.opted_out)
    withheld = state.rules.position is Position.EXTENSION or call.recalls > MOST_RECALLS
    tracks.transferred.put(at, withheld)
    if left.paused is not None:
        tracks.paused.put(at, Reason.PAUSED)
        state.pause = Pause(at)
    life.judge(state)


def hang_up(state: State, at: int) -> None:
    """The hook was replaced."""
    call = state.call
    state.restless = None
    if call is not None and call.incoming and state.rules.same_call:
        tracks = state.tracks
        told = CallClass.UNCLASSIFIED if call.undecided else tracks.call_class.last
        state.left = Left(call, told, tracks.paused.last, tracks.opted_out.last)
    life.end(state, at, "on hook")
    at = state.not_ordered(at)
    state.tracks.off_hook.put(at, value=False)
    state.tracks.doubt.put(at, value=False)
