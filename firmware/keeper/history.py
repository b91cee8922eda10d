"""What the keeper remembers from its audit log when it starts: no other file has to agree with it."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from firmware.audit.entries import Entry, What
from firmware.clock import ClockState, london_date

FAULTS: Final = frozenset({What.FAULT_OPENED, What.FAULT_CLOSED, What.ACKNOWLEDGED})
NEWEST: Final = 500
"""How many entries about faults are remembered; our choice: the log itself has them all."""

A_SIGN: Final = 4096
"""Entries between two signs of life: our choice, a small fraction of a second on a small board."""


RECORDING: Final = "recording"
DETAILS: Final = "details"


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A copy that nobody confirmed destroyed: to whom, what for, when (wall clock, ns), and of what."""

    person: str
    purpose: str
    handed_ns: int
    of: str = RECORDING


@dataclass(slots=True)
class InForce:
    """One version of the settings: its digest, and the London date on which another took its place.

    `until` is `None` while it is in force, and also where it was replaced under a clock not to be believed
    and none was seen since: it then still counts.
    """

    digest: str
    replaced: bool = False
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """A round of sealing anew: for which set of recipients, and what was decided, `None` while it is open."""

    to: str
    decided: str | None = None


@dataclass(slots=True)
class History:
    """Filled entry by entry while the log is opened, and by those who enter something later.

    `newest` is the recording that was taken in last before the start, `told` whether a keeper began under a clock
    that it believed, `night` the London date of the newest live key, `promised` the generations that
    were to be destroyed and are not entered as destroyed, `settings` every version that was in force.
    `will_run` are runs entered and not carried out, `to_certify` those carried out and without a
    certificate, `runs` when each was carried out, `run_at` where it stands in the log. `copies` are handed
    out and not confirmed destroyed, by recording, and `handed` counts what changed of them; of `unsent` no entry says
    how much went, and of `unsaid` nobody said so, each with recording and person; `asked` are recordings whose erasure a person asked for,
    `unmarked` those that were not marked since.
    `alive` is told now and then while a log of years is read.
    `accepted` is the digest of settings that a person applied and that are not in force yet.
    `faults` are the newest entries about faults, the oldest first.
    `rounds` are those of sealing anew that are not carried out yet, `proved` when each recipient last was, `shown` the
    recipients that gave back a word since the newest round began.
    `persons` are those whose key files stood when the keeper last looked, each with the digest of his file and whether it counted, and
    `seen` when each account last asked for something, by the wall clock.
    """

    alive: Callable[[], object] = lambda: None
    newest: str | None = None
    told: bool = False
    night: date | None = None
    settings: list[InForce] = field(default_factory=list)
    promised: set[int] = field(default_factory=set)
    will_run: set[str] = field(default_factory=set)
    to_certify: set[str] = field(default_factory=set)
    runs: dict[str, int] = field(default_factory=dict)
    run_at: dict[str, int] = field(default_factory=dict)
    _visited: int = 0
    copies: dict[str, dict[str, HandedOut]] = field(default_factory=dict)
    handed: int = 0
    unsent: dict[str, tuple[str, str]] = field(default_factory=dict)
    unsaid: dict[str, tuple[str, str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    unmarked: set[str] = field(default_factory=set)
    accepted: str | None = None
    faults: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=NEWEST))
    rounds: dict[str, Round] = field(default_factory=dict)
    proved: dict[str, int] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    persons: dict[str, tuple[str, bool]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)

    def visit(self, entry: Mapping[str, Any]) -> None:
        """One more entry, in order."""
        self._take(entry)
        if entry["what"] == What.RUN:
            self.run_at[entry["run"]] = self._visited
        self._visited += 1
        if self._visited % A_SIGN == 0:
            self.alive()

    def begins_at(self, first: int) -> None:
        """The entries that were visited are those from `first` on: what came before was dropped."""
        self.run_at = {run: at + first for run, at in self.run_at.items()}

    def note(self, entry: Entry) -> None:
        """An entry that was made just now."""
        self._take(entry.content())

    def ran(self, entry: Entry, index: int) -> None:
        """The entry of a run that was carried out just now, and where it stands in the log."""
        self.note(entry)
        self.run_at[str(entry.fields["run"])] = index

    def _take(self, entry: Mapping[str, Any]) -> None:
        self._live(entry)
        self._settings(entry)
        self._runs(entry)
        self._copies(entry)
        self._people(entry)
        if entry["what"] in FAULTS:
            self.faults.append(entry)
        self._seals(entry)

    @property
    def digest(self) -> str | None:
        """The digest of the settings that were last in force."""
        return self.settings[-1].digest if self.settings else None

    def copies_of(self, recording: str) -> list[str]:
        """The copies of a recording that nobody confirmed destroyed."""
        return sorted(self.copies.get(recording, {}))

    def _live(self, entry: Mapping[str, Any]) -> None:
        match entry["what"]:
            case What.TAKEN_IN:
                self.newest = entry["recording"]
            case What.STARTED:
                self.told = self.told or entry["at"]["state"] != ClockState.UNTRUSTED
            case What.LIVE_MADE:
                self.night = date.fromisoformat(entry["on"])
            case What.WILL_DESTROY:
                self.promised.add(entry["generation"])
            case What.DESTROYED:
                self.promised.discard(entry["generation"])

    def _settings(self, entry: Mapping[str, Any]) -> None:
        if entry["what"] == What.ACCEPTED:
            self.accepted = entry["digest"]
        if entry["what"] == What.SETTINGS:
            self.accepted = None
            if self.settings:
                self.settings[-1].replaced = True
            self.settings.append(InForce(entry["digest"]))
        if self._waits and entry["at"]["state"] != ClockState.UNTRUSTED:
            self.dated(london_date(entry["at"]["wall_ns"]))

    @property
    def _waits(self) -> bool:
        """Whether a version waits for its date: else no entry needs its own, of which a year has 450,000."""
        return any(version.replaced and version.until is None for version in self.settings)

    def dated(self, today: date) -> None:
        """The clock is to be believed: what was replaced before, and not dated, was replaced by today."""
        for version in self.settings:
            if version.replaced and version.until is None:
                version.until = today

    def _runs(self, entry: Mapping[str, Any]) -> None:
        match entry["what"]:
            case What.WILL_RUN:
                self.will_run.add(entry["run"])
            case What.RUN:
                self.will_run.discard(entry["run"])
                self.to_certify.add(entry["run"])
                self.runs[entry["run"]] = entry["at"]["wall_ns"]
            case What.CERTIFIED:
                self.to_certify.discard(entry["run"])

    def _seals(self, entry: Mapping[str, Any]) -> None:
        match entry["what"]:
            case What.RESEALED if entry["round"] not in self.rounds:
                self.rounds[entry["round"]] = Round(entry["to"])
                self.shown = set()
            case What.RESEAL_CONFIRMED | What.RESEAL_DROPPED:
                self.rounds[entry["round"]] = Round(entry["to"], decided=entry["what"])
            case What.RESEAL_DONE:
                self.rounds.pop(entry["round"], None)
            case What.PROVED:
                self.shown.add(entry["recipient"])
                if entry["at"]["state"] != ClockState.UNTRUSTED:
                    self.proved[entry["recipient"]] = entry["at"]["wall_ns"]

    def _copies(self, entry: Mapping[str, Any]) -> None:
        match entry["what"]:
            case What.GET if "copy" in entry:
                self._hand_out(entry)
            case What.COPY_GONE:
                self.copies.get(entry["recording"], {}).pop(entry["copy"], None)
                self.handed += 1
            case What.SENT if "copy" in entry:
                self.unsent.pop(entry["copy"], None)
                if entry["bytes"] is not None:
                    self.unsaid.pop(entry["copy"], None)
            case What.SENT:  # by a version that did not name the copy
                self.unsent = {copy: of for copy, of in self.unsent.items() if of[0] != entry["recording"]}

    def _hand_out(self, entry: Mapping[str, Any]) -> None:
        copy, recording, person = entry["copy"], entry["recording"], entry["person"]
        out = HandedOut(person, entry["purpose"], entry["at"]["wall_ns"], entry.get("of", RECORDING))
        self.copies.setdefault(recording, {})[copy] = out
        self.unsent[copy] = self.unsaid[copy] = (recording, person)
        self.handed += 1

    def _people(self, entry: Mapping[str, Any]) -> None:
        match entry["what"]:
            case What.ASKED:
                self.asked.add(entry["recording"])
                self.unmarked.add(entry["recording"])
            case What.MARKED:
                self.unmarked.difference_update(entry["marked"])
            case What.WITHDRAWN:
                self.asked.discard(entry["recording"])
            case What.LOOKED:
                self.seen[entry["person"]] = entry["at"]["wall_ns"]
            case What.PERSON_ADDED | What.PERSON_CHANGED:
                self.persons[entry["person"]] = (entry["file"], entry.get("counts", True))
            case What.PERSON_REMOVED:
                self.persons.pop(entry["person"], None)
