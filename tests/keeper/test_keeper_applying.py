"""A change of the settings says truly what it would destroy, and comes into force only when it was applied and lies in the file."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from firmware.faults import SettingsFault
from firmware.keeper.applying import later
from firmware.settings import parse
from tests.keeper.keeper_rig import MORNING, House, Keeping
from tests.keeper.test_keeper_disposal import DAY, HOUR, ask, go, lives, taken_in

TODAY = MORNING.date()
MORE = """
[[policy]]
name = "short"
period = "P10D"
from = 2020-01-01
reason = "nothing is asked about sales"
[[department]]
name = "sales"
policy = "standard"
opt_out = "stop"
contact = "sales@example.org"
"""


@pytest.fixture
def office(tmp_path: Path) -> House:
    return House(tmp_path, more=MORE)


def changed(house: House, *edits: tuple[str, str]) -> str:
    """The text in force with some places changed; each must be there."""
    text = house.config.read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def on(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


SALES = 'name = "sales"\npolicy = "standard"'
CASES = {
    "shorter": ([('"P30D"', '"P20D"')], {"repairs": on(20), "sales": on(20)}),
    "longer": ([('"P30D"', '"P3M"')], {}),
    "another department": ([(SALES, SALES.replace("standard", "short"))], {"sales": on(10)}),
    "a slip of the keyboard": ([('"P30D"', '"P2D"')], {"repairs": on(7), "sales": on(7)}),
    "in three years": (
        [
            (
                "[[policy]]",
                '[[policy]]\nname = "standard"\nperiod = "P1D"\nfrom = 2029-01-01\nreason = "new"\n[[policy]]',
            )
        ],
        {},
    ),
    "a later shorter version": (
        [
            (
                "[[policy]]",
                '[[policy]]\nname = "standard"\nperiod = "P1D"\nfrom = 2026-03-14\nreason = "new"\n[[policy]]',
            )
        ],
        {"repairs": on(12), "sales": on(12)},
    ),
    "a contact": ([("sales@example.org", "shop@example.org")], {}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_preview_names_departments_and_days(office: House, case: str) -> None:
    """What falls due earlier is told by department, with the day so far, and never before seven days; nothing is changed."""
    edits, expected = CASES[case]
    with office.keeper() as keeping:
        for department in ("repairs", "sales", "sales"):
            taken_in(office, keeping, department=department)
        before = keeping.whats()
        shown = ask(keeping, "preview", text=changed(office, *edits))
        assert {each["department"]: each["then"] for each in shown["earlier"]} == expected
        assert {each["now"] for each in shown["earlier"]} <= {on(30)}
        counts = {each["department"]: each["recordings"] for each in shown["earlier"]}
        assert counts.items() <= {"repairs": 1, "sales": 2}.items()
        assert keeping.whats() == before
        assert not keeping.keeper.outdated


@pytest.mark.parametrize("period", ["P20D", "P2D"])
def test_what_a_preview_says_is_what_happens(office: House, period: str) -> None:
    """The recording goes on the day that the preview named, and not the day before."""
    with office.keeper() as keeping:
        recording = taken_in(office, keeping)
        text = changed(office, ('"P30D"', f'"{period}"'))
        (shown,) = ask(keeping, "preview", text=text)["earlier"]
        ask(keeping, "apply", text=text)
        office.config.write_text(text)
        assert keeping.keeper.outdated
    days = (date.fromisoformat(shown["then"]) - TODAY).days
    with office.keeper() as keeping:
        go(office, keeping, (days - 1) * DAY + 14 * HOUR, step=HOUR / 2)
        assert lives(keeping, recording)
        go(office, keeping, 4 * HOUR, step=HOUR / 2)
        assert not lives(keeping, recording)


def test_held_recordings_are_counted_apart(office: House) -> None:
    """A preview counts what is held, which stays."""
    with office.keeper() as keeping:
        held = taken_in(office, keeping)
        taken_in(office, keeping)
        ask(keeping, "hold", id=held, case="C1", owner="o", reason="r")
        (shown,) = ask(keeping, "preview", text=changed(office, ('"P30D"', '"P9D"')))["earlier"]
        assert (shown["recordings"], shown["held"]) == (2, 1)


def test_a_lengthening_is_told_for_new_recordings_only(office: House) -> None:
    """Both days of what is recorded today are named, and that earlier ones keep their day."""
    old = office.settings
    shorter = parse(changed(office, (SALES, SALES.replace("standard", "short"))), "x")
    assert list(later(old, shorter, TODAY)) == []
    sentences = list(later(old, parse(changed(office, ('"P30D"', '"P40D"')), "x"), TODAY))
    assert [each.split()[1] for each in sentences] == ["repairs", "sales"]
    assert all(on(30) in each and on(40) in each and "keeps its day" in each for each in sentences)


def test_sentences_that_go_and_come_are_told(office: House) -> None:
    """A change is told in the sentences of `check`; that a key is another one is said and the key is not."""
    key = office.settings.recipients[0].key
    other = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    text = changed(office, ('"P30D"', '"P20D"'), (key, other))
    with office.keeper() as keeping:
        told = {each["heading"]: each for each in ask(keeping, "preview", text=text)["changes"]}
    assert any("30 days" in each for each in told["Department repairs"]["gone"])
    assert any("20 days" in each for each in told["Department repairs"]["come"])
    assert told["Besides"]["come"] == (
        "The key of recipient office is another one: it is to be proved anew.",
    )
    assert other not in json.dumps(told)


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (("live_log_mib = 32", "live_log_mib = 64"), "settings.fixed"),
        (("[storage]", '[[cell]]\nkind = "file"\npath = "/elsewhere"\n[storage]'), "settings.fixed"),
        (("/data", "/other"), "settings.fixed"),
        (('policy = "standard"', 'policy = "none"'), "settings.invalid"),
        (("[office]", "[office"), "settings.not-toml"),
    ],
)
def test_what_is_refused_changes_nothing(office: House, edit: tuple[str, str], code: str) -> None:
    """A mistake, or a change of what `init` made, is refused by both verbs and leaves no trace."""
    text = changed(office, edit)
    with office.keeper() as keeping:
        before, kept = keeping.whats(), sorted(office.places.versions.iterdir())
        for verb in ("preview", "apply"):
            with pytest.raises(SettingsFault) as caught:
                ask(keeping, verb, text=text)
            assert caught.value.code == code
        assert keeping.whats() == before
        assert sorted(office.places.versions.iterdir()) == kept
        assert not keeping.keeper.outdated


def accepted(keeping: Keeping) -> list[str]:
    return [each["digest"] for each in keeping.box.log.entries() if each["what"] == "settings accepted"]


def test_only_what_was_applied_and_lies_in_the_file_is_taken_up(office: House) -> None:
    """Applied alone is not enough, nor is an edited file; both together are, and then it is in force, once."""
    text, digest = changed(office, ('"P30D"', '"P20D"')), ""
    with office.keeper() as keeping:
        ask(keeping, "apply", text=text)
        (digest,) = accepted(keeping)
        assert not keeping.keeper.outdated
        before = office.config.read_text()
        office.config.write_text(changed(office, ('"P30D"', '"P21D"')))
        assert not keeping.keeper.outdated
        office.config.write_text(before)
    with office.keeper() as keeping:
        office.config.write_text(text)
        assert keeping.keeper.outdated
    with office.keeper() as keeping:
        assert not keeping.keeper.outdated
        assert keeping.box.settings.digest == digest
        in_force = [
            each["digest"] for each in keeping.box.log.entries() if each["what"] == "settings in force"
        ]
        assert in_force[-1] == digest
        assert len(in_force) == 2
        assert json.loads((office.places.published / "settings.json").read_text()) == {
            "digest": digest,
            "format": 1,
        }


def test_applying_what_is_in_force_takes_an_earlier_yes_back(office: House) -> None:
    """Who thinks better of it before the file is replaced applies the old text again."""
    before, text = office.config.read_text(), changed(office, ('"P30D"', '"P20D"'))
    with office.keeper() as keeping:
        ask(keeping, "apply", text=text)
        ask(keeping, "apply", text=before)
        office.config.write_text(text)
        assert not keeping.keeper.outdated
        assert len(accepted(keeping)) == 2
