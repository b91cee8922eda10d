"""What of a line's calls may be kept: events in, orders out.

Rules of this package:

1.  It knows positions only: no clock, no file, no thread, no sample.
2.  Nothing is ordered before it is a look-back old, so that a press reaches
    back over samples that were never sealed. What lies further back is *cut*.
3.  An undecided call is not ordered at all: it waits in memory, at most 60 s.
4.  Every cause (hook, class, answer, pause, opt-out, loss ...) is a track of
    its own; `tracks` reads them by one precedence, and no cause clears another.
5.  A pause ends with a resume or with the call, never by a timer; an opt-out
    ends when the phone is back on hook.
6.  Every stretch off the hook is accounted for, exactly once.
7.  After a restart a line found off hook is what its note says, or, without a
    note, withheld until it has been on hook once (hookless: 30 s of silence).

DESIGN section 4; requirements HTS.1, 3, 4, 7, HAR.2, 5, SHD.4.
"""

from collections.abc import Iterator

from firmware.call import events as ev
from firmware.call import hooking, legs, life, presses, quiet
from firmware.call.events import CallClass, Event, Reason
from firmware.call.orders import Order
from firmware.call.rules import LineRules, Note, Standing
from firmware.call.state import Pause, State
from firmware.call.tracks import FOREVER, Piece


class Machine:
    """One line's calls, from position `at` on."""

    def __init__(self, rules: LineRules, at: int = 0) -> None:
        self._state = State(rules, at)
        self._stirred = True
        self._calm_until = at
        self._stands: tuple[Standing, Note] | None = None
        self._going_on = Piece(at, at, None, None)
        self._outline = self._state.outline

    def take(self, event: Event) -> None:
        """Take one event in; what it orders comes with the next `advance`."""
        if isinstance(event, ev.VoiceHeard):
            self._hear(event)
            return
        state = self._state
        self._stirred = True
        self._unsettle()
        before = state.tracks.reason(FOREVER)
        if not (_take_line(self._state, event) or _take_told(self._state, event)):
            _take_press(self._state, event)
            _take_trouble(self._state, event)
        life.judge(state)
        if before is not Reason.RECORDED and state.tracks.reason(FOREVER) is Reason.RECORDED:
            state.kept_from = max(state.kept_from, state.not_ordered(event.at))

    def _hear(self, voice: ev.VoiceHeard) -> None:
        """Voice alone, as long as the line is calm, says only when it was last heard."""
        state = self._state
        listening = state.rules.hooked or state.call is not None
        if listening and max(state.heard, voice.at) < self._calm_until:
            state.heard = max(state.heard, voice.at)
            quiet.count_voice(state, voice.at, voice.until)
            return
        self._unsettle()
        quiet.hear_voice(state, voice.at, voice.until)

    def _unsettle(self) -> None:
        """The next `advance` looks at everything, and so does who asks how the line stands."""
        self._calm_until = self._state.heard
        self._stands = None

    def advance(self, heard: int) -> list[Order]:
        """Samples up to `heard` have arrived: the orders for all that is old enough."""
        state = self._state
        state.heard = max(heard, state.heard)
        if state.heard < self._calm_until and state.clerk.settled:
            return self._go_on(quiet.limit(state))
        self._unsettle()
        quiet.pass_time(state)
        before, self._outline = self._outline, state.outline
        self._stirred = self._stirred or self._outline != before
        orders = [*self._taken(), *self._write(quiet.limit(state))]
        orders += state.clerk.settle(presses.cut_reach(state), presses.discard_reach(state))
        self._look_ahead()
        return orders

    def _look_ahead(self) -> None:
        """Up to where, and as what, the line simply goes on if nothing but voice is told: nearly always."""
        state = self._state
        self._calm_until = quiet.calm_until(state)
        if state.heard < self._calm_until:
            self._going_on = state.tracks.from_now_on()

    def _go_on(self, limit: int) -> list[Order]:
        """The orders of more of the same."""
        clerk = self._state.clerk
        return clerk.go_on(self._going_on, limit) if limit > clerk.frontier else []

    def finish(self, margin: int = 0) -> list[Order]:
        """The recorder stops cleanly: all that was heard, but for a margin, is ordered now, and what is open is closed."""
        state = self._state
        until = max(state.clerk.frontier, state.heard - margin)
        self._unsettle()
        if state.call and state.call.undecided:
            life.decide(state, CallClass.UNCLASSIFIED)
        state.clerk.end(state.tracks.part.last, "recorder stopped")
        orders = [*self._taken(), *self._write(until)]
        orders += state.clerk.write(Piece(until, until, None, None))
        return [*orders, *state.clerk.settle(FOREVER, FOREVER)]

    def roll_over(self, why: str) -> list[Order]:
        """Close the open recording at what was ordered so far and go on in another one of the same call."""
        self._unsettle()
        return list(self._state.clerk.roll_over(why))

    def _taken(self) -> list[Order]:
        orders, self._state.orders = self._state.orders, []
        return orders

    def _write(self, limit: int) -> Iterator[Order]:
        state = self._state
        if limit <= state.clerk.frontier:
            return
        for piece in list(state.tracks.pieces(state.clerk.frontier, limit)):
            yield from state.clerk.write(piece)
        state.tracks.forget(limit)

    def stirred(self) -> bool:
        """Whether how the line stands may have changed since this was last asked."""
        stirred, self._stirred = self._stirred, False
        return stirred

    @property
    def standing(self) -> Standing:
        """How the line stands now."""
        self._stands = self._stands or (self._standing(), self._note())
        return self._stands[0]

    def _standing(self) -> Standing:
        state = self._state
        return Standing(
            off_hook=state.tracks.off_hook.last,
            in_call=state.call is not None,
            undecided=state.call is not None and state.call.undecided,
            reason=state.tracks.reason(FOREVER),
            paused_at=state.pause.at if state.pause and state.call else None,
            opted_out=state.tracks.opted_out.last,
        )

    @property
    def oldest(self) -> int:
        """The oldest position that may still be ordered: what lies before it may be wiped."""
        return self._state.clerk.frontier

    def note(self) -> Note:
        """What must be written down before the lamp changes."""
        self._stands = self._stands or (self._standing(), self._note())
        return self._stands[1]

    def _note(self) -> Note:
        tracks = self._state.tracks
        return Note(
            in_call=self._state.call is not None,
            call_class=tracks.call_class.last,
            answered=tracks.answered.last,
            paused=tracks.paused.last is not None,
            opted_out=tracks.opted_out.last,
            transferred=tracks.transferred.last,
            doubt=tracks.doubt.last,
            unsure=life.unsure(self._state),
            rings_for=life.rings_for(self._state),
        )

    def recover(self, note: Note | None, *, lifted: bool) -> None:
        """Take up after a restart what the note promised; where it promises nothing, withhold in doubt.

        `lifted` is what the hook sensor says now; a hookless line knows nothing and says True.
        """
        state = self._state
        self._unsettle()
        at = state.clerk.frontier
        if note is not None and note.rings_for is not None:
            life.classed(state, at, note.rings_for)
        if not lifted:
            return
        if note is None or not note.in_call or note.doubt:
            state.tracks.doubt.put(at, value=True)
        if state.rules.hooked or (note is not None and note.in_call):
            life.begin(state, at)
        if note is not None and note.in_call:
            _carry(state, note, at)


