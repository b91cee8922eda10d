"""`show ID` and `verify ID`: the whole life of one recording, for a person to read or a program.

What it is, what was left out of it and why, why it may be kept and until when, what was done with it by whom, and
who has copies. What a reference or a reason said is shown with it, for it lies under the recording's lock and ends with it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from firmware.faults import VaultFault
from firmware.shell import tables
from firmware.shell.calling import as_called
from firmware.shell.client import Client
from firmware.shell.entry_words import entry_words
from firmware.shell.words import Words

DIRECTIONS = {"in": "incoming", "out": "outgoing"}


def show(client: Client, words: Words) -> None:
    """`show ID`."""
    words.allow("json")
    content = client.ask("show", id=words.one_name("recording")).content
    known = {name: value for name, value in content.items() if name != "ok"}
    if "json" in words.flags:
        print(json.dumps(known, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_life(known)))


def verify(client: Client, words: Words) -> None:
    """`verify ID`: whether it is what was taken in; one that is not ends with the status of a vault fault."""
    words.allow("json")
    content = client.ask("verify-recording", id=words.one_name("recording")).content
    if "json" in words.flags:
        print(json.dumps({name: value for name, value in content.items() if name != "ok"}, indent=2))
    else:
        print("\n".join(f"{'yes' if well else 'NO '}  {what}" for what, well in content["checks"].items()))
    if not content["whole"]:
        wrong = ", ".join(what for what, well in content["checks"].items() if not well)
        hint = "keep the box as it is, and call the controller; a copy of the store may be whole"
        raise VaultFault(
            "vault.body-damaged", f"the recording is not what was taken in; not so: {wrong}", hint
        )


def _life(known: Mapping[str, Any]) -> Iterator[str]:
    manifest = known["manifest"]
    facts = manifest["facts"]
    yield f"Recording {facts['id']}"
    yield from _what(manifest)
    yield ""
    yield "Withheld"
    yield from _gaps(facts)
    yield ""
    yield "Kept"
    yield from _kept(known)
    yield ""
    yield "What was done with it"
    texts = {each["copy"]: each for each in known["handed"] if "copy" in each}
    for entry in known["entries"]:
        doubt = "?" if entry["at"]["state"] == "untrusted" else ""
        yield f"  {tables.moment(entry['at']['wall_ns'])}{doubt}  {entry_words(entry, texts)}"
    yield from _copies(known["copies_out"])


def _what(manifest: Mapping[str, Any]) -> Iterator[str]:
    facts, began = manifest["facts"], manifest["corrected"] or manifest["facts"]["began"]
    way = DIRECTIONS.get(facts["direction"], facts["direction"])
    doubt = " (the clock was not to be believed)" if began["state"] == "untrusted" else ""
    yield f"  line {facts['line']}, department {facts['department']}, {way}, {facts['class']}"
    yield f"  began {tables.moment(began['wall_ns'])}{doubt}, length {tables.length(facts['samples'], facts['rate'])}"
    if manifest["corrected"]:
        yield f"  the box's clock said {tables.moment(facts['began']['wall_ns'])}, and was put right later"
    yield f"  ended: {facts['ended']}; call {facts['call']}"
    if facts["continues"]:
        yield f"  goes on from recording {facts['continues']}"
    size = manifest["body"]["size"]
    form = f"a tar of {len(facts['parts'])} small age files" if manifest["kind"] == "cut" else "one age file"
    yield f"  {manifest['kind']}: {form}, {size:,} bytes, for {' and '.join(facts['recipients'])}"


def _gaps(facts: Mapping[str, Any]) -> Iterator[str]:
    rate = facts["rate"]
    for gap in facts["gaps"]:
        keys = f", {gap['keys']} keys" if gap.get("keys") else ""
        yield f"  {_second(gap['from'] / rate)} to {_second(gap['to'] / rate)}  {gap['reason']}{keys}"
    if not facts["gaps"]:
        yield "  nothing of it"


def _second(seconds: float) -> str:
    """A place in a recording, to the tenth of a second."""
    minutes, rest = divmod(round(seconds * 10), 600)
    return f"{minutes // 60}:{minutes % 60:02}:{rest / 10:04.1f}"


def _kept(known: Mapping[str, Any]) -> Iterator[str]:
    manifest = known["manifest"]
    policy, basis = manifest["policy"], manifest["lawful_basis"]
    if manifest["due"]:
        yield f"  until it falls due on {manifest['due']}"
    else:
        yield f"  without a due day: {manifest['undated']}"
    if policy:
        yield f"  by policy {policy['name']} ({policy['period']} since {policy['from']}): {policy['reason']}"
    yield f"  lawful basis: {', '.join(f'{who}: {what}' for who, what in sorted(basis.items()))}"
    for hold in known["kept_for"]:
        kind = "restricted, and kept beyond it," if hold["restricted"] else "kept beyond it"
        yield f"  {kind} for case {hold['case']}, owner {hold['owner']} (hold {hold['hold']})"
    if known["erasure_asked"]:
        yield as_called(
            "  its erasure was asked for; `callbox shell keep ID` or a hold stops it until it is done"
        )


def _copies(out: list[str]) -> Iterator[str]:
    if out:
        yield ""
        yield as_called(
            f"Copies out: {', '.join(out)}; once one is destroyed: callbox shell copies destroyed COPY"
        )
