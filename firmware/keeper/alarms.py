"""The open faults of the whole box as alarms: each has an age, an owner, and may be acknowledged.

1. An alarm is one code about one subject. It is told from the turn in which it is first seen.
2. Its opening is entered in the audit log once it has stood for half a minute, its closing once it was gone for
   ten minutes; what comes back before that is the same alarm. So nothing that flickers floods the log.
3. An acknowledgement takes an alarm off the lamps and out of the daily reminder, and out of nothing else. It ends when
   the alarm is closed, when it gets worse (its extent is larger than it was), on the day that the person
   named, and when the box has run for as long as there was until that day: no clock that is set back prolongs it.
4. Alarms and acknowledgements survive a restart in a small sealed file: persons write into it. Where that cannot be read
   nothing is acknowledged. How long they still count is kept every few minutes and at the end, so restarts prolong nothing.
5. The log commits to the reason of an acknowledgement; its text lies in that file and ends with it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from firmware.audit.entries import Commitment, Entry, What
from firmware.audit.log import AuditLog
from firmware.clock import DAY, SECOND, Clock, Stamp, london_date
from firmware.keeper.alarm import Acknowledged, Alarm, Name, Seen, again, read_alarm
from firmware.keeper.history import History
from firmware.vault import sealed_file
from firmware.vault.reading import UnreadableError, canonical, read_object
from firmware.vault.table import KeyTable

NAME: Final = "alarms.json"

OPENED_NS: Final = 30 * SECOND
"""How long an alarm stands before it is entered; our choice: a card that is plugged in anew takes less."""

CLOSED_NS: Final = 600 * SECOND
"""How long it is gone before that is entered; our choice: at most six a subject and hour."""

KEPT_NS: Final = 300 * SECOND
"""How often it is kept how long acknowledgements still count; our choice: a crash gives one five minutes at most."""


class Alarms:
    """Every alarm of one box."""

    def __init__(self, path: Path, table: KeyTable, log: AuditLog, history: History, clock: Clock) -> None:
        self._path, self._table, self._log, self._history = path, table, log, history
        now = clock.stamp()
        self._alarms = _read(path, table, now.boottime_ns)
        self._turned_ns = self._kept_ns = now.boottime_ns
        self._kept: object = self._durable()

    def look(self, found: Iterable[Seen], now: Stamp) -> None:
        """Take in what is seen now, in memory."""
        passed, self._turned_ns = now.boottime_ns - self._turned_ns, now.boottime_ns
        seen = {each.name: each for each in found}
        for name in self._alarms.keys() | seen.keys():
            alarm = _looked(self._alarms.get(name), seen.get(name), now)
            self._alarms[name] = _counted(alarm, passed, now)

    def settle(self, now: Stamp) -> None:
        """Enter what opened and closed, and keep what no restart may forget; durable on return. The disk may refuse (`OSError`)."""
        for name, alarm in list(self._alarms.items()):
            self._enter(name, alarm, now)
        self._keep(now)

    def rest(self, now: Stamp) -> None:
        """Keep how long acknowledgements still count, before the keeper ends; durable on return. The disk may refuse (`OSError`)."""
        passed, self._turned_ns = now.boottime_ns - self._turned_ns, now.boottime_ns
        self._alarms = {name: _counted(each, passed, now) for name, each in self._alarms.items()}
        if any(alarm.acknowledged for alarm in self._alarms.values()):
            self._write(now)

    def open(self) -> list[Alarm]:
        """Every alarm that is seen: those that nobody acknowledged first, the oldest first."""
        return [each for each in self.listed() if each.gone_ns is None]

    def listed(self) -> list[Alarm]:
        """The same, and those that are gone and not closed yet (rule 2)."""
        return sorted(self._alarms.values(), key=_order)

    def acknowledge(self, alarm: Alarm, by: tuple[str, Stamp], until: date, reason: str) -> Alarm:
        """Take a person's word, entered first (rule 5)."""
        (person, now), committed = by, Commitment.to(reason)
        fields = {**_fields(alarm), "person": person, "until": until.isoformat()}
        self._note(Entry(What.ACKNOWLEDGED, now, {**fields, "text_commitment": committed.digest}))
        left = (until - london_date(now.wall_ns)).days * DAY
        extent, salt = alarm.seen.extent, committed.salt.hex()
        said = Acknowledged(person, now.wall_ns, until, left, reason, salt, extent)
        acknowledged = replace(alarm, acknowledged=said, back="")
        self._alarms[alarm.seen.name] = acknowledged
        self._keep(now)
        return acknowledged

    def _enter(self, name: Name, alarm: Alarm, now: Stamp) -> None:
        """Rule 2."""
        if not alarm.entered and alarm.gone_ns is None and now.boottime_ns - alarm.first_ns >= OPENED_NS:
            self._note(Entry(What.FAULT_OPENED, now, {**_fields(alarm), "since_ns": alarm.since_ns}))
            self._alarms[name] = replace(alarm, entered=True)
        if alarm.gone_ns is not None and now.boottime_ns - alarm.gone_ns >= CLOSED_NS:
            if alarm.entered:
                self._note(Entry(What.FAULT_CLOSED, now, _fields(alarm)))
            del self._alarms[name]

    def _note(self, entry: Entry) -> None:
        self._log.append(entry)
        self._history.note(entry)

    def _keep(self, now: Stamp) -> None:
        """Write the file where something changed that no restart may forget, and now and then."""
        kept = self._durable()
        counting = any(alarm.acknowledged for alarm in self._alarms.values())
        if kept == self._kept and not (counting and now.boottime_ns - self._kept_ns >= KEPT_NS):
            return
        self._write(now)

    def _write(self, now: Stamp) -> None:
        content = {"format": 1, "alarms": [each.content() for each in self.listed()]}
        sealed_file.write(self._path, self._table, canonical(content))
        self._kept, self._kept_ns = self._durable(), now.boottime_ns

    def _durable(self) -> object:
        """What no restart may forget; messages and the time that an acknowledgement still counts are not in it."""
        return {
            name: (each.entered, each.back, each.acknowledged and each.acknowledged.at_ns)
            for name, each in self._alarms.items()
        }


