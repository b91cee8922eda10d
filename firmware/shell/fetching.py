"""`show` and `get`: what is known of one recording, and the recording itself, sealed as it is.

Nothing here opens a path of the store: what goes out came as an open descriptor from the keeper.
"""

import json
import os
import sys
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from firmware.faults import Refused
from firmware.shell import sending
from firmware.shell.client import Client
from firmware.shell.words import Words


def show(client: Client, words: Words) -> None:
    """`show ID`."""
    words.allow("json")
    reply = client.ask("show", id=words.one_name("recording"))
    known = {name: value for name, value in reply.content.items() if name != "ok"}
    print(json.dumps(known, indent=2, ensure_ascii=False))


def get(client: Client, words: Words) -> None:
    """`get ID`; the keeper is told how much of it really went."""
    words.allow("purpose", "ref", "armor")
    recording, out = words.one_name("recording"), sending.Out(sys.stdout.fileno())
    if os.isatty(out.descriptor) and "armor" not in words.flags:
        hint = f"send it to a file: callbox shell get {recording} ... > {recording}.age, or ask for --armor"
        raise Refused("refused.terminal", "a sealed recording is not spilled onto a terminal", hint)
    asked = {"purpose": words.options.get("purpose"), "ref": words.options.get("ref")}
    reply = client.ask("get", id=recording, **asked)
    content = reply.content
    sealed = sending.Sealed(
        recording, b64decode(content["header"]), reply.body(), content["size"], content["began_ns"]
    )
    try:
        _way(content, words)(sealed, out)
    finally:
        client.ask("sent", bytes=out.count)


def _way(content: Mapping[str, Any], words: Words) -> Callable[[sending.Sealed, sending.Out], None]:
    """How this recording goes out."""
    if "armor" not in words.flags:
        return sending.send_tar if content["kind"] == "cut" else sending.send_file
    if content["kind"] == "cut":
        cut = "a cut recording is a tar of small age files, which has no armour"
        raise Refused("refused.armor-of-cut", cut, "leave --armor out and send it to a file")
    return sending.send_armor
