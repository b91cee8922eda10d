"""`hold`, `restrict`, `told`, `copied`, `review`, `release`, `holds`, `letter`: keeping beyond the day, and what is owed for it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from firmware.clock import LONDON
from firmware.faults import Refused
from firmware.shell import letters, tables
from firmware.shell.client import Client
from firmware.shell.words import Words, refused
from firmware.showing import counted

MINUTES: Final = "%Y-%m-%d %H:%M"


def hold(client: Client, words: Words) -> None:
    """`hold ID ...`, or `hold --line L --from T --to T ...`."""
    _place(client, words, restricted=False)


def restrict(client: Client, words: Words) -> None:
    """`restrict ID ...`: a hold whose recordings are not handed out."""
    _place(client, words, restricted=True)


def _place(client: Client, words: Words, *, restricted: bool) -> None:
    words.allow("case", "owner", "reason", "review", "line", "from", "to", "json")
    options = words.options
    asked = {name: options.get(name) for name in ("case", "owner", "reason", "review")}
    answer = client.ask("hold", restricted=restricted, **asked, **_meant(words))
    told = answer.content["hold"]
    count = len(answer.content["recordings"])
    _print(
        words,
        told,
        f"Hold {told['id']} stands and keeps {counted(count, 'recording')}.\n{owed(told)}",
    )


def _meant(words: Words) -> dict[str, Any]:
    """One recording by name, or a line's time."""
    options = words.options
    if len(words.names) == 2 and not {"line", "from", "to"} & options.keys():
        return {"id": words.names[1]}
    if len(words.names) == 1 and {"line", "from", "to"} <= options.keys():
        return {"line": options["line"], "from_ns": instant(options["from"]), "to_ns": instant(options["to"])}
    raise refused(f"`{words.verb}` takes one recording, or --line with --from and --to")


def instant(text: str) -> int:
    """Nanoseconds of `YYYY-MM-DD HH:MM` in London; refuses a time that the clocks leave out, takes the first of two."""
    try:
        local = datetime.strptime(text, MINUTES).replace(tzinfo=LONDON)
    except ValueError:
        raise refused("that is no time; write it as 2026-03-02 14:05, in London") from None
    stamp = local.timestamp()
    if datetime.fromtimestamp(stamp, LONDON).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise refused(f"{text} does not exist in London: the clocks go forward there")
    return round(stamp) * 1_000_000_000


def told(client: Client, words: Words) -> None:
    """`told HOLD --how "letter of 3 March"`, or `--exempt REASON`."""
    words.allow("how", "exempt", "json")
    _amend(client, words, "told", {"how": "", "exempt": "not told: "})


def copied(client: Client, words: Words) -> None:
    """`copied HOLD --where PLACE`, or `--waived REASON`."""
    words.allow("where", "waived", "json")
    _amend(client, words, "copied", {"where": "", "waived": "no copy: "})


def _amend(client: Client, words: Words, verb: str, kinds: Mapping[str, str]) -> None:
    given = [name for name in kinds if name in words.options]
    if len(given) != 1:
        raise refused(f"`{verb}` takes one of {' and '.join(f'--{name}' for name in kinds)}")
    said = kinds[given[0]] + words.options[given[0]]
    answer = client.ask(verb, hold=words.one_name("hold"), said=said)
    _print(words, answer.content["hold"], owed(answer.content["hold"]))


def review(client: Client, words: Words) -> None:
    """`review HOLD --on YYYY-MM-DD --reason R`: still needed; look again then."""
    words.allow("on", "reason", "json")
    said = words.options.get("reason")
    answer = client.ask("review", hold=words.one_name("hold"), on=words.options.get("on"), said=said)
    _print(words, answer.content["hold"], owed(answer.content["hold"]))


def release(client: Client, words: Words) -> None:
    """`release HOLD --reason R`."""
    words.allow("reason")
    answer = client.ask("release", hold=words.one_name("hold"), said=words.options.get("reason"))
    count = len(answer.content["recordings"])
    print(
        f"Hold {answer.content['hold']} is released. Of its {counted(count, 'recording')}, those whose "
        "own day has passed are destroyed with the next run, in an hour or a little more; the others on their day."
    )


def holds(client: Client, words: Words) -> None:
    """`holds`, `holds --untold`."""
    words.allow("untold", "json")
    found = client.ask("holds", untold="untold" in words.flags).content["holds"]
    _print(words, found, "\n\n".join(map(_one, found)) if found else "No hold stands.")


def letter(client: Client, words: Words) -> None:
    """`letter HOLD`: the text that tells the person concerned; `--refusal` answers a request for erasure."""
    words.allow("refusal")
    name = words.one_name("hold")
    found = next((each for each in client.ask("holds").content["holds"] if each["id"] == name), None)
    if found is None:
        raise Refused(
            "refused.unknown-hold",
            "there is no hold of that name",
            "`callbox shell holds` lists those that stand",
        )
    print(letters.refusal(found) if "refusal" in words.flags else letters.hold(found), end="")


def _one(told: Mapping[str, Any]) -> str:
    kind = "restriction" if told["restricted"] else "hold"
    state = "released, its key goes with the next run" if told["released"] else f"review {told['review']}"
    head = f"{kind} {told['id']}: case {told['case']}, owner {told['owner']}, since {told['made']}, {state}"
    return "\n".join([head, f"  reason: {told['reason']}", f"  keeps: {_kept(told)}", owed(told)])


def _kept(told: Mapping[str, Any]) -> str:
    names = ", ".join(told["recordings"]) or "nothing yet"
    if told["window"] is None:
        return names
    line, start, stop = told["window"]
    return f"{line} from {tables.moment(start)} to {tables.moment(stop)}: {names}"


def owed(told: Mapping[str, Any]) -> str:
    """What the office still has to do, a line each."""
    lines = [
        f"  owed: {each['what']} by {each['by']}{' - OVERDUE' if each['overdue'] else ''}"
        for each in told["owed"]
    ]
    return "\n".join(lines or ["  nothing is owed for it"])


def _print(words: Words, content: object, text: str) -> None:
    print(json.dumps(content, indent=2, ensure_ascii=False) if "json" in words.flags else text)
