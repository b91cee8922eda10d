"""A run that a cell refuses half-way: begun once, certified once, and only when the key is gone from both chips."""

from pathlib import Path

import pytest

from drivers.cell import BLANK
from drivers.cell.eeprom_cell import EepromCell
from tests.keeper.keeper_rig import House
from tests.keeper.test_keeper_cells import chip, table_of
from tests.keeper.test_keeper_disposal import DAY, HOUR, certificates, go, taken_in


@pytest.mark.parametrize("restarted", [False, True])
def test_a_run_that_loses_a_chip_is_carried_out_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restarted: bool
) -> None:
    """While the old root key lives in the chip that went away: no certificate, no second run, and the box works on."""
    paths = [chip(tmp_path, "first"), chip(tmp_path, "second")]
    drawer = tmp_path / "drawer"
    house = House(tmp_path, more="".join(table_of("eeprom", path) for path in paths))
    whole = EepromCell.blank

    def half(cell: EepromCell, slot: int) -> None:
        whole(cell, slot)
        paths[1].rename(drawer)

    with house.keeper() as keeping:
        recording = taken_in(house, keeping)
        go(house, keeping, 29 * DAY + 14 * HOUR)
        go(house, keeping, 0.9 * HOUR, step=300)
        with monkeypatch.context() as patched:
            patched.setattr(EepromCell, "blank", half)
            go(house, keeping, 0.5 * HOUR, step=300)
        assert drawer.exists()
        assert "vault.cell-absent" in house.codes()
        go(house, keeping, 2 * HOUR, step=300)
        assert keeping.whats().count("will destroy") == 1
        assert "destroyed" not in keeping.whats()
        if not restarted:
            drawer.rename(paths[1])
            go(house, keeping, 2 * HOUR, step=300)
    if restarted:
        with house.keeper() as keeping:
            later = taken_in(house, keeping)
            go(house, keeping, HOUR, step=300)
            assert keeping.box.catalogue.get(later) is not None
            assert certificates(house) == []
        drawer.rename(paths[1])
    with house.keeper() as keeping:
        go(house, keeping, 2 * DAY)
        assert keeping.whats().count("will destroy") == keeping.whats().count("destroyed") == 1
        assert keeping.box.catalogue.get(recording) is None
        assert len(certificates(house)) == 1
        assert b"in each of two cells" in certificates(house)[0]
        held = [EepromCell(path).read(slot) for path in paths for slot in (0, 1)]
        assert held[:2] == held[2:]
        assert held.count(BLANK) == 2
