"""Whom a box seals to is shown here, and held to what a person accepted: a key that changed is never sealed to unseen.

1. `known_recipients.json` beside office.toml keeps, for each box, the names and public keys that were accepted last.
2. A key is shown so that who compares it sees all of it: a native age key whole, an SSH key by the fingerprint that `ssh-keygen -l` shows.
3. A name or key that no settings could hold is no answer.
"""

import hashlib
import json
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from firmware.faults import SealFault, SettingsFault
from firmware.office.boxes import OfficeBox
from firmware.office.placing import disk_of
from firmware.office.remote import Remote
from firmware.office.texts import plain
from firmware.settings.kinds import NAME_GRAMMAR, Unfit
from firmware.settings.recipient_kind import a_recipient, same_key
from firmware.vault.reading import Fields, UnreadableError

FILE: Final = "known_recipients.json"


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
        raise _not_accepted(box, now, met=before is not None)
    _keep(folder, {**known, box.name: dict(now.keys)})


def _shown(box: OfficeBox, before: Mapping[str, str] | None, now: Recipients) -> list[str]:
    lines = [f"{box.name} seals to these keys (set {now.to}):"]
    for name, key in now.keys.items():
        lines += [f"  {name}: {_since(before, name, key)}", f"    {_whole(key)}"]
    gone = () if before is None else sorted(before.keys() - now.keys.keys())
    for name in gone:
        lines += [f"  {name}: IS NONE ANY MORE", f"    {_whole((before or {})[name])}"]
    return lines


def _whole(key: str) -> str:
    """Rule 2; the fingerprint is the SHA-256 of what the base64 holds, in base64 without padding (OpenSSH, sshkey.c)."""
    kind, _, blob = key.partition(" ")
    if not blob:
        return key
    try:
        digest = hashlib.sha256(b64decode(blob, validate=True)).digest()
    except ValueError:
        return key
    return f"{kind} SHA256:{b64encode(digest).decode().rstrip('=')}"


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


def _not_accepted(box: OfficeBox, now: Recipients, *, met: bool) -> SealFault:
    hint = f"compare them with their holders, by telephone say; then: --accept {now.to}"
    if not met:
        first = f"the recipients of {box.name} were never accepted here"
        return SealFault("seal.recipients-changed", first, hint)
    shown = (
        f"the recipients of {box.name} are not those that were accepted here, and nobody accepted them now"
    )
    hint = f"{hint}. If nobody changed them: call the controller"
    return SealFault("seal.recipients-changed", shown, hint)


def _keys(answer: Fields) -> dict[str, str]:
    return dict(map(_key, answer.each("answer")))


def _key(told: Fields) -> tuple[str, str]:
    """Rule 3."""
    try:
        return name_in(told), same_key(a_recipient(told.text("key")))
    except Unfit:
        raise UnreadableError("it tells a key of a recipient that no settings could name") from None


def name_in(told: Fields) -> str:
    """The name of a recipient, of the form that settings take; nothing else is shown, or said back to a box."""
    return as_name(told.text("name"))


def as_name(name: str) -> str:
    """The same of a name alone."""
    if not NAME_GRAMMAR.fullmatch(name):
        raise UnreadableError("it names a recipient as no settings could")
    return name


def _read(folder: Path) -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(folder / FILE) from error
    if not isinstance(found, dict) or not all(map(_of_texts, found.values())):
        raise _unreadable(folder / FILE)
    return found


def _of_texts(names: object) -> bool:
    return isinstance(names, dict) and all(isinstance(key, str) for key in names.values())


def _unreadable(path: Path) -> SettingsFault:
    hint = f"take {path} away: every box is then met anew"
    return SettingsFault("settings.office", f"{path} cannot be read", hint)


def _keep(folder: Path, known: Mapping[str, Mapping[str, str]]) -> None:
    beside = folder / f"{FILE}.new"
    with disk_of(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_text(json.dumps(known, indent=2, ensure_ascii=False), encoding="utf-8")
            os.replace(beside, folder / FILE)  # noqa: PTH105  Path.replace is the same; this one says that it replaces
        finally:
            beside.unlink(missing_ok=True)
