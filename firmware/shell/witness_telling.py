"""`entries`, `peaks`, `settings`, `days`: what the witness on the controller's PC asks for besides checkpoints."""

import json
import sys
from datetime import date

from firmware.shell.client import Client
from firmware.shell.words import Words, refused


def entries(client: Client, words: Words) -> None:
    """`entries FROM TO`: one a line, each as it is hashed but for escapes of what prints nothing."""
    words.allow()
    first, last = _two(words)
    while first < last:
        told = client.ask("entries", **{"from": first, "to": last}).content["entries"]
        sys.stdout.write("".join(f"{each}\n" for each in told))
        first += len(told)


def peaks(client: Client, words: Words) -> None:
    """`peaks SIZE`: one hash in base64 a line."""
    words.allow()
    size = words.one_name("size")
    if not size.isdigit():
        raise refused("`peaks` takes a size: a number of entries")
    print("".join(f"{each}\n" for each in client.ask("peaks", size=int(size)).content["peaks"]), end="")


def settings(client: Client, words: Words) -> None:
    """`settings [DIGEST]`: the text of a version of the settings, without the exempt numbers; exact as JSON."""
    words.allow("json")
    if len(words.names) > 2:
        raise refused("`settings` takes one digest, or nothing")
    content = client.ask("settings", digest=words.names[1] if words.names[1:] else None).content
    if "json" in words.flags:
        print(json.dumps({"digest": content["digest"], "text": content["text"]}, ensure_ascii=False))
    else:
        sys.stdout.write(content["text"])


def days(client: Client, words: Words) -> None:
    """`days --from DATE --to DATE`: what the lines did, what is owed, what will be destroyed; for programs."""
    words.allow("from", "to", "json")
    given = {name: _date(words.options.get(name)) for name in ("from", "to")}
    content = client.ask("days", **given).content
    told = {name: value for name, value in content.items() if name != "ok"}
    print(json.dumps(told, indent=2, ensure_ascii=False))


def _two(words: Words) -> tuple[int, int]:
    match words.names[1:]:
        case (first, last) if first.isdigit() and last.isdigit():
            return int(first), int(last)
    raise refused("`entries` takes two indexes: FROM TO")


def _date(text: str | None) -> str:
    try:
        return date.fromisoformat(text or "").isoformat()
    except ValueError as error:
        raise refused("`days` takes --from and --to, each a date like 2026-03-02") from error
