"""Two cells used as one: what they show together, what they refuse, what they never hide."""

from dataclasses import dataclass, field
from itertools import product

import pytest

from drivers.cell import BLANK, TORN, Blank, Held, Torn
from drivers.cell.pair_cell import PairCell
from drivers.facts import DriverError
from tests.rigs.chips import Chip

OLD, NEW, OTHER = Held(b"o" * 32, 1), Held(b"n" * 32, 2), Held(b"x" * 32, 2)


@dataclass
class Two:
    """Two chips and the pair over them."""

    first: Chip = field(default_factory=Chip)
    second: Chip = field(default_factory=Chip)

    @property
    def pair(self) -> PairCell:
        return PairCell(self.first, self.second)

    @property
    def chips(self) -> tuple[Chip, Chip]:
        return self.first, self.second


@pytest.fixture
def two() -> Two:
    return Two()


def put(chip: Chip, slot: int, what: Held | Blank | Torn | None) -> None:
    """Bring a slot of a chip into a state; `None` is a chip that does not answer."""
    match what:
        case Held():
            chip.write(slot, what)
        case Torn():
            chip.memory[slot * 64] = 1
        case None:
            chip.answers = False


SHOWN = {
    (OLD, OLD): OLD,
    (OLD, BLANK): OLD,
    (OLD, TORN): OLD,
    (OLD, None): OLD,
    (OLD, NEW): NEW,
    (NEW, OTHER): TORN,
    (BLANK, BLANK): BLANK,
    (BLANK, TORN): TORN,
    (BLANK, None): TORN,
    (TORN, TORN): TORN,
    (TORN, None): TORN,
}
"""What two slots show together, whichever cell has which."""


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("states", SHOWN, ids=str)
def test_what_two_slots_show(two: Two, states: tuple[Held | Blank | Torn | None, ...], turned: bool) -> None:
    """The one that holds counts; blank only where both are; and no difference is silent."""
    for chip, state in zip(two.chips, reversed(states) if turned else states, strict=True):
        put(chip, 0, state)
    assert two.pair.read(0) == SHOWN[states]
    assert bool(two.pair.absent()) is (None in states)
    assert bool(two.pair.differences()) is (states[0] != states[1])


def test_two_that_do_not_answer_are_a_driver_error(two: Two) -> None:
    """Both are named in it."""
    for chip in two.chips:
        chip.answers = False
    with pytest.raises(DriverError, match=r"answer.*answer"):
        two.pair.read(0)
    assert len(two.pair.absent()) == 2


@pytest.mark.parametrize("which", [0, 1])
def test_nothing_counts_as_blanked_while_a_key_lives_in_one(two: Two, which: int) -> None:
    """A chip that takes writes and keeps none is found by reading it back, whichever it is."""
    two.pair.write(0, OLD)
    two.chips[which].keeps = False
    with pytest.raises(DriverError, match="after it was overwritten"):
        two.pair.blank(0)
    assert two.chips[which].held() == [OLD]
    with pytest.raises(DriverError, match=r"after it was overwritten|same root key"):
        two.pair.write(0, NEW)


@pytest.mark.parametrize("which", [0, 1])
def test_one_that_does_not_answer_leaves_the_other_as_it_was(two: Two, which: int) -> None:
    """Neither writing nor blanking begins."""
    two.pair.write(0, OLD)
    two.chips[which].answers = False
    for act in (lambda: two.pair.write(1, NEW), lambda: two.pair.blank(0)):
        with pytest.raises(DriverError, match="does not answer"):
            act()
    assert [chip.held() for chip in two.chips] == [[OLD], [OLD]]


@pytest.mark.parametrize(("foreign", "slot"), list(product([OTHER, Held(b"f" * 32, 1)], [0, 1])))
def test_the_chip_of_another_box_is_never_overwritten(two: Two, foreign: Held, slot: int) -> None:
    """Put in by mistake, it keeps its key: for a write, for a blanking, for a mending."""
    two.first.write(0, OLD)
    two.second.write(slot, foreign)
    before = bytes(two.second.memory)
    for act in (
        lambda: two.pair.write(1, NEW),
        lambda: two.pair.blank(1),
        lambda: two.pair.mend(0, OLD),
    ):
        with pytest.raises(DriverError):
            act()
    assert bytes(two.second.memory) == before


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("left", ["blank", "torn"])
def test_a_blank_cell_is_mended_from_the_good_one(two: Two, which: int, left: str) -> None:
    """Also where an earlier mending was cut; a second mending has nothing to do."""
    two.chips[1 - which].write(1, NEW)
    if left == "torn":
        put(two.chips[which], 1, TORN)
    assert two.pair.mend(1, NEW) == ("first", "second")[which]
    assert [chip.held() for chip in two.chips] == [[NEW], [NEW]]
    assert not two.pair.differences()
    with pytest.raises(DriverError, match="already"):
        two.pair.mend(1, NEW)


def test_a_mending_that_does_not_stay_is_told(two: Two) -> None:
    """A write-protected chip is no second cell; nor is an absent one."""
    two.first.write(0, OLD)
    two.second.keeps = False
    with pytest.raises(DriverError, match="second cell is blank after"):
        two.pair.mend(0, OLD)
    two.second.answers = False
    with pytest.raises(DriverError, match="does not answer"):
        two.pair.mend(0, OLD)
    with pytest.raises(DriverError, match="neither"):
        two.pair.mend(0, NEW)


def test_no_key_is_told(two: Two) -> None:
    """Not in a difference and not in what is refused."""
    two.first.write(0, OLD)
    two.second.write(0, NEW)
    told = " ".join(two.pair.differences())
    assert "serial 1" in told
    assert "oooo" not in told
    assert OLD.key.hex() not in told


def test_the_method_names_both() -> None:
    """Two of a kind are named once, a file beside a chip is named as what it is."""
    chip, file = Chip(), Chip()
    file.method = "logical deletion, best effort"  # type: ignore[misc]
    assert PairCell(chip, Chip()).method == "root key overwritten in EEPROM, in each of two cells"
    assert PairCell(chip, file).method == (
        "first cell: root key overwritten in EEPROM; second cell: logical deletion, best effort"
    )
