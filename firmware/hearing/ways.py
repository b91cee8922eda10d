"""How one line tells of its calls, and the times by which what is heard on it is read."""

from dataclasses import dataclass

from firmware.call.numbering import Numbering
from firmware.call.rules import rules_of
from firmware.settings.model import KeyedDigits, Line, Settings

LEAD_SECONDS = 0.3
"""So far into it a voice is told (firmware/signal/voice, rule 2)."""

VOICE_LASTS_SECONDS = 0.5
"""So long after the last of it a voice is still told (firmware/signal/voice, rule 2)."""

VOICE_SECONDS = 0.25
"""Less voice than this, after the first 300 ms, answers nothing and begins nothing: a short word (our choice)."""

JOIN_SECONDS = 0.7
"""The longest pause between words that begin one voice: less than the second of a British ringing tone (our choice)."""

UNRUNG_SECONDS = 0.4
"""So much of it answers a number of which no ringing tone was heard (our choice)."""

UNTOLD_SECONDS = 2.0
"""So much voice answers a call of which no ring, tone or digit told (our choice)."""

MAKES_OUT_SECONDS = 1.25
"""From the first of a voice until it is believed to be one: calls have been told from tones by then."""

NUMBER_ENDS_SECONDS = 5.0
"""A number is whole when no digit followed for so long (ITU-T E.161 knows no end; our choice)."""

BREAK_BEFORE_SECONDS = 2.0
"""A break so long before a dial tone was the recall that it answers (signalling, section 6: 0.4 s)."""

MARGIN_SECONDS = 0.75
"""Where no break was heard a recall is taken to lie so far before its dial tone: a timed break of 0.1 s and the
exchange's quarter of a second (corpus), doubled."""

RING_SECONDS = 12.0
"""A ring or a caller id so long ago says that the call that begins was rung for (call/rules: TOLD_SECONDS)."""

SAME_RING_SECONDS = 1.0
"""A caller id that began so soon after the lift was sent before the exchange noticed it (our choice)."""

STILL_RINGS_SECONDS = 10.0
"""A ringing tone that goes on is told so often: the machine takes a minute without a word for an answer."""

LATE_RING_SECONDS = 25.0
"""A ringing tone begins at the latest so long after the number; mobiles take 10 s and more (our choice)."""

LATE_FAILURE_SECONDS = 10.0
"""The same for a tone that says that nobody was reached (our choice)."""

UNHEARD_RING_SECONDS = 60.0
"""The longest that a ring is taken to last of which only the announcement was heard (our choice: most are answered, or
given up, within a minute)."""

UNHEARD_EVERY_SECONDS = 5.0
"""How often that is told: well within the time for which a ring stands."""

WAITING_SECONDS = 60.0
"""A caller that was announced in mid-call so long ago may be whom a recall answers (our choice)."""


@dataclass(frozen=True, slots=True)
class Ways:
    """One line: its hook, its numbering, whether keyed digits are blanked; `rate` is positions a second, the rest positions."""

    rate: int
    hooked: bool
    blank: bool
    pre_roll: int
    makes_out: int
    numbering: Numbering

    def seconds(self, count: float) -> int:
        """A time in positions."""
        return round(count * self.rate)


def ways_of(settings: Settings, line: Line) -> Ways:
    """The ways of a line as its settings have them."""
    numbers, rules = settings.numbering, rules_of(line, settings.department_of(line).opt_out)
    longest = rules.lag - round(0.75 * line.rate)
    return Ways(
        rate=line.rate,
        hooked=line.hook is not None,
        blank=line.keyed_digits is KeyedDigits.BLANK,
        pre_roll=rules.pre_roll,
        makes_out=max(line.rate // 4, min(longest, round(MAKES_OUT_SECONDS * line.rate))),
        numbering=Numbering(
            position=line.position,
            access=numbers.access,
            extensions=numbers.extensions,
            area=numbers.area,
            internal_ring=numbers.internal_ring,
            exempt=tuple(each.number for each in settings.exempt),
        ),
    )
