"""The mutator makes wrong what it says, and a weak test lets it through: else `make mutants` would prove nothing."""

import ast
from typing import Any

import pytest

from tests.mutants.mutants_run import PARTS, mutants
from tests.mutants.mutations import Mutation, mutations

RIPE = '''
LEAST: int = 5


def ripe(since: int, now: int, asked: bool = False) -> bool:
    """Old enough, or asked for; both in seconds."""
    return now - since >= LEAST or asked
'''


def survive(tests: list[tuple[tuple[object, ...], bool]]) -> list[Mutation]:
    """The mutations of the little function that these cases do not notice."""
    left = []
    for each in mutations(RIPE):
        space: dict[str, Any] = {}
        exec(compile(each.source, "ripe", "exec"), space)  # noqa: S102  our own little function
        if all(space["ripe"](*given) is expected for given, expected in tests):
            left.append(each)
    return left


WHOLE = [((0, 5), True), ((0, 4), False), ((1, 5), False), ((0, 0, True), True)]


def test_every_mutant_of_a_tested_function_is_noticed() -> None:
    """Five places, six mutants, and cases at the edge that notice all of them."""
    made = list(mutations(RIPE))
    assert sorted((each.was, each.now) for each in made) == [
        ("5", "4"),
        ("5", "6"),
        ("False", "True"),
        ("now - since", "now + since"),
        ("now - since >= LEAST", "now - since > LEAST"),
        ("now - since >= LEAST or asked", "now - since >= LEAST and asked"),
    ]
    assert survive(WHOLE) == []


def test_a_weak_test_lets_mutants_through() -> None:
    """Without the case at the edge, the edge may move."""
    assert {each.now for each in survive([((0, 50), True), ((0, 0), False)])} >= {
        "4",
        "6",
        "now - since > LEAST",
    }


def test_a_statement_and_a_not_are_left_out() -> None:
    """What only does something, and a negation."""
    made = list(mutations("def f(x):\n    go(x)\n    return not x\n"))
    assert [each.source.splitlines()[1:] for each in made] == [
        ["    pass", "    return not x"],
        ["    go(x)", "    return x"],
    ]


@pytest.mark.parametrize("part", sorted(PARTS))
def test_there_is_something_to_make_wrong_in_every_part(part: str) -> None:
    """Each named file is there, every mutant is Python, and none is the module as it was."""
    found = list(mutants([part]))
    assert len(found) > 40
    for each in found[:: len(found) // 5]:
        made = each.made()
        ast.parse(made.source)
        assert made.was != made.now
