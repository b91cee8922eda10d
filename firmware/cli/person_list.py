"""`callbox person list`: the key files themselves, and from the keeper, if it answers, who was last seen when."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from firmware.cli.apply import as_owner, door_of
from firmware.faults import Fault
from firmware.keeper.key_folder import KeyFolder
from firmware.settings import read
from firmware.shell import persons
from firmware.shell.client import connected
from firmware.vault.reading import UnreadableError


def listed(folder: KeyFolder, config: Path) -> str:
    """A line for each person; what the keeper could not be asked is said under the table."""
    seen, fault = _seen(config)
    text = persons.listed([_row(folder, name, seen) for name in folder.names()])
    return f"{text}\n\nLast seen is not known: {fault}" if fault else text


def _row(folder: KeyFolder, name: str, seen: Mapping[str, int]) -> dict[str, object]:
    told: dict[str, object] = {"name": name, "seen_ns": seen.get(name)}
    try:
        login = folder.read(name)
    except (OSError, UnreadableError):
        return told | {"counts": False}
    told |= {"full": login.full, "since": login.since, "until_ns": login.until_ns}
    told |= {"counts": time.time_ns() < login.until_ns}
    return told | {"key": f"{login.key.kind} {login.key.fingerprint}"}


def _seen(config: Path) -> tuple[dict[str, int], Fault | None]:
    """When each last asked, by the keeper."""
    try:
        door = door_of(read(config))
        with ExitStack() as stack:
            with as_owner(door):
                client = stack.enter_context(connected(str(door)))
            rows = client.ask("persons").content["persons"]
    except Fault as fault:
        return {}, fault
    return {each["name"]: each["seen_ns"] for each in rows if each["seen_ns"]}, None
