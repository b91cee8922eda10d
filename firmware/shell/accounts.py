"""`ledger` and `stats`: ask the keeper what became of a line's time, print it for a person or a program."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from firmware.shell import tables
from firmware.shell.client import Client
from firmware.shell.moments import instants
from firmware.shell.words import Words, refused

NOTE = (
    "No figure tells of fewer than five calls: what a day has fewer of counts with the days after it\n"
    '("since" is the first day in a figure) until there are five. A call over midnight counts on both days.'
)


def ledger(client: Client, words: Words) -> None:
    """`ledger LINE`."""
    words.allow("on", "at", "json")
    line, on, at = words.one_name("line"), words.options.get("on"), words.options.get("at")
    if on and at:
        raise refused("`ledger` takes --on or --at, not both")
    spans = instants(at) if at else [(None, None)]
    asked = [
        client.ask("ledger", line=line, on=_date(on), at_ns=first, until_ns=last).content
        for first, last in spans
    ]
    if "json" in words.flags:
        answers = [{name: value for name, value in each.items() if name != "ok"} for each in asked]
        print(json.dumps(answers[0] if len(answers) == 1 else answers, indent=2, ensure_ascii=False))
        return
    texts = [_told(content, first) for content, (first, _) in zip(asked, spans, strict=True)]
    print("\n\n".join(texts))


def stats(client: Client, words: Words) -> None:
    """`stats`."""
    words.allow("from", "to", "by", "json")
    if len(words.names) != 1:
        raise refused("`stats` takes no name")
    given = words.options
    asked = {"from": _date(given.get("from")), "to": _date(given.get("to")), "by": given.get("by")}
    content = client.ask("stats", **asked).content
    if "json" in words.flags:
        told = {name: value for name, value in content.items() if name != "ok"}
        print(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        print(f"{_figures(content)}\n\n{NOTE}")


def _date(text: str | None) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError as error:
        raise refused("that is no date; write it as 2026-03-02") from error


def _told(content: Mapping[str, Any], at_ns: int | None) -> str:
    parts = [f"{content['line']}, {tables.moment(at_ns)}"] if at_ns is not None else []
    parts += [content["sentence"]] if content["sentence"] else []
    parts += [_stretches(content["stretches"])] if content["stretches"] else []
    if at_ns is None or not content["stretches"]:
        parts += [_day(day) for day in content["totals"]]
    if not parts:
        parts = ["Nothing is entered of that day."]
    parts += [content["about"]] if content["about"] else []
    return "\n".join(parts)


def _stretches(found: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            tables.moment(each["began_ns"]),
            tables.moment(each["until_ns"]),
            each["reason"],
            " ".join(each["recordings"]) or "-",
            each["sentence"],
        )
        for each in found
    ]
    return tables.table(("from", "to", "what", "recording", "why"), rows)


def _day(day: Mapping[str, Any]) -> str:
    rows = [
        (reason, tables.length(seconds, 1), str(calls)) for reason, (seconds, calls) in day["reasons"].items()
    ]
    heading = f"{day['on']}: {day['calls']} calls"
    return f"{heading}\n{tables.table(('what', 'time', 'calls'), rows)}"


def _figures(content: Mapping[str, Any]) -> str:
    rows = [_figure(each) for each in content["figures"]]
    heads = ("period", "department", "what", "calls", "time", "since")
    told = tables.table(heads, rows) if rows else "There is no figure to tell of that time."
    parts = (
        ("accounted for, of all time off the hook", content["accounted"]),
        ("recorded, of the time told here", content["recorded"]),
    )
    return "\n".join(
        [told, "", *(f"{name}: {_percent(part)}" for name, part in parts if part is not None)]
    ).rstrip()


def _figure(each: Mapping[str, Any]) -> tuple[str, ...]:
    what = each["what"] if each["hook"] or each["what"] != "calls" else "detected calls"
    department = each["department"] if each["hook"] else f"{each['department']} (no hook sensor)"
    time = "-" if each["seconds"] is None else tables.length(each["seconds"], 1)
    return each["period"], department, what, str(each["calls"]), time, each["since"]


def _percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02} %"
