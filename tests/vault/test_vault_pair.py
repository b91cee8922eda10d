"""The key table over two cells: the power cut after and inside every page write of either, and one chip lost."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.cell import Held
from drivers.cell.pair_cell import PairCell
from firmware.faults import VaultFault
from firmware.vault.table import KeyTable, _decode
from tests.rigs.chips import Chip, Mains, PowerCutError

KEEP, DUE = b"k" * 32, b"d" * 32
DESTROY_PAGES = 8
"""Two pages a slot: the new root key into two chips, the old slot blanked in two chips."""

every_cut = pytest.mark.parametrize("cut_at", range(1, DESTROY_PAGES + 1))
torn_or_not = pytest.mark.parametrize("torn", [False, True], ids=["between pages", "inside a page"])
either_chip = pytest.mark.parametrize("lost", [0, 1], ids=["first", "second"])


@dataclass
class Rig:
    """A vault's folder, two chips on one power supply, and every copy of a table that ever lay on the disk."""

    folder: Path
    chips: tuple[Chip, Chip] = field(default_factory=lambda: (Chip(), Chip()))
    copies: list[bytes] = field(default_factory=list)

    @property
    def pair(self) -> PairCell:
        return PairCell(*self.chips)

    def create(self) -> KeyTable:
        return KeyTable.create(self.folder, self.pair, {"keep": KEEP, "due": DUE})

    def open(self) -> KeyTable:
        self.copy()
        return KeyTable(self.folder, self.pair)

    def power(self, mains: Mains) -> None:
        for chip in self.chips:
            chip.mains = mains

    def copy(self) -> None:
        """What a thief may find in old blocks of the disk."""
        self.copies += [path.read_bytes() for path in self.folder.glob("keys.*")]

    def thief(self) -> set[str]:
        """Every key id that any root key in either chip opens in any copy."""
        self.copy()
        stolen, found = self.folder / "stolen", set[str]()
        for copy in self.copies:
            stolen.write_bytes(copy)
            for root in (held for chip in self.chips for held in chip.held()):
                found |= set(_decode(stolen, root) or ())
        stolen.unlink()
        return found


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    (tmp_path / "vault").mkdir()
    return Rig(tmp_path / "vault")


def cut_in_destroy(rig: Rig, cut_at: int, *, torn: bool) -> None:
    """Destroy until the power goes."""
    rig.create()
    table = rig.open()
    rig.power(Mains(cut_at, torn))
    with pytest.raises(PowerCutError):
        table.destroy(["due"])
    rig.power(Mains())


def destroyed(rig: Rig, table: KeyTable) -> None:
    """What an acknowledged destruction means: for the box, for a thief, and for both chips."""
    assert table.key("keep") == KEEP
    assert table.unsettled is None
    assert rig.thief() == {"keep"}, "and he does open the current table"
    assert rig.chips[0].held() == rig.chips[1].held()
    assert len(rig.chips[0].held()) == 1


def test_a_destruction_writes_these_pages(rig: Rig) -> None:
    """The cuts below reach every page write there is."""
    rig.create()
    mains = Mains()
    rig.power(mains)
    table = rig.open()
    table.destroy(["due"])
    assert mains.written == DESTROY_PAGES
    destroyed(rig, table)


