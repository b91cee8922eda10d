"""Whom a box seals to is shown here, and held to what a person accepted: a key that changed is never sealed to unseen.

`known_recipients.json` beside office.toml keeps, for each box, the names and public keys that were accepted last.
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.faults import SealFault, SettingsFault
from firmware.office.boxes import OfficeBox
from firmware.office.remote import Remote
from firmware.office.texts import plain
from firmware.settings.recipient_kind import same_key
from firmware.vault.reading import Fields

FILE: Final = "known_recipients.json"
SHOWN: Final = 28
"""Characters of a public key that are shown; our choice: whoever compares has the whole one in his file."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """Names and public keys as a box tells them, and the short name of their set."""

    keys: Mapping[str, str]
    to: str

    def named(self, key: str) -> str | None:
        """The recipient whose public key this is."""
        return next((name for name, each in self.keys.items() if each == key), None)


def recipients_of(remote: Remote) -> Recipients:
    """Whom a box seals to now."""
    keys: dict[str, str] = remote.known(_keys, "recipient")
    lines = "\n".join(sorted(keys.values()))
    return Recipients(keys, hashlib.sha256(lines.encode()).hexdigest()[:16])


def accepted(folder: Path, box: OfficeBox, now: Recipients, said: str | None) -> None:
    """Show what changed since a person accepted them last, and refuse unless he accepts it now.

    `said` is the set that he accepted on the command line, `None` where he is to be asked.
    """
    known = _read(folder)
    before = known.get(box.name)
    if before == now.keys:
        return
    print(plain("\n".join(_shown(box, before, now))), file=sys.stderr)
    if said != now.to and not (said is None and _asked(now)):
        raise _not_accepted(box, now)
    _keep(folder, {**known, box.name: dict(now.keys)})


def _shown(box: OfficeBox, before: Mapping[str, str] | None, now: Recipients) -> list[str]:
    lines = [f"{box.name} seals to these keys (set {now.to}):"]
    for name, key in now.keys.items():
        lines.append(f"  {name:16} {_beginning(key)}  {_since(before, name, key)}".rstrip())
    gone = () if before is None else sorted(before.keys() - now.keys.keys())
    lines += [f"  {name:16} {_beginning((before or {})[name])}  IS NONE ANY MORE" for name in gone]
    return lines


def _beginning(key: str) -> str:
    """Of an SSH key the end: its beginning is the same in all."""
    kind, _, rest = key.rpartition(" ")
    shown = f"{kind} ...{rest[-SHOWN + 3 :]}" if kind else key[:SHOWN]
    return f"{shown:42}"


def _since(before: Mapping[str, str] | None, name: str, key: str) -> str:
    if before is None:
        return "met for the first time: compare it with the holder's own"
    if name not in before:
        return "IS NEW"
    return "as it was" if before[name] == key else "HAS ANOTHER KEY"


def _asked(now: Recipients) -> bool:
    """A person at a terminal types the set's name, which is not typed by mistake."""
    if not sys.stdin.isatty():
        return False
    print(f"Compare them with their holders. Type {now.to} to seal to them: ", end="", file=sys.stderr)
    sys.stderr.flush()
    return sys.stdin.readline().strip() == now.to


def _not_accepted(box: OfficeBox, now: Recipients) -> SealFault:
    shown = (
        f"the recipients of {box.name} are not those that were accepted here, and nobody accepted them now"
    )
    hint = f"compare them with their holders, by telephone say; then: --accept {now.to}. If nobody changed them: call the controller"
    return SealFault("seal.recipients-changed", shown, hint)


def _keys(answer: Fields) -> dict[str, str]:
    return {each.text("name"): same_key(each.text("key")) for each in answer.each("answer")}


def _read(folder: Path) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        hint = f"take {folder / FILE} away: every box is then met anew"
        raise SettingsFault("settings.office", f"{folder / FILE} cannot be read", hint) from error
    return found


def _keep(folder: Path, known: Mapping[str, Mapping[str, str]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{FILE}.new"
    beside.write_text(json.dumps(known, indent=2, ensure_ascii=False), encoding="utf-8")
    os.replace(beside, folder / FILE)  # noqa: PTH105  Path.replace is the same; this one says that it replaces
