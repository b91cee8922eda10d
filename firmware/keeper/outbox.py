"""What is to be mailed about open faults, and whether mail leaves.

1. The mail process reads no settings file and no folder of the box: what it needs is asked here, and no telephone number is in it.
2. It may ask what is to be mailed and say in one word what became of it, and nothing else.
3. Where mail is set up and nobody asked for an hour, or the last word was that it did not leave, that is a fault. It is
   not mailed itself.
"""

import os
from enum import StrEnum
from typing import Any, Final

from firmware.clock import SECOND
from firmware.faults import DeviceFault, Refused
from firmware.keeper.alarm import Alarm
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.mail_account import ACCOUNT
from firmware.keeper.seen import look
from firmware.settings.mail import MailSettings
from firmware.vault.reading import Fields

CODE: Final = "device.relay-silent"

SILENT_NS: Final = 3600 * SECOND
"""How long nobody asks before that is a fault; our choice: the timer asks every five minutes."""


class Outcome(StrEnum):
    """What became of a run of the mail process, in a word."""

    SENT = "sent"
    NOTHING = "nothing"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNSAFE = "unsafe"
    PASSWORD = "password"  # noqa: S105  a word for what is missing, not one


WHY: Final = {
    Outcome.UNREACHABLE: "cannot be reached",
    Outcome.REFUSED: "does not take the mail",
    Outcome.UNSAFE: "does not prove under TLS that it is the relay",
    Outcome.PASSWORD: "asks for a password, and there is none or another",
}


class Outbox:
    """Mail of one box, since the keeper began."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._asked_ns = box.clock.stamp().boottime_ns
        self._outcome = Outcome.NOTHING

    def mail(self, person: Person, _request: Fields) -> Answer:
        """`mail`: the relay, whom to tell, and every alarm that stood long enough; `relay` is `None` where no mail is sent."""
        _require_mail(person)
        box, now = self._box, self._box.clock.stamp()
        look(box)
        settings, office = box.settings.mail, box.settings.office
        self._asked_ns = now.boottime_ns
        return Answer(
            {
                "ok": True,
                "office": office.name,
                "now_ns": now.wall_ns,
                "relay": None if settings is None else _relay(settings),
                "to": [] if settings is None else _to(settings, office.contact),
                "alarms": [_told(each) for each in box.alarms.listed() if _mailed(each)],
            }
        )

    def mailed(self, person: Person, request: Fields) -> Answer:
        """`mailed`: what became of the mail, in a word (rule 2)."""
        _require_mail(person)
        word = request.text("outcome")
        if word not in set(Outcome):
            words = ", ".join(Outcome)
            raise Refused(
                "refused.arguments", "that is no word for what became of mail", f"say one of: {words}"
            )
        self._outcome = Outcome(word)
        return Answer({"ok": True})

    def fault(self) -> DeviceFault | None:
        """The fault that stands while mail is set up and does not leave (rule 3)."""
        mail = self._box.settings.mail
        if mail is None:
            return None
        if self._box.clock.stamp().boottime_ns - self._asked_ns >= SILENT_NS:
            idle = "nothing asks for the mail about faults, so none is sent"
            return DeviceFault(CODE, idle, "systemctl enable --now callbox-mail.timer")
        if self._outcome not in WHY:
            return None
        why = f"no mail about faults is sent: the relay {mail.relay} at {mail.address} {WHY[self._outcome]}"
        return DeviceFault(CODE, why, "journalctl -u callbox-mail says what it answered; it is tried again")


def _require_mail(person: Person) -> None:
    """Rule 2; the keeper's own account may as well."""
    if person.name != ACCOUNT and person.uid != os.geteuid():
        others = f"account {person.name} does not send the mail about faults"
        raise Refused("refused.not-you", others, "`callbox shell status` says what is open")


def _mailed(alarm: Alarm) -> bool:
    return alarm.entered and alarm.seen.code != CODE


def _told(alarm: Alarm) -> dict[str, Any]:
    """An alarm without the reason of its acknowledgement, which is the office's own and stays on the box."""
    told = alarm.told()
    kept = ("code", "subject", "message", "hint", "since_wall_ns", "owner", "silenced", "controller")
    return {name: told[name] for name in kept}


def _relay(mail: MailSettings) -> dict[str, object]:
    return {
        "name": mail.relay,
        "address": mail.address,
        "port": mail.port,
        "tls": str(mail.tls),
        "from": mail.sender,
        "user": mail.user,
        "ca": mail.ca,
    }


def _to(mail: MailSettings, contact: str) -> list[dict[str, object]]:
    """Who is told of everything, and the contact, who is told of keeping and loss in any case."""
    every = mail.to or (contact,)
    told: list[dict[str, object]] = [{"address": each, "all": True} for each in every]
    return told if contact in every else [*told, {"address": contact, "all": False}]