@every_cut
@torn_or_not
def test_every_cut_ends_in_not_yet_or_done(rig: Rig, cut_at: int, torn: bool) -> None:
    """The start finishes or undoes it in both chips; the destruction, run again, is whole."""
    cut_in_destroy(rig, cut_at, torn=torn)
    table = rig.open()
    assert table.unsettled is None
    assert rig.chips[0].held() == rig.chips[1].held()
    assert table.key("keep") == KEEP
    assert ("due" in table) is (cut_at <= DESTROY_PAGES // 2)
    table.destroy(["due"])
    destroyed(rig, rig.open())


@every_cut
@torn_or_not
@pytest.mark.parametrize("again_at", range(1, 5))
def test_a_cut_in_the_start_after_a_cut(rig: Rig, cut_at: int, torn: bool, again_at: int) -> None:
    """The work of the start is cut too, and the next start ends it."""
    cut_in_destroy(rig, cut_at, torn=torn)
    rig.power(Mains(again_at, torn))
    try:
        rig.open()
    except PowerCutError:
        rig.power(Mains())
        rig.open()
    rig.power(Mains())
    rig.open().destroy(["due"])
    destroyed(rig, rig.open())


@every_cut
@torn_or_not
@either_chip
def test_a_chip_lost_at_the_cut(rig: Rig, cut_at: int, torn: bool, lost: int) -> None:
    """The other opens the table and takes new keys; nothing is acknowledged as destroyed before the lost one is back."""
    cut_in_destroy(rig, cut_at, torn=torn)
    rig.chips[lost].answers = False
    table = rig.open()
    assert table.key("keep") == KEEP
    table.add("new", b"n" * 32)
    with pytest.raises(VaultFault) as caught:
        table.destroy(["due"])
    assert caught.value.code == "vault.cell-unwritable"
    assert rig.open().ids() == table.ids()
    rig.chips[lost].answers = True
    table = rig.open()
    assert (table.key("keep"), table.key("new")) == (KEEP, b"n" * 32)
    table.destroy(["due", "new"])
    destroyed(rig, rig.open())


@every_cut
@torn_or_not
@either_chip
def test_a_chip_lost_for_ever_is_replaced(rig: Rig, cut_at: int, torn: bool, lost: int) -> None:
    """A blank chip is not written by itself; mended from the good one it is as good, and destroying goes on."""
    cut_in_destroy(rig, cut_at, torn=torn)
    chips = list(rig.chips)
    chips[lost] = Chip()
    rig.chips = (chips[0], chips[1])
    table = rig.open()
    assert table.key("keep") == KEEP
    with pytest.raises(VaultFault):
        table.destroy(["keep"])
    assert rig.chips[lost].is_blank()
    assert rig.pair.mend(table.root.slot, table.root.held) == ("first", "second")[lost]
    table.settle()
    table.destroy(["due"])
    assert rig.chips[0].held() == rig.chips[1].held()
    assert rig.open().ids() == ("keep",)


@either_chip
def test_a_destruction_refused_half_way_is_not_acknowledged_later(rig: Rig, lost: int) -> None:
    """The old root key lives in the chip that went away: asked again, also after a restart, it is refused."""
    cut_in_destroy(rig, 6, torn=False)
    rig.chips[lost].answers = False
    table = rig.open()
    assert "due" not in table
    assert table.unsettled is not None
    for again in (table, rig.open()):
        with pytest.raises(VaultFault):
            again.destroy(["due"])
    assert "due" in rig.thief()
    rig.chips[lost].answers = True
    table.destroy(["due"])
    destroyed(rig, table)


@either_chip
def test_a_chip_that_takes_writes_and_keeps_none_stops_a_destruction(rig: Rig, lost: int) -> None:
    """Write-protected: nothing is destroyed and nothing is lost, whichever chip it is."""
    rig.create()
    rig.chips[lost].keeps = False
    table = rig.open()
    with pytest.raises(VaultFault) as caught:
        table.destroy(["due"])
    assert "after it was overwritten" in caught.value.message
    rig.chips[lost].keeps = True
    table = rig.open()
    assert table.ids() == ("due", "keep")
    table.destroy(["due"])
    destroyed(rig, table)


@either_chip
def test_the_chip_of_another_box_opens_nothing_and_keeps_its_key(rig: Rig, lost: int) -> None:
    """Whether the box starts beside it or not, it is left as it is."""
    rig.create()
    foreign = Chip()
    foreign.write(0, Held(b"f" * 32, 8))
    before = bytes(foreign.memory)
    chips = list(rig.chips)
    chips[lost] = foreign
    rig.chips = (chips[0], chips[1])
    with pytest.raises(VaultFault):
        rig.open().destroy(["due"])
    assert bytes(foreign.memory) == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "destroy", "restart"]),
        st.integers(1, 12),
        st.booleans(),
        st.sampled_from([None, 0, 1]),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_any_history(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, bool, int | None]]
) -> None:
    """Keys added and destroyed, cuts anywhere, a chip away at times: no undue key lost, none alive that was acknowledged."""
    rig = Rig(tmp_path_factory.mktemp("vault"))
    table = rig.create()
    living, gone = {"keep": KEEP}, set[str]()
    for number, (what, cut_at, torn, away) in enumerate(steps):
        for index, chip in enumerate(rig.chips):
            chip.answers = index != away
        rig.power(Mains(cut_at, torn))
        try:
            if what == "add":
                living[f"key-{number}"] = table.add(f"key-{number}")
            elif what == "destroy":
                going = next((each for each in living if each != "keep"), "due")
                living.pop(going, None)
                table.destroy([going])
                gone.add(going)
            else:
                table = rig.open()
        except (PowerCutError, VaultFault):
            rig.power(Mains())
            table = rig.open()
        assert {key_id: table.key(key_id) for key_id in living} == living
        assert not gone & rig.thief()
