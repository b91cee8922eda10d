"""What an office has decided, as frozen values: pure, no file, no clock.

Durations are seconds, rates are samples per second. Every value here has been
checked by `firmware.settings.load`; nothing here is half a setting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from firmware.settings.mail import MailSettings


class Position(StrEnum):
    """Where a line is tapped, which decides what can be promised about it."""

    PORT = "port"
    EXTENSION = "extension"
    HANDSET = "handset"


class OptOut(StrEnum):
    """What an opt-out does to the recording of its call; `none` where the notice offers no opt-out."""

    STOP = "stop"
    DISCARD = "discard"
    NONE = "none"


class Unclassified(StrEnum):
    """What becomes of a call that nothing classed."""

    WITHHOLD = "withhold"
    RECORD = "record"


class ButtonLost(StrEnum):
    """What a lost button does to its desk's lines."""

    WITHHOLD = "withhold"
    RECORD = "record"


class KeyedDigits(StrEnum):
    """What becomes of digits keyed in a call."""

    KEEP = "keep"
    BLANK = "blank"


class Cadence(StrEnum):
    """How a line rings: one burst and a long pause, or two bursts and a long pause."""

    NONE = ""
    SINGLE = "single"
    DOUBLE = "double"


@dataclass(frozen=True, slots=True)
class Office:
    """Who the controller is, what callers and staff were told, and when it is open (`Mon-Fri 09:00-17:00`, `""` for unsaid).

    `exceptional` are those of its purposes that need a reason in words each time.
    """

    name: str
    controller: str
    contact: str
    dpo: str
    lawful_basis: Mapping[str, str]
    purposes: tuple[str, ...]
    callers_told: str
    staff_told: str
    country: str
    hours: str = ""
    exceptional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """How long recordings are kept, from which date on: ISO 8601 period, `P30D`, `P2Y130D`, `P3M`."""

    name: str
    period: str
    effective: date
    reason: str


@dataclass(frozen=True, slots=True)
class Department:
    """A part of the office whose calls the notice names."""

    name: str
    policy: str
    opt_out: OptOut
    contact: str


@dataclass(frozen=True, slots=True)
class Tap:
    """One capture card and how it is opened. `kind` is the audio driver, `card` its stable name.

    For `sounddevice` and `pyaudio`: the ALSA PCM or card id; for `wav`: a file.
    `block` is the length of one read and `latency` what is asked of the card, in seconds.
    """

    name: str
    kind: str
    card: str
    rate: int
    channels: int
    block: float
    latency: float


@dataclass(frozen=True, slots=True)
class Sensor:
    """How a line's hook is sensed: driver kind (`gpiozero`, `script`) and its input, `""` for none.

    `lifted_high` says which level means lifted.
    """

    kind: str
    source: str
    lifted_high: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One telephone line: whose it is, which channels of which tap it is, and what is promised on it.

    `channels` are zero-based channels of the tap, one a side. A `never_record`
    line has no tap and is never opened: `tap`, `channels` and `hook` are empty and
    what stands in its other fields means nothing. `no_call_hours` are the office's hours
    without a call after which the line is looked at, 0 for never.
    """

    name: str
    department: str
    never_record: bool
    tap: str
    channels: tuple[int, ...]
    rate: int
    position: Position
    unclassified: Unclassified
    look_back: float
    pre_roll: float
    keyed_digits: KeyedDigits
    hook: Sensor | None
    same_call: float
    no_call_hours: int = 0

    @property
    def sides(self) -> int:
        """How many sides of the conversation arrive apart."""
        return len(self.channels)


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk's buttons and lamp, and the lines they act on.

    `panel` is the driver kind (`gpiozero`, `keyboard`, `script`, `none`). `pause` and
    `opt_out` name the inputs of each button's contacts: two for a changeover
    contact (normally open, normally closed), one for a single contact, none where
    there is no such button. `lamps` name outputs: recording lamp, withheld lamp, buzzer.
    `source` is the path at which a `script` panel is spoken to, `""` for none.
    """

    name: str
    panel: str
    pause: tuple[str, ...]
    opt_out: tuple[str, ...]
    lamps: tuple[str, ...]
    lines: tuple[str, ...]
    button_lost: ButtonLost
    source: str = ""


@dataclass(frozen=True, slots=True)
class Exempt:
    """A number whose calls are never recorded, and why; the number is in no `repr`, so in no log."""

    number: str = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True)
class NumberingSettings:
    """How the office's telephones number calls: `""` and nothing where it does not say.

    `extensions` are patterns of digits with `x` for any; `internal_ring` is how internal calls ring.
    """

    access: str = ""
    extensions: tuple[str, ...] = ()
    area: str = ""
    internal_ring: Cadence = Cadence.NONE


@dataclass(frozen=True, slots=True)
class Recipient:
    """A public key to which every recording is sealed, and who holds its private half."""

    name: str
    key: str
    holder: str


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the data lie. The run directory is `$RUNTIME_DIRECTORY` or `data/run`."""

    data: Path
    live_log_mib: int
    single_recipient: str


@dataclass(frozen=True, slots=True)
class CellSettings:
    """A cell for the root key: driver kind (`eeprom`, `file`), and the file at which it is reached."""

    kind: str
    path: Path


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """Where trusted time comes from."""

    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """How long a year of the audit log is kept after its last day: ISO 8601 period, never nothing."""

    keep: str


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns the checkpoints of the audit log: our name for him, and his verifier key as a text."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Support:
    """Until when whoever supplied the box mends its weaknesses, and whom to tell of one (ETSI EN 303 645, 5.2 and 5.3)."""

    until: date
    contact: str


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an office decided, and the digest (SHA-256, hex) of the text it was read from."""

    office: Office
    policies: tuple[Policy, ...]
    departments: tuple[Department, ...]
    taps: tuple[Tap, ...]
    lines: tuple[Line, ...]
    desks: tuple[Desk, ...]
    exempt: tuple[Exempt, ...]
    numbering: NumberingSettings
    recipients: tuple[Recipient, ...]
    storage: Storage
    cells: tuple[CellSettings, ...]
    clock: ClockSettings
    audit: AuditSettings
    witnesses: tuple[Witness, ...]
    mail: MailSettings | None
    support: Support | None
    digest: str
    text: str = field(repr=False)

    @property
    def recorded_lines(self) -> tuple[Line, ...]:
        """The lines that may be opened at all."""
        return tuple(line for line in self.lines if not line.never_record)

    def department_of(self, line: Line) -> Department:
        """The department a line belongs to."""
        return next(each for each in self.departments if each.name == line.department)

    def tap_of(self, line: Line) -> Tap:
        """The tap whose channels a line is."""
        return next(each for each in self.taps if each.name == line.tap)
