"""What a desk's gestures and keys do to a line's call: pause, resume, late cut, opt-out, a lost button, digits.

A pause reaches back over the look-back, which was not sealed yet. What was
sealed all the same (a press taken late, a late cut) is cut from the recording.
"""

from firmware.call import orders as od
from firmware.call.events import Keyed, Reason
from firmware.call.rules import HOLD_SECONDS, REACH_SECONDS
from firmware.call.state import Pause, State
from firmware.call.tracks import FOREVER
from firmware.settings.model import OptOut


def pause(state: State, at: int) -> None:
    """Withhold from the look-back before the press on, until resumed or the call ends."""
    call = state.call
    if call is None or state.tracks.paused.last is not None:
        return
    start = state.reach_back(at)
    state.pause = Pause(max(at, call.start))
    state.tracks.paused.put(state.not_ordered(start), Reason.PAUSED)
    state.orders += state.clerk.cut(start, Reason.PAUSED)


def resume(state: State, at: int) -> None:
    """Keep again from here on; the quiet that ends a call counts from here, too."""
    state.tracks.paused.put(state.not_ordered(at), None)
    state.pause = None
    state.voice = max(state.voice, at)


def cut_late(state: State) -> None:
    """Leave out the 30 s before the press that began the pause, too; the pause goes on."""
    start = cut_reach(state)
    if state.pause is None:
        return
    waiting = state.not_ordered(start)
    if waiting < state.pause.at:
        state.tracks.paused.lay(waiting, state.pause.at, Reason.LATE_CUT)
    state.orders += state.clerk.cut(start, Reason.LATE_CUT)


def opt_out(state: State, at: int) -> None:
    """Stop recording this call for good, and discard what was taken where the office says so."""
    call = state.call
    if call is None:
        return
    match state.rules.opt_out:
        case OptOut.NONE:
            state.orders.append(od.Refused(at))
        case OptOut.STOP:
            _stop_from(state, state.reach_back(at))
        case OptOut.DISCARD:
            _stop_from(state, call.start)
            state.orders += state.clerk.discard(call.start)


def _stop_from(state: State, start: int) -> None:
    state.tracks.opted_out.put(state.not_ordered(start), value=True)
    state.orders += state.clerk.cut(start, Reason.OPTED_OUT)


def lose_button(state: State, at: int, desk: str) -> None:
    """A button that cannot be pressed withholds, from the look-back before it was lost."""
    state.lost_buttons |= {desk}
    start = state.reach_back(at)
    state.tracks.button_lost.put(state.not_ordered(start), value=True)
    state.orders += state.clerk.cut(start, Reason.BUTTON_LOST)


def find_button(state: State, at: int, desk: str) -> None:
    """A button is back; the line is withheld until the last one is."""
    state.lost_buttons -= {desk}
    state.tracks.button_lost.put(state.not_ordered(at), value=bool(state.lost_buttons))


def keyed(state: State, stretch: Keyed) -> None:
    """Withhold what was keyed, alone; what of it was sealed already is cut, with all that came after it.

    A key is a sign of life: it is no quiet that ends a call.
    """
    start = state.not_ordered(stretch.at)
    if stretch.until > start:
        state.tracks.key(start, stretch.until, stretch.keys, card=stretch.card)
    if stretch.at < start:
        reason = Reason.CARD_ENTRY if stretch.card else Reason.KEYED
        state.orders += state.clerk.cut(stretch.at, reason)
    state.voice = max(state.voice, stretch.until)


def cut_reach(state: State) -> int:
    """Where a late cut can still begin: of the call that goes on, or of the last one while a finger may be down."""
    held = state.rules.seconds(HOLD_SECONDS)
    if state.call is None and state.heard >= state.ended_at + held:
        return FOREVER
    press = state.pause.at if state.pause else state.heard - held
    return max(state.began_at, press - state.rules.seconds(REACH_SECONDS))


def discard_reach(state: State) -> int:
    """Where a discard can still begin: an opt-out may take the whole call, a class told late the part since the recall."""
    if state.call is None:
        return FOREVER
    return state.began_at if state.rules.opt_out is OptOut.DISCARD else state.call.leg
