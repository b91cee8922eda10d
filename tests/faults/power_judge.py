"""The judge of a power cut: what was owed before it stands, what was destroyed before it is nobody's."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from firmware.audit.tree import root_of
from firmware.catalogue.catalogue import Wanted
from firmware.catalogue.rebuild import rows_of
from firmware.clock import GivenClock
from firmware.keeper.box import Box
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
    """The box starts by itself, finishes what was half done, and owes nothing."""
    wall = datetime.fromtimestamp(told[-1]["wall_ns"] / 1e9, UTC)
    house.clock = GivenClock(wall)
    house.clock.boot_id = "after the cut"
    with house.keeper() as keeping:
        for _ in range(TURNS):
            keeping.turn()
        box = keeping.box
        return [*_keys(box, told), *_recordings(box, told), *_index(box), *_log(box, told)]


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
    return [f"{each} is destroyed, and is back" for each in gone(told) if each in box.vault.table]


def _recordings(box: Box, told: list[Said]) -> list[str]:
    """Every recording that is owed has a header and a body; none is twice under one key, none waits for ever."""
    maybe = names(told, "going")
    last = {name: each for each in told if each["say"] == "kept" for name in each["names"]}
    there = {recording: key_id for key_id, recording, _ in box.vault.everything()}
    lost = [each for each in last if each not in there and not maybe]
    bodies = [each for each in there if not (box.places.store / f"{each}.body").exists()]
    waiting = [path.name for path in box.places.spool.glob("*.json")]
    aside = [path.name for path in box.places.aside.iterdir()]
    return [
        *(f"{each} was kept, and is lost" for each in lost),
        *(f"{each} has a lock and no body" for each in bodies),
        *(f"{each} still waits" for each in waiting),
        *(f"{each} was set aside" for each in aside),
    ]


def _index(box: Box) -> list[str]:
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
