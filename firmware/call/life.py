"""A call begins, is dialled, answered, classed, and ends.

A call with which nothing is told is taken as answered when it began: at `port`
and `handset` it is external, at `extension` it ends as unclassified.
"""

from firmware.call import orders as od
from firmware.call.events import CallClass, Reason
from firmware.call.rules import TAIL_SECONDS, TOLD_SECONDS, UNDECIDED_SECONDS
from firmware.call.state import Call, State
from firmware.call.tracks import FOREVER
from firmware.settings.model import Position

_NEVER = (CallClass.INTERNAL, CallClass.EXEMPT)
_KEPT = (Reason.RECORDED, Reason.NOT_ANSWERED)


def begin(state: State, at: int, continues: int | None = None) -> None:
    """A call begins: the hook was lifted, or voice was heard on a hookless line."""
    if state.call is not None:
        return
    at = state.began_at = max(state.not_ordered(at), state.ended_at)
    state.call = call = state.new_call(at)
    call.incoming = state.rang_at is not None and _stands(state, state.rang_at, at)
    call.continues = continues
    state.pause = state.restless = state.rang_at = None
    state.voice = max(state.voice, at)
    state.tracks.off_hook.put(at, value=True)
    state.tracks.part.put(at, state.new_part(call.number))
    state.tracks.answered.put(at, value=True)
    state.orders.append(od.Began(at, call.number, continues))
    _class_at_once(state, call)
    judge(state)


def _class_at_once(state: State, call: Call) -> None:
    told, state.told = state.told, None
    if told and _stands(state, told[1], call.start):
        call.told_by_ring = True
        decide(state, told[0])
    elif state.rules.position is not Position.EXTENSION:
        decide(state, CallClass.EXTERNAL)


def rings_for(state: State) -> CallClass | None:
    """What must never be recorded, if that was told of the ring that goes on."""
    told = state.told
    stands = told is not None and told[0] in _NEVER and _stands(state, told[1], state.heard)
    return told[0] if told and stands else None


def unsure(state: State) -> bool:
    """Whether a number may still be dialled in the call that goes on: nobody has answered for certain."""
    return state.call is not None and before_answer(state, state.call, state.heard)


def _stands(state: State, told_at: int, at: int) -> bool:
    """Whether what was told while ringing still speaks of the same ring."""
    return at - told_at <= state.rules.seconds(TOLD_SECONDS)


def ring(state: State, at: int) -> None:
    """Another ring: what was told of it stands on, unless it was told of an older one."""
    told = state.told
    state.told = (told[0], at) if told and _stands(state, told[1], at) else None
    state.rang_at, state.left = at, None


def decide(state: State, call_class: CallClass) -> None:
    """The undecided call is classed, from its start: nothing of it was ordered yet."""
    if state.call is not None:
        state.call.undecided = False
        state.tracks.call_class.put(state.call.start, call_class)
        judge(state)


def judge(state: State) -> None:
    """What is withheld, by whatever cause, is not judged by how much was said of it."""
    if state.call is not None and state.tracks.reason(FOREVER) not in _KEPT:
        state.call.conversation = True


def end(state: State, at: int, why: str) -> None:
    """The call is over; a line still off hook then has no call until its hook was replaced."""
    call = state.call
    if call is None:
        return
    at = max(state.not_ordered(min(at, last_kept(state, call))), call.start)
    if call.undecided:
        decide(state, CallClass.UNCLASSIFIED)
    forget_if_short(state, call, at)
    state.clerk.end(state.tracks.part.last, why)
    state.tracks.end_call(at)
    if not state.rules.hooked:
        state.tracks.off_hook.put(at, value=False)
    state.call, state.ended_at = None, at
    state.orders.append(od.Ended(at, call.number, why))


def forget_if_short(state: State, call: Call, until: int) -> None:
    """Without a hook, what was said so briefly was no conversation."""
    start = state.not_ordered(call.answered_at)
    if until > start and not (state.rules.hooked or call.conversation):
        state.tracks.answered.lay(start, until, value=False)


def last_kept(state: State, call: Call) -> int:
    """Where a call that ends now ends at the latest: without a hook, soon after its last voice."""
    if state.rules.hooked or state.tracks.reason(FOREVER) is not Reason.RECORDED:
        return FOREVER
    tail = max(state.voice, call.answered_at) + state.rules.seconds(TAIL_SECONDS)
    return max(tail, state.kept_from)


def dial(state: State, at: int) -> None:
    """It turns out that somebody is only being dialled: nothing of it so far is kept."""
    call = state.call
    if call is None or not before_answer(state, call, at):
        return
    if call.continues is not None and not call.recalled:
        call = _another(state, call)
    call.dialling, call.dialled_at = True, at
    call.incoming = False
    if not call.recalled:
        call.spoken, call.conversation = 0, False
    state.voice = max(state.voice, at)
    _forget_ring(state, call)
    state.tracks.answered.put(state.not_ordered(call.leg), value=False)
    state.orders += state.clerk.cut(call.leg, Reason.NOT_ANSWERED)
    state.orders += state.clerk.discard(call.leg)


def _another(state: State, call: Call) -> Call:
    """Who dials after a moment on hook did not go on with the call before it."""
    end(state, call.leg, "on hook")
    begin(state, call.leg)
    return state.call or call


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
        state.kept_from = max(state.kept_from, state.not_ordered(at))


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
    if told and told[0] is CallClass.EXEMPT and _stands(state, told[1], at):
        call_class = CallClass.EXEMPT
    state.told = (call_class, at)


def before_answer(state: State, call: Call, at: int) -> bool:
    """Whether the far end may not have answered yet: dialled, or told nothing and young."""
    early = at - call.leg <= state.rules.seconds(UNDECIDED_SECONDS)
    return not call.told_answer and (call.dialling or early)
