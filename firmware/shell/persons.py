"""`persons`: who may ask, with which key and until when, and when each last did."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from firmware.shell import tables
from firmware.shell.client import Client
from firmware.shell.words import Words, refused


def persons(client: Client, words: Words) -> None:
    """`persons`."""
    words.allow("json")
    if len(words.names) != 1:
        raise refused("`persons` takes no name")
    found = client.ask("persons").content["persons"]
    print(json.dumps(found, indent=2, ensure_ascii=False) if "json" in words.flags else listed(found))


def listed(found: Sequence[Mapping[str, Any]]) -> str:
    """A line each."""
    heads = ("person", "name", "since", "until", "last seen", "key")
    return tables.table(heads, [_row(each) for each in found]) if found else "There is no person yet."


def _row(told: Mapping[str, Any]) -> tuple[str, ...]:
    seen = tables.moment(told["seen_ns"]) if told["seen_ns"] else "never"
    if "until_ns" not in told:
        return told["name"], "", "", "its key file counts for nothing", seen, ""
    until = tables.last_day(told["until_ns"])
    return (
        told["name"],
        told["full"],
        told["since"],
        until if told["counts"] else f"{until}: past",
        seen,
        told["key"],
    )
