"""`copies`: what was handed out and nobody confirmed destroyed, and that one is."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from firmware.shell import tables
from firmware.shell.calling import as_called
from firmware.shell.client import Client
from firmware.shell.words import Words, refused

HEADS = ("copy", "of", "recording", "fetched by", "for", "on", "state")


def copies(client: Client, words: Words) -> None:
    """`copies`, `copies --due`, `copies destroyed COPY ...`."""
    words.allow("json", "due")
    match words.names[1:]:
        case ():
            found = client.ask("copies").content["copies"]
            asked = [each for each in found if each["asked_back"] or "due" not in words.flags]
            print(json.dumps(asked, indent=2) if "json" in words.flags else _told(asked, words))
        case ("destroyed", *named) if named:
            for copy in named:
                recording = client.ask("copy-destroyed", copy=copy).content["recording"]
                print(f"Copy {copy} of {recording} is entered as destroyed.")
        case _:
            raise refused("`copies` is followed by nothing, by --due, or by destroyed COPY")


def _told(found: Sequence[Mapping[str, Any]], words: Words) -> str:
    if not found and "due" in words.flags:
        return "No copy is asked back: none is out of a recording that is due or destroyed."
    if not found:
        return "No copy is out that nobody confirmed destroyed."
    back = sum(each["asked_back"] for each in found)
    listed = tables.table(HEADS, [_row(each) for each in found])
    told = as_called("callbox shell copies destroyed COPY")
    ask = f"{back} asked back: destroy it where it lies, then: {told}"
    return f"{listed}\n\n{ask}" if back else listed


def _row(copy: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        copy["copy"],
        copy["of"],
        copy["recording"],
        copy["person"],
        copy["purpose"],
        tables.moment(copy["handed_ns"]),
        _state(copy),
    )


def _state(copy: Mapping[str, Any]) -> str:
    if copy["destroyed"]:
        return "ASKED BACK: the recording is destroyed"
    if copy["asked_back"]:
        return f"ASKED BACK: due since {copy['due']}"
    return f"due on {copy['due']}" if copy["due"] else "undated"
