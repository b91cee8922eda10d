"""The five examples say what their notices say: periods, opt-out, lawful bases, purposes, departments."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from firmware.cli.check import check
from firmware.settings import OptOut, Settings, parse
from tests.rigs.example import CONFIG, OFFICES, example

DISK = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"


@dataclass(frozen=True)
class Notice:
    """What a notice promises, as facts. `words` are short pieces of it that carry them."""

    departments: int
    periods: dict[str, tuple[str, ...]]
    opt_out: OptOut
    callers: str
    staff: str
    quiet_phone: bool
    words: tuple[str, ...]
    purposes: frozenset[str] = field(default=frozenset())
    exceptional: frozenset[str] = field(default=frozenset())


NOTICES = {
    "hts": Notice(
        departments=2,
        periods={"repairs": ("P30D",), "business-support": ("P30D",)},
        opt_out=OptOut.STOP,
        callers="legitimate interests and consent",
        staff="legitimate interests",
        quiet_phone=True,
        words=("30 days", "legitimate interest and consent", "at any time", "non-recorded phone"),
        purposes=frozenset({"quality-and-training", "complaint", "legal-claim", "employee-safety"}),
    ),
    "harlow": Notice(
        departments=6,
        periods={"contact-harlow": ("P130D",), "revenues-and-benefits": ("P2Y130D",)},
        opt_out=OptOut.DISCARD,
        callers="legitimate interests",
        staff="legitimate interests",
        quiet_phone=True,
        words=("130 days", "2 years and 130 days", "legitimate interests", "non-recorded phone"),
        purposes=frozenset({"staff-quality", "complaint", "crime-and-fraud", "staff-safety"}),
    ),
    "south-hams": Notice(
        departments=1,
        periods={"contact-centre": ("P1M", "P3M")},
        opt_out=OptOut.STOP,
        callers="public task",
        staff="contract",
        quiet_phone=False,
        words=("3 calendar months", "1 calendar month", "15 July 2020", "public funds"),
        purposes=frozenset({"quality-and-training", "complaint", "legal-claim", "employee-safety", "public-funds"}),
        exceptional=frozenset({"required-by-law", "crime", "public-funds"}),
    ),
    "hammersmith-fulham": Notice(
        departments=9,
        periods={"contact-centre-day": ("P6M",), "parking-services": ("P6M",)},
        opt_out=OptOut.NONE,
        callers="public task",
        staff="contract",
        quiet_phone=False,
        words=("record all calls", "out of hours", "July 2013"),
        purposes=frozenset({"complaint", "health-and-safety", "crime-and-fraud", "training"}),
        exceptional=frozenset({"training", "legal-requirement"}),
    ),
    "north-herts": Notice(
        departments=2,
        periods={"customer-services": ("P12M",), "revenues-and-benefits": ("P12M",)},
        opt_out=OptOut.STOP,
        callers="public task",
        staff="contract",
        quiet_phone=False,
        words=("12 months", "public interest", "performance of a contract"),
        purposes=frozenset({"better-service", "learning", "common-issues"}),
        exceptional=frozenset({"required-by-law", "safeguarding", "emergency"}),
    ),
}  # fmt: skip
"""By the name of the example; where a notice is silent (Hammersmith & Fulham's period) the office's choice."""


def settings_of(office: str) -> Settings:
    """The example, as it stands."""
    return parse(example(office), f"{office}.toml")


@pytest.mark.parametrize("office", OFFICES)
def test_an_example_says_what_its_notice_says(office: str) -> None:
    """Departments, the periods of each in order, opt-out, lawful bases, purposes, the phone that is not recorded."""
    settings, notice = settings_of(office), NOTICES[office]
    assert len(settings.departments) == notice.departments
    for name, periods in notice.periods.items():
        (policy,) = [each.policy for each in settings.departments if each.name == name]
        assert tuple(each.period for each in settings.policies if each.name == policy) == periods
    assert {each.opt_out for each in settings.departments} == {notice.opt_out}
    assert settings.office.lawful_basis == {"callers": notice.callers, "staff": notice.staff}
    assert notice.purposes <= set(settings.office.purposes)
    assert set(settings.office.exceptional) == notice.exceptional
    assert any(each.never_record for each in settings.lines) is notice.quiet_phone


@pytest.mark.parametrize("office", OFFICES)
def test_the_facts_stand_in_the_real_notice(office: str, shared_dir: Path) -> None:
    """The short pieces that the table rests on are in the notice that was published."""
    text = re.sub(r"\s+", " ", (shared_dir / f"notices/{office}.txt").read_text())
    assert [each for each in NOTICES[office].words if each not in text] == []


@pytest.mark.parametrize("office", OFFICES)
def test_nothing_in_an_example_is_anybodys(office: str) -> None:
    """Addresses are of the example domain, telephone numbers of Ofcom's drama range."""
    text = example(office)
    assert {each for each in re.findall(r"@[\w.-]+", text) if not each.endswith(".example")} == set()
    numbers = re.findall(r"\b0[\d ]{8,}\d\b", text)
    assert numbers
    assert {each for each in numbers if not each.startswith("01632 960")} == set()


@pytest.mark.parametrize("office", OFFICES)
def test_each_department_has_a_line_and_a_contact_of_its_own(office: str) -> None:
    """No department of the notice is left without a recorded line; each line is on a desk."""
    settings = settings_of(office)
    contacts = [each.contact for each in settings.departments]
    assert all(contacts)
    assert len(set(contacts)) == len(contacts)
    assert {each.department for each in settings.recorded_lines} == {
        each.name for each in settings.departments
    }
    assert {line for desk in settings.desks for line in desk.lines} == {
        each.name for each in settings.recorded_lines
    }


@pytest.mark.parametrize("office", OFFICES)
def test_check_finds_no_mistake_in_an_example(
    office: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`callbox check` says what the box will do; that no card is there is a note."""
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(DISK)
    assert check(CONFIG / f"{office}.toml", mountinfo) == 0
    assert "has no mistakes" in capsys.readouterr().out


def test_every_example_has_a_row() -> None:
    """Whatever lies in config/ is the general example or one of the five."""
    assert {path.stem for path in CONFIG.glob("*.toml")} == {*OFFICES, "callbox"} == {*NOTICES, "callbox"}
