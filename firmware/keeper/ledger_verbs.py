"""`ledger` and `stats`: why there is no recording at 14:05, and figures that tell of nobody.

1. Why is answered from the ledger; the recording that is there is named from the catalogue.
2. After its day only totals are known of a line's day, and it is said so.
3. Statistics come from totals alone (`firmware.ledger.stats`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from firmware.call.events import Reason
from firmware.call.typed import said
from firmware.clock import london_date
from firmware.faults import Refused
from firmware.keeper.box import Box
from firmware.keeper.door import Answer, Person
from firmware.keeper.shrinking import department_of, whose
from firmware.ledger import stats, words
from firmware.ledger.account import Stretch, joined
from firmware.ledger.totals import DayTotals
from firmware.vault.reading import Fields

DAY = timedelta(days=1)
USUAL = timedelta(days=27)
"""Four weeks with the last day, where nobody says from when: our choice."""

Gone = Callable[[str, Stretch], str]
"""Says of a line's recorded stretch why its recording is not in the catalogue."""


def not_here(_line: str, _stretch: Stretch) -> str:
    """What is true of every recording that is not in the catalogue."""
    return "It was recorded; the recording is not here: it is not taken in yet, was left out whole, or is destroyed."


@dataclass(frozen=True, slots=True)
class LedgerVerbs:
    """The answers, over one box."""

    box: Box
    gone: Gone = not_here

    def verbs(self) -> dict[str, Callable[[Person, Fields], Answer]]:
        """What may be asked."""
        return {"ledger": self._ledger, "stats": self._stats}

    def _ledger(self, _person: Person, request: Fields) -> Answer:
        line, at = request.text("line"), request.maybe_whole("at_ns")
        if at is not None:
            return self._at(line, at, request.whole("until_ns"))
        on = _date(request, "on") or london_date(self.box.clock.stamp().wall_ns)
        stretches, totals = self.box.ledger.stretches(line, on), self._totals(line, on, on)
        self._require_known(line, totals)
        sentence = words.SHRUNK if self.box.ledger.shrunk(line, on) else None
        return self._answer(line, list(joined(stretches)), totals, sentence)

    def _at(self, line: str, at: int, until: int) -> Answer:
        """What became of the time from one wall instant up to another, or why nothing is entered."""
        first, last = london_date(at), london_date(until)
        totals = self._totals(line, first, last)
        self._require_known(line, totals)
        around = [first - DAY, *sorted({first, last}), last + DAY]
        stretches = list(joined(each for on in around for each in self.box.ledger.stretches(line, on)))
        found = words.within(stretches, at, until)
        return self._answer(line, found, totals, None if found else self._silence(line, stretches, at))

    def _silence(self, line: str, stretches: list[Stretch], at: int) -> str:
        if at > self.box.clock.stamp().wall_ns:
            return words.NOT_YET
        if self.box.ledger.shrunk(line, london_date(at)):
            return words.SHRUNK
        return words.silence(stretches, at, hook=self._hook(line))

    def _answer(
        self, line: str, found: list[Stretch], totals: list[DayTotals], sentence: str | None
    ) -> Answer:
        hook = all(day.whose.hook if day.whose else self._hook(line) for day in totals)
        hook = hook if totals else self._hook(line)
        content = {
            "ok": True,
            "line": line,
            "hook": hook,
            "sentence": sentence,
            "about": None if hook else words.DETECTED,
            "stretches": [self._stretch(line, each) for each in found],
            "totals": [day.content() for day in totals],
        }
        return Answer(content)

    def _stretch(self, line: str, each: Stretch) -> dict[str, object]:
        near = self.box.catalogue.heard(line, each.began_ns, each.until_ns) if each.call else []
        recordings = [row.id for row in near if row.call == each.call]
        lacking = each.reason == Reason.RECORDED and not recordings
        return {
            "began_ns": each.began_ns,
            "until_ns": each.until_ns,
            "reason": each.reason,
            "sentence": self.gone(line, each) if lacking else words.sentence(each.reason),
            "call": each.call,
            "recordings": recordings,
        }

    def _totals(self, line: str, first: date, last: date) -> list[DayTotals]:
        found = self.box.ledger.totals()
        return [found[key] for key in sorted({(line, first), (line, last)}) if key in found]

    def _hook(self, line: str) -> bool:
        known = whose(self.box.settings).get(line)
        return known is None or known.hook

    def _require_known(self, line: str, totals: list[DayTotals]) -> None:
        names = [each.name for each in self.box.settings.lines]
        if line not in names and not totals:
            nothing = (
                f"there is no line {said(line, 'of that name')}, and the ledger knows none of that name then"
            )
            raise Refused("refused.arguments", nothing, f"the lines are: {', '.join(names)}")

    def _stats(self, _person: Person, request: Fields) -> Answer:
        over = london_date(self.box.clock.stamp().wall_ns) - DAY
        last = min(_date(request, "to") or over, over)
        first = _date(request, "from") or last - USUAL
        by = request.maybe_text("by") or "day"
        if by not in stats.PERIODS:
            raise Refused("refused.arguments", f"{said(by)} is no period", "one of: day, week, month")
        days = [day for day in self.box.ledger.totals().values() if day.on <= over]
        figures = stats.told(days, first, last, by, lambda day: department_of(self.box.settings, day))
        parts = stats.completeness([day for day in days if first <= day.on <= last], figures)
        return Answer(
            {
                "ok": True,
                "from": first.isoformat(),
                "to": last.isoformat(),
                "by": by,
                "figures": [_figure(each) for each in figures],
                "accounted": parts.accounted,
                "recorded": parts.recorded,
            }
        )


def _figure(told: stats.Told) -> dict[str, object]:
    counted = told.series.what == stats.CALLS
    return {
        "period": told.period,
        "department": told.series.department,
        "hook": told.series.hook,
        "what": told.series.what,
        "since": told.since.isoformat(),
        "calls": told.sum.calls,
        "seconds": None if counted else told.sum.seconds,
    }


def _date(request: Fields, name: str) -> date | None:
    text = request.maybe_text(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refused("refused.arguments", "that is no date", "write it as 2026-03-02") from error
