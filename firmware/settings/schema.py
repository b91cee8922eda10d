"""The settings file as tables of keys: each key's kind and default, and the value that a table becomes.

Rules of this module:

1. A key that is not here is a mistake: a key nobody reads protects nobody.
2. A key whose default is a `Must` has none: it must be written, always or
   where the `Must` says.
3. Rules between keys are in `firmware.settings.rules`, not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar, cast

from firmware.settings import kinds, model
from firmware.settings.kinds import Kind, choice, one_number_of, one_of, seconds, several, whole
from firmware.settings.mail import MailSettings, MailTls
from firmware.settings.recipient_kind import RECIPIENT
from firmware.settings.verifier_key import WITNESS_KEY

Value = TypeVar("Value")

TAP_RATES = (8000, 16000, 32000, 44100, 48000, 96000)
"""Samples a second that capture cards list (research: hardware, finding 1)."""

LINE_RATES = (8000, 16000)
"""Samples a second at which a line is heard and recorded (DESIGN section 4)."""

SLOT_MIB = 4
"""The live log is made of slots of this size (research: sealing, section 3)."""

LEAST_SLOTS = 8
"""Fewer would never admit a call: slots are kept free for what frees others."""


class Must(Enum):
    """Stands where a default would: when the key must be written."""

    ALWAYS = "must be written"
    RECORDED = "must be written for a recorded line"
    EXTENSION = "must be written for an extension, and only there"


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its kind (or the table that it is), its default, and the field it fills if that is named otherwise.

    The value of a hidden key is never shown in a mistake.
    """

    name: str
    kind: "Kind | Table[Any]"
    default: object = Must.ALWAYS
    field: str = ""
    hidden: bool = False

    @property
    def fills(self) -> str:
        """The field of the dataclass that this key fills."""
        return self.field or self.name


@dataclass(frozen=True, slots=True)
class Table(Generic[Value]):
    """One table: its keys, and what makes a value of them.

    A single table stands once, as `[name]`; any other as often as one likes, as
    `[[name]]`. A needed one stands at least once; where an optional single one is left out there is no value of it.
    """

    name: str
    keys: tuple[Key, ...]
    make: Callable[..., Value]
    single: bool = False
    needed: bool = False
    optional: bool = False

    @property
    def heading(self) -> str:
        """How the file writes it."""
        return f"[{self.name}]" if self.single else f"[[{self.name}]]"


def _line(**values: object) -> model.Line:
    """A line; what an unrecorded line or one without doubt does not have is filled with what can do no harm."""
    harmless = {"tap": "", "position": model.Position.PORT, "unclassified": model.Unclassified.WITHHOLD}
    unopened = {"channels": ()} if values["never_record"] else {}
    return model.Line(**cast("dict[str, Any]", {**harmless, **values, **unopened}))


LAWFUL_BASIS: Table[dict[str, str]] = Table(
    "lawful_basis",
    (Key("callers", kinds.TEXT), Key("staff", kinds.TEXT)),
    dict,
)

OFFICE = Table(
    "office",
    (
        Key("name", kinds.TEXT),
        Key("controller", kinds.TEXT),
        Key("contact", kinds.TEXT, hidden=True),
        Key("dpo", kinds.TEXT, hidden=True),
        Key("purposes", several(kinds.NAME, 1, 40)),
        Key("exceptional", several(kinds.NAME, 0, 40), ()),
        Key("callers_told", kinds.TEXT),
        Key("staff_told", kinds.TEXT),
        Key("country", one_of("GB"), "GB"),
        Key("hours", kinds.HOURS_OR_NONE, ""),
        Key("lawful_basis", LAWFUL_BASIS),
    ),
    model.Office,
    single=True,
    needed=True,
)

POLICY = Table(
    "policy",
    (
        Key("name", kinds.NAME),
        Key("period", kinds.PERIOD),
        Key("from", kinds.DAY, field="effective"),
        Key("reason", kinds.TEXT),
    ),
    model.Policy,
    needed=True,
)

DEPARTMENT = Table(
    "department",
    (
        Key("name", kinds.NAME),
        Key("policy", kinds.NAME),
        Key("opt_out", choice(model.OptOut)),
        Key("contact", kinds.TEXT_OR_NONE, "", hidden=True),
    ),
    model.Department,
    needed=True,
)

TAP = Table(
    "tap",
    (
        Key("name", kinds.NAME),
        Key("kind", one_of("sounddevice", "pyaudio", "wav")),
        Key("card", kinds.TEXT),
        Key("rate", one_number_of(*TAP_RATES)),
        Key("channels", whole(1, 64)),
        Key("block", seconds(0.01, 0.5), 0.1),
        Key("latency", seconds(0.01, 1.5), 1.5),
    ),
    model.Tap,
)

