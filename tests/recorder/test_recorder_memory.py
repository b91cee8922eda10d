"""What was withheld is in no memory of the recorder ten seconds later, and no memory grows over the years."""

import ctypes
import os
import types
from collections import deque
from collections.abc import Iterator
from gc import get_referents
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.rigs.office import DESK, LineAsk, Office, desk, noise

CODE = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, types.CodeType)
CALLS = int(os.environ.get("CALLBOX_CALLS", "80"))
SIZED = (dict, list, set, frozenset, deque, bytearray, tuple)


def reachable(office: Office) -> Iterator[object]:
    """Everything that a recorder holds on to, code and the office around it apart."""
    seen = {id(office), id(office.recorder)}
    waiting: list[object] = [office.recorder]
    while waiting:
        each = waiting.pop()
        yield each
        for inner in get_referents(each):
            if id(inner) not in seen and not isinstance(inner, CODE):
                seen.add(id(inner))
                waiting.append(inner)


def holders(office: Office, pattern: NDArray[np.int16]) -> list[str]:
    """The kinds of things that hold the pattern, as int16 or as floats, of full scale one or not."""
    floats = [(pattern / scale).astype(np.float32).tobytes() for scale in (1, 32768)]
    wanted = [pattern.tobytes(), *floats]
    found = []
    for each in reachable(office):
        match each:
            case np.ndarray():
                held = each.tobytes()
            case bytes() | bytearray() | memoryview():
                held = bytes(each)
            case ctypes.Array():
                held = bytes(each)
            case _:
                continue
        if any(part in held for part in wanted):
            found.append(f"{type(each).__name__} of {len(held)} bytes")
    return found


@pytest.mark.parametrize("why", ["paused", "opted out", "internal", "on hook", "idle"])
@pytest.mark.parametrize("sides", [1, 2])
def test_what_was_withheld_is_gone_from_memory(tmp_path: Path, why: str, sides: int) -> None:
    """Found while it is younger than the look-back, in nothing ten seconds after it was heard."""
    fed = noise(60) if sides == 1 else np.stack([noise(60), noise(60, 8)], axis=1)
    position = "extension" if why == "internal" else "port"
    extra = 'unclassified = "record"' if why == "internal" else ""
    line = LineAsk(samples=fed, position=position, extra=extra)
    office = Office(tmp_path, [line], desks=desk("front", "line1", opt_out=True))
    office.run(1)
    if why not in {"on hook", "idle"}:
        office.say("line1", "lift")
    if why == "internal":
        office.say("line1", "class internal")
    office.run(5)
    if why in {"paused", "opted out"}:
        office.press("front", f"{'pause' if why == 'paused' else 'opt-out'} down")
    office.run(1)
    heard = office.position
    last = fed[heard - 2000 : heard - 1992, 0] if sides == 2 else fed[heard - 2000 : heard - 1992]
    assert holders(office, last), "the search must find what is in the ring"
    office.run(10)
    assert holders(office, last) == []
    office.recorder.stop()


@pytest.mark.parametrize("card_rate", [44_100, 48_000])
def test_decimation_leaves_nothing_behind(tmp_path: Path, card_rate: int) -> None:
    """Neither the card's samples nor the line's, in feed, filter rows or ring."""
    fed = noise(120)
    office = Office(tmp_path, [LineAsk(samples=fed, card_rate=card_rate)], desks=DESK)
    office.run(6)
    heard = 6 * card_rate
    last = fed[heard - 200 : heard - 192]
    assert holders(office, last), "the search must find what is in the feed"
    office.run(2)
    assert holders(office, last) == []
    office.recorder.stop()


def sizes(office: Office) -> dict[str, int]:
    """How many things of each kind a recorder holds, and how large the containers are in all."""
    found: dict[str, int] = {}
    for each in reachable(office):
        name = type(each).__name__
        found[name] = found.get(name, 0) + 1
        if isinstance(each, SIZED):
            found[f"in {name}"] = found.get(f"in {name}", 0) + len(each)
    return found


def play(office: Office, calls: int) -> None:
    """Short calls: taken, dialled, missed, paused, armed, with a number or without; a hook that is lifted more
    often in a minute is not believed.
    """
    for number in range(calls):
        if number % 3 == 0:
            office.say("line1", "ring")
            office.say("line1", f"caller-id 0163296{number % 1000:04d}")
        if number % 11 == 0:
            office.tap_once("front")
        if number % 4 != 1:
            office.say("line1", "lift")
        if number % 5 == 0:
            office.say("line1", "dialled 12")
        office.run(2.65)
        if number % 7 == 0:
            office.tap_once("front")
        office.say("line1", "replace")
        office.run(2.65)


def test_nothing_grows_with_the_number_of_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 80 short calls more (2,000 with CALLBOX_CALLS=2000) the recorder holds no more things than after the first 40."""
    monkeypatch.setattr("os.fsync", lambda _fd: None)
    monkeypatch.setattr("os.fdatasync", lambda _fd: None)
    office = Office(tmp_path, [LineAsk(samples=np.tile(noise(20), 30 + CALLS // 3))], desks=DESK)
    office.run(1)
    play(office, 40)
    office.run(80)
    before = sizes(office)
    play(office, CALLS)
    office.run(80)
    after = sizes(office)
    grown = {
        name: (before.get(name, 0), count) for name, count in after.items() if count > before.get(name, 0) + 8
    }
    assert grown == {}
    assert len(office.recordings()) > CALLS // 3
    office.recorder.stop()
