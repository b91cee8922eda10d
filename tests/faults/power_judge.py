"""The judge of a power cut: what was owed before it stands, what was destroyed before it is nobody's."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from firmware.audit.tree import root_of
from firmware.catalogue.catalogue import Wanted
from firmware.catalogue.rebuild import rows_of
from firmware.clock import GivenClock
from firmware.keeper.box import Box
from firmware.vault.manifest import read_manifest
from firmware.vault.vault import Contents
from tests.keeper.keeper_rig import House
from tests.rigs.thief import stolen

Said = dict[str, Any]
TURNS = 3
"""Turns in which everything half done must be finished."""


def names(told: Iterable[Said], kind: str) -> set[str]:
    """Everything named by what was said of this kind."""
    return {name for each in told if each["say"] == kind for name in each["names"]}


def gone(told: list[Said]) -> set[str]:
    """Every key whose destruction was acknowledged."""
    return names(told, "gone")


def raw(image: bytes, destroyed: set[str]) -> list[str]:
    """The thief has no destroyed key, and is a thief."""
    his = stolen(image)
    blind = [] if "undated" in his else ["the thief is blind: he did not find what nobody destroyed"]
    return blind + [
        f"{key_id} is destroyed, and the thief has it" for key_id in sorted(destroyed & his.keys())
    ]


def opened(house: House, told: list[Said]) -> list[str]:
    """The box starts by itself, finishes what was half done, and owes nothing; started again, it is the same."""
    wall = datetime.fromtimestamp(told[-1]["wall_ns"] / 1e9, UTC)
    house.clock = GivenClock(wall)
    house.clock.boot_id = "after the cut"
    with house.keeper() as keeping:
        for _ in range(TURNS):
            keeping.turn()
        found = _all(keeping.box, told)
    with house.keeper() as keeping:
        keeping.turn()
        again = _all(keeping.box, told)
    return found or [f"after another start: {each}" for each in again]


def _all(box: Box, told: list[Said]) -> list[str]:
    return [*_keys(box, told), *_recordings(box, told), *_folders(box), *_index(box), *_log(box, told)]


def said_destroyed(house: House) -> set[str]:
    """Every live key that the audit log now calls destroyed."""
    lines = (house.places.audit / "entries.log").read_bytes().splitlines()
    entries = [json.loads(line.partition(b" ")[2]) for line in lines]
    return {
        f"live-{each['generation']}"
        for each in entries
        if each["what"] == "destroyed key" and "generation" in each
    }


def _keys(box: Box, told: list[Said]) -> list[str]:
    back = sorted(each for each in gone(told) if each in box.vault.table)
    return [f"{each} is destroyed, and is back" for each in back]


def _recordings(box: Box, told: list[Said]) -> list[str]:
    """Every recording that is owed opens, its body is whole, and none of those that are gone is there."""
    there = {recording: contents for _, recording, contents in box.vault.everything()}
    lost = sorted(_owed(told) - there.keys())
    broken = sorted(each for each, contents in there.items() if not _whole(box, each, contents))
    return [
        *(f"{each} was kept, and is lost" for each in lost),
        *(f"{each} has a lock and no whole body" for each in broken),
        *(f"{each} is destroyed, and is back" for each in sorted(gone(told) & there.keys())),
    ]


def _owed(told: list[Said]) -> set[str]:
    """Every recording that was kept, and that nothing since may have destroyed: one key is enough."""
    may_go = names(told, "going")
    last = {recording: keys for each in told for recording, keys in each["locks"].items()}
    return {each for each, keys in last.items() if each not in may_go and not may_go.issuperset(keys)}


def _whole(box: Box, recording: str, contents: Contents) -> bool:
    body = box.places.store / f"{recording}.body"
    sealed = read_manifest(contents.manifest).sealed
    return body.exists() and hashlib.sha256(body.read_bytes()).hexdigest() == sealed.body_sha256


def _folders(box: Box) -> list[str]:
    """Nothing waits for ever, nothing was set aside, and a body without a lock is nobody's."""
    there = {recording for _, recording, _ in box.vault.everything()}
    return [
        *(f"{path.name} still waits" for path in box.places.spool.glob("*.json")),
        *(f"{path.name} was set aside" for path in box.places.aside.iterdir()),
        *(f"{path.name} has no lock" for path in box.places.store.iterdir() if path.stem not in there),
    ]


def _index(box: Box) -> list[str]:
    """The catalogue is what it would be, made anew."""
    index = {row.id: row for row in box.catalogue.find(Wanted())}
    again = {row.id: row for row in rows_of(box.vault)}
    return [] if index == again else [f"the catalogue has {sorted(index)}, the vault {sorted(again)}"]


def _log(box: Box, told: list[Said]) -> list[str]:
    """Every acknowledged entry is there, unchanged; what was promised to be destroyed and is, is said to be."""
    leaves = box.log.leaves()
    lost = [
        each["log"]["size"]
        for each in told
        if root_of(leaves[: each["log"]["size"]]).hex() != each["log"]["root"]
    ]
    return [f"the audit log lost acknowledged entries below {max(lost)}"] if lost else []
