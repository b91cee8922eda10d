"""One alarm: a fault that stands, since when, and who acknowledged it; as it is kept and as it is told."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from firmware.alarms import concern_of, controllers, may_be_silenced, on_lamp, owner_of
from firmware.vault.reading import Fields

KEEPER: Final = "keeper"
RECORDER: Final = "recorder"
"""Who sees a fault."""

Name = tuple[str, str]
"""Code and subject: what makes an alarm this one while its message changes."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A fault as it is seen now; `by` says who sees it, `since_ns` since when (wall clock), if that is known."""

    code: str
    subject: str
    message: str
    hint: str
    extent: int
    by: str
    since_ns: int | None = None

    @property
    def name(self) -> Name:
        """Code and subject."""
        return self.code, self.subject


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A person's word that a fault is known: who, when (wall clock), until before which day, why, and how bad it was.

    `left_ns` is for how much longer it counts, of the time that the box runs.
    """

    person: str
    at_ns: int
    until: date
    left_ns: int
    reason: str
    salt: str
    extent: int

    def content(self) -> dict[str, object]:
        """As it is kept."""
        return {
            "person": self.person,
            "at_ns": self.at_ns,
            "until": self.until.isoformat(),
            "left_ns": self.left_ns,
            "reason": self.reason,
            "salt": self.salt,
            "extent": self.extent,
        }


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. `first_ns` and `gone_ns` are of the boot clock of this run of the keeper: since when it is
    seen, and since when no more. `entered` says that its opening stands in the audit log, `back` how its
    acknowledgement ended.
    """

    seen: Seen
    since_ns: int
    first_ns: int
    gone_ns: int | None = None
    entered: bool = False
    acknowledged: Acknowledged | None = None
    back: str = ""

    @property
    def silenced(self) -> bool:
        """Whether lamp and daily reminder leave it out."""
        return self.acknowledged is not None and may_be_silenced(self.seen.code)

    @property
    def on_lamp(self) -> bool:
        """Whether the lamps on the desks are to show it."""
        return self.gone_ns is None and on_lamp(self.seen.code) and not self.silenced

    def content(self) -> dict[str, object]:
        """As it is kept over a restart."""
        acknowledged = None if self.acknowledged is None else self.acknowledged.content()
        return {
            **_told(self.seen),
            "extent": self.seen.extent,
            "since_ns": self.since_ns,
            "entered": self.entered,
            "acknowledged": acknowledged,
            "back": self.back,
        }

    def told(self) -> dict[str, Any]:
        """As whoever asks is told."""
        code = self.seen.code
        return {
            **_told(self.seen),
            "since_wall_ns": self.since_ns,
            "owner": str(owner_of(code)),
            "concerns": str(concern_of(code)),
            "controller": controllers(code),
            "on_lamp": on_lamp(code),
            "silenced": self.silenced,
            "state": "open" if self.acknowledged is None else "acknowledged",
            "acknowledged": None if self.acknowledged is None else _word(self.acknowledged),
            "back": self.back,
        }


def _told(seen: Seen) -> dict[str, Any]:
    return {
        "code": seen.code,
        "subject": seen.subject,
        "message": seen.message,
        "hint": seen.hint,
        "by": seen.by,
    }


def _word(said: Acknowledged) -> dict[str, object]:
    return {
        "person": said.person,
        "at_ns": said.at_ns,
        "until": said.until.isoformat(),
        "reason": said.reason,
    }


def read_alarm(fields: Fields, first_ns: int) -> Alarm:
    """An alarm as it was kept; until it is seen again it counts as gone since `first_ns`. Refuses what is wrong as `UnreadableError`."""
    code, subject, message, hint, by = map(fields.text, ("code", "subject", "message", "hint", "by"))
    said = fields.inner("acknowledged") if fields.content.get("acknowledged") is not None else None
    return Alarm(
        Seen(code, subject, message, hint, fields.whole("extent"), by),
        fields.whole("since_ns"),
        first_ns,
        gone_ns=first_ns,
        entered=fields.content.get("entered") is True,
        acknowledged=None if said is None else _read_word(said),
        back=fields.text("back"),
    )


def _read_word(said: Fields) -> Acknowledged:
    return Acknowledged(
        said.text("person"),
        said.whole("at_ns"),
        said.day("until"),
        said.whole("left_ns"),
        said.text("reason"),
        said.text("salt"),
        said.whole("extent"),
    )


def again(alarm: Alarm, seen: Seen) -> Alarm:
    """The same alarm as it is seen now."""
    return replace(alarm, seen=seen, gone_ns=None)
