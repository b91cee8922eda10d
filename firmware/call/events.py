"""What a line is told about a call.

Every instant is a *position*: a count of samples of its line since the
recorder began to listen, lost samples included, so that positions are time and
a cut is exact.
"""

from dataclasses import dataclass
from enum import StrEnum


class CallClass(StrEnum):
    """What a call is, as far as recording goes."""

    UNDECIDED = "undecided"
    EXTERNAL = "external"
    INTERNAL = "internal"
    EXEMPT = "exempt"
    UNCLASSIFIED = "unclassified"


class Reason(StrEnum):
    """What became of a stretch of time off the hook; all but `RECORDED` were withheld or lost."""

    RECORDED = "recorded"
    PAUSED = "paused"
    LATE_CUT = "late cut"
    OPTED_OUT = "opted out"
    INTERNAL = "internal"
    EXEMPT = "exempt"
    TRANSFERRED = "transferred"
    UNCLASSIFIED = "unclassified"
    NOT_ANSWERED = "not answered"
    CARD_ENTRY = "card entry"
    KEYED = "keyed digits"
    NO_CALL = "off hook without a call"
    BUTTON_LOST = "withheld: button lost"
    LOST_SAMPLES = "lost: no samples"
    LOST_RESTARTED = "lost: restarted"
    LOST_DISK = "lost: disk"
    LOST_NOT_ARMED = "lost: not armed"


class Tone(StrEnum):
    """A call progress tone that ends a call, or tells that it is being dialled."""

    DIAL = "dial"
    RINGING = "ringing"
    BUSY = "busy"
    UNOBTAINABLE = "unobtainable"


@dataclass(frozen=True, slots=True)
class Lifted:
    """The hook was lifted."""

    at: int


@dataclass(frozen=True, slots=True)
class Replaced:
    """The hook was replaced."""

    at: int


@dataclass(frozen=True, slots=True)
class Rang:
    """The line rings."""

    at: int


@dataclass(frozen=True, slots=True)
class Dialling:
    """Something is being dialled: the call is not answered yet."""

    at: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The far end answered."""

    at: int


@dataclass(frozen=True, slots=True)
class Classed:
    """The call was classed, from its numbers, its ring or by being told."""

    at: int
    call_class: CallClass


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """A call progress tone was heard; `since` is from where on, if that lies before something told already."""

    at: int
    tone: Tone
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """A recall: the line was broken for a moment to reach the exchange in mid-call.

    What is dialled after it makes it a transfer.
    """

    at: int


@dataclass(frozen=True, slots=True)
class VoiceHeard:
    """Voice was heard from `at` up to `until`, on any side."""

    at: int
    until: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """Something was keyed from `at` up to `until`, margins included: withhold it, whatever it was.

    `card` where so much is keyed that it may be a card: then everything in it is withheld, speech
    too. `keys` counts what was keyed, each key in one `Keyed` only; never which.
    """

    at: int
    until: int
    keys: int
    card: bool


@dataclass(frozen=True, slots=True)
class PausePressed:
    """A desk's press paused the line; `at` is the edge."""

    at: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """A desk resumed the line."""

    at: int


@dataclass(frozen=True, slots=True)
class CutLate:
    """A desk asked that the time before the pause be left out too."""

    at: int


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The caller does not want to be recorded; `at` is the edge."""

    at: int


@dataclass(frozen=True, slots=True)
class ButtonGone:
    """A desk's button was lost: cut, unplugged or short."""

    at: int
    desk: str


@dataclass(frozen=True, slots=True)
class ButtonBack:
    """A desk's button is there again."""

    at: int
    desk: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Samples from `at` up to `until` never arrived."""

    at: int
    until: int


@dataclass(frozen=True, slots=True)
class DiskBehind:
    """What is sealed can not be written: withhold until `DiskBack`."""

    at: int


@dataclass(frozen=True, slots=True)
class DiskBack:
    """What is sealed can be written again."""

    at: int


@dataclass(frozen=True, slots=True)
class Armed:
    """A recipient is proved and the clock was trusted once: lines may be recorded."""

    at: int


Event = (
    Lifted
    | Replaced
    | Rang
    | Dialling
    | Answered
    | Classed
    | ToneHeard
    | Recalled
    | VoiceHeard
    | Keyed
    | PausePressed
    | Resumed
    | CutLate
    | OptedOut
    | ButtonGone
    | ButtonBack
    | Missing
    | DiskBehind
    | DiskBack
    | Armed
)
