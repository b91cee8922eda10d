"""How the call of a line goes on, by what is heard of it: begun, dialled, answered, recalled, transferred, over.

The rules are those of `firmware.hearing.sense`. Every method gives what is to be told, in its order.
"""

from collections.abc import Iterator

from firmware.call import events as ev
from firmware.call.events import CallClass, Reason, Tone
from firmware.call.rules import Standing
from firmware.hearing.answers import answer_of, begun, recalled_at
from firmware.hearing.approach import Approach
from firmware.hearing.call import HeardCall, HeardTone, Phase
from firmware.hearing.dialled import Dialled, Once
from firmware.hearing.told import Told
from firmware.hearing.voices import Voices
from firmware.hearing.ways import (
    LATE_FAILURE_SECONDS,
    LATE_RING_SECONDS,
    SAME_RING_SECONDS,
    VOICE_LASTS_SECONDS,
    VOICE_SECONDS,
    Ways,
)
from firmware.signal import events as se
from firmware.signal.card import TAIL_SECONDS

_FAILED = (Tone.BUSY, Tone.UNOBTAINABLE)


class Progress:
    """The call of one line, or that there is none."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._phase = Phase.IDLE
        self._since = 0
        self._call: HeardCall | None = None
        self._tone: HeardTone | None = None
        self._broke: se.Break | None = None
        self._once = Once(ways.rate)
        self._approach = Approach(ways)
        self._voices = Voices(ways)

    def agree(self, until: int, standing: Standing) -> None:
        """The machine ends calls by itself, and takes them up after a restart."""
        if self._call is not None and not standing.in_call:
            self._rest(Phase.OVER if standing.off_hook else Phase.IDLE, until)
        elif self._call is None and standing.in_call:
            self._begin(until)
            if standing.reason is not Reason.NOT_ANSWERED:
                self._phase = Phase.TALK

    def _begin(self, at: int) -> HeardCall:
        self._phase, self._since = Phase.BEFORE, at
        self._call = HeardCall(at, Dialled(self._ways), self._approach.rung_for(at))
        self._tone = self._broke = None
        self._voices.forget(at)
        return self._call

    def _rest(self, phase: Phase, at: int) -> None:
        self._phase, self._since, self._call = phase, at, None
        self._approach.forget()
        self._voices.forget(at)

    def lift(self, at: int) -> None:
        """The hook was lifted."""
        self._begin(at)

    def hang_up(self, at: int) -> None:
        """The hook was replaced."""
        self._rest(Phase.IDLE, at)

    def recall(self, at: int) -> Iterator[Told]:
        """The hook showed a recall; it may lead to somebody who waits."""
        call = self._call
        if call is None:
            return
        self._phase, self._tone, self._since = Phase.RECALLED, None, at
        call.recalled_at, call.answered_at, call.by_hook, call.whole = at, 0, True, False
        call.onward = ""
        self._voices.forget(at + self._ways.seconds(VOICE_LASTS_SECONDS))
        exempt, call.exempt_at = call.exempt_waits(at, self._ways), None
        if exempt:
            yield ev.Classed(at, CallClass.EXEMPT)

    def broken(self, broke: se.Break) -> Iterator[Told]:
        """The line was broken for a moment; a dial tone will say if that was a recall. In doubt it led to who waits."""
        self._broke = broke
        if not self._ways.hooked and self._call is not None and self._call.exempt_waits(broke.at, self._ways):
            yield ev.Recalled(broke.at)
            yield from self.recall(broke.at)

    def keyed(self, blanked: se.Blanked) -> Iterator[Told]:
        """Something was keyed: its place. The tail after a number that is dialled would reach into its answer."""
        until, call = blanked.until, self._call
        if blanked.card and self._phase is Phase.BEFORE and call is not None and call.outgoing:
            until -= self._ways.seconds(TAIL_SECONDS)
        if self._ways.blank and until > blanked.at:
            yield ev.Keyed(blanked.at, until, blanked.keys, blanked.card)

    def ring(self, burst: se.RingBurst) -> Iterator[Told]:
        """The line rings."""
        self._voices.drop(burst.at, burst.until)
        if self._call is None:
            yield from self._approach.ring(burst)
        elif burst.at < self._call.at:
            self._call.rung_for = True

    def caller(self, caller: se.CallerId) -> Iterator[Told]:
        """Who calls was told, or who waits."""
        self._voices.drop(caller.at, caller.until)
        call = self._call
        if call is None:
            self._voices.forget(caller.until)  # its alert and run-in were none, and nobody has answered yet
            yield from self._approach.call(caller)
        elif caller.at < call.at + self._ways.seconds(SAME_RING_SECONDS):
            call.rung_for = True
            yield from self._approach.call(caller)
        elif self._ways.numbering.of_caller(caller.number) is CallClass.EXEMPT:
            call.exempt_at = caller.until

    def voice(self, at: int, until: int) -> Iterator[Told]:
        """Somebody talks."""
        tone, at = self._tone, max(at, self._since)
        if until <= at or (tone is not None and tone.on and tone.name is not Tone.RINGING):
            return
        self._voices.hear(at, until)
        if self._call is not None and not (self._phase is Phase.BEFORE and self._waits(self._call)):
            yield ev.VoiceHeard(at, until)

    def _waits(self, call: HeardCall) -> bool:
        """Whether voice is believed, and told, only once it has proved to be an answer."""
        return call.outgoing or call.rung_for

    def digit(self, digit: se.Digit) -> Iterator[Told]:
        """A key, by the strict rules."""
        call = self._call
        if self._once.again(digit) or (call is not None and call.whole):
            return  # heard on the other side, too; or keyed when its number had rung
        if call is None:
            yield from self._idle_digit(digit)
        elif self._phase is Phase.BEFORE and (call.outgoing or not call.rung_for):
            yield from self._dialled(call, digit)
        elif self._phase in (Phase.RECALLED, Phase.TRANSFER) and not call.answered_at:
            yield from self._transfer(call, digit)

    def _idle_digit(self, digit: se.Digit) -> Iterator[Told]:
        """A caller id that is keyed, or a number that is dialled though no hook tells of it."""
        after_tone = self._tone is not None and self._tone.name is Tone.DIAL
        idle, keyed = self._phase is Phase.IDLE, self._approach.keying or digit.digit in "ABCD"
        if (self._phase is Phase.OVER and after_tone) or (idle and not self._ways.hooked and not keyed):
            call = self._begin(digit.at)
            yield ev.Lifted(digit.at)
            yield from self._dialled(call, digit)
        elif idle:
            yield from self._approach.key(digit)

    def _dialled(self, call: HeardCall, digit: se.Digit) -> Iterator[Told]:
        self._voices.forget(digit.until)
        yield from call.dialled.dial(digit)

    def _transfer(self, call: HeardCall, digit: se.Digit) -> Iterator[Told]:
        if self._phase is Phase.RECALLED:
            yield from self._transferred(call, digit.at)
        self._voices.forget(digit.until)
        yield from call.led_on(digit, self._ways)

    def _transferred(self, call: HeardCall, at: int) -> Iterator[Told]:
        """Somebody is dialled after a recall; one that only its dial tone told of is told now."""
        self._phase = Phase.TRANSFER
        if not call.by_hook:
            yield ev.Recalled(call.recalled_at)
        yield ev.Dialling(at)

    def tone(self, at: int, name: Tone) -> Iterator[Told]:
        """A tone began."""
        self._tone = HeardTone(name, at, at)
        self._voices.clear(at)
        call = self._call
        if call is None:
            yield from self._idle_tone(at, name)
            return
        call.whole = name is Tone.RINGING or (call.whole and name is not Tone.DIAL)
        match self._phase, name:
            case Phase.BEFORE, _:
                yield from self._tone_before_answer(call, at, name)
            case ((Phase.TALK | Phase.TRANSFER), Tone.DIAL):
                yield from self._dial_tone(call, at)
            case ((Phase.RECALLED | Phase.TRANSFER), (Tone.DIAL | Tone.RINGING)):
                yield ev.ToneHeard(at, name)
            case Phase.TALK, Tone.RINGING:
                yield from self._after_all(call, at, LATE_RING_SECONDS)
            case Phase.TALK, _:
                yield from self._after_all(call, at, LATE_FAILURE_SECONDS)
                yield from self._failed(at, name)

    def _idle_tone(self, at: int, name: Tone) -> Iterator[Told]:
        """Without a hook, a tone that only a caller hears is the beginning of a call."""
        if not self._ways.hooked and name not in _FAILED:
            call, self._tone = self._begin(at), HeardTone(name, at, at)
            call.tones = True
            yield ev.Lifted(at)
            yield ev.ToneHeard(at, name)

    def _tone_before_answer(self, call: HeardCall, at: int, name: Tone) -> Iterator[Told]:
        if name is Tone.DIAL:
            call.dialled.again(at)
        else:
            yield from call.dialled.end(at)
        call.tones = True
        call.rang |= name is Tone.RINGING
        yield from self._failed(at, name) if name in _FAILED else [ev.ToneHeard(at, name)]

    def _failed(self, at: int, name: Tone) -> Iterator[Told]:
        yield ev.ToneHeard(at, name)
        tone = self._tone
        self._rest(Phase.OVER if self._ways.hooked else Phase.IDLE, at)
        self._tone = tone

    def _dial_tone(self, call: HeardCall, at: int) -> Iterator[Told]:
        """A dial tone in mid-call: the recording stops where the line broke."""
        self._phase, call.by_hook, call.answered_at, call.onward = Phase.RECALLED, False, 0, ""
        call.recalled_at = max(recalled_at(at, self._broke, self._ways), call.at)
        yield ev.ToneHeard(call.recalled_at, Tone.DIAL)

    def _after_all(self, call: HeardCall, at: int, seconds: float) -> Iterator[Told]:
        """What was said so soon between the number and what came of it was no answer."""
        if call.dialled.begun and not call.rang and at - call.dialled.last <= self._ways.seconds(seconds):
            self._phase, call.rang = Phase.BEFORE, True
            yield ev.ToneHeard(at, Tone.RINGING, call.answered_at)

    def tone_ended(self, until: int, name: Tone) -> Iterator[Told]:
        """It ended; what was taken for an answer while it went on was none."""
        tone, call = self._tone, self._call
        if tone is None or tone.name is not name:
            return
        tone.on = False
        answered = call.answered_at if call is not None else 0
        if call is None or name is not Tone.RINGING or not tone.at < answered < until:
            return
        call.answered_at = 0
        self._phase = Phase.BEFORE if self._phase is Phase.TALK else self._phase
        self._voices.forget(until)
        yield ev.ToneHeard(until, name, tone.at)

    def time(self, until: int) -> Iterator[Told]:
        """What is certain by now."""
        self._once.listened(until)
        call = self._call
        unanswered = call is not None and self._phase is not Phase.TALK and not call.answered_at
        if unanswered and self._tone is not None and self._tone.still_rings(until, self._ways):
            yield ev.ToneHeard(until, Tone.RINGING)
        if call is None:
            yield from self._approach.listened(until)
            if self._phase is Phase.IDLE and not self._ways.hooked:
                yield from self._start(until)
        elif self._phase is Phase.BEFORE:
            yield from call.dialled.listened(until)
            yield from self._answer(call, until)
        elif self._phase is not Phase.TALK and not call.answered_at:
            yield from self._answer_again(call, until)

    def _start(self, until: int) -> Iterator[Told]:
        """Without a hook: voice on a line that was idle, from a pre-roll before it, but after its ring."""
        voice = self._voices.made_out(until, VOICE_SECONDS)
        if voice is None:
            return
        at = max(voice - self._ways.pre_roll, self._approach.rang_until, self._since)
        call = self._begin(at)
        yield ev.Lifted(at)
        if call.rung_for:
            yield from self._answered(call, at)
        else:
            yield from (ev.VoiceHeard(*span) for span in self._voices.spans())

    def _answer(self, call: HeardCall, until: int) -> Iterator[Told]:
        at = answer_of(call, self._voices, self._ways, until)
        if at is not None:
            yield from call.dialled.end(at)
            yield from self._answered(call, at)

    def _answered(self, call: HeardCall, at: int) -> Iterator[Told]:
        self._phase, call.answered_at = Phase.TALK, max(at, 1)
        yield ev.Answered(at)
        yield from (ev.VoiceHeard(*span) for span in self._voices.spans())

    def _answer_again(self, call: HeardCall, until: int) -> Iterator[Told]:
        """Voice after a recall: of whom, says what was heard between."""
        voice = self._voices.made_out(until, VOICE_SECONDS)
        if voice is None:
            return
        dial_tone = self._tone is not None and self._tone.name is Tone.DIAL
        if self._phase is Phase.RECALLED and not dial_tone:
            yield from self._answered(call, call.recalled_at)
            return
        if self._phase is Phase.RECALLED:
            yield from self._transferred(call, voice)
        call.answered_at = begun(voice, self._voices, self._ways)
        yield ev.Answered(call.answered_at)