def _looked(alarm: Alarm | None, seen: Seen | None, now: Stamp) -> Alarm:
    """An alarm as it stands now that it was looked for; at least one of alarm and seen is there."""
    if alarm is None:
        assert seen is not None  # noqa: S101  what is neither kept nor seen has no name
        return Alarm(seen, now.wall_ns if seen.since_ns is None else seen.since_ns, now.boottime_ns)
    if seen is not None:
        return again(alarm, seen)
    return alarm if alarm.gone_ns is not None else replace(alarm, gone_ns=now.boottime_ns)


def _counted(alarm: Alarm, passed_ns: int, now: Stamp) -> Alarm:
    """The alarm after so much time of running; its acknowledgement ends as rule 3 says."""
    said = alarm.acknowledged
    if said is None:
        return alarm
    said = replace(said, left_ns=max(0, said.left_ns - passed_ns))
    if alarm.seen.extent > said.extent:
        return replace(alarm, acknowledged=None, back=f"it got worse since {said.person} acknowledged it")
    if said.left_ns == 0 or london_date(now.wall_ns) >= said.until:
        passed = f"{said.person} acknowledged it until {said.until.isoformat()}, and that day has come"
        return replace(alarm, acknowledged=None, back=passed)
    return replace(alarm, acknowledged=said)


def _fields(alarm: Alarm) -> dict[str, object]:
    return {"code": alarm.seen.code, "subject": alarm.seen.subject}


def _order(alarm: Alarm) -> tuple[bool, int, Name]:
    return alarm.acknowledged is not None, alarm.since_ns, alarm.seen.name


def _read(path: Path, table: KeyTable, first_ns: int) -> dict[Name, Alarm]:
    """What was kept (rule 4)."""
    try:
        fields = read_object(sealed_file.read(path, table), NAME)
        fields.require_format(1)
        kept = [read_alarm(each, first_ns) for each in fields.each("alarms")]
    except (FileNotFoundError, UnreadableError):
        return {}
    return {each.seen.name: each for each in kept}
