"""What cannot be taken in is set aside with its reason, and keeps the live keys that it may need alive.

A person looks at it. To try again, the files go back into the spool.
"""

import os
from collections.abc import Mapping
from itertools import chain, count
from pathlib import Path

from firmware.audit.entries import Entry, What
from firmware.faults import VaultFault
from firmware.keeper.box import Box
from firmware.keeper.spooled import generation_of
from firmware.vault import durable
from firmware.vault.keys import LIVE
from firmware.vault.reading import UnreadableError, canonical, read_object

SUFFIX = ".why"


def put(box: Box, path: Path, reason: str) -> None:
    """Set a spool file and its body aside; the reason is durable first."""
    named = generation_of(path)
    why = {"format": 1, "reason": reason, "live": sorted(_alive(box)) if named is None else [named]}
    name = _free_name(box.places.aside, path.stem)
    durable.write(box.places.aside / f"{name}{SUFFIX}", canonical(why))
    box.log.append(Entry(What.SET_ASIDE, box.clock.stamp(), {"file": path.name}))
    body = path.with_suffix(".body")
    if body.exists():
        durable.move(body, box.places.aside / f"{name}.body")
    durable.move(path, box.places.aside / f"{name}.json")


def _free_name(folder: Path, stem: str) -> str:
    """The name itself, or a numbered one where a file of that name is aside already; the JSON file comes last."""
    numbered = (f"{stem}-{number}" for number in count(2))
    return next(name for name in chain([stem], numbered) if not os.path.lexists(folder / f"{name}.json"))


def generations(box: Box) -> set[int]:
    """Every live generation that something set aside may still need; all of them where that cannot be read."""
    needed: set[int] = set()
    for path in _reasons(box):
        live = _why(path).get("live")
        needed.update(live if isinstance(live, list) else _alive(box))
    return needed


def fault(box: Box) -> VaultFault | None:
    """The fault that stands while anything is set aside."""
    reasons = _reasons(box)
    if not reasons:
        return None
    first = _why(reasons[0]).get("reason", "its reason cannot be read")
    return VaultFault(
        "vault.set-aside",
        f"{len(reasons)} of the recorder's files could not be taken in; the first: {first}",
        f"look at {box.places.aside}; to try again, move NAME.json and NAME.body back to {box.places.spool} "
        "and remove NAME.why",
        extent=len(reasons),
    )


def _alive(box: Box) -> set[int]:
    """Every live generation that there is."""
    return {int(key_id.removeprefix(LIVE)) for key_id in box.vault.table.ids() if key_id.startswith(LIVE)}


def _why(path: Path) -> Mapping[str, object]:
    """What was written of it; nothing where that is damaged."""
    try:
        return read_object(path.read_bytes(), path.name).content
    except UnreadableError:
        return {}


def _reasons(box: Box) -> list[Path]:
    return sorted(box.places.aside.glob(f"*{SUFFIX}"))