HOOK = Table(
    "hook",
    (
        Key("kind", one_of("gpiozero", "script")),
        Key("source", kinds.WORD_OR_NONE, ""),
        Key("lifted_high", kinds.FLAG, default=True),
    ),
    model.Sensor,
)

LINE = Table(
    "line",
    (
        Key("name", kinds.NAME),
        Key("department", kinds.NAME),
        Key("never_record", kinds.FLAG, default=False),
        Key("tap", kinds.NAME, Must.RECORDED),
        Key("channels", several(whole(0, 63), 1, 2), (0,)),
        Key("rate", one_number_of(*LINE_RATES), 8000),
        Key("position", choice(model.Position), Must.RECORDED),
        Key("unclassified", choice(model.Unclassified), Must.EXTENSION),
        Key("look_back", seconds(0, 10), 2.0),
        Key("pre_roll", seconds(0, 5), 1.0),
        Key("keyed_digits", choice(model.KeyedDigits), model.KeyedDigits.KEEP),
        Key("hook", HOOK, None),
        Key("no_call_hours", whole(0, 1000), 0),
        Key("same_call", seconds(0, 10), 2.0),
    ),
    _line,
    needed=True,
)

DESK = Table(
    "desk",
    (
        Key("name", kinds.NAME),
        Key("panel", one_of("gpiozero", "keyboard", "script", "none")),
        Key("pause", several(kinds.WORD, 0, 2), ()),
        Key("opt_out", several(kinds.WORD, 0, 2), ()),
        Key("lamps", several(kinds.WORD, 0, 3), ()),
        Key("lines", several(kinds.NAME, 1, 64)),
        Key("button_lost", choice(model.ButtonLost), model.ButtonLost.WITHHOLD),
        Key("source", kinds.WORD_OR_NONE, ""),
    ),
    model.Desk,
)

EXEMPT = Table(
    "exempt",
    (Key("number", kinds.NUMBER, hidden=True), Key("reason", kinds.TEXT)),
    model.Exempt,
)

NUMBERING = Table(
    "numbering",
    (
        Key("access", kinds.ACCESS, ""),
        Key("extensions", several(kinds.EXTENSION, 0, 40), ()),
        Key("area", kinds.AREA, ""),
        Key("internal_ring", choice(model.Cadence), model.Cadence.NONE),
    ),
    model.NumberingSettings,
    single=True,
)

RECIPIENT_TABLE = Table(
    "recipient",
    (Key("name", kinds.NAME), Key("key", RECIPIENT), Key("holder", kinds.TEXT)),
    model.Recipient,
    needed=True,
)

STORAGE = Table(
    "storage",
    (
        Key("data", kinds.FOLDER),
        Key("live_log_mib", whole(LEAST_SLOTS * SLOT_MIB, 4096, SLOT_MIB), 256),
        Key("single_recipient", one_of("", "accepted"), ""),
    ),
    model.Storage,
    single=True,
    needed=True,
)

CELL = Table(
    "cell",
    (Key("kind", one_of("eeprom", "file")), Key("path", kinds.FOLDER)),
    model.CellSettings,
)

AUDIT = Table("audit", (Key("keep", kinds.LONG_PERIOD, "P6Y"),), model.AuditSettings, single=True)

WITNESS = Table("witness", (Key("name", kinds.NAME), Key("key", WITNESS_KEY)), model.Witness)

CLOCK = Table("clock", (Key("servers", several(kinds.HOST, 0, 8), ()),), model.ClockSettings, single=True)

MAIL = Table(
    "mail",
    (
        Key("relay", kinds.HOST),
        Key("address", kinds.ADDRESS),
        Key("port", whole(1, 65535), 587),
        Key("tls", choice(MailTls), MailTls.STARTTLS),
        Key("from", kinds.MAILBOX, field="sender"),
        Key("to", several(kinds.MAILBOX, 0, 8), ()),
        Key("user", kinds.TEXT_OR_NONE, ""),
        Key("ca", kinds.WORD_OR_NONE, ""),
    ),
    MailSettings,
    single=True,
    optional=True,
)

SUPPORT = Table(
    "support",
    (Key("until", kinds.DAY), Key("contact", kinds.TEXT)),
    model.Support,
    single=True,
    optional=True,
)

SCHEMA: tuple[Table[Any], ...] = (
    OFFICE,
    POLICY,
    DEPARTMENT,
    TAP,
    LINE,
    DESK,
    EXEMPT,
    NUMBERING,
    RECIPIENT_TABLE,
    STORAGE,
    CELL,
    CLOCK,
    AUDIT,
    WITNESS,
    MAIL,
    SUPPORT,
)
"""Every table of the file, in the order in which mistakes are told."""
