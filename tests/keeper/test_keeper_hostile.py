"""A recorder that was taken over: what it hands on stops no keeper, changes no other recording and reaches no other file."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.keeper import spooled
from firmware.keeper.live import generations
from firmware.keeper.loop import Keeper
from firmware.keeper.wiring import opened
from firmware.notify import Notifier
from firmware.vault import durable
from tests.keeper.keeper_rig import House

Told = dict[str, Any]
BIG = 1 << 80


def change(house: House, recording: str, how: Callable[[Told], object]) -> None:
    """What was spooled, changed after the recorder wrote it."""
    path = house.places.spool / f"{recording}.json"
    told = json.loads(path.read_text())
    how(told)
    path.write_text(json.dumps(told))


ABSURD: dict[str, Callable[[Told], object]] = {
    "a beginning after the end of time": lambda told: told["facts"]["began"].update(wall_ns=BIG),
    "more samples than there are": lambda told: told["facts"].update(samples=BIG),
    "a rate that no number holds": lambda told: told["facts"].update(rate=BIG),
    "gaps that are longer than all of it": lambda told: told["facts"].update(
        samples=2**63 - 1, gaps=[{"from": 0, "to": 2**63 - 1, "reason": "paused"}] * 2
    ),
    "half a character": lambda told: told["facts"].update(line="\ud800"),
    "half a character in a reason": lambda told: told["facts"]["gaps"][0].update(reason="\udfff"),
    "half a character among the recipients": lambda told: told["facts"].update(recipients=["\ud800"]),
    "a body larger than any call": lambda told: told["body"].update(size=1 << 40),
}


@pytest.mark.parametrize("what", ABSURD)
def test_absurd_facts_are_set_aside(house: House, what: str) -> None:
    """The keeper does not end over what no recorder writes, and takes in what comes after it."""
    absurd = house.spool_finished()
    change(house, absurd, ABSURD[what])
    good = house.spool_finished()
    with house.keeper() as keeping:
        keeping.turn()
        assert keeping.box.catalogue.get(good) is not None
        assert keeping.box.catalogue.get(absurd) is None
    assert "vault.set-aside" in house.codes()


@pytest.mark.parametrize("row", [{"reason": "\ud800"}, {"began": {"wall_ns": BIG}}, {"duration_ns": BIG}])
def test_absurd_coverage_is_set_aside(house: House, row: Told) -> None:
    """Neither a month after the end of time nor half a character ends the keeper."""
    began = {"wall_ns": 1, "boottime_ns": 1, "boot_id": "b", "state": "trusted"}
    whole = {"line": "line1", "call": None, "reason": "paused", "duration_ns": 1}
    told = whole | row | {"began": began | row.get("began", {})}
    (house.places.spool / "coverage-x.json").write_text(json.dumps({"format": 1, "rows": [told]}))
    with house.keeper() as keeping:
        keeping.turn()
        assert list(keeping.box.ledger.rows()) == []
    assert "vault.set-aside" in house.codes()


def test_nothing_slips_into_a_manifest(house: House) -> None:
    """What the format does not know is left out at every depth: a manifest holds no number, and no NaN ends the keeper."""
    recording = house.spool_finished()

    def slip(told: Told) -> None:
        told["facts"]["gaps"][0]["number"] = "07700900123"
        told["facts"]["began"]["more"] = float("nan")

    change(house, recording, slip)
    with house.keeper() as keeping:
        keeping.turn()
        row = keeping.box.catalogue.get(recording)
        assert row is not None
        contents = keeping.box.vault.contents(row.key, recording)
    assert contents is not None
    assert b"07700900123" not in contents.manifest
    assert b"more" not in contents.manifest


@pytest.mark.parametrize("with_body", [False, True])
@pytest.mark.parametrize("began_ns", [1_000_000_000, 1 << 62])
def test_a_recording_that_was_taken_in_is_never_another(
    house: House, began_ns: int, *, with_body: bool
) -> None:
    """Its name comes again under another date: row, due day, lock and body stay what they were."""
    recording = house.spool_finished()
    spooled_json = (house.places.spool / f"{recording}.json").read_bytes()
    body = (house.places.spool / f"{recording}.body").read_bytes()
    with house.keeper() as keeping:
        keeping.turn()
        before = keeping.box.catalogue.get(recording)
        (house.places.spool / f"{recording}.json").write_bytes(spooled_json)
        if with_body:
            (house.places.spool / f"{recording}.body").write_bytes(body)
        change(house, recording, lambda told: told["facts"]["began"].update(wall_ns=began_ns))
        keeping.turn()
        assert keeping.box.catalogue.get(recording) == before
        locks = [key for key, name, _ in keeping.box.vault.everything() if name == recording]
        assert before is not None
        assert locks == [before.key]
    assert (house.places.store / f"{recording}.body").read_bytes() == body
    assert "vault.set-aside" in house.codes()


def test_what_was_taken_in_may_come_again_unchanged(house: House) -> None:
    """After a crash before the spool file went, the same file is the same recording."""
    recording = house.spool_finished()
    told = (house.places.spool / f"{recording}.json").read_bytes()
    with house.keeper() as keeping:
        keeping.turn()
        (house.places.spool / f"{recording}.json").write_bytes(told)
        keeping.turn()
        assert keeping.whats().count("taken in") == 1
    assert list(house.places.spool.iterdir()) == []
    assert "vault.set-aside" not in house.codes()


def test_what_was_set_aside_is_not_overwritten(house: House) -> None:
    """A second file of the same name is set aside beside the first, not in its place."""
    path = house.places.spool / "0000000000000.json"
    with house.keeper() as keeping:
        for content in ("{", "["):
            path.write_text(content)
            keeping.turn()
    kept = {each.read_text() for each in house.places.aside.glob("*.json")}
    assert kept == {"{", "["}


def test_a_file_too_large_to_be_one_is_set_aside_unread(house: House) -> None:
    """What would fill the memory is looked at by its size first."""
    path = house.places.spool / "coverage-x.json"
    path.touch()
    os.truncate(path, spooled.MOST_TOLD + 1)
    with house.keeper() as keeping:
        keeping.turn()
    assert "vault.set-aside" in house.codes()


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir])
def test_what_is_no_note_holds_nobody_up(house: House, make: Callable[[Path], object]) -> None:
    """A FIFO, a link to an endless device or a folder where the recorder's note should be: no key is destroyed."""
    make(house.places.run / "lines")
    with house.keeper() as keeping:
        keeping.turn()
        house.clock.advance(86_400)  # type: ignore[attr-defined]  a given clock
        keeping.turn()
        assert generations(keeping.box) == [1, 2]


def test_a_link_in_the_run_directory_leads_nowhere(house: House) -> None:
    """The run directory is shared: a link under the name that the keeper writes first does not reach the keeper's own files."""
    target = house.places.signing_key
    before = target.read_bytes()
    (house.places.run / f"faults{durable.TEMPORARY}").symlink_to(target)
    with house.keeper() as keeping:
        keeping.turn()
    assert target.read_bytes() == before
    assert not (house.places.run / "faults").is_symlink()


def test_every_file_taken_in_is_a_sign_of_life(house: House) -> None:
    """A backlog of long calls starves no watchdog: each of them is progress."""
    for _ in range(3):
        house.spool_finished()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(house.folder / "notify"))
        systemd.settimeout(0)
        notifier = Notifier({"NOTIFY_SOCKET": str(house.folder / "notify")})
        with opened(house.config, house.clock) as (box, history):
            keeper = Keeper(box, history, notifier)
            keeper.turn()
            keeper.close()
        notifier.close()
        assert [systemd.recv(100) for _ in range(4)] == [b"WATCHDOG=1"] * 4
