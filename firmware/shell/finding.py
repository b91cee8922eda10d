"""`find`: recordings that may be of a number, a withheld one or a subject, and those of a reference.

The box cannot tell which of them are; it says so. The number is asked for and handed on, and shown nowhere.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from firmware import given
from firmware.faults import Refused
from firmware.shell import listing
from firmware.shell.calling import called, over_ssh
from firmware.shell.client import Client
from firmware.shell.words import Words
from firmware.showing import counted

LONGEST: Final = 200
"""Characters read of a number or a subject; our choice: what the keeper takes of either."""

WHY: Final = ("purpose", "ref", "because", "where")
NARROWED: Final = ("from", "to", "line", "department")


def find(client: Client, words: Words) -> None:
    """`find`."""
    if len(words.names) != 1:
        alone = "`find` takes no name or number: what is looked for comes by standard input alone"
        raise Refused("refused.arguments", alone, _by_hand())
    given.refuse_numbers(value for name, value in words.options.items() if name not in {"socket", "config"})
    if "by-ref" in words.options:
        words.allow("by-ref", "json")
        by_reference(client, words, words.options["by-ref"])
        return
    sealed = "json" in words.flags
    first = client.ask("find", sealed=sealed, **_asked(words)).content
    if sealed:
        _print_json(client, first)
    else:
        print(_table(_kind(words), list(_candidates(client, first)), first))


def _by_hand() -> str:
    """Only a terminal of the box's keeps what is typed from being shown."""
    if over_ssh():
        typed = called().replace("ssh ", "ssh -t ", 1)
        return f"`{typed} find --purpose P --ref R` asks for it and does not show it; or: ... find ... < number.txt"
    return "type `find --purpose P --ref R`, then the number; it is not shown"


def by_reference(client: Client, words: Words, reference: str) -> None:
    """All that was fetched, noted or held for a case."""
    content = client.ask("by-ref", ref=reference).content
    found = content["recordings"]
    if "json" in words.flags:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    elif found:
        more = "" if content["count"] == len(found) else f"\n\nThese are the newest of {content['count']}."
        print(f"{listing.recordings(found)}{more}")
    else:
        print(
            "No recording was fetched, noted or held under that reference, or those that were are destroyed."
        )


def _asked(words: Words) -> dict[str, object]:
    """What the keeper is asked; standard input is read for it once the rest is understood."""
    why = {name: words.options.get(name) for name in WHY}
    narrowed = {name: words.options.get(name) for name in NARROWED}
    match _kind(words):
        case "subject":
            words.allow(*WHY, "subject", "json")
            return {**why, "subject": given.number("Subject", LONGEST)}
        case "withheld":
            words.allow(*WHY, *NARROWED, "withheld", "json")
            return {**why, **narrowed, "withheld": True}
        case _:
            words.allow(*WHY, *NARROWED, "json")
            return {**why, **narrowed, "number": given.number("Number", LONGEST)}


def _kind(words: Words) -> str:
    """What is looked for."""
    return next((each for each in ("subject", "withheld") if each in words.flags), "number")


def _candidates(client: Client, content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every candidate, page after page."""
    yield from content["candidates"]
    while content["search"] is not None:
        content = client.ask("find-more", search=content["search"]).content
        yield from content["candidates"]


def _print_json(client: Client, first: Mapping[str, Any]) -> None:
    """One object, a candidate on each line: no page is kept once it is printed."""
    told = {name: first[name] for name in ("count", "buckets", "entry", "salt")}
    print(json.dumps(told)[:-1] + ', "candidates": [')
    comma = ""
    for each in _candidates(client, first):
        print(comma + json.dumps(each), end="")
        comma = ",\n"
    print("]}")


def _table(kind: str, found: list[Mapping[str, Any]], first: Mapping[str, Any]) -> str:
    parts = [listing.recordings(found)] if found else []
    shut = sum(each["restricted"] for each in found)
    if shut:
        parts.append(f"The use of {shut} of them is restricted: nothing of these is handed out.")
    entered = (
        f"Entry {first['entry']} of the audit log commits to your reference with the salt {first['salt']}."
    )
    return "\n\n".join([*parts, f"{_meaning(kind, len(found), first['buckets'])}\n{entered}"])


def _meaning(kind: str, count: int, buckets: int) -> str:
    """What a search found, and what it did not."""
    many = counted(count, "recording")
    match kind, count:
        case _, 0:
            return "No recording is found."
        case "withheld", _:
            return f"{many} of callers who had no number to tell; the sealed details say why."
        case "subject", _:
            return (
                f"{many} may be noted as about that subject: about one in 256 of all other subjects is among them.\n"
                "`callbox office find --subject` opens what was noted and shows those that are; --json hands that out."
            )
        case _:
            return (
                f"{many} may be of that number: about {_share(buckets)} in 256 of all other callers is among them.\n"
                "The box cannot tell which. `callbox office find` opens what is sealed of each and shows those that are;\n"
                "--json hands that out."
            )


def _share(buckets: int) -> str:
    return "one" if buckets == 1 else str(buckets)
