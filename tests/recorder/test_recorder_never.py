"""What is never recorded leaves not one byte: no file, no record in the live log, only time in the ledger."""

import json
from pathlib import Path

import numpy as np
import pytest

from firmware.sealing.records import Kind
from tests.rigs.kept import kept
from tests.rigs.office import DESK, RATE, LineAsk, Office, details, noise
from tests.rigs.traces import log_kinds, never

EXEMPT = '[[exempt]]\nnumber = "01632 960 001"\nreason = "helpline"\n'
SEPARATE = 'unclassified = "withhold"'


def told(tmp_path: Path, *words: str, tail: str = "", **ask: str) -> Office:
    """One line on which these words are said: before `lift` while it rings, after it a second apart."""
    office = Office(tmp_path, [LineAsk(samples=noise(60), **ask)], desks=DESK, tail=tail)
    office.run(1)
    for word in words:
        office.say("line1", word)
        office.run(1)
    office.run(8)
    office.say("line1", "replace")
    office.finish()
    return office


def test_the_search_finds_what_is_recorded(tmp_path: Path) -> None:
    """The same call without a word is sealed: the test above can fail."""
    office = told(tmp_path, "lift")
    kinds = log_kinds(office)
    assert kinds[Kind.OPEN] == 1
    assert kinds[Kind.PART] > 5
    assert len(office.recordings()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("ring", "caller-id 01632960001", "ring", "lift"),
        ("ring", "caller-id +441632960001", "lift"),
        ("caller-id 00441632960001", "ring", "lift"),
        ("lift", "dialled 01632960001", "answered"),
        ("lift", "dialled 01632", "dialled 960", "dialled 001", "answered"),
    ],
)
def test_an_exempt_number_is_never_recorded(tmp_path: Path, words: tuple[str, ...]) -> None:
    """However it is written and whoever called: coverage says exempt, how long, and no number."""
    office = told(tmp_path, *words, tail=EXEMPT)
    never(office)
    assert "exempt" in dict(office.rows())
    everything = json.dumps([office.coverage(), office.told()])
    assert "1632960001" not in everything


def test_a_number_told_for_a_call_that_nobody_took_is_not_the_next_calls(tmp_path: Path) -> None:
    """It stands as long as the ring: later calls have neither its number nor its exemption."""
    office = Office(tmp_path, [LineAsk(samples=noise(130))], desks=DESK, tail=EXEMPT)
    office.run(1)
    office.say("line1", "ring")
    office.say("line1", "caller-id 01632960001")
    office.run(75)
    office.say("line1", "lift")
    office.say("line1", "dialled 02079460000")
    office.run(1)
    office.say("line1", "answered")
    office.run(5)
    office.say("line1", "replace")
    office.finish()
    (only,) = office.recordings()
    assert only.details == details(dialled="02079460000")
    assert only.facts["direction"] == "out"


def test_a_number_stands_while_the_line_goes_on_ringing(tmp_path: Path) -> None:
    """Rings 6 s apart keep it for a call that is taken after 18 s."""
    office = Office(tmp_path, [LineAsk(samples=noise(60))], desks=DESK)
    office.run(1)
    office.say("line1", "caller-id 02079460001")
    for _ in range(3):
        office.run(6)
        office.say("line1", "ring")
    office.say("line1", "lift")
    office.run(5)
    office.say("line1", "replace")
    office.finish()
    (only,) = office.recordings()
    assert only.details == details(caller_id="02079460001")
    assert only.facts["direction"] == "in"
    assert isinstance(only.facts["bucket"], int)


def test_an_internal_call_is_never_written(tmp_path: Path) -> None:
    """On an extension, classed within the undecided minute: not a part, not an open record."""
    office = told(tmp_path, "lift", "class internal", position="extension", extra=SEPARATE)
    never(office)
    assert [reason for reason, _ in office.rows()] == ["internal"]


@pytest.mark.parametrize("choice", ["withhold", "record"])
def test_what_nothing_classed_follows_the_offices_choice(tmp_path: Path, choice: str) -> None:
    """Undecided until look-back after the answer, then withheld or recorded from the call's start."""
    office = told(tmp_path, "lift", position="extension", extra=f'unclassified = "{choice}"')
    if choice == "withhold":
        never(office)
        assert [reason for reason, _ in office.rows()] == ["unclassified"]
        return
    (only,) = office.recordings()
    assert only.facts["class"] == "unclassified"
    assert kept(office, only, noise(60)) == [(RATE, 10 * RATE)]


def test_noise_while_on_hook_is_not_heard(tmp_path: Path) -> None:
    """A hooked line is recorded off hook only, whatever its card brings."""
    office = Office(tmp_path, [LineAsk(samples=noise(60))], desks=DESK)
    office.run(40)
    office.finish()
    never(office)
    assert office.coverage() == []
    assert office.notes()["off_hook"] is False


def test_steady_noise_on_a_hookless_line_is_no_call(tmp_path: Path) -> None:
    """Hum and hiss become the floor; a call needs voice."""
    hiss = np.random.default_rng(3).normal(0, 20, 90 * RATE).astype(np.int16)
    office = Office(tmp_path, [LineAsk(samples=hiss, hooked=False)], desks=DESK)
    office.run(80)
    office.finish()
    never(office)
    assert office.coverage() == []


def test_a_line_that_is_not_to_be_recorded_is_not_even_opened(tmp_path: Path) -> None:
    """A never_record line has no tap, no ring and no note."""
    quiet = '[[line]]\nname = "union"\ndepartment = "dept-line1"\nnever_record = true\n'
    office = Office(tmp_path, [LineAsk(samples=noise(60))], desks=DESK, tail=quiet)
    office.run(5)
    office.finish()
    never(office)
    assert list(office.taps) == ["tap-line1"]
    assert list(office.told()["lines"]) == ["line1"]


def test_the_other_channel_of_a_card_is_no_line(tmp_path: Path) -> None:
    """Of a card with two channels only the configured one is recorded."""
    both = np.stack([noise(60), noise(60, 99)], axis=1)
    office = Office(tmp_path, [LineAsk(samples=both, channels=(0,))], desks=DESK)
    office.run(1)
    office.say("line1", "lift")
    lifted = office.position
    office.run(6)
    over = office.position
    office.say("line1", "replace")
    office.finish()
    (only,) = office.recordings()
    assert kept(office, only, noise(60)) == [(lifted, over)]
