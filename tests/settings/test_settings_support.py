"""`[support]`: until when the box is mended and whom to tell, said wherever somebody looks (LAW.8)."""

import pytest

from firmware.settings.describe import sentences
from tests.settings.sample import SMALL, mistakes, settings_of

SUPPORT = '[support]\nuntil = 2031-12-31\ncontact = "security@supplier.example"\n'


def said(text: str) -> str:
    (sentence,) = [each for each in sentences(settings_of(text)) if "security updates" in each.lower()]
    return sentence


def test_it_is_said_and_so_is_that_nobody_states_it() -> None:
    """A day and a contact, or a sentence that there is neither."""
    assert settings_of(SMALL).support is None
    assert said(SMALL).startswith("Nobody states until when")
    told = "Security updates come until 31 December 2031; a weakness is told to security@supplier.example."
    assert said(SMALL + SUPPORT) == told


@pytest.mark.parametrize(
    "edit",
    [("until = 2031-12-31\n", ""), ("2031-12-31", '"2031-12-31"'), ('"security@supplier.example"', '""')],
)
def test_half_a_promise_is_a_mistake(edit: tuple[str, str]) -> None:
    """A day without a contact, or no day, is none."""
    assert mistakes(SMALL + SUPPORT, edit)
