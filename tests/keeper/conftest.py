"""A made box for each test."""

from pathlib import Path

import pytest

from tests.keeper.keeper_rig import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A box that was made a moment ago, on a given clock."""
    return House(tmp_path)
