"""`recipient`, `mend-cell`: ask the keeper, print a table for a person or JSON for a program."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from firmware.shell import tables
from firmware.shell.client import Client
from firmware.shell.words import Words, refused


def recipient(client: Client, words: Words) -> None:
    """`recipient`, `recipient ask NAME`, `recipient prove NAME WORD`."""
    words.allow("json")
    match words.names[1:]:
        case ():
            listed = client.ask("recipients").content["recipients"]
            rows = [(each["name"], _proved(each), each["holder"]) for each in listed]
            _print(words, listed, lambda: tables.table(("recipient", "proved", "held by"), rows))
        case ("ask", name):
            from firmware.shell.sending import armored  # noqa: PLC0415  rarely asked

            sealed = b64decode(client.ask("ask", name=name).content["sealed"])
            print(armored(sealed), end="")
        case ("prove", name, word):
            proved = client.ask("prove", name=name, word=word).content["proved"]
            print(f"{name} has proved that recordings can be opened. Proved so far: {', '.join(proved)}.")
        case _:
            raise refused("`recipient` is followed by nothing, by ask NAME, or by prove NAME WORD")


def _proved(recipient: Mapping[str, Any]) -> str:
    """Whether and since when; one whose proof grows old is asked again."""
    if not recipient["proved"]:
        return "not yet"
    when = f"yes, {tables.moment(recipient['proved_ns'])[:10]}" if recipient["proved_ns"] else "yes"
    return f"{when}, asked again" if recipient["asked"] else when


def mend_cell(client: Client, words: Words) -> None:
    """`mend-cell`."""
    words.allow()
    if len(words.names) != 1:
        raise refused("`mend-cell` takes no name")
    mended = client.ask("mend-cell").content["mended"]
    print(f"The {mended} cell is mended: both cells hold the root key.")
    print("The cell that was replaced may still open old copies of the key table: destroy that chip or file.")


def _print(words: Words, content: object, told: Callable[[], str]) -> None:
    if "json" in words.flags:
        print(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        print(told())
