"""Whatever a person sends to the door is answered or refused, and what is entered of it can be written: no request ends the keeper."""

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from firmware.faults import Fault
from firmware.keeper.door import Person, _look, answered
from firmware.vault.reading import Fields, canonical
from tests.keeper.keeper_rig import House, Keeping

ANNA = Person("anna", 1001)
ROUNDS = int(os.environ.get("CALLBOX_REQUESTS", "40"))
"""Requests of each verb; `make soak` tries many more."""

STRANGE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**63, 2**64, -(2**70), 10**18, -(10**18), 10**30, 1.5, 1e308),
    *("", "\ud800", "\x00", "a" * 5000, "\N{TELEPHONE RECEIVER}", "../../etc/passwd", "07700900123", "1e999"),
    *("2026-03-02", "9999-12-31", "0001-01-01", "2026-02-30", "2026-03-02 09:00"),
    *("complaint", "C12", "line1", "repairs", "office", "safe", "hour", "day", "0123456789abc"),
    *([], [1], ["\ud800"], {}, {"a": 1}, {"\ud800": "\ud800"}, [{}], [{"id": "x"}]),
    [{"id": "0123456789abc", "headers": {"00": "AA=="}, "proof": "x"}],
)
"""Of each kind of JSON: what is meant, what is at its edge, and what nobody means."""


class Noting(dict[str, Any]):
    """A request that notes which of its fields were looked at."""

    def __init__(self, content: dict[str, Any], looked_at: set[str]) -> None:
        super().__init__(content)
        self._looked_at = looked_at

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  of whatever kind
        self._looked_at.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._looked_at.add(str(name))
        return super().__contains__(name)


@pytest.fixture
def keeping(house: House) -> Iterator[Keeping]:
    with house.keeper() as keeping:
        yield keeping


def test_no_request_ends_the_keeper(house: House, keeping: Keeping) -> None:
    """Every verb, with every field that it looks at, of any kind: an answer that is JSON, or a fault."""
    names = [house.spool_finished(), house.spool_cut()]
    keeping.turn()
    keeping.turn()
    chance, values = random.Random(5), (*STRANGE, *names, f"{names[0]}/{names[0]}")
    inside = keeping.keeper._door._inside
    for verb in sorted(keeping.keeper._verbs.names):
        fields: set[str] = set()
        for _ in range(ROUNDS):
            some = chance.sample(sorted(fields), chance.choice((len(fields), chance.randint(0, len(fields)))))
            content = {"verb": verb, **{each: chance.choice(values) for each in some if each != "verb"}}
            request = Fields("request", Noting(content, fields))
            try:
                answer = answered(inside, ANNA, request)
                if answer.descriptor is not None:
                    os.close(answer.descriptor)
                canonical(answer.content)
                inside.looked(ANNA, _look(request, answer))
            except Fault:
                continue
            except Exception as error:
                error.add_note(repr(content)[:500])
                raise


@pytest.mark.parametrize("first", ["0001-01-01", "2026-03-01", "9999-12-31"])
@pytest.mark.parametrize("last", ["0001-01-01", "2026-03-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_days(keeping: Keeping, first: str, last: str) -> None:
    """No day is too early or too late to be asked for."""
    request = Fields("request", {"verb": "days", "from": first, "to": last})
    assert answered(keeping.keeper._door._inside, ANNA, request).content["ok"]
