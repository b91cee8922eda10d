import pytest

from firmware.settings.describe import cell_warnings, sentences
from tests.settings.sample import SMALL, mistakes, settings_of

CHIP = '\n[[cell]]\nkind = "eeprom"\npath = "/sys/bus/i2c/devices/1-0057/eeprom"\n'
FILE = '\n[[cell]]\nkind = "file"\npath = "/var/lib/spare/root.cell"\n'


def told(more: str) -> str:
    (sentence,) = (each for each in sentences(settings_of(SMALL + more)) if "root key" in each)
    return sentence


def test_check_says_what_is_used_and_how_certain_destroying_is() -> None:
    """A chip is overwritten, a file is best effort, and of two each is told."""
    assert told("") == (
        "The root key lies in the file /var/lib/callbox/cell/root.cell, where destroying is a logical deletion, "
        "best effort: the disk may keep an old copy."
    )
    assert told(CHIP).endswith("1-0057/eeprom, where destroying truly overwrites it.")
    assert "best effort" not in told(CHIP)
    assert "1-0057/eeprom" in told(CHIP + FILE)
    assert "best effort" in told(CHIP + FILE)


@pytest.mark.parametrize(("more", "warned"), [("", True), (CHIP, True), (FILE, True), (CHIP + FILE, False)])
def test_one_cell_only_is_warned_of(more: str, warned: bool) -> None:
    """What its loss means is said; with two there is nothing to say."""
    warnings = cell_warnings(settings_of(SMALL + more))
    assert bool(warnings) is warned
    assert not warned or "every recording on the box that was not fetched" in warnings[0]


def test_two_cells_are_two_and_not_three() -> None:
    """The same path twice would be lost at once; a third has no use."""
    assert mistakes(SMALL + CHIP + CHIP) == [
        'cell[2].path: seen "/sys/bus/i2c/devices/1-0057/eeprom"; cell[1] is this cell already'
    ]
    third = FILE.replace("spare", "more")
    assert mistakes(SMALL + CHIP + FILE + third) == ["cell[3]: a box has at most two cells"]


def test_a_kind_is_one_of_the_list_and_a_path_absolute() -> None:
    """Nothing is guessed."""
    assert 'did you mean "eeprom"' in mistakes(SMALL + CHIP.replace('"eeprom"', '"eprom"'))[0]
    assert mistakes(SMALL + FILE.replace("/var/lib/spare/", ""))[0].startswith("cell[1].path: seen")
