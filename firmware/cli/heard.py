"""What was heard in a file, as rows with a type and a time: for a table, or as JSON.

Rules of this module:

1. A row's time is where it began, in whole milliseconds from the start of the file.
2. A caller id sent in DTMF is one row; its digits are no rows of their own.
3. Ringing is one row from its first burst to its last, unless a caller id came between.
4. What both sides of a line hear at once is one row.
5. What was taken to follow the file has no rows, and what it ended, ended with the file.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from firmware.call import events as ev
from firmware.call import orders as od
from firmware.call.events import CallClass, Reason
from firmware.call.orders import Part
from firmware.cli.listening import Classed, Heard
from firmware.hearing import told as tl
from firmware.signal import events as sig

RINGING_SECONDS: Final = 6
"""The longest pause between two bursts of one ringing (ITU-T E.180, supplement 2: at most 5 s), with room."""

AT_ONCE_MS: Final = 60
"""Within this time both sides begin to hear the same; no two keys of one side follow each other so soon."""

LOOKED_AT: Final = 40
"""Rows among which that is looked for: more are not told of two sides in one tick."""

UNCLASSIFIED: Final = str(CallClass.UNCLASSIFIED)
"""What a call was that ended before anything classed it."""

Row = dict[str, Any]


@dataclass(slots=True)
class Rows:
    """Gathers the rows of one file; `rate` is positions a second."""

    rate: int
    _rows: list[Row] = field(default_factory=list)
    _tones: dict[tuple[int, str], Row] = field(default_factory=dict)
    _ringing: Row | None = None
    _rung: int = 0
    _card: Row | None = None
    _dialled: Row | None = None
    _transfer: Row | None = None
    _call_class: str | None = None
    _answered: bool = False
    _parts: dict[Part, Row] = field(default_factory=dict)

    def take(self, heard: Heard) -> None:
        """One thing that was heard, told of a call or ordered of it."""
        match heard:
            case (side, event):
                self._signal(side, event)
            case Classed(_, call_class):
                self._call_class = str(call_class)
            case tl.CallerIdTold() | tl.DialledTold() | tl.TransferTold():
                self._number(heard)
            case _:
                self._call(heard)
                self._recording(heard)

    def done(self, end: int) -> list[Row]:
        """All rows in the order of time, for a file of so many samples."""
        last = self._ms(end)
        rows = [row for row in self._rows if row["t_ms"] <= last or row["type"] == "call_end"]
        for row in rows:
            row.update({key: min(row[key], last) for key in ("t_ms", "end_ms") if key in row})
        return sorted(rows, key=lambda row: int(row["t_ms"]))

    def _ms(self, at: int) -> int:
        return max(0, round(at * 1000 / self.rate))

    def _add(self, kind: str, at: int, until: int | None = None, **fields: Any) -> Row:  # noqa: ANN401  what JSON takes
        row: Row = {"type": kind, "t_ms": self._ms(at)}
        row |= {} if until is None else {"end_ms": self._ms(until)}
        row |= fields
        self._rows.append(row)
        return row

    def _hear(self, kind: str, at: int, until: int | None = None, **fields: Any) -> Row:  # noqa: ANN401  as above
        """A row of its own, or that of the other side, which heard the same."""
        for row in reversed(self._rows[-LOOKED_AT:]):
            same = row["type"] == kind and all(row[key] == value for key, value in fields.items())
            if same and abs(row["t_ms"] - self._ms(at)) <= AT_ONCE_MS:
                return row
        return self._add(kind, at, until, **fields)

    def _signal(self, side: int, event: sig.SignalEvent) -> None:
        match event:
            case sig.Digit(at, until, digit):
                self._hear("dtmf", at, until, digit=digit)
            case sig.CallerId():
                self.caller_id(event)
            case sig.ToneBegan(at, _, name):
                self._tones[side, name] = self._hear("tone", at, name=str(name))
            case sig.ToneEnded(_, until, name) if (side, name) in self._tones:
                self._tones.pop((side, name))["end_ms"] = self._ms(until)
            case _:
                self._line(event)

    def _line(self, event: sig.SignalEvent) -> None:
        match event:
            case sig.RingBurst(at, until):
                self._ring(at, until)
            case sig.Reversal(at):
                self._hear("line_reversal", at)
            case sig.Alert(at, until):
                self._hear("alert", at, until)
            case _:
                pass

    def caller_id(self, heard: sig.CallerId) -> None:
        """A caller id; where it was keyed, its digits go."""
        self._ringing = None
        row = self._hear(
            "caller_id",
            heard.at,
            heard.until,
            standard=str(heard.standard),
            number=heard.number,
            absent=None if heard.absent is None else str(heard.absent),
            name=heard.name,
            datetime=heard.datetime,
        )
        if heard.standard is sig.Standard.DTMF:
            self._rows = [each for each in self._rows if not _within(each, row)]

    def _ring(self, at: int, until: int) -> None:
        ringing, rung, self._rung = self._ringing, self._rung, self._ms(at)
        if ringing is not None and abs(self._rung - rung) <= AT_ONCE_MS:
            return
        if ringing is None or self._ms(at) - ringing["end_ms"] > 1000 * RINGING_SECONDS:
            self._ringing = self._add("ring", at, until, bursts=1)
        else:
            ringing["end_ms"] = self._ms(until)
            ringing["bursts"] += 1

    def _card_entry(self, at: int, until: int, keys: int) -> None:
        """Stretches that touch are one entry."""
        card = self._card
        if card is None or not self._ms(at) <= card["end_ms"]:
            self._card = self._add("card_entry", at, until, keys=keys)
        else:
            card["t_ms"] = min(card["t_ms"], self._ms(at))
            card["end_ms"] = max(card["end_ms"], self._ms(until))
            card["keys"] += keys

    def _number(self, told: tl.CallerIdTold | tl.DialledTold | tl.TransferTold) -> None:
        """Digits dialled are gathered to one number; a caller id that no carrier brought was keyed."""
        match told:
            case tl.CallerIdTold(at, number, absent) if not self._carried(at):
                begins = self._keyed_from(at)
                self.caller_id(sig.CallerId(begins, at, sig.Standard.DTMF, number, absent))
            case tl.DialledTold(at, digits):
                self._dialled = self._dialled or self._add("dialled", at, number="")
                self._dialled["number"] = digits
            case tl.TransferTold(at, digits):
                self._transfer = self._transfer or self._add("transfer", at, number="")
                self._transfer["number"] += digits
            case _:
                pass

    def _carried(self, at: int) -> bool:
        """Whether a caller id that ended here was heard as one."""
        return any(row["type"] == "caller_id" and row["end_ms"] == self._ms(at) for row in self._rows)

    def _keyed_from(self, at: int) -> int:
        """Where the keys of a caller id that ended here began: at its A or D (ETSI EN 300 659-1, annex B)."""
        keyed = [row for row in self._rows if row["type"] == "dtmf" and row["end_ms"] <= self._ms(at)]
        first = next((row["t_ms"] for row in reversed(keyed) if row["digit"] in "AD"), self._ms(at))
        return round(first * self.rate / 1000)

    def _call(self, event: object) -> None:
        match event:
            case od.Began(at):
                self._add("call_start", at)
            case od.Ended(at, _, why):
                self._add("call_end", at, reason=why)["class"] = self._call_class or UNCLASSIFIED
                self._call_class = None
                self._dialled, self._transfer, self._answered = None, None, False
            case ev.Answered(at) if not self._answered:
                self._answered = bool(self._add("answered", at))
            case ev.Recalled(at):
                self._add("recall", at)
                self._transfer, self._answered = None, False
            case _:
                pass

    def _recording(self, order: object) -> None:
        """What would be kept: from where to where, and how much of it withheld."""
        match order:
            case od.Open(at, part, call_class):
                self._parts[part] = self._add("recording", at, withheld_ms=0)
                self._parts[part]["class"] = str(call_class)
            case od.Gap(at, until, reason, keys):
                self._withheld(self._ms(until) - self._ms(at))
                if reason is Reason.CARD_ENTRY:
                    self._card_entry(at, until, keys)
            case od.Cut(at, until):
                self._withheld(self._ms(until) - self._ms(at))
            case od.Close(at, part, why):
                self._parts[part].update(end_ms=self._ms(at), reason=why)
            case od.Discard(part):
                gone = self._parts.pop(part)
                self._rows = [row for row in self._rows if row is not gone]
            case od.Settled(part):
                self._parts.pop(part, None)
            case _:
                pass

    def _withheld(self, ms: int) -> None:
        if self._parts:
            list(self._parts.values())[-1]["withheld_ms"] += ms


def _within(row: Row, caller_id: Row) -> bool:
    """Whether a row is a digit of a caller id."""
    return bool(row["type"] == "dtmf" and caller_id["t_ms"] <= row["t_ms"] <= caller_id["end_ms"])


def as_lines(rows: list[Row]) -> list[str]:
    """The rows as a table for people."""
    if not rows:
        return ["Nothing was heard."]
    return [f"{_clock(row['t_ms']):>11}  {row['type']:<14} {_said(row)}".rstrip() for row in rows]


def _clock(ms: int) -> str:
    """Minutes, seconds, milliseconds."""
    return f"{ms // 60_000}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _said(row: Row) -> str:
    """The fields of a row, without what is absent."""
    told = {key: value for key, value in row.items() if key not in {"type", "t_ms"} and value is not None}
    if "end_ms" in told:
        told["to"] = _clock(told.pop("end_ms"))
    return "  ".join(f"{key.removesuffix('_ms')} {_shown(key, value)}" for key, value in told.items())


def _shown(key: str, value: object) -> str:
    return _clock(value) if key.endswith("_ms") and isinstance(value, int) else str(value)
