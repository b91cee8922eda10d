"""`reseal` and `headers`: sealing anew from the office's PC, which alone has the keys for it."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from firmware.faults import Refused
from firmware.shell.client import Client
from firmware.shell.words import Words, refused
from firmware.showing import counted

MOST: Final = 64 << 20
"""Bytes of what is taken by standard input; our choice: some ten thousand recordings."""

AT_ONCE: Final = 40_000
"""Bytes of one request to the keeper, which takes 64 KiB."""


def reseal(client: Client, words: Words) -> None:
    """`reseal`, `reseal take`, `reseal waiting`, `reseal try [ID]`, `reseal confirm ID`, `reseal drop`."""
    words.allow("json", "with", "after", "limit")
    match words.names[1:]:
        case ():
            content = _told(client.ask("reseals").content)
            _print(content) if "json" in words.flags else print(_standing(content))
        case ("take",):
            _take(client)
        case ("waiting",):
            _print(_told(client.ask("reseal-waiting", **_page(words)).content))
        case ("try",):
            _print(_told(client.ask("reseal-try", **_who(words)).content))
        case ("try", name):
            _print(_told(client.ask("reseal-try", id=name, **_who(words)).content))
        case ("confirm", name):
            _confirm(client, words, name)
        case ("drop",):
            client.ask("reseal-drop")
            print("The new headers are taken back; the old ones stay as they are.")
        case _:
            raise refused("`reseal` is followed by nothing, or by take, waiting, try, confirm ID, or drop")


def headers(client: Client, words: Words) -> None:
    """`headers`: as JSON, those of the recordings that are sealed to others than the settings name."""
    words.allow("after", "limit", "json")
    if len(words.names) != 1:
        raise refused("`headers` takes no name")
    _print(_told(client.ask("headers", **_page(words)).content))


def _page(words: Words) -> dict[str, object]:
    """How many at most, and behind which."""
    limit = words.options.get("limit")
    if limit is not None and not limit.isdigit():
        raise refused("--limit takes a number")
    return {"after": words.options.get("after"), "limit": int(limit) if limit else None}


def _who(words: Words) -> dict[str, str]:
    """Which recipient tries, where that was said: he is asked for a word."""
    return {"with": words.options["with"]} if "with" in words.options else {}


def _take(client: Client) -> None:
    """New headers by standard input, as many requests as it takes; what was taken before a refusal is taken."""
    given = _given()
    taken: list[str] = []
    for some in _some(given["recordings"]):
        taken += client.ask("reseal", to=given["to"], recordings=some).content["taken"]
    _print({"taken": taken})


def _confirm(client: Client, words: Words, name: str) -> None:
    """The proof comes by standard input: it stands in nobody's list of processes."""
    if "with" not in words.options:
        raise refused("`reseal confirm` takes --with, the recipient whose key opened the new header")
    proof = sys.stdin.read(1000).strip()
    content = client.ask("reseal-confirm", id=name, proof=proof, **_who(words)).content
    opened = counted(
        content["recordings"], "recording opens with its new header", "recordings open with their new headers"
    )
    if "json" in words.flags:
        _print(_told(content))
        return
    print(
        f"Confirmed: {opened} from now on, day by day within minutes. "
        "The keys that locked the old ones are destroyed as they do."
    )


def _given() -> Mapping[str, Any]:
    if sys.stdin.isatty():
        raise refused("`reseal take` takes JSON by standard input")
    text = sys.stdin.buffer.read(MOST + 1)
    try:
        given = json.loads(text) if len(text) <= MOST else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("recordings"), list) or "to" not in given:
        hint = "`callbox office reseal` makes it"
        raise Refused(
            "refused.arguments", "what came by standard input is not JSON as `reseal take` takes it", hint
        )
    return given


def _some(recordings: list[Any]) -> Iterator[list[Any]]:
    """As many as one request takes, again and again."""
    some: list[Any] = []
    size = 0
    for each in recordings:
        length = len(json.dumps(each))
        if some and size + length > AT_ONCE:
            yield some
            some, size = [], 0
        some.append(each)
        size += length
    yield some


def _standing(content: Mapping[str, Any]) -> str:
    decided = [each["decided"] for each in content["rounds"] if each["decided"]]
    if decided:
        return f"{decided[0].capitalize()}, and being carried out: a day or a hold at a time, within minutes."
    if not content["recordings"]:
        return "Every recording is sealed to the recipients of the settings."
    who = [
        f"{', '.join(content[kind])} {what}"
        for kind, what in (
            ("leavers", "can open them and should not"),
            ("newcomers", "should open them and cannot"),
        )
        if content[kind]
    ]
    told = f"{counted(content['recordings'], 'recording is', 'recordings are')} sealed to others than the settings name"
    sentences = [f"{told}: {'; '.join(who)}." if who else f"{told}."]
    if content["waiting"]:
        sentences.append(
            f"For {content['waiting']} of them new headers wait to be confirmed: callbox office reseal confirm"
        )
    if content["waiting"] < content["recordings"]:
        sentences.append("Seal them anew where a key of theirs is: callbox office reseal")
    return "\n".join(sentences)


def _told(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "ok"}


def _print(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False))
