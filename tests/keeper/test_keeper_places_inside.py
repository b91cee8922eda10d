"""Who holds the door open shuts nobody else out."""

import contextlib
import json
import os
import socket
from dataclasses import dataclass

import pytest

from firmware.keeper.looks import AWAY_NS
from firmware.keeper.places_inside import FEW, LAST, MOST_INSIDE, MOST_OF_ONE, MOST_QUIET, QUIET_NS, full
from tests.keeper.keeper_rig import House, Keeping
from tests.keeper.test_keeper_disposal import clock_of
from tests.keeper.test_keeper_door import ME
from tests.keeper.test_keeper_persons import answered


def test_who_says_nothing_is_shut_out_after_ten_seconds(house: House) -> None:
    """A place is held by asking; who asked once keeps it."""
    with house.keeper() as keeping, contextlib.ExitStack() as stack:
        clock = clock_of(house)
        path = str(house.places.run / "keeper.sock")
        silent, asking = (
            stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) for _ in range(2)
        )
        for each in (silent, asking):
            each.connect(path)
            keeping.keeper.serve(0)
        asking.sendall(b'{"verb":"status"}\n')
        asking.settimeout(0.01)
        answered(keeping, asking)
        keeping.turn()
        clock.advance(QUIET_NS / 1e9 - 1)
        keeping.turn()
        silent.settimeout(0.01)
        with pytest.raises(TimeoutError):
            silent.recv(1)
        clock.advance(1)
        keeping.turn()
        assert silent.recv(1) == b""
        asking.sendall(b'{"verb":"status"}\n')
        assert json.loads(answered(keeping, asking))["ok"] is True
        keeping.keeper._door.turn_out()


@dataclass
class Place:
    """A conversation, as far as its place matters."""

    name: str
    uid: int
    asked: bool = True


def many(name: str, uid: int, count: int, *, asked: bool = True) -> list[Place]:
    return [Place(name, uid, asked) for _ in range(count)]


def test_places_are_kept_for_the_keepers_own_account_and_the_mail() -> None:
    """Persons who hold all of theirs shut out neither; one account's silence shuts out no other."""
    persons = [each for uid in range(64) for each in many(f"p{uid}", 70_000 + uid, FEW)]
    assert len(persons) == MOST_INSIDE
    assert full(persons, "zoe", 80_000)
    assert not full(persons, ME, os.geteuid())
    assert not full(persons, "callbox-mail", 90_000)
    assert full([*persons, *many(ME, os.geteuid(), MOST_OF_ONE)], ME, os.geteuid())
    quiet = many("p0", 70_000, MOST_QUIET, asked=False)
    assert full(quiet, "p0", 70_000)
    assert not full(quiet[1:], "p0", 70_000)
    assert not full(quiet, "zoe", 80_000)
    own = many(ME, os.geteuid(), MOST_OF_ONE) + many("callbox-mail", 90_000, MOST_OF_ONE)
    assert not full([*own, *persons[1:]], "zoe", 80_000)


def test_the_last_places_are_for_who_has_few() -> None:
    """However many accounts hold all of theirs: sixteen others come in with a few conversations each, and then nobody."""
    greedy = [
        each
        for uid in range((MOST_INSIDE - LAST) // MOST_OF_ONE)
        for each in many(f"g{uid}", 60_000 + uid, MOST_OF_ONE)
    ]
    assert not full(greedy, "one more", 70_000)
    inside = [*greedy]
    for uid in range(70_000, 70_000 + LAST // FEW):
        for _ in range(FEW):
            assert not full(inside, f"p{uid}", uid)
            inside += many(f"p{uid}", uid, 1)
        assert full(inside, f"p{uid}", uid)
    assert len(inside) == MOST_INSIDE
    assert full(inside, "zoe", 80_000)


def test_who_finds_no_place_is_entered(house: House) -> None:
    """At once, and then at most every ten minutes with how often; what he asked is not read, and no file of his is opened."""
    with house.keeper() as keeping, contextlib.ExitStack() as stack:
        clock = clock_of(house)
        path = str(house.places.run / "keeper.sock")

        def come_in() -> socket.socket:
            one = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            one.connect(path)
            one.settimeout(0.01)
            keeping.keeper.serve(0)
            return one

        for _ in range(MOST_OF_ONE):
            one = come_in()
            one.sendall(b'{"verb":"status"}\n')
            answered(keeping, one)
        for _ in range(3):
            assert json.loads(come_in().recv(4096))["code"] == "refused.too-many"
        assert turned_away(keeping) == [1]
        clock.advance(AWAY_NS / 1e9)
        keeping.turn()
        assert turned_away(keeping) == [1, 2]
        keeping.keeper._door.turn_out()
        one = come_in()
        one.sendall(b'{"verb":"status"}\n')
        assert json.loads(answered(keeping, one))["ok"] is True
        keeping.keeper._door.turn_out()


def turned_away(keeping: Keeping) -> list[object]:
    """How often the keeper's own account is said to have found no place, entry by entry."""
    entries = [each for each in keeping.box.log.entries() if each["what"] == "refused"]
    assert {(each["person"], each["code"]) for each in entries} == {(ME, "refused.too-many")}
    return [each["times"] for each in entries]