def _carry(state: State, note: Note, at: int) -> None:
    """Go on with the noted call. What was undecided cannot be known any more: it stays in doubt."""
    undecided = note.call_class is CallClass.UNDECIDED
    if undecided:
        state.tracks.doubt.put(at, value=True)
    life.decide(state, CallClass.UNCLASSIFIED if undecided else note.call_class)
    if not note.answered:
        life.dial(state, at)
    state.tracks.transferred.put(at, value=note.transferred)
    state.tracks.opted_out.put(at, value=note.opted_out)
    if note.paused and state.call:
        state.tracks.paused.put(at, Reason.PAUSED)
        state.pause = Pause(at)


def _take_line(state: State, event: Event) -> bool:
    match event:
        case ev.Lifted(at):
            hooking.lift(state, at)
        case ev.Replaced(at):
            hooking.hang_up(state, at)
        case ev.Recalled(at):
            legs.recall(state, at)
        case _:
            return False
    return True


def _take_told(state: State, event: Event) -> bool:
    match event:
        case ev.Rang(at):
            life.ring(state, at)
        case ev.Dialling(at):
            legs.dialled(state, at)
        case ev.Answered(at):
            life.answer(state, at)
        case ev.Classed(at, call_class):
            life.classed(state, at, call_class)
        case ev.ToneHeard():
            legs.tone(state, event)
        case _:
            return False
    return True


def _take_press(state: State, event: Event) -> None:
    match event:
        case ev.PausePressed(at):
            presses.pause(state, at)
        case ev.Resumed(at):
            presses.resume(state, at)
        case ev.CutLate():
            presses.cut_late(state)
        case ev.OptedOut(at):
            presses.opt_out(state, at)
        case ev.Keyed():
            presses.keyed(state, event)
        case _:
            pass


def _take_trouble(state: State, event: Event) -> None:
    match event:
        case ev.ButtonGone(at, desk):
            presses.lose_button(state, at, desk)
        case ev.ButtonBack(at, desk):
            presses.find_button(state, at, desk)
        case ev.Missing(at, until):
            quiet.miss(state, at, until)
        case ev.DiskBehind(at) | ev.DiskBack(at):
            behind = isinstance(event, ev.DiskBehind)
            state.tracks.disk_behind.put(state.not_ordered(at), value=behind)
        case ev.Armed(at):
            state.tracks.armed.put(state.not_ordered(at), value=True)
        case _:
            pass
