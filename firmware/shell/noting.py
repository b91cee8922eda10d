"""`note` and `notes`: what is written about a recording goes in by standard input, and comes out sealed."""

import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

from firmware import given
from firmware.faults import Refused
from firmware.shell import tables
from firmware.shell.calling import as_called
from firmware.shell.client import Client
from firmware.shell.words import Words, refused

LONGEST: Final = 4200
"""Characters read of a note: a page and its subject, as the keeper takes them."""

WHY: Final = ("purpose", "ref", "because", "where")


def note(client: Client, words: Words) -> None:
    """`note ID`: the text by standard input; with --subject its first line is whom it is about."""
    words.allow("ref", "subject", "json")
    recording, about = words.one_name("recording"), "subject" in words.flags
    given.refuse_numbers(words.options.get(each, "") for each in ("ref",))
    if "ref" not in words.options and not about:
        raise refused("a note needs --ref CASE or --subject, by which it is found again")
    written = given.text("Whom it is about, on the first line, then the note" if about else "Note", LONGEST)
    subject, _, text = written.partition("\n") if about else ("", "", written)
    if about and not subject.strip():
        raise refused("with --subject the first line by standard input says whom the recording is about")
    if not about and not text.strip():
        raise refused("a note needs a text, which comes by standard input; this one is empty")
    said = {"ref": words.options.get("ref"), "subject": subject if about else None, "text": text}
    content = client.ask("note", id=recording, **said).content
    if "json" in words.flags:
        print(json.dumps({"id": content["id"], "sealed_to": content["sealed_to"]}))
    else:
        print(f"Noted, and sealed to {', '.join(content['sealed_to'])}: the box cannot read it any more.")


def notes(client: Client, words: Words) -> None:
    """`notes ID [NUMBER]`."""
    words.allow(*WHY, "json")
    recording, number = _meant(words)
    given.refuse_numbers(words.options.get(each, "") for each in WHY)
    why = {name: words.options.get(name) for name in WHY}
    found = client.ask("notes", id=recording, **why).content["notes"]
    if "json" in words.flags:
        print(json.dumps(found if number is None else _one(found, number), indent=2))
    elif number is None and len(found) > 1:
        print("\n".join(_told(place, each) for place, each in enumerate(found, start=1)), end="")
        alone = as_called(f"callbox shell notes {recording} 1 ... | age -d -i KEY.txt")
        print(f"\nEach of them opens by itself: {alone}")
    else:
        print(_armored(_one(found, number or 1)), end="")


def _meant(words: Words) -> tuple[str, int | None]:
    match words.names[1:]:
        case (recording,):
            return recording, None
        case (recording, number) if number.isdecimal() and len(number) < 5:
            return recording, int(number)
        case _:
            raise refused(
                "`notes` takes one recording, and the number of a note where one of several is meant"
            )


def _one(found: list[Mapping[str, Any]], number: int) -> Mapping[str, Any]:
    if not 1 <= number <= len(found):
        none = f"there is no note {number} of that recording"
        raise Refused("refused.unknown-note", none, f"there are {len(found)}")
    return found[number - 1]


def _told(place: int, each: Mapping[str, Any]) -> str:
    return f"Note {place}, {tables.moment(each['at_ns'])}, {each['person']}:\n{_armored(each)}"


def _armored(each: Mapping[str, Any]) -> str:
    from firmware.shell.sending import armored  # noqa: PLC0415  rarely asked

    return armored(b64decode(each["sealed"]))
