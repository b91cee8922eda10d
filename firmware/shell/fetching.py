"""`get` and `details`: a recording, or what was sealed of its numbers, goes out sealed as it is.

1. Nothing here opens a path of the store: what goes out came as an open descriptor from the keeper.
2. The keeper is told how much really went, also where the reader goes away, a signal ends this, or the keeper
   that handed it out has ended meanwhile.
3. A recording is fetched whole, from its beginning.
"""

import os
import sys
from base64 import b64decode

from firmware.faults import Refused
from firmware.shell import sending
from firmware.shell.client import Client
from firmware.shell.image import Sealed
from firmware.shell.told import telling
from firmware.shell.words import Words

WHY = ("purpose", "ref", "where", "because")
PART = ("from", "to", "resume")


def get(client: Client, words: Words) -> None:
    """`get ID`."""
    words.allow(*WHY, *PART, "armor")
    recording, out = words.one_name("recording"), sending.Out(sys.stdout.fileno())
    _refuse_part(words)
    _refuse_terminal(words, out, f"callbox shell get {recording} ... > {recording}.age")
    armor = "armor" in words.flags
    reply = client.ask("get", id=recording, armor=armor, **why(words))
    content = reply.content
    header, size, began_ns = b64decode(content["header"]), content["size"], content["began_ns"]
    sealed = Sealed(recording, header, reply.body(), size, began_ns)
    send = sending.send_tar if content["kind"] == "cut" else sending.send_file
    with telling(client, content["copy"], out):
        (sending.send_armor if armor else send)(sealed, out)


def details(client: Client, words: Words) -> None:
    """`details ID`: one small age file."""
    words.allow(*WHY, "armor")
    recording, out = words.one_name("recording"), sending.Out(sys.stdout.fileno())
    _refuse_terminal(words, out, f"callbox shell details {recording} ... > {recording}.details.age")
    content = client.ask("details", id=recording, **why(words)).content
    sealed = b64decode(content["details"])
    with telling(client, content["copy"], out):
        out.write(sending.armored(sealed).encode() if "armor" in words.flags else sealed)


def why(words: Words) -> dict[str, str | None]:
    """What the keeper asks of whoever fetches."""
    return {name: words.options.get(name) for name in WHY}


def _refuse_terminal(words: Words, out: sending.Out, instead: str) -> None:
    if "armor" in words.flags or not os.isatty(out.descriptor):
        return
    hint = f"send it to a file: {instead}, over ssh without -t; or ask for --armor"
    raise Refused("refused.terminal", "a sealed recording is not spilled onto a terminal", hint)


def _refuse_part(words: Words) -> None:
    """Rule 3."""
    if "resume" in words.flags:
        message = "a fetch that broke off is not taken up again: each is entered in the log as a whole one"
        raise Refused("refused.no-part", message, "fetch it again from its beginning; leave --resume out")
    if {"from", "to"} & words.options.keys():
        message = "what is sealed opens from its beginning only, so the box cannot cut a piece out of it"
        hint = "fetch it whole, leave --from and --to out, and cut it on the office's PC once it is opened"
        raise Refused("refused.no-part", message, hint)
