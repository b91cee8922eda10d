"""`clock` and `clock confirm`: how the time stands, in sentences, and a person's word that it is right."""

import json
from collections.abc import Mapping
from typing import Any

from firmware.shell.client import Client
from firmware.shell.tables import moment
from firmware.shell.words import Words, refused

HOUR = 3_600_000_000_000


def clock(client: Client, words: Words) -> None:
    """`clock`, `clock confirm --now TIME`."""
    match words.names[1:]:
        case ():
            words.allow("json")
            content = client.ask("clock").content
        case ("confirm",):
            words.allow("now", "json")
            if "now" not in words.options:
                raise refused('`clock confirm` takes --now "YYYY-MM-DD HH:MM", read from your own watch')
            content = client.ask("clock-confirm", now=words.options["now"]).content
        case _:
            raise refused('`clock` is followed by nothing, or by confirm --now "YYYY-MM-DD HH:MM"')
    told = {name: value for name, value in content.items() if name != "ok"}
    print(json.dumps(told, indent=2) if "json" in words.flags else sentences(content))


def sentences(content: Mapping[str, Any]) -> str:
    """How the time stands, as a person reads it."""
    lines = [f"The box shows {moment(content['now_ns'])}; its clock is {content['state']}."]
    if content["doubt"]:
        lines.append(f"It is not believed: {content['doubt']}.")
    if content["mark_ns"] is not None:
        lines.append(f"The latest time that was believed is {moment(content['mark_ns'])}.")
    lines += [_settling(content)] if content["settling"] else []
    if content["state"] != "trusted":
        lines.append(f"Nothing has synchronised it for {content['unsynchronised_ns'] // HOUR} hours.")
    lines.append("What falls due is destroyed." if content["may_destroy"] else "Nothing is destroyed by it.")
    return "\n".join(lines)


def _settling(content: Mapping[str, Any]) -> str:
    if content["left_ns"] is None:
        return "It leapt by more than 14 days: only a person or a witness can say that it is right."
    return f"It leapt, and settles in {max(1, -(-content['left_ns'] // HOUR))} hours of running, or when it is confirmed."
