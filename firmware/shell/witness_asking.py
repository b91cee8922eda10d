"""`log`, `verify`, `checkpoint`, `consistency`, `inclusion`, `cosign`: the audit log as a person or a witness asks for it."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from firmware.faults import LogFault
from firmware.shell import tables
from firmware.shell.client import Client
from firmware.shell.words import Words, refused

LONGEST_NOTE = 32 * 1024
"""Characters; our choice: half of what the keeper reads as one request."""


def log(client: Client, words: Words) -> None:
    """`log`."""
    words.allow("id", "limit", "json")
    limit = words.options.get("limit")
    if len(words.names) != 1 or (limit is not None and not limit.isdigit()):
        raise refused("`log` takes --limit with a number, and no name")
    asked = {"id": words.options.get("id"), "from": None}
    content = client.ask("log", limit=int(limit) if limit else None, **asked).content
    if "json" in words.flags:
        print(json.dumps(content["entries"], indent=2, ensure_ascii=False))
    else:
        print(_entries(content))


def verify(client: Client, words: Words) -> None:
    """`verify`; a log that does not add up ends with the status of a log fault. With a name: that recording."""
    if len(words.names) > 1:
        from firmware.shell import life  # noqa: PLC0415  one of the two is asked for

        life.verify(client, words)
        return
    words.allow("json")
    content = {name: value for name, value in client.ask("verify").content.items() if name != "ok"}
    if "json" in words.flags:
        print(json.dumps(content, indent=2))
    elif content["whole"]:
        print(_whole(content))
    if not content["whole"]:
        hint = "call the controller; keep the box as it is, and the checkpoints that the witness has"
        raise LogFault("log.does-not-verify", "; ".join(_wrong(content)), hint)


def checkpoint(client: Client, words: Words) -> None:
    """`checkpoint`: the note as it is signed."""
    words.allow("json")
    content = client.ask("checkpoint").content
    if "json" in words.flags:
        print(json.dumps({"note": content["note"], "key": content["key"]}, indent=2, ensure_ascii=False))
    else:
        print(content["note"], end="")


def consistency(client: Client, words: Words) -> None:
    """`consistency FROM TO`: one hash in base64 a line."""
    words.allow()
    match words.names[1:]:
        case (first, second) if first.isdigit() and second.isdigit():
            path = client.ask("consistency", **{"from": int(first), "to": int(second)}).content["path"]
            print("".join(f"{each}\n" for each in path), end="")
        case _:
            raise refused("`consistency` takes two sizes: FROM TO")


def inclusion(client: Client, words: Words) -> None:
    """`inclusion INDEX`: what proves that an entry is in the log, as JSON."""
    words.allow("json")
    index = words.one_name("entry")
    if not index.isdigit():
        raise refused("`inclusion` takes the number of an entry, as `log` tells it")
    content = client.ask("inclusion", index=int(index)).content
    print(json.dumps({name: value for name, value in content.items() if name != "ok"}, indent=2))


def cosign(client: Client, words: Words) -> None:
    """`cosign`: the note comes by standard input."""
    words.allow()
    if len(words.names) != 1:
        raise refused("`cosign` takes no name; the note comes by standard input")
    note = sys.stdin.read(LONGEST_NOTE + 1)
    if len(note) > LONGEST_NOTE:
        raise refused(f"a note of more than {LONGEST_NOTE} characters is not read")
    for each in client.ask("cosign", note=note).content["cosigned"]:
        when = tables.moment(each["at_s"] * 1_000_000_000)
        print(f"{each['witness']} has cosigned the log of {each['size']} entries, by its clock at {when}.")


def _entries(content: Mapping[str, Any]) -> str:
    rows = [_entry(each) for each in content["entries"]]
    listed = tables.table(("entry", "when", "what", "of"), rows) if rows else "There is no entry to list."
    dropped = content["dropped"]
    return f"{listed}\n\nEntries before {dropped} are dropped." if dropped else listed


def _entry(entry: Mapping[str, Any]) -> tuple[str, ...]:
    own = ("index", "at", "format", "what")
    fields = ", ".join(
        f"{name} {value}" for name, value in entry.items() if name not in own and value is not None
    )
    when = tables.moment(entry["at"]["wall_ns"])
    doubt = "?" if entry["at"]["state"] == "untrusted" else ""
    return str(entry["index"]), f"{when}{doubt}", entry["what"], fields


def _whole(content: Mapping[str, Any]) -> str:
    gone = f", the first {content['dropped']} of them dropped" if content["dropped"] else ""
    return (
        f"The audit log adds up: {content['entries']} entries{gone}; "
        f"{_fit(content['checkpoints'])} signed by the box."
    )


def _fit(checkpoints: int) -> str:
    return "1 checkpoint fits and is" if checkpoints == 1 else f"{checkpoints} checkpoints fit and are"


def _wrong(content: Mapping[str, Any]) -> list[str]:
    wrong = []
    if entry := content["entry"]:
        wrong.append(f"entry {entry['index']} in {entry['segment']} was changed")
    if between := content["range"]:
        wrong.append(
            f"entries from {between['start']} up to before {between['end']} are not those once signed"
        )
    if content["missing_from"] is not None:
        wrong.append(f"entries from {content['missing_from']} on are missing")
    if content["unsigned"]:
        sizes = ", ".join(map(str, content["unsigned"]))
        wrong.append(f"checkpoints over {sizes} entries are not signed by this box")
    return wrong
