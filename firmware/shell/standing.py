"""`status`, `status --history` and `ack`: what is wrong with the box, in words, as JSON, or for a monitoring system.

1. `--format nagios` is one line and an exit status, as the Monitoring Plugins guidelines have it
   (monitoring-plugins.org/doc/guidelines.html): 0 all is well, 1 something is to be looked at, 2 something is grave
   and nobody acknowledged it, 3 nobody knows, because the keeper does not answer.
2. Grave is what the lamps on the desks show. What a person acknowledged is never more than 1.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from firmware.faults import Fault
from firmware.shell import tables
from firmware.shell.calling import as_called
from firmware.shell.client import Client
from firmware.shell.words import Words, refused

OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS: Final = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
FORMATS: Final = ("text", "json", "nagios")
TOLD: Final = 5
"""How many faults the one line names; our choice: it is read on a telephone."""

MONTH: Final = 30
"""Days of room that the keeper looks ahead; it tells no figure beyond."""

SECOND_NS: Final = 1_000_000_000


def status(client: Client, words: Words) -> int:
    """`status`; gives the exit status for a monitoring system, 0 for a person."""
    words.allow("json", "format", "history", "limit")
    form = _form(words)
    if "history" in words.flags:
        return _history(client, words, form)
    content = client.ask("status").content
    if form == "nagios":
        return _monitored(content)
    if form == "json":
        _print_json({name: value for name, value in content.items() if name != "ok"})
    else:
        print(f"{alarms(content['alarms'], content['now_ns'])}\n\n{tables.standing(content)}")
    return OK


def acknowledge(client: Client, words: Words) -> None:
    """`ack CODE|SUBJECT`."""
    words.allow("reason", "until", "json")
    fault, reason = " ".join(words.names[1:]), words.options.get("reason")
    if not fault or not reason:
        raise refused("`ack` takes the code or the subject of an open fault, and --reason")
    until = words.options.get("until")
    asked = {} if until is None else {"until": until}
    said = client.ask("ack", fault=fault, reason=reason, **asked).content["alarms"]
    if "json" in words.flags:
        _print_json(said)
        return
    for each in said:
        print(_acknowledged(each))


def unknown(fault: Fault) -> int:
    """The line of a box that could not be asked (rule 1)."""
    print(f"CALLBOX {WORDS[UNKNOWN]} - {_plain(fault.message)} [{fault.code}]")
    return UNKNOWN


def alarms(found: Sequence[Mapping[str, Any]], now_ns: int) -> str:
    """Every open fault with its subject, age, owner and next step, those that nobody acknowledged first."""
    return "\n".join(_alarm(each, now_ns) for each in found) or "No fault is open."


def grade(found: Sequence[Mapping[str, Any]]) -> int:
    """The status of these faults together (rule 2)."""
    opened = [each for each in found if each["state"] == "open"]
    if any(each["on_lamp"] for each in opened):
        return CRITICAL
    return WARNING if found else OK


def _form(words: Words) -> str:
    form = words.options.get("format", "json" if "json" in words.flags else "text")
    if form not in FORMATS or len(words.names) != 1 or ("json" in words.flags and form != "json"):
        raise refused(f"`status` takes --format with one of {', '.join(FORMATS)}, and no name")
    if "limit" in words.options and ("history" not in words.flags or not words.options["limit"].isdigit()):
        raise refused("`status` takes --limit with a number, and with --history only")
    if form == "nagios" and "history" in words.flags:
        raise refused("`status --history` is for a person or, with --json, for a program")
    return form


def _history(client: Client, words: Words, form: str) -> int:
    limit = words.options.get("limit")
    entries = client.ask("history", limit=int(limit) if limit else None).content["entries"]
    if form == "json":
        _print_json(entries)
        return OK
    heads = ("when", "what", "fault", "about", "by")
    rows = [
        (tables.moment(each["at"]["wall_ns"]), each["what"], each["code"], each["subject"], _by(each))
        for each in entries
    ]
    print(tables.table(heads, rows) if rows else "No fault was entered yet.")
    return OK


def _by(entry: Mapping[str, Any]) -> str:
    return f"{entry['person']}, until {entry['until']}" if "person" in entry else "-"


def _monitored(content: Mapping[str, Any]) -> int:
    found = content["alarms"]
    how = grade(found)
    print(f"CALLBOX {WORDS[how]} - {_summary(found)} | {_figures(content)}")
    return how


def _summary(found: Sequence[Mapping[str, Any]]) -> str:
    """The gravest first; a pipe would begin the figures, so none is let through."""
    if not found:
        return "no fault is open"
    ranked = sorted(found, key=lambda each: (each["state"] != "open", not each["on_lamp"]))
    told = [_plain(f"{each['message']} [{each['code']}]{_known(each)}") for each in ranked[:TOLD]]
    more = f"; and {len(found) - TOLD} more" if len(found) > TOLD else ""
    return "; ".join(told) + more


def _known(alarm: Mapping[str, Any]) -> str:
    return " acknowledged" if alarm["state"] == "acknowledged" else ""


def _figures(content: Mapping[str, Any]) -> str:
    found, spoke_ns = content["alarms"], content["recorder"]["spoke_ns"]
    opened = sum(1 for each in found if each["state"] == "open")
    left = content["days_left"]
    silent = "U" if spoke_ns is None else f"{max(0, content['now_ns'] - spoke_ns) // SECOND_NS}s"
    figures = {
        "open": opened,
        "acknowledged": len(found) - opened,
        "days_left": f"{MONTH if left is None else left};{MONTH - 1}:;1:;0;{MONTH}",
        "free": f"{content['free_bytes']}B",
        "recordings": content["recordings"],
        "undated": content["undated"],
        "holds": content["holds"],
        "overdue": f"{content['overdue']};0",
        "recorder_silent": silent,
    }
    return " ".join(f"{name}={value}" for name, value in figures.items())


def _plain(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _alarm(told: Mapping[str, Any], now_ns: int) -> str:
    since = told["since_wall_ns"]
    lines = [
        f"{told['message']} [{told['code']}]",
        f"  since {tables.moment(since)} ({tables.age(now_ns - since)}), about: {told['subject']}; {told['owner']} acts",
        f"  next: {as_called(told['hint'])}",
    ]
    if told["acknowledged"]:
        lines.append(f"  acknowledged {_word(told['acknowledged'])}{_lamp(told)}")
    if told["back"]:
        lines.append(f"  back: {told['back']}")
    return "\n".join(lines)


def _word(said: Mapping[str, Any]) -> str:
    return f"by {said['person']} on {tables.moment(said['at_ns'])} until {said['until']}: {said['reason']}"


def _lamp(told: Mapping[str, Any]) -> str:
    return "" if told["silenced"] else "\n  lamp and mail go on: this fault is never silenced"


def _acknowledged(told: Mapping[str, Any]) -> str:
    until = told["acknowledged"]["until"]
    known = f"{told['code']} ({told['subject']}) is acknowledged until {until}; it stays in `status`."
    if told["silenced"]:
        return f"{known} Lamps and the daily reminder leave it out until then, or until it gets worse."
    return f"{known} Lamps and mail go on: a fault of this kind is never silenced (docs/alarms.md says why)."


def _print_json(content: object) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False))
