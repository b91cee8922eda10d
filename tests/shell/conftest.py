"""One real sshd with persons for all tests of the shell over SSH: to make accounts and keys takes two seconds."""

from collections.abc import Iterator

import pytest

from tests.rigs.sshd import Sshd, accounts


@pytest.fixture(scope="session")
def box() -> Iterator[Sshd]:
    """Anna and Ben may ask, and stay as they are; skips where accounts cannot be made."""
    with accounts("anna", "ben") as made:
        yield made


@pytest.fixture(scope="session")
def mux(box: Sshd) -> Iterator[tuple[str, ...]]:
    """Options of one connection of Anna's for many sessions: a login each would cost a third of a second."""
    with box.shared("anna") as options:
        yield options
